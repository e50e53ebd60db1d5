"""Sources from web servers of every kind: polite, plain, in trouble and hostile."""

from __future__ import annotations

import errno
import hashlib
import itertools
import os
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from cloudtranscode.errors import (
    CloudTranscodeError,
    JobCancelled,
    OriginDenied,
    OriginNotAllowed,
    OriginUnusable,
    SourceChanged,
    SourceNotFound,
    StorageFull,
    StorageUnavailable,
)
from cloudtranscode.location import HttpLocation, parse_http
from cloudtranscode.origin import Origins
from cloudtranscode.storage.http_fetch import Fetcher
from cloudtranscode.storage.http_spool import spool
from cloudtranscode.storage.http_store import HttpStore
from cloudtranscode.storage.http_wire import Patience
from cloudtranscode.storage.port import Pinned
from cloudtranscode.storage.reader import CachedReader, ReadTuning
from support.origins import File, Origin, reciting, serving_files

DATA = bytes(range(256)) * 1000
LOOPBACK = Origins.parse("127.0.0.1")
PATIENCE = Patience(connect_s=2.0, head_s=0.5, idle_s=0.5, slowest=1 << 20)


@pytest.fixture
def origin() -> Iterator[Origin]:
    with serving_files(Origin({"/film.mp4": File(DATA)})) as origin:
        yield origin


@pytest.fixture
def store(tmp_path: Path) -> HttpStore:
    return HttpStore(Fetcher(LOOPBACK, patience=PATIENCE), lambda: tmp_path)


def film(origin: Origin, query: str = "") -> HttpLocation:
    return parse_http(origin.url("/film.mp4" + query))


def ranges(origin: Origin) -> list[str]:
    return [headers.get("Range", "whole") for _, headers in origin.requests]


def test_a_file_is_read_by_ranges_on_one_connection(store: HttpStore, origin: Origin) -> None:
    pinned = store.pin(film(origin, "?token=s3cret"))
    assert pinned == Pinned(film(origin, "?token=s3cret"), len(DATA), '"one"')
    assert store.read(pinned, 1000, 50) == DATA[1000:1050]
    assert store.read(pinned, len(DATA) - 3, 50) == DATA[-3:]
    assert store.read(pinned, len(DATA), 1) == b""
    assert ranges(origin) == ["bytes=0-0", "bytes=1000-1049", f"bytes={len(DATA) - 3}-{len(DATA) - 1}"]
    assert {path for path, _ in origin.requests} == {"/film.mp4?token=s3cret"}
    assert origin.connections == 1
    assert "s3cret" not in repr(pinned) + str(pinned.to_dict())


def test_many_readers_share_few_connections(store: HttpStore, origin: Origin) -> None:
    with CachedReader(store, store.pin(film(origin)), ReadTuning(block=8 * 1024)) as reader:
        assert reader.read(0, len(DATA)) == DATA
    assert 1 <= origin.connections <= 4


def test_a_connection_that_the_server_gave_up_is_opened_again(store: HttpStore, origin: Origin) -> None:
    origin.files["/film.mp4"].headers = {"Connection": "close"}  # it hangs up, and says so
    pinned = store.pin(film(origin))
    assert store.read(pinned, 0, 3) == DATA[:3]
    assert origin.connections == 2


def test_so_is_one_that_ended_without_a_word(store: HttpStore, origin: Origin) -> None:
    origin.files["/film.mp4"].silent_end = True
    pinned = store.pin(film(origin))
    assert store.read(pinned, 0, 3) == DATA[:3]
    assert store.read(pinned, 3, 3) == DATA[3:6]
    assert origin.connections == 3


@pytest.mark.parametrize(
    "change",
    [
        File(DATA[::-1], etag='"two"'),
        File(DATA[:-1]),
        File(DATA[:10]),
        File(DATA, etag=""),
    ],
    ids=["etag", "size", "shorter", "no etag"],
)
def test_another_state_is_noticed(store: HttpStore, origin: Origin, change: File) -> None:
    pinned = store.pin(film(origin))
    origin.files["/film.mp4"] = change
    with pytest.raises(SourceChanged):
        store.read(pinned, 100, 10)
    with pytest.raises(SourceChanged):
        store.read(pinned, 0, len(DATA))


