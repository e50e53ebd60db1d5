"""What a source is, in plain words, and what is made of what is odd about it."""

from __future__ import annotations

from collections.abc import Iterator

from cloudtranscode.media.source.streams import AudioStream, Hdr, MediaInfo, SubtitleStream, VideoStream

_NAMES = {
    "h264": "H.264",
    "hevc": "HEVC",
    "av1": "AV1",
    "vp8": "VP8",
    "vp9": "VP9",
    "mpeg1video": "MPEG-1",
    "mpeg2video": "MPEG-2",
    "mpeg4": "MPEG-4 part 2",
    "prores": "ProRes",
    "mjpeg": "Motion JPEG",
    "ffv1": "FFV1",
    "aac": "AAC",
    "ac3": "AC-3",
    "eac3": "E-AC-3",
    "mp2": "MP2",
    "mp3": "MP3",
    "flac": "FLAC",
    "opus": "Opus",
    "vorbis": "Vorbis",
    "subrip": "SubRip",
    "mov_text": "timed text of MP4",
    "webvtt": "WebVTT",
    "ass": "ASS",
}
_CONTAINERS = {"mov": "MP4 or QuickTime", "matroska": "Matroska or WebM", "mpegts": "MPEG transport stream"}
_CHANNELS = {1: "mono", 2: "stereo"}
_STANDARD = {"bt709": "BT.709", "bt2020": "BT.2020", "smpte170m": "BT.601", "bt470bg": "BT.601"}


def parts(info: MediaInfo) -> Iterator[tuple[str, str]]:
    """Name each part of a source and say what it is: ``("video", "H.264 High, 1920x1080, 24 fps, 8 bit")``."""
    yield "container", ", ".join([_container(info.container), _length(info.duration_s)])
    for number, video in enumerate(info.video):
        yield _numbered("video", number, len(info.video)), ", ".join(_video(video))
    for number, sound in enumerate(info.audio):
        yield _numbered("audio", number, len(info.audio)), ", ".join(_audio(sound))
    for number, text in enumerate(info.subtitles):
        yield _numbered("subtitles", number, len(info.subtitles)), ", ".join(_subtitles(text))
    if info.covers:
        yield "cover", f"{info.covers} picture{'s' if info.covers > 1 else ''}"


def treatment(info: MediaInfo) -> Iterator[str]:
    """Say in one sentence each what is done about everything that is not plain."""
    if info.covers:
        yield "A cover picture is not taken for video."
    if info.duration_s is None:
        yield "The header gives no duration: progress is shown without a percentage."
    for video in info.video[:1]:
        yield from _oddities(video)
    if not info.video and info.audio:
        yield "There is sound alone: only outputs of sound can be made."
    if info.video and not info.audio:
        yield "There is no sound: the outputs are silent."
    if any(not stream.text for stream in info.subtitles):
        yield "Subtitles that are pictures are left out: there are no words to be read."


def _oddities(video: VideoStream) -> Iterator[str]:
    shown = f"{video.display_width}x{video.display_height}"
    if video.rotation:
        yield f"The picture is turned by {video.rotation} degrees to be shown; outputs are upright, {shown}."
    if video.sar != 1:
        ratio = f"{video.sar.numerator}:{video.sar.denominator}"
        yield f"Its pixels are not square ({ratio}); outputs have square ones, {shown}."
    if video.display_width % 2 or video.display_height % 2:
        yield f"A side of {shown} is odd; outputs have even sides, as 4:2:0 needs."
    if video.interlaced:
        order = "top" if video.top_first else "bottom"
        yield f"It is interlaced, {order} field first: the fields are made into frames."
    if video.frame_rate is None:
        yield "Nobody can tell its frame rate: the frames keep their times."
    elif not video.constant_rate:
        yield "Its frame rate varies: the frames keep their times."
    if video.colour.hdr is not None:
        name = "HDR10" if video.colour.hdr is Hdr.HDR10 else "HLG"
        yield f"It is {name}: presets for HDR keep it, all others map its tones to SDR."
    if video.alpha:
        yield "It is transparent in places: outputs show black there."
    if video.captions:
        yield "There are CEA-608 captions in the picture; a job can take them as subtitles."


def _video(video: VideoStream) -> Iterator[str]:
    yield " ".join(filter(None, (_name(video.codec), video.profile)))
    yield f"{video.width}x{video.height}"
    yield f"{float(video.frame_rate):.6g} fps" if video.frame_rate else "unknown rate"
    yield f"{video.bit_depth} bit"
    if video.colour.primaries in _STANDARD:
        yield _STANDARD[video.colour.primaries]
    if video.colour.hdr:
        yield "HDR10" if video.colour.hdr is Hdr.HDR10 else "HLG"
    if video.language:
        yield video.language


def _audio(sound: AudioStream) -> Iterator[str]:
    yield _name(sound.codec)
    yield sound.layout or _CHANNELS.get(sound.channels, f"{sound.channels} channels")
    yield f"{sound.sample_rate} Hz"
    yield from filter(None, (sound.language, sound.title))


def _subtitles(text: SubtitleStream) -> Iterator[str]:
    yield _name(text.codec) if text.text else f"pictures ({text.codec})"
    yield from filter(None, (text.language, text.title, "forced" if text.forced else None))


def _container(name: str) -> str:
    first = name.partition(",")[0]
    return _CONTAINERS.get(first, first)


def _length(seconds: float | None) -> str:
    return "of unknown length" if seconds is None else f"{seconds:.6g} s"


def _name(codec: str) -> str:
    return _NAMES.get(codec, codec)


def _numbered(what: str, number: int, count: int) -> str:
    return f"{what} {number}" if count > 1 else what
