"""Terraform's language, as ``terraform fmt`` writes it: values, blocks, and comments between them.

Source: https://developer.hashicorp.com/terraform/language/expressions/strings
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

_PLAIN_KEY = re.compile(r"[A-Z][A-Za-z0-9_]*", re.ASCII)
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_BASIC_PLANE = 0xFFFF


@dataclass(frozen=True, slots=True)
class Attribute:
    """``key = value``; ``lines`` is the value as written, of one line or of several."""

    key: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Comment:
    """A line of its own."""

    text: str


Item = Attribute | Comment


def text(value: str) -> str:
    """Quote a string so that it stands for itself: no escape, and no template (``${…}``, ``%{…}``), is left in it."""
    quoted = "".join(_ESCAPES.get(one) or (one if one.isprintable() else _code_point(one)) for one in value)
    return '"' + quoted.replace("${", "$${").replace("%{", "%%{") + '"'


def value(data: Any) -> str:
    """Write JSON data on one line."""
    if isinstance(data, str):
        return text(data)
    if isinstance(data, Mapping):
        members = ", ".join(f"{_key(name)} = {value(item)}" for name, item in data.items())
        return f"{{ {members} }}" if members else "{}"
    if isinstance(data, Sequence):
        return f"[{', '.join(map(value, data))}]"
    return json.dumps(data)


def attribute(name: str, data: Any) -> Attribute:
    """A block's attribute whose value is JSON data."""
    return Attribute(name, (value(data),))


def member(name: str, data: Any) -> Attribute:
    """An object's member whose value is JSON data; its name may need quotes."""
    return Attribute(_key(name), (value(data),))


def body(items: Iterable[Item]) -> Iterator[str]:
    """Write attributes and comments; neighbours of one line each have their ``=`` one below the other."""
    for alike, group in groupby(items, lambda item: isinstance(item, Attribute) and len(item.lines) == 1):
        members = list(group)
        width = max(len(item.key) for item in members if isinstance(item, Attribute)) if alike else 0
        for item in members:
            yield from _written(item, width)


def nested(opening: str, inner: Iterable[str], closing: str) -> tuple[str, ...]:
    """Put lines between brackets, two spaces deeper."""
    return (opening, *(f"  {line}" for line in inner), closing)


def _written(item: Item, width: int) -> tuple[str, ...]:
    if isinstance(item, Comment):
        return (f"# {item.text}",)
    first, *rest = item.lines
    return (f"{item.key:<{width}} = {first}", *rest)


def _key(name: str) -> str:
    return name if _PLAIN_KEY.fullmatch(name) else text(name)


def _code_point(character: str) -> str:
    number = ord(character)
    return f"\\u{number:04x}" if number <= _BASIC_PLANE else f"\\U{number:08x}"
