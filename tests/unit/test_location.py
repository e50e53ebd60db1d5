"""Locations: reading them, and which lies under which."""

from pathlib import Path

import pytest

from cloudtranscode.errors import InvalidLocation
from cloudtranscode.location import (
    FileLocation,
    HttpLocation,
    S3Location,
    parse,
    parse_http,
    parse_s3,
    without_secrets,
)


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


def test_a_url_is_taken_apart() -> None:
    location = parse("HTTPS://Media.Example:8443/a%20b/film.mp4?X-Amz-Signature=s3cret")
    assert location == HttpLocation("https", "media.example", 8443, "/a%20b/film.mp4", "X-Amz-Signature=s3cret")
    assert location.authority == "media.example:8443"
    assert location.target == "/a%20b/film.mp4?X-Amz-Signature=s3cret"
    assert parse_http(location.url) == location
    assert parse_http("http://a.example") == HttpLocation("http", "a.example", 80, "/")
    assert parse_http("https://a.example:443/").authority == "a.example"
    assert parse_http("http://[2001:db8::1]:8080/x").authority == "[2001:db8::1]:8080"
    assert parse_http("http://[2001:db8::1]/x").host == "2001:db8::1"


def test_what_opens_a_url_is_printed_nowhere() -> None:
    location = parse_http("https://a.example/film.mp4?token=s3cret")
    assert location.uri == str(location) == "https://a.example/film.mp4?***"
    assert "s3cret" not in repr(location)
    assert parse_http("https://a.example/film.mp4").uri == "https://a.example/film.mp4"
    with pytest.raises(InvalidLocation, match="printed"):
        parse_http(location.uri)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://user:s3cret@a.example/x?token=s3cret#s3cret", "https://a.example/x?***"),
        ("HTTP://a.example#s3cret", "HTTP://a.example?***"),
        ("https://a.example/x", "https://a.example/x"),
        ("https://a.example/x?a\nb=s3cret", "https://a.example/x?***"),
        ("s3://bucket/what?", "s3://bucket/what?"),
    ],
)
def test_texts_without_their_secrets(text: str, shown: str) -> None:
    assert without_secrets(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "https://",
        "https:///x",
        "https://user:s3cret@a.example/",
        "https://s3cret@a.example/",
        "https://user:s3cret/more@a.example/",
        "https://user:s3cret?more@a.example/",
        "https://a.example/x#s3cret",
        "https://a.example:0/",
        "https://a.example:65536/",
        "https://a.example:/",
        "https://a.example:80:80/",
        "https://a b.example/",
        "https://a.example/a b?s3cret",
        "https://a.example/\\x",
        "https://a.example\\@b.example/",
        "https://a.example/\tx",
        "https://[fe80::1%25eth0]/",
        "https://bücher.example/",
        "https://.../",
        "https://a.example/" + "x" * 12_288,
    ],
)
def test_what_is_no_url_of_a_file(text: str) -> None:
    with pytest.raises(InvalidLocation) as error:
        parse(text)
    assert "s3cret" not in str(error.value)


def test_a_url_lies_in_a_folder_and_contains_itself_alone() -> None:
    location = parse_http("https://a.example/films/a%20b.mp4?token=s3cret")
    assert location.name == "a b.mp4"
    assert location.folder == parse_http("https://a.example/films")
    assert location.folder.child("a b.mp4") == parse_http("https://a.example/films/a%20b.mp4")
    assert location.contains(location)
    assert not location.folder.contains(location)
    assert not S3Location("b").contains(location)
