"""The outputs of a job document in the media room's words."""

from __future__ import annotations

from cloudtranscode.jobs.spec import JobSpec, pictures, stills
from cloudtranscode.jobs.spec import outputs as words
from cloudtranscode.location import parse_source
from cloudtranscode.media.containers import Container
from cloudtranscode.media.outputs import (
    AudioOutput,
    Clip,
    FileOutput,
    Ladder,
    Manifest,
    Named,
    PresetChoice,
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


def output_of(name: str, output: words.Output) -> Named:
    """Return what is to be made, under the id ``name``."""
    match output:
        case words.FileOutput():
            choice = PresetChoice(output.preset, output.size, output.video, output.audio)
            return FileOutput(name, Container(output.type), choice)
        case words.AudioOutput():
            choice = PresetChoice(output.preset, audio=output.audio)
            return AudioOutput(name, Container(output.type), choice, output.track)
        case words.LadderOutput():
            choices = (PresetChoice(preset, output.size, output.video, output.audio) for preset in output.presets)
            return Ladder(name, _MANIFESTS[output.type], tuple(choices))
        case stills.PosterOutput() | stills.ThumbnailsOutput() | stills.SpriteOutput() | stills.PreviewOutput():
            return pictures_of(name, output)
        case pictures.ImageOutput() | pictures.PagesOutput() | pictures.TextOutput() | pictures.PdfOutput():
            return picture_of(name, output)
