"""What one consumer does with the one decoded picture."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Branch:
    """Chains of a filter graph that begin at ``[tap]``, and the words of the outputs that they end in.

    ``tap`` is a label of its own; the graph splits the decoded picture into one such label for each branch.
    """

    tap: str
    chains: tuple[str, ...]
    words: tuple[str, ...]
