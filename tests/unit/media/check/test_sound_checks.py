"""Each promise about sound is broken once, and the check that guards it must say so."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cloudtranscode.media.check.evidence import Encodes, Media, Track
from cloudtranscode.media.check.judge import Judge
from cloudtranscode.media.check.sound import check_sound
from cloudtranscode.media.plan.plan import ClipPlan, Plan, SourceFacts
from cloudtranscode.media.rendition import AudioCodec, AudioRendition, AudioSettings, Loudness
from cloudtranscode.media.sound.loudness import LoudnessMeasure

_R128 = AudioSettings(AudioCodec.FLAC, None, loudness=Loudness(integrated=-23, true_peak=-1))
_FACTS = SourceFacts(video=False, frame_rate=None, constant_rate=False, duration_s=3.0, audio_end_s=3.0, frames=None)
_TRACK = Track("audio", "flac", 32, 3.0, channels=2, sample_rate=48000)


def _failed(
    track: Track | None = _TRACK, level: LoudnessMeasure | None = None, settings: AudioSettings = _R128
) -> list[str]:
    plan = Plan(_FACTS, (ClipPlan("source", None),), audio=(AudioRendition("audio", (0,), 2, settings),))
    encodes = Encodes({}, {"audio": _TRACK}, {"audio": level} if level else {})
    media = Media((track,) if track else ())
    return [check.name for check in check_sound(Judge("out"), "audio", plan, encodes, media) if not check.ok]


@pytest.mark.parametrize(
    ("track", "names"),
    [
        (_TRACK, []),
        (None, ["audio codec"]),
        (replace(_TRACK, codec="aac"), ["audio codec", "audio"]),
        (replace(_TRACK, packets=31), ["audio"]),
        (replace(_TRACK, channels=6), ["audio channels"]),
        (replace(_TRACK, sample_rate=44100), ["audio", "audio sample rate"]),
        (replace(_TRACK, duration_s=2.5), ["audio duration"]),
    ],
)
def test_what_is_in_the_file(track: Track | None, names: list[str]) -> None:
    assert _failed(track) == names


@pytest.mark.parametrize(
    ("level", "ok"),
    [
        (LoudnessMeasure(-23.4, -3.0), True),
        (LoudnessMeasure(-24.4, -9.0), False),
        (LoudnessMeasure(-24.4, -1.5), True),  # no louder without passing the peak
        (LoudnessMeasure(-21.5, -9.0), False),
        (LoudnessMeasure(-23.0, -0.5), False),
        (LoudnessMeasure(None, None), True),
        (LoudnessMeasure(None, -40.0), True),
    ],
)
def test_loudness_near_its_target(level: LoudnessMeasure, ok: bool) -> None:
    assert _failed(level=level) == ([] if ok else ["loudness"])


def test_without_a_target_it_is_told_and_not_judged() -> None:
    assert _failed(level=LoudnessMeasure(-3.0, 2.0), settings=replace(_R128, loudness=None)) == []
