"""The named presets: one TOML file each beside this module, and their loader."""

from __future__ import annotations

import tomllib
from dataclasses import fields
from importlib import resources
from typing import Any, TypeVar

from cloudtranscode.errors import InvalidDocument, UnknownPreset
from cloudtranscode.media.rendition import AudioSettings, Preset, VideoSettings

_Settings = TypeVar("_Settings", VideoSettings, AudioSettings)

_CHOICES: dict[str, tuple[object, ...]] = {
    "video.codec": ("h264",),
    "video.encoder_preset": ("ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower"),
    "video.pixel_format": ("yuv420p",),
    "audio.codec": ("aac",),
    "audio.sample_rate": (44100, 48000),
}
_RANGES: dict[str, tuple[float, int]] = {
    "video.lines": (16, 4320),
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


def load_preset(name: str) -> Preset:
    """Load a preset by name. Errors: :class:`UnknownPreset` listing the known ones."""
    if not name.isalnum() or not _exists(name):
        raise UnknownPreset(f"There is no preset {name!r}; known are {', '.join(preset_names())}.")
    return parse_preset(name, resources.files(__name__).joinpath(f"{name}.toml").read_text("utf-8"))


def parse_preset(name: str, text: str) -> Preset:
    """Read a preset from TOML with the tables ``video`` and ``audio``.

    Errors: :class:`InvalidDocument` naming the preset, the field and what it may be.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidDocument(f"Preset {name}: not TOML: {error}.") from error
    if unknown := sorted(set(data) - {"video", "audio"}):
        raise InvalidDocument(f"Preset {name}: unknown table {unknown[0]}.")
    preset = Preset(name, _table(name, "video", VideoSettings, data), _table(name, "audio", AudioSettings, data))
    if preset.video.max_rate_kbps < preset.video.rate_kbps:
        raise InvalidDocument(f"Preset {name}: video.max_rate_kbps is below video.rate_kbps.")
    return preset


def _table(preset: str, table: str, kind: type[_Settings], data: dict[str, Any]) -> _Settings:
    values: Any = data.get(table)
    if not isinstance(values, dict):
        raise InvalidDocument(f"Preset {preset}: the table {table} is missing.")
    known: list[str] = [field.name for field in fields(kind)]
    for name in [*known, *values]:
        problem = _problem(f"{table}.{name}", values.get(name), known=name in known)
        if problem:
            raise InvalidDocument(f"Preset {preset}: {table}.{name} {problem}.")
    return kind(**values)


def _problem(path: str, value: object, *, known: bool) -> str | None:
    if not known:
        return "is not a setting"
    if value is None:
        return "is missing"
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
    return load_preset(name).video.lines
