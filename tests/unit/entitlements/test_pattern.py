"""Wildcards and variables, against regular expressions that say the same."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloudtranscode.entitlements.pattern import Gap, Template, Wild, glob, glob_arn, tokenize

TEXTS = st.text("ab:/", max_size=12)
PATTERNS = st.text("ab:/*?", max_size=10)
ARN_LIKE = st.lists(st.text("ab*?", max_size=2), min_size=4, max_size=9).map(":".join)


def regular(pattern: str) -> str:
    return "".join({"*": ".*", "?": "."}.get(character, re.escape(character)) for character in pattern)


@settings(max_examples=1000, deadline=None)
@given(PATTERNS, TEXTS)
def test_a_glob_matches_what_its_regular_expression_matches(pattern: str, text: str) -> None:
    assert glob(tokenize(pattern), text) is (re.fullmatch(regular(pattern), text) is not None)


@settings(max_examples=1000, deadline=None)
@given(ARN_LIKE, ARN_LIKE)
def test_arns_match_segment_by_segment(pattern: str, text: str) -> None:
    answer = glob_arn(tokenize(pattern), text)
    wanted, found = pattern.split(":", 5), text.split(":", 5)
    if min(len(wanted), len(found)) < 6:
        assert answer is Gap.UNREADABLE
    else:
        assert answer is all(re.fullmatch(regular(one), other) for one, other in zip(wanted, found, strict=True))


@pytest.mark.parametrize("pattern", ["*a" * 200 + "b", "*a?" * 200 + "b", "a*" * 200 + "b", "*" * 2000 + "b"])
def test_hostile_patterns_end(pattern: str) -> None:
    assert not glob(tokenize(pattern), "a" * 2000)


def test_what_fills_a_variable_is_taken_as_it_is() -> None:
    def matches(value: str, text: str) -> bool:
        tokens = Template.compile("x/${aws:who}${*}*y", variables=True).expand(lambda _key: value)
        return not isinstance(tokens, Gap) and glob(tokens, text)

    assert matches("*", "x/**-y")
    assert not matches("*", "x/a*-y")
    assert matches("", "x/*y")
    assert matches("a:b", "x/a:b*:y")


@pytest.mark.parametrize(
    ("text", "head", "parts"),
    [
        ("in/${*}${$}a*b", "in/*$a", 3),
        ("in/${aws:who}", "in/", 2),
        ("*", "", 1),
        ("", "", 0),
        ("${aws:who}a", "", 2),
    ],
)
def test_the_head_is_what_stands_before_the_first_wildcard_or_variable(text: str, head: str, parts: int) -> None:
    template = Template.compile(text, variables=True)
    assert (template.head, len(template.parts)) == (head, parts)


def test_texts_are_taken_apart_into_runs() -> None:
    assert tokenize("ab*c?") == ["ab", Wild.MANY, "c", Wild.ONE]
    assert tokenize("ab*", wildcards=False) == ["ab*"]
