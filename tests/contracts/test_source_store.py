"""What everything that sources are read from must do: a folder, a simulated and a real S3, and a web server."""

from pathlib import Path

import pytest

from cloudtranscode.errors import CloudTranscodeError, SourceChanged, SourceNotFound
from cloudtranscode.location import FileLocation, Location, S3Location
from contracts.beds import SourceBed


def test_pins_and_reads_ranges(source_bed: SourceBed) -> None:
    pinned = source_bed.store.pin(source_bed.put("a folder/ü&+.mp4", b"0123456789"))
    assert pinned.size == 10
    assert source_bed.store.read(pinned, 0, 10) == b"0123456789"
    assert source_bed.store.read(pinned, 3, 4) == b"3456"
    assert source_bed.store.read(pinned, 8, 100) == b"89"
    assert source_bed.store.read(pinned, 10, 1) == b""
    assert source_bed.store.read(pinned, 0, 0) == b""


def test_an_empty_object_is_pinned(source_bed: SourceBed) -> None:
    assert source_bed.store.pin(source_bed.put("empty", b"")).size == 0


def test_a_missing_object_is_not_found(source_bed: SourceBed) -> None:
    with pytest.raises(SourceNotFound, match="nothing-here"):
        source_bed.store.pin(source_bed.root.child("nothing-here"))


def test_a_location_of_another_kind_is_an_error_of_the_tree(source_bed: SourceBed) -> None:
    other: Location = (
        S3Location("bucket", "key") if isinstance(source_bed.root, FileLocation) else FileLocation(Path("/x"))
    )
    with pytest.raises(CloudTranscodeError):
        source_bed.store.pin(other)


def test_an_overwritten_source_is_noticed(source_bed: SourceBed) -> None:
    source = source_bed.put("source", b"before")
    pinned = source_bed.store.pin(source)
    source_bed.write(source, b"after!")
    with pytest.raises(SourceChanged):
        source_bed.store.read(pinned, 0, 6)
    assert source_bed.store.pin(source) != pinned


def test_a_deleted_source_is_noticed(source_bed: SourceBed) -> None:
    source = source_bed.put("source", b"before")
    pinned = source_bed.store.pin(source)
    source_bed.delete(source)
    with pytest.raises(SourceChanged):
        source_bed.store.read(pinned, 0, 6)
