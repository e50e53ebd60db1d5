"""Subtitles through the engine: every cue of every kind of source at its time in every kind of output."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from PIL import Image

from cloudtranscode.errors import CheckFailed, SourceUnsupported
from cloudtranscode.media.containers import Container
from cloudtranscode.media.engine import Engine
from cloudtranscode.media.outputs import (
    Clip,
    FileOutput,
    Ladder,
    Manifest,
    Order,
    Output,
    PresetChoice,
    SubtitleFormat,
    Subtitles,
    SubtitleTrack,
)
from cloudtranscode.media.rendition import Overlays
from cloudtranscode.media.subtitles.cue import Cue
from cloudtranscode.media.subtitles.reading import read_subtitles
from cloudtranscode.media.subtitles.writing import subrip, write_subtitles
from cloudtranscode.media.tools.programs import Tools
from cloudtranscode.media.tools.runner import Watch
from support.captioned import captioned
from support.media import real_clip
from support.runs import Made

_CUES = [Cue(0.5, 1.25, "Eins"), Cue(1.5, 2.25, "<i>Zwei</i> & drei"), Cue(4.0, 5.5, "Grüße\n你好")]
_ALL = tuple(Subtitles(form, form) for form in SubtitleFormat)
_SIDECAR = (SubtitleTrack(sidecar="text0"),)


@pytest.fixture(scope="session")
def spoken(tools: Tools, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A clip of six seconds with the cues as a stream of each codec, by the codec."""
    folder = tmp_path_factory.mktemp("spoken")
    words = folder / "words.srt"
    words.write_text(subrip(_CUES), "utf-8")
    kinds = {"subrip": "mkv", "ass": "mkv", "webvtt": "mkv", "mov_text": "mp4"}
    return {codec: _clip(tools, words, folder / f"{codec}.{suffix}", codec) for codec, suffix in kinds.items()}


def _clip(tools: Tools, words: Path, path: Path, codec: str, offset_s: float = 0.0) -> Path:
    picture = ("-f", "lavfi", "-i", "color=0x203040:size=320x180:rate=10:duration=6")
    late = ("-itsoffset", str(offset_s)) if offset_s else ()
    argv = [str(tools.ffmpeg), "-v", "error", *late, *picture, *late, "-i", str(words)]
    tags = ("-metadata:s:s:0", "language=ger", "-c:v", "libx264", "-preset", "ultrafast", "-g", "10")
    subprocess.run([*argv, *tags, "-c:s", codec, str(path)], check=True, timeout=60)
    return path


def _read(made: Made, output_id: str) -> list[Cue]:
    return read_subtitles(made.paths(output_id)[0].read_text("utf-8"))


@pytest.mark.parametrize("codec", ["subrip", "ass", "webvtt", "mov_text"])
def test_every_stream_becomes_every_file(engine: Engine, spoken: dict[str, Path], scratch: Path, codec: str) -> None:
    made = Made(engine, scratch, spoken[codec], _ALL)
    for form in SubtitleFormat:
        assert _read(made, form) == _CUES, form
    assert made.found("number of cues") == ["3", "3", "3"]
    assert made.plan.texts[0].language == "ger"
    assert {item.content_type for item in made.artifacts} == {"text/vtt", "application/x-subrip", "text/x-ssa"}


def test_cutting_and_joining_move_the_words_with_the_picture(
    engine: Engine, spoken: dict[str, Path], scratch: Path
) -> None:
    clips = (Clip("source", 1.0, 4.5), Clip("clip1", 0.0, 2.0))
    order = Order((Subtitles("vtt", SubtitleFormat.VTT),), clips=clips)
    made = Made(engine, scratch, spoken["subrip"], order, clip1=spoken["ass"])
    assert _read(made, "vtt") == [
        Cue(0.0, 0.25, "Eins"),
        Cue(0.5, 1.25, "<i>Zwei</i> & drei"),
        Cue(3.0, 3.5, "Grüße\n你好"),
        Cue(4.0, 4.75, "Eins"),
        Cue(5.0, 5.5, "<i>Zwei</i> & drei"),
    ]


