"""Files: encoded streams put into one container."""

from __future__ import annotations

from cloudtranscode.media.containers import FORMATS
from cloudtranscode.media.encode.picture import video_path
from cloudtranscode.media.encode.sound import audio_path
from cloudtranscode.media.plan.plan import FilePackage, Plan
from cloudtranscode.media.tools.command import Command
from cloudtranscode.media.tools.programs import Tool
from cloudtranscode.media.tools.words import FINISHED, PLAIN, START, own_file


def file_path(package: FilePackage) -> str:
    """Where a file lies."""
    return f"{FINISHED}/{package.output_id}{FORMATS[package.container].suffix}"


def file_command(package: FilePackage, plan: Plan) -> Command:
    """Put encoded streams, one per input, into one file; an MP4 has its index in front.

    ``-copyts`` keeps each file's own start; without it every input would be moved to zero and lose its place.
    """
    inputs = [
        *([video_path(plan.rendition(package.video))] if package.video else []),
        *(audio_path(plan.sound(name)) for name in package.audio),
    ]
    sources = [word for path in inputs for word in own_file(path)]
    maps = [word for number in range(len(inputs)) for word in ("-map", f"{number}:0")]
    words = (*START, "-copyts", *sources, *maps, "-c", "copy", *PLAIN, "-movflags", "+faststart", file_path(package))
    return Command(Tool.FFMPEG, words, plan.source.duration_s)
