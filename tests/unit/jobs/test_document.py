"""Untrusted texts: what is read, and what is refused with a reason."""

import contextlib
import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudtranscode.errors import InvalidDocument
from cloudtranscode.jobs.document import read_document


def test_reads_json_and_yaml_alike() -> None:
    assert read_document('{"client": "A", "n": [1, 2]}') == read_document("client: A\nn: [1, 2]")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a: 1\na: 2", "'a' stands twice"),
        ('{"a": 1, "a": 2}', "'a' stands twice"),
        ("a: &x [1]\nb: *x", "aliases"),
        ("a: &x\n  b: *x", "aliases"),
        ("- 1", "not an object"),
        ("", "not an object"),
        ("{", "cannot be read"),
        ("a: !!python/object/apply:os.system [id]", "cannot be read"),
        ("{a: " * 5000, "cannot be read"),
        ('{"a":' * 100_000, "cannot be read"),
        ("a: " + "x" * (1 << 20), "larger than 1 MiB"),
    ],
)
def test_refuses_what_surprises(text: str, reason: str) -> None:
    with pytest.raises(InvalidDocument, match=reason):
        read_document(text)


_MANY = 40_000


@pytest.mark.parametrize(
    "text",
    [
        "".join(f"{n}:\n" for n in range(_MANY)),
        json.dumps({str(n): n for n in range(_MANY)}).replace("}", f', "{_MANY - 1}": 0}}'),
    ],
)
def test_many_keys_take_a_time_in_proportion(text: str) -> None:
    """Comparing each key with each other one took half a minute."""
    began = time.process_time()
    with contextlib.suppress(InvalidDocument):
        read_document(text)
    assert time.process_time() - began < 5


def test_a_yaml_key_that_is_no_scalar_is_refused() -> None:
    with pytest.raises(InvalidDocument, match="cannot be read"):
        read_document("? [1, 2]\n: 3")


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(InvalidDocument):
        assert isinstance(read_document(text), dict)


@given(st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=5), max_size=4))
def test_json_comes_back_as_written(data: dict[str, object]) -> None:
    assert read_document(json.dumps(data)) == data
