"""What one consumer does with the picture or the sound of a job's source."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Branch:
    """Chains of a filter graph that begin at the labels of ``taps``, and the words of the outputs that they end in.

    Without ``streams`` there is one tap, ``[tap]``, and it gives the picture. With ``streams``, indexes of the first
    clip's sounds, each tap gives one of them. Either is as the job's source is: trimmed, joined, in square time from
    0 on; the graph gives every branch taps of its own.
    """

    tap: str
    chains: tuple[str, ...]
    words: tuple[str, ...]
    streams: tuple[int, ...] = ()

    @property
    def taps(self) -> tuple[str, ...]:
        """The labels without brackets: ``tap`` alone, or ``tap_0``, ``tap_1`` and so on for several sounds."""
        if len(self.streams) <= 1:
            return (self.tap,)
        return tuple(f"{self.tap}_{number}" for number in range(len(self.streams)))
