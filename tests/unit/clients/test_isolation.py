"""The audit of every pair of clients; and that whatever the registry accepts is isolated, or was stated to share."""

from __future__ import annotations

import string
import time
from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from cloudtranscode import database
from cloudtranscode.clients.client import Client, Terms
from cloudtranscode.clients.isolation import Audit, Pair, Verdict, audit, check_limited
from cloudtranscode.clients.overlap import Kind
from cloudtranscode.clients.proof import How
from cloudtranscode.clients.registry import ClientRegistry
from cloudtranscode.database import open_database
from cloudtranscode.entitlements.decision import Effect
from cloudtranscode.entitlements.isolation import READ, Session
from cloudtranscode.entitlements.narrow import Bounds
from cloudtranscode.errors import CloudTranscodeError, InvalidLocation, LocationTaken
from cloudtranscode.jobs.authorise import authorise
from cloudtranscode.jobs.spec import parse_job
from cloudtranscode.location import S3Location, parse_s3
from cloudtranscode.origin import Origins
from support.stack import CLIENT_A, CLIENT_B, accepted, job_document

ACCOUNT = "444455556666"


def shared(client: Client) -> Client:
    return replace(client, terms=Terms(shares=True))


def between(done: Audit, by: str, on: str) -> Pair:
    return next(pair for pair in done.pairs if (pair.by, pair.on) == (by, on))


def test_two_strangers_are_isolated_both_ways() -> None:
    done = audit([CLIENT_A, CLIENT_B])
    assert [(pair.by, pair.on, pair.verdict) for pair in done.pairs] == [
        ("ClientA", "ClientB", Verdict.ISOLATED),
        ("ClientB", "ClientA", Verdict.ISOLATED),
    ]
    assert (done.violations, done.own, done.powerless, done.unproven) == ((), (), (), ())


def test_what_meets_is_named_with_requests_that_show_it() -> None:
    inner = accepted("Inner", ACCOUNT, "s3://a-in/media/deep", "s3://i-out")
    done = audit([CLIENT_A, inner])
    reaching = between(done, "ClientA", "Inner")
    assert reaching.verdict is Verdict.OVERLAP
    assert [overlap.kind for overlap in reaching.overlaps] == [Kind.INSIDE]
    assert (READ, "arn:aws:s3:::a-in/media/deep/cloudtranscode-witness") in [
        (witness.action, witness.resource) for witness in reaching.reach
    ]
    assert not any(witness.beyond for witness in reaching.reach)
    assert between(audit([CLIENT_A, shared(inner)]), "Inner", "ClientA").verdict is Verdict.SHARED


def test_disjoint_prefixes_of_one_bucket_reach_no_object_of_each_other() -> None:
    other = shared(accepted("Other", ACCOUNT, "s3://a-in/media2", "s3://a-out2"))
    done = audit([CLIENT_A, other])
    for pair in done.pairs:
        assert pair.verdict is Verdict.SHARED
        assert [witness.resource for witness in pair.reach if "/" in witness.resource] == []


def test_a_bucket_of_two_accounts_is_a_violation_whatever_is_stated() -> None:
    false = shared(accepted("False", "121212121212", "s3://a-in/other", "s3://f-out"))
    assert len(audit([CLIENT_A, false]).violations) == 2


def test_a_session_that_reaches_beyond_its_client_is_a_violation() -> None:
    wide = Session(Bounds(S3Location("a-in"), S3Location("a-out")))
    narrow = Bounds(S3Location("a-in", "media"), S3Location("a-out"))
    wide.bounds = narrow
    found = wide.reach(Bounds(S3Location("a-in", "other"), S3Location("o-out")))
    assert (READ, Effect.ALLOW, True) in [(witness.action, witness.effect, witness.beyond) for witness in found]
    assert Pair("A", "B", reach=found).verdict is Verdict.OVERLAP


