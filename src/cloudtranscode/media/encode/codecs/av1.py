"""AV1 with SVT-AV1: https://gitlab.com/AOMediaCodec/SVT-AV1/-/blob/master/Docs/Parameters.md."""

from __future__ import annotations

from cloudtranscode.media.encode.codecs.encode import Encode, capped, number
from cloudtranscode.media.rendition import RateMode

TUNES = {"vq": 0, "psnr": 1, "ssim": 2}
"""What SVT-AV1 can be tuned for, by its own numbers."""


def av1(encode: Encode) -> tuple[str, ...]:
    """Return the words of SVT-AV1; its rate control counts in GOPs, so that it must know their length."""
    settings = encode.settings
    parameters = _parameters(encode)
    return (
        *("-c:v", "libsvtav1", "-preset", settings.encoder_preset),
        *_rate(encode),
        *(("-svtav1-params", ":".join(parameters)) if parameters else ()),
        *("-g", str(encode.gop_frames), "-dolbyvision", "0"),
    )


def _parameters(encode: Encode) -> list[str]:
    """A constant rate needs pictures in their own order: SVT-AV1 has it for no other."""
    settings = encode.settings
    return [
        *([f"tune={TUNES[settings.tune]}"] if settings.tune else []),
        *(["rc=2", "pred-struct=1"] if settings.rate is RateMode.CBR else []),
    ]


def _rate(encode: Encode) -> tuple[str, ...]:
    settings = encode.settings
    if settings.rate is RateMode.CRF:
        return "-crf", number(settings.crf), *capped(settings)
    return "-b:v", f"{settings.rate_kbps}k"
