"""Tracks and waveforms in a job document, and what the media room is asked for."""

from __future__ import annotations

from typing import Any

import pytest

from cloudtranscode.errors import InvalidDocument
from cloudtranscode.jobs.spec import parse_job
from cloudtranscode.media.containers import Container
from cloudtranscode.media.outputs import AudioOutput, AudioTrack, FileOutput, PresetChoice, Waveform, WaveformFormat
from cloudtranscode.workflow.wanted import of_job, order_of

_TO = "s3://bucket-out/video1"


def _job(*outputs: dict[str, Any], audio: object = ()) -> dict[str, Any]:
    tracks = {"tracks": {"audio": list(audio) if isinstance(audio, tuple) else audio}}
    return {"client": "ClientA", "input": "s3://bucket-in/a.mxf", "outputs": list(outputs), **tracks}


_MP4 = {"type": "mp4", "preset": "720p", "to": f"{_TO}.mp4"}


def test_tracks_and_what_is_made_of_them() -> None:
    spec = parse_job(
        _job(
            {**_MP4, "tracks": [1, 0]},
            {"type": "mp3", "preset": "mp3-192", "track": 1, "to": f"{_TO}.mp3"},
            {"type": "waveform", "to": f"{_TO}.json", "peaks_per_second": 50},
            {"type": "waveform", "to": f"{_TO}.png", "track": 1, "width": 600, "color": "ff0000"},
            audio=({"streams": [0, 1], "layout": "stereo", "name": "Originalton"}, {"language": "sv"}),
        )
    )
    order = order_of(spec, of_job(spec))
    assert order.audio == (AudioTrack((0, 1), None, "stereo", "Originalton"), AudioTrack(language="sv"))
    assert order.outputs == (
        FileOutput("out0", Container.MP4, PresetChoice("720p"), audio=(1, 0)),
        AudioOutput("out1", Container.MP3, PresetChoice("mp3-192"), 1),
        Waveform("out2", WaveformFormat.JSON, peaks_per_s=50),
        Waveform("out3", WaveformFormat.PNG, track=1, width=600, color="ff0000"),
    )


def test_without_any_word_files_have_the_first_track() -> None:
    spec = parse_job({key: value for key, value in _job(_MP4).items() if key != "tracks"})
    order = order_of(spec, of_job(spec))
    assert order.audio == ()
    assert order.outputs == (FileOutput("out0", Container.MP4, PresetChoice("720p"), audio=(0,)),)


def test_a_file_without_sound() -> None:
    (wanted,) = of_job(parse_job(_job({**_MP4, "tracks": []})))
    assert wanted.output == FileOutput("out0", Container.MP4, PresetChoice("720p"), audio=())


@pytest.mark.parametrize(
    ("job", "reason"),
    [
        (_job(_MP4, audio=({"streams": [-1]},)), r"tracks\.audio\[0\]\.streams\[0\]: input should be greater"),
        (_job(_MP4, audio=({"layout": "sideways"},)), r"tracks\.audio\[0\]\.layout: must be one of mono, stereo"),
        (_job(_MP4, audio=({"language": "Swedish!"},)), r"tracks\.audio\[0\]\.language: string should match"),
        (_job(_MP4, audio=({"name": 'a"b'},)), r"tracks\.audio\[0\]\.name: string should match"),
        (_job(_MP4, audio=({"stream": 1},)), r"tracks\.audio\[0\]\.stream: is not a known field"),
        (_job({**_MP4, "tracks": ["sv"]}), r"outputs\[0\]\.tracks\[0\]: input should be a valid integer"),
        (_job({"type": "waveform", "to": f"{_TO}.svg"}), "must have a destination that ends with .png or .json"),
        (_job({"type": "waveform", "to": f"{_TO}.png", "color": "red"}), r"outputs\[0\]\.color: string should match"),
    ],
)
def test_what_is_refused(job: dict[str, Any], reason: str) -> None:
    with pytest.raises(InvalidDocument, match=reason):
        parse_job(job)
