"""What a source of any kind is, in plain words, and what a job would make of it."""

from __future__ import annotations

from collections.abc import Iterator

from cloudtranscode.media.images.info import ImageInfo
from cloudtranscode.media.plan.plan import LadderPackage, Plan
from cloudtranscode.media.source.streams import MediaInfo
from cloudtranscode.media.source.words import parts, treatment
from cloudtranscode.media.studio import AnyPlan, Info

_UPRIGHT = 1


def facts(info: Info) -> Iterator[tuple[str, str]]:
    """Name each part of a source and say what it is."""
    match info:
        case MediaInfo():
            yield from parts(info)
        case ImageInfo():
            frames = f", {info.frames} frames" if info.frames > 1 else ""
            yield "picture", f"{info.format}, {info.width}x{info.height}, {info.colors}, {info.bit_depth} bit{frames}"


def intentions(info: Info, plan: AnyPlan | None) -> Iterator[str]:
    """Say in one sentence each what a job would do about it; ``plan`` is that of a ladder."""
    match info:
        case MediaInfo():
            yield from treatment(info)
        case ImageInfo():
            yield from _of_a_picture(info)
    if isinstance(plan, Plan):
        yield from _of_a_ladder(plan)


def _of_a_picture(info: ImageInfo) -> Iterator[str]:
    if info.orientation != _UPRIGHT:
        yield f"Its EXIF orientation ({info.orientation}) is applied: outputs are upright."
    if info.icc or info.colors == "cmyk":
        yield "Its colours are converted to sRGB."
    yield "Outputs carry none of its metadata unless they ask for it."


def _of_a_ladder(plan: Plan) -> Iterator[str]:
    for package in plan.packages:
        if isinstance(package, LadderPackage):
            sizes = (plan.rendition(name) for name in package.video)
            rungs = ", ".join(f"{item.id} ({item.width}x{item.height})" for item in sizes)
            yield f"A ladder would have the rungs {rungs}."
    yield from (note.removeprefix(f"Output {package.output_id}: ") for note in plan.notes for package in plan.packages)
