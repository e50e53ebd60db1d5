"""What the numbers of a picture mean, from ffprobe's words for a stream and its first frames."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from cloudtranscode.media.source.streams import Colour, Hdr

_HDR = {"smpte2084": Hdr.HDR10, "arib-std-b67": Hdr.HLG}
_MASTERING = "Mastering display metadata"
_LIGHT = "Content light level metadata"
_CORNERS = (("G", "green"), ("B", "blue"), ("R", "red"), ("WP", "white_point"))
_CHROMA, _NITS = 50_000, 10_000
"""The units of SMPTE ST 2086 as HEVC and x265 write them: 0.00002 of a coordinate, 0.0001 cd/m²."""


def read_colour(stream: dict[str, Any], frames: Iterable[dict[str, Any]]) -> Colour:
    """Read the colour of a video stream; what only its frames carry is taken from the first that has it."""
    sides = [side for item in (stream, *frames) for side in item.get("side_data_list", [])]
    transfer = _known(stream.get("color_transfer"))
    return Colour(
        primaries=_known(stream.get("color_primaries")),
        transfer=transfer,
        matrix=_known(stream.get("color_space")),
        range=_known(stream.get("color_range")),
        hdr=_HDR.get(transfer or ""),
        mastering=_first(_mastering, sides, _MASTERING),
        light=_first(_light, sides, _LIGHT),
    )


def _known(word: str | None) -> str | None:
    return None if word in {None, "unknown", "unspecified", "reserved"} else word


def _first(read: Any, sides: list[dict[str, Any]], kind: str) -> str | None:
    return next((read(side) for side in sides if side.get("side_data_type") == kind and read(side)), None)


def _mastering(side: dict[str, Any]) -> str | None:
    """``G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,1)``."""
    try:
        corners = [
            f"{letter}({_units(side[f'{name}_x'], _CHROMA)},{_units(side[f'{name}_y'], _CHROMA)})"
            for letter, name in _CORNERS
        ]
        light = f"L({_units(side['max_luminance'], _NITS)},{_units(side['min_luminance'], _NITS)})"
    except (KeyError, ValueError, ZeroDivisionError):  # only colours or only luminance: no encoder can write half
        return None
    return "".join((*corners, light))


def _light(side: dict[str, Any]) -> str | None:
    most, average = side.get("max_content", 0), side.get("max_average", 0)
    return f"{most},{average}" if most or average else None


def _units(value: str, unit: int) -> int:
    return round(Fraction(value) * unit)
