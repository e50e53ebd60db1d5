"""Deciding on pictures: the moments of posters, thumbnails, sprites and previews."""

from __future__ import annotations

import math

from cloudtranscode.errors import InvalidDocument, SourceUnsupported
from cloudtranscode.media.outputs import Moment, MomentKind, Poster, Preview, Sprite, Thumbnails
from cloudtranscode.media.plan.geometry import place
from cloudtranscode.media.plan.pictures import Animation, Grid, SpriteSheets, Still, StillSeries
from cloudtranscode.media.plan.plan import SourceFacts
from cloudtranscode.media.rendition import Geometry

MOST_PICTURES = 10_000
_SHEET_SIDE = 16_383
"""What WebP can hold (RFC 9649, 2.6) and browsers decode."""

_CANDIDATES = 20
_CANDIDATES_WITHIN_S = 60.0
"""Where the best picture is looked for when nobody knows the duration."""

_PAIR_S = 0.2
"""The distance of two pictures that tells a fade from a shot."""

_EDGE_S = 0.001


class Stills:
    """Collects the pictures that outputs ask for; ``notes`` tell where there is less than was asked for."""

    def __init__(self, facts: SourceFacts) -> None:
        self._facts = facts
        self.stills: list[Still] = []
        self.series: list[StillSeries] = []
        self.sprites: list[SpriteSheets] = []
        self.previews: list[Animation] = []
        self.notes: list[str] = []

    def add(self, output: Poster | Thumbnails | Sprite | Preview) -> None:
        """Ask for an output.

        Errors: ``SourceUnsupported`` when it needs a duration that nobody knows, ``InvalidDocument`` for more or
        larger pictures than can be made.
        """
        geometry = place(output.size, self._facts.width, self._facts.height)
        match output:
            case Poster():
                self._poster(output, geometry)
            case Thumbnails():
                self._thumbnails(output, geometry)
            case Sprite():
                self._sprite(output, geometry)
            case Preview():
                self._preview(output, geometry)

    def _poster(self, output: Poster, geometry: Geometry) -> None:
        if output.at.kind is MomentKind.BEST:
            grid = spread(self._facts.duration_s or _CANDIDATES_WITHIN_S, _PAIR_S, _CANDIDATES, 2)
        else:
            grid = Grid(self._moment(output.id, output.at))
        self.stills.append(Still(output.id, grid, geometry, output.format))

    def _moment(self, output_id: str, moment: Moment) -> float:
        if moment.kind is MomentKind.PERCENT:
            return round(self._duration(output_id) * moment.value / 100, 6)
        end_s = self._facts.duration_s
        if end_s is None or moment.value < end_s:
            return moment.value
        self._note(output_id, f"{moment.value:g} s is beyond the end; the picture is the last one")
        return round(end_s, 6)

    def _thumbnails(self, output: Thumbnails, geometry: Geometry) -> None:
        duration_s = self._duration(output.id)
        if output.every_s is not None:
            grid = self._each(output.id, output.every_s, duration_s)
        else:
            count = output.count or 1
            step_s = round(duration_s / count, 6)
            grid = Grid(round(step_s / 2, 6), step_s, count)
            if step_s < self._facts.frame_s:
                self._note(output.id, f"the source has fewer than {count} frames; some pictures are the same")
        _check_number(output.id, grid)
        self.series.append(StillSeries(output.id, grid, geometry, output.format, output.name))

    def _sprite(self, output: Sprite, geometry: Geometry) -> None:
        duration_s = self._duration(output.id)
        grid = self._each(output.id, output.every_s, duration_s)
        _check_number(output.id, grid)
        columns = min(output.columns, grid.count)
        rows = min(output.rows, -(-grid.count // columns))
        width, height = columns * geometry.frame[0], rows * geometry.frame[1]
        if max(width, height) > _SHEET_SIDE:
            raise InvalidDocument(
                f"Output {output.id}: a sheet would be {width}x{height}, and {_SHEET_SIDE} is the most per side.",
                remedy="Ask for smaller pictures, fewer columns or fewer rows.",
            )
        self.sprites.append(SpriteSheets(output.id, grid, geometry, output.format, columns, rows, round(duration_s, 6)))

    def _preview(self, output: Preview, geometry: Geometry) -> None:
        duration_s, slot_s = self._duration(output.id), round(1 / output.frame_rate, 6)
        wanted = max(2, round(output.length_s / slot_s))
        there = max(1, math.floor(duration_s / slot_s))
        if there <= wanted:
            grid = Grid(0.0, slot_s, 1, there, there)
            if there < wanted:
                self._note(output.id, f"the source has only {duration_s:g} s; the preview shows all of it")
        else:
            clips = min(output.clips, wanted)
            grid = spread(duration_s, slot_s, clips, -(-wanted // clips))
        _check_number(output.id, grid)
        self.previews.append(Animation(output.id, grid, geometry, output.format))

    def _each(self, output_id: str, every_s: float, duration_s: float) -> Grid:
        if duration_s <= every_s:
            self._note(output_id, f"the source is not longer than {every_s:g} s; there is one picture")
        return Grid(0.0, every_s, max(1, math.ceil((duration_s - _EDGE_S) / every_s)))

    def _duration(self, output_id: str) -> float:
        if self._facts.duration_s is None:
            raise SourceUnsupported(
                f"The source does not tell how long it is, and output {output_id} depends on it.",
                remedy="Put the source into a container with a duration, or ask for a poster at a time in seconds.",
            )
        return self._facts.duration_s

    def _note(self, output_id: str, text: str) -> None:
        self.notes.append(f"Output {output_id}: {text}.")


def spread(duration_s: float, slot_s: float, count: int, burst: int) -> Grid:
    """Return ``count`` bursts at equal distances, each in the middle of its part; fewer where they would overlap."""
    count = max(1, min(count, math.floor(duration_s / (burst * slot_s))))
    stride = max(burst, math.floor(duration_s / count / slot_s))
    taken_s = ((count - 1) * stride + burst) * slot_s
    return Grid(round(max(0.0, (duration_s - taken_s) / 2), 6), slot_s, count, stride, burst)


def _check_number(output_id: str, grid: Grid) -> None:
    if grid.pictures > MOST_PICTURES:
        raise InvalidDocument(
            f"Output {output_id}: that would be {grid.pictures} pictures, and {MOST_PICTURES} is the most.",
            remedy="Ask for a longer interval.",
        )
