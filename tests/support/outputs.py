"""Outputs as tests ask for them, in one word each."""

from __future__ import annotations

from cloudtranscode.media.containers import Container
from cloudtranscode.media.outputs import (
    FileOutput,
    Ladder,
    Manifest,
    Moment,
    MomentKind,
    Order,
    Output,
    Poster,
    PresetChoice,
)


def mp4(name: str, preset: str) -> FileOutput:
    return FileOutput(name, Container.MP4, PresetChoice(preset))


def hls(name: str, *presets: str) -> Ladder:
    return Ladder(name, frozenset({Manifest.HLS}), tuple(PresetChoice(preset) for preset in presets))


def poster(name: str, at_s: float = 0.0) -> Poster:
    return Poster(name, Moment(MomentKind.SECONDS, at_s))


def order(*outputs: Output) -> Order:
    return Order(outputs)
