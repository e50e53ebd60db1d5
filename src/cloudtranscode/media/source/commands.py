"""Looking at a source."""

from __future__ import annotations

from dataclasses import replace

from cloudtranscode.media.tools.allowed import source_options
from cloudtranscode.media.tools.command import Command
from cloudtranscode.media.tools.door import lent
from cloudtranscode.media.tools.limits import Limits
from cloudtranscode.media.tools.words import ffprobe

_FIRST = "%+#24"
"""The packets whose frames are decoded: HDR metadata, captions and fields often stand in the pictures alone."""

_WARNING = ("-loglevel", "level+warning")
"""ffprobe says on this level alone that it has guessed a duration from the bit rate."""

_LIMITS = Limits(memory_bytes=4 << 30, cpu_seconds=30, file_bytes=1 << 20)
"""Hours of 8K take some seconds and 1 GiB. What takes more was made for that: an MP4 with a million edits, for one."""


def probe_command(name: str = "source") -> Command:
    """Look at what the door lends as ``name``: its container, its streams, and its first frames."""
    looks = ("-show_format", "-show_streams", "-show_frames", "-read_intervals", _FIRST)
    return replace(ffprobe(*_WARNING, *source_options(), *looks, lent(name)), limits=_LIMITS)
