"""Values of this room as plain JSON data, and back: what a durable step keeps."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from typing import Any, TypeVar

import cattrs

_Value = TypeVar("_Value")


def plain(value: object) -> Any:
    """Return plain JSON data; a fraction as ``"24000/1001"``."""
    return _converter().unstructure(value)


def restore(kind: type[_Value], data: object) -> _Value:
    """Rebuild a value of ``kind`` from :func:`plain`."""
    return _converter().structure(data, kind)


@cache
def _converter() -> cattrs.Converter:
    converter = cattrs.Converter(unstruct_collection_overrides={tuple: list, frozenset: sorted})
    converter.register_unstructure_hook(Fraction, str)
    converter.register_structure_hook(Fraction, lambda text, _: Fraction(text))
    for union in (float | str, float | str | None):  # a length in pixels, or a part such as "15%"
        converter.register_structure_hook(union, lambda value, _: value)
    return converter
