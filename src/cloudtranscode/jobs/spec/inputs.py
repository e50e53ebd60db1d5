"""What a job document names to be read."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import BeforeValidator, Field, model_validator

from cloudtranscode.jobs.spec.fields import Seconds, SourceUri, Words


class Clip(Words):
    """A source, or the part of it from ``start`` to ``end``."""

    uri: SourceUri
    start: Seconds = 0.0
    end: Seconds | None = None

    @model_validator(mode="after")
    def _has_length(self) -> Self:
        if self.end is not None and self.end <= self.start:
            raise ValueError("the end must come after the start")
        return self


def _several(given: object) -> list[object]:
    """One source, or several that are joined in this order; each a URI, or a clip of it."""
    several = given if isinstance(given, list) else [given]
    return [one if isinstance(one, dict | Clip) else {"uri": one} for one in several]


_Written = SourceUri | Clip
Input = Annotated[
    list[Clip],
    BeforeValidator(_several, json_schema_input_type=_Written | list[_Written]),
    Field(min_length=1, max_length=32),
]


def lent_names(uris: dict[str, list[str]]) -> dict[str, str]:
    """Give each distinct URI a name under which a tool sees it, by the kind of its use.

    ``{"clip": [a, b, a]}`` gives ``{"source": a, "clip1": b}``; of other kinds the first is number 0.
    """
    names = {}
    for kind, several in uris.items():
        for number, uri in enumerate(dict.fromkeys(several)):
            names["source" if kind == "clip" and number == 0 else f"{kind}{number}"] = uri
    return names
