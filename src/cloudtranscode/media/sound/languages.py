"""Language tags: containers write three letters of ISO 639-2, players and people BCP 47."""

from __future__ import annotations

from langcodes import Language
from langcodes.tag_parser import LanguageTagError

_NONE = {"und", "mis", "mul", "zxx", ""}
"""No language to choose by. ISO 639-2: undetermined, uncoded, several, no linguistic content."""


def language_tag(text: str | None) -> str | None:
    """Return the BCP 47 tag of a container's word: ``swe`` is ``sv``, ``ger`` is ``de``; ``None`` for no language."""
    if not text:
        return None
    try:
        tag = Language.get(text).to_tag()
    except LanguageTagError:
        return None
    return None if tag in _NONE else tag


def is_spoken(wanted: str, found: str | None) -> bool:
    """Whether a stream tagged ``found`` is one in the language ``wanted``.

    ``sv`` and ``sv-SE`` fit each other; ``pt-BR`` and ``pt-PT`` do not: parts that only one of them names are open.
    """
    asked, tag = language_tag(wanted), language_tag(found)
    if asked is None or tag is None:
        return asked == tag
    one, other = Language.get(asked), Language.get(tag)
    parts = ((one.language, other.language), (one.script, other.script), (one.territory, other.territory))
    return one.language == other.language and all(left == right for left, right in parts if left and right)
