"""Loudness: brought to its target by one steady gain, measured by another meter than the one that decided."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from cloudtranscode.errors import EncodeFailed
from cloudtranscode.media.check.judge import Check
from cloudtranscode.media.containers import Container
from cloudtranscode.media.engine import Engine
from cloudtranscode.media.rendition import AudioCodec, AudioSettings, Loudness
from cloudtranscode.media.tools.programs import Tools
from support.sounds import Sounds, beep, tones

_R128 = Loudness(integrated=-23.0, true_peak=-1.0)
_WEB = Loudness(integrated=-16.0, true_peak=-1.5)


@pytest.fixture
def sounds(engine: Engine, scratch: Path, tools: Tools) -> Sounds:
    return Sounds(engine, scratch, tools.ffmpeg)


def _aac(target: Loudness, rate_kbps: int = 128) -> AudioSettings:
    return AudioSettings(AudioCodec.AAC, rate_kbps, loudness=target)


def _loudnorm(ffmpeg: Path, path: Path) -> tuple[float, float]:
    """Loudness in LUFS and true peak in dBTP, as ffmpeg's port of libebur128 finds them."""
    argv = [str(ffmpeg), "-nostdin", "-i", str(path), "-map", "0:a", "-af", "loudnorm=print_format=json"]
    done = subprocess.run([*argv, "-f", "null", "-"], capture_output=True, text=True, check=True, timeout=60)
    found = dict(re.findall(r'"(input_\w+)" : "(\S+)"', done.stderr))
    return float(found["input_i"]), float(found["input_tp"])


def _said(checks: list[Check]) -> list[str]:
    return [check.found for check in checks if check.name == "loudness"]


@pytest.mark.parametrize("target", [_R128, _WEB])
@pytest.mark.parametrize("level", [0.02, 0.9])
def test_quiet_and_loud_come_to_the_target(sounds: Sounds, target: Loudness, level: float) -> None:
    source = sounds.source("tone.wav", *tones("stereo", 2, level=level, length_s=4))
    made = sounds.run(source, Container.M4A, _aac(target))
    loudness, peak = _loudnorm(sounds.ffmpeg, made)
    assert loudness == pytest.approx(target.integrated, abs=0.3)
    assert peak <= target.true_peak
    assert _said(sounds.checks)[0].startswith(f"{loudness:.0f}")


def test_a_reference_tone_is_as_loud_as_the_standard_says(sounds: Sounds) -> None:
    """EBU Tech 3341, case 1: a 1 kHz sine of -23 dBFS in both channels has -23 LUFS."""
    level = 10 ** (-23 / 20)
    wave = f"{level}*sin(2*PI*1000*t)|{level}*sin(2*PI*1000*t)"
    source = sounds.source("reference.wav", "-f", "lavfi", "-i", f"aevalsrc={wave}:s=48000:d=4")
    sounds.run(source, Container.FLAC, AudioSettings(AudioCodec.FLAC, rate_kbps=None))
    assert _said(sounds.checks) == ["-23.0 LUFS, -23.0 dBTP, range 0.0 LU"]


def test_peaks_are_held_where_the_gain_would_clip_them(sounds: Sounds) -> None:
    wave = "0.02*sin(2*PI*500*t)+if(lt(mod(t,1),0.001),0.3*sin(2*PI*3000*t),0)"
    source = sounds.source("clicks.wav", "-f", "lavfi", "-i", f"aevalsrc='{wave}':s=48000:d=5", "-ac", "2")
    loudness, peak = _loudnorm(sounds.ffmpeg, sounds.run(source, Container.M4A, _aac(_R128, rate_kbps=256)))
    assert loudness == pytest.approx(-23, abs=1)
    assert -4 < peak <= -1


@pytest.mark.parametrize(
    ("length_s", "level", "said"),
    [(1.0, 0.0, "silence, left as it is"), (0.3, 0.2, "too short or too quiet to measure, left as it is")],
)
def test_what_cannot_be_measured_is_left_as_it_is(sounds: Sounds, length_s: float, level: float, said: str) -> None:
    source = sounds.source("short.wav", *tones("stereo", 2, level=level, length_s=length_s))
    made = sounds.hear(sounds.run(source, Container.WAV, AudioSettings(AudioCodec.PCM, None, loudness=_R128)), 2)
    assert _said(sounds.checks) == [said]
    assert made == sounds.hear(source, 2)


def test_a_gain_moves_nothing_in_time(sounds: Sounds) -> None:
    source = sounds.source("beep.wav", *beep(), "-ac", "2")
    loud = Loudness(integrated=-3, true_peak=-1)
    made = sounds.hear(sounds.run(source, Container.FLAC, AudioSettings(AudioCodec.FLAC, None, loudness=loud)), 2)
    assert (made.begins(), made.ends()) == pytest.approx((1.0, 1.2), abs=0.001)
    assert made.length_s == pytest.approx(3.0, abs=0.001)
    assert max(abs(sample) for sample in made.channels[0]) <= 0.9


def test_every_track_has_a_gain_of_its_own(sounds: Sounds) -> None:
    levels, languages = (0.02, 0.5, 0.1, 0.3), ("swe", "nor", "dan", "fin")
    inputs = [word for level in levels for word in tones("stereo", 2, level=level, length_s=2)]
    maps = [word for number in range(4) for word in ("-map", f"{number}:a")]
    tags = [word for number, tag in enumerate(languages) for word in (f"-metadata:s:a:{number}", f"language={tag}")]
    source = sounds.source("four.mkv", *inputs, *maps, *tags, "-c:a", "pcm_s16le")
    for number in range(4):
        made = sounds.run(source, Container.M4A, _aac(_R128), track=number)
        assert _loudnorm(sounds.ffmpeg, made)[0] == pytest.approx(-23, abs=0.3)


def test_halves_that_cancel_each_other_out_are_no_silent_success(sounds: Sounds) -> None:
    wave = "0.2*sin(2*PI*440*t)|-0.2*sin(2*PI*440*t)"
    source = sounds.source("opposed.wav", "-f", "lavfi", "-i", f"aevalsrc={wave}:s=48000:d=1")
    with pytest.raises(EncodeFailed, match="came out silent, although the source's is not"):
        sounds.run(source, Container.FLAC, AudioSettings(AudioCodec.FLAC, None, channels=1))
