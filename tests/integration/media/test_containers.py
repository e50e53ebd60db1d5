"""Every codec in every container that is said to hold it: muxed, checked, and in step when decoded by itself."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from cloudtranscode.media.check.evidence import measure_encodes
from cloudtranscode.media.check.file import check_file, examine_file
from cloudtranscode.media.check.judge import passed
from cloudtranscode.media.containers import FORMATS, Container
from cloudtranscode.media.packaging.file import file_path
from cloudtranscode.media.packaging.package import make_packages
from cloudtranscode.media.plan.plan import FilePackage, TextRendition
from cloudtranscode.media.rendition import AudioCodec, AudioRendition, VideoCodec
from cloudtranscode.media.tools.jail import Isolation, Jail
from cloudtranscode.media.tools.programs import Tools
from cloudtranscode.media.tools.runner import Runner, Watch
from support.shelf import Shelf, picture, plan, sound

_LANGUAGES = ("en", "de", "fr", "ja", "it", "es", "pt")
_WITH_PICTURE = [(kind, codec) for kind, held in FORMATS.items() for codec in sorted(held.video)]
_SOUND_ALONE = [(kind, codec) for kind, held in FORMATS.items() if not held.video for codec in sorted(held.audio)]


def _made(
    shelf: Shelf, tools: Tools, scratch: Path, kind: Container, video: VideoCodec | None, sounds: list[AudioRendition]
) -> Path:
    pictures = [picture(video)] if video else []
    text = TextRendition("t", "de", "Deutsch", forced=False)
    texts = [text] if video and FORMATS[kind].text else []
    names = tuple(one.id for one in sounds)
    package = FilePackage("m", kind, pictures[0].id if pictures else None, names, tuple(one.id for one in texts))
    whole = plan([package], [*pictures, *sounds, *texts])
    shelf.lay_out(whole, scratch)
    runner = Runner(tools, Jail(Isolation.PREFER), scratch)
    make_packages(whole, runner, Watch())
    encodes = measure_encodes(whole, runner, Watch())
    passed(list(check_file(package, whole, encodes, examine_file(package, whole, runner, Watch()))))
    return scratch / file_path(package)


@pytest.mark.parametrize(("kind", "video"), _WITH_PICTURE)
def test_a_picture_with_every_sound_that_its_container_holds(
    shelf: Shelf, tools: Tools, scratch: Path, kind: Container, video: VideoCodec
) -> None:
    codecs = sorted(FORMATS[kind].audio)
    sounds = [sound(codec, language) for codec, language in zip(codecs, _LANGUAGES, strict=False)]
    path = _made(shelf, tools, scratch, kind, video, sounds)
    flash = _flash(tools, path)
    assert flash == pytest.approx(1.0, abs=1 / 24)
    for number, one in enumerate(sounds):
        assert _beep(tools, path, number) == pytest.approx(flash, abs=0.04), one.id


@pytest.mark.parametrize(("kind", "codec"), _SOUND_ALONE)
def test_sound_alone(shelf: Shelf, tools: Tools, scratch: Path, kind: Container, codec: AudioCodec) -> None:
    path = _made(shelf, tools, scratch, kind, None, [sound(codec, "de", "Ton")])
    assert _beep(tools, path, 0) == pytest.approx(1.0, abs=0.04)


def _flash(tools: Tools, media: Path) -> float:
    frames = _decode(tools, media, "-map 0:v:0 -vf fps=96:start_time=0,scale=1:1 -pix_fmt gray -f rawvideo -")
    return next(number for number, value in enumerate(frames) if value > 200) / 96


def _beep(tools: Tools, media: Path, number: int) -> float:
    how = f"-map 0:a:{number} -af aresample=48000:async=1:first_pts=0 -ac 1 -f u8 -"
    return next(at for at, value in enumerate(_decode(tools, media, how)) if abs(value - 128) > 40) / 48000


def _decode(tools: Tools, media: Path, how: str) -> bytes:
    argv = [str(tools.ffmpeg), "-nostdin", "-v", "error", *_clock(media), "-i", str(media), *how.split()]
    return subprocess.run(argv, capture_output=True, check=True, timeout=60).stdout


def _clock(media: Path) -> list[str]:
    """Times as the file has them, but for a transport stream, whose clock starts anywhere."""
    return [] if media.suffix == ".ts" else ["-copyts"]
