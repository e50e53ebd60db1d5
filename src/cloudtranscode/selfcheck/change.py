"""What an edit changed: two texts as pieces that are kept, taken out and put in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from enum import StrEnum
from itertools import takewhile

Piece = tuple["Mark", str]


class Mark(StrEnum):
    """What became of a piece."""

    KEPT = "kept"
    REMOVED = "removed"
    ADDED = "added"


def changes(before: str, after: str) -> tuple[Piece, ...]:
    """Compare line by line, and within changed lines by what they begin and end with.

    Kept and removed pieces joined are ``before``; kept and added ones ``after``.
    """
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    pieces = [piece for piece in _compared(old, new) if piece[1]]
    return tuple(_joined(pieces))


def _compared(old: Sequence[str], new: Sequence[str]) -> Iterator[Piece]:
    for kind, old_from, old_to, new_from, new_to in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        left, right = "".join(old[old_from:old_to]), "".join(new[new_from:new_to])
        if kind == "equal":
            yield Mark.KEPT, left
            continue
        head = _common(left, right)
        left, right = left[len(head) :], right[len(head) :]
        tail = _common(left[::-1], right[::-1])[::-1]
        end = len(tail)
        yield Mark.KEPT, head
        yield Mark.REMOVED, left[: len(left) - end]
        yield Mark.ADDED, right[: len(right) - end]
        yield Mark.KEPT, tail


def _common(left: str, right: str) -> str:
    """What both begin with."""
    shared = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(left, right, strict=False)))
    return left[:shared]


def _joined(pieces: Sequence[Piece]) -> Iterator[Piece]:
    """Put neighbours of one kind together."""
    held: Piece | None = None
    for mark, text in pieces:
        if held and held[0] is mark:
            held = (mark, held[1] + text)
            continue
        if held:
            yield held
        held = (mark, text)
    if held:
        yield held
