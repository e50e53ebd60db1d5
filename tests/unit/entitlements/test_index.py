"""The index of resources: never without a statement that matches, and sure only of those that do."""

from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from cloudtranscode.entitlements.condition import Context
from cloudtranscode.entitlements.index import ResourceIndex, numbers
from cloudtranscode.entitlements.match import takes_resource
from cloudtranscode.entitlements.pattern import Template
from cloudtranscode.entitlements.policy import Policy, Statement

BUCKET = "arn:aws:s3:::in"
TAILS = st.text("ab/*?", max_size=5)
PATTERNS = st.just("*") | st.builds(
    "".join, st.tuples(st.sampled_from([BUCKET, "arn:aws:s3:::", "arn:*:s3:::in"]), TAILS)
)
RESOURCES = st.builds("".join, st.tuples(st.sampled_from([BUCKET, "arn:aws:s3:::", "", "arn:aws:s3:*::in"]), TAILS))


def statement(*resources: str, element: str = "Resource") -> Statement:
    written: dict[str, Any] = {"Effect": "Allow", "Action": "*", element: list(resources)}
    return Policy.parse({"Version": "2012-10-17", "Statement": written}).statements[0]


STATEMENTS = st.lists(
    st.builds(
        lambda resources, element: statement(*resources, element=element),
        st.lists(PATTERNS, min_size=1, max_size=3),
        st.sampled_from(["Resource", "Resource", "NotResource"]),
    ),
    max_size=12,
)


@settings(max_examples=400, deadline=None)
@given(STATEMENTS, st.lists(RESOURCES, min_size=5, max_size=5))
def test_the_index_leaves_out_only_what_does_not_match(statements: list[Statement], resources: list[str]) -> None:
    index = ResourceIndex(statements)
    for resource in resources:
        may, sure = index.find(resource)
        truths = [takes_resource(one, resource, Context()) for one in statements]
        assert set(numbers(sure)) <= {number for number, truth in enumerate(truths) if truth is True}
        assert set(numbers(may)) >= {number for number, truth in enumerate(truths) if truth is not False}
        assert sure & ~may == 0


def found(resource: str, *statements: Statement) -> tuple[list[int], list[int]]:
    may, sure = ResourceIndex(statements).find(resource)
    return list(numbers(may)), list(numbers(sure))


def test_whole_names_and_prefixes_need_no_further_look() -> None:
    several = [statement(*names) for names in (["*"], [f"{BUCKET}/*"], [f"{BUCKET}/a/*"], [BUCKET, f"{BUCKET}/a/b"])]
    assert found(f"{BUCKET}/a/b", *several) == ([0, 1, 2, 3], [0, 1, 2, 3])
    assert found(f"{BUCKET}/a/bc", *several) == ([0, 1, 2], [0, 1, 2])
    assert found(f"{BUCKET}/b", *several) == ([0, 1], [0, 1])
    assert found(BUCKET, *several) == ([0, 3], [0, 3])
    assert found("arn:aws:s3:::other", *several) == ([0], [0])


def test_other_patterns_are_looked_at_where_their_head_fits() -> None:
    several = [statement(name) for name in (f"{BUCKET}/*.mov", f"{BUCKET}/${{aws:username}}/*", "arn:*:s3:::in/*")]
    assert found(f"{BUCKET}/a", *several, statement(BUCKET, element="NotResource")) == ([0, 1, 2, 3], [])
    assert found("arn:aws:s3:::i", *several) == ([2], [])


def test_what_is_no_arn_is_never_sure() -> None:
    odd = [replace(statement("*"), resources=(Template.compile(text, variables=False),)) for text in ("a", "a*")]
    assert found("a", *odd) == ([0, 1], [])


def test_thousands_of_nested_prefixes_are_found_and_left_again() -> None:
    nested = [statement(f"{BUCKET}/{'a' * depth}*") for depth in range(2000)]
    index = ResourceIndex(nested)
    assert index.find(f"{BUCKET}/{'a' * 5000}") == ((1 << 2000) - 1, (1 << 2000) - 1)
    assert index.find(f"{BUCKET}/aaz") == (0b111, 0b111)
    assert index.find(f"{BUCKET}/z") == (1, 1)
    assert index.find("z") == (0, 0)
