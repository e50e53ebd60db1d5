"""A preset as it is written: tables of fields, perhaps on top of another preset."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from cloudtranscode.errors import InvalidDocument

TABLES = ("size", "video", "audio")
_WORDS = ("description", "family", "extends")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")

_ENCODER = ("encoder_preset", "pixel_format", "profile", "level", "tune", "refs", "b_frames", "crf")
"""What means something else to another codec, and is not handed down to it."""

_RATE = ("rate", "crf", "rate_kbps", "max_rate_kbps", "buffer_kbit", "passes")
"""What belongs to one way of controlling the rate, and is not handed down to another."""


@dataclass(frozen=True, slots=True)
class Value:
    """A field's value, and which preset it comes from."""

    value: Any
    origin: str


Fields = Mapping[str, Mapping[str, Value]]
"""Tables by name, fields by name."""


@dataclass(frozen=True, slots=True)
class Document:
    """A preset's own words; ``extends`` names the preset below it."""

    name: str
    description: str
    family: str
    extends: str | None
    tables: Mapping[str, Mapping[str, Any]]


def is_name(name: str) -> bool:
    """Whether a preset can have this name, which is a file's name, too."""
    return bool(_NAME.fullmatch(name))


def read_document(name: str, text: str, family: str) -> Document:
    """Read a preset from TOML; ``family`` is the one it has unless it says another.

    Errors: :class:`InvalidDocument` naming the preset and what is wrong.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidDocument(f"Preset {name}: not TOML: {error}.") from error
    if unknown := sorted(set(data) - {*TABLES, *_WORDS}):
        known = ", ".join((*TABLES, *_WORDS))
        raise InvalidDocument(f"Preset {name}: {unknown[0]} is not known, there are {known}.")
    for word in _WORDS:
        if not isinstance(data.get(word, ""), str):
            raise InvalidDocument(f"Preset {name}: {word} is {data[word]!r}, must be a text.")
    tables = {table: data[table] for table in TABLES if table in data}
    check_tables(name, tables)
    return Document(name, data.get("description", ""), data.get("family", family), data.get("extends"), tables)


def check_tables(name: str, tables: Mapping[str, object]) -> None:
    """Errors: :class:`InvalidDocument` for what is no table."""
    for table, values in tables.items():
        if not isinstance(values, Mapping):
            raise InvalidDocument(f"Preset {name}: {table} is {values!r}, must be a table.")


def layered(layers: Iterable[tuple[str, Mapping[str, Mapping[str, Any]]]]) -> Fields:
    """Lay tables over each other, the lowest first, each with the name that its values come from.

    Another codec does not get what only the one below it knows; another way of controlling the rate gets none of the
    rates. Naming a ``crf`` or a ``rate_kbps`` alone is choosing that way.
    """
    result: dict[str, dict[str, Value]] = {}
    for origin, tables in layers:
        for table, fields in tables.items():
            below = result.setdefault(table, {})
            lost = _not_inherited(below, fields) if table == "video" else ()
            kept = {name: one for name, one in below.items() if name not in lost}
            added = _with_rate(kept, fields) if table == "video" else fields
            result[table] = kept | {name: Value(value, origin) for name, value in added.items()}
    return result


def _not_inherited(below: Mapping[str, Value], fields: Mapping[str, Any]) -> set[str]:
    lost: set[str] = set()
    if "codec" in fields and "codec" in below and fields["codec"] != below["codec"].value:
        lost.update(_ENCODER)
    if _changes_rate(below, fields):
        lost.update(_RATE)
    return lost


def _changes_rate(below: Mapping[str, Value], fields: Mapping[str, Any]) -> bool:
    if "rate" not in below:
        return False
    now, wanted = below["rate"].value, fields.get("rate")
    if wanted is not None:
        return bool(wanted != now)
    return ("crf" in fields and now != "crf") or ("rate_kbps" in fields and now == "crf")


def _with_rate(below: Mapping[str, Value], fields: Mapping[str, Any]) -> Mapping[str, Any]:
    """Say which way of controlling the rate is meant, where only one is possible."""
    if "rate" in fields or "rate" in below:
        return fields
    if "crf" in fields:
        return {"rate": "crf", **fields}
    return {"rate": "vbr", **fields} if "rate_kbps" in fields else fields
