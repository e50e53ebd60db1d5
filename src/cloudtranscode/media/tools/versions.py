"""Which versions the tools of this machine are, in their own words."""

from __future__ import annotations

import re

from cloudtranscode.media.tools.command import Command
from cloudtranscode.media.tools.programs import Tool
from cloudtranscode.media.tools.runner import Completed

_VERSION = re.compile(r"\bversion (\S+)")

VERSION_COMMANDS = (
    Command(Tool.FFMPEG, ("-nostdin",)),  # its stdout is for progress: the banner stands on stderr
    Command(Tool.FFPROBE, ("-version",)),
    Command(Tool.PACKAGER, ("--version",)),
)


def read_version(done: Completed) -> str:
    """Return the version that a tool named, ``unknown`` when it named none."""
    found = _VERSION.search("\n".join((done.output, *done.tail)))
    return found[1] if found else "unknown"
