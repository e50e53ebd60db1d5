"""The outputs of a job document in the media room's words."""

from __future__ import annotations

from collections.abc import Mapping

from cloudtranscode.jobs.spec import JobSpec, pictures, sounds, stills, texts
from cloudtranscode.jobs.spec import outputs as words
from cloudtranscode.jobs.spec.ladder import EncryptionWords
from cloudtranscode.location import parse_source
from cloudtranscode.media.containers import Container
from cloudtranscode.media.outputs import (
    AudioOutput,
    AudioTrack,
    Clip,
    Encryption,
    FileOutput,
    Ladder,
    Manifest,
    Named,
    Scheme,
    SubtitleFormat,
    Subtitles,
    SubtitleTrack,
    Waveform,
    WaveformFormat,
)
from cloudtranscode.workflow.moments import pictures_of
from cloudtranscode.workflow.overlaid import overlays_of
from cloudtranscode.workflow.pictured import picture_of

_MANIFESTS = {
    "hls": frozenset({Manifest.HLS}),
    "dash": frozenset({Manifest.DASH}),
    "cmaf": frozenset({Manifest.HLS, Manifest.DASH}),
}


def clips_of(spec: JobSpec) -> tuple[Clip, ...]:
    """Return what is transcoded, by the names under which it is lent."""
    names = {place: name for name, place in reversed(spec.lent.items())}
    return tuple(Clip(names[parse_source(clip.uri)], clip.start, clip.end) for clip in spec.clips)


def audio_of(spec: JobSpec) -> tuple[AudioTrack, ...]:
    """Return the audio tracks that the job names."""
    return tuple(AudioTrack(tuple(one.streams), one.language, one.layout, one.name) for one in spec.tracks.audio)


def subtitles_of(spec: JobSpec) -> tuple[SubtitleTrack, ...]:
    """Return the subtitle tracks that the job names, files by the names under which they are lent."""
    names = {place: name for name, place in spec.lent.items() if name.startswith("text")}
    return tuple(
        SubtitleTrack(
            sidecar=names[parse_source(one.file)] if one.file else None,
            stream=one.stream,
            captions=one.captions,
            language=one.language,
            name=one.name,
            forced=one.forced,
        )
        for one in spec.tracks.subtitles
    )


def images_of(spec: JobSpec) -> dict[str, str]:
    """Return the names under which the pictures are lent that are laid over outputs, by their URIs."""
    return {place.uri: name for name, place in spec.lent.items() if name.startswith("image")}


def output_of(name: str, output: words.Output, images: Mapping[str, str]) -> Named:
    """Return what is to be made, under the id ``name``; ``images`` is that of :func:`images_of`."""
    match output:
        case words.FileOutput():
            (choice,) = output.choices
            return FileOutput(
                name,
                Container(output.type),
                choice,
                overlays=overlays_of(output, images),
                audio=tuple(output.tracks),
                subtitles=tuple(output.subtitles),
            )
        case words.AudioOutput():
            (choice,) = output.choices
            return AudioOutput(name, Container(output.type), choice, output.track)
        case words.LadderOutput():
            return _ladder(name, output, images)
        case stills.PosterOutput() | stills.ThumbnailsOutput() | stills.SpriteOutput() | stills.PreviewOutput():
            return pictures_of(name, output)
        case pictures.ImageOutput() | pictures.PagesOutput() | pictures.TextOutput() | pictures.PdfOutput():
            return picture_of(name, output)
        case sounds.WaveformOutput() | texts.SubtitlesOutput():
            return _of_track(name, output)


def _of_track(name: str, output: sounds.WaveformOutput | texts.SubtitlesOutput) -> Waveform | Subtitles:
    suffix = stills.suffix_of(output.to)
    if isinstance(output, texts.SubtitlesOutput):
        return Subtitles(name, SubtitleFormat(texts.SUBTITLE_SUFFIXES[suffix]), output.track)
    shape = (output.width, output.height, output.color, output.peaks_per_second)
    return Waveform(name, WaveformFormat(sounds.WAVEFORM_SUFFIXES[suffix]), output.track, *shape)


def _ladder(name: str, output: words.LadderOutput, images: Mapping[str, str]) -> Ladder:
    return Ladder(
        name,
        _MANIFESTS[output.type],
        tuple(output.choices),
        auto=output.ladder is not None,
        subtitles=tuple(output.subtitles),
        segment_s=output.segment,
        iframes=output.iframes,
        overlays=overlays_of(output, images),
        encryption=_encryption(output.encryption) if output.encryption else None,
    )


def _encryption(said: EncryptionWords) -> Encryption:
    return Encryption(Scheme(said.scheme), said.key_id.lower(), said.key, said.iv, said.key_uri)
