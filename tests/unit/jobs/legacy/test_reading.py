"""Documents of the earlier stack, in each of its envelopes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cloudtranscode.errors import InvalidDocument
from cloudtranscode.jobs.legacy import Understood, is_legacy, read_legacy
from cloudtranscode.jobs.spec import parse_job
from cloudtranscode.media.presets import Presets

SAMPLES = sorted((Path(__file__).parent / "samples").glob("*.json"))
CLIENT = "ClientB"


def sample(name: str) -> dict[str, Any]:
    data: dict[str, Any] = json.loads((Path(__file__).parent / "samples" / f"{name}.json").read_text())
    return data


def leaves(path: str, value: object) -> list[str]:
    """The path of every value in a document."""
    if isinstance(value, dict):
        return [one for name, inner in value.items() for one in leaves(f"{path}.{name}" if path else name, inner)]
    if isinstance(value, list):
        return [one for number, inner in enumerate(value) for one in leaves(f"{path}[{number}]", inner)]
    return [path]


def changed(**fields: Any) -> dict[str, Any]:
    """A document with one video, with these fields."""
    output = {"type": "VIDEO", "bucket": "out-bucket", "file": "a.mp4", "preset": "720p-generic", **fields}
    return {"input_asset": {"type": "VIDEO", "bucket": "in-bucket", "file": "a.mov"}, "output_assets": [output]}


def only(**fields: Any) -> dict[str, Any]:
    """What one output becomes."""
    found: dict[str, Any] = read_legacy(changed(**fields), CLIENT).document["outputs"][0]
    return found


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_every_envelope_is_a_job_of_ours_with_presets_that_there_are(path: Path) -> None:
    data = json.loads(path.read_text())
    assert is_legacy(data)
    for choice in parse_job(read_legacy(data, CLIENT).document).choices:
        Presets().load(choice)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_every_field_is_told_of_once(path: Path) -> None:
    data = json.loads(path.read_text())
    told = [note.path for note in read_legacy(data, CLIENT).notes]
    assert len(told) == len(set(told))
    untold = [leaf for leaf in leaves("", data) if not any(leaf == one or leaf.startswith(f"{one}.") for one in told)]
    assert untold == []


def test_a_video_with_all_that_differs_from_its_preset() -> None:
    assert read_legacy(sample("2021"), CLIENT).document["outputs"][0] == {
        "type": "mp4",
        "preset": "720p-generic",
        "size": {"width": 640, "height": 360, "fit": "exact", "enlarge": True},
        "video": {"codec": "h264", "rate_kbps": 1200, "frame_rate": "25"},
        "audio": {"codec": "aac", "rate_kbps": 96},
        "watermark": {"image": "s3://clienta-in/input/logo.png", "width": 80, "x": -20, "y": 0, "opacity": 0.5},
        "to": "s3://clienta-out/out/video1/720p.mp4",
    }


def test_other_outputs() -> None:
    found = read_legacy(sample("2021"), CLIENT).document
    ladder, web, poster, thumbs, sound = found["outputs"][1:]
    assert ladder == {"type": "hls", "presets": ["hls1M-generic"], "to": "s3://clienta-out/out/video1/hls/"}
    assert (web["video"], web["audio"]) == ({"codec": "vp9"}, {"codec": "opus"})
    assert (poster["type"], poster["at"], poster["size"]) == ("poster", 5, {"height": 159})
    assert thumbs["to"] == "s3://clienta-out/out/video1/thumbs/"
    assert (thumbs["every"], thumbs["format"], thumbs["name"]) == (2, "png", "thumb%06d")
    assert (sound["type"], sound["preset"], sound["audio"]) == ("mp3", "mp3-192", {"rate_kbps": 128})
    assert found["metadata"] == {"order": "4711"}


def test_http_goes_first_and_a_picture_is_worked_on_in_the_order_of_the_earlier_stack() -> None:
    found = read_legacy(sample("2015-16")).document
    assert (found["client"], found["input"]) == ("ClientA", "https://media.example/photo.jpg")
    assert found["outputs"] == [
        {
            "type": "image",
            "quality": 75,
            "steps": [{"resize": "800x600>"}, {"thumbnail": "200x200^"}, {"crop": "100x100+10+10"}],
            "to": "s3://clienta-out/photos/photo.jpg",
        }
    ]


def test_a_url_that_is_none_is_left_to_our_own_rules() -> None:
    data = changed()
    data["input_asset"]["http"] = "http://[bad"
    with pytest.raises(InvalidDocument, match="input"):
        parse_job(read_legacy(data, CLIENT).document)


def test_the_queues_of_a_message_are_not_followed() -> None:
    found: Understood = read_legacy(sample("2015-16"))
    assert "sqs" not in json.dumps(found.document)
    assert "data.client.queues" in {note.path for note in found.notes if not note.kept}


def test_the_names_of_may_2015() -> None:
    video, thumbs = read_legacy(sample("2015-05"), CLIENT).document["outputs"]
    assert (video["to"], video["watermark"]) == (
        "s3://clienta-out/out/video1.mp4",
        {"image": "s3://clienta-in/logo.png"},
    )
    assert (thumbs["every"], thumbs["name"], thumbs["to"]) == (10, "t%04d", "s3://clienta-out/thumbs/")


def test_a_client_of_ones_own_choice_goes_first() -> None:
    assert read_legacy(sample("2015-16"), CLIENT).document["client"] == CLIENT


def test_a_document_without_a_client_needs_one() -> None:
    with pytest.raises(InvalidDocument, match="client: is not named"):
        read_legacy(sample("2021"))


@pytest.mark.parametrize(("given", "kbps"), [("1200k", 1200), ("1.2M", 1200), (1_200_000, 1200)])
def test_rates_are_what_they_were_for_ffmpeg(given: object, kbps: int) -> None:
    assert only(video_bitrate=given)["video"]["rate_kbps"] == kbps


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"custom_cmd": "ffmpeg -i ${input_file} | cat"}, r"output_assets\[0\].custom_cmd: was a line for a shell"),
        ({"type": "DOC"}, r"output_assets\[0\].type: 'DOC' is none of"),
        ({"file": "a.avi"}, r"output_assets\[0\].file: must end with one of"),
        ({"preset": None}, r"output_assets\[0\].preset: is missing"),
        ({"video_codec": "libvpx"}, r"output_assets\[0\].video_codec: 'libvpx' is not made here"),
        ({"size": "large"}, r"output_assets\[0\].size: must be such as"),
        ({"video_bitrate": "fast"}, r"output_assets\[0\].video_bitrate: must be a rate"),
        ({"type": "IMAGE", "file": "a.jpg", "quality": "nan"}, r"output_assets\[0\].quality: must be a number"),
        ({"size": "640:-1", "keep_ratio": False}, r"output_assets\[0\].keep_ratio: contradicts"),
        ({"no_enlarge": True, "allow_upscale": True}, r"output_assets\[0\].allow_upscale: contradicts"),
        ({"watermark": {"bucket": "in-bucket"}}, r"output_assets\[0\].watermark.file: is missing"),
        ({"type": "IMAGE", "file": "a.jpg", "crop": "?"}, r"output_assets\[0\].crop: '\?' is no geometry"),
    ],
)
def test_what_cannot_be_mapped_is_refused_with_its_path(fields: dict[str, Any], reason: str) -> None:
    with pytest.raises(InvalidDocument, match=reason):
        read_legacy(changed(**fields), CLIENT)


def test_many_files_need_a_folder_of_their_own() -> None:
    data = changed(path="x")
    thumbs = {"type": "THUMB", "mode": "intervals", "bucket": "out-bucket", "path": "x", "file": "a.jpg"}
    with pytest.raises(InvalidDocument, match=r"output_assets\[1\].file: is many files"):
        read_legacy({**data, "output_assets": [*data["output_assets"], thumbs]}, CLIENT)


def test_only_a_start_is_a_job() -> None:
    with pytest.raises(InvalidDocument, match="type: is not START_JOB"):
        read_legacy({**sample("2015-05"), "type": "CANCEL_JOB"}, CLIENT)


def test_our_own_documents_are_not_taken_for_old_ones() -> None:
    assert not is_legacy(read_legacy(sample("2021"), CLIENT).document)
