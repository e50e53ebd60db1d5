import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudtranscode.storage.http_range import Span, parse_range, parse_request


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, Span(0, 100, partial=False)),
        ("bytes=0-", Span(0, 100, partial=True)),
        ("bytes=10-19", Span(10, 10, partial=True)),
        ("bytes=90-500", Span(90, 10, partial=True)),
        ("bytes=-10", Span(90, 10, partial=True)),
        ("bytes=-500", Span(0, 100, partial=True)),
        ("bytes=100-", None),
        ("bytes=-0", None),
        ("bytes=5-4", Span(0, 100, partial=False)),
        ("bytes=-", Span(0, 100, partial=False)),
        ("bytes=0-1,5-6", Span(0, 100, partial=False)),
        ("bytes=a-b", Span(0, 100, partial=False)),
        ("bytes=" + "9" * 40 + "-", Span(0, 100, partial=False)),
    ],
)
def test_range(header: str | None, expected: Span | None) -> None:
    assert parse_range(header, 100) == expected


def test_an_empty_object_has_no_range_but_is_sent_whole() -> None:
    assert parse_range("bytes=0-", 0) is None
    assert parse_range(None, 0) == Span(0, 0, partial=False)


@given(st.text(alphabet="bytes=-,0123456789 "), st.integers(0, 2**63))
def test_a_range_never_leaves_the_object(header: str, size: int) -> None:
    span = parse_range(header, size)
    assert span is None or 0 <= span.start <= span.start + span.length <= size


def test_a_request_is_parsed() -> None:
    request = parse_request(b"GET /source HTTP/1.1\r\nRange: bytes=0-\r\nHOST:  x \r\nX:")
    assert request is not None
    assert (request.method, request.path, request.keep_alive) == ("GET", "/source", True)
    assert request.headers == {"range": "bytes=0-", "host": "x", "x": ""}


@pytest.mark.parametrize(
    ("head", "keep_alive"),
    [
        (b"GET /a HTTP/1.1\r\nConnection: Close", False),
        (b"GET /a HTTP/1.0", False),
        (b"GET /a HTTP/1.0\r\nConnection: keep-alive", True),
    ],
)
def test_keep_alive(head: bytes, keep_alive: bool) -> None:
    request = parse_request(head)
    assert request is not None
    assert request.keep_alive is keep_alive


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"GET /a",
        b"GET http://host/a HTTP/1.1",
        b"GET /a b HTTP/1.1",
        b"get /a HTTP/1.1",
        b"GET /a HTTP/2.0",
        b"GET /a HTTP/1.1\nHost: x",
        b"GET /a HTTP/1.1\r\nno colon",
        b"GET /a HTTP/1.1\r\n folded: x",
        b"GET /a HTTP/1.1\r\nname : x",
        b"GET /a HTTP/1.1\r\n: x",
        b"GET /a HTTP/1.1\r\nname: x\ny",
        b"GET /a HTTP/1.1\r\nname: x\0",
        b"\x16\x03\x01\x00\xff",
    ],
)
def test_what_is_no_request_is_refused(head: bytes) -> None:
    assert parse_request(head) is None


@pytest.mark.parametrize("end", [b"\nx", b"", b"x"])
def test_a_long_head_costs_no_time(end: bytes) -> None:
    """A jailed tool may send anything; the thread that reads it holds the whole worker meanwhile."""
    began = time.process_time()
    parse_request(b"GET /source HTTP/1.1\r\na:" + b" " * 15_000 + end)
    assert time.process_time() - began < 0.5


@given(st.binary())
def test_any_bytes_are_survived(head: bytes) -> None:
    parse_request(head)
