"""What players are told of a codec, read from an initialization section. RFC 6381."""

from __future__ import annotations

from cloudtranscode.media.packaging.boxes import box, boxes

_VIDEO_ENTRY, _AUDIO_ENTRY = 78, 28
"""Bytes before the boxes of a sample entry. ISO/IEC 14496-12, 12.1.3 and 12.2.3."""

_AUDIO = {"Opus": "opus", "fLaC": "flac", "ac-3": "ac-3", "ec-3": "ec-3"}


def codec_string(init: bytes) -> str:
    """The codec of the first track, as ``CODECS`` of HLS and ``codecs`` of DASH name it.

    Errors: ``ValueError`` for what is no initialization section of a codec of ours.
    """
    stsd = box(init, "moov", "trak", "mdia", "minf", "stbl", "stsd")
    kind, entry = next(boxes(stsd[8:]), ("", b""))
    if kind in {"encv", "enca"}:  # ISO/IEC 14496-12, 8.12: the original name lies deeper
        skip = _VIDEO_ENTRY if kind == "encv" else _AUDIO_ENTRY
        kind = box(entry[skip:], "sinf", "frma").decode("latin-1")
    if kind in _AUDIO:
        return _AUDIO[kind]
    match kind:
        case "avc1" | "avc3":
            return f"{kind}.{box(entry[_VIDEO_ENTRY:], 'avcC')[1:4].hex()}"
        case "hvc1" | "hev1":
            return _hevc(kind, box(entry[_VIDEO_ENTRY:], "hvcC"))
        case "av01":
            return _av1(box(entry[_VIDEO_ENTRY:], "av1C"))
        case "vp09":
            return _vp9(box(entry[_VIDEO_ENTRY:], "vpcC"))
        case "mp4a":
            return _mpeg4(box(entry[_AUDIO_ENTRY:], "esds"))
    raise ValueError(f"{kind or 'nothing'} is no codec of ours")


def _hevc(kind: str, config: bytes) -> str:
    """ISO/IEC 14496-15, annex E.3."""
    space = ("", "A", "B", "C")[config[1] >> 6]
    compatible = int(f"{int.from_bytes(config[2:6]):032b}"[::-1], 2)
    tier = "H" if config[1] & 0x20 else "L"
    constraints = "".join(f".{byte:X}" for byte in config[6:12].rstrip(b"\0"))
    return f"{kind}.{space}{config[1] & 0x1F}.{compatible:X}.{tier}{config[12]}{constraints}"


def _av1(config: bytes) -> str:
    """AV1 Codec ISO Media File Format Binding, 5."""
    high, twelve = config[2] & 0x40, config[2] & 0x20
    depth = 8 if not high else 12 if twelve else 10
    return f"av01.{config[1] >> 5}.{config[1] & 0x1F:02d}{'H' if config[2] & 0x80 else 'M'}.{depth:02d}"


def _vp9(config: bytes) -> str:
    """VP Codec ISO Media File Format Binding, all fields."""
    profile, level, mixed, *colours = config[4:10]
    parts = (profile, level, mixed >> 4, mixed >> 1 & 7, *colours, mixed & 1)
    return "vp09." + ".".join(f"{part:02d}" for part in parts)


def _mpeg4(config: bytes) -> str:
    """ISO/IEC 14496-1, 7.2.6: the audio object type is in the first bits of the decoder's own description."""
    at = config.index(4, 4)  # DecoderConfigDescriptor
    while config[at + 1] & 0x80:  # its length has as many bytes as it likes
        at += 1
    kind = config[at + 2]
    at = config.index(5, at + 15)  # DecoderSpecificInfo
    while config[at + 1] & 0x80:
        at += 1
    return f"mp4a.{kind:x}.{config[at + 2] >> 3}"
