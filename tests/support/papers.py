"""PDFs and office documents written by hand, object by object: what is in them is what a test put there."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence

PAGE = (200, 300)
"""The size of a page in points."""


def pdf(
    pages: Sequence[str],
    *,
    size: tuple[float, float] = PAGE,
    catalog: str = "",
    page: str = "",
    more: Sequence[bytes] = (),
    trailer: str = "",
) -> bytes:
    """A PDF with one content stream for each page; ``catalog``, ``page`` and ``trailer`` are put into dictionaries.

    ``more`` are objects of their own, the first numbered 4 + 2 * len(pages). ISO 32000-1, 7.5.
    """
    first = 4
    kids = " ".join(f"{first + 2 * number} 0 R" for number in range(len(pages)))
    objects = [
        f"<< /Type /Catalog /Pages 2 0 R {catalog} >>".encode(),
        f"<< /Type /Pages /Count {len(pages)} /Kids [{kids}] >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for number, content in enumerate(pages):
        box = f"/MediaBox [0 0 {size[0]} {size[1]}] /Resources << /Font << /F 3 0 R >> >>"
        objects.append(f"<< /Type /Page /Parent 2 0 R {box} /Contents {first + 2 * number + 1} 0 R {page} >>".encode())
        objects.append(f"<< /Length {len(content.encode())} >>\nstream\n{content}\nendstream".encode())
    return _file([*objects, *more], trailer)


def words(text: str, *, at: tuple[int, int] = (20, 250)) -> str:
    """Operators that write a line of text."""
    return f"BT /F 14 Tf {at[0]} {at[1]} Td ({text}) Tj ET"


def filled(red: float, green: float, blue: float, *, below: float = 1.0) -> str:
    """Operators that fill the page with a colour, from its lower edge up to a part of its height."""
    return f"{red} {green} {blue} rg 0 0 {PAGE[0]} {PAGE[1] * below} re f"


def _file(objects: Sequence[bytes], trailer: str) -> bytes:
    out = bytearray(b"%PDF-1.7\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<< /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        trailer.encode(),
        start,
    )
    return bytes(out)


def docx(text: str) -> bytes:
    """The least that is an office document. ISO/IEC 29500-1, 11."""
    space, types = "http://schemas.openxmlformats.org", "application/vnd.openxmlformats"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{space}/package/2006/content-types"><Default Extension="rels" '
        f'ContentType="{types}-package.relationships+xml"/><Override PartName="/word/document.xml"'
        f' ContentType="{types}-officedocument.wordprocessingml.document.main+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{space}/package/2006/relationships"><Relationship Id="r1" '
        f'Type="{space}/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>',
        "word/document.xml": f'<w:document xmlns:w="{space}/wordprocessingml/2006/main"><w:body><w:p><w:r>'
        f"<w:t>{text}</w:t></w:r></w:p></w:body></w:document>",
    }
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in parts.items():
            archive.writestr(name, body)
    return file.getvalue()
