"""Which pictures a plan takes, as files: each of these is one branch of the decode, or some seeks."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

from cloudtranscode.media.outputs import StillFormat
from cloudtranscode.media.plan.pictures import Animation, Grid, SpriteSheets, Still, StillSeries
from cloudtranscode.media.plan.plan import Plan
from cloudtranscode.media.rendition import Geometry
from cloudtranscode.media.tools.words import ENCODED, FINISHED

Picture = Still | StillSeries | SpriteSheets | Animation

_SEEK_S = 8.0
"""How much video can be decoded in the time of one seek: at 1080p a seek takes 0.6 CPU-s, because it begins up to ten
seconds early, and decoding 0.094 CPU-s for each second (400 s of H.264, one core); the rest is what a network adds."""


@dataclass(frozen=True, slots=True)
class Shots:
    """The pictures of a grid as files; ``path`` has one ``%06d`` that counts from ``number``, unless there is only one.

    ``name`` is unique in the plan. ``judged`` measures what tells a good picture, too.
    """

    name: str
    grid: Grid
    geometry: Geometry
    format: StillFormat
    path: str
    number: int = 1
    judged: bool = False

    @property
    def stats(self) -> str:
        """Where ffmpeg writes down what it saw."""
        return f"{ENCODED}/s_{self.name}.txt"

    def files(self) -> list[str]:
        """The path of each picture."""
        if "%" not in self.path:
            return [self.path]
        return [self.path % number for number in range(self.number, self.number + self.grid.pictures)]


def still_path(still: Still) -> str:
    """Where a still lies; it is an output as it is."""
    return f"{FINISHED}/{still.output_id}.{still.format}"


def cells_path(item: Still | SpriteSheets | Animation) -> str:
    """Where the pictures lie that something is made of or chosen from; lossless where they are encoded again."""
    suffix = item.format if isinstance(item, Still) else StillFormat.PNG
    return f"{ENCODED}/s_{item.output_id}_%06d.{suffix}"


def series_folder(item: StillSeries | SpriteSheets) -> str:
    """Where the pictures of a folder lie."""
    return f"{FINISHED}/{item.output_id}"


def taken(plan: Plan) -> list[Shots]:
    """Return all the pictures that a plan takes, as they are taken."""
    return [piece for item in pictures(plan) for piece in pieces_of(item, plan)]


def shots_of(item: Picture) -> Shots:
    """Return the pictures of one output."""
    name, grid, geometry = item.output_id, item.grid, item.geometry
    match item:
        case Still():
            path = cells_path(item) if item.best else still_path(item)
            return Shots(name, grid, geometry, item.format, path, judged=item.best)
        case StillSeries():
            return Shots(name, grid, geometry, item.format, f"{series_folder(item)}/{item.name}.{item.format}")
        case SpriteSheets() | Animation():
            return Shots(name, grid, geometry, StillFormat.PNG, cells_path(item))


def pieces_of(item: Picture, plan: Plan) -> list[Shots]:
    """Return the pictures of one output as they are taken: whole where the source is decoded, by bursts where not."""
    shots = shots_of(item)
    return list(_bursts(shots)) if sought(plan) else [shots]


def pictures(plan: Plan) -> tuple[Picture, ...]:
    """Return every output of a plan that is made of pictures."""
    return (*plan.stills, *plan.series, *plan.sprites, *plan.previews)


def picture_folders(plan: Plan) -> list[str]:
    """Return the folders that outputs of several files need; tools make none."""
    return [*map(series_folder, plan.series), *map(series_folder, plan.sprites)]


def sought(plan: Plan) -> bool:
    """Whether the pictures are sought one by one: nothing else is decoded, and they are few for the length."""
    if plan.video or plan.audio or plan.waveforms or len(plan.clips) != 1:
        return False
    seeks = sum(item.grid.count for item in pictures(plan))
    return seeks <= 1 or seeks * _SEEK_S <= (plan.source.duration_s or math.inf)


def _bursts(shots: Shots) -> Iterator[Shots]:
    """One for each burst. The paths stay patterns, so that the numbers go on."""
    for number, start_s in enumerate(shots.grid.starts()):
        yield replace(
            shots,
            name=f"{shots.name}.{number}",
            grid=replace(shots.grid, first_s=start_s, count=1),
            number=shots.number + number * shots.grid.burst,
        )
