"""The kinds of files that are delivered, and what each can hold."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from cloudtranscode.media.rendition import AudioCodec, VideoCodec


class Container(StrEnum):
    """A file format; its value is the ``type`` of an output in a job document."""

    MP4 = "mp4"
    FMP4 = "fmp4"
    MOV = "mov"
    WEBM = "webm"
    MKV = "mkv"
    TS = "ts"
    M4A = "m4a"
    MP3 = "mp3"
    OGG = "ogg"
    FLAC = "flac"
    WAV = "wav"
    AC3 = "ac3"
    EAC3 = "eac3"


@dataclass(frozen=True, slots=True)
class Format:
    """A container's suffix, ffmpeg's name for its muxer, its media type, and the codecs that it holds."""

    suffix: str
    muxer: str
    content_type: str
    video: frozenset[VideoCodec]
    audio: frozenset[AudioCodec]


_V, _A = VideoCodec, AudioCodec
_MP4_VIDEO = frozenset({_V.H264, _V.HEVC, _V.AV1, _V.VP9})
_MP4_AUDIO = frozenset({_A.AAC, _A.OPUS, _A.AC3, _A.EAC3, _A.MP3, _A.FLAC})
_NONE: frozenset[VideoCodec] = frozenset()

FORMATS: dict[Container, Format] = {
    Container.MP4: Format(".mp4", "mp4", "video/mp4", _MP4_VIDEO, _MP4_AUDIO),
    Container.FMP4: Format(".mp4", "mp4", "video/mp4", _MP4_VIDEO, _MP4_AUDIO),
    Container.MOV: Format(
        ".mov", "mov", "video/quicktime", frozenset({_V.H264, _V.HEVC, _V.PRORES}), frozenset({_A.AAC, _A.AC3, _A.PCM})
    ),
    Container.WEBM: Format(".webm", "webm", "video/webm", frozenset({_V.VP9, _V.AV1}), frozenset({_A.OPUS})),
    Container.MKV: Format(".mkv", "matroska", "video/x-matroska", frozenset(_V), frozenset(_A)),
    Container.TS: Format(
        ".ts", "mpegts", "video/mp2t", frozenset({_V.H264, _V.HEVC}), frozenset({_A.AAC, _A.AC3, _A.EAC3, _A.MP3})
    ),
    Container.M4A: Format(".m4a", "ipod", "audio/mp4", _NONE, frozenset({_A.AAC, _A.AC3})),
    Container.MP3: Format(".mp3", "mp3", "audio/mpeg", _NONE, frozenset({_A.MP3})),
    Container.OGG: Format(".ogg", "ogg", "audio/ogg", _NONE, frozenset({_A.OPUS, _A.FLAC})),
    Container.FLAC: Format(".flac", "flac", "audio/flac", _NONE, frozenset({_A.FLAC})),
    Container.WAV: Format(".wav", "wav", "audio/wav", _NONE, frozenset({_A.PCM})),
    Container.AC3: Format(".ac3", "ac3", "audio/ac3", _NONE, frozenset({_A.AC3})),
    Container.EAC3: Format(".eac3", "eac3", "audio/eac3", _NONE, frozenset({_A.EAC3})),
}
