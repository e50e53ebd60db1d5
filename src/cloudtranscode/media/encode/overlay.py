"""What is on one rendition alone, put on after it was scaled: bars, a watermark, captions, burned-in subtitles."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap

from cloudtranscode.media.encode.input import source_words
from cloudtranscode.media.encode.texts import burned
from cloudtranscode.media.plan.plan import Plan
from cloudtranscode.media.rendition import Caption, VideoRendition, Watermark
from cloudtranscode.media.tools.words import ENCODED, seconds

FONTS = f"{ENCODED}/fonts"
"""Where the fonts lie that captions and subtitles are written with: the same on every machine."""

FONT = "SourceSansPro-Regular.ttf"
_LETTER = 0.52


def image_words(plan: Plan) -> tuple[str, ...]:
    """Return the words that open every watermark's picture, after the clips."""
    return tuple(word for name in _images(plan) for word in source_words(name))


def caption_path(item: VideoRendition, number: int) -> str:
    """Where the text of a rendition's caption lies."""
    return f"{ENCODED}/caption_{item.id}_{number}.txt"


def caption_texts(plan: Plan) -> dict[str, str]:
    """The files that must lie in the scratch folder before the pictures are encoded, with what is in them."""
    return {
        caption_path(item, number): _wrapped(caption, item)
        for item in plan.video
        for number, caption in enumerate(item.overlays.captions)
    }


def needs_fonts(plan: Plan) -> bool:
    """Whether anything is written on a picture."""
    return any(item.overlays.captions or item.overlays.subtitles is not None for item in plan.video)


def overlaid(item: VideoRendition, plan: Plan) -> Iterator[str]:
    """The chains from ``[bare_…]`` to ``[v_…]`` of a rendition; none when nothing is put on it."""
    overlays = item.overlays
    filters = [
        *_bars(item),
        *([burned(plan, overlays.subtitles, FONTS)] if overlays.subtitles is not None else []),
        *(_caption(item, number, one) for number, one in enumerate(overlays.captions)),
    ]
    bare, end = f"[bare_{item.id}]", f"[v_{item.id}]"
    if overlays.watermark is None:
        if filters:
            yield f"{bare}{','.join(filters)}{end}"
        return
    picture = f"[framed_{item.id}]"
    yield f"{bare}{','.join(_bars(item)) or 'null'}{picture}"
    mark, label = overlays.watermark, f"[mark_{item.id}]"
    number = len(plan.clips) + _images(plan).index(mark.image)
    yield f"[{number}:v]{_mark(item, mark)}{label}"
    rest = "".join(f",{one}" for one in filters[len([*_bars(item)]) :])
    yield f"{picture}{label}{_over(mark)},format={item.settings.pixel_format}{rest}{end}"


def _images(plan: Plan) -> list[str]:
    marks = (item.overlays.watermark for item in plan.video)
    return list(dict.fromkeys(mark.image for mark in marks if mark))


def _bars(item: VideoRendition) -> list[str]:
    if item.geometry.frame == item.geometry.scale:
        return []
    return [f"pad={item.width}:{item.height}:(ow-iw)/2:(oh-ih)/2"]


def _mark(item: VideoRendition, mark: Watermark) -> str:
    """The picture in its size; one that would not fit into the frame is made smaller."""
    width = _pixels(mark.width, item.width) or (-1 if mark.height is not None else f"min(iw\\,{item.width})")
    height = _pixels(mark.height, item.height) or (-1 if mark.width is not None else f"min(ih\\,{item.height})")
    shape = ":force_original_aspect_ratio=decrease" if mark.width is None and mark.height is None else ""
    return f"format=rgba,scale={width}:{height}:flags=bicubic{shape},colorchannelmixer=aa={mark.opacity:g}"


def _over(mark: Watermark) -> str:
    """The picture is one frame, which stays until the end."""
    place = f"x={_place(mark.x, 'W', 'w')}:y={_place(mark.y, 'H', 'h')}"
    return f"overlay={place}:format=auto{_when(mark.start_s, mark.end_s)}"


def _caption(item: VideoRendition, number: int, caption: Caption) -> str:
    size = max(1, round(caption.size * item.height))
    box = f":box=1:boxcolor=black@0.6:boxborderw={max(1, size // 4)}" if caption.box else ""
    place = f"x={_place(caption.x, 'w', 'text_w')}:y={_place(caption.y, 'h', 'text_h')}"
    return (
        f"drawtext=textfile={caption_path(item, number)}:expansion=none:fontfile={FONTS}/{FONT}:fontsize={size}"
        f":fontcolor={caption.color}:text_align=C:{place}"
        f"{box}{_when(caption.start_s, caption.end_s)}"
    )


def _wrapped(caption: Caption, item: VideoRendition) -> str:
    """The text in lines that fit: a letter is about half as wide as high."""
    most = max(8, round(item.width / (item.height * caption.size * _LETTER)))
    return "\n".join(part for line in caption.text.splitlines() for part in wrap(line, most) or [""])


def _pixels(length: float | str | None, side: int) -> int | None:
    """A length in pixels or as a part of the frame's side, at least one pixel."""
    if length is None:
        return None
    return max(1, round(side * _part(length) if isinstance(length, str) else length))


def _place(where: float | str, frame: str, own: str) -> str:
    """Pixels from the left or top, from the right or bottom when negative; a part is that of the room there is.

    So 0% is one edge, 50% the middle and 100% the other edge.
    """
    if isinstance(where, str):
        part = _part(where)
        return f"({frame}-{own})*{part if part >= 0 else 1 + part:g}"
    return f"{where:g}" if where >= 0 else f"{frame}-{own}{where:g}"


def _part(text: str) -> float:
    return round(float(text.removesuffix("%")) / 100, 6)


def _when(start_s: float, end_s: float | None) -> str:
    """When it is seen: from the first frame at or after the start, up to before the end."""
    if not start_s and end_s is None:
        return ""
    start = f"gte(t,{seconds(max(0.0, start_s - 0.001))})"
    return f":enable='{start}*lt(t,{seconds(end_s - 0.001)})'" if end_s is not None else f":enable='{start}'"
