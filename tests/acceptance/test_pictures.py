"""Jobs of pictures and documents through a worker: from the client's bucket to the client's bucket."""

from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import Image

from cloudtranscode.jobs.job import Job
from support.papers import pdf, words
from support.pictures import QUARTERS, alike, corners, oriented
from support.world import INPUT, OUTPUT, World


def done(world: World, source: bytes, outputs: list[dict[str, Any]]) -> Job:
    world.s3.put_object(Bucket=INPUT, Key="asset", Body=source)
    document = {"client": "ClientA", "input": f"s3://{INPUT}/asset", "outputs": outputs}
    return world.wait_for_end(world.stack.submission.submit(document).id)


def published(world: World, key: str) -> tuple[bytes, str]:
    found = world.s3.get_object(Bucket=OUTPUT, Key=key)
    return found["Body"].read(), found["ContentType"]


@pytest.fixture
def at_work(world: World) -> World:
    world.start_worker()
    return world


def test_pictures_and_documents_are_delivered(at_work: World) -> None:
    to = f"s3://{OUTPUT}/photo"
    small = {"type": "image", "steps": [{"resize": "60x60>"}, {"rotate": 180}], "to": f"{to}/small.webp"}
    job = done(at_work, oriented(6), [small, {"type": "image", "to": f"{to}/full.png"}])
    assert job.error is None
    data, content_type = published(at_work, "photo/small.webp")
    picture = Image.open(io.BytesIO(data))
    assert (content_type, picture.format, picture.size) == ("image/webp", "WEBP", (60, 40))
    assert alike(corners(picture), QUARTERS[::-1])
    assert alike(corners(Image.open(io.BytesIO(published(at_work, "photo/full.png")[0]))), QUARTERS)
    assert job.receipt is not None
    assert job.receipt["media"]["source"]["orientation"] == 6
    assert {check["name"] for check in job.receipt["outputs"][0]["checks"]} >= {"decoder", "size", "metadata"}

    to = f"s3://{OUTPUT}/paper"
    pages = {"type": "pages", "dpi": 72, "to": f"{to}/pages/"}
    job = done(at_work, pdf([words("One"), words("Two")]), [pages, {"type": "text", "to": f"{to}/text.txt"}])
    assert job.error is None
    assert published(at_work, "paper/text.txt") == (b"One\fTwo", "text/plain; charset=utf-8")
    assert at_work.keys("paper/pages/") == ["paper/pages/page_0001.jpg", "paper/pages/page_0002.jpg"]


def test_what_cannot_be_made_of_a_source_is_one_clear_error(at_work: World) -> None:
    to = {"to": f"s3://{OUTPUT}/no/a.png"}
    svg = done(at_work, b'<svg xmlns="http://www.w3.org/2000/svg"/>', [{"type": "image", **to}])
    assert svg.error is not None
    assert (svg.error.code, svg.error.message) == (
        "source_unsupported",
        "The source is SVG, which can refer to other files and is not read.",
    )
    video = done(at_work, oriented(1), [{"type": "text", **to}])
    assert video.error is not None
    assert video.error.code == "source_unsupported"
    assert at_work.keys() == []
