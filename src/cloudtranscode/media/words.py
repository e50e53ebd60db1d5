"""What a source of any kind is, in plain words, and what a job would make of it."""

from __future__ import annotations

from collections.abc import Iterator

from cloudtranscode.media.documents.info import DocumentInfo
from cloudtranscode.media.documents.plan import OFFICE
from cloudtranscode.media.images.info import ImageInfo
from cloudtranscode.media.plan.plan import Plan
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
        case DocumentInfo():
            width, height = (round(side / 72 * 25.4) for side in info.pages[0])
            yield "document", f"{info.format}, {len(info.pages)} pages, the first of {width}x{height} mm"


def intentions(info: Info, plan: AnyPlan | None) -> Iterator[str]:
    """Say in one sentence each what a job would do about it; ``plan`` is that of a ladder."""
    match info:
        case MediaInfo():
            yield from treatment(info)
            if isinstance(plan, Plan):
                yield from _chosen(info, plan)
        case ImageInfo():
            yield from _of_a_picture(info)
        case DocumentInfo():
            yield from _of_a_document(info)
    if isinstance(plan, Plan):
        yield from (
            note.removeprefix(f"Output {package.output_id}: ") for note in plan.notes for package in plan.packages
        )


def _of_a_picture(info: ImageInfo) -> Iterator[str]:
    if info.orientation != _UPRIGHT:
        yield f"Its EXIF orientation ({info.orientation}) is applied: outputs are upright."
    if info.icc or info.colors == "cmyk":
        yield "Its colours are converted to sRGB."
    yield "Outputs carry none of its metadata unless they ask for it."


def _of_a_document(info: DocumentInfo) -> Iterator[str]:
    if info.format in OFFICE:
        yield "It becomes PDF first, through LibreOffice."
    yield "Outputs are pictures of its pages, and its text; nothing in it is run or followed."


def _chosen(info: MediaInfo, plan: Plan) -> Iterator[str]:
    if len(info.video) > 1:
        used = [stream.index for stream in info.video].index(plan.clips[0].video or 0)
        yield f"Of its {len(info.video)} video streams, video {used} is used."
