"""Files: encoded streams put into one container."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cloudtranscode.media.containers import FORMATS, Container
from cloudtranscode.media.encode.picture import video_path
from cloudtranscode.media.encode.sound import audio_path
from cloudtranscode.media.packaging.language import macintosh, three_letters
from cloudtranscode.media.packaging.text import text_path
from cloudtranscode.media.plan.plan import FilePackage, Plan, TextRendition
from cloudtranscode.media.rendition import AudioRendition, VideoCodec
from cloudtranscode.media.tools.command import Command
from cloudtranscode.media.tools.programs import Tool
from cloudtranscode.media.tools.words import FINISHED, PLAIN, START, own_file


def file_path(package: FilePackage) -> str:
    """Where a file lies."""
    return f"{FINISHED}/{package.output_id}{FORMATS[package.container].suffix}"


def file_command(package: FilePackage, plan: Plan) -> Command:
    """Put encoded streams, one per input, into one file; only subtitles change their form.

    ``-copyts`` keeps each file's own start; without it every input would be moved to zero and lose its place.
    """
    held, sounds = FORMATS[package.container], [plan.sound(name) for name in package.audio]
    texts = [plan.text(name) for name in package.texts]
    inputs = [
        *([video_path(plan.rendition(package.video))] if package.video else []),
        *(audio_path(item) for item in sounds),
        *(text_path(item) for item in texts),
    ]
    words = [*START, "-copyts", *(word for path in inputs for word in own_file(path))]
    words += [word for number in range(len(inputs)) for word in ("-map", f"{number}:0")]
    words += ["-c:v", "copy", "-c:a", "copy", *(["-c:s", str(held.text)] if texts else []), *PLAIN]
    if held.iso and package.video and plan.rendition(package.video).settings.codec is VideoCodec.HEVC:
        words += ["-tag:v", "hvc1"]  # Apple's players know no other: HLS authoring specification, 1.10
    words += [
        *_tracks("a", sounds, package.container),
        *_tracks("s", texts, package.container),
        *held.words,
        "-f",
        held.muxer,
        file_path(package),
    ]
    return Command(Tool.FFMPEG, tuple(words), plan.source.duration_s)


def _tracks(kind: str, tracks: Sequence[AudioRendition | TextRendition], container: Container) -> Iterator[str]:
    """What players show of tracks when there is a choice: which language, which name, which one by itself."""
    letters = macintosh if container is Container.MOV else three_letters
    names = ("title", "handler_name") if FORMATS[container].iso else ("title",)
    for number, item in enumerate(tracks):
        place = f"-metadata:s:{kind}:{number}"
        if item.language:
            yield from (place, f"language={letters(item.language)}")
        for name in names if item.name else ():
            yield from (place, f"{name}={item.name}")
        yield from (f"-disposition:{kind}:{number}", _disposition(item, first=number == 0))


def _disposition(item: AudioRendition | TextRendition, *, first: bool) -> str:
    if isinstance(item, TextRendition):
        return "forced" if item.forced else "0"
    return "default" if first else "0"
