"""One thing that speaks for or against a cause."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

# How much likelier a clue makes its cause. What was read in a document or said by S3 itself settles the matter.
PROOF, STRONG, GOOD, SLIGHT = 5000.0, 60.0, 8.0, 2.0
AGAINST, FAINT, REFUTED = 0.4, 0.04, 0.0


@dataclass(frozen=True, slots=True)
class Clue:
    """``factor`` multiplies the likelihood of ``cause``; ``text`` says why, in one sentence.

    ``finding``: the text is the very fault, and is shown in the place of the cause's general words.
    """

    cause: str
    factor: float
    text: str
    finding: bool = False


def each(causes: Iterable[str], factor: float, text: str) -> Iterator[Clue]:
    """The same clue for several causes."""
    return (Clue(cause, factor, text) for cause in causes)
