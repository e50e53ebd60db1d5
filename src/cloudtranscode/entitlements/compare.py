"""Two versions of a policy: who may do what before and after, and whether a merge adds only what was ordered."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from cloudtranscode.entitlements import document
from cloudtranscode.entitlements.compiled import CompiledPolicies, compile_policies
from cloudtranscode.entitlements.decision import Effect
from cloudtranscode.entitlements.layers import PolicySet
from cloudtranscode.entitlements.matrix import Question, Scene, questions
from cloudtranscode.entitlements.policy import Policy
from cloudtranscode.entitlements.request import Request
from cloudtranscode.entitlements.sheet import Attachment

_GENEROUS = {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
_MOST = 20_000  # questions: what people write asks some hundreds, and this many take a few seconds


@dataclass(frozen=True, slots=True)
class Row:
    """One request, how both versions decide it, and whether the grant alone decides it as the second one does."""

    question: Question
    before: Effect
    after: Effect
    ordered: bool

    @property
    def gained(self) -> bool:
        """Whether it is, or may be, allowed by the second version only."""
        return self._turned_to(self.after, self.before)

    @property
    def lost(self) -> bool:
        """Whether it was, or may have been, allowed by the first version only."""
        return self._turned_to(self.before, self.after)

    def _turned_to(self, wider: Effect, narrower: Effect) -> bool:
        return wider in {Effect.ALLOW, Effect.UNKNOWN} and narrower not in {Effect.ALLOW, wider}

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data."""
        who, action, resource = self.question.what
        return {
            "principal": who,
            "action": action,
            "resource": resource,
            "when": {key: list(values) for key, values in self.question.when.items()},
            "before": self.before.value,
            "after": self.after.value,
            "ordered": self.ordered,
        }


@dataclass(frozen=True, slots=True)
class Comparison:
    """The rows that were asked for, and what the documents themselves tell.

    ``untouched``: all statements that are not the grant's are the same in both versions. ``dead`` are the ids of
    principals that do not exist any more (rule 31). ``complete``: every case was tried; there may be too many.
    ``bytes`` is the size of the second version. ``stack`` is who is to be entitled.
    """

    target: str
    stack: str
    rows: tuple[Row, ...]
    untouched: bool
    dead: tuple[str, ...]
    bytes: int
    max_bytes: int
    complete: bool

    @property
    def gained(self) -> tuple[Row, ...]:
        """What the second version allows and the first did not."""
        return tuple(row for row in self.rows if row.gained)

    @property
    def beyond(self) -> tuple[Row, ...]:
        """What changes although nobody ordered it: the proof that a merge adds nothing else is that this is empty.

        While the statements of others are untouched, the grant's own earlier ones may take from the stack what they
        gave it. Nobody else may lose anything.
        """
        gained = (row for row in self.rows if row.gained and not row.ordered)
        lost = (row for row in self.rows if row.lost and not self._may_lose(row))
        return (*gained, *lost)

    def _may_lose(self, row: Row) -> bool:
        return row.question.who == self.stack and (self.untouched or row.after is Effect.EXPLICIT_DENY)

    @property
    def proven(self) -> bool:
        """Whether the merge adds what was ordered and nothing else."""
        return self.untouched and self.complete and not self.beyond

    def matrix(self) -> tuple[Row, ...]:
        """Return one witness for each principal, action and resource that is allowed before or after; changes first."""
        rows = [row for row in self.rows if row.gained or row.lost or row.after is Effect.ALLOW]
        rows.sort(key=lambda row: (not (row.gained or row.lost), len(row.question.when)))
        return tuple({row.question.what: row for row in reversed(rows)}.values())[::-1]

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return {
            "target": self.target,
            "proven": self.proven,
            "untouched": self.untouched,
            "complete": self.complete,
            "asked": len(self.rows),
            "matrix": [row.to_dict() for row in self.matrix()],
            "beyond": [row.to_dict() for row in self.beyond],
            "dead_principals": list(self.dead),
            "bytes": self.bytes,
            "max_bytes": self.max_bytes,
        }


def compare(scene: Scene, place: Attachment, before: str | None, after: str | None) -> Comparison:
    """Compare two versions of the policy at ``place``, which is ordered to have its statements in the second.

    ``None`` stands for no policy. Errors: those of :meth:`Policy.parse`.
    """
    old, new, own = _parsed(before), _parsed(after), Policy.parse(place.document)
    worlds = [_World(scene, policy) for policy in (old, new, own)]
    asked = questions(scene, [policy for policy in (old, new) if policy])
    rows = tuple(_row(question, *worlds) for question in islice(asked, _MOST))
    return Comparison(
        place.target,
        scene.stack,
        rows,
        _foreign(before, place) == _foreign(after, place),
        tuple(_dead(old, new)),
        len((after or "").encode(errors="surrogatepass")),
        place.max_bytes,
        next(asked, None) is None,
    )


class _World:
    """One version, where everything beside it allows as much as there can be without hiding what it says itself.

    Whoever is of another account is allowed everything at home, so that the policy alone decides. Of the bucket's own
    account nobody is, so that what the policy grants directly is seen; a key's policy decides there, too (rule 24).
    """

    def __init__(self, scene: Scene, policy: Policy | None) -> None:
        self._account = scene.account
        self._other = compile_policies(PolicySet.closed(identity=(Policy.parse(_GENEROUS),), resource=policy))
        self._own = self._other if scene.is_key else compile_policies(PolicySet.closed(resource=policy))

    def decide(self, request: Request) -> Effect:
        at_home = request.principal.account == self._account
        world: CompiledPolicies = self._own if at_home else self._other
        return world.decide(request).effect


def _row(question: Question, old: _World, new: _World, own: _World) -> Row:
    before, after, alone = (world.decide(question.request) for world in (old, new, own))
    return Row(question, before, after, before is after or alone is after)


def _parsed(text: str | None) -> Policy | None:
    return Policy.parse(text) if text else None


def _foreign(text: str | None, place: Attachment) -> list[document.Json]:
    return document.others(text, place.document["Statement"]) if text else []


def _dead(*policies: Policy | None) -> Iterator[str]:
    """The unique ids that stand where an ARN was: S3 puts them there when the principal is deleted."""
    found = (text for policy in policies if policy for one in policy.statements for text in _aws(one.principals))
    return iter(dict.fromkeys(text for text in found if document.is_dead(text)))


def _aws(element: Any) -> Iterable[str]:
    return element.aws if element else ()
