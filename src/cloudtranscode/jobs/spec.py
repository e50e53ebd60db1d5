"""The job document as clients write it; ``ct schema job`` publishes its JSON Schema."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError

from cloudtranscode.errors import InvalidDocument, InvalidLocation
from cloudtranscode.location import S3Location, parse_s3

_CLOCK = re.compile(r"(?:(?P<h>\d{1,9}):)?(?P<m>\d{1,2}):(?P<s>\d{1,2}(?:\.\d+)?)")
_SECONDS = re.compile(r"(?P<s>\d+(?:\.\d+)?)s?")
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


PresetName = Annotated[str, StringConstraints(min_length=1, max_length=64)]
ObjectUri = Annotated[str, BeforeValidator(_key), Field(examples=["s3://bucket/folder/name.mp4"])]
PrefixUri = Annotated[str, BeforeValidator(_location), Field(examples=["s3://bucket/folder/"])]
Seconds = Annotated[float, BeforeValidator(seconds, json_schema_input_type=float | str)]
# No name and password before the host: they would lie open in the database.
CallbackUrl = Annotated[str, StringConstraints(max_length=2048, pattern=r"^https?://[^@/?#\s]+([/?#]\S*)?$")]
ShortText = Annotated[str, StringConstraints(max_length=1024)]


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Mp4Output(_Document):
    """A progressive MP4 with the index in front."""

    type: Literal["mp4"]
    preset: PresetName
    to: ObjectUri


class HlsOutput(_Document):
    """An HLS ladder of CMAF segments under a prefix; the master playlist is ``master.m3u8``."""

    type: Literal["hls"]
    presets: Annotated[list[PresetName], Field(min_length=1, max_length=16)]
    to: PrefixUri


class PosterOutput(_Document):
    """One JPEG picture of the frame at a time of the source."""

    type: Literal["poster"]
    at: Seconds = 0.0
    to: ObjectUri


Output = Annotated[Mp4Output | HlsOutput | PosterOutput, Field(discriminator="type")]


class JobSpec(_Document):
    """What a client asks for: one source and the outputs to make of it."""

    client: Annotated[str, StringConstraints(min_length=1, max_length=63)]
    input: ObjectUri
    outputs: Annotated[list[Output], Field(min_length=1, max_length=64)]
    priority: Annotated[int, Field(ge=-50, le=50, description="Jobs with a higher number start first.")] = 0
    callback: CallbackUrl | None = None
    metadata: Annotated[dict[ShortText, ShortText], Field(max_length=50)] = Field(default_factory=dict)

    @property
    def source(self) -> S3Location:
        """The source's location."""
        return parse_s3(self.input)

    @property
    def sources(self) -> list[S3Location]:
        """Every object that the job reads, the source first."""
        return [self.source]

    @property
    def destinations(self) -> list[S3Location]:
        """Where each output goes, in the order of ``outputs``."""
        return [parse_s3(output.to) for output in self.outputs]

    @property
    def preset_names(self) -> list[str]:
        """Every preset the job names, with repetitions."""
        return [name for output in self.outputs for name in _presets(output)]


def parse_job(data: dict[str, Any]) -> JobSpec:
    """Validate a document. Errors: :class:`InvalidDocument` naming every faulty field by its path."""
    try:
        spec = JobSpec.model_validate(data)
    except ValidationError as error:
        findings = "; ".join(f"{_path(item['loc'])}: {_reason(item)}" for item in error.errors())
        raise InvalidDocument(f"The job document is not valid: {findings}.") from error
    for path, reason in _collisions(spec):
        raise InvalidDocument(f"The job document is not valid: {path}: {reason}.")
    return spec


def job_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of the job document."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **JobSpec.model_json_schema()}


def _presets(output: Mp4Output | HlsOutput | PosterOutput) -> list[str]:
    match output:
        case Mp4Output():
            return [output.preset]
        case HlsOutput():
            return list(output.presets)
        case PosterOutput():
            return []


def _collisions(spec: JobSpec) -> Iterator[tuple[str, str]]:
    """Outputs that would overwrite each other or the source."""
    places = spec.destinations
    for number, place in enumerate(places):
        if place.contains(spec.source):
            yield f"outputs[{number}].to", "would overwrite the source"
        for earlier, other in enumerate(places[:number]):
            if place.contains(other) or other.contains(place):
                yield f"outputs[{number}].to", f"overlaps with outputs[{earlier}].to"


def _path(loc: tuple[int | str, ...]) -> str:
    """``outputs[0].preset``, without the name of the union's member, which pydantic puts behind the index."""
    path = ""
    for position, step in enumerate(loc):
        if isinstance(step, int):
            path += f"[{step}]"
        elif not (position == 2 and loc[0] == "outputs"):  # noqa: PLR2004  # outputs, index, member
            path += f".{step}" if path else step
    return path or "document"


def _reason(item: Any) -> str:
    message: str = item["msg"].removeprefix("Value error, ")
    if item["type"] == "extra_forbidden":
        return "is not a known field"
    return message[0].lower() + message[1:].rstrip(".")
