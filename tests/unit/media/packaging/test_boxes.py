from __future__ import annotations

from pathlib import Path

import pytest

from cloudtranscode.media.packaging.boxes import box, boxes, first_fragment, read_boxes
from cloudtranscode.media.packaging.codecs import codec_string
from cloudtranscode.media.packaging.playlist import parse_media


def _box(kind: str, content: bytes = b"") -> bytes:
    return (8 + len(content)).to_bytes(4) + kind.encode() + content


def test_boxes_of_every_size_form(tmp_path: Path) -> None:
    path = tmp_path / "boxes"
    large = (1).to_bytes(4) + b"free" + (20).to_bytes(8) + b"1234"
    data = _box("ftyp") + large + bytes(4) + b"mdat" + b"rest"
    path.write_bytes(data)
    assert list(read_boxes(path)) == ["ftyp", "free", "mdat"]
    assert list(boxes(data)) == [("ftyp", b""), ("free", b"1234"), ("mdat", b"rest")]


@pytest.mark.parametrize("data", [b"\0\0\0\4free", b"\0\0\0\1free" + bytes(8), b"\0\0\0\1free\1"])
def test_a_box_that_leads_back_ends_the_list(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "boxes").write_bytes(data)
    assert list(read_boxes(tmp_path / "boxes")) == ["free"]
    with pytest.raises(ValueError, match="larger"):
        list(boxes(data))


def test_a_box_is_found_by_its_path() -> None:
    assert box(_box("moov", _box("mvhd") + _box("trak", b"1")), "moov", "trak") == b"1"
    with pytest.raises(ValueError, match="no box trak"):
        box(_box("moov", _box("mvhd")), "moov", "trak")


@pytest.mark.parametrize(
    ("run", "header", "sync"),
    [
        (b"\0\0\0\4" + bytes(4) + (1 << 16).to_bytes(4), bytes(8), False),
        (b"\0\0\0\4" + bytes(4) + (2 << 24).to_bytes(4), bytes(8), True),
        (b"\0\0\7\0" + bytes(4) + bytes(8) + (1 << 16).to_bytes(4), bytes(8), False),
        (bytes(8), b"\0\0\0\x28" + bytes(4) + bytes(4) + (1 << 16).to_bytes(4), False),
        (bytes(8), bytes(8), True),
    ],
)
def test_how_a_segment_begins(tmp_path: Path, run: bytes, header: bytes, sync: bool) -> None:
    tracks = _box("tfhd", header) + _box("tfdt", b"\1\0\0\0" + (7).to_bytes(8)) + _box("trun", run)
    path = tmp_path / "segment"
    path.write_bytes(_box("styp") + _box("moof", _box("traf", tracks)) + _box("mdat"))
    assert (first_fragment(path).decoded_at, first_fragment(path).sync) == (7, sync)


def test_a_segment_without_a_fragment(tmp_path: Path) -> None:
    (tmp_path / "segment").write_bytes(_box("styp"))
    with pytest.raises(ValueError, match="no fragment"):
        first_fragment(tmp_path / "segment")


def test_a_codec_that_is_none_of_ours() -> None:
    data = _box("stsd", bytes(8) + _box("mp4v"))
    for step in ("stbl", "minf", "mdia", "trak", "moov"):
        data = _box(step, data)
    with pytest.raises(ValueError, match="mp4v is no codec"):
        codec_string(data)


def test_a_playlist_with_a_duration_but_no_file_is_refused() -> None:
    with pytest.raises(ValueError, match="longer"):
        parse_media("#EXTM3U\n#EXTINF:2.0,\n")
