"""Damaged files: none may hang or crash the worker, and nothing that fails its check may be published.

``CT_TEST_MUTATIONS`` says how many are tried (70 unless told), ``CT_TEST_MUTATIONS_SEED`` which.
"""

from __future__ import annotations

import os
import subprocess
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import pytest

from cloudtranscode.errors import CheckFailed, Side
from cloudtranscode.media.tools.programs import Tools, find_tools
from support.direct import Direct
from support.mutation import mutate

COUNT = int(os.environ.get("CT_TEST_MUTATIONS", "70"))
SEED = os.environ.get("CT_TEST_MUTATIONS_SEED", "1")

_PICTURE = ["-f", "lavfi", "-i", "testsrc2=size=128x96:rate=25:duration=1"]
_SOUND = ["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000:duration=1"]
_X264 = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"]
_LOW = ["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=44100:duration=1"]
_VP9 = ["-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8"]
_ORIGINALS: dict[str, list[str]] = {
    "index_last.mp4": [*_PICTURE, *_SOUND, *_X264, "-bf", "2"],
    "index_first.mp4": [*_PICTURE, *_SOUND, *_X264, "-movflags", "+faststart"],
    "fragments.mp4": [*_PICTURE, *_SOUND, *_X264, "-movflags", "+frag_keyframe+empty_moov", "-g", "5"],
    "hevc.mkv": [*_PICTURE, *_SOUND, "-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=error"],
    "vp9.webm": [
        *_PICTURE,
        *_SOUND,
        "-c:v",
        "libvpx-vp9",
        "-deadline",
        "realtime",
        "-cpu-used",
        "8",
        "-c:a",
        "libopus",
    ],
    "stream.ts": [*_PICTURE, *_SOUND, *_X264, "-c:a", "mp2"],
    "dvd.mpg": [*_PICTURE, *_SOUND, "-c:v", "mpeg2video", "-c:a", "mp2"],
    "old.avi": [*_PICTURE, *_SOUND, "-c:v", "mpeg4", "-c:a", "libmp3lame"],
    "flash.flv": [
        *_PICTURE,
        "-f",
        "lavfi",
        "-i",
        "sine=sample_rate=44100:duration=1",
        "-c:v",
        "flv",
        "-c:a",
        "libmp3lame",
    ],
    "edit.mov": [*_PICTURE, *_SOUND, "-c:v", "prores_ks", "-profile:v", "0", "-c:a", "pcm_s16le"],
}


@pytest.fixture(scope="module")
def tools() -> Tools:
    return find_tools()


@pytest.fixture(scope="module")
def originals(tools: Tools, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("originals")
    for name, args in _ORIGINALS.items():
        command = [str(tools.ffmpeg), "-nostdin", "-v", "error", *args, str(folder / name)]
        subprocess.run(command, check=True, capture_output=True, timeout=60)
    return {name: (folder / name).read_bytes() for name in _ORIGINALS}


@pytest.fixture
def direct(tmp_path: Path) -> Direct:
    return Direct(tmp_path / "home")


@pytest.mark.parametrize("name", _ORIGINALS)
def test_an_original_is_transcoded(direct: Direct, originals: dict[str, bytes], tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(originals[name])
    assert direct.video(tmp_path / name, tmp_path / "whole.mp4")["state"] == "done"


@pytest.mark.timeout(60 + 10 * COUNT)
def test_a_damaged_file_ends_in_a_good_output_or_one_clear_error(
    direct: Direct, originals: dict[str, bytes], tools: Tools, tmp_path: Path
) -> None:
    random, ends = Random(SEED), Counter[str]()
    for number in range(COUNT):
        name = list(originals)[number % len(originals)]
        way, data = mutate(originals[name], random)
        source, target = tmp_path / name, tmp_path / f"{number}.mp4"
        source.write_bytes(data)
        result = direct.video(source, target)
        what = f"number {number}: {name}, {way}, seed {SEED}"
        if result["state"] == "done":
            assert _plays(tools, target), what
            ends["done"] += 1
        else:
            assert _is_clear(result["error"]), f"{what}: {result['error']}"
            assert not target.exists(), what
            ends[result["error"]["code"]] += 1
    print(dict(ends))  # noqa: T201  # seen with -s, and when the test fails
    assert ends["done"] > 0
    assert ends["source_damaged"] > 0


def _is_clear(error: dict[str, Any]) -> bool:
    """The source is to blame; or what came of its timestamps failed the check, and nothing was published."""
    return bool(error["side"] == Side.SOURCE.value or error["code"] == CheckFailed.code)


def _plays(tools: Tools, path: Path) -> bool:
    """Whether everything decodes, by a decoder that the stack did not run, and there is at least one picture."""
    argv = [str(tools.ffmpeg), "-nostdin", "-v", "error", "-xerror", "-err_detect", "explode", "-i", str(path)]
    sink = ["-map", "0", "-f", "framecrc", "-"]
    done = subprocess.run([*argv, *sink], capture_output=True, text=True, timeout=60, check=False)
    pictures = [line for line in done.stdout.splitlines() if line.startswith("0,")]
    return done.returncode == 0 and not done.stderr and bool(pictures)
