"""Clips whose every frame shows its own number, and reading it back from a picture of any size or format."""

from __future__ import annotations

import subprocess
from pathlib import Path

from PIL import Image

_BITS = 8
NUMBERED = (
    "color=size=160x90:rate={rate}:duration={duration_s},"
    "geq=lum='if(mod(floor(N/pow(2,floor(X/20))),2),235,16)':cb=128:cr=128"
)
"""The number in eight bars, the lowest bit on the left: white is 1."""


def numbered(ffmpeg: Path, path: Path, rate: int, duration_s: float, *words: str) -> Path:
    """Make such a clip, of at most 256 frames."""
    source = NUMBERED.format(rate=rate, duration_s=duration_s)
    encoder = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-bf", "2", "-g", str(rate * 2))
    argv = [str(ffmpeg), "-nostdin", "-v", "error", "-y", "-f", "lavfi", "-i", source, *words, *encoder, str(path)]
    subprocess.run(argv, check=True, capture_output=True, timeout=60)
    return path


def opened(path: Path) -> Image.Image:
    """The picture in a file, in RGB."""
    with Image.open(path) as image:
        return image.convert("RGB")


def number_of(picture: Path | Image.Image) -> int:
    """Read the number from a picture."""
    image = (opened(picture) if isinstance(picture, Path) else picture).convert("L")
    width, height = image.size
    spots = (image.getpixel((int((bit + 0.5) * width / _BITS), height // 2)) for bit in range(_BITS))
    return sum(1 << bit for bit, level in enumerate(spots) if isinstance(level, int | float) and level > 128)
