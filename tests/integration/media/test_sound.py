"""Sound through the engine: what comes out of every codec, held against the tones that went in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cloudtranscode.errors import EncodeFailed
from cloudtranscode.media.containers import Container
from cloudtranscode.media.engine import Engine
from cloudtranscode.media.outputs import AudioTrack, FileOutput, Order, PresetChoice
from cloudtranscode.media.plan.making import make_plan
from cloudtranscode.media.rendition import AudioCodec, AudioSettings
from cloudtranscode.media.tools.programs import Tools
from cloudtranscode.media.tools.runner import Watch
from support.clips import Clips
from support.local_door import LocalDoor
from support.presets import load_preset
from support.sounds import RATE, TONES, Heard, Sounds, beep, hear, tones


@pytest.fixture
def sounds(engine: Engine, scratch: Path, tools: Tools) -> Sounds:
    return Sounds(engine, scratch, tools.ffmpeg)


def _settings(codec: str, **fields: Any) -> AudioSettings:
    lossless = codec in {"flac", "pcm"}
    return AudioSettings(AudioCodec(codec), **{"rate_kbps": None if lossless else 192, **fields})


_PAIRS = [
    ("m4a", "aac"),
    ("m4a", "ac3"),
    ("mp3", "mp3"),
    ("ogg", "opus"),
    ("ogg", "flac"),
    ("flac", "flac"),
    ("wav", "pcm"),
    ("ac3", "ac3"),
    ("eac3", "eac3"),
]


@pytest.mark.parametrize(("container", "codec"), _PAIRS)
def test_a_beep_keeps_its_place_and_its_loudness(sounds: Sounds, container: str, codec: str) -> None:
    source = sounds.source("beep.wav", *beep(), "-ac", "2")
    made = sounds.hear(sounds.run(source, Container(container), _settings(codec)), 2)
    # Elementary streams cannot say that 256 samples of an AC-3 decoder come before the sound: ATSC A/52, 8.2.3.
    late = 256 / RATE if container in {"ac3", "eac3"} else 0
    assert made.begins() == pytest.approx(1.0 + late, abs=0.001)
    assert made.ends() == pytest.approx(1.2 + late, abs=0.001)
    assert made.length_s == pytest.approx(3.0, abs=0.032)
    before = hear(sounds.ffmpeg, source, 2)
    assert made.rms() == pytest.approx(before.rms(), rel=0.03)


@pytest.mark.parametrize(
    ("container", "codec", "rate_kbps"),
    [("m4a", "aac", 384), ("ogg", "opus", 320), ("ac3", "ac3", 448), ("eac3", "eac3", 384)],
)
def test_every_channel_of_surround_stays_itself(sounds: Sounds, container: str, codec: str, rate_kbps: int) -> None:
    source = sounds.source("surround.wav", *tones("5.1", 6))
    settings = _settings(codec, channels=6, rate_kbps=rate_kbps)
    made = sounds.hear(sounds.run(source, Container(container), settings), 6)
    for number, levels in enumerate(made.levels(6)):
        assert levels == pytest.approx([0.2 if tone == number else 0 for tone in range(6)], abs=0.02), number


@pytest.mark.parametrize("layout", ["5.1(side)", "7.1", "quad"])
@pytest.mark.parametrize(("container", "codec"), [("flac", "flac"), ("wav", "pcm")])
def test_lossless_keeps_every_layout_to_the_bit(sounds: Sounds, container: str, codec: str, layout: str) -> None:
    count = {"quad": 4, "7.1": 8}.get(layout, 6)
    source = sounds.source("layout.wav", *tones(layout, count, length_s=0.3), "-c:a", "pcm_s24le")
    made = sounds.run(source, Container(container), _settings(codec, channels=8, bits=24))
    assert sounds.hear(made, count) == sounds.hear(source, count)


def test_surround_becomes_stereo_by_the_tables_and_without_clipping(sounds: Sounds) -> None:
    settings = _settings("flac", channels=2)
    source = sounds.source("surround.wav", *tones("5.1(side)", 6, level=0.2))
    made = sounds.hear(sounds.run(source, Container.FLAC, settings), 2)
    down = 0.2 * 0.7071
    assert made.levels(6) == [
        pytest.approx([0.2, 0, down, 0, down, 0], abs=0.003),
        pytest.approx([0, 0.2, down, 0, 0, down], abs=0.003),
    ]
    loud = "|".join(["0.9*sin(2*PI*440*t)"] * 6)
    source = sounds.source("loud.wav", "-f", "lavfi", "-i", f"aevalsrc={loud}:c=5.1:s=48000:d=1")
    made = sounds.hear(sounds.run(source, Container.FLAC, settings), 2)
    assert made.level(0, 440) == pytest.approx(10 ** (-1 / 20), abs=0.02)
    assert made.level(0, 3 * 440) < 0.003  # a clipped sine has a third harmonic


@pytest.mark.parametrize(
    ("track", "count", "levels"),
    [
        (AudioTrack(), 1, [[0.2, 0, 0, 0, 0, 0]]),
        (AudioTrack(streams=(2, 3)), 2, [[0, 0, 0.2, 0, 0, 0], [0, 0, 0, 0.2, 0, 0]]),
        (AudioTrack(streams=(1,), layout="stereo"), 2, [[0, 0.2, 0, 0, 0, 0]] * 2),
        (AudioTrack(streams=(0, 1), layout="mono"), 1, [[0.1, 0.1, 0, 0, 0, 0]]),
        (
            AudioTrack(streams=(5, 4, 3, 2, 1, 0), layout="5.1"),
            6,
            [[0.2 if tone == 5 - number else 0 for tone in range(6)] for number in range(6)],
        ),
    ],
)
def test_mono_streams_of_a_tape_are_put_side_by_side(
    sounds: Sounds, track: AudioTrack, count: int, levels: list[list[float]]
) -> None:
    inputs = [word for tone in TONES[:6] for word in ("-f", "lavfi", "-i", f"aevalsrc=0.2*sin(2*PI*{tone}*t):d=1")]
    maps = [word for number in range(6) for word in ("-map", f"{number}:a")]
    source = sounds.source("tape.mov", *inputs, *maps, "-c:a", "pcm_s24le")
    made = sounds.run(source, Container.FLAC, _settings("flac", channels=6, bits=24), tracks=(track,))
    assert sounds.hear(made, count).levels(6) == [pytest.approx(one, abs=0.003) for one in levels]


def test_streams_side_by_side_may_differ_in_length_and_rate(sounds: Sounds) -> None:
    inputs = [*tones("mono", 1, length_s=1), *tones("mono", 1, length_s=2, rate=44100)]
    source = sounds.source("two.mkv", *inputs, "-map", "0:a", "-map", "1:a", "-c:a", "pcm_s16le")
    made = sounds.run(source, Container.WAV, _settings("pcm"), tracks=(AudioTrack(streams=(0, 1)),))
    heard = sounds.hear(made, 2)
    assert heard.length_s == pytest.approx(2.0, abs=0.001)
    assert [heard.level(0, 440), heard.level(1, 440)] == pytest.approx([0.2, 0.2], abs=0.003)


@pytest.mark.parametrize("wanted", ["sv", "swe", "sv-SE"])
def test_a_track_is_found_by_its_language(sounds: Sounds, wanted: str) -> None:
    inputs = [word for tone in TONES[:3] for word in ("-f", "lavfi", "-i", f"aevalsrc=0.2*sin(2*PI*{tone}*t):d=1")]
    maps = [word for number in range(3) for word in ("-map", f"{number}:a")]
    tags = [
        word
        for number, tag in enumerate(("eng", "swe", "fin"))
        for word in (f"-metadata:s:{number}", f"language={tag}")
    ]
    source = sounds.source("spoken.mkv", *inputs, *maps, *tags, "-c:a", "flac")
    made = sounds.run(source, Container.FLAC, _settings("flac"), tracks=(AudioTrack(language=wanted),))
    assert sounds.hear(made, 1).levels(3) == [pytest.approx([0, 0.2, 0], abs=0.003)]
    assert (sounds.plan.audio[0].language or "").startswith("sv")


@pytest.mark.parametrize("rate", [8000, 11025, 22050, 44100, 96000])
def test_odd_rates_come_out_at_the_one_that_is_asked_for(sounds: Sounds, rate: int) -> None:
    source = sounds.source("odd.wav", *tones("stereo", 2, rate=rate), "-c:a", "pcm_s16le")
    made = sounds.hear(sounds.run(source, Container.OGG, _settings("opus")), 2)
    assert [made.level(0, TONES[0]), made.level(1, TONES[1])] == pytest.approx([0.2, 0.2], abs=0.01)
    assert made.length_s == pytest.approx(1.0, abs=0.025)


def test_a_bit_depth_of_24_is_kept(sounds: Sounds) -> None:
    source = sounds.source("deep.wav", *tones("stereo", 2, level=0.0001, length_s=0.5), "-c:a", "pcm_s24le")
    made = sounds.run(source, Container.FLAC, _settings("flac", bits=24))
    assert sounds.hear(made, 2) == sounds.hear(source, 2)


@pytest.mark.parametrize("order", [("stereo", "5.1"), ("5.1", "stereo")])
def test_a_broadcast_that_changes_its_channels_goes_on(sounds: Sounds, order: tuple[str, str]) -> None:
    """As between a programme and its advertisements: the tone is in the centre, or in both fronts."""
    parts = {
        "stereo": ("0.2*sin(2*PI*440*t)|0.2*sin(2*PI*440*t)", "192k"),
        "5.1": ("0|0|0.2*sin(2*PI*810*t)|0|0|0", "384k"),
    }
    whole = sounds.scratch.parent / "both.ac3"
    with whole.open("wb") as file:
        for number, layout in enumerate(order):
            wave, rate = parts[layout]
            sound = ["-f", "lavfi", "-i", f"aevalsrc={wave}:c={layout}:s=48000:d=2"]
            file.write(sounds.source(f"part{number}.ac3", *sound, "-b:a", rate).read_bytes())
    source = sounds.source("both.ts", "-i", str(whole), "-c", "copy")
    made = sounds.hear(sounds.run(source, Container.FLAC, _settings("flac")), 2)
    assert made.length_s == pytest.approx(4.03, abs=0.05)
    halves = [Heard([channel[from_s * RATE : (from_s + 2) * RATE] for channel in made.channels]) for from_s in (0, 2)]
    heard = {
        layout: half.level(0, {"stereo": 440, "5.1": 810}[layout]) for layout, half in zip(order, halves, strict=True)
    }
    assert heard["stereo"] == pytest.approx(0.2, abs=0.01)
    assert 0.08 < heard["5.1"] < 0.15  # the centre is not lost


@pytest.mark.parametrize("suffix", ["mp3", "aac"])
def test_sound_whose_length_no_header_tells_is_not_taken_for_damaged(sounds: Sounds, suffix: str) -> None:
    """Silence and then noise at a rate that varies: ffprobe's guess is off by a factor of two and more."""
    wave = "if(gt(t,5),0.5*(random(0)-0.5),0.001*sin(2*PI*440*t))"
    how = ["-c:a", "libmp3lame", "-q:a", "2", "-write_xing", "0"] if suffix == "mp3" else ["-c:a", "aac"]
    source = sounds.source(f"varying.{suffix}", "-f", "lavfi", "-i", f"aevalsrc='{wave}':s=48000:d=10", *how)
    made = sounds.hear(sounds.run(source, Container.M4A, _settings("aac")), 1)
    assert made.length_s == pytest.approx(10, abs=0.1)


