"""Looking at a source."""

from __future__ import annotations

from cloudtranscode.media.tools.command import Command
from cloudtranscode.media.tools.door import lent
from cloudtranscode.media.tools.words import ffprobe


def probe_command(name: str = "source") -> Command:
    """Look at what the door lends as ``name``."""
    return ffprobe("-protocol_whitelist", "http,tcp", "-show_format", "-show_streams", lent(name))
