"""How a clip is opened."""

from __future__ import annotations

from cloudtranscode.media.tools.allowed import source_options
from cloudtranscode.media.tools.door import lent


def source_words(name: str) -> tuple[str, ...]:
    """Return the words that open what the door lends as ``name``."""
    return *source_options(), "-i", lent(name)
