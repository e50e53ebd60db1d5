"""The outputs of a job document in the media room's words."""

from __future__ import annotations

from cloudtranscode.jobs.spec import JobSpec
from cloudtranscode.jobs.spec import outputs as words
from cloudtranscode.location import parse_source
from cloudtranscode.media.containers import Container
from cloudtranscode.media.outputs import (
    AudioOutput,
    Clip,
    FileOutput,
    Ladder,
    Manifest,
    Moment,
    MomentKind,
    Output,
    Poster,
    PresetChoice,
)

_MANIFESTS = {
    "hls": frozenset({Manifest.HLS}),
    "dash": frozenset({Manifest.DASH}),
    "cmaf": frozenset({Manifest.HLS, Manifest.DASH}),
}


def clips_of(spec: JobSpec) -> tuple[Clip, ...]:
    """Return what is transcoded, by the names under which it is lent."""
    names = {place: name for name, place in reversed(spec.lent.items())}
    return tuple(Clip(names[parse_source(clip.uri)], clip.start, clip.end) for clip in spec.clips)


def output_of(name: str, output: words.Output) -> Output:
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
        case words.PosterOutput():
            return Poster(name, moment_of(output.at))


def moment_of(at: float | str) -> Moment:
    """Read a time as :func:`cloudtranscode.jobs.spec.fields.moment` leaves it."""
    if at == "best":
        return Moment(MomentKind.BEST)
    if isinstance(at, str):
        return Moment(MomentKind.PERCENT, float(at.removesuffix("%")))
    return Moment(MomentKind.SECONDS, at)
