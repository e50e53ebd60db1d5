"""From steps and a picture's size to operations in whole pixels: what comes out is known before anything is decoded."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from cloudtranscode.media.images.output import Crop, Gravity, Mode, Resize, Rotate, Step


class Do(StrEnum):
    """What the program does to each frame."""

    SCALE = "scale"
    CUT = "cut"
    SMART_CUT = "smart_cut"
    PAD = "pad"
    TURN = "turn"


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing done to a frame: ``width`` and ``height`` are what it has afterwards.

    ``x`` and ``y`` are where a cut begins, or where the picture lies within its margin of colour ``background``.
    ``degrees`` is a turn clockwise.
    """

    do: Do
    width: int
    height: int
    x: int = 0
    y: int = 0
    background: str | None = None
    degrees: int = 0


Box = tuple[int, int]


def operations(steps: Sequence[Step], size: Box) -> list[Operation]:
    """Work out what ``steps`` do to a picture of ``size``, in whole pixels.

    Errors: ``ValueError`` with a sentence for a step that leaves nothing of the picture.
    """
    done: list[Operation] = []
    for step in steps:
        made = _operations(step, size)
        done += made
        if made:
            size = made[-1].width, made[-1].height
    return done


def _operations(step: Step, size: Box) -> list[Operation]:
    match step:
        case Resize():
            return _resized(step, size)
        case Crop():
            return _cropped(step, size)
        case Rotate():
            turned = size if step.degrees % 180 == 0 else (size[1], size[0])
            return [Operation(Do.TURN, *turned, degrees=step.degrees % 360)] if step.degrees % 360 else []


def _resized(step: Resize, size: Box) -> list[Operation]:
    if step.percent or step.area or not (step.width and step.height):
        return _scaled(_free_target(step, size), size, step)
    box = step.width, step.height
    ratios = box[0] / size[0], box[1] / size[1]
    match step.mode:
        case Mode.FIT:
            return _scaled(_by(size, min(ratios)), size, step)
        case Mode.COVER:
            return _scaled(_by(size, max(ratios)), size, step)
        case Mode.EXACT:
            return _scaled(_within(box, min(1.0, 1 / max(ratios)), step), size, step)
        case Mode.FILL:
            return _filled(_within(box, min(1.0, 1 / max(ratios)), step), size, step)
        case Mode.PAD:
            return _padded(box, size, step)


def _free_target(step: Resize, size: Box) -> Box:
    """The size where the shape is not bound to a box."""
    if step.percent:
        return _whole(size[0] * step.percent[0] / 100, size[1] * step.percent[1] / 100)
    if step.area:
        return _by(size, math.sqrt(step.area / (size[0] * size[1])))
    if step.width:
        return step.width, max(1, round(size[1] * step.width / size[0]))
    if step.height:
        return max(1, round(size[0] * step.height / size[1])), step.height
    return size


def _scaled(target: Box, size: Box, step: Resize) -> list[Operation]:
    grows, shrinks = (any(a > b for a, b in pairs) for pairs in (zip(target, size), zip(size, target)))  # noqa: B905
    if target == size or (grows and not step.enlarge) or (shrinks and not grows and not step.shrink):
        return []
    return [Operation(Do.SCALE, *target)]


def _filled(box: Box, size: Box, step: Resize) -> list[Operation]:
    scale = _scaled(_by(size, max(box[0] / size[0], box[1] / size[1]), at_least=box), size, step)
    now = (scale[0].width, scale[0].height) if scale else size
    box = min(box[0], now[0]), min(box[1], now[1])
    return [*scale, *_cut(now, box, step.gravity)]


def _padded(box: Box, size: Box, step: Resize) -> list[Operation]:
    """A margin enlarges nothing: the box is met whether the picture fills it or not."""
    scale = _scaled(_by(size, min(box[0] / size[0], box[1] / size[1])), size, step)
    now = (scale[0].width, scale[0].height) if scale else size
    if now == box or now[0] > box[0] or now[1] > box[1]:
        return scale
    x, y = _offset(box, now, step.gravity)
    return [*scale, Operation(Do.PAD, *box, x=x, y=y, background=step.background)]


def _cropped(step: Crop, size: Box) -> list[Operation]:
    if step.percent:
        wanted = _whole(size[0] * step.percent[0] / 100, size[1] * step.percent[1] / 100)
    else:
        wanted = step.width or size[0], step.height or size[1]
    if step.gravity:
        return _cut(size, (min(wanted[0], size[0]), min(wanted[1], size[1])), step.gravity)
    left, top = max(0, step.x), max(0, step.y)
    right, bottom = min(size[0], step.x + wanted[0]), min(size[1], step.y + wanted[1])
    if right <= left or bottom <= top:
        raise ValueError(f"nothing of a {size[0]}x{size[1]} picture lies within the crop at {step.x},{step.y}")
    if (right - left, bottom - top) == size:
        return []
    return [Operation(Do.CUT, right - left, bottom - top, x=left, y=top)]


def _cut(size: Box, box: Box, gravity: Gravity) -> list[Operation]:
    if box == size:
        return []
    if gravity is Gravity.SMART:
        return [Operation(Do.SMART_CUT, *box)]
    x, y = _offset(size, box, gravity)
    return [Operation(Do.CUT, *box, x=x, y=y)]


def _offset(outer: Box, inner: Box, gravity: Gravity) -> Box:
    free_x, free_y = outer[0] - inner[0], outer[1] - inner[1]
    name = gravity.value
    x = 0 if name.endswith("west") else free_x if name.endswith("east") else free_x // 2
    y = 0 if name.startswith("north") else free_y if name.startswith("south") else free_y // 2
    return x, y


def _within(box: Box, most: float, step: Resize) -> Box:
    """The box, or one of its shape that is no larger than what there is."""
    return box if step.enlarge else _whole(box[0] * most, box[1] * most)


def _by(size: Box, ratio: float, at_least: Box = (1, 1)) -> Box:
    width, height = _whole(size[0] * ratio, size[1] * ratio)
    return max(width, at_least[0]), max(height, at_least[1])


def _whole(width: float, height: float) -> Box:
    return max(1, round(width)), max(1, round(height))
