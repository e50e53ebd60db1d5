"""Bringing a picture into the frame that was asked for: square pixels, even sides, never larger unless told."""

from __future__ import annotations

from cloudtranscode.media.rendition import Fit, Geometry, Size


def place(size: Size, width: int, height: int) -> Geometry:
    """Return how a picture of ``width`` x ``height``, as a viewer sees it, comes into a frame of ``size``.

    Lines are the short side, so that a portrait picture stays portrait. Sides are even, as 4:2:0 needs: rounded down
    at most to the source's own.
    """
    if size.width and size.height and size.fit is not Fit.FIT:
        return _framed(size, size.width, size.height, width, height)
    scale = _factor(size, width, height)
    fitted = _even(width * scale, width, enlarged=scale > 1), _even(height * scale, height, enlarged=scale > 1)
    return Geometry(fitted, fitted)


def _factor(size: Size, width: int, height: int) -> float:
    """By how much the picture is scaled when it keeps its shape."""
    wanted = [
        *([size.lines / min(width, height)] if size.lines else []),
        *([size.width / width] if size.width else []),
        *([size.height / height] if size.height else []),
    ]
    factor = min(wanted, default=1.0)
    return factor if size.enlarge else min(factor, 1.0)


def _framed(size: Size, frame_width: int, frame_height: int, width: int, height: int) -> Geometry:
    """The frame has a shape of its own; where the picture is too small for it, it shrinks and keeps that shape."""
    across, down = frame_width / width, frame_height / height
    need = {Fit.FILL: max(across, down), Fit.PAD: min(across, down), Fit.EXACT: max(across, down)}[size.fit]
    shrink = 1.0 if size.enlarge else min(1.0, 1 / need)
    frame = _near(frame_width * shrink), _near(frame_height * shrink)
    if size.fit is Fit.EXACT:
        return Geometry(frame, frame)
    if size.fit is Fit.PAD:
        factor = min(frame[0] / width, frame[1] / height)
        return Geometry((min(frame[0], _near(width * factor)), min(frame[1], _near(height * factor))), frame)
    factor = max(frame[0] / width, frame[1] / height)
    crop = min(width, round(frame[0] / factor)), min(height, round(frame[1] / factor))
    return Geometry(frame, frame, crop if crop != (width, height) else None)


def _near(length: float) -> int:
    return max(2, round(length / 2) * 2)


def _even(length: float, most: int, *, enlarged: bool) -> int:
    """The nearest even number that is not above ``most``, and at least 2."""
    nearest = round(length / 2) * 2
    return max(2, nearest if enlarged or nearest <= most else most - most % 2)