@pytest.mark.parametrize("suffix", ["mkv", "mp4"])
def test_the_clock_starts_with_the_picture(
    engine: Engine, tools: Tools, scratch: Path, tmp_path: Path, suffix: str
) -> None:
    words = tmp_path / "words.srt"
    words.write_text(subrip(_CUES), "utf-8")
    codec = {"mkv": "subrip", "mp4": "mov_text"}[suffix]
    late = _clip(tools, words, tmp_path / f"late.{suffix}", codec, offset_s=1.5)
    made = Made(engine, scratch, late, [Subtitles("srt", SubtitleFormat.SRT)])
    found = [(cue.start_s, cue.end_s) for cue in _read(made, "srt")]
    assert found == [pytest.approx((cue.start_s, cue.end_s), abs=0.002) for cue in _CUES]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("form", SubtitleFormat)
def test_files_beside_the_source_in_every_format_and_encoding(
    engine: Engine, spoken: dict[str, Path], scratch: Path, tmp_path: Path, form: SubtitleFormat, encoding: str
) -> None:
    cues = [Cue(0.5, 1.5, "Grüße à tous"), Cue(2.0, 3.0, "<b>zwei</b>")]
    sidecar = tmp_path / "sidecar"
    sidecar.write_bytes(write_subtitles(cues, form).encode(encoding))
    order = Order((Subtitles("vtt", SubtitleFormat.VTT),), subtitles=_SIDECAR, clips=(Clip("source", 0.5),))
    made = Made(engine, scratch, spoken["subrip"], order, text0=sidecar)
    assert _read(made, "vtt") == [Cue(0.0, 1.0, "Grüße à tous"), Cue(1.5, 2.5, "<b>zwei</b>")]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "track 0 is not text"),
        (b"#EXTM3U\nhttp://169.254.169.254/latest/meta-data\n", "neither SubRip nor WebVTT"),
        (b"ffconcat version 1.0\nfile /etc/passwd\n", "neither SubRip nor WebVTT"),
        (b"x" * ((16 << 20) + 1), "larger than 16 MiB"),
        (b"\1" * (16 << 20), "is not text"),
    ],
    ids=["picture", "playlist", "concat", "huge", "controls"],
)
def test_files_that_are_no_subtitles(
    engine: Engine, spoken: dict[str, Path], scratch: Path, tmp_path: Path, data: bytes, reason: str
) -> None:
    sidecar = tmp_path / "sidecar"
    sidecar.write_bytes(data)
    with pytest.raises(SourceUnsupported, match=reason):
        Made(engine, scratch, spoken["subrip"], Order(_ALL, subtitles=_SIDECAR), text0=sidecar)


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "ts"])
def test_captions_in_the_picture(engine: Engine, tools: Tools, scratch: Path, tmp_path: Path, suffix: str) -> None:
    clip = captioned(tools.ffmpeg, tmp_path / f"captioned.{suffix}", "HI THERE", 1.0, 2.5)
    order = Order(_ALL, clips=(Clip("source", 0.5),), subtitles=(SubtitleTrack(captions=True),))
    made = Made(engine, scratch, clip, order)
    (cue,) = _read(made, "srt")
    assert cue.text == "HI THERE"
    assert [cue.start_s, cue.end_s] == pytest.approx([0.5, 2.0], abs=0.002)
    assert made.info.video[0].captions


def test_captions_that_are_not_there(engine: Engine, spoken: dict[str, Path], scratch: Path) -> None:
    order = Order(_ALL, subtitles=(SubtitleTrack(captions=True),))
    with pytest.raises(SourceUnsupported, match="no CEA-608 captions"):
        Made(engine, scratch, spoken["subrip"], order)


def test_subtitles_go_into_files_and_ladders(engine: Engine, spoken: dict[str, Path], scratch: Path) -> None:
    outputs: tuple[Output, ...] = (
        FileOutput("mp4", Container.MP4, PresetChoice("360p"), subtitles=(0,)),
        FileOutput("mkv", Container.MKV, PresetChoice("360p"), subtitles=(0,)),
        Ladder("hls", frozenset({Manifest.HLS}), (PresetChoice("360p"),), subtitles=(0,)),
    )
    made = Made(engine, scratch, spoken["webvtt"], outputs)
    assert [item.name for item in made.artifacts if item.name.startswith("text_ger0/")]
    assert "TYPE=SUBTITLES" in (scratch / "finished/hls/master.m3u8").read_text()
    for name in ("mp4", "mkv"):
        argv = [
            str(engine.tools.ffmpeg),
            "-v",
            "error",
            "-i",
            str(made.paths(name)[0]),
            "-map",
            "0:s",
            "-f",
            "webvtt",
            "-",
        ]
        done = subprocess.run(argv, capture_output=True, check=True, timeout=30)
        assert [(cue.start_s, cue.end_s) for cue in read_subtitles(done.stdout.decode())] == [
            (cue.start_s, cue.end_s) for cue in _CUES
        ]


