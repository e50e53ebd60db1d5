"""Pictures made by Pillow, which shares no code with libvips: what is measured is not measured by its maker."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageCms

RED, GREEN, BLUE, YELLOW = (220, 30, 30), (30, 180, 40), (30, 40, 200), (230, 210, 40)
QUARTERS = (RED, GREEN, BLUE, YELLOW)
"""Top left, top right, bottom left, bottom right."""

_UNDO = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
"""How a picture is stored so that the EXIF orientation shows it upright: the inverse of what a viewer does."""


def quarters(width: int = 120, height: int = 80) -> Image.Image:
    """Four fields of a plain colour each, so that any turn, flip or cut shows."""
    picture = Image.new("RGB", (width, height))
    for number, color in enumerate(QUARTERS):
        x, y = number % 2 * width // 2, number // 2 * height // 2
        picture.paste(color, (x, y, x + width // 2, y + height // 2))
    return picture


def oriented(orientation: int) -> bytes:
    """A JPEG of :func:`quarters` that is stored turned and says so."""
    picture = quarters()
    if orientation in _UNDO:
        picture = picture.transpose(_UNDO[orientation])
    exif = Image.Exif()
    exif[0x0112] = orientation
    return encoded(picture, "JPEG", quality=95, subsampling=0, exif=exif)


def encoded(picture: Image.Image, form: str, **options: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, form, **options)
    return file.getvalue()


def animation(form: str, frames: Sequence[Image.Image], milliseconds: int = 80) -> bytes:
    return encoded(frames[0], form, save_all=True, append_images=frames[1:], duration=milliseconds, loop=0)


def srgb_profile() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def seen(path: Path) -> Image.Image:
    """The picture as a viewer shows it, with all of it decoded."""
    with Image.open(path) as picture:
        picture.load()
        return picture.copy()


def corners(picture: Image.Image, inset: float = 0.25) -> list[tuple[int, ...]]:
    """The colours in the middle of the four fields."""
    shown, (width, height) = picture.convert("RGB"), picture.size
    places = [(x, y) for y in (inset, 1 - inset) for x in (inset, 1 - inset)]
    return [tuple(_pixel(shown, int(x * width), int(y * height))) for x, y in places]


def alike(one: Sequence[Sequence[int]], other: Sequence[Sequence[int]], tolerance: int = 12) -> bool:
    pairs = [(a, b) for left, right in zip(one, other, strict=True) for a, b in zip(left, right, strict=True)]
    return all(abs(a - b) <= tolerance for a, b in pairs)


def _pixel(picture: Image.Image, x: int, y: int) -> tuple[int, ...]:
    value = picture.getpixel((x, y))
    assert isinstance(value, tuple)
    return tuple(int(part) for part in value)
