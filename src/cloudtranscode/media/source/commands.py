"""Looking at a source."""

from __future__ import annotations

from cloudtranscode.media.tools.allowed import source_options
from cloudtranscode.media.tools.command import Command
from cloudtranscode.media.tools.door import lent
from cloudtranscode.media.tools.words import ffprobe

_FIRST = "%+#24"
"""The packets whose frames are decoded: HDR metadata, captions and fields often stand in the pictures alone."""


def probe_command(name: str = "source") -> Command:
    """Look at what the door lends as ``name``: its container, its streams, and its first frames."""
    looks = ("-show_format", "-show_streams", "-show_frames", "-read_intervals", _FIRST)
    return ffprobe(*source_options(), *looks, lent(name))
