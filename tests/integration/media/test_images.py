"""Pictures through the jail and libvips, measured by Pillow."""

from __future__ import annotations

import json
import time
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from cloudtranscode.errors import CheckFailed, CloudTranscodeError, SourceDamaged, SourceUnsupported
from cloudtranscode.media.images.engine import ImageEngine
from cloudtranscode.media.images.info import ImageInfo
from cloudtranscode.media.images.output import Crop, Gravity, ImageFormat, ImageOutput, Keep, Mode, Resize, Rotate, Step
from cloudtranscode.media.images.plan import ImagePlan, make_image_plan
from cloudtranscode.media.plain import plain, restore
from cloudtranscode.media.source.kind import Kind, sniff
from cloudtranscode.media.tools.jail import Isolation, Jail
from cloudtranscode.media.tools.programs import Tools
from cloudtranscode.media.tools.runner import Watch
from support.local_door import LocalDoor
from support.media import real_clip
from support.pictures import (
    BLUE,
    GREEN,
    QUARTERS,
    RED,
    YELLOW,
    alike,
    animation,
    corners,
    encoded,
    oriented,
    quarters,
    seen,
    srgb_profile,
)

Make = Callable[..., dict[str, Path]]


class Studio:
    """Whole ways from bytes to checked pictures; info and plan pass through JSON, as they do between workers."""

    def __init__(self, tools: Tools, scratch: Path) -> None:
        self.engine = ImageEngine(tools, Jail(Isolation.PREFER))
        self.scratch = scratch
        self.info: ImageInfo

    def make(self, source: bytes | Path, outputs: Sequence[ImageOutput]) -> dict[str, Path]:
        plan, door = self.plan(source, outputs)
        artifacts = self.engine.make(plan, self.scratch, door, Watch())
        self.checks = self.engine.check(plan, self.scratch, Watch())
        assert [one.bytes for one in artifacts] == [(self.scratch / one.path).stat().st_size for one in artifacts]
        return {one.output_id: self.scratch / one.path for one in artifacts}

    def plan(self, source: bytes | Path, outputs: Sequence[ImageOutput]) -> tuple[ImagePlan, LocalDoor]:
        path = source if isinstance(source, Path) else self.scratch.with_name("source.bin")
        if isinstance(source, bytes):
            path.write_bytes(source)
        kind = sniff(path.read_bytes()[: 64 << 10])
        assert kind.kind is Kind.IMAGE
        door = LocalDoor(path)
        info = self.engine.probe(kind.format, self.scratch, door, Watch())
        self.info = restore(ImageInfo, json.loads(json.dumps(plain(info))))
        plan = make_image_plan(outputs, self.info)
        return ImagePlan.from_dict(json.loads(json.dumps(plan.to_dict()))), door

    def one(self, source: bytes | Path, output: ImageOutput) -> Image.Image:
        return seen(self.make(source, [output])[output.id])


@pytest.fixture
def studio(tools: Tools, scratch: Path) -> Studio:
    return Studio(tools, scratch)


def test_one_decode_makes_every_format(studio: Studio) -> None:
    source = encoded(quarters(), "PNG")
    made = studio.make(source, [ImageOutput(form.value, form, steps=(Resize(60, 60),)) for form in ImageFormat])
    for form in ImageFormat:
        picture = seen(made[form.value])
        assert picture.size == (60, 40)
        assert alike(corners(picture), QUARTERS), form
        with Image.open(made[form.value]) as file:
            assert file.format == form.value.upper()
    assert all(check.ok for check in studio.checks)


def test_a_picture_that_its_container_turns_is_upright(studio: Studio) -> None:
    """AVIF has boxes for it, irot and imir. ISO/IEC 23008-12, 6.5.10 and 6.5.12."""
    exif = Image.Exif()
    exif[0x0112] = 6
    source = encoded(quarters().transpose(Image.Transpose.ROTATE_90), "AVIF", quality=95, exif=exif)
    assert b"irot" in source
    picture = studio.one(source, ImageOutput("a", ImageFormat.PNG))
    assert (picture.size, studio.info.width) == ((120, 80), 120)
    assert alike(corners(picture), QUARTERS)