def test_one_mono_channel_of_a_silent_source_is_silence_and_said_so(sounds: Sounds) -> None:
    source = sounds.source("silent.wav", "-f", "lavfi", "-i", "anullsrc=channel_layout=mono:d=1")
    sounds.run(source, Container.MP3, _settings("mp3"))
    assert "silence, left as it is" in [check.found for check in sounds.checks]


@pytest.mark.parametrize("codec", ["aac", "opus", "ac3", "eac3", "mp3", "flac"])
def test_mono_stays_mono_in_every_codec(sounds: Sounds, codec: str) -> None:
    container = {"aac": "m4a", "opus": "ogg"}.get(codec, codec)
    source = sounds.source("mono.wav", *tones("mono", 1, length_s=0.8))
    made = sounds.hear(sounds.run(source, Container(container), _settings(codec)), 1)
    assert made.level(0, TONES[0]) == pytest.approx(0.2, abs=0.01)


def test_a_late_sound_that_changes_its_channels_fails_rather_than_run_late(sounds: Sounds, clips: Clips) -> None:
    whole = sounds.scratch.parent / "both.ac3"
    with whole.open("wb") as file:
        for layout, count in (("stereo", 2), ("5.1", 6)):
            part = sounds.source(f"{count}.ac3", *tones(layout, count, length_s=1.5), "-b:a", "384k")
            file.write(part.read_bytes())
    late = ["-i", str(clips["silent.mp4"]), "-itsoffset", "0.5", "-i", str(whole)]
    source = sounds.source("late.mkv", *late, "-map", "0:v", "-map", "1:a", "-c", "copy")
    with pytest.raises(EncodeFailed, match="it changes its channels"):
        sounds.run(source, Container.M4A, _settings("aac"))


