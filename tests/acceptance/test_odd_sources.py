"""Real files, each odd in its own way: what must come of each, and why. None may keep the stack busy for a minute.

The numbers of frames are those that a plain decode counts (``ffmpeg -map 0:v -f framecrc``), sizes are 96 lines of the
shape that a viewer sees, lengths of sound in seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from support.direct import Direct
from support.media import real_clip

_NO_VIDEO = _NO_SOUND = "source_unsupported"


@dataclass(frozen=True)
class Expected:
    """What becomes of a file: ``video`` is (size, frames) and ``sound`` (channels, seconds), or an error's code."""

    why: str
    video: tuple[str, int] | str
    sound: tuple[int, float] | str


_TABLE = {
    "aac_plus_ac3_51_noaudio_video.mp4": Expected("two tracks of sound, no picture", _NO_VIDEO, (2, 10.0)),
    "alpha.webm": Expected(
        "VP9 whose transparency lies beside it: the picture alone counts", ("96x96", 150), (2, 4.94)
    ),
    "amr.3gp": Expected("H.263 with pixels of 63:44, and sound at 8 kHz", ("168x96", 166), (1, 5.57)),
    "av1.mkv": Expected("AV1; Matroska keeps its duration in a tag", ("170x96", 125), _NO_SOUND),
    "cea608.ts": Expected("captions in the picture, no header with a count", ("170x96", 35), _NO_SOUND),
    "city_cc0.mpg": Expected("an odd height: 720x405", ("170x96", 190), _NO_SOUND),
    "corrupted.mp4": Expected(
        "one of its 50 frames does not decode: never a shorter film", "source_damaged", _NO_SOUND
    ),
    "d10_imx.mxf": Expected("interlaced, no rate in its header, four channels", ("128x96", 2), (2, 0.08)),
    "eac3_joc.mp4": Expected("sound alone: Atmos within 5.1", _NO_VIDEO, (2, 2.05)),
    "eight_mono_tracks.mp4": Expected("4:2:2 of 10 bit; eight tracks of one channel", ("170x96", 500), (1, 10.0)),
    "exif_orientation6.jpg": Expected("a picture is no video", _NO_VIDEO, _NO_SOUND),
    "failing_audio.mp4": Expected("MP3 that other tools stumble over", ("170x96", 280), (2, 11.23)),
    "flac_with_picture.flac": Expected("its cover is not taken for video", _NO_VIDEO, (2, 2.74)),
    "four_pages.pdf": Expected("a document is no video", "source_not_media", "source_not_media"),
    "fragmented.mp4": Expected("its header claims 143,165 s", ("144x96", 30), (1, 1.0)),
    "h264_422_10bit_1080p.mp4": Expected("4:2:2 of 10 bit, sound at 96 kHz, a timecode", ("170x96", 250), (2, 10.0)),
    "hevc_cif.mp4": Expected("HEVC at 23.976", ("170x96", 248), _NO_SOUND),
    "mjpeg.mov": Expected("full range, sound of 8 bit", ("128x96", 15), (1, 1.5)),
    "mpeg1.mpg": Expected("no container, a rate that the headers of the stream alone know", ("128x96", 419), _NO_SOUND),
    "nasa_13013.mp4": Expected("two films in one file: the larger one", ("170x96", 390), (2, 13.06)),
    "opus.mp4": Expected("Opus in MP4, whose edit list cuts its end", _NO_VIDEO, (2, 1.0)),
    "partially_fragmented.mp4": Expected("half its index is in fragments", ("144x96", 30), (1, 1.09)),
    "portrait_4k60.mp4": Expected("turned by its header, 60 fps that are not quite", ("96x170", 18), (2, 0.3)),
    "real.docx": Expected("a document is no video", "source_not_media", "source_not_media"),
    "rotate180.mov": Expected("upside down by its header", ("170x96", 3), _NO_SOUND),
    "rotate90.mov": Expected("turned by its header", ("96x170", 3), _NO_SOUND),
    "sample.avi": Expected("98 packets for 96 pictures: two are empty", ("230x96", 96), (2, 4.08)),
    "sample.flv": Expected("sound that ends before the picture", ("136x96", 28), (1, 0.97)),
    "scte35.ts": Expected("data between picture and sound", ("144x96", 3), (1, 0.09)),
    "srt_subs.mkv": Expected("an average rate of 1000 fps from odd timestamps", ("144x96", 30), (1, 1.07)),
    "still.avif": Expected("a picture is no video", _NO_VIDEO, _NO_SOUND),
    "vp9_10bit.webm": Expected("VP9 of 10 bit", ("170x96", 72), _NO_SOUND),
    "vp9_odd_dims.webm": Expected("161x121", ("128x96", 30), _NO_SOUND),
    "vp9_portrait_60fps.mp4": Expected("VP9 in MP4, upright", ("96x170", 100), (2, 1.74)),
    "wmv2.wmv": Expected("Windows Media; frames that repeat are left out by its encoder", ("128x96", 166), (1, 5.63)),
}


@pytest.fixture
def direct(tmp_path: Path) -> Direct:
    return Direct(tmp_path / "home")


@pytest.mark.parametrize("name", _TABLE)
def test_a_picture_of_it(direct: Direct, tmp_path: Path, name: str) -> None:
    result = direct.video(real_clip(f"odd/{name}"), tmp_path / "out.mp4")
    expected = _TABLE[name].video
    if isinstance(expected, str):
        assert _code(result) == expected
        return
    found = _found(result)
    assert (found["size"], int(found["number of frames"])) == expected


@pytest.mark.parametrize("name", _TABLE)
def test_its_sound(direct: Direct, tmp_path: Path, name: str) -> None:
    result = direct.sound(real_clip(f"odd/{name}"), tmp_path / "out.m4a")
    expected = _TABLE[name].sound
    if isinstance(expected, str):
        assert _code(result) == expected
        return
    found = _found(result)
    assert int(found["audio channels"]) == expected[0]
    assert float(found["audio duration"]) == pytest.approx(expected[1], abs=0.02)


def test_every_odd_file_has_its_line() -> None:
    folder = real_clip("odd/av1.mkv").parent
    assert sorted(path.name for path in folder.iterdir()) == sorted(_TABLE)


def _found(result: dict[str, Any]) -> dict[str, str]:
    assert result["state"] == "done", result["error"]
    return {check["name"]: check["found"] for check in result["outputs"][0]["checks"]}


def _code(result: dict[str, Any]) -> str:
    assert result["state"] == "failed"
    error = result["error"]
    assert error["message"]
    assert error["remedy"]
    return str(error["code"])
