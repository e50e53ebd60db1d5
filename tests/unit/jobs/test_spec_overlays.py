"""What a job document lays over a picture, and what the media room is asked for then."""

from __future__ import annotations

from typing import Any

import pytest

from cloudtranscode.errors import InvalidDocument
from cloudtranscode.jobs.spec import JobSpec, parse_job
from cloudtranscode.media.outputs import FileOutput, Ladder
from cloudtranscode.media.rendition import Caption, Overlays, Watermark
from cloudtranscode.workflow.wanted import of_job

_LOGO = "s3://bucket-in/logo.png"


def _job(**fields: Any) -> JobSpec:
    output = {"type": "mp4", "preset": "360p", "to": "s3://bucket-out/a.mp4", **fields}
    ladder = {"type": "hls", "presets": ["360p"], "to": "s3://bucket-out/hls/", "watermark": {"image": _LOGO}}
    return parse_job({"client": "c", "input": "s3://bucket-in/a.mp4", "outputs": [output, ladder]})


def test_a_watermark_is_read_and_lent_once() -> None:
    spec = _job(watermark={"image": _LOGO, "width": "15%", "x": 8, "y": -4, "opacity": 0.5, "start": "1s", "end": 3})
    assert {name: place.uri for name, place in spec.lent.items()} == {
        "source": "s3://bucket-in/a.mp4",
        "image0": _LOGO,
    }
    file, ladder = (one.output for one in of_job(spec))
    assert isinstance(file, FileOutput)
    assert isinstance(ladder, Ladder)
    mark = Watermark("image0", width="15%", x=8, y=-4, opacity=0.5, start_s=1, end_s=3)
    assert file.overlays == Overlays(watermark=mark)
    assert ladder.overlays == Overlays(watermark=Watermark("image0"))


def test_words_and_burned_subtitles() -> None:
    spec = _job(text=[{"text": "Preview", "y": "0%", "color": "#ff8800", "box": False}], burn=1)
    (file, _) = (one.output for one in of_job(spec))
    assert isinstance(file, FileOutput)
    assert file.overlays == Overlays(captions=(Caption("Preview", y="0%", color="#ff8800", box=False),), subtitles=1)


@pytest.mark.parametrize(
    ("fields", "finding"),
    [
        ({"watermark": {"image": "logo.png"}}, r"outputs\[0\].watermark.image: .* is not an s3:// location"),
        ({"watermark": {"image": _LOGO, "width": "wide"}}, "watermark.width: must be a number of pixels"),
        ({"watermark": {"image": _LOGO, "x": float("nan")}}, "watermark.x"),
        ({"watermark": {"image": _LOGO, "opacity": 2.0}}, "watermark.opacity"),
        ({"text": [{"text": "a", "color": "red:box=1"}]}, r"text\[0\].color"),
        ({"text": [{"text": ""}]}, r"text\[0\].text"),
        ({"burn": -1}, r"outputs\[0\].burn"),
    ],
)
def test_what_cannot_be_laid_over_is_named(fields: dict[str, Any], finding: str) -> None:
    with pytest.raises(InvalidDocument, match=finding):
        _job(**fields)
