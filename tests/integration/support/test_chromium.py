import subprocess
from pathlib import Path

import imageio_ffmpeg
import pytest

from support.chromium import play_hls
from support.web import serving

_PATTERN = ["-f", "lavfi", "-i", "testsrc2=size=160x90:rate=25:duration=3"]
_TONE = ["-f", "lavfi", "-i", "sine=duration=3"]
_H264 = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "25"]
_CMAF = ["-f", "hls", "-hls_time", "1", "-hls_playlist_type", "vod", "-hls_segment_type", "fmp4"]


@pytest.fixture
def package(tmp_path: Path) -> Path:
    ffmpeg = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error"]
    names = ["-master_pl_name", "master.m3u8", "-hls_segment_filename", "s%d.m4s", "media.m3u8"]
    command = [*ffmpeg, *_PATTERN, *_TONE, *_H264, "-c:a", "aac", *_CMAF, *names]
    subprocess.run(command, check=True, timeout=60, cwd=tmp_path)
    return tmp_path


def test_plays_cmaf_from_another_origin(package: Path) -> None:
    with serving(package) as url:
        result = play_hls(f"{url}/master.m3u8", seconds=2)

    assert result.error == ""
    assert result.duration == pytest.approx(3, abs=0.1)
    assert (result.video_width, result.video_height) == (160, 90)
    assert result.current_time >= 2
    assert result.frames_decoded >= 40


def test_a_missing_segment_is_an_error(package: Path) -> None:
    (package / "s1.m4s").unlink()

    with serving(package) as url:
        result = play_hls(f"{url}/master.m3u8", seconds=2, patience=5)

    assert result.error
    assert result.current_time < 2
