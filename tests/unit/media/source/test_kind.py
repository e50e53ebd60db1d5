from __future__ import annotations

import io
import zipfile

import pytest

from cloudtranscode.errors import SourceUnsupported
from cloudtranscode.media.source.kind import Kind, SourceKind, sniff


def _zip(*names: str, first: tuple[str, str] | None = None) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        if first:
            archive.writestr(*first)
        for name in names:
            archive.writestr(name, "x")
    return file.getvalue()


def _ftyp(brand: bytes, *compatible: bytes) -> bytes:
    body = brand + bytes(4) + b"".join(compatible)
    return (8 + len(body)).to_bytes(4) + b"ftyp" + body + b"rest of the file"


IMAGE, DOCUMENT, MEDIA = Kind.IMAGE, Kind.DOCUMENT, Kind.MEDIA


@pytest.mark.parametrize(
    ("head", "kind", "form"),
    [
        (b"\xff\xd8\xff\xe0\0\x10JFIF", IMAGE, "jpeg"),
        (b"\x89PNG\r\n\x1a\n....", IMAGE, "png"),
        (b"GIF89a....", IMAGE, "gif"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", IMAGE, "webp"),
        (b"RIFF\x10\0\0\0AVI LIST", MEDIA, ""),
        (b"RIFF\x10\0\0\0WAVEfmt ", MEDIA, ""),
        (b"II*\0\x08\0\0\0", IMAGE, "tiff"),
        (b"MM\0+\0\x08\0\0", IMAGE, "tiff"),
        (_ftyp(b"avif", b"mif1", b"miaf"), IMAGE, "avif"),
        (_ftyp(b"mif1", b"mif1", b"avif"), IMAGE, "avif"),
        (_ftyp(b"heic", b"mif1"), IMAGE, "heic"),
        (_ftyp(b"isom", b"avc1", b"mp41"), MEDIA, ""),
        (_ftyp(b"isom", b"avif"), MEDIA, ""),
        (b"\xff\x0a\xfa\x1f", IMAGE, "jxl"),
        (b"BM\x36\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0", IMAGE, "bmp"),
        (b"BMany words that begin with these letters", MEDIA, ""),
        (b"%PDF-1.7\n", DOCUMENT, "pdf"),
        (b"a line of rubbish\n%PDF-1.4\n", DOCUMENT, "pdf"),
        (b"x" * 2000 + b"%PDF-1.4", MEDIA, ""),
        (b"{\\rtf1\\ansi", DOCUMENT, "rtf"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", DOCUMENT, "ole"),
        (_zip("[Content_Types].xml", "word/document.xml"), DOCUMENT, "docx"),
        (_zip("[Content_Types].xml", "xl/workbook.xml"), DOCUMENT, "xlsx"),
        (_zip("[Content_Types].xml", "ppt/presentation.xml"), DOCUMENT, "pptx"),
        (_zip("content.xml", first=("mimetype", "application/vnd.oasis.opendocument.text")), DOCUMENT, "odt"),
        (_zip("any/file.bin"), MEDIA, ""),
        (b"\x1aE\xdf\xa3....webm", MEDIA, ""),
        (b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd", MEDIA, ""),
        (b"", MEDIA, ""),
    ],
)
def test_a_source_is_known_by_its_first_bytes(head: bytes, kind: Kind, form: str) -> None:
    assert sniff(head) == SourceKind(kind, form)


_SVG = '<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>'


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (_SVG.encode(), "SVG"),
        (b"\xef\xbb\xbf \n" + _SVG.encode(), "SVG"),
        (b"\xff\xfe" + _SVG.encode("utf-16-le"), "SVG"),
        (b'<?xml version="1.0"?><!-- long --><s:svg xmlns:s="x"/>', "SVG"),
        (b'<?xml version="1.0"?><MPD/>', "XML"),
        (b"<!doctype html><html><img src=file:///etc/passwd>", "HTML"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n(/etc/passwd) (r) file", "PostScript"),
        (b"\xc5\xd0\xd3\xc6....", "PostScript"),
        (b"push graphic-context\nviewbox 0 0 640 480\nimage over 0,0 0,0 'url(https://x/)'", "MVG"),
        (b"viewbox 0 0 640 480\n", "MVG"),
    ],
)
def test_formats_that_refer_to_other_files_are_refused(head: bytes, name: str) -> None:
    with pytest.raises(SourceUnsupported, match=f"The source is {name}, which can refer to other files"):
        sniff(head)
