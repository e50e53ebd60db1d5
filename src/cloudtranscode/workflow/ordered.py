"""The outputs of a job document in the media room's words."""

from __future__ import annotations

from cloudtranscode.jobs.spec import JobSpec, pictures, sounds, stills
from cloudtranscode.jobs.spec import outputs as words
from cloudtranscode.location import parse_source
from cloudtranscode.media.containers import Container
from cloudtranscode.media.outputs import (
    AudioOutput,
    AudioTrack,
    Clip,
    FileOutput,
    Ladder,
    Manifest,
    Named,
    PresetChoice,
    Waveform,
    WaveformFormat,
)
from cloudtranscode.workflow.moments import pictures_of
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


def output_of(name: str, output: words.Output) -> Named:
    """Return what is to be made, under the id ``name``."""
    match output:
        case words.FileOutput():
            choice = PresetChoice(output.preset, output.size, output.video, output.audio)
            return FileOutput(name, Container(output.type), choice, audio=tuple(output.tracks))
        case words.AudioOutput():
            choice = PresetChoice(output.preset, audio=output.audio)
            return AudioOutput(name, Container(output.type), choice, output.track)
        case words.LadderOutput():
            choices = (PresetChoice(preset, output.size, output.video, output.audio) for preset in output.preset_names)
            return Ladder(name, _MANIFESTS[output.type], tuple(choices), auto=output.ladder is not None)
        case stills.PosterOutput() | stills.ThumbnailsOutput() | stills.SpriteOutput() | stills.PreviewOutput():
            return pictures_of(name, output)
        case pictures.ImageOutput() | pictures.PagesOutput() | pictures.TextOutput() | pictures.PdfOutput():
            return picture_of(name, output)
        case sounds.WaveformOutput():
            form = WaveformFormat(sounds.WAVEFORM_SUFFIXES[stills.suffix_of(output.to)])
            shape = (output.width, output.height, output.color, output.peaks_per_second)
            return Waveform(name, form, output.track, *shape)