def test_a_film_with_two_languages_has_both_in_the_order_that_is_asked_for(
    sounds: Sounds, clips: Clips, tools: Tools
) -> None:
    inputs = ["-i", str(clips["silent.mp4"]), *tones("mono", 1, length_s=3)]
    inputs += ["-f", "lavfi", "-i", f"aevalsrc=0.2*sin(2*PI*{TONES[1]:g}*t):s=48000:d=3"]
    tags = ["-metadata:s:a:0", "language=eng", "-metadata:s:a:1", "language=swe", "-disposition:a:1", "default"]
    maps = ["-map", "0:v", "-map", "1:a", "-map", "2:a", "-c:v", "copy", "-c:a", "flac"]
    source = sounds.source("film.mkv", *inputs, *maps, *tags, "-disposition:a:0", "0")
    door, scratch = LocalDoor(source), sounds.scratch
    info = sounds.engine.probe(scratch, door, Watch())
    order = Order((FileOutput("film", Container.MP4, PresetChoice("360p"), audio=(1, 0)),))
    plan = make_plan(order, [info], load_preset)
    (made,) = sounds.engine.encode(plan, scratch, door, Watch())
    sounds.engine.check(plan, scratch, Watch())
    assert [item.language for item in plan.audio] == ["en", "sv"]  # track 0 is the default one, in Swedish
    for stream, tone in enumerate((TONES[0], TONES[1])):
        heard = hear(tools.ffmpeg, scratch / made.path, 1, stream)
        assert heard.level(0, tone) == pytest.approx(0.2, abs=0.01)
        assert heard.length_s == pytest.approx(3, abs=0.04)


def test_a_sound_that_starts_a_second_late_in_matroska_is_whole(sounds: Sounds, clips: Clips) -> None:
    late = ["-i", str(clips["silent.mp4"]), "-itsoffset", "1.5", *beep(at_s=0.5, end_s=0.7, length_s=1.5)]
    source = sounds.source("late.mkv", *late, "-map", "0:v", "-map", "1:a", "-c:v", "copy", "-c:a", "flac")
    made = sounds.hear(sounds.run(source, Container.M4A, _settings("aac")), 1)
    assert (made.begins(), made.length_s) == pytest.approx((2.0, 3.0), abs=0.03)


def test_a_decoder_that_gives_its_first_sample_late_leaves_no_hole(sounds: Sounds) -> None:
    """Windows Media's gives nothing for its first packet, whatever the header says."""
    source = sounds.source("tone.wma", *tones("mono", 1, length_s=2), "-c:a", "wmav2")
    made = sounds.hear(sounds.run(source, Container.OGG, _settings("opus")), 1)
    assert made.length_s == pytest.approx(2.0, abs=0.1)
    assert made.level(0, TONES[0]) == pytest.approx(0.2, abs=0.01)
