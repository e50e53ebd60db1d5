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
    """A container: its suffix, ffmpeg's name for its muxer and words for it, its media type, what it holds.

    ``text`` is ffmpeg's name for the form in which it holds subtitles, ``None`` when it holds none. ``iso`` tells that
    it is made of the boxes of ISO/IEC 14496-12. ``timed`` tells that its header says how long each track is,
    ``trimmed`` that this is without the samples that decoders throw away at both ends of sound.
    """

    suffix: str
    muxer: str
    content_type: str
    video: frozenset[VideoCodec]
    audio: frozenset[AudioCodec]
    text: str | None = None
    words: tuple[str, ...] = ()
    iso: bool = False
    timed: bool = True
    trimmed: bool = True


_V, _A = VideoCodec, AudioCodec
_MP4_VIDEO = frozenset({_V.H264, _V.HEVC, _V.AV1, _V.VP9})
_MP4_AUDIO = frozenset({_A.AAC, _A.OPUS, _A.AC3, _A.EAC3, _A.MP3, _A.FLAC})
_NONE: frozenset[VideoCodec] = frozenset()
_INDEX_FIRST = ("-movflags", "+faststart")
_FRAGMENTS = ("-movflags", "+frag_keyframe+delay_moov+default_base_moof+global_sidx")
"""A fragment for each GOP and an index of them in front; the header waits for the first packets, which it describes."""
_CUES_FIRST = ("-cues_to_front", "1")

FORMATS: dict[Container, Format] = {
    Container.MP4: Format(".mp4", "mp4", "video/mp4", _MP4_VIDEO, _MP4_AUDIO, "mov_text", _INDEX_FIRST, iso=True),
    Container.FMP4: Format(
        ".mp4", "mp4", "video/mp4", _MP4_VIDEO, _MP4_AUDIO, words=_FRAGMENTS, iso=True, trimmed=False
    ),
    Container.MOV: Format(
        ".mov",
        "mov",
        "video/quicktime",
        frozenset({_V.H264, _V.HEVC, _V.PRORES}),
        frozenset({_A.AAC, _A.AC3, _A.EAC3, _A.PCM}),
        "mov_text",
        _INDEX_FIRST,
        iso=True,
    ),
    Container.WEBM: Format(
        ".webm",
        "webm",
        "video/webm",
        frozenset({_V.VP9, _V.AV1}),
        frozenset({_A.OPUS}),
        "webvtt",
        _CUES_FIRST,
        trimmed=False,
    ),
    Container.MKV: Format(
        ".mkv", "matroska", "video/x-matroska", frozenset(_V), frozenset(_A), "subrip", _CUES_FIRST, trimmed=False
    ),
    Container.TS: Format(
        ".ts",
        "mpegts",
        "video/mp2t",
        frozenset({_V.H264, _V.HEVC}),
        frozenset({_A.AAC, _A.AC3, _A.EAC3, _A.MP3}),
        timed=False,
    ),
    Container.M4A: Format(
        ".m4a", "ipod", "audio/mp4", _NONE, frozenset({_A.AAC, _A.AC3}), words=_INDEX_FIRST, iso=True
    ),
    Container.MP3: Format(".mp3", "mp3", "audio/mpeg", _NONE, frozenset({_A.MP3})),
    Container.OGG: Format(".ogg", "ogg", "audio/ogg", _NONE, frozenset({_A.OPUS, _A.FLAC})),
    Container.FLAC: Format(".flac", "flac", "audio/flac", _NONE, frozenset({_A.FLAC})),
    Container.WAV: Format(".wav", "wav", "audio/wav", _NONE, frozenset({_A.PCM}), words=("-rf64", "auto")),
    Container.AC3: Format(".ac3", "ac3", "audio/ac3", _NONE, frozenset({_A.AC3}), timed=False),
    Container.EAC3: Format(".eac3", "eac3", "audio/eac3", _NONE, frozenset({_A.EAC3}), timed=False),
}

SEGMENTS = Format(
    ".m4s", "mp4", "video/iso.segment", _MP4_VIDEO, frozenset({_A.AAC, _A.OPUS, _A.AC3, _A.EAC3, _A.FLAC}), "webvtt"
)
"""What the CMAF segments of a ladder hold."""
