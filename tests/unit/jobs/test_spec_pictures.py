"""What the job document says of pictures and documents, and what the media room is asked for then."""

from typing import Any

import pytest

from cloudtranscode.errors import InvalidDocument
from cloudtranscode.jobs.spec import JobSpec, job_schema, parse_job
from cloudtranscode.media.documents.output import PageRange, PagesOutput, PdfOutput, TextOutput
from cloudtranscode.media.images.output import Crop, Gravity, ImageFormat, ImageOutput, Keep, Mode, Resize, Rotate, Step
from cloudtranscode.media.outputs import Named
from cloudtranscode.workflow.ordered import output_of

OUT = "s3://ClientA_bucket_out/a/"


def spec(**output: Any) -> JobSpec:
    output = {"to": f"{OUT}name.webp", **output}
    document = {"client": "ClientA", "input": "s3://ClientA_bucket_in/a.jpg", "outputs": [output]}
    parsed = parse_job(document)
    assert parse_job(parsed.model_dump(mode="json")) == parsed
    return parsed


def made(**output: Any) -> Named:
    return output_of("out0", spec(**output).outputs[0], {})


def refused(**output: Any) -> str:
    with pytest.raises(InvalidDocument) as caught:
        spec(**output)
    return caught.value.message


@pytest.mark.parametrize(
    ("name", "form"),
    [("a.jpg", "jpeg"), ("a.JPEG", "jpeg"), ("a.png", "png"), ("a.avif", "avif"), ("a.tif", "tiff"), ("a.gif", "gif")],
)
def test_the_destination_names_the_format(name: str, form: str) -> None:
    assert made(type="image", to=OUT + name) == ImageOutput("out0", ImageFormat(form))


def test_a_format_that_is_given_wins() -> None:
    assert made(type="image", to=f"{OUT}a.jpg", format="webp") == ImageOutput("out0", ImageFormat.WEBP)
    assert "outputs[0]: must have a format, or a destination that ends with one of .jpg" in refused(
        type="image", to=f"{OUT}name"
    )


def test_every_field_of_a_picture_has_its_meaning() -> None:
    wanted = {"quality": 70, "background": "#102030", "keep": "icc", "animated": False, "lossless": True, "page": 3}
    assert made(type="image", **wanted) == ImageOutput(
        "out0", ImageFormat.WEBP, 70, (), "#102030", Keep.ICC, animated=False, lossless=True, page=3
    )


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        ({"resize": "800x600>"}, Resize(800, 600)),
        ({"resize": "50%"}, Resize(percent=(50, 50), enlarge=True)),
        ({"thumbnail": "100x100^"}, Resize(100, 100, mode=Mode.COVER, enlarge=True)),
        ({"crop": "100x50+5+6"}, Crop(100, 50, x=5, y=6)),
        ({"resize": {"width": 800}}, Resize(800)),
        ({"resize": {"percent": 50}}, Resize(percent=(50, 50))),
        ({"resize": {"area": 90_000, "enlarge": True}}, Resize(area=90_000, enlarge=True)),
        (
            {"resize": {"width": 8, "height": 9, "mode": "pad", "gravity": "north", "background": "#000000"}},
            Resize(8, 9, mode=Mode.PAD, gravity=Gravity.NORTH, background="#000000"),
        ),
        (
            {"thumbnail": {"width": 8, "height": 9, "gravity": "smart"}},
            Resize(8, 9, mode=Mode.FILL, gravity=Gravity.SMART),
        ),
        ({"crop": {"width": 8, "height": 9, "gravity": "east"}}, Crop(8, 9, gravity=Gravity.EAST)),
        ({"crop": {"width": 8, "x": 4}}, Crop(8, x=4)),
        ({"rotate": 90}, Rotate(90)),
    ],
)
def test_a_step_has_its_meaning(step: dict[str, Any], expected: Step) -> None:
    output = made(type="image", steps=[step])
    assert isinstance(output, ImageOutput)
    assert output.steps == (expected,)


@pytest.mark.parametrize(
    ("output", "words"),
    [
        ({"steps": [{}]}, "outputs[0].steps[0]: must be one of resize, thumbnail, crop and rotate"),
        ({"steps": [{"rotate": 90, "crop": "9x9"}]}, "must be one of resize, thumbnail, crop and rotate"),
        ({"steps": [{"rotate": 45}]}, "outputs[0].steps[0].rotate"),
        ({"steps": [{"resize": "wide"}]}, "'wide' is no geometry such as 200x100"),
        ({"steps": [{"resize": {}}]}, "must have width or height, or percent, or area"),
        ({"steps": [{"resize": {"width": 9, "percent": 5}}]}, "must have width or height, or percent, or area"),
        ({"steps": [{"resize": {"width": 9, "mode": "pad"}}]}, "must have width and height for the mode pad"),
        ({"steps": [{"resize": {"width": 0}}]}, "greater than or equal to 1"),
        ({"steps": [{"rotate": 90}] * 17}, "at most 16"),
        ({"quality": 101}, "less than or equal to 100"),
        ({"background": "red"}, "outputs[0].background"),
        ({"page": 0}, "outputs[0].page"),
        ({"format": "svg"}, "outputs[0].format"),
        ({"preset": "720p"}, "outputs[0].preset: is not a known field"),
    ],
)
def test_what_is_wrong_is_named_by_its_place(output: dict[str, Any], words: str) -> None:
    assert words in refused(type="image", **output)


def test_documents_have_outputs_of_their_own() -> None:
    pages = {"pages": "1-3,7", "dpi": 96, "format": "png"}
    assert made(type="pages", to=OUT, **pages) == PagesOutput(
        "out0", ImageFormat.PNG, (PageRange(1, 3), PageRange(7, 7)), 96
    )
    assert made(type="text", to=f"{OUT}a.txt") == TextOutput("out0")
    assert made(type="text", to=OUT, each_page=True, pages="2-") == TextOutput(
        "out0", (PageRange(2, None),), each_page=True
    )
    assert made(type="pdf", to=f"{OUT}a.pdf") == PdfOutput("out0")


@pytest.mark.parametrize(
    ("output", "below"),
    [
        ({"type": "image"}, False),
        ({"type": "pages", "to": OUT}, True),
        ({"type": "text"}, False),
        ({"type": "text", "to": OUT, "each_page": True}, True),
        ({"type": "pdf"}, False),
    ],
)
def test_it_is_known_what_goes_below_a_prefix(output: dict[str, Any], below: bool) -> None:
    assert spec(**output).outputs[0].below is below


def test_ranges_and_destinations_are_checked() -> None:
    assert "'3-1' counts pages from 1" in refused(type="pages", to=OUT, pages="3-1")
    assert "must name one object, or have each_page" in refused(type="text", to=OUT)
    assert "outputs[0].dpi" in refused(type="pages", to=OUT, dpi=5)


def test_the_schema_has_every_output() -> None:
    types = job_schema()["properties"]["outputs"]["items"]["discriminator"]["mapping"]
    assert {"image", "pages", "text", "pdf"} <= set(types)
