"""Compiled policies: the same decision as by walking every statement, whatever was asked before."""

from hypothesis import given, settings
from hypothesis import strategies as st

from cloudtranscode.entitlements.compiled import compile_policies
from cloudtranscode.entitlements.evaluate import PolicySet, Request, evaluate
from support.strategies import POLICY_SETS, REQUESTS

OWNER = "444455556666"


@settings(max_examples=400, deadline=None)
@given(POLICY_SETS, st.lists(REQUESTS, min_size=15, max_size=15))
def test_a_compiled_decision_is_the_walked_one(policies: PolicySet, requests: list[Request]) -> None:
    ready = compile_policies(policies)
    for request in requests:
        assert ready.decide(request) == evaluate(request, policies)
