"""Condition operators, rule by rule."""

import pytest

from cloudtranscode.entitlements.condition import Context, compile_condition
from cloudtranscode.entitlements.truth import Truth


def holds(operator: str, values: str | list[str], *carried: str, key: str = "aws:k") -> Truth:
    """Whether the condition holds for a request that carries ``carried`` under ``aws:k``."""
    wanted = [values] if isinstance(values, str) else values
    context = Context({"aws:k": carried, "aws:who": ("ann",)} if carried else {"aws:who": ("ann",)})
    return compile_condition(operator, key, wanted, variables=True).holds(context)


def test_rule_14_values_or_negated_values_none_match_and_key_names_ignore_case() -> None:
    assert holds("StringEquals", ["a", "b"], "b", key="AWS:K") is True
    assert holds("StringNotEquals", ["a", "b"], "b") is False
    assert holds("StringNotEquals", ["a", "b"], "c") is True


@pytest.mark.parametrize(
    ("operator", "truth"),
    [
        ("StringEquals", False),
        ("StringNotEquals", True),
        ("NotIpAddress", True),
        ("ArnNotLike", True),
        ("StringEqualsIfExists", True),
        ("IpAddressIfExists", True),
        ("ForAllValues:StringEquals", True),
        ("ForAllValues:StringNotEquals", True),
        ("ForAnyValue:StringEquals", False),
        ("ForAnyValue:StringNotEquals", False),
        ("ForAnyValue:StringEqualsIfExists", True),
    ],
)
def test_rule_15_missing_key(operator: str, truth: bool) -> None:
    value = {"NotIpAddress": "10.0.0.1", "IpAddressIfExists": "10.0.0.1", "ArnNotLike": "arn:aws:iam::1:role/x"}
    assert holds(operator, value.get(operator, "a")) is truth


def test_rule_15_null_tests_presence() -> None:
    assert holds("Null", "true") is True
    assert holds("Null", "false") is False
    assert holds("Null", "true", "x") is False
    assert holds("Null", "False", "x") is True


def test_rule_15_several_values() -> None:
    assert holds("ForAllValues:StringEquals", ["a", "b"], "a", "b") is True
    assert holds("ForAllValues:StringEquals", ["a", "b"], "a", "c") is False
    assert holds("ForAnyValue:StringEquals", ["a", "b"], "a", "c") is True
    assert holds("ForAnyValue:StringNotEquals", ["a", "b"], "a", "c") is True
    assert holds("StringEquals", "a", "a", "c") is None  # AWS gives this no meaning


@pytest.mark.parametrize("operator", ["ArnEquals", "ArnLike"])
def test_rule_16_arns_glob_each_segment(operator: str) -> None:
    assert holds(operator, "arn:aws:iam::1:role/*", "arn:aws:iam::1:role/a/b") is True
    assert holds(operator, "arn:aws:iam::?:role/a", "arn:aws:iam::12:role/a") is False
    assert holds(operator, "arn:*:role/a:::x", "arn:aws:iam::1:role/a") is False
    assert holds(operator, "arn:aws:iam::1:*", "no ARN") is False
    assert holds(operator.replace("Arn", "ArnNot"), "arn:aws:iam::1:*", "no ARN") is None


def test_rule_16_string_like_globs_the_whole() -> None:
    assert holds("StringLike", "a*c?", "a:b/cd") is True
    assert holds("StringLike", "A*", "ab") is False
    assert holds("StringEquals", "a*", "ab") is False
    assert holds("StringEqualsIgnoreCase", "AbC", "aBc") is True
    assert holds("StringNotLike", "a*", "ab") is False


def test_rule_13_variables_in_string_conditions() -> None:
    assert holds("StringEquals", "${aws:who}/x", "ann/x") is True
    assert holds("StringLike", "${aws:who}${*}*", "ann*x") is True
    assert holds("StringLike", "${aws:who}${*}*", "annx") is False
    assert holds("StringEquals", "${aws:nobody}", "") is False
    assert holds("StringNotEquals", "${aws:nobody}", "x") is None


@pytest.mark.parametrize(
    ("wanted", "carried", "truth"),
    [
        ("203.0.113.7", "203.0.113.7", True),
        ("203.0.113.7", "203.0.113.8", False),
        ("203.0.113.0/24", "203.0.113.8", True),
        ("2001:db8::/32", "2001:db8::1", True),
        ("::ffff:203.0.113.0/120", "203.0.113.1", False),
        ("0.0.0.0/0", "::1", False),
        ("0.0.0.0/0", "nonsense", False),
    ],
)
def test_rule_17_addresses(wanted: str, carried: str, truth: bool) -> None:
    assert holds("IpAddress", wanted, carried) is truth


@pytest.mark.parametrize(
    ("operator", "wanted", "carried", "truth"),
    [
        ("DateLessThan", "2026-01-02T00:00:00Z", "2026-01-01T23:59:59Z", True),
        ("DateLessThan", "2026-01-02T00:00:00Z", "2026-01-02T01:00:00+02:00", True),
        ("DateEquals", "2026-01-01", "1767225600", True),
        ("DateGreaterThanEquals", "1767225600", "2026-01-01T00:00:00Z", True),
        ("DateGreaterThan", "2026-13-01", "2026-01-01", False),
        ("DateLessThan", "tomorrow", "2026-01-01", False),
        ("DateNotEquals", "tomorrow", "2026-01-01", None),
        ("NumericLessThanEquals", "10", "10.0", True),
        ("NumericGreaterThan", "9", "10", True),
        ("NumericEquals", "ten", "10", False),
        ("NumericNotEquals", "ten", "10", None),
        ("Bool", "true", "TRUE", True),
        ("Bool", "false", "true", False),
    ],
)
def test_rule_18_dates_numbers_and_booleans(operator: str, wanted: str, carried: str, truth: Truth) -> None:
    assert holds(operator, wanted, carried) is truth


@pytest.mark.parametrize(
    ("operator", "value"),
    [
        ("StringMatches", "a"),
        ("stringequals", "a"),
        ("ForSomeValues:StringEquals", "a"),
        ("ForAnyValue:Null", "true"),
        ("NullIfExists", "true"),
        ("IpAddress", "300.0.0.1"),
        ("IpAddress", "${aws:who}"),
        ("Bool", "yes"),
        ("Null", "maybe"),
        ("ArnLike", "*"),
        ("StringLike", "${aws:who"),
    ],
)
def test_what_is_not_understood_is_refused_at_load(operator: str, value: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        holds(operator, value, "x")
