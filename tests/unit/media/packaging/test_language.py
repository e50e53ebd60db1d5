from __future__ import annotations

import pytest

from cloudtranscode.media.packaging.language import macintosh, short_tag, three_letters


@pytest.mark.parametrize(
    ("language", "short", "three"),
    [
        ("en", "en", "eng"),
        ("eng", "en", "eng"),
        ("EN-us", "en-us", "eng"),
        ("ger", "de", "deu"),
        ("zh-Hant", "zh-Hant", "zho"),
        ("yue", "yue", "yue"),
        ("und", None, "und"),
        ("xx", None, "und"),
        ("", None, "und"),
        (None, None, "und"),
        ("not a language", None, "und"),
    ],
)
def test_names_of_languages(language: str | None, short: str | None, three: str) -> None:
    assert short_tag(language) == short
    assert three_letters(language) == three


@pytest.mark.parametrize(
    ("language", "letters"), [("de", "ger"), ("swe", "sve"), ("ja", "jpn"), ("fr", "fra"), ("lb", "und"), (None, "und")]
)
def test_quicktimes_own_names_of_languages(language: str | None, letters: str) -> None:
    assert macintosh(language) == letters