def test_an_orientation_that_there_is_not_is_none(studio: Studio) -> None:
    picture = studio.one(oriented(9), ImageOutput("a", ImageFormat.PNG))
    assert (picture.size, studio.info.orientation) == ((120, 80), 1)
    assert alike(corners(picture), QUARTERS)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_exif_orientation_is_applied_and_gone(studio: Studio, orientation: int) -> None:
    outputs = [ImageOutput("a", ImageFormat.JPEG), ImageOutput("b", ImageFormat.PNG, keep=Keep.ALL)]
    made = studio.make(oriented(orientation), outputs)
    assert (studio.info.width, studio.info.height, studio.info.orientation) == (120, 80, orientation)
    for path in made.values():
        picture = seen(path)
        assert picture.size == (120, 80)
        assert alike(corners(picture), QUARTERS)
        assert picture.getexif().get(0x0112, 1) == 1


_STEPS: list[tuple[tuple[Step, ...], tuple[int, int], Sequence[Sequence[int]]]] = [
    ((Rotate(90),), (80, 120), (BLUE, RED, YELLOW, GREEN)),
    ((Rotate(180),), (120, 80), (YELLOW, BLUE, GREEN, RED)),
    ((Rotate(270),), (80, 120), (GREEN, YELLOW, RED, BLUE)),
    ((Crop(60, 40),), (60, 40), (RED, RED, RED, RED)),
    ((Crop(60, 40, gravity=Gravity.SOUTHEAST),), (60, 40), (YELLOW, YELLOW, YELLOW, YELLOW)),
    ((Crop(60, 80, x=30),), (60, 80), QUARTERS),
    ((Resize(50, 50, mode=Mode.EXACT),), (50, 50), QUARTERS),
    ((Resize(40, 40, mode=Mode.FILL),), (40, 40), QUARTERS),
    ((Resize(240, 160, enlarge=True),), (240, 160), QUARTERS),
    ((Resize(60, 40), Rotate(90), Crop(40, 30, y=30)), (40, 30), (YELLOW, GREEN, YELLOW, GREEN)),
]


def test_steps_are_done_in_their_order(studio: Studio) -> None:
    outputs = [ImageOutput(f"out{n}", ImageFormat.PNG, steps=steps) for n, (steps, _, _) in enumerate(_STEPS)]
    made = studio.make(encoded(quarters(), "PNG"), outputs)
    for number, (steps, size, expected) in enumerate(_STEPS):
        picture = seen(made[f"out{number}"])
        assert picture.size == size, steps
        assert alike(corners(picture), expected, 2), steps


def test_a_margin_has_its_colour_or_none(studio: Studio) -> None:
    padded = (Resize(200, 80, mode=Mode.PAD, background="#0080ff"),)
    bare = (Resize(200, 80, mode=Mode.PAD),)
    made = studio.make(
        encoded(quarters(), "PNG"),
        [
            ImageOutput("coloured", ImageFormat.PNG, steps=padded),
            ImageOutput("clear", ImageFormat.WEBP, steps=bare, lossless=True),
            ImageOutput("white", ImageFormat.JPEG, steps=bare),
        ],
    )
    coloured, clear, white = (seen(made[name]) for name in ("coloured", "clear", "white"))
    assert (coloured.getpixel((10, 40)), coloured.getpixel((40 + 30, 20))) == ((0, 128, 255), RED)
    assert (clear.mode, clear.getpixel((10, 40))) == ("RGBA", (0, 0, 0, 0))
    assert clear.getpixel((40 + 30, 20)) == (*RED, 255)
    assert alike([white.getpixel((10, 40))], [(255, 255, 255)], 2)  # type: ignore[list-item]


