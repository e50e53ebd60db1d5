"""What a job document says of a video's pictures and of subtitles, and what the media room is asked for."""

from __future__ import annotations

from typing import Any

import pytest

from cloudtranscode.errors import InvalidDocument
from cloudtranscode.jobs.needs import needs_of
from cloudtranscode.jobs.spec import parse_job
from cloudtranscode.location import parse
from cloudtranscode.media.outputs import (
    FileOutput,
    Ladder,
    Moment,
    MomentKind,
    Named,
    Poster,
    Preview,
    PreviewFormat,
    Sprite,
    StillFormat,
    SubtitleFormat,
    Subtitles,
    SubtitleTrack,
    Thumbnails,
)
from cloudtranscode.media.rendition import Fit, Size
from cloudtranscode.workflow.wanted import of_destination, of_job, order_of

_OUT = "s3://made/v"


def _document(*outputs: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"client": "c", "input": "s3://source/a.mkv", "outputs": list(outputs), **more}


def _asked(output: dict[str, Any]) -> Named:
    (wanted,) = of_job(parse_job(_document(output)))
    return wanted.output


@pytest.mark.parametrize(
    ("output", "asked"),
    [
        ({"type": "poster", "to": f"{_OUT}/a.JPEG"}, Poster("out0")),
        (
            {"type": "poster", "at": "25%", "to": f"{_OUT}/a.webp", "size": {"lines": 720}},
            Poster("out0", Moment(MomentKind.PERCENT, 25), StillFormat.WEBP, Size(lines=720)),
        ),
        (
            {"type": "poster", "at": "best", "format": "png", "to": f"{_OUT}/a"},
            Poster("out0", Moment(MomentKind.BEST), StillFormat.PNG),
        ),
        ({"type": "thumbnails", "every": "10s", "to": f"{_OUT}/t/"}, Thumbnails("out0", every_s=10)),
        (
            {"type": "thumbnails", "count": 3, "name": "n-%02d", "format": "png", "to": f"{_OUT}/t/"},
            Thumbnails("out0", count=3, name="n-%02d", format=StillFormat.PNG),
        ),
        ({"type": "sprite", "to": f"{_OUT}/s/"}, Sprite("out0")),
        (
            {"type": "sprite", "every": 2, "size": {"width": 90, "height": 90, "fit": "fill"}, "to": f"{_OUT}/s/"},
            Sprite("out0", every_s=2, size=Size(width=90, height=90, fit=Fit.FILL)),
        ),
        (
            {"type": "preview", "length": 4, "clips": 2, "frame_rate": 12, "to": f"{_OUT}/p.gif"},
            Preview("out0", PreviewFormat.GIF, 4, 2, 12),
        ),
        ({"type": "subtitles", "track": 1, "to": f"{_OUT}/a.srt"}, Subtitles("out0", SubtitleFormat.SRT, 1)),
    ],
)
def test_what_the_media_room_is_asked_for(output: dict[str, Any], asked: Named) -> None:
    assert _asked(output) == asked


@pytest.mark.parametrize(
    ("output", "finding"),
    [
        ({"type": "poster", "to": f"{_OUT}/a.gif"}, "outputs[0]: must have a format"),
        ({"type": "poster", "to": f"{_OUT}/a.jpg", "size": {"lines": 8}}, "outputs[0].size.lines"),
        ({"type": "poster", "to": f"{_OUT}/a.jpg", "at": "101%"}, "outputs[0].at"),
        ({"type": "thumbnails", "to": f"{_OUT}/t/"}, "either every or count"),
        ({"type": "thumbnails", "every": 1, "count": 2, "to": f"{_OUT}/t/"}, "either every or count"),
        ({"type": "thumbnails", "every": 0, "to": f"{_OUT}/t/"}, "outputs[0].every"),
        ({"type": "thumbnails", "count": 2, "name": "../%02d", "to": f"{_OUT}/t/"}, "outputs[0].name"),
        ({"type": "thumbnails", "count": 2, "name": "no number", "to": f"{_OUT}/t/"}, "outputs[0].name"),
        ({"type": "thumbnails", "count": 2, "name": "%02d%02d", "to": f"{_OUT}/t/"}, "outputs[0].name"),
        ({"type": "preview", "to": f"{_OUT}/p.png"}, "ends with .webp or .gif"),
        ({"type": "subtitles", "to": f"{_OUT}/p.txt"}, "ends with one of .vtt, .srt, .ass"),
    ],
)
def test_what_cannot_be_asked_for(output: dict[str, Any], finding: str) -> None:
    with pytest.raises(InvalidDocument) as caught:
        parse_job(_document(output))
    assert finding in caught.value.message


@pytest.mark.parametrize("kind", ["thumbnails", "sprite"])
def test_folders_are_written_below_their_prefix(kind: str) -> None:
    more = {"count": 2} if kind == "thumbnails" else {}
    spec = parse_job(_document({"type": kind, "to": f"{_OUT}/t/", **more}))
    assert of_job(spec)[0].folder == parse(f"{_OUT}/t/")
    assert {need.below for need in needs_of(spec) if need.call == "CreateMultipartUpload"} == {True}


def test_subtitle_tracks_are_read_under_names_of_their_own() -> None:
    tracks = [
        {"stream": 1},
        {"file": "s3://source/a.srt", "language": "de", "name": "Deutsch", "forced": True},
        {"captions": True},
    ]
    ladder = {"type": "hls", "presets": ["360p"], "subtitles": [0, 1], "to": f"{_OUT}/h/"}
    film = {"type": "mp4", "preset": "360p", "subtitles": [2], "to": f"{_OUT}/a.mp4"}
    spec = parse_job(_document(ladder, film, tracks={"subtitles": tracks}))
    order = order_of(spec, of_job(spec))
    assert order.subtitles == (
        SubtitleTrack(stream=1),
        SubtitleTrack(sidecar="text0", language="de", name="Deutsch", forced=True),
        SubtitleTrack(captions=True),
    )
    assert {name: str(place) for name, place in spec.lent.items()} == {
        "source": "s3://source/a.mkv",
        "text0": "s3://source/a.srt",
    }
    asked = [output for output in order.outputs if isinstance(output, Ladder | FileOutput)]
    assert [output.subtitles for output in asked] == [(0, 1), (2,)]
    assert [need.location for need in needs_of(spec) if need.call == "GetObject"] == spec.sources


@pytest.mark.parametrize("track", [{}, {"stream": 0, "captions": True}, {"file": "s3://source/a.srt", "stream": 0}])
def test_a_subtitle_track_comes_from_one_place(track: dict[str, Any]) -> None:
    with pytest.raises(InvalidDocument, match="one of file, stream and captions"):
        parse_job(_document({"type": "subtitles", "to": f"{_OUT}/a.vtt"}, tracks={"subtitles": [track]}))


def test_a_destination_that_ends_as_subtitles_do() -> None:
    assert of_destination(parse("file:///a/b.ass"), "b.ass", ["720p"]).output == Subtitles("out0", SubtitleFormat.ASS)
