"""Encodes of one clip in every codec, made by ffmpeg when first asked for and kept for the session, to be packaged.

The clip shows a white flash and sounds a beep one second after its start, for a fifth of a second.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from cloudtranscode.media.encode.picture import video_path
from cloudtranscode.media.encode.sound import audio_path
from cloudtranscode.media.packaging.text import text_path
from cloudtranscode.media.plan.plan import ClipPlan, Package, Plan, SourceFacts, TextRendition
from cloudtranscode.media.rendition import (
    AudioCodec,
    AudioRendition,
    AudioSettings,
    Color,
    Geometry,
    Overlays,
    VideoCodec,
    VideoRendition,
    VideoSettings,
)
from cloudtranscode.media.source.streams import Colour, Hdr

SECONDS = 4
FLASH = f"color=c=gray:size=160x90:rate=24:duration={SECONDS},drawbox=color=white:t=fill:enable='between(t,1,1.19)'"
BEEP = f"aevalsrc='if(between(t,1,1.2),sin(2*PI*1000*t),0)':sample_rate=48000:duration={SECONDS}"
_SVT = "-c:v libsvtav1 -preset 12 -g 24 -pix_fmt yuv420p -svtav1-params color-range=0"
_GRID = "-force_key_frames expr:gte(t,n_forced) -sc_threshold 0 -g 9999 -flags +cgop"
_VIDEO = {
    VideoCodec.H264: f"-c:v libx264 -preset ultrafast -pix_fmt yuv420p -bf 2 {_GRID}",
    VideoCodec.HEVC: f"-c:v libx265 -preset ultrafast -tag:v hvc1 -x265-params log-level=error {_GRID}",
    VideoCodec.AV1: _SVT,
    VideoCodec.VP9: "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -g 24 -pix_fmt yuv420p",
    VideoCodec.PRORES: "-c:v prores_ks -profile:v 0 -pix_fmt yuv422p10le",
    VideoCodec.FFV1: "-c:v ffv1 -pix_fmt yuv420p",
}
_PQ = {
    VideoCodec.HEVC: "-x265-params log-level=error:colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc",
    VideoCodec.AV1: "-svtav1-params color-primaries=9:transfer-characteristics=16:matrix-coefficients=9",
}
_TEN_BITS = "-pix_fmt yuv420p10le -color_primaries bt2020 -color_trc smpte2084 -colorspace bt2020nc"
_AUDIO = {
    AudioCodec.AAC: "-c:a aac",
    AudioCodec.OPUS: "-c:a libopus",
    AudioCodec.AC3: "-c:a ac3",
    AudioCodec.EAC3: "-c:a eac3",
    AudioCodec.MP3: "-c:a libmp3lame",
    AudioCodec.FLAC: "-c:a flac",
    AudioCodec.PCM: "-c:a pcm_s16le",
}
_WORDS = "WEBVTT\n\n00:00:00.500 --> 00:00:01.500\nOne\n\n00:00:02.500 --> 00:00:03.000 line:10%\nTwo <i>words</i>\n"


def picture(codec: VideoCodec, lines: int = 90) -> VideoRendition:
    """A rendition of the clip; its id is the codec's name and its height."""
    size = lines * 16 // 9, lines
    settings = VideoSettings(codec=codec, gop_s=1)
    return VideoRendition(f"{codec}_{lines}", Geometry(size, size), settings, Overlays())


def hdr_picture(codec: VideoCodec) -> VideoRendition:
    """A rendition of the clip whose numbers mean light by SMPTE ST 2084."""
    one = picture(codec)
    return replace(one, id=f"{codec}_pq", settings=replace(one.settings, color=Color.SOURCE))


def sound(codec: AudioCodec, language: str | None = None, name: str | None = None) -> AudioRendition:
    """A rendition of the clip's sound; its id is the codec's name and its language."""
    settings = AudioSettings(codec=codec)
    return AudioRendition(f"{codec}_{language or 'und'}", (1,), 1, settings, "mono", language, name)


def plan(packages: Sequence[Package], renditions: Sequence[VideoRendition | AudioRendition | TextRendition]) -> Plan:
    """The plan of these packages, of these renditions; the source is HDR when one of them keeps its colours."""
    bright = any(isinstance(item, VideoRendition) and item.settings.color is Color.SOURCE for item in renditions)
    return Plan(
        source=SourceFacts(
            video=True,
            frame_rate=Fraction(24),
            constant_rate=True,
            duration_s=float(SECONDS),
            audio_end_s=float(SECONDS),
            frames=24 * SECONDS,
        ),
        clips=(ClipPlan("source", 0, colour=Colour(hdr=Hdr.HDR10 if bright else None)),),
        video=tuple(item for item in renditions if isinstance(item, VideoRendition)),
        audio=tuple(item for item in renditions if isinstance(item, AudioRendition)),
        texts=tuple(item for item in renditions if isinstance(item, TextRendition)),
        packages=tuple(packages),
    )


class Shelf:
    """Puts the encodes of a plan's renditions where the engine would leave them."""

    def __init__(self, folder: Path, ffmpeg: Path) -> None:
        self._folder, self._ffmpeg = folder, ffmpeg
        self.words = _WORDS

    def lay_out(self, wanted: Plan, scratch: Path) -> None:
        for name in ("encoded", "finished"):
            (scratch / name).mkdir(exist_ok=True)
        for item in wanted.video:
            words = ["-f", "lavfi", "-i", FLASH, "-vf", f"scale={item.width}:{item.height}"]
            words += _VIDEO[item.settings.codec].split()
            if item.settings.color is Color.SOURCE:
                words += f"{_PQ[item.settings.codec]} {_TEN_BITS}".split()
            self._put(words, video_path(item), scratch, item.id)
        for one in wanted.audio:
            words = ["-f", "lavfi", "-i", BEEP, *_AUDIO[one.settings.codec].split()]
            self._put(words, audio_path(one), scratch, one.settings.codec)
        for text in wanted.texts:
            (scratch / text_path(text)).write_text(self.words)

    def _put(self, words: Sequence[str], path: str, scratch: Path, name: str) -> None:
        made = self._folder / f"{name}{Path(path).suffix}"
        if not made.exists():
            quiet = ["-nostdin", "-loglevel", "error", "-fflags", "+bitexact"]
            subprocess.run([str(self._ffmpeg), *quiet, *words, str(made)], check=True, capture_output=True, timeout=60)
        shutil.copy(made, scratch / path)
