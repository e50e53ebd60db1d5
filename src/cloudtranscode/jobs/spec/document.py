"""The job document as clients write it; ``ct schema job`` publishes its JSON Schema."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import Field, StringConstraints, ValidationError

from cloudtranscode.errors import InvalidDocument
from cloudtranscode.jobs.spec.fields import CallbackUrl, ShortText, Words
from cloudtranscode.jobs.spec.inputs import Clip, Input, lent_names
from cloudtranscode.jobs.spec.outputs import Output
from cloudtranscode.jobs.spec.tracks import Tracks
from cloudtranscode.location import HttpLocation, S3Location, parse_s3, parse_source
from cloudtranscode.media.outputs import PresetChoice


class JobSpec(Words):
    """What a client asks for: one source and the outputs to make of it."""

    client: Annotated[str, StringConstraints(min_length=1, max_length=63)]
    input: Input
    tracks: Tracks = Field(default_factory=Tracks)
    outputs: Annotated[list[Output], Field(min_length=1, max_length=64)]
    priority: Annotated[int, Field(ge=-50, le=50, description="Jobs with a higher number start first.")] = 0
    callback: CallbackUrl | None = None
    metadata: Annotated[dict[ShortText, ShortText], Field(max_length=50)] = Field(default_factory=dict)

    @property
    def clips(self) -> list[Clip]:
        """What is transcoded: one clip, or several that are joined."""
        return self.input

    @property
    def lent(self) -> dict[str, S3Location | HttpLocation]:
        """Everything that the job reads, by the name that tools know it by: ``source``, ``clip1``, ``image0``."""
        images = [uri for output in self.outputs for uri in output.images]
        names = lent_names({"clip": [clip.uri for clip in self.clips], "image": images, "text": self.tracks.files})
        return {name: parse_source(uri) for name, uri in names.items()}

    @property
    def source(self) -> S3Location | HttpLocation:
        """The location of the first clip."""
        return self.lent["source"]

    @property
    def sources(self) -> list[S3Location | HttpLocation]:
        """Everything that the job reads, once each, the source first."""
        return list(dict.fromkeys(self.lent.values()))

    @property
    def destinations(self) -> list[S3Location]:
        """Where each output goes, in the order of ``outputs``."""
        return [parse_s3(output.to) for output in self.outputs]

    @property
    def choices(self) -> list[PresetChoice]:
        """Every preset the job names, with what differs from it, and with repetitions."""
        return [choice for output in self.outputs for choice in output.choices]


def parse_job(data: dict[str, Any]) -> JobSpec:
    """Validate a document. Errors: :class:`InvalidDocument` naming every faulty field by its path."""
    try:
        spec = JobSpec.model_validate(data)
    except ValidationError as error:
        findings = "; ".join(f"{_path(item['loc'], data)}: {_reason(item)}" for item in error.errors())
        raise InvalidDocument(f"The job document is not valid: {findings}.") from error
    for path, reason in _collisions(spec):
        raise InvalidDocument(f"The job document is not valid: {path}: {reason}.")
    return spec


def job_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of the job document."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **JobSpec.model_json_schema()}


def _collisions(spec: JobSpec) -> Iterator[tuple[str, str]]:
    """Outputs that would overwrite each other or the source."""
    places = spec.destinations
    for number, place in enumerate(places):
        if any(place.contains(source) for source in spec.sources):
            yield f"outputs[{number}].to", "would overwrite a source"
        for earlier, other in enumerate(places[:number]):
            if place.contains(other) or other.contains(place):
                yield f"outputs[{number}].to", f"overlaps with outputs[{earlier}].to"


def _path(loc: tuple[int | str, ...], data: dict[str, Any]) -> str:
    """``outputs[0].preset``, without the name of the union's member, which pydantic puts behind the index.

    An input that was written as a URI alone is ``input``, although it was read as a list of clips.
    """
    path = ""
    given = data.get("input")
    if loc[0] == "input" and len(loc) > 1:
        written = given if isinstance(given, list) else [given]
        bare = loc[2:] == ("uri",) and not isinstance(written[int(loc[1])], dict)
        loc = (*(loc[:2] if isinstance(given, list) else loc[:1]), *(() if bare else loc[2:]))
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
