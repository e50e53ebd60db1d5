"""The renditions' pictures: each rung scaled from the one above, and what belongs to it alone put on it afterwards."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cloudtranscode.media.encode.branch import Branch
from cloudtranscode.media.encode.codecs import video_encoder
from cloudtranscode.media.encode.colour import to_target
from cloudtranscode.media.encode.overlay import overlaid
from cloudtranscode.media.plan.plan import Plan
from cloudtranscode.media.rendition import VideoCodec, VideoRendition
from cloudtranscode.media.tools.words import ENCODED, PLAIN

_ONLY, _FIRST, _SECOND = 0, 1, 2


def video_path(item: VideoRendition) -> str:
    """Where the encode of a video rendition lies: in an ISO file, which keeps exact times."""
    suffix = "mov" if item.settings.codec in {VideoCodec.PRORES, VideoCodec.FFV1} else "mp4"
    return f"{ENCODED}/v_{item.id}.{suffix}"


def first_pass_branches(plan: Plan) -> list[Branch]:
    """Return what the first of two passes does; nothing where no rendition needs two."""
    return _branches(plan, _FIRST) if _twice(plan) else []


def video_branches(plan: Plan) -> list[Branch]:
    """Return the branch of every group of renditions that can be scaled from each other."""
    return _branches(plan, _SECOND if _twice(plan) else _ONLY)


def _twice(plan: Plan) -> bool:
    return any(item.settings.passes > 1 for item in plan.video)


def _branches(plan: Plan, pass_: int) -> list[Branch]:
    return [_group(number, items, plan, pass_) for number, items in enumerate(_groups(plan))]


def _groups(plan: Plan) -> list[list[VideoRendition]]:
    """Renditions of one shape, rate and colour: the first is the largest, each is scaled from the one before."""
    groups: list[list[VideoRendition]] = []
    for item in plan.video:
        for group in groups:
            if _follows(item, group[-1]):
                group.append(item)
                break
        else:
            groups.append([item])
    return groups


def _follows(item: VideoRendition, above: VideoRendition) -> bool:
    """Whether a rendition can be scaled from another one: it loses nothing by it."""
    settings, other = item.settings, above.settings
    alike = (settings.frame_rate, settings.color, settings.pixel_format, item.geometry.crop)
    (width, height), (across, down) = item.geometry.scale, above.geometry.scale
    return (
        alike == (other.frame_rate, other.color, other.pixel_format, above.geometry.crop)
        and width <= across
        and height <= down
        and abs(width * down - height * across) <= 2 * max(across, down)  # each side is even: off by one at most
    )


def _group(number: int, items: Sequence[VideoRendition], plan: Plan, pass_: int) -> Branch:
    tap = "rungs" if number == 0 else f"rungs{number}"
    words = [word for item in items for word in _output(item, plan, pass_)]
    return Branch(tap, tuple(_cascade(items, tap, plan)), tuple(words))


def _output(item: VideoRendition, plan: Plan, pass_: int) -> tuple[str, ...]:
    target = ("-f", "null", "-") if pass_ == _FIRST else (*PLAIN, video_path(item))
    return "-map", f"[v_{item.id}]", *video_encoder(item, plan.facts(item), pass_), *target


def _cascade(rungs: Sequence[VideoRendition], tap: str, plan: Plan) -> Iterator[str]:
    """Each rung is scaled, and split for the one below before anything is put on it."""
    source = tap
    for number, item in enumerate(rungs):
        first, last = number == 0, number == len(rungs) - 1
        filters = [
            *(_head(item, plan) if first else []),
            f"scale={item.geometry.scale[0]}:{item.geometry.scale[1]}:flags=bicubic:out_range=tv",
            *(to_target(plan.colour, item.settings) if first else ()),
            "setsar=1",
            f"format={item.settings.pixel_format}",
            *([] if last else ["split=2"]),
        ]
        laid = [*overlaid(item, plan)]
        end = f"[v_{item.id}]" if not laid else f"[bare_{item.id}]"
        yield f"[{source}]{','.join(filters)}{end}{'' if last else f'[below_{item.id}]'}"
        yield from laid
        source = f"below_{item.id}"


def _head(item: VideoRendition, plan: Plan) -> list[str]:
    """The rate first, so that frames that are dropped are not scaled; then what is cut away."""
    rate, crop = item.settings.frame_rate, item.geometry.crop
    filters = [f"fps={rate}"] if rate else []
    if crop:  # in parts of the picture: its pixels need not be square
        facts = plan.source
        filters.append(f"crop=iw*{crop[0]}/{facts.width}:ih*{crop[1]}/{facts.height}")
    return filters