@pytest.mark.parametrize("etag", ['W/"weak"', ""])
def test_a_time_of_change_or_a_weak_etag_is_compared_where_there_is_no_other(
    store: HttpStore, origin: Origin, etag: str
) -> None:
    file = origin.files["/film.mp4"]
    file.etag, file.modified = etag, "Tue, 01 Dec 2026 10:00:00 GMT"
    pinned = store.pin(film(origin))
    assert store.read(pinned, 0, 3) == DATA[:3]
    assert "If-Match" not in origin.requests[-1][1]
    file.etag, file.modified = etag and 'W/"other"', "Tue, 01 Dec 2026 10:00:01 GMT"
    with pytest.raises(SourceChanged):
        store.read(pinned, 0, 3)


def test_a_strong_etag_is_asked_for(store: HttpStore, origin: Origin) -> None:
    store.read(store.pin(film(origin)), 0, 3)
    assert origin.requests[-1][1]["If-Match"] == '"one"'


def test_no_answer_may_be_compressed(store: HttpStore, origin: Origin) -> None:
    origin.files["/film.mp4"].headers = {"Content-Encoding": "gzip"}
    with pytest.raises(OriginUnusable, match="compressed"):
        store.pin(film(origin))
    assert origin.requests[0][1]["Accept-Encoding"] == "identity"


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, OriginUnusable),
        (401, OriginDenied),
        (403, OriginDenied),
        (404, SourceNotFound),
        (410, SourceNotFound),
        (429, StorageUnavailable),
        (500, StorageUnavailable),
        (503, StorageUnavailable),
        (204, OriginUnusable),
        (304, OriginUnusable),
    ],
)
def test_statuses_are_told_in_the_words_of_the_tree(
    store: HttpStore, origin: Origin, status: int, error: type[CloudTranscodeError]
) -> None:
    origin.files["/film.mp4"].first = [status]
    with pytest.raises(error, match=str(status)) as raised:
        store.pin(film(origin, "?token=s3cret"))
    assert "s3cret" not in raised.value.message + raised.value.remedy


def test_a_url_that_expires_while_it_is_read_is_told_so(store: HttpStore, origin: Origin) -> None:
    pinned = store.pin(film(origin))
    origin.files["/film.mp4"].first = [403]
    with pytest.raises(OriginDenied, match="403"):
        store.read(pinned, 0, 1)


def test_trouble_that_passes_does_no_harm(store: HttpStore, origin: Origin) -> None:
    pinned = store.pin(film(origin))
    origin.files["/film.mp4"].first = [500]
    with CachedReader(store, pinned, ReadTuning(pauses=(0.0,))) as reader:
        assert reader.read(0, len(DATA)) == DATA


# --- servers that give no parts ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "file",
    [File(DATA, ranges=False), File(DATA, ranges=False, chunked=True), File(DATA, ranges=False, etag="")],
    ids=["length", "chunked", "no etag"],
)
def test_a_file_that_comes_only_whole_is_fetched_once(
    store: HttpStore, origin: Origin, tmp_path: Path, file: File
) -> None:
    origin.files["/film.mp4"] = file
    pinned = store.pin(film(origin))
    assert (pinned.size, pinned.etag) == (len(DATA), f"sha256:{hashlib.sha256(DATA).hexdigest()}")
    assert store.read(pinned, 1000, 50) == DATA[1000:1050]
    assert store.read(pinned, len(DATA) - 3, 50) == DATA[-3:]
    assert len(origin.requests) == 1
    assert list(tmp_path.iterdir()) == []


def test_a_part_without_the_size_of_the_whole_is_not_enough(store: HttpStore, origin: Origin) -> None:
    origin.files["/film.mp4"].headers = {"Content-Range": "bytes 0-0/*"}
    assert store.read(store.pin(film(origin)), 1000, 50) == DATA[1000:1050]
    assert ranges(origin) == ["bytes=0-0", "whole"]


def test_another_process_fetches_it_anew_and_notices_a_change(store: HttpStore, origin: Origin, tmp_path: Path) -> None:
    origin.files["/film.mp4"].ranges = False
    pinned = store.pin(film(origin))
    other, third = (HttpStore(Fetcher(LOOPBACK), lambda: tmp_path) for _ in range(2))
    assert other.read(pinned, 1000, 50) == DATA[1000:1050]
    origin.files["/film.mp4"].data = DATA[::-1]
    with pytest.raises(SourceChanged):
        third.read(pinned, 1000, 50)


