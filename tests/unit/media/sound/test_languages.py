"""Three letters, two letters, regions: one language."""

from __future__ import annotations

import pytest

from cloudtranscode.media.sound.languages import is_spoken, language_tag


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("swe", "sv"),
        ("SWE", "sv"),
        ("ger", "de"),  # bibliographic
        ("deu", "de"),  # terminological
        ("pt-br", "pt-BR"),
        ("en_US", "en-US"),
        ("haw", "haw"),
        ("und", None),
        ("mul", None),
        ("", None),
        (None, None),
        ("English please", None),
    ],
)
def test_tags(text: str | None, tag: str | None) -> None:
    assert language_tag(text) == tag


@pytest.mark.parametrize("wanted", ["sv", "swe", "sv-SE"])
@pytest.mark.parametrize("found", ["sv", "swe", "sv-SE"])
def test_every_way_of_saying_swedish(wanted: str, found: str) -> None:
    assert is_spoken(wanted, found)


@pytest.mark.parametrize(
    ("wanted", "found"), [("sv", "nor"), ("pt-BR", "pt-PT"), ("zh-Hant", "zh-Hans"), ("sv", None), ("en", "und")]
)
def test_others(wanted: str, found: str | None) -> None:
    assert not is_spoken(wanted, found)


def test_a_language_without_a_name_can_be_asked_for() -> None:
    assert is_spoken("und", None)
