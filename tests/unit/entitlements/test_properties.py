"""What holds for every policy: denials only take away, grants only add, and order says nothing."""

from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from cloudtranscode.entitlements.evaluate import Effect, PolicySet, Principal, Request, evaluate
from cloudtranscode.entitlements.policy import Policy

STACK, CLIENT = "111122223333", "444455556666"
NAMES = [
    f"arn:aws:iam::{STACK}:role/stack",
    f"arn:aws:sts::{STACK}:assumed-role/stack/job",
    f"arn:aws:iam::{STACK}:user/ann",
    f"arn:aws:iam::{STACK}:root",
    f"arn:aws:iam::{CLIENT}:role/owner",
]
CONDITIONS: list[dict[str, Any]] = [
    {},
    {"Bool": {"aws:SecureTransport": "true"}},
    {"BoolIfExists": {"aws:SecureTransport": "false"}},
    {"StringNotEquals": {"aws:PrincipalAccount": STACK}},
    {"StringLike": {"s3:prefix": ["a/${aws:username}*", "b?"]}},
    {"ForAnyValue:StringEquals": {"aws:TagKeys": ["x", "y"]}},
    {"ForAllValues:StringNotEquals": {"aws:TagKeys": "x"}},
    {"Null": {"s3:prefix": "true"}},
    {"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}},
]
PRINCIPALS: list[Any] = ["*", *({"AWS": name} for name in [*NAMES, STACK, CLIENT, "AROAEXAMPLEEXAMPLE22"])]
ACTIONS = ["*", "s3:*", "s3:Get*", "s3:GetObject", "s3:PutObject"]
RESOURCES = ["*", "arn:aws:s3:::in/*", "arn:aws:s3:::in/a", "arn:aws:s3:::in/${aws:username}", "arn:aws:s3:::out/*"]


@st.composite
def statements(draw: st.DrawFn, verdicts: tuple[str, ...] = ("Allow", "Deny")) -> dict[str, Any]:
    verdict = draw(st.sampled_from(verdicts))
    principal = "NotPrincipal" if verdict == "Deny" and draw(st.booleans()) else "Principal"
    action, resource = (draw(st.sampled_from([name, f"Not{name}"])) for name in ("Action", "Resource"))
    written = {
        "Effect": verdict,
        action: draw(st.lists(st.sampled_from(ACTIONS), min_size=1, max_size=2)),
        resource: draw(st.lists(st.sampled_from(RESOURCES), min_size=1, max_size=2)),
        "Condition": draw(st.sampled_from(CONDITIONS)),
    }
    return {**written, principal: draw(st.sampled_from(PRINCIPALS))} if draw(st.integers(0, 7)) else written


LISTS = st.lists(statements(), min_size=1, max_size=5)
CONTEXTS = st.fixed_dictionaries(
    {},
    optional={
        "aws:SecureTransport": st.sampled_from([("true",), ("false",)]),
        "s3:prefix": st.sampled_from([("a/ann",), ("bx",), ("c",)]),
        "aws:TagKeys": st.sampled_from([("x",), ("x", "y"), ("z",)]),
        "aws:SourceIp": st.sampled_from([("10.1.1.1",), ("203.0.113.9",)]),
    },
)
PEOPLE = st.sampled_from([*map(Principal.from_arn, NAMES), Principal.anonymous()])
REQUESTS = st.builds(
    Request,
    PEOPLE,
    st.sampled_from(["s3:GetObject", "s3:PutObject"]),
    st.sampled_from(["arn:aws:s3:::in/a", "arn:aws:s3:::in/ann", "arn:aws:s3:::out/b"]),
    st.sampled_from([CLIENT, STACK, None]),
    CONTEXTS,
    st.sampled_from([frozenset[str](), frozenset({"aws:SourceIp"}), frozenset({"s3:prefix", "aws:TagKeys"})]),
)


def policy(written: list[dict[str, Any]]) -> Policy:
    return Policy.parse({"Version": "2012-10-17", "Statement": written})


EVERYTHING = policy([{"Effect": "Allow", "Action": "*", "Resource": "*"}])
IDENTITIES = st.sampled_from([(), (EVERYTHING,), None])


def decided(request: Request, written: list[dict[str, Any]], identity: tuple[Policy, ...] | None) -> Effect:
    return evaluate(request, replace(PolicySet.closed(resource=policy(written)), identity=identity)).effect


# From surely refused over not known to surely allowed.
RANK = {Effect.EXPLICIT_DENY: 0, Effect.IMPLICIT_DENY: 0, Effect.UNKNOWN: 1, Effect.ALLOW: 2}


@settings(max_examples=200, deadline=None)
@given(REQUESTS, LISTS, statements(("Deny",)), IDENTITIES)
def test_a_deny_never_adds_access(
    request: Request, written: list[dict[str, Any]], deny: dict[str, Any], identity: tuple[Policy, ...] | None
) -> None:
    before, after = decided(request, written, identity), decided(request, [*written, deny], identity)
    assert RANK[after] <= RANK[before]
    assert before is not Effect.EXPLICIT_DENY or after is before


@settings(max_examples=200, deadline=None)
@given(REQUESTS, LISTS, statements(("Allow",)), IDENTITIES)
def test_an_allow_never_removes_access(
    request: Request, written: list[dict[str, Any]], allow: dict[str, Any], identity: tuple[Policy, ...] | None
) -> None:
    before, after = decided(request, written, identity), decided(request, [*written, allow], identity)
    assert RANK[after] >= RANK[before]
    assert (before is Effect.EXPLICIT_DENY) == (after is Effect.EXPLICIT_DENY)


@settings(max_examples=150, deadline=None)
@given(REQUESTS, LISTS, st.randoms(use_true_random=False), IDENTITIES)
def test_the_order_of_statements_says_nothing(
    request: Request, written: list[dict[str, Any]], random: Any, identity: tuple[Policy, ...] | None
) -> None:
    shuffled = random.sample(written, len(written))
    assert decided(request, shuffled, identity) is decided(request, written, identity)


@settings(max_examples=150, deadline=None)
@given(REQUESTS, LISTS, LISTS, IDENTITIES)
def test_one_merged_policy_says_what_two_attached_ones_say(
    request: Request, one: list[dict[str, Any]], two: list[dict[str, Any]], identity: tuple[Policy, ...] | None
) -> None:
    both = PolicySet(identity, (policy(one), policy(two)), (), (), (), (), ())
    assert decided(request, one + two, identity) is evaluate(request, both).effect


@settings(max_examples=150, deadline=None)
@given(REQUESTS, LISTS, IDENTITIES, st.sampled_from(["boundary", "session", "endpoint", "scps", "rcps"]))
def test_knowing_less_never_allows_more(
    request: Request, written: list[dict[str, Any]], identity: tuple[Policy, ...] | None, layer: str
) -> None:
    known = replace(PolicySet.closed(resource=policy(written)), identity=identity)
    before, after = evaluate(request, known).effect, evaluate(request, replace(known, **{layer: None})).effect
    assert RANK[after] <= RANK[before]


@settings(max_examples=150, deadline=None)
@given(REQUESTS, LISTS, IDENTITIES, st.sampled_from([("true",), ("x",), ("10.9.9.9",), ("a/ann", "c"), None]))
def test_a_decision_made_without_a_keys_value_holds_for_every_value(
    request: Request, written: list[dict[str, Any]], identity: tuple[Policy, ...] | None, value: tuple[str, ...] | None
) -> None:
    blind = replace(request, context={}, unknown_keys=frozenset({"aws:sourceip", "s3:prefix", "aws:tagkeys"}))
    carried = {} if value is None else {"aws:SourceIp": value, "s3:prefix": value, "aws:TagKeys": value}
    sure, seen = (
        decided(blind, written, identity),
        decided(replace(blind, context=carried, unknown_keys=frozenset()), written, identity),
    )
    assert sure is Effect.UNKNOWN or (sure is Effect.ALLOW) == (seen is Effect.ALLOW)
