"""What every object store must do: the same tests for a folder, for a simulated and for a real S3."""

from dataclasses import replace

import pytest

from cloudtranscode.errors import CloudTranscodeError, UploadLost
from cloudtranscode.location import Location
from cloudtranscode.storage.port import ObjectStore, Part
from contracts.beds import Bed

MIB = 1 << 20


def test_names_an_object_only_under_the_prefix(bed: Bed) -> None:
    bed.put("video2/a", b"x")
    assert bed.store.first_object(bed.root.child("video")) is None
    found = bed.put("video/b/c", b"x")
    assert bed.store.first_object(bed.root.child("video")) == found


def test_a_write_probe_leaves_nothing(bed: Bed) -> None:
    bed.store.probe_write(bed.root.child("out"))
    bed.store.probe_write(bed.root.child("out"), hand_over=True)
    assert bed.everything() == []


def test_probes_of_an_object_leave_nothing_and_do_not_touch_what_is_there(bed: Bed) -> None:
    there, target = bed.put("out/there.mp4", b"precious"), bed.root.child("out/new/film.mp4")
    for location in (there, target):
        bed.store.probe_upload(location)
        bed.store.probe_abort(location)
    assert bed.content(there) == b"precious"
    assert bed.store.open_uploads(target) == []
    assert bed.store.is_listed(there)
    assert not bed.store.is_listed(target)


def test_a_longer_key_is_another_object(bed: Bed) -> None:
    bed.put("film.mp4.part", b"x")
    assert not bed.store.is_listed(bed.root.child("film.mp4"))


def test_an_upload_is_invisible_until_it_is_completed(bed: Bed) -> None:
    target = bed.root.child("out/new/film.mp4")
    upload = bed.store.start_upload(target, "video/mp4")
    second = bed.store.upload_part(target, upload, 2, b"tail")
    first = bed.store.upload_part(target, upload, 1, b"a" * 5 * MIB)
    assert bed.store.first_object(bed.root) is None
    bed.store.complete_upload(target, upload, [second, first])
    assert bed.content(target) == b"a" * 5 * MIB + b"tail"
    assert bed.store.pin(target).size == 5 * MIB + 4


def test_a_part_that_is_sent_again_replaces_the_first(bed: Bed) -> None:
    target = bed.root.child("film.mp4")
    upload = bed.store.start_upload(target, "video/mp4")
    bed.store.upload_part(target, upload, 1, b"wrong")
    part = bed.store.upload_part(target, upload, 1, b"right")
    bed.store.complete_upload(target, upload, [part])
    assert bed.content(target) == b"right"


def test_an_upload_replaces_an_object(bed: Bed) -> None:
    target = bed.put("film.mp4", b"old")
    bed.store.complete_upload(target, *_filled(bed.store, target))
    assert bed.content(target) == b"new"


def test_completing_again_is_harmless(bed: Bed) -> None:
    target = bed.root.child("film.mp4")
    upload, parts = _filled(bed.store, target)
    bed.store.complete_upload(target, upload, parts)
    bed.store.complete_upload(target, upload, parts)
    assert bed.content(target) == b"new"


def test_aborting_leaves_nothing_and_can_be_repeated(bed: Bed) -> None:
    target = bed.root.child("not/yet/film.mp4")
    upload, _ = _filled(bed.store, target)
    bed.store.abort_upload(target, upload)
    bed.store.abort_upload(target, upload)
    assert bed.everything() == []


def test_the_open_uploads_to_one_object_are_named(bed: Bed) -> None:
    target = bed.root.child("deep/film.mp4")
    uploads = [bed.store.start_upload(target, "video/mp4") for _ in range(2)]
    other = bed.root.child("deep/film.mp4.old")
    unrelated = bed.store.start_upload(other, "video/mp4")
    assert sorted(bed.store.open_uploads(target)) == sorted(uploads)
    for upload in uploads:
        bed.store.abort_upload(target, upload)
    assert bed.store.open_uploads(target) == []
    bed.store.abort_upload(other, unrelated)


def test_an_aborted_upload_cannot_be_completed(bed: Bed) -> None:
    target = bed.put("film.mp4", b"old")
    upload, parts = _filled(bed.store, target)
    bed.store.abort_upload(target, upload)
    with pytest.raises(UploadLost):
        bed.store.complete_upload(target, upload, parts)
    assert bed.content(target) == b"old"


def test_an_aborted_upload_takes_no_parts(bed: Bed) -> None:
    target = bed.root.child("film.mp4")
    upload, _ = _filled(bed.store, target)
    bed.store.abort_upload(target, upload)
    with pytest.raises(UploadLost):
        bed.store.upload_part(target, upload, 2, b"late")


def test_a_part_that_was_never_sent_is_noticed(bed: Bed) -> None:
    target = bed.root.child("film.mp4")
    upload, [part] = _filled(bed.store, target)
    with pytest.raises(CloudTranscodeError):
        bed.store.complete_upload(target, upload, [part, replace(part, number=2)])
    bed.store.abort_upload(target, upload)
    assert bed.everything() == []


def _filled(store: ObjectStore, target: Location) -> tuple[str, list[Part]]:
    upload = store.start_upload(target, "video/mp4")
    return upload, [store.upload_part(target, upload, 1, b"new")]
