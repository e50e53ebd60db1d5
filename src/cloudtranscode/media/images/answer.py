"""What a jailed program of ours answered: JSON on stdout, as trustworthy as the file that it read."""

from __future__ import annotations

import json
from typing import Any

from cloudtranscode.errors import EncodeFailed, SourceDamaged, SourceUnsupported
from cloudtranscode.media.tools.runner import Completed

_FAULTS = {"damaged": SourceDamaged, "unsupported": SourceUnsupported, "failed": EncodeFailed}


def read_answer(done: Completed) -> dict[str, Any]:
    """Return the answer.

    Errors: :class:`SourceDamaged` for a source that cannot be read and for one that the program did not survive,
    :class:`SourceUnsupported`, :class:`EncodeFailed`.
    """
    if done.exit_code < 0:
        raise SourceDamaged(f"Reading the source ended its reader (signal {-done.exit_code}).")
    try:
        answer = json.loads(done.ok().output)
    except (ValueError, RecursionError) as error:
        raise EncodeFailed(f"The program that reads the source gave no answer ({done.last_words()}).") from error
    if not isinstance(answer, dict):
        raise EncodeFailed("The program that reads the source gave an answer of another kind.")
    if "fault" in answer:
        kind = _FAULTS.get(str(answer["fault"]), EncodeFailed)
        raise kind(f"The source {str(answer.get('message'))[:300]}.")
    return answer


def part(answer: dict[str, Any], *names: str) -> dict[str, Any]:
    """The object below these names; an empty one where the answer, which nobody vouches for, has none."""
    value: Any = answer
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}
