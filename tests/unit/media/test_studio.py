"""Which engine a source and an order go to, as far as that is decided without looking into the source."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cloudtranscode.errors import SourceUnsupported
from cloudtranscode.media.documents.info import DocumentInfo
from cloudtranscode.media.documents.output import PagesOutput, TextOutput
from cloudtranscode.media.documents.plan import DocumentPlan
from cloudtranscode.media.images.info import ImageInfo
from cloudtranscode.media.images.output import ImageFormat, ImageOutput
from cloudtranscode.media.images.plan import ImagePlan
from cloudtranscode.media.outputs import Clip, Named, Order, Poster, PresetChoice
from cloudtranscode.media.rendition import Preset
from cloudtranscode.media.source.streams import MediaInfo
from cloudtranscode.media.studio import AnyPlan, Info, Studio, Whatever, info_of, plan_of, told
from cloudtranscode.media.tools.jail import Jail
from cloudtranscode.media.tools.programs import Tools

PHOTO = ImageInfo("jpeg", 400, 300)
PAPER = DocumentInfo("pdf", ((200.0, 300.0),))
PICTURE = ImageOutput("a", ImageFormat.PNG)
EITHER = Whatever("a", media=Poster("a"), image=PICTURE, document=PICTURE)


def _none(choice: PresetChoice) -> Preset:
    raise AssertionError(choice)


def plan(output: Named, info: Info, clips: int = 1) -> AnyPlan:
    here = Path("/nowhere")
    names = ["source", *(f"clip{number}" for number in range(1, clips))]
    order = Order((output,), tuple(map(Clip, names)))
    return Studio(Tools(here, here, here), Jail()).plan(order, dict.fromkeys(names, info), _none)


@pytest.mark.parametrize(
    ("output", "info", "kind"),
    [
        (PICTURE, PHOTO, ImagePlan),
        (EITHER, PHOTO, ImagePlan),
        (PICTURE, PAPER, DocumentPlan),
        (EITHER, PAPER, DocumentPlan),
        (TextOutput("a"), PAPER, DocumentPlan),
    ],
)
def test_what_is_made_depends_on_the_source(output: Named, info: Info, kind: type) -> None:
    made = plan(output, info)
    assert isinstance(made, kind)
    assert plan_of(json.loads(json.dumps(told(made)))) == made
    assert info_of(json.loads(json.dumps(told(info)))) == info


@pytest.mark.parametrize(
    ("output", "info", "words"),
    [
        (
            TextOutput("a"),
            MediaInfo("mov", 1.0, 0.0, (), ()),
            "made of a picture or a document, and the source is neither",
        ),
        (Whatever("a", image=PICTURE), PAPER, r"cannot be made of this kind of source \(document\)"),
    ],
)
def test_what_does_not_fit_is_told(output: Named, info: Info, words: str) -> None:
    with pytest.raises(SourceUnsupported, match=words):
        plan(output, info)


def test_pictures_are_not_joined() -> None:
    with pytest.raises(SourceUnsupported, match="is a document, and only audio and video can be joined"):
        plan(PagesOutput("a"), PAPER, clips=2)
