"""Looking at what was made."""

from __future__ import annotations

from cloudtranscode.media.tools.command import Command
from cloudtranscode.media.tools.programs import Tool
from cloudtranscode.media.tools.words import START, ffprobe


def inspect_command(path: str) -> Command:
    """Look at a file of ours and count its packets."""
    return ffprobe("-protocol_whitelist", "file", "-show_format", "-show_streams", "-count_packets", path)


def decode_command(path: str, duration_s: float | None) -> Command:
    """Decode everything in a file of ours and throw it away; a decoding error fails."""
    strict = ("-xerror", "-err_detect", "explode", "-protocol_whitelist", "file")
    sink = ("-map", "0", "-fps_mode", "passthrough", "-f", "null", "-")
    return Command(Tool.FFMPEG, (*START, *strict, "-i", path, *sink), duration_s)
