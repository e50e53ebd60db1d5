"""The result: causes by likelihood, what was ruled out, whether prediction and attempt agree, and the message."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cloudtranscode.entitlements.evaluate import Effect
from cloudtranscode.entitlements.explain.evidence import Evidence
from cloudtranscode.errors import Side


@dataclass(frozen=True, slots=True)
class Suspect:
    """A cause as it stands in one case: ``likelihood`` from 0 to 1, and what speaks for and against it.

    ``family`` is the heading that it stands under in docs/causes.md.

    ``found``: it was read in a document or said by S3, so that it has to be mended whatever else is wrong.
    """

    id: str
    family: str
    side: Side
    likelihood: float
    found: bool
    cause: str
    remedy: str
    supported_by: tuple[str, ...] = ()
    weakened_by: tuple[str, ...] = ()

    @property
    def certainty(self) -> str:
        """The likelihood in a word."""
        if self.found:
            return "found"
        steps = {0.5: "likely", 0.1: "possible"}
        return next((word for least, word in steps.items() if self.likelihood >= least), "unlikely")

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return {
            "id": self.id,
            "family": self.family,
            "side": self.side.value,
            "certainty": self.certainty,
            "likelihood": round(self.likelihood, 4),
            "cause": self.cause,
            "remedy": self.remedy,
            "for": list(self.supported_by),
            "against": list(self.weakened_by),
        }


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why ``evidence`` came out as it did; nothing was ``refused`` when the attempt was permitted.

    ``causes`` has the likeliest first; ``excluded`` maps the ids of causes that were ruled out to the reason.
    ``predicted`` is what everything that could be read says: ``Allow`` beside a refusal means that a policy which
    nobody here can read refuses. ``documents`` maps buckets to the policy that mends the grant; ``message`` is for
    the client, ``""`` when the client has nothing to do.
    """

    evidence: Evidence
    refused: bool
    causes: tuple[Suspect, ...]
    excluded: Mapping[str, str]
    predicted: Effect | None
    documents: Mapping[str, str]
    message: str = ""

    @property
    def hidden(self) -> bool:
        """Whether something refuses that could not be read."""
        return self.refused and self.predicted is Effect.ALLOW

    @property
    def families(self) -> Mapping[str, float]:
        """How likely it is that the cause lies in each family, the likeliest first."""
        sums: dict[str, float] = {}
        for suspect in self.causes:
            sums[suspect.family] = sums.get(suspect.family, 0.0) + suspect.likelihood
        return dict(sorted(sums.items(), key=lambda item: -item[1]))

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data."""
        order = self.evidence.order
        return {
            "client": order.client,
            "access": self.evidence.access.value,
            "target": self.evidence.target.uri,
            "principal": order.principal,
            "refused": self.refused,
            "answer": self.evidence.answer.to_dict() if self.evidence.answer else None,
            "predicted": self.predicted.value if self.predicted else None,
            "hidden": self.hidden,
            "causes": [suspect.to_dict() for suspect in self.causes],
            "families": {name: round(share, 4) for name, share in self.families.items()},
            "excluded": dict(self.excluded),
            "documents": dict(self.documents),
            "message": self.message,
            "evidence": self.evidence.to_dict(),
        }
