from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from cloudtranscode.errors import SourceUnsupported
from cloudtranscode.media.outputs import SubtitleTrack
from cloudtranscode.media.plan.plan import TextRendition
from cloudtranscode.media.plan.texts import Texts
from cloudtranscode.media.source.probe import read_probe
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


_VIDEO = read_probe(0, (Path(__file__).parents[1] / "ffprobe" / "plain.json").read_text()).video[0]


def test_without_tracks_there_is_one_for_each_stream_of_words() -> None:
    texts = Texts((), [_INFO], None)
    assert [texts.add(number) for number in (1, 0, 1)] == ["fre1", "eng0", "fre1"]
    assert texts.renditions == (
        TextRendition("fre1", "fre", None, forced=False, track=1, streams=(4,)),
        TextRendition("eng0", "eng", "English", forced=True, track=0, streams=(2,)),
    )


def test_tracks_that_the_job_names() -> None:
    tracks = (SubtitleTrack(sidecar="text0", language="pt-BR", name="Legendas"), SubtitleTrack(captions=True))
    texts = Texts(tracks, [_INFO], _VIDEO)
    assert [texts.add(0), texts.add(1)] == ["ptbr0", "und1"]
    assert texts.renditions == (
        TextRendition("ptbr0", "pt-BR", "Legendas", forced=False, track=0, sidecar="text0"),
        TextRendition("und1", None, None, forced=False, track=1, captions=True),
    )


def test_clips_go_on_in_the_same_language() -> None:
    other = replace(_INFO, subtitles=(replace(_INFO.subtitles[2], index=7), replace(_INFO.subtitles[0], index=9)))
    silent = replace(_INFO, subtitles=())
    texts = Texts((), [_INFO, other, silent], None)
    texts.add(0)
    assert texts.renditions[0].streams == (2, 9, None)


def test_a_tag_of_a_container_is_no_path() -> None:
    evil = replace(_INFO, subtitles=(replace(_INFO.subtitles[0], language="../../etc/%06d"),))
    texts = Texts((), [evil], None)
    assert texts.add(0) == "etcd0"


def test_captions_in_the_picture_are_a_track_as_well() -> None:
    texts = Texts((), [_INFO], replace(_VIDEO, captions=True))
    texts.add(2)
    assert texts.renditions == (TextRendition("und2", None, None, forced=False, track=2, captions=True),)


@pytest.mark.parametrize(
    ("tracks", "number", "reason"),
    [
        ((), 2, "There are 2 subtitle tracks, none with number 2"),
        ((SubtitleTrack(stream=1),), 0, "stream 1 is made of pictures .hdmv_pgs_subtitle."),
        ((SubtitleTrack(captions=True),), 0, "no video, and captions"),
        ((SubtitleTrack(stream=3),), 0, "3 subtitle streams; there is none with number 3"),
    ],
)
def test_what_there_is_not(tracks: tuple[SubtitleTrack, ...], number: int, reason: str) -> None:
    with pytest.raises(SourceUnsupported, match=reason):
        Texts(tracks, [_INFO], None).add(number)
