"""What a preset may ask of an encoder, and what an encode is told."""

from __future__ import annotations

from typing import Any

import pytest

from cloudtranscode.media.rendition import AudioCodec, AudioSettings
from cloudtranscode.media.sound.codecs import KEEP, encoder_words, fitted, problem


def _settings(codec: str, **fields: Any) -> AudioSettings:
    return AudioSettings(AudioCodec(codec), **fields)


@pytest.mark.parametrize(
    "settings",
    [
        _settings("aac"),
        _settings("aac", rate_kbps=384, channels=6, sample_rate=44100),
        _settings("opus", rate_kbps=96),
        _settings("opus", rate_kbps=510, channels=8),
        _settings("ac3", rate_kbps=384, channels=6),
        _settings("eac3", rate_kbps=200, channels=6),
        _settings("mp3", rate_kbps=320, sample_rate=44100),
        _settings("flac", rate_kbps=None, bits=24, channels=8, sample_rate=96000),
        _settings("pcm", rate_kbps=None, sample_rate=KEEP),
    ],
)
def test_what_encoders_can_do(settings: AudioSettings) -> None:
    assert problem(settings) is None


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        (_settings("opus", sample_rate=44100), "sample_rate is 44100, opus has 48000"),
        (_settings("mp3", channels=6), "asks for 6 channels, mp3 has 1 to 2"),
        (_settings("mp3", layout="5.1"), "asks for 6 channels, mp3 has 1 to 2"),
        (_settings("aac", layout="stereophonic"), "layout is 'stereophonic', must be one of mono, stereo, 2.1"),
        (_settings("ac3", channels=8), "asks for 8 channels, ac3 has 1 to 6"),
        (_settings("ac3", rate_kbps=200), "rate_kbps is 200, ac3 has 32, 40, 48"),
        (_settings("ac3", sample_rate=96000), "sample_rate is 96000, ac3 has 32000, 44100, 48000"),
        (_settings("aac", rate_kbps=600), "rate_kbps is 600, aac has 8 to 576 for 2 channels"),
        (_settings("aac", rate_kbps=None), "rate_kbps is missing, aac needs it"),
        (_settings("flac"), "rate_kbps is 128, but flac is lossless"),
        (_settings("pcm", rate_kbps=None, bits=20), "bits is 20, pcm has 16 and 24"),
        (_settings("pcm", rate_kbps=None, sample_rate=4000), "sample_rate is 4000, pcm has 8000 to 192000"),
        (_settings("aac", channels=0), "asks for 0 channels, aac has 1 to 6"),
    ],
)
def test_what_they_cannot_do_is_said_precisely(settings: AudioSettings, reason: str) -> None:
    assert (problem(settings) or "").startswith(reason)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (_settings("aac"), "-c:a aac -b:a 128k"),
        (_settings("opus", rate_kbps=96), "-c:a libopus -b:a 96k"),
        (_settings("ac3", rate_kbps=384), "-c:a ac3 -b:a 384k"),
        (_settings("eac3", rate_kbps=192), "-c:a eac3 -b:a 192k"),
        (_settings("mp3", rate_kbps=192), "-c:a libmp3lame -b:a 192k"),
        (_settings("flac", rate_kbps=None), "-c:a flac -sample_fmt s16"),
        (_settings("flac", rate_kbps=None, bits=24), "-c:a flac -sample_fmt s32 -bits_per_raw_sample 24"),
        (_settings("pcm", rate_kbps=None), "-c:a pcm_s16le"),
        (_settings("pcm", rate_kbps=None, bits=24), "-c:a pcm_s24le"),
    ],
)
def test_words_of_the_encoders(settings: AudioSettings, words: str) -> None:
    assert " ".join(encoder_words(settings)) == words


def test_one_channel_cannot_spend_what_two_can() -> None:
    assert fitted(_settings("opus", rate_kbps=400), "mono", 48000).rate_kbps == 255
    assert fitted(_settings("ac3", rate_kbps=448), "mono", 48000).rate_kbps == 448  # a rate of the list stays one


@pytest.mark.parametrize(
    ("codec", "source", "rate"),
    [("pcm", 96000, 96000), ("pcm", 6000, 8000), ("mp3", 22050, 32000), ("mp3", 96000, 48000), ("opus", 44100, 48000)],
)
def test_the_sources_rate_or_the_next_that_there_is(codec: str, source: int, rate: int) -> None:
    assert fitted(_settings(codec, sample_rate=KEEP), "stereo", source).sample_rate == rate
