"""The parser: what it accepts, where it says a mistake is, and that nothing odd ever allows."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloudtranscode.entitlements.evaluate import Effect, PolicySet, Principal, Request, evaluate
from cloudtranscode.entitlements.policy import Policy
from cloudtranscode.errors import InvalidPolicy

GOOD: dict[str, Any] = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}
REQUEST = Request(
    Principal.from_arn("arn:aws:iam::111122223333:role/stack"), "s3:GetObject", "arn:aws:s3:::b/k", "444455556666"
)
IDENTITY = Policy.parse({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}})


def effect(policy: Policy) -> Effect:
    return evaluate(REQUEST, PolicySet.closed(identity=(IDENTITY,), resource=policy)).effect


def test_the_baseline_of_these_tests_allows() -> None:
    assert effect(Policy.parse({"Version": "2012-10-17", "Statement": GOOD})) is Effect.ALLOW


def test_one_statement_may_stand_without_its_list() -> None:
    text = json.dumps({"Version": "2012-10-17", "Statement": GOOD})
    assert Policy.parse(text).statements == Policy.parse({"Statement": [GOOD]}).statements


def test_json_booleans_and_numbers_are_condition_values_as_written() -> None:
    text = json.dumps({"Statement": {**GOOD, "Condition": {"Bool": {"aws:SecureTransport": True}}}})
    assert [value.text for value in Policy.parse(text).statements[0].conditions[0].values] == ["true"]


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"Action": 7}, "Statement[1].Action"),
        ({"Action": ["s3:Get*", "s*:Get"]}, "Statement[1].Action[1]"),
        ({"Action": []}, "Statement[1].Action"),
        ({"NotAction": "s3:Get*"}, "Statement[1].Action"),
        ({"Resource": "bucket/*"}, "Statement[1].Resource"),
        ({"Resource": ["*", "arn:aws:s3:${aws:x}::b"]}, "Statement[1].Resource[1]"),
        ({"Resource": "arn:aws:s3:::b/${aws:x"}, "Statement[1].Resource"),
        ({"Effect": "allow"}, "Statement[1].Effect"),
        ({"Principal": {"AWS": ["*", "me"]}}, "Statement[1].Principal.AWS[1]"),
        ({"Principal": "me"}, "Statement[1].Principal"),
        ({"Principal": {"Amazon": "*"}}, "Statement[1].Principal.Amazon"),
        ({"NotPrincipal": "*"}, "Statement[1].Principal"),
        ({"Condition": {"StringMatches": {"aws:x": "a"}}}, "Statement[1].Condition.StringMatches.aws:x"),
        ({"Condition": {"StringEquals": {"aws:x": [["a"]]}}}, "Statement[1].Condition.StringEquals.aws:x[0]"),
        ({"Condition": {"StringEquals": {}}}, "Statement[1].Condition.StringEquals"),
        ({"Condition": []}, "Statement[1].Condition"),
        ({"Sid": 1}, "Statement[1].Sid"),
        ({"Principal": {}}, "Statement[1].Principal"),
        ({"Principal": {"AWS": "arn:aws:iam::444455556666:group/g"}}, "Statement[1].Principal.AWS"),
        ({"Condition": {"StringEquals": {"prefix": "a"}}}, "Statement[1].Condition.StringEquals.prefix"),
        ({"Efect": "Allow"}, "Statement[1].Efect"),
    ],
)
def test_a_mistake_is_named_with_its_path(change: dict[str, Any], path: str) -> None:
    document = {"Version": "2012-10-17", "Statement": [GOOD, {**GOOD, **change}]}
    for source in (document, json.dumps(document)):
        with pytest.raises(InvalidPolicy) as caught:
            Policy.parse(source)
        assert caught.value.message.startswith(f"{path}: ")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"Statement": [{"Effect": "Deny", "Effect": "Allow"}]}', "Statement[0]: 'Effect' is written twice."),
        ('{"Version": "2012-10-17"}', "Statement: is missing."),
        ('{"Statement": []}', "Statement: is empty."),
        ('{"Statement": {"Action": "*", "Resource": "*"}}', "Statement.Effect: is missing."),
        ('{"Version": "2020-01-01", "Statement": []}', "Version: "),
        ('{"Statements": []}', "Statements: "),
        ("[]", "The policy: must be an object."),
        ("", "The policy: not JSON"),
        ('{"a": NaN', "The policy: not JSON"),
        ("[" * 100_000, "The policy: "),
        ('{"Statement": ' * 18_000, "The policy: "),
        ('{"Id": "' + "x" * 300_000 + '", "Statement": []}', "The policy: the document is larger"),
        ('{"Id": 1' + "0" * 10_000 + ', "Statement": ' + json.dumps(GOOD) + "}", "Id: must be a string."),
        ('{"Statement": "\ud800"}', "Statement: must be an object."),
    ],
)
def test_broken_documents_are_refused(text: str, message: str) -> None:
    with pytest.raises(InvalidPolicy) as caught:
        Policy.parse(text)
    assert caught.value.message.startswith(message)


def test_huge_numbers_in_data_are_refused() -> None:
    with pytest.raises(InvalidPolicy):
        Policy.parse({"Statement": {**GOOD, "Condition": {"NumericEquals": {"aws:x": 10**5000}}}})


def test_origin_access_identities_of_live_buckets_parse() -> None:
    name = "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1EXAMPLE"
    assert effect(Policy.parse({"Statement": {**GOOD, "Principal": {"AWS": name}}})) is Effect.IMPLICIT_DENY


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=12,
)
ELEMENTS = st.sampled_from(["Sid", "Effect", "Principal", "NotPrincipal", "Action", "Resource", "Condition", "Efect"])


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200) | JSON.map(json.dumps))
def test_any_text_is_a_policy_or_an_invalid_policy(text: str) -> None:
    try:
        policy = Policy.parse(text)
    except InvalidPolicy:
        return
    assert effect(policy) is not Effect.ALLOW


@settings(max_examples=300, deadline=None)
@given(ELEMENTS, JSON)
def test_a_statement_with_one_element_made_odd_is_refused_or_still_means_what_it_says(name: str, odd: Any) -> None:
    try:
        policy = Policy.parse({"Version": "2012-10-17", "Statement": {**GOOD, name: odd}})
    except InvalidPolicy:
        return
    says_everyone = odd in ("*", ["*"])
    says_nothing = name == "Sid" or (name == "Condition" and not policy.statements[0].conditions)
    assert effect(policy) is not Effect.ALLOW or says_everyone or says_nothing


@settings(max_examples=200, deadline=None)
@given(st.integers(min_value=0), st.sampled_from("\"'{}[]:,*?$x0 \\\n"))
def test_one_character_changed_never_widens_a_grant_to_another_key(at: int, character: str) -> None:
    text = json.dumps({"Version": "2012-10-17", "Statement": [{**GOOD, "Resource": "arn:aws:s3:::b/only/this"}]})
    at %= len(text)
    try:
        policy = Policy.parse(text[:at] + character + text[at + 1 :])
    except InvalidPolicy:
        return
    assert effect(policy) is not Effect.ALLOW
