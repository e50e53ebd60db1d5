"""Words that the command lines of all tools share."""

from __future__ import annotations

from cloudtranscode.media.tools.command import Command
from cloudtranscode.media.tools.limits import Limits
from cloudtranscode.media.tools.programs import Tool

ENCODED = "encoded"
"""The folder of the intermediate files."""

FINISHED = "finished"
"""The folder of what is delivered: one file or folder per output, named by its id."""

START = (
    *("-nostdin", "-hide_banner", "-loglevel", "level+warning"),
    *("-y", "-progress", "pipe:1", "-stats_period", "0.5"),
)
"""How every ffmpeg begins."""

PLAIN = ("-map_metadata", "-1", "-map_chapters", "-1", "-fflags", "+bitexact")
"""Nothing of the source's own words, and nothing that differs from run to run."""

_LOOKING = Limits(memory_bytes=4 << 30, file_bytes=1 << 20)
"""ffprobe decodes a few pictures at most, and writes no file."""


def own_file(path: str) -> tuple[str, ...]:
    """Read a file of ours, and nothing that it may name."""
    return "-protocol_whitelist", "file", "-i", path


def ffprobe(*args: str) -> Command:
    """Ask ffprobe for JSON."""
    return Command(Tool.FFPROBE, ("-hide_banner", "-loglevel", "level+error", "-of", "json", *args), limits=_LOOKING)


def seconds(value: float) -> str:
    """Write a time for a command line, in microseconds at the finest: ``2``, ``0.041667``."""
    return f"{value:.6f}".rstrip("0").rstrip(".")