def test_transparency_is_laid_on_the_background(studio: Studio) -> None:
    source = quarters().convert("RGBA")
    source.putalpha(Image.linear_gradient("L").resize(source.size))
    reference = Image.new("RGBA", source.size, (0, 128, 0, 255))
    reference.alpha_composite(source)
    picture = studio.one(encoded(source, "PNG"), ImageOutput("a", ImageFormat.JPEG, 95, background="#008000"))
    assert alike(corners(picture), corners(reference), 6)


def test_what_is_half_transparent_is_seen_or_not_in_a_gif(studio: Studio) -> None:
    source = quarters().convert("RGBA")
    source.putalpha(Image.linear_gradient("L").resize(source.size))
    picture = studio.one(encoded(source, "PNG"), ImageOutput("a", ImageFormat.GIF)).convert("RGBA")
    alphas = [pixel[3] for y in (10, 70) if isinstance(pixel := picture.getpixel((30, y)), tuple)]
    assert alphas == [0, 255]
    assert alike(corners(picture)[2:], (BLUE, YELLOW), 20)


def test_a_transparent_edge_keeps_its_colour_when_scaled(studio: Studio) -> None:
    """What is not seen must not bleed: white behind nothing, beside red, gives no pink."""
    source = Image.new("RGBA", (200, 200), (255, 255, 255, 0))
    source.paste((200, 0, 0, 255), (0, 0, 101, 200))
    picture = studio.one(encoded(source, "PNG"), ImageOutput("a", ImageFormat.PNG, steps=(Resize(50),)))
    edge = [picture.getpixel((x, 25)) for x in range(50)]
    half = [pixel for pixel in edge if isinstance(pixel, tuple) and 20 < pixel[3] < 235]
    assert half
    assert all(pixel[0] > 190 and pixel[1] < 12 for pixel in half)


def test_scaling_agrees_with_another_scaler(studio: Studio) -> None:
    source = Image.effect_mandelbrot((400, 300), (-2, -1.2, 0.8, 1.2), 60).convert("RGB")
    ImageDraw.Draw(source).line((0, 299, 399, 0), fill=(255, 200, 0), width=9)
    picture = studio.one(encoded(source, "PNG"), ImageOutput("a", ImageFormat.PNG, steps=(Resize(160, 120),)))
    reference = source.resize((160, 120), Image.Resampling.LANCZOS)
    mean = sum(abs(a - b) for a, b in zip(picture.tobytes(), reference.tobytes(), strict=True)) / (160 * 120 * 3)
    assert mean < 1.5


def test_cmyk_becomes_srgb(studio: Studio) -> None:
    cyan, black = (255, 0, 0, 0), (0, 0, 0, 255)
    source = Image.new("CMYK", (80, 40), cyan)
    source.paste(black, (40, 0, 80, 40))
    picture = studio.one(encoded(source, "JPEG", quality=100), ImageOutput("a", ImageFormat.PNG))
    assert studio.info.colors == "cmyk"
    assert picture.mode == "RGB"
    left, right = picture.getpixel((20, 20)), picture.getpixel((60, 20))
    assert isinstance(left, tuple)
    assert isinstance(right, tuple)
    assert left[0] < 60
    assert 120 < left[1] < left[2]
    assert max(right) < 70


def test_colours_of_a_wide_profile_are_converted(studio: Studio) -> None:
    """An RGB profile with the primaries' places changed: who ignores it shows red for blue."""
    profile = swapped(srgb_profile())
    source = encoded(Image.new("RGB", (40, 40), (255, 0, 0)), "PNG", icc_profile=profile)
    made = studio.make(
        source, [ImageOutput("plain", ImageFormat.PNG), ImageOutput("kept", ImageFormat.PNG, keep=Keep.ICC)]
    )
    plain_one, kept = seen(made["plain"]), seen(made["kept"])
    assert alike([plain_one.getpixel((9, 9))], [(0, 0, 255)], 3)  # type: ignore[list-item]
    assert "icc_profile" not in plain_one.info
    assert kept.getpixel((9, 9)) == (255, 0, 0)
    assert kept.info["icc_profile"] == profile


