"""The pictures of a plan: which moments, how large, and what is made of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cloudtranscode.media.outputs import PreviewFormat, StillFormat
from cloudtranscode.media.rendition import Geometry


@dataclass(frozen=True, slots=True)
class Grid:
    """Moments on the outputs' clock: slots of ``slot_s`` seconds from ``first_s``, of which some are taken.

    Of every ``stride`` slots the first ``burst`` are taken, ``count`` times. What is shown at a moment is the first
    frame at or after it, or the last one there is.
    """

    first_s: float
    slot_s: float = 1.0
    count: int = 1
    stride: int = 1
    burst: int = 1

    @property
    def pictures(self) -> int:
        """How many moments there are."""
        return self.count * self.burst

    def starts(self) -> Iterator[float]:
        """The first moment of each burst."""
        return (round(self.first_s + number * self.stride * self.slot_s, 6) for number in range(self.count))


@dataclass(frozen=True, slots=True)
class Still:
    """One picture: of the grid's only moment, or the best of several, whose bursts are pairs."""

    output_id: str
    grid: Grid
    geometry: Geometry
    format: StillFormat = StillFormat.JPG

    @property
    def best(self) -> bool:
        """Whether it is chosen among several."""
        return self.grid.pictures > 1


@dataclass(frozen=True, slots=True)
class StillSeries:
    """A folder of pictures: ``name`` has one ``%0Nd``, which counts from 1."""

    output_id: str
    grid: Grid
    geometry: Geometry
    format: StillFormat
    name: str


@dataclass(frozen=True, slots=True)
class SpriteSheets:
    """A folder of sheets with ``columns`` x ``rows`` pictures each, and a WebVTT file that tells which shows what.

    ``end_s`` is where the last picture's time ends.
    """

    output_id: str
    grid: Grid
    geometry: Geometry
    format: StillFormat
    columns: int
    rows: int
    end_s: float

    @property
    def sheets(self) -> int:
        """How many sheets there are."""
        return -(-self.grid.pictures // (self.columns * self.rows))


@dataclass(frozen=True, slots=True)
class Animation:
    """One file that shows the grid's pictures again and again, each for the time of a slot."""

    output_id: str
    grid: Grid
    geometry: Geometry
    format: PreviewFormat
