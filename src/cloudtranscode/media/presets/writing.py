"""A preset written out whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cloudtranscode.media.presets.catalogue import Resolved
from cloudtranscode.media.presets.document import TABLES, Value


def written(found: Resolved) -> str:
    """Return a preset as TOML that is valid by itself; behind each value stands the preset it comes from."""
    return "\n".join(_lines(found)) + "\n"


def _lines(found: Resolved) -> Iterator[str]:
    yield f"description = {_value(found.preset.description)}"
    yield f"family = {_value(found.preset.family)}"
    for table in TABLES:
        fields = {name: one for name, one in found.fields.get(table, {}).items() if one.value not in (None, "")}
        if table in found.fields:
            yield from ("", f"[{table}]", *_fields(fields))


def _fields(fields: Mapping[str, Value]) -> Iterator[str]:
    lines = [(f"{name} = {_value(one.value)}", one.origin) for name, one in fields.items()]
    width = max((len(line) for line, _ in lines), default=0)
    yield from (f"{line:<{width}}  # {origin}" for line, origin in lines)


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{name} = {_value(inner)}' for name, inner in value.items())}}}"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return str(value)