def test_burned_in_words_are_on_the_picture_at_their_times_alone(
    engine: Engine, tools: Tools, spoken: dict[str, Path], scratch: Path, tmp_path: Path
) -> None:
    burned = FileOutput("mp4", Container.MP4, PresetChoice("360p"), Overlays(subtitles=0))
    made = Made(engine, scratch, spoken["ass"], [burned])
    whites = {}
    for at_s in (0.2, 0.9, 1.3, 1.9, 3.0, 5.0, 5.8):
        shot = tmp_path / "shot.png"
        argv = [str(tools.ffmpeg), "-v", "error", "-y", "-ss", str(at_s), "-i", str(made.paths("mp4")[0])]
        subprocess.run([*argv, "-frames:v", "1", str(shot)], check=True, timeout=30)
        with Image.open(shot) as image:
            whites[at_s] = _white(image.convert("L"))
    assert {at_s for at_s, (lower, _) in whites.items() if lower > 8} == {0.9, 1.9, 5.0}
    assert all(upper == 0 for _, upper in whites.values())


def _white(image: Image.Image) -> tuple[int, int]:
    """How many pixels are bright, below and above the middle."""
    width, height = image.size
    halves = (image.crop((0, height // 2, width, height)), image.crop((0, 0, width, height // 2)))
    lower, upper = (sum(half.histogram()[150:]) for half in halves)
    return lower, upper


@pytest.mark.parametrize(
    ("victim", "spoil", "reason"),
    [
        ("finished/vtt.vtt", lambda text: text.replace("00:00:04.000", "00:00:04.100"), "vtt: cues is 0.100"),
        ("finished/srt.srt", lambda text: text[: len(text) // 2], "srt: (number of )?cues is"),
        ("finished/ass.ass", lambda text: text.replace("0:00:05.50", "0:00:07.50"), "ass: cues is 2.000"),
        ("finished/vtt.vtt", lambda _: "nothing", "vtt: (decoder|number of cues) is"),
    ],
)
def test_spoiled_subtitles_fail_their_check(
    engine: Engine, spoken: dict[str, Path], scratch: Path, victim: str, spoil: object, reason: str
) -> None:
    made = Made(engine, scratch, spoken["subrip"], _ALL)
    assert callable(spoil)
    path = scratch / victim
    path.write_text(spoil(path.read_text("utf-8")), "utf-8")
    with pytest.raises(CheckFailed, match=reason):
        engine.check(made.plan, scratch, Watch())


@pytest.mark.parametrize(
    ("clip", "captions", "cues"),
    [
        ("odd/cea608.ts", True, [Cue(0.333, 0.533, "Bip!"), Cue(0.6, 0.617, "Bop!")]),
        ("odd/srt_subs.mkv", False, [Cue(0.0, 0.968, "This is the first subtitle.")]),
    ],
)
def test_real_clips(engine: Engine, scratch: Path, clip: str, captions: bool, cues: list[Cue]) -> None:
    tracks = (SubtitleTrack(captions=True),) if captions else ()
    made = Made(engine, scratch, real_clip(clip), Order(_ALL, subtitles=tracks))
    assert _read(made, "vtt") == cues


def test_real_timed_text_of_quicktime(engine: Engine, scratch: Path) -> None:
    made = Made(engine, scratch, real_clip("odd/nasa_13013.mp4"), _ALL)
    cues = _read(made, "srt")
    assert [(cue.start_s, cue.end_s) for cue in cues[:3]] == [(0.21, 4.26), (4.26, 8.35), (8.35, 12.47)]
    assert cues[2].text == "at NASA\u2019s Goddard Space Flight Center in Greenbelt, Maryland."
