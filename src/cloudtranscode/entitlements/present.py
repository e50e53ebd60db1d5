"""The policies that stand now where those of a grant sheet go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from cloudtranscode.entitlements.sheet import Attachment


@dataclass(frozen=True, slots=True)
class Present:
    """Texts by bucket name or ARN: ``""`` says that there is no policy, no entry that nobody could look."""

    texts: Mapping[str, str] = field(default_factory=dict)

    def knows(self, place: Attachment) -> bool:
        """Whether it is known what stands there."""
        return place.target in self.texts

    def text(self, place: Attachment) -> str | None:
        """What stands there; ``None`` for nothing, or for what is not known."""
        return self.texts.get(place.target) or None

    def merged(self, place: Attachment) -> str:
        """What will stand there. Errors: those of :func:`document.merge`."""
        return place.merged(self.text(place))
