"""From a preset's tables to settings that an encoder can have."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields as dataclass_fields
from typing import Any

from cloudtranscode.errors import InvalidDocument
from cloudtranscode.media.plain import plain, restore
from cloudtranscode.media.presets import codecs
from cloudtranscode.media.presets.document import TABLES, Fields, Value
from cloudtranscode.media.presets.fields import KINDS, converted, problem
from cloudtranscode.media.presets.levels import level_problem
from cloudtranscode.media.rendition import AudioCodec, Preset
from cloudtranscode.media.sound.codecs import CODINGS
from cloudtranscode.media.sound.codecs import problem as sound_problem

USUAL = "usual"
"""The origin of what no preset says: what is usual for the codec."""


def resolve(name: str, fields: Fields) -> Fields:
    """Return the fields checked, each by itself, and with what is usual where nothing is said.

    Errors: :class:`InvalidDocument` naming the preset, the field, and what it may be.
    """
    for table, values in fields.items():
        for field, found in values.items():
            _check(name, f"{table}.{field}", found.value)
    return {table: _complete(table, values) for table, values in fields.items()}


def build(name: str, fields: Fields, **words: str) -> Preset:
    """Make a preset of resolved fields. Errors: :class:`InvalidDocument` for what does not go together."""
    data = {
        table: {field: converted(f"{table}.{field}", found.value) for field, found in fields[table].items()}
        for table in TABLES
        if table in fields
    }
    preset = restore(Preset, {"name": name, **words, **data})
    for finding in _findings(preset):
        raise InvalidDocument(f"Preset {name}: {finding}.")
    return preset


def fingerprint(preset: Preset) -> str:
    """Return the SHA-256 of all that a preset's outputs depend on: not its name, family or description."""
    words = {key: value for key, value in plain(preset).items() if key in TABLES}
    return hashlib.sha256(json.dumps(words, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _check(preset: str, path: str, value: object) -> None:
    if found := problem(path, converted(path, value)):
        raise InvalidDocument(f"Preset {preset}: {path} {found}.")
    if isinstance(value, Mapping):
        for name, inner in value.items():
            _check(preset, f"{path}.{name}", inner)


def _complete(table: str, given: Mapping[str, Value]) -> dict[str, Value]:
    """All fields of a table that have a value, in the order in which the vocabulary names them."""
    values = {name: found.value for name, found in given.items()}
    names = [one.name for one in dataclass_fields(KINDS[table])]
    usual = {one.name: one.default for one in dataclass_fields(KINDS[table]) if one.default is not None}
    usual = _USUAL[table](values, usual)
    found = {name: Value(value, USUAL) for name, value in usual.items()} | dict(given)
    return {name: found[name] for name in names if name in found}


def _usual_sound(values: Mapping[str, Any], usual: Mapping[str, Any]) -> dict[str, Any]:
    lossless = CODINGS[AudioCodec(values.get("codec", AudioCodec.AAC))].lossless
    return {**usual, "rate_kbps": None} if lossless else {name: usual[name] for name in usual if name != "bits"}


_USUAL: dict[str, Callable[[Mapping[str, Any], Mapping[str, Any]], dict[str, Any]]] = {
    "size": lambda _, usual: dict(usual),
    "video": codecs.usual,
    "audio": _usual_sound,
}


def _findings(preset: Preset) -> Iterator[str]:
    if preset.video is None and preset.audio is None:
        yield "has neither a table video nor a table audio"
    if preset.video:
        yield from (f"video.{found}" for found in codecs.problems(preset.video))
        if found := level_problem(preset.video, preset.size):
            yield f"video.{found}"
    if preset.audio and (found := sound_problem(preset.audio)):
        yield f"audio.{found}"
