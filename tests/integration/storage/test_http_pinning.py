"""What is connected to is what was checked, at every request and hop, and TLS still speaks to the name."""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from cloudtranscode.errors import OriginNotAllowed, OriginUnusable, SourceNotFound, StorageUnavailable
from cloudtranscode.location import parse_http
from cloudtranscode.origin import Origins
from cloudtranscode.storage.http_fetch import Fetcher
from cloudtranscode.storage.http_store import HttpStore
from support.names import Names, make_certificate, server_context
from support.origins import File, Origin, serving_files

NAME = "media.example"
PRIVATE = ["127.0.0.1", "169.254.169.254", "10.0.0.1", "fd00:ec2::254", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "::1"]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_certificate(tmp_path_factory.mktemp("tls") / "server.pem", NAME)


@pytest.fixture
def secure(certificate: Path) -> Iterator[Origin]:
    with serving_files(Origin({"/film.mp4": File(b"0123456789")}), server_context(certificate)) as origin:
        yield origin


@pytest.fixture
def plain() -> Iterator[Origin]:
    with serving_files(Origin({"/film.mp4": File(b"0123456789")})) as origin:
        yield origin


def store(tmp_path: Path, names: Names, certificate: Path | None = None, origins: str = "127.0.0.1") -> HttpStore:
    trust = ssl.create_default_context(cafile=str(certificate)) if certificate else None
    return HttpStore(Fetcher(Origins.parse(origins), resolve=names, tls=trust), lambda: tmp_path)


def test_the_certificate_is_checked_for_the_name_while_the_address_is_the_checked_one(
    certificate: Path, secure: Origin, tmp_path: Path
) -> None:
    names = Names(["127.0.0.1"], ["192.0.2.1"])
    reading = store(tmp_path, names, certificate)
    pinned = reading.pin(parse_http(secure.url("/film.mp4", scheme="https", host=NAME)))
    assert reading.read(pinned, 2, 3) == b"234"
    assert names.asked == [NAME]
    assert secure.requests[0][1]["Host"] == f"{NAME}:{secure.port}"


def test_a_certificate_for_another_name_is_refused_before_anything_is_asked(
    certificate: Path, secure: Origin, tmp_path: Path
) -> None:
    with pytest.raises(OriginUnusable, match="certificate") as error:
        store(tmp_path, Names(["127.0.0.1"]), certificate).pin(
            parse_http(secure.url("/film.mp4?token=s3cret", scheme="https", host="other.example"))
        )
    assert "s3cret" not in error.value.message
    assert not error.value.retryable
    assert secure.requests == []


def test_a_certificate_that_nobody_vouches_for_is_refused(secure: Origin, tmp_path: Path) -> None:
    with pytest.raises(OriginUnusable, match="certificate"):
        store(tmp_path, Names(["127.0.0.1"])).pin(parse_http(secure.url("/film.mp4", scheme="https", host=NAME)))


def test_a_server_without_tls_is_told_so(certificate: Path, plain: Origin, tmp_path: Path) -> None:
    with pytest.raises(StorageUnavailable, match="TLS failed with"):
        store(tmp_path, Names(["127.0.0.1"]), certificate).pin(
            parse_http(plain.url("/film.mp4", scheme="https", host=NAME))
        )


def test_a_redirect_from_https_to_http_is_refused(
    certificate: Path, secure: Origin, plain: Origin, tmp_path: Path
) -> None:
    secure.hops["/hop"] = plain.url("/film.mp4")
    with pytest.raises(OriginUnusable, match="from https to http"):
        store(tmp_path, Names(["127.0.0.1"]), certificate).pin(
            parse_http(secure.url("/hop", scheme="https", host=NAME))
        )
    assert plain.requests == []


@pytest.mark.parametrize("address", PRIVATE)
def test_a_public_name_with_a_private_address_is_refused(plain: Origin, tmp_path: Path, address: str) -> None:
    cautious = store(tmp_path, Names([address]), origins="public")
    with pytest.raises(OriginNotAllowed, match=NAME) as error:
        cautious.pin(parse_http(plain.url("/film.mp4", host=NAME)))
    assert address not in error.value.message  # what a name leads to inside is not for others to learn
    assert plain.connections == 0


@pytest.mark.parametrize(
    "host", ["localhost", "127.1", "0x7f000001", "2130706433", "0177.0.0.1", "[::1]", "0", "127.0.0.1."]
)
def test_every_spelling_of_this_machine_is_refused_before_connecting(plain: Origin, tmp_path: Path, host: str) -> None:
    cautious = HttpStore(Fetcher(Origins.parse("public")), lambda: tmp_path)
    with pytest.raises(OriginNotAllowed):
        cautious.pin(parse_http(plain.url("/film.mp4", host=host)))
    assert plain.connections == 0


def test_a_name_that_is_rebound_between_requests_is_refused(plain: Origin, tmp_path: Path) -> None:
    """The first answer is the permitted address, the second one is not: no second connection is made."""
    plain.files["/film.mp4"].headers = {"Connection": "close"}
    names = Names(["127.0.0.1"], ["127.0.0.2"])
    reading = store(tmp_path, names)
    pinned = reading.pin(parse_http(plain.url("/film.mp4", host=NAME)))
    with pytest.raises(OriginNotAllowed):
        reading.read(pinned, 0, 1)
    assert (names.asked, plain.connections) == ([NAME, NAME], 1)


def test_a_name_that_is_rebound_at_a_redirect_is_refused(plain: Origin, tmp_path: Path) -> None:
    with serving_files(Origin(hops={"/hop": f"http://{NAME}:{plain.port}/film.mp4"})) as first:
        names = Names(["127.0.0.1"], ["169.254.169.254"])
        with pytest.raises(OriginNotAllowed):
            store(tmp_path, names).pin(parse_http(first.url("/hop", host=NAME)))
    assert plain.connections == 0


def test_of_several_addresses_only_the_permitted_ones_are_tried(plain: Origin, tmp_path: Path) -> None:
    names = Names(["::1", "169.254.169.254", "127.0.0.1"])
    assert store(tmp_path, names).pin(parse_http(plain.url("/film.mp4", host=NAME))).size == 10


def test_a_name_that_nobody_has_is_a_source_that_does_not_exist(tmp_path: Path) -> None:
    reading = HttpStore(Fetcher(Origins.parse("public")), lambda: tmp_path)
    with pytest.raises((SourceNotFound, StorageUnavailable), match=r"nobody\.invalid"):
        reading.pin(parse_http("https://nobody.invalid/film.mp4"))
    with pytest.raises(SourceNotFound):
        reading.pin(parse_http(f"https://{'x' * 70}.example/film.mp4"))


def test_the_environments_proxies_are_not_used(plain: Origin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving_files(Origin()) as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url(""))
        assert store(tmp_path, Names(["127.0.0.1"])).pin(parse_http(plain.url("/film.mp4", host=NAME))).size == 10
    assert proxy.requests == []


def test_this_machines_own_public_address_is_refused(plain: Origin, tmp_path: Path) -> None:
    def own(address: str) -> bool:
        return address == "93.184.216.34"

    def resolve(host: str, port: int) -> Sequence[str]:
        return ["93.184.216.34"]

    cautious = HttpStore(Fetcher(Origins.parse("public"), resolve=resolve, own=own), lambda: tmp_path)
    with pytest.raises(OriginNotAllowed):
        cautious.pin(parse_http(plain.url("/film.mp4", host=NAME)))
