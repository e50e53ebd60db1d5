"""The WebVTT file of a sprite: which rectangle of which sheet shows which time.

Players take the text of a cue for the address of a picture with a spatial media fragment (W3C Media Fragments URI 1.0,
4.2.2), relative to the WebVTT file.
"""

from __future__ import annotations

from cloudtranscode.media.plan.pictures import SpriteSheets

INDEX = "sprite.vtt"


def sprite_index(item: SpriteSheets, sheet: str) -> str:
    """Return the file's text; ``sheet`` is the sheets' name with one ``%0Nd``, which counts from 1."""
    starts = [*item.grid.starts()]
    ends = [*starts[1:], item.end_s]
    cues = (
        f"{clock(start)} --> {clock(end)}\n{sheet % (number // _cells(item) + 1)}#xywh={_rectangle(item, number)}\n"
        for number, (start, end) in enumerate(zip(starts, ends, strict=True))
    )
    return "WEBVTT\n\n" + "\n".join(cues)


def clock(time_s: float) -> str:
    """Write a time as WebVTT does: ``00:01:05.200``. Source: W3C WebVTT, 4.1 (https://www.w3.org/TR/webvtt1/)."""
    minutes, milliseconds = divmod(round(time_s * 1000), 60_000)
    return f"{minutes // 60:02}:{minutes % 60:02}:{milliseconds // 1000:02}.{milliseconds % 1000:03}"


def _rectangle(item: SpriteSheets, number: int) -> str:
    width, height = item.geometry.frame
    row, column = divmod(number % _cells(item), item.columns)
    return f"{column * width},{row * height},{width},{height}"


def _cells(item: SpriteSheets) -> int:
    return item.columns * item.rows
