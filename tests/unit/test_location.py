"""Locations: reading them, and which lies under which."""

from pathlib import Path

import pytest

from cloudtranscode.errors import InvalidLocation
from cloudtranscode.location import FileLocation, S3Location, parse, parse_s3


def test_a_uri_and_its_arn() -> None:
    location = parse_s3("s3://ClientA_bucket_in/video/a b.mov")
    assert location == S3Location("ClientA_bucket_in", "video/a b.mov")
    assert location.uri == "s3://ClientA_bucket_in/video/a b.mov"
    assert location.arn() == "arn:aws:s3:::ClientA_bucket_in/video/a b.mov"
    assert S3Location("b").arn("aws-cn") == "arn:aws-cn:s3:::b"


@pytest.mark.parametrize(
    "text",
    [
        "bucket/key",
        "http://bucket/key",
        "s3:///key",
        "s3://b",
        "s3://bucket//key",
        "s3://bucket/a/../b",
        "s3://bucket/./b",
        "s3://bucket/a\nb",
        "s3://buc ket/a",
        "s3://bucket/" + "ä" * 513,
    ],
)
def test_what_is_no_s3_location(text: str) -> None:
    with pytest.raises(InvalidLocation):
        parse_s3(text)


def test_a_prefix_contains_what_lies_under_it_and_not_its_neighbour() -> None:
    for prefix in (S3Location("b", "video"), S3Location("b", "video/")):
        assert prefix.contains(S3Location("b", "video/a.mov"))
        assert prefix.contains(S3Location("b", "video"))
        assert not prefix.contains(S3Location("b", "video2/a.mov"))
        assert not prefix.contains(S3Location("c", "video/a.mov"))
    assert S3Location("b").contains(S3Location("b", "anything"))


def test_a_child_of_a_bucket_and_of_a_prefix() -> None:
    assert S3Location("b").child("x") == S3Location("b", "x")
    assert S3Location("b", "a/").child("x") == S3Location("b", "a/x")


def test_paths_become_absolute(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert parse("clip.mov") == FileLocation(tmp_path / "clip.mov")
    assert parse(f"file://{tmp_path}/clip.mov") == FileLocation(tmp_path / "clip.mov")
    odd = FileLocation(tmp_path / "ä b%20#?.mov")
    assert parse(odd.uri) == odd
    assert FileLocation(tmp_path).contains(FileLocation(tmp_path / "a" / "b"))
    assert not FileLocation(tmp_path).contains(S3Location("b"))
    with pytest.raises(InvalidLocation):
        parse("")


@pytest.mark.parametrize("text", ["/c/../c/x", "/c/./x", "//c//x", "file:///d/../c/x", "/../c/x"])
def test_one_path_has_one_spelling(text: str) -> None:
    assert parse(text) == FileLocation(Path("/c/x"))


def test_links_are_kept(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/")
    assert parse(f"{tmp_path}/link/x") == FileLocation(tmp_path / "link" / "x")
