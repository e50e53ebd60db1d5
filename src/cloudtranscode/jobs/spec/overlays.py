"""What a job document can lay over a picture: a watermark, texts, subtitles that are burned in."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import BeforeValidator, Field, StringConstraints

from cloudtranscode.jobs.spec.fields import ObjectUri, Seconds, Words

_PART = re.compile(r"-?\d{1,3}(\.\d{1,3})?%")
_FARTHEST = 20_000


def length(value: object) -> float | str:
    """Read pixels (``120``, negative from the right or the bottom) or a part (``15%``). Errors: ``ValueError``."""
    if isinstance(value, str) and _PART.fullmatch(value):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= _FARTHEST:
        raise ValueError("must be a number of pixels, or a part such as 15%")
    return float(value)


Length = Annotated[float | str, BeforeValidator(length, json_schema_input_type=float | str)]
Color = Annotated[str, StringConstraints(pattern=r"^(#[0-9a-fA-F]{6}|[a-zA-Z]{3,20})$")]


class WatermarkWords(Words):
    """A picture over the video; without a size it has its own, with one side the other follows its shape.

    ``x`` and ``y`` count from the right and the bottom when they are negative; as parts, 50% is the middle.
    """

    image: ObjectUri
    width: Length | None = None
    height: Length | None = None
    x: Length = -10.0
    y: Length = -10.0
    opacity: Annotated[float, Field(ge=0, le=1)] = 0.7
    start: Seconds = 0.0
    end: Seconds | None = None


class TextWords(Words):
    """Words on the video; ``size`` is the height of the letters as a part of the picture's."""

    text: Annotated[str, StringConstraints(min_length=1, max_length=500)]
    x: Length = "50%"
    y: Length = -10.0
    size: Annotated[float, Field(ge=0.01, le=0.5)] = 0.05
    color: Color = "white"
    box: Annotated[bool, Field(description="A dark box behind the letters.")] = True
    start: Seconds = 0.0
    end: Seconds | None = None