def test_an_empty_file_is_pinned(store: HttpStore, origin: Origin) -> None:
    origin.files["/film.mp4"].data = b""
    assert store.pin(film(origin)).size == 0


def test_fetching_tells_how_far_it_is_and_can_be_ended(origin: Origin, tmp_path: Path) -> None:
    heard: list[tuple[int, int]] = []

    def during(done: int, of: int) -> None:
        heard.append((done, of))
        if len(heard) == 3:
            raise JobCancelled("The job was cancelled.")

    origin.files["/film.mp4"].ranges = False
    with pytest.raises(JobCancelled):
        HttpStore(Fetcher(LOOPBACK), lambda: tmp_path, during).pin(film(origin))
    assert heard == [(65_536, len(DATA)), (131_072, len(DATA)), (196_608, len(DATA))]


def test_a_file_that_is_too_large_to_keep_is_refused_before_it_comes(store: HttpStore) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 9000000000\r\n\r\n"
    with reciting([head]) as url, pytest.raises(OriginUnusable, match="8 GiB"):
        store.pin(parse_http(url))


def test_an_endless_file_is_cut_off(store: HttpStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cloudtranscode.storage.http_spool._MOST", 1 << 20)
    endless = itertools.chain([b"HTTP/1.1 200 OK\r\n\r\n"], itertools.repeat(b"x" * 65_536))
    with reciting(endless) as url, pytest.raises(OriginUnusable, match="larger"):
        store.pin(parse_http(url))


def test_a_disk_that_fills_up_is_told_so(store: HttpStore, origin: Origin, monkeypatch: pytest.MonkeyPatch) -> None:
    def pwrite(descriptor: int, data: memoryview, offset: int) -> int:
        if offset + len(data) <= 100_000:
            return write(descriptor, data, offset)
        if offset == 100_000:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(descriptor, data[: 100_000 - offset], offset)

    write = os.pwrite
    monkeypatch.setattr("os.pwrite", pwrite)
    origin.files["/film.mp4"].ranges = False
    with pytest.raises(StorageFull, match="No space left"):
        store.pin(film(origin))


def test_no_room_is_told_before_it_comes(store: HttpStore, origin: Origin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=len(DATA) - 1))
    origin.files["/film.mp4"].ranges = False
    with pytest.raises(StorageFull, match="no room"):
        store.pin(film(origin))


def test_a_file_that_would_take_days_is_left(origin: Origin, tmp_path: Path) -> None:
    location, clock = film(origin), itertools.count(0, 1000)
    with Fetcher(LOOPBACK).get(location, {}) as answer, pytest.raises(OriginUnusable, match="too slowly"):
        spool(answer, location, tmp_path, lambda _done, _of: None, lambda: float(next(clock)))


def test_a_body_that_breaks_off_is_not_the_file(store: HttpStore) -> None:
    half = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345"
    with reciting([half]) as url, pytest.raises(StorageUnavailable, match="5 of 10"):
        store.pin(parse_http(url))


# --- redirects -------------------------------------------------------------------------------------------------


def test_redirects_are_followed_also_to_another_port(store: HttpStore, origin: Origin) -> None:
    with serving_files(Origin(hops={"/a": "/b?x=1", "/b": origin.url("/film.mp4#t=5")})) as first:
        pinned = store.pin(parse_http(first.url("/a")))
        assert store.read(pinned, 10, 10) == DATA[10:20]
        assert pinned.location == parse_http(first.url("/a"))
        assert first.connections == 1


@pytest.mark.parametrize(
    "target",
    [
        "http://169.254.169.254/latest/meta-data/iam/security-credentials/",
        "http://[fd00:ec2::254]/latest/meta-data/",
        "http://127.0.0.2:{port}/film.mp4",
        "http://[::ffff:127.0.0.1]:{port}/film.mp4",
        "http://127.0.0.1.:22/",
        "//10.0.0.1/film.mp4",
    ],
)
def test_a_redirect_to_what_may_not_be_asked_is_refused(store: HttpStore, origin: Origin, target: str) -> None:
    origin.hops["/hop"] = target.format(port=origin.port)
    before = origin.connections
    with pytest.raises(OriginNotAllowed):
        store.pin(parse_http(origin.url("/hop")))
    assert origin.connections == before + 1


