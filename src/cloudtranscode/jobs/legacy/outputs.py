"""The outputs of the earlier stack as outputs of ours."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from cloudtranscode.jobs.legacy.fields import Fields
from cloudtranscode.jobs.legacy.values import folder_of, key_of, size, suffix_of, whole, words
from cloudtranscode.jobs.legacy.video import audio_table, video_output
from cloudtranscode.media.images.formats import SUFFIXES
from cloudtranscode.media.images.geometry import parse_geometry

_STILLS = {"jpg": "jpg", "jpeg": "jpg", "png": "png", "webp": "webp"}
_SOUNDS = {
    "m4a": "aac-128",
    "mp3": "mp3-192",
    "ogg": "opus-128",
    "flac": "flac",
    "wav": "wav",
    "ac3": "ac3-192",
    "eac3": "eac3-192",
}
_COUNTED = re.compile(r"%0[1-9]d")
_EVERY_S = 10.0


def output(fields: Fields, source_suffix: str) -> dict[str, Any]:
    """Map one output; ``source_suffix`` is what ``name.*`` gets. Errors: ``InvalidDocument`` with the field's path."""
    if fields.value("custom_cmd"):
        fields.refuse("custom_cmd", "was a line for a shell, which this stack runs for nobody")
    kind = fields.needed("type", "output_type")
    made = _KINDS.get(kind.upper())
    if made is None:
        fields.refuse(fields.named("type", "output_type"), f"{kind!r} is none of {', '.join(_KINDS)}")
    bucket, key = fields.needed("bucket", "output_bucket"), key_of(fields, suffix=source_suffix)
    found = made(fields, f"s3://{bucket}/{key}")
    fields.kept(fields.named("type", "output_type"), f"type {found['type']}")
    for name in ("bucket", "output_bucket", "path", "output_path", "file", "output_file"):
        fields.kept(name, f"to {found['to']}")
    fields.dropped("custom_cmd", "it is empty")
    fields.dropped("s3_rrs", "outputs are stored in the storage's own default class")
    fields.dropped("s3_encrypt", "the encryption that the bucket is set to holds for every object")
    fields.close()
    return found


def _thumb(fields: Fields, to: str) -> dict[str, Any]:
    suffix, mode = suffix_of(to), fields.text("mode") or "snapshot"
    if suffix not in _STILLS:
        fields.refuse(fields.named("file", "output_file"), f"must end with one of {', '.join(_STILLS)}")
    sides = size(fields)
    fields.kept("size", f"size: {words(sides)}")
    if mode == "snapshot":
        found: dict[str, Any] = {"type": "poster", "at": whole(fields.number("snapshot_sec") or 0.0), "to": to}
        fields.kept("snapshot_sec", f"at {found['at']}")
        fields.dropped("intervals", "it is for the mode intervals")
    elif mode == "intervals":
        found = _thumbnails(fields, to, suffix)
    else:
        fields.refuse("mode", "must be snapshot or intervals")
    fields.kept("mode", f"type {found['type']}")
    return {**found, **({"size": sides} if sides else {})}


def _thumbnails(fields: Fields, to: str, suffix: str) -> dict[str, Any]:
    stem = to.rpartition("/")[2].rpartition(".")[0]
    every = fields.number("intervals")
    every = _EVERY_S if every is None else every
    fields.kept("intervals", f"every {every:g} s")
    fields.dropped("snapshot_sec", "it is for the mode snapshot")
    name = stem if _COUNTED.search(stem) else f"{stem}%06d"
    return {"type": "thumbnails", "every": whole(every), "format": _STILLS[suffix], "name": name, "to": folder_of(to)}


def _image(fields: Fields, to: str) -> dict[str, Any]:
    if f".{suffix_of(to)}" not in SUFFIXES:
        fields.refuse(fields.named("file", "output_file"), f"must end with one of {', '.join(SUFFIXES)}")
    steps = [{name: text} for name in ("resize", "thumbnail", "crop") if (text := _geometry(fields, name))]
    quality = fields.number("quality")
    fields.kept("quality", f"quality {quality:.0f}" if quality is not None else "")
    return {
        "type": "image",
        **({} if quality is None else {"quality": round(quality)}),
        **({"steps": steps} if steps else {}),
        "to": to,
    }


def _geometry(fields: Fields, name: str) -> str | None:
    given = fields.text(name)
    try:
        if given:
            parse_geometry(given)
    except ValueError as error:
        fields.refuse(name, str(error))
    fields.kept(name, f"the step {name}: {given}")
    return given


def _audio(fields: Fields, to: str) -> dict[str, Any]:
    suffix = suffix_of(to)
    if suffix not in _SOUNDS:
        fields.refuse(fields.named("file", "output_file"), f"must end with one of {', '.join(_SOUNDS)}")
    fields.dropped("preset", f"a file of sound has a preset of sound: {_SOUNDS[suffix]}")
    table = audio_table(fields)
    return {"type": suffix, "preset": _SOUNDS[suffix], **({"audio": table} if table else {}), "to": to}


_KINDS: dict[str, Callable[[Fields, str], dict[str, Any]]] = {
    "VIDEO": video_output,
    "THUMB": _thumb,
    "IMAGE": _image,
    "IMG": _image,
    "AUDIO": _audio,
}
