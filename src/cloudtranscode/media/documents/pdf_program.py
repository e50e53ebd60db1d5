"""The inner side of documents: a program of its own that runs in the jail and has PDFium do what an order says.

Started as ``python pdf_program.py URL ORDER...`` in a job's scratch folder; it imports pypdfium2, the program for
pictures, which writes what PDFium draws, and the standard library alone. PDFium is built without JavaScript and XFA,
and never asks for other files. ORDER is JSON: ``{"do": "fetch" | "probe" | "make", …}`` as :mod:`.command` writes it.
It prints one JSON object, as the program for pictures does.
"""

from __future__ import annotations

import importlib.machinery
import json
import re
import shutil
import sys
import types
from pathlib import Path
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium

Json = dict[str, Any]
Pdf = Any  # pypdfium2 comes without types


def load(path: str) -> Any:
    """Load a module by its file: the folder that it lies in cannot be listed here."""
    loader = importlib.machinery.SourceFileLoader("pictures", path)
    module = types.ModuleType(loader.name)
    loader.exec_module(module)
    return module


pictures = load(json.loads("".join(sys.argv[2:]))["pictures_program"])

_WHITE = (255, 255, 255, 255)
_CHANNELS = 4
_ENCRYPTED = {pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY}
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff]")
_TEXT_CHARACTERS = 64 << 20


def main() -> None:
    """Do what the order says and print the answer."""
    try:
        url, order = pictures.read_words(sys.argv[1:])
        if url:
            pictures.fetch(url, order["limits"]["bytes"], order["source"])
        answer = {"fetch": lambda _: {}, "probe": probe, "make": make}[order["do"]](order)
    except pictures.Fault as fault:
        answer = {"fault": fault.kind, "message": str(fault)}
    except pypdfium2.PdfiumError as error:
        answer = {"fault": "damaged", "message": f"cannot be read to its end ({pictures.words(error)})"}
    print(json.dumps(answer))  # noqa: T201  # stdout is what the outer side reads


def probe(order: Json) -> Json:
    """Count the pages and say how large each is, as shown."""
    document = opened(order)
    return {"pages": [document.get_page_size(number) for number in range(len(document))]}


def make(order: Json) -> Json:
    """Draw every picture and take every text."""
    document = opened(order)
    document.init_forms()  # what was filled into a form is drawn, too
    looks = {picture["id"]: drawn(document, picture) for picture in order["pictures"]}
    Path(order["looks"]).write_text(json.dumps(looks))
    for text in order["texts"]:
        pages = [text_of(document, number) for number in text["pages"]]
        if sum(map(len, pages)) > _TEXT_CHARACTERS:
            raise pictures.Fault("unsupported", "has more text than is taken")
        Path(text["path"]).write_text("\f".join(pages), "utf-8", newline="\n")
    for path in order["pdfs"]:
        shutil.copyfile(order["source"], path)
    return {}


def opened(order: Json) -> Pdf:
    """Open the document."""
    try:
        document = pypdfium2.PdfDocument(order["source"])
        count = len(document)
    except pypdfium2.PdfiumError as error:
        if getattr(error, "err_code", None) in _ENCRYPTED:
            raise pictures.Fault("unsupported", "is encrypted and opens only with its password") from error
        raise pictures.Fault("damaged", f"cannot be opened ({pictures.words(error)})") from error
    if not 0 < count <= order["pages"]:
        raise pictures.Fault("unsupported", f"has {count} pages, of at most {order['pages']} that are read")
    return document


def drawn(document: Pdf, picture: Json) -> Json:
    """Draw one page and write it; returns how it looks."""
    page = loaded(document, picture["page"])
    width, height = picture["width"], picture["height"]
    bitmap = pypdfium2.PdfBitmap.new_native(width, height, pdfium.FPDFBitmap_BGRx, rev_byteorder=True)
    bitmap.fill_rect(_WHITE, 0, 0, width, height)
    how = (bitmap, page, 0, 0, width, height, 0, pdfium.FPDF_ANNOT | pdfium.FPDF_REVERSE_BYTE_ORDER)
    pdfium.FPDF_RenderPageBitmap(*how)
    if document.formenv:
        pdfium.FPDF_FFLDraw(document.formenv, *how)
    image = pictures.pyvips.Image.new_from_memory(bitmap.buffer, bitmap.stride // _CHANNELS, height, _CHANNELS, "uchar")
    image = image.crop(0, 0, width, height)[:3].copy(interpretation="srgb")
    look: Json = pictures.written(pictures.shaped(image, picture), picture)
    bitmap.close()
    page.close()
    return look


def text_of(document: Pdf, number: int) -> str:
    """The text of a page, its lines ended by line feeds, without control characters."""
    page = loaded(document, number)
    text = page.get_textpage().get_text_bounded().replace("\r\n", "\n").replace("\r", "\n")
    page.close()
    return _CONTROL.sub("", text).encode("utf-8", "replace").decode("utf-8")


def loaded(document: Pdf, number: int) -> Pdf:
    """Load a page, counted from 0."""
    try:
        return document[number]
    except pypdfium2.PdfiumError as error:
        raise pictures.Fault("damaged", f"has a page {number + 1} that cannot be read") from error


if __name__ == "__main__":
    main()
