"""What a web server's answer says."""

from __future__ import annotations

import pytest

from cloudtranscode.errors import OriginDenied, OriginUnusable, SourceChanged, SourceNotFound, StorageUnavailable
from cloudtranscode.location import parse_http
from cloudtranscode.storage.http_answer import (
    Headers,
    Span,
    condition_of,
    mismatch_of,
    next_hop,
    refusal_of,
    span_of,
    state_of,
)
from cloudtranscode.storage.port import Pinned

PLACE = parse_http("https://a.example/films/1.mp4?token=s3cret")
PINNED = Pinned(PLACE, 100, '"x"')


@pytest.mark.parametrize(
    ("told", "hop"),
    [
        ("2.mp4", "https://a.example/films/2.mp4"),
        ("/2.mp4?x=1#here", "https://a.example/2.mp4?x=1"),
        ("//b.example/2.mp4", "https://b.example/2.mp4"),
        ("https://b.example/a b/\xc3\xbc.mp4", "https://b.example/a%20b/%C3%BC.mp4"),  # bytes of UTF-8, as they came
        ("https://b.example\\@c.example/", "https://b.example%5C@c.example/"),
    ],
)
def test_where_a_redirect_leads(told: str, hop: str) -> None:
    headers = {"location": told}
    if "@" in hop:
        with pytest.raises(OriginUnusable):
            next_hop(302, headers, PLACE)
    else:
        assert next_hop(302, headers, PLACE) == parse_http(hop)


@pytest.mark.parametrize(("status", "headers"), [(200, {"location": "/x"}), (300, {"location": "/x"}), (302, {})])
def test_what_is_no_redirect(status: int, headers: Headers) -> None:
    assert next_hop(status, headers, PLACE) is None


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("bytes 0-0/5", Span(0, 0, 5)),
        ("BYTES 10-19/1000000000000", Span(10, 19, 10**12)),
        ("bytes 0-0/*", None),
        ("bytes */5", None),
        ("bytes 0-0/5, bytes 0-0/6", None),
        ("bytes -1-0/5", None),
        ("", None),
    ],
)
def test_which_part_an_answer_has(text: str, span: Span | None) -> None:
    assert span_of(206, {"content-range": text}) == span
    assert span_of(200, {"content-range": text}) is None


def test_what_tells_states_apart() -> None:
    assert state_of({"etag": '"a"', "last-modified": "then"}) == '"a"'
    assert state_of({"etag": "without quotes", "last-modified": "then"}) == "then"
    assert state_of({}) == ""
    assert condition_of('"a"') == {"If-Match": '"a"'}
    for weak in ('W/"a"', "then", "", '"a", "b"', '"a\r\nX: y"'):
        assert condition_of(weak) == {}


@pytest.mark.parametrize(
    ("status", "headers", "error"),
    [
        (200, {}, None),
        (206, {"content-encoding": "Identity"}, None),
        (200, {"content-encoding": "br"}, OriginUnusable),
        (200, {"transfer-encoding": "gzip"}, OriginUnusable),
        (403, {}, OriginDenied),
        (404, {}, SourceNotFound),
        (429, {}, StorageUnavailable),
        (599, {}, StorageUnavailable),
        (300, {}, OriginUnusable),
        (418, {}, OriginUnusable),
    ],
)
def test_why_an_answer_has_nothing(status: int, headers: Headers, error: type[Exception] | None) -> None:
    found = refusal_of(status, headers, PLACE)
    assert type(found) is (error or type(None))
    assert "s3cret" not in str(found)


@pytest.mark.parametrize(
    ("status", "headers", "error"),
    [
        (206, {"etag": '"x"', "content-range": "bytes 10-19/100"}, None),
        (206, {"etag": '"y"', "content-range": "bytes 10-19/100"}, SourceChanged),
        (206, {"etag": '"x"', "content-range": "bytes 10-19/101"}, SourceChanged),
        (206, {"etag": '"x"', "content-range": "bytes 10-18/100"}, OriginUnusable),
        (200, {"etag": '"x"', "content-length": "100"}, OriginUnusable),
        (200, {"etag": '"x"', "content-length": "101"}, SourceChanged),
        (412, {}, SourceChanged),
        (404, {}, SourceChanged),
        (416, {}, SourceChanged),
        (500, {}, StorageUnavailable),
    ],
)
def test_why_an_answer_is_not_the_part_that_was_asked_for(
    status: int, headers: Headers, error: type[Exception] | None
) -> None:
    assert type(mismatch_of(status, headers, PINNED, Span(10, 19, 100))) is (error or type(None))


def test_all_of_a_file_may_come_as_such() -> None:
    everything = Span(0, 99, 100)
    assert mismatch_of(200, {"etag": '"x"', "content-length": "100"}, PINNED, everything) is None
    assert mismatch_of(200, {"etag": '"x"'}, PINNED, everything) is None
    assert isinstance(mismatch_of(200, {"etag": '"x"', "content-length": "99"}, PINNED, everything), SourceChanged)
