from __future__ import annotations

from dataclasses import replace

import pytest

from cloudtranscode.errors import SourceUnsupported
from cloudtranscode.media.outputs import SubtitleTrack
from cloudtranscode.media.plan.plan import TextRendition
from cloudtranscode.media.plan.texts import Texts
from cloudtranscode.media.source.streams import MediaInfo, SubtitleStream

_INFO = MediaInfo(
    "matroska",
    10.0,
    0.0,
    (),
    (),
    (
        SubtitleStream(2, "subrip", "eng", text=True, title="English", forced=True),
        SubtitleStream(3, "hdmv_pgs_subtitle", "ger", text=False),
        SubtitleStream(4, "ass", "fre", text=True),
    ),
)


def test_without_tracks_there_is_one_for_each_stream_of_words() -> None:
    texts = Texts((), [_INFO], None)
    assert [texts.add(number) for number in (1, 0, 1)] == ["fre1", "eng0", "fre1"]
    assert texts.renditions == (
        TextRendition("fre1", "fre", None, forced=False, track=1, streams=(4,)),
        TextRendition("eng0", "eng", "English", forced=True, track=0, streams=(2,)),
    )


def test_tracks_that_the_job_names() -> None:
    tracks = (SubtitleTrack(sidecar="text0", language="pt-BR", name="Legendas"), SubtitleTrack(captions=True))
    texts = Texts(tracks, [_INFO], None)
    assert [texts.add(0), texts.add(1)] == ["pt-br0", "und1"]
    assert texts.renditions == (
        TextRendition("pt-br0", "pt-BR", "Legendas", forced=False, track=0, sidecar="text0"),
        TextRendition("und1", None, None, forced=False, track=1, captions=True),
    )


def test_clips_go_on_in_the_same_language() -> None:
    other = replace(_INFO, subtitles=(replace(_INFO.subtitles[2], index=7), replace(_INFO.subtitles[0], index=9)))
    silent = replace(_INFO, subtitles=())
    texts = Texts((), [_INFO, other, silent], None)
    texts.add(0)
    assert texts.renditions[0].streams == (2, 9, None)


@pytest.mark.parametrize(
    ("tracks", "number", "reason"),
    [
        ((), 2, "There are 2 subtitle tracks, none with number 2"),
        ((SubtitleTrack(stream=1),), 0, "stream 1 is made of pictures .hdmv_pgs_subtitle."),
        ((SubtitleTrack(stream=3),), 0, "3 subtitle streams; there is none with number 3"),
    ],
)
def test_what_there_is_not(tracks: tuple[SubtitleTrack, ...], number: int, reason: str) -> None:
    with pytest.raises(SourceUnsupported, match=reason):
        Texts(tracks, [_INFO], None).add(number)
