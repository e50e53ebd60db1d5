"""Where the locations of two clients meet."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cloudtranscode.clients.client import Client, Terms
from cloudtranscode.clients.overlap import Kind, Severity, conflicts, overlaps, own_overlap, trespasses
from cloudtranscode.location import parse_s3

ACCOUNT = "444455556666"


def client(name: str, source: str, target: str, account: str = ACCOUNT, *, shares: bool = False) -> Client:
    return Client(name, account, parse_s3(source), parse_s3(target), Terms(shares=shares))


@pytest.mark.parametrize(
    ("ours", "theirs", "kind", "reach"),
    [
        ("s3://bkt/video", "s3://bkt/video", Kind.SAME, True),
        ("s3://bkt/video", "s3://bkt/video/", Kind.SAME, True),
        ("s3://bkt", "s3://bkt/", Kind.SAME, True),
        ("s3://bkt", "s3://bkt/video", Kind.INSIDE, True),
        ("s3://bkt/video/", "s3://bkt/video/deep/er", Kind.INSIDE, True),
        ("s3://bkt/video", "s3://bkt/video2", Kind.SHARED_BUCKET, False),
        ("s3://bkt/video/", "s3://bkt/video2/", Kind.SHARED_BUCKET, False),
        ("s3://bkt/video", "s3://bkt/Video", Kind.SHARED_BUCKET, False),
        ("s3://bkt/video", "s3://bkt/vide", Kind.SHARED_BUCKET, False),
        ("s3://bkt/video", "s3://BKT/video", None, False),
    ],
)
def test_inputs_that_meet(ours: str, theirs: str, kind: Kind | None, *, reach: bool) -> None:
    for one, other in ((ours, theirs), (theirs, ours)):
        found = overlaps(client("A", one, "s3://a-out"), client("B", other, "s3://b-out"))
        assert [(overlap.kind, overlap.reach) for overlap in found] == ([(kind, reach)] if kind else [])


def test_an_output_that_is_an_input_is_a_chain_and_the_gravest_comes_first() -> None:
    first = client("A", "s3://a-in", "s3://bkt/work")
    second = client("B", "s3://bkt/work/ready", "s3://bkt/else")
    assert [overlap.kind for overlap in overlaps(first, second)] == [Kind.CHAIN, Kind.SHARED_BUCKET]


def test_a_bucket_of_two_accounts_is_refused_whatever_is_stated() -> None:
    ours, theirs = (
        client("A", "s3://bkt/x", "s3://a-out", shares=True),
        client("B", "s3://bkt/y", "s3://b-out", "tenant"),
    )
    (found,) = overlaps(ours, theirs)
    assert (found.kind, found.severity, found.stated, found.violates) == (
        Kind.TWO_ACCOUNTS,
        Severity.REFUSED,
        True,
        True,
    )


@pytest.mark.parametrize("of", ["first", "second"])
def test_what_is_stated_of_either_violates_nothing(of: str) -> None:
    pair = [client("A", "s3://bkt", "s3://a-out"), client("B", "s3://bkt", "s3://b-out")]
    assert len(list(conflicts(pair[0], pair))) == 1
    number = ["first", "second"].index(of)
    pair[number] = replace(pair[number], terms=Terms(shares=True))
    assert list(conflicts(pair[0], pair)) == []


def test_a_client_may_meet_itself() -> None:
    assert own_overlap(client("A", "s3://bkt/in", "s3://bkt/out")) is None
    met = own_overlap(client("A", "s3://bkt", "s3://bkt/out"))
    assert met is not None
    assert (met.kind, met.violates) == (Kind.OWN, False)


@pytest.mark.parametrize(
    ("place", "taken"),
    [
        ("s3://bkt/theirs/1.mp4", True),
        ("s3://bkt/theirs", True),
        ("s3://bkt/theirs2/1.mp4", False),
        ("s3://bkt/1.mp4", False),
        ("s3://bkt/", True),
    ],
)
def test_a_job_may_not_go_where_nobody_has_said_that_two_may(place: str, *, taken: bool) -> None:
    conflicting = list(conflicts(client("A", "s3://bkt", "s3://a-out"), [client("B", "s3://bkt/theirs", "s3://b-out")]))
    assert trespasses(parse_s3(place), conflicting) is taken
