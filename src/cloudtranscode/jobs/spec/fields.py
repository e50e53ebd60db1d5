"""The kinds of values in a job document."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from cloudtranscode.errors import InvalidLocation
from cloudtranscode.location import HttpLocation, parse_s3, parse_source

_CLOCK = re.compile(r"(?:(?P<h>\d{1,9}):)?(?P<m>\d{1,2}):(?P<s>\d{1,2}(?:\.\d+)?)")
_SECONDS = re.compile(r"(?P<s>\d+(?:\.\d+)?)s?")
_PERCENT = re.compile(r"(\d{1,3}(?:\.\d+)?)%")
_MAX_SECONDS = 366 * 24 * 3600.0


def _location(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("must be a string such as s3://bucket/key")  # noqa: TRY004  # pydantic turns only ValueError into a finding
    try:
        return parse_s3(value).uri
    except InvalidLocation as error:
        raise ValueError(error.message) from error


def _key(value: object) -> str:
    uri = _location(value)
    if not parse_s3(uri).key or uri.endswith("/"):
        raise ValueError("must name one object, not a bucket or a folder")
    return uri


def _source(value: object) -> str:
    try:
        found = parse_source(value) if isinstance(value, str) else None
    except InvalidLocation as error:
        raise ValueError(error.message) from error
    return found.url if isinstance(found, HttpLocation) else _key(value)


def seconds(value: object) -> float:
    """Read a time: a number of seconds, ``5s``, ``01:30`` or ``00:01:30.5``. Errors: ``ValueError``."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        found = float(value) if abs(value) <= _MAX_SECONDS else -1.0  # a whole number may be too large for a float
    elif isinstance(value, str) and (match := _SECONDS.fullmatch(value)):
        found = float(match["s"])
    elif isinstance(value, str) and (match := _CLOCK.fullmatch(value)):
        found = int(match["h"] or 0) * 3600 + int(match["m"]) * 60 + float(match["s"])
    else:
        raise ValueError("must be a time such as 5, 5s or 00:01:30.5")
    if not 0 <= found <= _MAX_SECONDS:
        raise ValueError("must be a time from 0 s up to a year")
    return found


def moment(value: object) -> float | str:
    """Read a time, ``25%`` of the duration, or ``best``. Errors: ``ValueError``."""
    if value == "best":
        return "best"
    if isinstance(value, str) and (found := _PERCENT.fullmatch(value)):
        if float(found[1]) > 100:  # noqa: PLR2004  # percent
            raise ValueError("must be from 0% to 100%")
        return value
    return seconds(value)


PresetName = Annotated[str, StringConstraints(min_length=1, max_length=64)]
ObjectUri = Annotated[str, BeforeValidator(_key), Field(examples=["s3://bucket/folder/name.mp4"])]
SourceUri = Annotated[
    str, BeforeValidator(_source), Field(examples=["s3://bucket/folder/name.mp4", "https://host/folder/name.mp4"])
]
PrefixUri = Annotated[str, BeforeValidator(_location), Field(examples=["s3://bucket/folder/"])]
Seconds = Annotated[float, BeforeValidator(seconds, json_schema_input_type=float | str)]
At = Annotated[float | str, BeforeValidator(moment, json_schema_input_type=float | str)]
# No name and password before the host: they would lie open in the database.
CallbackUrl = Annotated[str, StringConstraints(max_length=2048, pattern=r"^https?://[^@/?#\s]+([/?#]\S*)?$")]
ShortText = Annotated[str, StringConstraints(max_length=1024)]
Language = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$")]
"""A tag of BCP 47."""

Table = Annotated[dict[str, Any], Field(max_length=32)]
"""Fields of a preset's table that are to differ."""


class Words(BaseModel):
    """A part of a job document: no other fields, nothing converted."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