def swapped(profile: bytes) -> bytes:
    """Red's and blue's entries in the table of tags exchanged. ICC.1:2022, 7.3."""
    assert b"rXYZ" in profile
    return profile.replace(b"rXYZ", b"tmp_").replace(b"bXYZ", b"rXYZ").replace(b"tmp_", b"bXYZ")


def test_sixteen_bits_stay_or_become_eight(studio: Studio) -> None:
    source = Image.frombytes("I;16", (64, 4), b"".join((v * 1024).to_bytes(2, "little") for v in range(64)) * 4)
    made = studio.make(
        encoded(source, "PNG"), [ImageOutput("deep", ImageFormat.PNG), ImageOutput("flat", ImageFormat.JPEG, 100)]
    )
    deep, flat = seen(made["deep"]), seen(made["flat"])
    assert studio.info.bit_depth == 16
    assert [deep.getpixel((x, 0)) for x in (0, 10, 63)] == [0, 10_240, 64_512]
    assert flat.mode == "L"
    assert alike([[int(str(flat.getpixel((x, 0)))) for x in (0, 10, 63)]], [(0, 40, 252)], 2)


@pytest.mark.parametrize("form", ["GIF", "WEBP"])
def test_an_animation_stays_one(studio: Studio, form: str) -> None:
    frames = [Image.new("RGB", (60, 40), color) for color in QUARTERS]
    for frame in frames:
        frame.paste((255, 255, 255), (0, 0, 20, 20))
    made = studio.make(
        animation(form, frames),
        [
            ImageOutput("gif", ImageFormat.GIF, steps=(Resize(30),)),
            ImageOutput("webp", ImageFormat.WEBP, steps=(Crop(30, 40, gravity=Gravity.EAST), Rotate(90))),
            ImageOutput("first", ImageFormat.PNG),
            ImageOutput("third", ImageFormat.PNG, page=3),
        ],
    )
    for name, size in (("gif", (30, 20)), ("webp", (40, 30))):
        with Image.open(made[name]) as file:
            assert (file.n_frames, file.size) == (4, size)  # type: ignore[attr-defined]
            for number, color in enumerate(QUARTERS):
                file.seek(number)
                file.load()
                assert alike([corners(file)[3]], [color], 14)
                assert file.info["duration"] == 80
    assert alike([corners(seen(made["first"]))[3]], [RED], 14)
    assert alike([corners(seen(made["third"]))[3]], [BLUE], 14)


def test_frames_that_are_the_same_last_as_long_as_they_did(studio: Studio) -> None:
    colors = [RED, RED, RED, GREEN, GREEN, BLUE]
    frames = [Image.new("RGB", (20, 20), color) for color in colors]
    for number, frame in enumerate(frames):
        frame.putpixel((number, 0), (1, 2, 3))  # Pillow keeps one of those that are the same, too
    made = studio.make(
        animation("GIF", frames),
        [
            ImageOutput("webp", ImageFormat.WEBP, steps=(Crop(20, 19, y=1),), lossless=True),
            ImageOutput("gif", ImageFormat.GIF, steps=(Crop(20, 19, y=1),)),
        ],
    )
    for path in made.values():
        with Image.open(path) as file:
            total = 0
            for number in range(file.n_frames):  # type: ignore[attr-defined]
                file.seek(number)
                file.load()
                total += file.info["duration"]
            assert total == 480, path


def test_the_smart_crop_finds_what_is_there(studio: Studio) -> None:
    source = Image.new("RGB", (400, 100), (120, 120, 120))
    draw = ImageDraw.Draw(source)
    for step in range(8):
        draw.ellipse((300 + step * 4, 20 + step * 4, 380 - step * 4, 80 - step * 4), outline=(255, 60 + step * 20, 0))
    steps = (Resize(100, 100, mode=Mode.FILL, gravity=Gravity.SMART),)
    picture = studio.one(encoded(source, "PNG"), ImageOutput("a", ImageFormat.PNG, steps=steps))
    assert picture.size == (100, 100)
    assert len(picture.getcolors(10_000) or ()) > 4


