"""What holds for every policy: denials only take away, grants only add, and order says nothing."""

from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from cloudtranscode.entitlements.evaluate import Effect, PolicySet, Request, evaluate
from cloudtranscode.entitlements.policy import Policy
from support.strategies import LISTS, REQUESTS, policy, statements

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
