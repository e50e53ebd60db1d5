"""A job document's locations become needs."""

from cloudtranscode.jobs.needs import needs_of
from cloudtranscode.jobs.spec import parse_job


def test_hls_needs_its_folder_and_everything_else_its_object() -> None:
    outputs = [
        {"type": "mp4", "preset": "720p", "to": "s3://clienta-out/film.mp4"},
        {"type": "hls", "presets": ["720p"], "to": "s3://clienta-out/hls/"},
        {"type": "poster", "to": "s3://clienta-out/film.jpg"},
    ]
    found = needs_of(parse_job({"client": "a", "input": "s3://clienta-in/film.mov", "outputs": outputs}))

    assert [one.location.uri for one in found if one.call == "HeadObject"] == ["s3://clienta-in/film.mov"]
    assert [(one.location.uri, one.below) for one in found if one.call == "UploadPart"] == [
        ("s3://clienta-out/film.mp4", False),
        ("s3://clienta-out/hls/", True),
        ("s3://clienta-out/film.jpg", False),
    ]