def test_metadata_goes_unless_it_is_wanted(studio: Studio) -> None:
    exif = Image.Exif()
    exif[0x013B] = "A photographer"
    exif.get_ifd(0x8825)[1] = "N"
    options = {"exif": exif, "icc_profile": srgb_profile(), "comment": b"secret"}
    source = encoded(quarters(), "JPEG", quality=95, **options)
    made = studio.make(
        source, [ImageOutput("bare", ImageFormat.JPEG), ImageOutput("all", ImageFormat.JPEG, keep=Keep.ALL)]
    )
    bare = seen(made["bare"])
    assert not bare.getexif()
    assert not {"icc_profile", "comment", "exif"} & set(bare.info)
    assert b"photographer" not in made["bare"].read_bytes()
    assert seen(made["all"]).getexif()[0x013B] == "A photographer"


def test_real_pictures_are_read(studio: Studio) -> None:
    photo = studio.one(real_clip("odd/exif_orientation6.jpg"), ImageOutput("a", ImageFormat.WEBP, steps=(Resize(360),)))
    assert (studio.info.width, studio.info.height, photo.size) == (1800, 1200, (360, 240))
    reference = seen(real_clip("odd/exif_orientation6.jpg")).transpose(Image.Transpose.ROTATE_270)
    assert alike(corners(photo), corners(reference.resize((360, 240), Image.Resampling.LANCZOS)), 20)


# --- hostile and damaged pictures ---------------------------------------------------------------------------------


def _chunk(kind: bytes, data: bytes) -> bytes:
    return len(data).to_bytes(4) + kind + data + zlib.crc32(kind + data).to_bytes(4)


def _png(width: int, height: int, lines: bytes) -> bytes:
    header = width.to_bytes(4) + height.to_bytes(4) + bytes([8, 2, 0, 0, 0])
    return (
        b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(lines, 9)) + _chunk(b"IEND", b"")
    )


def _gif_of(frames: int) -> bytes:
    """An animation of frames of one pixel, 23 bytes each."""
    head = b"GIF89a\x10\0\x10\0\x80\0\0\0\0\0\xff\xff\xff"
    frame = b"\x21\xf9\x04\0\x01\0\0\0\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0"
    return head + frame * frames + b"\x3b"


def _tiff(width: int, height: int) -> bytes:
    """One strip that is said to hold everything, and an IFD that follows itself."""
    entries = [
        (256, 4, 1, width),
        (257, 4, 1, height),
        (258, 3, 1, 8),
        (259, 3, 1, 1),
        (262, 3, 1, 1),
        (273, 4, 1, 200),
        (277, 3, 1, 1),
        (278, 4, 1, height),
        (279, 4, 1, 0x7FFFFFFF),
    ]
    body = b"".join(
        tag.to_bytes(2, "little")
        + kind.to_bytes(2, "little")
        + count.to_bytes(4, "little")
        + value.to_bytes(4, "little")
        for tag, kind, count, value in entries
    )
    return b"II*\0\x08\0\0\0" + len(entries).to_bytes(2, "little") + body + b"\x08\0\0\0" + bytes(400)


def _with_size(avif: bytes, width: int, height: int) -> bytes:
    """The ispe box (ISO/IEC 23008-12, 6.5.3) says another size."""
    at = avif.index(b"ispe") + 8
    return avif[:at] + width.to_bytes(4) + height.to_bytes(4) + avif[at + 8 :]


def _photo(form: str) -> bytes:
    return encoded(Image.effect_noise((160, 120), 80).convert("RGB"), form)


def _frames() -> list[Image.Image]:
    return [Image.effect_noise((60, 40), 80 + number).convert("RGB") for number in range(4)]


