"""Sound through the engine: what comes out of every codec, held against the tones that went in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cloudtranscode.media.containers import Container
from cloudtranscode.media.engine import Engine
from cloudtranscode.media.rendition import AudioCodec, AudioSettings
from cloudtranscode.media.tools.programs import Tools
from support.sounds import RATE, Sounds, beep, hear, tones


@pytest.fixture
def sounds(engine: Engine, scratch: Path, tools: Tools) -> Sounds:
    return Sounds(engine, scratch, tools.ffmpeg)


def _settings(codec: str, **fields: Any) -> AudioSettings:
    lossless = codec in {"flac", "pcm"}
    return AudioSettings(AudioCodec(codec), **{"rate_kbps": None if lossless else 192, **fields})


_PAIRS = [
    ("m4a", "aac"),
    ("m4a", "ac3"),
    ("mp3", "mp3"),
    ("ogg", "opus"),
    ("ogg", "flac"),
    ("flac", "flac"),
    ("wav", "pcm"),
    ("ac3", "ac3"),
    ("eac3", "eac3"),
]


@pytest.mark.parametrize(("container", "codec"), _PAIRS)
def test_a_beep_keeps_its_place_and_its_loudness(sounds: Sounds, container: str, codec: str) -> None:
    source = sounds.source("beep.wav", *beep(), "-ac", "2")
    made = sounds.hear(sounds.run(source, Container(container), _settings(codec)), 2)
    # Elementary streams cannot say that 256 samples of an AC-3 decoder come before the sound: ATSC A/52, 8.2.3.
    late = 256 / RATE if container in {"ac3", "eac3"} else 0
    assert made.begins() == pytest.approx(1.0 + late, abs=0.001)
    assert made.ends() == pytest.approx(1.2 + late, abs=0.001)
    assert made.length_s == pytest.approx(3.0, abs=0.032)
    before = hear(sounds.ffmpeg, source, 2)
    assert made.rms() == pytest.approx(before.rms(), rel=0.03)


@pytest.mark.parametrize(
    ("container", "codec", "rate_kbps"),
    [("m4a", "aac", 384), ("ogg", "opus", 320), ("ac3", "ac3", 448), ("eac3", "eac3", 384)],
)
def test_every_channel_of_surround_stays_itself(sounds: Sounds, container: str, codec: str, rate_kbps: int) -> None:
    source = sounds.source("surround.wav", *tones("5.1", 6))
    settings = _settings(codec, channels=6, rate_kbps=rate_kbps)
    made = sounds.hear(sounds.run(source, Container(container), settings), 6)
    for number, levels in enumerate(made.levels(6)):
        assert levels == pytest.approx([0.2 if tone == number else 0 for tone in range(6)], abs=0.02), number


@pytest.mark.parametrize("layout", ["5.1", "5.1(side)", "7.1", "quad", "2.1"])
@pytest.mark.parametrize(("container", "codec"), [("flac", "flac"), ("wav", "pcm")])
def test_lossless_keeps_every_layout_to_the_bit(sounds: Sounds, container: str, codec: str, layout: str) -> None:
    count = {"quad": 4, "2.1": 3, "7.1": 8}.get(layout, 6)
    source = sounds.source("layout.wav", *tones(layout, count, length_s=0.3), "-c:a", "pcm_s24le")
    made = sounds.run(source, Container(container), _settings(codec, channels=8, bits=24))
    assert sounds.hear(made, count) == sounds.hear(source, count)
