"""The job document: what it accepts, and the path and reason of what it refuses."""

from typing import Any

import pytest

from cloudtranscode.errors import InvalidDocument
from cloudtranscode.jobs.document import read_document
from cloudtranscode.jobs.spec import job_schema, parse_job
from cloudtranscode.jobs.spec.fields import seconds
from cloudtranscode.location import HttpLocation, parse_http

SMALLEST = """
client: ClientA
input: s3://ClientA_bucket_in/input/video1.mp4
outputs:
  - {type: mp4, preset: 720p, to: "s3://ClientA_bucket_out/video1/720p.mp4"}
  - {type: hls, presets: [720p, 360p], to: "s3://ClientA_bucket_out/video1/hls/"}
  - {type: poster, at: 5s, to: "s3://ClientA_bucket_out/video1/poster.jpg"}
"""


def document(**changes: Any) -> dict[str, Any]:
    return read_document(SMALLEST) | changes


def test_smallest_document_of_the_readme() -> None:
    spec = parse_job(document())
    assert spec.client == "ClientA"
    assert spec.source.uri == "s3://ClientA_bucket_in/input/video1.mp4"
    assert [place.key for place in spec.destinations] == ["video1/720p.mp4", "video1/hls/", "video1/poster.jpg"]
    assert [choice.name for choice in spec.choices] == ["720p", "720p", "360p"]
    assert spec.outputs[2].model_dump()["at"] == 5.0


def test_survives_a_round_trip_through_the_database() -> None:
    spec = parse_job(document())
    assert parse_job(spec.model_dump(mode="json")) == spec


def test_a_source_may_lie_on_a_web_server() -> None:
    spec = parse_job(document(input="HTTPS://Example.com/a%20b.mp4?token=s3cret"))
    assert spec.sources == [parse_http("https://example.com/a%20b.mp4?token=s3cret")]
    assert parse_job(spec.model_dump(mode="json")) == spec


def test_two_files_of_a_web_server_may_differ_in_their_query_alone() -> None:
    urls = ["https://example.com/get?id=1", "https://example.com/get?id=2"]
    spec = parse_job(document(input=urls))
    assert [place.url for place in spec.sources if isinstance(place, HttpLocation)] == urls
    assert list(spec.lent) == ["source", "clip1"]


def test_a_ladder_names_its_presets_or_leaves_them_to_the_source() -> None:
    place = {"type": "cmaf", "to": "s3://out/x/"}
    auto = parse_job(document(outputs=[place | {"ladder": "auto", "video": {"crf": 25}}])).choices
    assert [(choice.name, choice.video) for choice in auto] == [("1080p", {"crf": 25})]
    (named,) = parse_job(document(outputs=[place | {"ladder": "auto", "presets": ["720p-hevc"]}])).choices
    assert named.name == "720p-hevc"
    wrongs: list[dict[str, Any]] = [
        {},
        {"presets": []},
        {"ladder": "auto", "presets": ["720p", "360p"]},
        {"ladder": "own"},
    ]
    for wrong in wrongs:
        with pytest.raises(InvalidDocument, match=r"outputs\[0\]"):
            parse_job(document(outputs=[place | wrong]))


MP4 = {"type": "mp4", "preset": "720p", "to": "s3://out/a.mp4"}


@pytest.mark.parametrize(
    ("changes", "finding"),
    [
        ({"colour": 1}, "colour: is not a known field"),
        ({"client": 7}, "client: input should be a valid string"),
        ({"input": "ftp://example.com/a.mp4"}, "input: 'ftp://example.com/a.mp4' is not an s3:// location"),
        ({"input": "http://me:pw@example.com/a.mp4"}, "input: this is not the URL of a file"),
        ({"input": "https://example.com/a.mp4#t=5"}, "input: 'https://example.com/a.mp4.*' is not the URL of a file"),
        ({"outputs": [MP4 | {"to": "https://example.com/a.mp4"}]}, r"outputs\[0\].to: .* is not an s3:// location"),
        ({"input": "s3://input/folder/"}, "input: must name one object"),
        ({"input": "s3://input/../a.mp4"}, "'..' segment"),
        ({"outputs": []}, "outputs: list should have at least 1 item"),
        ({"outputs": [{"type": "gif"}]}, r"outputs\[0\]: input tag 'gif'"),
        ({"outputs": [{"type": "mp4", "to": "s3://out/a"}]}, r"outputs\[0\].preset: field required"),
        ({"outputs": [MP4 | {"speed": 2}]}, r"outputs\[0\].speed: is not a known field"),
        ({"outputs": [MP4 | {"to": "s3://ClientA_bucket_in/input/video1.mp4"}]}, "would overwrite a source"),
        ({"outputs": [MP4, MP4]}, r"outputs\[1\].to: overlaps with outputs\[0\].to"),
        (
            {"outputs": [MP4, {"type": "hls", "presets": ["360p"], "to": "s3://out/"}]},
            r"outputs\[1\].to: overlaps with outputs\[0\].to",
        ),
        ({"outputs": [{"type": "poster", "at": "soon", "to": "s3://out/p.jpg"}]}, r"outputs\[0\].at: must be a time"),
        ({"outputs": [{"type": "poster", "at": -1, "to": "s3://out/p.jpg"}]}, r"outputs\[0\].at: must be a time"),
        ({"priority": 51}, "priority: input should be less than or equal to 50"),
        ({"callback": "ftp://example.com"}, "callback: string should match pattern"),
        ({"callback": "https://user:secret@example.com/"}, "callback: string should match pattern"),
    ],
)
def test_names_the_faulty_field(changes: dict[str, Any], finding: str) -> None:
    with pytest.raises(InvalidDocument, match=finding):
        parse_job(document(**changes))


def test_names_every_fault_at_once() -> None:
    with pytest.raises(InvalidDocument, match=r"priority: .*; colour: ") as refusal:
        parse_job(document(priority=99, colour=1))
    assert "Traceback" not in refusal.value.message


@pytest.mark.parametrize(
    ("text", "expected"), [(5, 5.0), (0.5, 0.5), ("5s", 5.0), ("12", 12.0), ("01:30", 90.0), ("1:00:01.5", 3601.5)]
)
def test_times(text: object, expected: float) -> None:
    assert seconds(text) == expected


_VAST = [10**400, -(10**400), "9" * 400, "9" * 400 + ":00:00", "9" * 6000 + ":00:00"]
"""Whole numbers beyond what a float holds, and beyond what Python reads."""


@pytest.mark.parametrize("text", ["", "s", "-5", True, None, "nan", float("nan"), 1e12, "5m", [], *_VAST])
def test_no_times(text: object) -> None:
    with pytest.raises(ValueError, match="must be a time"):
        seconds(text)


def test_schema_describes_every_field() -> None:
    schema = job_schema()
    assert schema["additionalProperties"] is False
    assert set(schema["properties"]) == {"client", "input", "tracks", "outputs", "priority", "callback", "metadata"}