@pytest.mark.parametrize(("letter", "times"), [("x", 900), ("é", 100)])
def test_who_can_have_no_session_of_its_own_is_not_isolated_and_not_let_in(letter: str, times: int) -> None:
    long = accepted("Long", ACCOUNT, f"s3://l-in/{letter * times}", f"s3://l-out/{letter * times}")
    done = audit([long, CLIENT_A])
    assert done.powerless == ("Long",)
    assert [(pair.by, pair.verdict) for pair in done.violations] == [("Long", Verdict.UNLIMITED)]
    assert between(done, "ClientA", "Long").verdict is Verdict.ISOLATED
    with pytest.raises(InvalidLocation, match="do not fit the 2,048 characters"):
        check_limited(long)
    check_limited(CLIENT_A)


def test_the_report_is_complete_as_json() -> None:
    data = audit([CLIENT_A, replace(CLIENT_B, proof=None)]).to_dict()
    assert data["ok"]
    assert [(one["name"], one["proven"]) for one in data["clients"]] == [("ClientA", True), ("ClientB", False)]
    assert len(data["pairs"]) == 2


def test_two_hundred_clients_take_seconds() -> None:
    clients = [accepted(f"C{n}", f"{n:012}", f"s3://c{n}-in/media", f"s3://c{n}-out") for n in range(200)]
    clients[7] = replace(clients[7], input=parse_s3("s3://c8-in"))
    began = time.perf_counter()
    done = audit(clients)
    assert time.perf_counter() - began < 20
    assert len(done.pairs) == 200 * 199
    assert {(pair.by, pair.on) for pair in done.violations} == {("C7", "C8"), ("C8", "C7")}


# --- whatever the registry accepts ------------------------------------------------------------------------------------

SEGMENTS = st.sampled_from(["video", "video2", "Video", "v", "deep", "a*b", "${x}", "é", "video "])
KEYS = st.builds(
    lambda parts, slash: "/".join(parts) + slash * bool(parts),
    st.lists(SEGMENTS, max_size=3),
    st.sampled_from(["", "/"]),
)
PLACES = st.builds(S3Location, st.sampled_from(["bucket-one", "bucket-two", "bucket_three"]), KEYS)
CLIENTS = st.lists(
    st.builds(
        lambda account, source, target, shares: (account, source, target, shares),
        st.sampled_from([ACCOUNT, "777788889999"]),
        PLACES,
        PLACES,
        st.sampled_from([False, False, True]),
    ),
    min_size=2,
    max_size=6,
)


def register(registry: ClientRegistry, wanted: Iterable[tuple[str, S3Location, S3Location, bool]]) -> list[Client]:
    """Let in who is let in."""
    for name, (account, source, target, shares) in zip(string.ascii_uppercase, wanted, strict=False):
        client = Client(name, account, source, target, Terms(shares=shares))
        try:
            registry.add(client)
            registry.accept(client, How.STATED, "tests")
        except LocationTaken:
            continue
    return registry.list()


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterable[ClientRegistry]:
    engine = open_database(f"sqlite:///{tmp_path_factory.mktemp('isolation') / 'ct.sqlite'}")
    yield ClientRegistry(engine)
    engine.dispose()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(wanted=CLIENTS, name=SEGMENTS, deeper=KEYS)
def test_no_accepted_job_goes_where_another_client_is_unless_it_was_stated(
    registry: ClientRegistry, wanted: list[tuple[str, S3Location, S3Location, bool]], name: str, deeper: str
) -> None:
    with database.transaction(registry._engine) as connection:
        connection.execute(delete(database.clients))
    clients = register(registry, wanted)
    assert audit(clients).violations == ()
    for client in clients:
        others = registry.around(client)
        for source in (
            client.input.child(name),
            *(place.child(deeper + name) for other in others for place in (other.input, other.output)),
        ):
            document = job_document(client.name, source.uri, client.output.child("out").uri)
            try:
                authorise(parse_job(document), client, others, Origins())
            except CloudTranscodeError:
                continue
            met = [one for one in others if one.input.contains(source) or one.output.contains(source)]
            assert all(one.account == client.account and (one.terms.shares or client.terms.shares) for one in met)
