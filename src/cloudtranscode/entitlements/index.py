"""Sets of statements as bits of a number, and an index from a resource to the statements that name it."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence

from cloudtranscode.entitlements.pattern import ARN_COLONS, Template, Wild
from cloudtranscode.entitlements.policy import Statement

# A truth for every statement, as two numbers: bit n of the first is clear where it is false, of the second set where
# it is true. To have all of several truths is to intersect them.
Bits = tuple[int, int]


def numbers(bits: int) -> Iterator[int]:
    """Yield which bits are set, the lowest first."""
    while bits:
        lowest = bits & -bits
        yield lowest.bit_length() - 1
        bits ^= lowest


class ResourceIndex:
    """Finds the statements whose ``Resource`` takes in a resource without looking at the others.

    Whatever a pattern matches begins with the pattern's head, the characters before its first wildcard or variable. The
    heads are sorted, and each knows the longest other head that it begins with. Of the heads at or before a resource in
    that order, the last one begins with every head that the resource begins with.
    """

    def __init__(self, statements: Sequence[Statement]) -> None:
        """Index the ``Resource`` elements; bit n of an answer is for ``statements[n]``."""
        whole: defaultdict[str, int] = defaultdict(int)
        may: defaultdict[str, int] = defaultdict(int, {"": 0})
        sure: defaultdict[str, int] = defaultdict(int)
        for number, statement in enumerate(statements):
            bit = 1 << number
            if statement.resource_negated:
                may[""] |= bit
                continue
            for template in statement.resources:
                if _is_plain(template):
                    whole[template.head] |= bit
                else:
                    may[template.head] |= bit
                    sure[template.head] |= bit if _is_open(template) else 0
        self._whole = dict(whole)
        self._heads = sorted(may)
        self._shorter = [0]  # the empty head is the first
        self._bits = [(may[""], sure[""])]
        for at, head in enumerate(self._heads[1:]):
            shorter = self._longest(head, at)
            self._shorter.append(shorter)
            self._bits.append((self._bits[shorter][0] | may[head], self._bits[shorter][1] | sure[head]))

    def find(self, resource: str) -> Bits:
        """Return which statements take in ``resource``; those that may have to be asked."""
        may, sure = self._bits[self._longest(resource, bisect_right(self._heads, resource) - 1)]
        whole = self._whole.get(resource, 0)
        return may | whole, sure | whole

    def _longest(self, text: str, at: int) -> int:
        """Return the place of the longest head that ``text`` begins with; ``at`` is of the last one not after it."""
        while not text.startswith(self._heads[at]):
            at = self._shorter[at]
        return at


def _is_plain(template: Template) -> bool:
    return template.parts == (template.head,) and _holds_segments(template)


def _is_open(template: Template) -> bool:
    return template.matches_everything or (template.parts == (template.head, Wild.MANY) and _holds_segments(template))


def _holds_segments(template: Template) -> bool:
    """Whether the head reaches into the sixth segment of an ARN, so that no segment before it is left to compare."""
    return template.head.count(":") >= ARN_COLONS