REFUSED: dict[str, tuple[Callable[[], bytes], type[CloudTranscodeError], str]] = {
    "png bomb": (lambda: _png(50_000, 50_000, bytes(1 << 20)), SourceUnsupported, "50000x50000 pixels"),
    "png of lies": (lambda: _png(16_000, 16_000, bytes(1 << 20)), SourceDamaged, "cannot be decoded"),
    "png without end": (lambda: _photo("PNG")[:-4000], SourceDamaged, "cannot be decoded"),
    "jpeg cut": (lambda: _photo("JPEG")[:-2000], SourceDamaged, "cannot be decoded"),
    "jpeg header alone": (lambda: _photo("JPEG")[:100], SourceDamaged, "cannot be read"),
    "webp cut": (lambda: _photo("WEBP")[:-2000], SourceDamaged, "cannot be"),
    "gif cut": (lambda: _photo("GIF")[:-2000], SourceDamaged, "cannot be"),
    "animation cut": (lambda: animation("GIF", _frames())[:-900], SourceDamaged, "breaks off before its end"),
    "tiff of luma": (lambda: encoded(quarters().convert("YCbCr"), "TIFF"), SourceUnsupported, "YCbCr without JPEG"),
    "tiff bomb": (lambda: _tiff(60_000, 60_000), SourceUnsupported, "60000x60000 pixels"),
    "tiff of lies": (lambda: _tiff(16_000, 16_000), SourceDamaged, "cannot be"),
    "avif of lies": (lambda: _with_size(_photo("AVIF"), 30_000, 30_000), CloudTranscodeError, "source"),
    "avif cut": (lambda: _photo("AVIF")[:-1000], SourceDamaged, "cannot be"),
    "magic alone": (lambda: b"\x89PNG\r\n\x1a\n", SourceDamaged, "cannot be read"),
    "gif of many frames": (lambda: _gif_of(60_000), SourceUnsupported, "60000 frames"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_hostile_or_damaged_picture_is_one_clear_error(studio: Studio, name: str) -> None:
    source, error, words = REFUSED[name]
    began = time.monotonic()
    with pytest.raises(error, match=words):
        studio.make(source(), [ImageOutput("a", ImageFormat.GIF, steps=(Resize(50),))])
    assert time.monotonic() - began < 20


def test_what_cameras_write_and_decoders_complain_of_is_read(studio: Studio) -> None:
    """The end of the spectrum in a scan's header, which means nothing in a sequential JPEG. ITU-T T.81, B.2.3."""
    source = encoded(quarters(), "JPEG", quality=95, subsampling=0)
    at = source.index(b"\xff\xda")
    odd = source[: at + 12] + b"\0" + source[at + 13 :]
    assert source[at + 12] == 63
    assert alike(corners(studio.one(odd, ImageOutput("a", ImageFormat.PNG))), QUARTERS)


def test_a_picture_with_a_passenger_leaves_it_behind(studio: Studio) -> None:
    passenger = b"PK\3\4 a program of its own <script>" * 50
    made = studio.make(
        encoded(quarters(), "PNG") + passenger, [ImageOutput("a", ImageFormat.PNG), ImageOutput("b", ImageFormat.JPEG)]
    )
    assert alike(corners(seen(made["a"])), QUARTERS, 2)
    assert not any(b"script" in path.read_bytes() for path in made.values())


def test_a_picture_that_was_changed_after_it_was_made_fails_its_check(studio: Studio) -> None:
    plan, door = studio.plan(encoded(quarters(), "PNG"), [ImageOutput("a", ImageFormat.PNG)])
    studio.engine.make(plan, studio.scratch, door, Watch())
    path = studio.scratch / "finished/a.png"
    path.write_bytes(encoded(quarters().transpose(Image.Transpose.ROTATE_180), "PNG"))
    with pytest.raises(CheckFailed, match="difference to the uncompressed picture"):
        studio.engine.check(plan, studio.scratch, Watch())
    path.write_bytes(path.read_bytes()[:150])
    with pytest.raises(CheckFailed, match="decoder is cannot be"):
        studio.engine.check(plan, studio.scratch, Watch())
