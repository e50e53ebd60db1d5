from __future__ import annotations

from dataclasses import replace

import pytest

from cloudtranscode.errors import InvalidDocument
from cloudtranscode.media.plan.segments import check_segments
from cloudtranscode.media.rendition import AudioCodec, AudioSettings, Preset, VideoCodec, VideoSettings
from support.outputs import hls


def _preset(gop_s: float = 2, video: VideoCodec = VideoCodec.H264, audio: AudioCodec = AudioCodec.AAC) -> Preset:
    return Preset("p", video=VideoSettings(codec=video, gop_s=gop_s), audio=AudioSettings(codec=audio))


@pytest.mark.parametrize(("segment_s", "gop_s"), [(6, 2), (6, 6), (4.8, 1.6), (1, 0.5), (1.001, 1.001)])
def test_segments_of_whole_gops(segment_s: float, gop_s: float) -> None:
    check_segments(replace(hls("h"), segment_s=segment_s), [_preset(gop_s)])


@pytest.mark.parametrize(
    ("segment_s", "preset", "reason"),
    [
        (5, _preset(2), "segments of 5 s are no multiple of the GOP of 2 s"),
        (2, _preset(4), "no multiple"),
        (6, _preset(video=VideoCodec.PRORES), "segments hold no prores"),
        (6, _preset(audio=AudioCodec.MP3), "segments hold no mp3"),
    ],
)
def test_what_cannot_be_cut(segment_s: float, preset: Preset, reason: str) -> None:
    with pytest.raises(InvalidDocument, match=reason):
        check_segments(replace(hls("h"), segment_s=segment_s), [preset])
