"""Depth is counted as JSON has it, whatever stands in strings."""

import json
from typing import Any

import pytest

from cloudtranscode.selfcheck.nesting import is_deep


def nested(levels: int) -> str:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return json.dumps(value)


@pytest.mark.parametrize(("levels", "deep"), [(0, False), (32, False), (33, True), (900, True)])
def test_deeper_than_32_levels_is_deep(levels: int, deep: bool) -> None:
    assert is_deep(nested(levels)) is deep


@pytest.mark.parametrize("text", ['"' + "[" * 99 + '"', '"\\"' + "{" * 99 + '"', "[]" * 99, "]" * 99, ""])
def test_brackets_in_strings_and_beside_each_other_are_not_deep(text: str) -> None:
    assert not is_deep(text)


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000, '"' * 99 + "[" * 99])
def test_texts_that_end_halfway_are_judged_all_the_same(text: str) -> None:
    assert is_deep(text)
