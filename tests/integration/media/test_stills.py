"""Pictures through the engine: each shows exactly the frame of its moment, in its colours."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageSequence, ImageStat

from cloudtranscode.errors import CheckFailed, SourceDamaged
from cloudtranscode.media.artifact import Role
from cloudtranscode.media.encode.stills.shots import sought
from cloudtranscode.media.engine import Engine
from cloudtranscode.media.outputs import (
    Moment,
    MomentKind,
    Output,
    Poster,
    Preview,
    PreviewFormat,
    Sprite,
    StillFormat,
    Thumbnails,
)
from cloudtranscode.media.rendition import Fit, Size
from cloudtranscode.media.tools.programs import Tools
from cloudtranscode.media.tools.runner import Watch
from support.clips import Clips
from support.numbered import number_of, numbered, opened
from support.outputs import mp4, poster
from support.runs import Made

_CELL = Size(width=160)
_RATE, _LENGTH_S = 24, 8
_SLOW_RATE, _SLOW_LENGTH_S = 5, 48


@pytest.fixture(scope="session")
def counting(clips: Clips, tools: Tools) -> Path:
    """192 frames in 8 s."""
    return numbered(tools.ffmpeg, clips.folder / "counting.mp4", _RATE, _LENGTH_S)


@pytest.fixture(scope="session")
def slow(clips: Clips, tools: Tools) -> Path:
    """240 frames in 48 s: long enough for few pictures to be sought."""
    return numbered(tools.ffmpeg, clips.folder / "slow.mp4", _SLOW_RATE, _SLOW_LENGTH_S)


def _numbers(made: Made, output_id: str) -> list[int]:
    return [number_of(path) for path in made.paths(output_id) if path.suffix != ".vtt"]


def test_one_decode_shows_the_frame_of_every_moment(engine: Engine, counting: Path, scratch: Path) -> None:
    outputs: tuple[Output, ...] = (
        mp4("web", "360p"),
        poster("front", 1.51),
        Thumbnails("each", every_s=1),
        Thumbnails("five", count=5, format=StillFormat.PNG, name="frame-%03d"),
        Thumbnails("webp", every_s=3, format=StillFormat.WEBP),
    )
    made = Made(engine, scratch, counting, outputs)
    assert _numbers(made, "front") == [37]  # the first at or after
    assert _numbers(made, "each") == [0, 24, 48, 72, 96, 120, 144, 168]
    assert _numbers(made, "five") == [20, 58, 96, 135, 173]  # 0.8 s, 2.4 s and so on
    assert _numbers(made, "webp") == [0, 72, 144]
    assert [path.name for path in made.paths("five")] == [f"frame-{number:03}.png" for number in range(1, 6)]
    assert made.found("format") == ["mjpeg", "mjpeg", "png", "webp"]
    assert made.plan.notes == ()


@pytest.mark.parametrize(
    ("moment", "number"),
    [
        (Moment(value=0), 0),
        (Moment(value=30), 150),
        (Moment(value=30.05), 151),
        (Moment(MomentKind.PERCENT, 50), 120),
        (Moment(MomentKind.PERCENT, 100), 239),  # the last one is held
        (Moment(value=99), 239),
    ],
)
def test_a_poster_alone_is_sought(engine: Engine, slow: Path, scratch: Path, moment: Moment, number: int) -> None:
    made = Made(engine, scratch, slow, [Poster("front", moment, StillFormat.PNG)])
    assert sought(made.plan)
    assert _numbers(made, "front") == [number]


def test_few_thumbnails_are_sought_and_many_decoded_and_they_are_the_same(
    engine: Engine, slow: Path, scratch: Path
) -> None:
    few = Made(engine, scratch, slow, [Thumbnails("few", count=3)])
    assert sought(few.plan)
    assert _numbers(few, "few") == [40, 120, 200]
    many = Made(engine, scratch, slow, [Thumbnails("few", count=3), Thumbnails("many", every_s=0.2)])
    assert not sought(many.plan)
    assert _numbers(many, "few") == [40, 120, 200]
    assert _numbers(many, "many") == list(range(240))


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "ts"])
def test_the_clock_starts_with_the_picture(
    engine: Engine, slow: Path, tools: Tools, scratch: Path, tmp_path: Path, suffix: str
) -> None:
    late = tmp_path / f"late.{suffix}"
    sound = ("-f", "lavfi", "-i", "sine=duration=48")
    argv = [str(tools.ffmpeg), "-v", "error", *sound, "-itsoffset", "1.3", "-i", str(slow), "-c:v", "copy"]
    subprocess.run([*argv, "-map", "1:v", "-map", "0:a", str(late)], check=True, timeout=60)
    made = Made(engine, scratch, late, [Poster("front", Moment(value=20), StillFormat.PNG)])
    assert sought(made.plan)
    assert _numbers(made, "front") == [100]


def test_frames_that_come_irregularly(engine: Engine, counting: Path, tools: Tools, scratch: Path) -> None:
    varying = scratch.parent / "varying.mp4"
    keep = ("-vf", "select='lt(n,24)+not(mod(n,40))'", "-fps_mode", "vfr", "-preset", "ultrafast", "-qp", "10")
    argv = [str(tools.ffmpeg), "-v", "error", "-i", str(counting), *keep, str(varying)]
    subprocess.run(argv, check=True, timeout=60)
    made = Made(engine, scratch, varying, [Thumbnails("each", every_s=1)])
    assert _numbers(made, "each") == [0, 40, 80, 80, 120, 120, 160]


def test_a_sprites_cells_are_the_thumbnails_of_their_times(engine: Engine, counting: Path, scratch: Path) -> None:
    outputs: tuple[Output, ...] = (
        Thumbnails("thumbs", every_s=0.5, format=StillFormat.PNG, size=_CELL),
        Sprite("sprite", every_s=0.5, columns=4, rows=3, format=StillFormat.PNG, size=_CELL),
    )
    made = Made(engine, scratch, counting, outputs)
    index, *sheets = sorted(made.paths("sprite"), key=lambda path: path.suffix != ".vtt")
    thumbs = made.paths("thumbs")
    assert [sheet.name for sheet in sheets] == ["sprite001.png", "sprite002.png"]
    cues = index.read_text().strip().split("\n\n")[1:]
    assert len(cues) == len(thumbs) == 16
    for number, (cue, thumb) in enumerate(zip(cues, thumbs, strict=True)):
        name, _, rectangle = cue.split("\n")[1].partition("#xywh=")
        x, y, width, height = map(int, rectangle.split(","))
        cell = opened(index.with_name(name)).crop((x, y, x + width, y + height))
        assert ImageChops.difference(cell, opened(thumb)).getbbox() is None
        assert number_of(cell) == number * 12
    assert [item.role for item in made.artifacts if item.name == "sprite.vtt"] == [Role.PLAYLIST]
    assert made.found("index") == ["complete"]


@pytest.mark.parametrize("form", PreviewFormat)
def test_a_preview_shows_its_pieces_for_ever(
    engine: Engine, counting: Path, scratch: Path, form: PreviewFormat
) -> None:
    wanted = Preview("pre", form, length_s=1.5, clips=3, frame_rate=8, size=_CELL)
    made = Made(engine, scratch, counting, [wanted])
    with Image.open(made.paths("pre")[0]) as image:
        numbers = [number_of(frame) for frame in ImageSequence.Iterator(image)]
        assert (image.size, image.info["loop"], image.info["duration"]) == ((160, 90), 0, pytest.approx(125, abs=5))
    # 4 pictures each at 8 per second, from the middle of each third: 3 frames of the source apart
    firsts = [round(start_s * _RATE) for start_s in made.plan.previews[0].grid.starts()]
    assert numbers == [first + 3 * step for first in firsts for step in range(4)]
    assert firsts == pytest.approx([1.1 * _RATE, 3.75 * _RATE, 6.4 * _RATE], abs=8)


def test_the_best_is_neither_black_nor_blurred_nor_blank_nor_in_a_fade(
    engine: Engine, tools: Tools, scratch: Path, tmp_path: Path
) -> None:
    still = "mandelbrot=size=320x180:rate=24:end_scale=0.3,select='not(n)',loop=-1:1,setpts=N/24/TB"
    parts = [
        "color=black:size=320x180:rate=24:duration=2",
        f"{still},trim=duration=2,fade=in:d=2",
        f"{still},trim=duration=2,gblur=sigma=4",
        "color=0x4060a0:size=320x180:rate=24:duration=2",
        f"{still},trim=duration=2",
        f"{still},trim=duration=2,fade=out:d=2",
    ]
    graph = ";".join(f"{part},format=yuv420p,setsar=1[p{number}]" for number, part in enumerate(parts))
    graph += ";" + "".join(f"[p{number}]" for number in range(len(parts))) + f"concat=n={len(parts)}"
    clip, sharp = tmp_path / "parts.mkv", tmp_path / "sharp.png"
    make = [str(tools.ffmpeg), "-v", "error"]
    subprocess.run([*make, "-filter_complex", graph, "-c:v", "ffv1", str(clip)], check=True, timeout=60)
    subprocess.run([*make, "-i", str(clip), "-ss", "9", "-frames:v", "1", str(sharp)], check=True, timeout=60)
    made = Made(engine, scratch, clip, [Poster("b", Moment(MomentKind.BEST), StillFormat.PNG)])
    assert [path.name for path in made.paths("b")] == ["b.png"]
    assert _error(made.paths("b")[0], sharp) < 2  # of 255; a frame later in a fade, it is 6


def _error(picture: Path, reference: Path) -> float:
    difference = ImageChops.difference(opened(picture).convert("L"), opened(reference).convert("L"))
    return ImageStat.Stat(difference).mean[0]


@pytest.mark.parametrize("form", StillFormat)
def test_colours_of_hd_video_are_those_of_the_picture(
    engine: Engine, tools: Tools, scratch: Path, tmp_path: Path, form: StillFormat
) -> None:
    clip = tmp_path / "red.mp4"
    hd = "scale=out_color_matrix=bt709:out_range=tv,format=yuv420p,setparams=colorspace=bt709:color_primaries=bt709"
    argv = [str(tools.ffmpeg), "-v", "error", "-f", "lavfi", "-i", "color=0xd02010:size=320x180:rate=10:duration=1"]
    encode = ("-vf", f"format=rgb24,{hd}:color_trc=bt709", "-c:v", "libx264", "-qp", "4")
    subprocess.run([*argv, *encode, str(clip)], check=True, timeout=60)
    made = Made(engine, scratch, clip, [Poster("front", Moment(), form)])
    mean = ImageStat.Stat(opened(made.paths("front")[0])).mean
    assert mean == pytest.approx([0xD0, 0x20, 0x10], abs=5)


@pytest.mark.parametrize(
    ("fit", "size"), [(Fit.FILL, (90, 90)), (Fit.PAD, (90, 90)), (Fit.EXACT, (90, 90)), (Fit.FIT, (90, 50))]
)
def test_every_way_into_a_frame(engine: Engine, slow: Path, scratch: Path, fit: Fit, size: tuple[int, int]) -> None:
    made = Made(engine, scratch, slow, [Thumbnails("t", count=2, size=Size(width=90, height=90, fit=fit))])
    assert [opened(path).size for path in made.paths("t")] == [size, size]
    assert (number_of(made.paths("t")[1]) == 180) == (fit is not Fit.FILL)


def test_pictures_the_source_does_not_have_are_never_invented(
    engine: Engine, counting: Path, tools: Tools, scratch: Path, tmp_path: Path
) -> None:
    whole = tmp_path / "front.mp4"
    argv = [str(tools.ffmpeg), "-v", "error", "-i", str(counting), "-c", "copy", "-movflags", "+faststart", str(whole)]
    subprocess.run(argv, check=True, timeout=60)
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    with pytest.raises(SourceDamaged):
        Made(engine, scratch, cut, [Thumbnails("t", every_s=0.5)])


@pytest.mark.parametrize(
    ("victim", "spoil", "reason"),
    [
        ("finished/t/thumb000002.jpg", "black", "t: brightness is"),
        ("finished/t/thumb000003.jpg", "cut", "t: (decoder|number of pictures) is"),
        ("finished/t/thumb000003.jpg", "gone", "t: files is 7"),
        ("finished/s/sprite001.jpg", "black", "s: brightness is"),
        ("finished/s/sprite.vtt", "cut", "s: index is"),
        ("finished/p.gif", "cut", "p: "),
        ("finished/f.jpg", "black", "f: brightness is"),
        ("finished/b.jpg", "black", "b: brightness is"),
    ],
)
def test_spoiled_pictures_fail_their_check(
    engine: Engine, counting: Path, scratch: Path, victim: str, spoil: str, reason: str
) -> None:
    outputs: tuple[Output, ...] = (
        Thumbnails("t", every_s=1),
        Sprite("s", every_s=1),
        Preview("p", PreviewFormat.GIF, length_s=1),
        poster("f", 7),
        Poster("b", Moment(MomentKind.BEST)),
    )
    made = Made(engine, scratch, counting, outputs)
    path = scratch / victim
    if spoil == "black":
        Image.new("RGB", opened(path).size).save(path)
    elif spoil == "cut":
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    else:
        path.unlink()
    with pytest.raises(CheckFailed, match=reason):
        engine.check(made.plan, scratch, Watch())
