"""What is written on pictures, as files in the scratch folder: captions, and fonts that are the same everywhere."""

from __future__ import annotations

import shutil
from importlib.util import find_spec
from pathlib import Path

from cloudtranscode.errors import ToolMissing
from cloudtranscode.media.encode.overlay import FONTS, caption_texts, needs_fonts
from cloudtranscode.media.plan.plan import Plan

_PACKAGE = "font_source_sans_pro"
_FACES = ("Regular", "It", "Bold", "BoldIt")


def put_writing(plan: Plan, scratch: Path) -> None:
    """Put down the texts and fonts that the commands of ``plan`` read. Errors: :class:`ToolMissing` without fonts."""
    if not needs_fonts(plan):
        return
    (scratch / FONTS).mkdir(parents=True, exist_ok=True)
    for face in _font_files():
        shutil.copyfile(face, scratch / FONTS / face.name)
    for path, text in caption_texts(plan).items():
        (scratch / path).write_text(text, "utf-8")


def _font_files() -> list[Path]:
    package = find_spec(_PACKAGE)
    if package is None or package.origin is None:
        raise ToolMissing("The fonts that captions and subtitles are written with are not installed.")
    return [Path(package.origin).parent / "files" / f"SourceSansPro-{face}.ttf" for face in _FACES]
