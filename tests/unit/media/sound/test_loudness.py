"""From a measure to a gain; from what a filter prints to a measure."""

from __future__ import annotations

import pytest

from cloudtranscode.media.rendition import Loudness
from cloudtranscode.media.sound.loudness import Gain, LoudnessMeasure, gain_to, read_measures

_PRINTED = """\
[info] Stream #0:0: Audio: pcm_s16le, 48000 Hz, mono, s16, 768 kb/s (default)
[ebur128@audio2] [info] Summary:
Integrated loudness:
I:         -70.0 LUFS
Threshold:   0.0 LUFS
Loudness range:
LRA:         0.0 LU
Threshold:   0.0 LUFS
LRA low:     0.0 LUFS
LRA high:    0.0 LUFS
True peak:
Peak:       -inf dBFS
[ebur128@audio] [info] Summary:
Integrated loudness:
I:         -24.7 LUFS
Threshold: -34.7 LUFS
Loudness range:
LRA:         3.2 LU
Threshold: -44.7 LUFS
LRA low:   -27.9 LUFS
LRA high:  -24.7 LUFS
True peak:
Peak:      -19.1 dBFS
[out#0/null] [info] video:0KiB audio:450000KiB
""".splitlines()


def test_two_meters_side_by_side() -> None:
    assert read_measures(_PRINTED) == {
        "audio": LoudnessMeasure(-24.7, -19.1, 3.2),
        "audio2": LoudnessMeasure(None, None, 0.0),
    }


def test_what_says_nothing_measures_nothing() -> None:
    assert read_measures(["[info] I: 3"]) == {}
    assert read_measures(["[ebur128@a] [info] Summary:", "I:  nan LUFS", "Peak: nan dBFS"])["a"].silent


@pytest.mark.parametrize(
    ("found", "gain"),
    [
        (LoudnessMeasure(-30.0, -20.0), Gain(7.0)),
        (LoudnessMeasure(-10.0, 0.0), Gain(-13.0)),
        (LoudnessMeasure(-33.0, -6.0), Gain(10.0, -2.0)),  # its peaks would come to +4 dBTP
        (LoudnessMeasure(-23.0, -20.0), None),
        (LoudnessMeasure(-23.0, 0.5), Gain(0.0, -2.0)),  # as loud as wanted, but clipped
        (LoudnessMeasure(None, -40.0), None),  # too short
        (LoudnessMeasure(None, None), None),  # silent
        (None, None),
    ],
)
def test_one_steady_gain_and_peaks_held_where_they_would_be_too_high(
    found: LoudnessMeasure | None, gain: Gain | None
) -> None:
    assert gain_to(Loudness(integrated=-23, true_peak=-1), found, headroom_db=1) == gain
