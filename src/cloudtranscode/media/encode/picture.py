"""The renditions' pictures: one decode, each rung scaled from the one above."""

from __future__ import annotations

from collections.abc import Sequence

from cloudtranscode.media.encode.branch import Branch
from cloudtranscode.media.encode.codecs import video_encoder
from cloudtranscode.media.plan.plan import Plan
from cloudtranscode.media.rendition import Geometry, VideoCodec, VideoRendition
from cloudtranscode.media.tools.words import ENCODED, PLAIN


def video_path(item: VideoRendition) -> str:
    """Where the encode of a video rendition lies: in an ISO file, which keeps exact times."""
    suffix = "mov" if item.settings.codec in {VideoCodec.PRORES, VideoCodec.FFV1} else "mp4"
    return f"{ENCODED}/v_{item.id}.{suffix}"


def video_branches(plan: Plan) -> list[Branch]:
    """Return the branch of every group of renditions that can be scaled from each other."""
    groups: dict[float | tuple[int, int] | None, list[VideoRendition]] = {}
    for item in plan.video:
        groups.setdefault(item.geometry.crop, []).append(item)
    return [_group(number, items, plan) for number, items in enumerate(groups.values())]


def _group(number: int, items: Sequence[VideoRendition], plan: Plan) -> Branch:
    tap = "rungs" if number == 0 else f"rungs{number}"
    words = [
        word
        for item in items
        for word in ("-map", f"[v_{item.id}]", *video_encoder(item, plan.source), *PLAIN, video_path(item))
    ]
    return Branch(tap, tuple(_cascade(items, f"[{tap}]")), tuple(words))


def _cascade(rungs: Sequence[VideoRendition], source: str) -> list[str]:
    chains = []
    for number, item in enumerate(rungs):
        last = number == len(rungs) - 1
        exits = f"[v_{item.id}]" if last else f",split=2[v_{item.id}][below_{item.id}]"
        chains.append(f"{source}{_picture(item, item.geometry, cut=number == 0)}{exits}")
        source = f"[below_{item.id}]"
    return chains


def _picture(item: VideoRendition, geometry: Geometry, *, cut: bool) -> str:
    crop = [f"crop={geometry.crop[0]}:{geometry.crop[1]}"] if geometry.crop and cut else []
    scale = f"scale={geometry.scale[0]}:{geometry.scale[1]}:flags=bicubic:out_range=tv"
    pad = [f"pad={item.width}:{item.height}:(ow-iw)/2:(oh-ih)/2"] if geometry.frame != geometry.scale else []
    return ",".join((*crop, scale, *pad, "setsar=1", f"format={item.settings.pixel_format}"))
