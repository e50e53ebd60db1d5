"""Where the elements of a JSON text stand: from the path ``Statement[1].Condition`` to a line."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from contextlib import suppress

_SPACE = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str)


class Positions:
    """The lines of a text's elements; of a broken text those that stand before the break."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._breaks = [found.end() for found in re.finditer("\n", text)]
        self._offsets: dict[str, int] = {}
        with suppress(ValueError, IndexError, RecursionError):
            self._value(self._skip(0), "")

    def line(self, path: str) -> int:
        """Return the line, from 1, of the element at ``path``, or of the nearest one around it."""
        while path and path not in self._offsets:
            path = path[: max(path.rfind("."), path.rfind("["), 0)]
        return bisect_right(self._breaks, self._offsets.get(path, 0)) + 1

    def _value(self, at: int, path: str) -> int:
        """Note what a value holds; returns where it ends."""
        self._offsets.setdefault(path, at)
        opening = self._text[at]
        if opening not in "{[":
            return _DECODER.raw_decode(self._text, at)[1]
        index, at = 0, self._skip(at + 1)
        while self._text[at] not in "}]":
            at = self._member(at, path) if opening == "{" else self._value(at, f"{path}[{index}]")
            index, at = index + 1, self._skip(at)
            at = self._skip(at + 1) if self._text[at] == "," else at
        return at + 1

    def _member(self, at: int, path: str) -> int:
        key, end = _DECODER.raw_decode(self._text, at)
        inner = f"{path}.{key}".lstrip(".")
        self._offsets.setdefault(inner, at)
        return self._value(self._skip(self._skip(end) + 1), inner)

    def _skip(self, at: int) -> int:
        found = _SPACE.match(self._text, at)
        return found.end() if found else at
