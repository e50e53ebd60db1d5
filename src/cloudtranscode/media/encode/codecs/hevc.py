"""HEVC with x265: https://x265.readthedocs.io/en/stable/cli.html."""

from __future__ import annotations

from cloudtranscode.media.encode.codecs.encode import NO_LIMIT, Encode, capped, constant, given, number
from cloudtranscode.media.rendition import RateMode


def hevc(encode: Encode) -> tuple[str, ...]:
    """Return the words of x265; ``hvc1`` is the only tag that Apple's players take (HLS authoring specification).

    What Dolby Vision adds to a picture is left out: the picture below it stays HDR10 or HLG.
    """
    settings = encode.settings
    return (
        *("-c:v", "libx265", "-preset", settings.encoder_preset),
        *given("-profile:v", settings.profile),
        *given("-tune", settings.tune),
        *given("-refs", settings.refs),
        *given("-bf", settings.b_frames),
        *_rate(encode),
        *("-x265-params", ":".join(_parameters(encode))),
        *("-forced-idr", "1", "-g", str(NO_LIMIT), "-flags", "+cgop", "-dolbyvision", "0", "-tag:v", "hvc1"),
    )


def _parameters(encode: Encode) -> list[str]:
    settings = encode.settings
    return [
        "log-level=error",
        "scenecut=0",
        *([f"level-idc={settings.level}"] if settings.level else []),
        *(["strict-cbr=1"] if settings.rate is RateMode.CBR else []),
        *([f"pass={encode.step}", f"stats={encode.statistics}.log"] if encode.step else []),
    ]


def _rate(encode: Encode) -> tuple[str, ...]:
    settings = encode.settings
    match settings.rate:
        case RateMode.CRF:
            return "-crf", number(settings.crf), *capped(settings)
        case RateMode.VBR:
            return "-b:v", f"{settings.rate_kbps}k", *capped(settings)
        case RateMode.CBR:
            return constant(settings)
