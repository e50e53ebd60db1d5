"""How deep a JSON text is nested, found without recursion: the text may come from anybody."""

from __future__ import annotations

import re

_DEEPEST = 32  # the policy language needs 7; the linter refuses more than this
_MARK = re.compile(r'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]', re.DOTALL)


def is_deep(text: str) -> bool:
    """Whether lists and objects lie in each other deeper than any policy has them."""
    depth = 0
    for found in _MARK.finditer(text):
        depth += (found[0] in "[{") - (found[0] in "]}")
        if depth > _DEEPEST:
            return True
    return False
