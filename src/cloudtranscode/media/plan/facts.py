"""What the outputs are measured against: the source's length, rate and number of pictures, as far as they are sure."""

from __future__ import annotations

from cloudtranscode.media.plan.plan import SourceFacts
from cloudtranscode.media.source.streams import AudioStream, MediaInfo, VideoStream


def source_facts(info: MediaInfo, video: VideoStream | None, sound: AudioStream | None) -> SourceFacts:
    """Return the facts of a source of which these streams are used."""
    if video is None:
        duration = sound.duration_s if sound and sound.duration_s is not None else info.duration_s
        return SourceFacts(
            video=False,
            frame_rate=None,
            constant_rate=False,
            offset_s=0.0,
            duration_s=duration,
            audio_end_s=duration,
            frames=None,
        )
    return SourceFacts(
        video=True,
        frame_rate=video.frame_rate,
        constant_rate=video.constant_rate,
        offset_s=_offset_s(video, sound),
        duration_s=video.duration_s if video.duration_s is not None else info.duration_s,
        audio_end_s=_audio_end_s(video, sound),
        frames=_trusted_frames(info.container, video),
    )


def _offset_s(video: VideoStream, sound: AudioStream | None) -> float:
    """The clock of ffmpeg starts with the earliest of the streams that are used, whatever else the container holds."""
    return round(max(0.0, video.start_s - sound.start_s), 6) if sound and sound.channels else 0.0


def _audio_end_s(video: VideoStream, sound: AudioStream | None) -> float | None:
    if sound is None or sound.duration_s is None:
        return None
    return round(max(0.0, sound.start_s + sound.duration_s - video.start_s), 6)


def _trusted_frames(container: str, video: VideoStream) -> int | None:
    """The header's count, unless an edit list or a gap makes it differ from what will be shown.

    Only ISO files count pictures; AVI counts packets, empty ones, too.
    """
    if (
        not container.startswith("mov")
        or video.frames is None
        or not video.constant_rate
        or video.duration_s is None
        or video.frame_rate is None
    ):
        return None
    return video.frames if abs(video.duration_s * video.frame_rate - video.frames) <= 1 else None
