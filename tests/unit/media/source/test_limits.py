"""How large a source may be."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from cloudtranscode.errors import SourceUnsupported
from cloudtranscode.media.source.limits import within_limits
from cloudtranscode.media.source.streams import AudioStream, MediaInfo, VideoStream

_VIDEO = VideoStream(
    index=0,
    codec="h264",
    width=7680,
    height=4320,
    display_width=7680,
    display_height=4320,
    rotation=0,
    sar=Fraction(1),
    frame_rate=Fraction(60),
    base_rate=Fraction(60),
    frames=None,
    duration_s=86_400.0,
    start_s=0.0,
    pixel_format="yuv420p10le",
    bit_depth=10,
)
_AUDIO = AudioStream(1, "pcm_s24le", 64, 192_000, None, 86_400.0, 0.0)
_INFO = MediaInfo("mov", 86_400.0, 0.0, (_VIDEO,), (_AUDIO,) * 16)


def test_a_day_of_8k_with_many_channels_is_read() -> None:
    assert within_limits(_INFO) is _INFO


def test_a_duration_that_nobody_knows_is_no_obstacle() -> None:
    unknown = replace(_INFO, duration_s=None, video=(replace(_VIDEO, duration_s=None),), audio=())
    assert within_limits(unknown) is unknown


@pytest.mark.parametrize(
    ("info", "words"),
    [
        (replace(_INFO, video=(replace(_VIDEO, width=16385, height=2),)), "16385x2; at most 16384 a side"),
        (replace(_INFO, video=(replace(_VIDEO, width=16384, height=16384),)), "16384x16384; .* 67 million pixels"),
        (replace(_INFO, video=(replace(_VIDEO, display_width=99999),)), "99999x4320"),
        (replace(_INFO, duration_s=3.2e9), "lasts 888889 hours; at most 48 are read"),
        (replace(_INFO, audio=(replace(_AUDIO, duration_s=200_000.0),)), "lasts 56 hours"),
        (replace(_INFO, audio=(_AUDIO,) * 128), "has 129 streams; at most 128"),
        (replace(_INFO, covers=200), "streams"),
        (replace(_INFO, audio=(replace(_AUDIO, channels=65),)), "65 channels; at most 64"),
        (replace(_INFO, audio=(replace(_AUDIO, sample_rate=1),)), "1 samples a second; 4000 to 768000"),
        (replace(_INFO, audio=(replace(_AUDIO, sample_rate=2**31 - 1),)), "2147483647 samples a second"),
    ],
)
def test_what_is_beyond_is_named_with_its_limit(info: MediaInfo, words: str) -> None:
    with pytest.raises(SourceUnsupported, match=words):
        within_limits(info)
