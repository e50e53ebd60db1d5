"""The named presets: one TOML file each beside this module, and their loader."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import fields
from importlib import resources
from typing import Any

from cloudtranscode.errors import InvalidDocument, UnknownPreset
from cloudtranscode.media.outputs import PresetChoice
from cloudtranscode.media.plain import restore
from cloudtranscode.media.rendition import AudioSettings, Preset, Size, VideoSettings

_TABLES: dict[str, type] = {"size": Size, "video": VideoSettings, "audio": AudioSettings}
_WORDS = {"description", "family"}
_CHOICES: dict[str, tuple[object, ...]] = {
    "video.codec": ("h264",),
    "video.encoder_preset": ("ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower"),
    "video.pixel_format": ("yuv420p",),
    "video.rate": ("vbr",),
    "audio.codec": ("aac",),
    "audio.sample_rate": (44100, 48000),
}
_RANGES: dict[str, tuple[float, int]] = {
    "size.lines": (16, 4320),
    "video.rate_kbps": (16, 200_000),
    "video.max_rate_kbps": (16, 400_000),
    "video.buffer_kbit": (16, 800_000),
    "video.gop_s": (0.5, 10),
    "audio.rate_kbps": (16, 512),
    "audio.channels": (1, 2),
}


def preset_names() -> list[str]:
    """The names of all presets, the largest picture first."""
    names = [entry.name.removesuffix(".toml") for entry in resources.files(__name__).iterdir()]
    return sorted((name for name in names if "." not in name and _exists(name)), key=lambda name: -_lines(name))


def load_preset(choice: PresetChoice | str) -> Preset:
    """Load a preset by name, or as a choice that differs from it. Errors: :class:`UnknownPreset` listing the known."""
    choice = PresetChoice(choice) if isinstance(choice, str) else choice
    name = choice.name
    if not name.isalnum() or not _exists(name):
        raise UnknownPreset(f"There is no preset {name!r}; known are {', '.join(preset_names())}.")
    text = resources.files(__name__).joinpath(f"{name}.toml").read_text("utf-8")
    return parse_preset(name, text, {"size": choice.size, "video": choice.video, "audio": choice.audio})


def parse_preset(name: str, text: str, changes: Mapping[str, Mapping[str, Any]] | None = None) -> Preset:
    """Read a preset from TOML with the tables ``size``, ``video`` and ``audio``.

    Errors: :class:`InvalidDocument` naming the preset, the field and what it may be.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidDocument(f"Preset {name}: not TOML: {error}.") from error
    if unknown := sorted(set(data) - {*_TABLES, *_WORDS}):
        raise InvalidDocument(f"Preset {name}: unknown table {unknown[0]}.")
    for table, change in (changes or {}).items():
        if change:
            data[table] = {**data.get(table, {}), **change}
    for table, kind in _TABLES.items():
        _check(name, table, kind, data.get(table, {}))
    preset = restore(Preset, {"name": name, **data})
    video = preset.video
    if video and video.max_rate_kbps and video.rate_kbps and video.max_rate_kbps < video.rate_kbps:
        raise InvalidDocument(f"Preset {name}: video.max_rate_kbps is below video.rate_kbps.")
    return preset


def _check(preset: str, table: str, kind: type, values: object) -> None:
    if not isinstance(values, dict):
        raise InvalidDocument(f"Preset {preset}: {table} is not a table.")
    known = [field.name for field in fields(kind)]
    for name, value in values.items():
        problem = _problem(f"{table}.{name}", value, known=name in known)
        if problem:
            raise InvalidDocument(f"Preset {preset}: {table}.{name} {problem}.")


def _problem(path: str, value: object, *, known: bool) -> str | None:
    if not known:
        return "is not a setting"
    if path in _CHOICES and value not in _CHOICES[path]:
        return f"is {value!r}, must be one of {', '.join(map(str, _CHOICES[path]))}"
    if path in _RANGES:
        low, high = _RANGES[path]
        whole = path != "video.gop_s"
        if isinstance(value, bool) or not isinstance(value, int if whole else int | float) or not low <= value <= high:
            return f"is {value!r}, must be a {'whole ' if whole else ''}number from {low} to {high}"
    return None


def _exists(name: str) -> bool:
    return resources.files(__name__).joinpath(f"{name}.toml").is_file()


def _lines(name: str) -> int:
    return load_preset(name).size.lines or 0