@pytest.mark.parametrize(
    "target",
    ["file:///etc/passwd", "ftp://127.0.0.1/x", "gopher://127.0.0.1/", "http://a@127.0.0.1/", "http://[::1", "data:,x"],
)
def test_a_redirect_to_another_scheme_is_refused(store: HttpStore, origin: Origin, target: str) -> None:
    origin.hops["/hop"] = target
    with pytest.raises(OriginUnusable, match="redirects"):
        store.pin(parse_http(origin.url("/hop")))


def test_redirects_have_an_end(store: HttpStore, origin: Origin) -> None:
    origin.hops["/hop"] = "/hop"
    with pytest.raises(OriginUnusable, match="more than 5"):
        store.pin(parse_http(origin.url("/hop")))
    assert len(origin.requests) == 6


# --- hostile answers -------------------------------------------------------------------------------------------

OK = b"HTTP/1.1 206 Partial Content\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def endlessly(head: bytes, more: bytes) -> Callable[[], Iterator[bytes]]:
    return lambda: itertools.chain([head], itertools.repeat(more))


HOSTILE: dict[str, tuple[Callable[[], Iterator[bytes]], type[CloudTranscodeError]]] = {
    "endless headers": (endlessly(OK, b"X-A: " + b"b" * 2000 + b"\r\n"), OriginUnusable),
    "endless header": (endlessly(OK + b"X: ", b"b" * 4096), OriginUnusable),
    "endless status": (endlessly(b"HTTP/1.1 ", b"2" * 4096), OriginUnusable),
    "endless 100": (endlessly(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 100), OriginUnusable),
    "no HTTP": (lambda: iter([b"220 mail.example ESMTP\r\n"]), OriginUnusable),
    "nothing": (lambda: iter([]), StorageUnavailable),
    "half a head": (lambda: iter([b"HTTP/1.1 20"]), OriginUnusable),
    "negative chunk": (endlessly(CHUNKED + b"-1\r\n", b"x" * 65_536), OriginUnusable),
    "no chunk": (endlessly(CHUNKED, b"x" * 65_536), OriginUnusable),
    "endless trailer": (endlessly(CHUNKED + b"1\r\nx\r\n0\r\n", b"X: y\r\n" * 1000), OriginUnusable),
    "odd coding": (lambda: iter([CHUNKED.replace(b"chunked", b"gzip, chunked")]), OriginUnusable),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_answers_end_soon_in_one_clear_error(store: HttpStore, name: str) -> None:
    answer, error = HOSTILE[name]
    start = time.monotonic()
    with reciting(answer()) as url, pytest.raises(error):
        store.pin(parse_http(url))
    assert time.monotonic() - start < 3.0


@pytest.mark.parametrize(
    "part", ["bytes 5-5/256000", "bytes 1000-1050/256000", "bytes 1000-1049/*", "items 1000-1049/256000", ""]
)
def test_a_wrong_part_is_not_taken_for_the_right_one(store: HttpStore, origin: Origin, part: str) -> None:
    pinned = store.pin(film(origin))
    origin.files["/film.mp4"].headers = {"Content-Range": part}
    with pytest.raises(OriginUnusable, match="part"):
        store.read(pinned, 1000, 50)


@pytest.mark.parametrize("pieces", [[b"HTTP/1.1 2"], [OK, b"Content-Range: bytes 0-0/9\r\nContent-Length: 1\r\n\r\n"]])
def test_a_server_that_falls_silent_is_left(store: HttpStore, pieces: list[bytes]) -> None:
    start = time.monotonic()
    with reciting([*pieces, b""], pause=5.0) as url, pytest.raises(StorageUnavailable, match="timed out"):
        store.pin(parse_http(url))
    assert time.monotonic() - start < 2.0


def test_a_server_that_dribbles_is_left(store: HttpStore) -> None:
    start = time.monotonic()
    dribble = itertools.chain([OK], itertools.repeat(b"X"))
    with reciting(dribble, pause=0.1) as url, pytest.raises(StorageUnavailable, match="timed out"):
        store.pin(parse_http(url))
    assert time.monotonic() - start < 2.0


def test_nobody_listening_is_worth_another_try(store: HttpStore) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        url = f"http://127.0.0.1:{gone.getsockname()[1]}/"
    with pytest.raises(StorageUnavailable, match="refused") as error:
        store.pin(parse_http(url))
    assert error.value.retryable
