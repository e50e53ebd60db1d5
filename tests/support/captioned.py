"""Video with CEA-608 captions in the picture's own data, made from scratch (ATSC A/53 part 4, CTA-608-E)."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

_RATE = 30
_NOTHING = b"\x80\x80"
_LOAD, _ROW_15, _SHOW, _ERASE = b"\x94\x20", b"\x94\x70", b"\x94\x2f", b"\x94\x2c"
_DELIMITER = re.compile(rb"\x00\x00\x00\x01\x09.")
"""An access unit delimiter: each frame begins with one. ITU-T H.264, 7.3.2.4."""


def captioned(ffmpeg: Path, path: Path, words: str, start_s: float, end_s: float) -> Path:
    """Make a clip of three seconds that shows ``words`` (an even number of letters) for that time."""
    raw = path.with_suffix(".h264")
    source = ["-f", "lavfi", "-i", f"color=0x203040:size=160x90:rate={_RATE}:duration=3"]
    encode = ["-c:v", "libx264", "-preset", "ultrafast", "-bf", "0", "-x264-params", "aud=1", str(raw)]
    _run(ffmpeg, *source, *encode)
    pairs = _pop_on(words, round(start_s * _RATE), round(end_s * _RATE))
    number = iter(range(10_000))
    raw.write_bytes(_DELIMITER.sub(lambda unit: unit[0] + _sei(pairs.get(next(number), _NOTHING)), raw.read_bytes()))
    _run(ffmpeg, "-r", str(_RATE), "-i", str(raw), "-c", "copy", str(path))
    return path


def _run(ffmpeg: Path, *words: str) -> None:
    subprocess.run([str(ffmpeg), "-v", "error", "-y", *words], check=True, capture_output=True, timeout=60)


def _pop_on(words: str, start: int, end: int) -> dict[int, bytes]:
    """A pair of bytes for some frames: the text is loaded unseen, then shown, then erased; commands come twice."""
    letters = [bytes(map(_odd, words[at : at + 2].encode("ascii"))) for at in range(0, len(words), 2)]
    load = [_LOAD, _LOAD, _ROW_15, _ROW_15, *letters]
    loaded = dict(enumerate(load, start - len(load)))
    return {**loaded, start: _SHOW, start + 1: _SHOW, end: _ERASE, end + 1: _ERASE}


def _odd(value: int) -> int:
    return value if value.bit_count() % 2 else value | 0x80


def _sei(pair: bytes) -> bytes:
    """User data that ITU-T T.35 registers, with one pair for line 21, field 1."""
    data = b"\xb5\x00\x31GA94\x03" + bytes([0x40 | 1, 0xFF, 0xFC]) + pair + b"\xff"
    return b"\x00\x00\x00\x01\x06\x04" + bytes([len(data)]) + data + b"\x80"
