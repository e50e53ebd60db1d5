"""What the worker does itself with the pictures that were taken: counts them, chooses the best, writes an index."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from cloudtranscode.errors import SourceDamaged
from cloudtranscode.media.encode.stills.assembly import sheet_path
from cloudtranscode.media.encode.stills.best import Seen, best_of, read_seen
from cloudtranscode.media.encode.stills.shots import Picture, pictures, pieces_of, series_folder, shots_of, still_path
from cloudtranscode.media.encode.stills.webvtt import INDEX, sprite_index
from cloudtranscode.media.plan.pictures import Still
from cloudtranscode.media.plan.plan import Plan
from cloudtranscode.media.tools.scratch import file_size, read_small, write_new

_STATS_BYTES = 64 << 20


def finish_pictures(plan: Plan, scratch: Path) -> None:
    """Leave in place of the candidates the best of them, and beside the sheets their index.

    Errors: ``SourceDamaged`` when the source gave fewer pictures than its headers promise, ``CheckFailed`` when a
    tool left what is no file.
    """
    for item in pictures(plan):
        files = shots_of(item).files()
        found = sum(file_size(scratch, path) is not None for path in files)
        if found < (2 if isinstance(item, Still) and item.best else len(files)):
            raise SourceDamaged(
                f"Only {found} of {len(files)} pictures of output {item.output_id} decode from the source."
            )
    for still in plan.stills:
        if still.best:
            _choose(still, plan, scratch)
    for sprite in plan.sprites:
        text = sprite_index(sprite, Path(sheet_path(sprite)).name)
        write_new(scratch, f"{series_folder(sprite)}/{INDEX}", text)


def seen(item: Picture, plan: Plan, scratch: Path) -> Iterator[tuple[str, Seen]]:
    """Return what ffmpeg saw in each picture that was taken, with its path; the best one is not there any more."""
    for piece in pieces_of(item, plan):
        if file_size(scratch, piece.stats) is not None:
            text = read_small(scratch, piece.stats, _STATS_BYTES)
            yield from zip(piece.files(), read_seen(text), strict=False)


def _choose(still: Still, plan: Plan, scratch: Path) -> None:
    taken = [one for one in seen(still, plan, scratch) if file_size(scratch, one[0]) is not None]
    pairs = list(zip(taken[::2], taken[1::2], strict=False))
    (chosen, _), _ = pairs[best_of([(first[1], second[1]) for first, second in pairs])]
    (scratch / chosen).rename(scratch / still_path(still))
