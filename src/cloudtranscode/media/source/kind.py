"""Which kind of asset a source is, by its first bytes. Never by its name: names lie, and some formats read files."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from cloudtranscode.errors import SourceUnsupported

HEAD_BYTES = 64 << 10
"""How much of a source :func:`sniff` wants to see."""


class Kind(StrEnum):
    """Which tools a source is for."""

    IMAGE = "image"
    DOCUMENT = "document"
    MEDIA = "media"


@dataclass(frozen=True, slots=True)
class SourceKind:
    """What a source is: ``format`` names that of an image or a document, ``""`` for media, which ffprobe looks into."""

    kind: Kind
    format: str = ""


_MEDIA = SourceKind(Kind.MEDIA)

_MAGIC: tuple[tuple[bytes, SourceKind], ...] = (
    (b"\xff\xd8\xff", SourceKind(Kind.IMAGE, "jpeg")),
    (b"\x89PNG\r\n\x1a\n", SourceKind(Kind.IMAGE, "png")),
    (b"GIF87a", SourceKind(Kind.IMAGE, "gif")),
    (b"GIF89a", SourceKind(Kind.IMAGE, "gif")),
    (b"II*\0", SourceKind(Kind.IMAGE, "tiff")),
    (b"MM\0*", SourceKind(Kind.IMAGE, "tiff")),
    (b"II+\0", SourceKind(Kind.IMAGE, "tiff")),  # BigTIFF
    (b"MM\0+", SourceKind(Kind.IMAGE, "tiff")),
    (b"8BPS", SourceKind(Kind.IMAGE, "psd")),
    (b"\xff\x0a", SourceKind(Kind.IMAGE, "jxl")),
    (b"\0\0\0\x0cJXL \r\n\x87\n", SourceKind(Kind.IMAGE, "jxl")),
    (b"\0\0\0\x0cjP  \r\n\x87\n", SourceKind(Kind.IMAGE, "jp2")),
    (b"\0\0\1\0", SourceKind(Kind.IMAGE, "ico")),
    (b"{\\rtf", SourceKind(Kind.DOCUMENT, "rtf")),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", SourceKind(Kind.DOCUMENT, "ole")),  # .doc, .xls, .ppt: [MS-CFB] 2.2
)

_BRANDS = {b"avif": "avif", b"avis": "avif", **dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"hevc"), "heic")}
"""Brands of ISO/IEC 23008-12 (HEIF) and of AVIF; ``mif1`` says nothing about the codec."""

_ZIPPED = ((b"word/", "docx"), (b"xl/", "xlsx"), (b"ppt/", "pptx"))
_OPEN_DOCUMENT = {b"text": "odt", b"spreadsheet": "ods", b"presentation": "odp"}
_OPEN_TYPE = re.compile(
    rb"mimetype.{0,32}?application/vnd\.oasis\.opendocument\.(text|spreadsheet|presentation)", re.DOTALL
)

_REFERRING = (
    (re.compile(rb"<!DOCTYPE\s+html|<html[\s>]", re.IGNORECASE), "HTML"),
    (re.compile(rb"<(?:\w+:)?svg[\s>]|<!DOCTYPE\s+svg", re.IGNORECASE), "SVG"),
    (re.compile(rb"\A<\?xml|\A<!DOCTYPE", re.IGNORECASE), "XML"),
    (re.compile(rb"\A%!|\A\xc5\xd0\xd3\xc6"), "PostScript"),
    (re.compile(rb"\A(?:push\s+graphic-context|viewbox\s+\d|image\s+over\s)"), "MVG"),
)
"""Formats that name other files and addresses, or are programs: reading them does what their author wants."""

_TEXT_BEGINS = (b"<", b"%!", b"\xc5\xd0\xd3\xc6", b"push", b"viewbox", b"image")
_PDF_WITHIN = 1024
_BITMAP_HEADERS = {12, 40, 52, 56, 64, 108, 124}


def sniff(head: bytes) -> SourceKind:
    """Tell what a source is by its first :data:`HEAD_BYTES` bytes.

    Errors: :class:`SourceUnsupported` for formats that refer to other files or run as programs (SVG, XML, HTML,
    PostScript, MVG).
    """
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    _refuse_referring(head)
    # ISO 32000-1, annex H.3.4.1: readers accept the header anywhere in the first 1024 bytes.
    if b"%PDF-" in head[:_PDF_WITHIN]:
        return SourceKind(Kind.DOCUMENT, "pdf")
    return _boxed(head) or _zipped(head) or _bitmap(head) or _MEDIA


def _refuse_referring(head: bytes) -> None:
    text = _plain(head)
    if not text.startswith(_TEXT_BEGINS):
        return
    for pattern, name in _REFERRING:
        if pattern.search(text):
            raise SourceUnsupported(
                f"The source is {name}, which can refer to other files and is not read.",
                remedy="Export it as a picture (PNG, JPEG, TIFF) or as PDF.",
            )


def _plain(head: bytes) -> bytes:
    """The text without what may stand before it, UTF-16 made readable."""
    if head[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        head = head[2:].replace(b"\0", b"")
    return head.removeprefix(b"\xef\xbb\xbf").lstrip()


def _boxed(head: bytes) -> SourceKind | None:
    """Pictures in ISO files, by the brands of their first box. ISO/IEC 14496-12, 4.3."""
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return SourceKind(Kind.IMAGE, "webp")
    if head[4:8] != b"ftyp":
        return None
    size = min(int.from_bytes(head[:4]), 256)
    brands = [head[8:12], *(head[at : at + 4] for at in range(16, size, 4))]
    found = [_BRANDS[brand] for brand in brands if brand in _BRANDS]
    picture = brands[0] in _BRANDS or brands[0] in {b"mif1", b"msf1"}
    return SourceKind(Kind.IMAGE, found[0]) if picture and found else None


def _zipped(head: bytes) -> SourceKind | None:
    """Office documents, by the names of the files in them: ISO/IEC 29500-2 and ISO/IEC 26300-3."""
    if not head.startswith(b"PK\3\4"):
        return None
    if found := _OPEN_TYPE.search(head[:256]):
        return SourceKind(Kind.DOCUMENT, _OPEN_DOCUMENT[found[1]])
    for folder, name in _ZIPPED:
        if folder in head:
            return SourceKind(Kind.DOCUMENT, name)
    return None


def _bitmap(head: bytes) -> SourceKind | None:
    """A Windows bitmap: two letters are too few to know one by, so the length of its second header must fit, too."""
    fits = head.startswith(b"BM") and int.from_bytes(head[14:18], "little") in _BITMAP_HEADERS
    return SourceKind(Kind.IMAGE, "bmp") if fits else None
