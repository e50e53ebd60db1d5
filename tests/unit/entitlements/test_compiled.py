"""Compiled policies: the same decision as by walking every statement, and not by walking every statement."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cloudtranscode.entitlements import compiled
from cloudtranscode.entitlements.compiled import CompiledPolicies, compile_policies
from cloudtranscode.entitlements.evaluate import Effect, PolicySet, Principal, Request, evaluate
from cloudtranscode.entitlements.policy import Policy
from support.strategies import POLICY_SETS, REQUESTS

OWNER = "444455556666"
IDENTITY = Policy.parse({"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}})


def account(number: int) -> str:
    return str(111122220000 + number)


def many(size: int) -> PolicySet:
    """Grant each of many accounts reading under a prefix of its own, for which an address is asked."""
    grants = [
        {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{account(number)}:role/stack"},
            "Action": "s3:GetObject",
            "Resource": f"arn:aws:s3:::media/client{number}/*",
            "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}},
        }
        for number in range(size)
    ]
    return PolicySet.closed(identity=(IDENTITY,), resource=Policy.parse({"Statement": grants}))


def ask(number: int, folder: int, **context: tuple[str, ...]) -> Request:
    principal = Principal.from_arn(f"arn:aws:iam::{account(number)}:role/stack")
    return Request(principal, "s3:GetObject", f"arn:aws:s3:::media/client{folder}/film.mov", OWNER, context)


# Seven layers and two dozen requests are long to draw where the machine is busy.
@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(POLICY_SETS, st.lists(REQUESTS, min_size=24, max_size=24))
def test_a_compiled_decision_is_the_walked_one(policies: PolicySet, requests: list[Request]) -> None:
    ready = compile_policies(policies)
    for request in requests:
        assert ready.decide(request) == evaluate(request, policies)


def counted(monkeypatch: pytest.MonkeyPatch, name: str) -> list[Any]:
    """Note every call of one of the questions that a statement asks."""
    asked: list[Any] = []
    question = getattr(compiled, name)

    def ask(*args: Any) -> Any:
        asked.append(args)
        return question(*args)

    monkeypatch.setattr(compiled, name, ask)
    return asked


def test_a_decision_asks_only_the_statements_that_may_match(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("concerns", "takes_action", "takes_resource", "holds")
    concerns, takes_action, takes_resource, holds = (counted(monkeypatch, name) for name in names)
    ready = compile_policies(many(500))
    inside = {"aws:SourceIp": ("10.1.1.1",)}
    assert ready.decide(ask(7, 7, **inside)).effect is Effect.ALLOW
    assert ready.decide(ask(7, 8, **inside)).effect is Effect.IMPLICIT_DENY
    assert ready.decide(ask(7, 7, **{"aws:SourceIp": ("11.1.1.1",)})).effect is Effect.IMPLICIT_DENY
    assert len(concerns) == 2  # the identity policy, and the one statement that names an account of the principal
    assert len(takes_action) == 501  # once for each action
    assert takes_resource == []
    assert len(holds) == 2


def test_what_was_decided_before_does_not_matter() -> None:
    policies = many(30)
    ready = compile_policies(policies)
    requests = [ask(number, folder) for number in range(4) for folder in range(4)]
    requests += [replace(one, resource_account=None) for one in requests]
    requests += [replace(one, resource=one.resource.replace(":aws:", ":aws-cn:")) for one in requests]
    for request in (*requests, *reversed(requests)):
        assert ready.decide(request) == evaluate(request, policies)


def test_a_variant_is_made_once_and_forgotten_when_there_are_too_many() -> None:
    ready, changed = compile_policies(PolicySet.closed()), list[int]()

    def variant(number: int) -> CompiledPolicies:
        def change(policies: PolicySet) -> PolicySet:
            changed.append(number)
            return replace(policies, identity=(IDENTITY,) * number)

        return ready.variant(number, change)

    assert variant(1) is variant(1)
    assert len(variant(2).policies.identity or ()) == 2
    for number in range(3, 200):
        variant(number)
    variant(1)
    assert changed == [*range(1, 200), 1]
