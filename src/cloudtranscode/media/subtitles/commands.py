"""The commands that get subtitles out of what a job reads, as SubRip on the clips' own clocks."""

from __future__ import annotations

from pathlib import Path

from cloudtranscode.media.encode.input import source_words
from cloudtranscode.media.plan.plan import Plan, TextRendition
from cloudtranscode.media.subtitles.cue import MOST_BYTES
from cloudtranscode.media.tools.allowed import CODECS, FORMATS
from cloudtranscode.media.tools.command import Command, python_command
from cloudtranscode.media.tools.door import lent
from cloudtranscode.media.tools.programs import Tool
from cloudtranscode.media.tools.words import ENCODED, START, own_file

_FOLDER = Path(__file__).parent


def words_path(item: TextRendition, clip: int) -> str:
    """Where the words of one clip lie, as they were found."""
    return f"{ENCODED}/words_{item.id}_{clip}.srt"


def stream_commands(plan: Plan) -> list[Command]:
    """Return one command for each clip that has some of the streams; times stay those of the container."""
    commands = []
    for number, clip in enumerate(plan.clips):
        streams = [(item, item.streams[number]) for item in plan.texts if item.streams]
        words = [
            word
            for item, stream in streams
            if stream is not None
            for word in ("-map", f"0:{stream}", "-c:s", "subrip", "-f", "srt", words_path(item, number))
        ]
        if words:
            reading = (*START, "-copyts", *source_words(clip.name), *words)
            commands.append(Command(Tool.FFMPEG, reading, plan.source.duration_s))
    return commands


def captions_commands(item: TextRendition, plan: Plan) -> list[tuple[Command, Command]]:
    """Return for each clip what collects the captions of its picture, and what makes words of them."""
    program = _FOLDER / "captions_program.py"
    pairs = []
    for number, clip in enumerate(plan.clips):
        path = f"{ENCODED}/captions_{item.id}_{number}.mov"
        order = (lent(clip.name), str(clip.video), path, ",".join(FORMATS), ",".join(CODECS))
        words = (*START, "-copyts", *own_file(path), "-map", "0:0", "-c:s", "subrip", "-f", "srt")
        pairs.append((python_command(program, *order), Command(Tool.FFMPEG, (*words, words_path(item, number)))))
    return pairs


def sidecar_command(name: str) -> Command:
    """Return what fetches a sidecar and makes Unicode of it."""
    return python_command(_FOLDER / "sidecar_program.py", lent(name), str(MOST_BYTES))
