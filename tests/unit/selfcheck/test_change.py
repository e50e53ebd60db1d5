"""What is marked as changed adds up to the two texts."""

from hypothesis import given
from hypothesis import strategies as st

from cloudtranscode.selfcheck.change import Mark, changes

LINES = st.lists(st.sampled_from(["{", "}", "a", "ab", " a,", "é\u2028", ""]), max_size=8).map("\n".join)


@given(LINES, LINES)
def test_kept_and_removed_is_before_kept_and_added_is_after(before: str, after: str) -> None:
    pieces = changes(before, after)
    assert "".join(text for mark, text in pieces if mark is not Mark.ADDED) == before
    assert "".join(text for mark, text in pieces if mark is not Mark.REMOVED) == after
    assert all(text for _, text in pieces)


def test_an_insertion_into_one_line_is_marked_and_nothing_else() -> None:
    assert changes('{"a": [1]}', '{"a": [1, 2]}') == ((Mark.KEPT, '{"a": [1'), (Mark.ADDED, ", 2"), (Mark.KEPT, "]}"))


def test_equal_texts_are_kept_whole() -> None:
    assert changes("a\nb", "a\nb") == ((Mark.KEPT, "a\nb"),)


def test_out_of_nothing_everything_is_added() -> None:
    assert changes("", "a\nb") == ((Mark.ADDED, "a\nb"),)
