"""Looking at what was made."""

from __future__ import annotations

from cloudtranscode.media.tools.command import Command
from cloudtranscode.media.tools.programs import Tool
from cloudtranscode.media.tools.words import START, ffprobe

_STRICT = ("-xerror", "-err_detect", "explode")
_LISTED = ("-protocol_whitelist", "file,concatf")
_COUNTED = ("-show_format", "-show_streams", "-count_packets")


def inspect_command(path: str) -> Command:
    """Look at a file of ours and count its packets."""
    return ffprobe("-protocol_whitelist", "file", *_COUNTED, path)


def decode_command(path: str, duration_s: float | None) -> Command:
    """Decode everything in a file of ours and throw it away; a decoding error fails."""
    return _decode(("-protocol_whitelist", "file", "-i", path), duration_s)


def inspect_listed(listing: str) -> Command:
    """Look at files of ours, listed line by line in ``listing``, as at one: an initialization and its segments."""
    return ffprobe(*_LISTED, *_COUNTED, f"concatf:{listing}")


def decode_listed(listing: str, duration_s: float | None) -> Command:
    """Decode what :func:`inspect_listed` looks at."""
    return _decode((*_LISTED, "-i", f"concatf:{listing}"), duration_s)


def decode_script(script: str, duration_s: float | None) -> Command:
    """Decode what the text of :func:`decryption` at ``script`` names."""
    return _decode((*_LISTED, *_scripted(script)), duration_s)


def digest_listed(listing: str, into: str) -> Command:
    """Write a digest of the packets as they lie in the files: of encrypted ones, without the key."""
    return _digest(("-i", f"concatf:{listing}"), into)


def digest_script(script: str, into: str) -> Command:
    """Write a digest of the packets of what the text of :func:`decryption` at ``script`` names."""
    return _digest(_scripted(script), into)


def decryption(listing: str, key: str) -> str:
    """Name files and the key that they are encrypted with: in a file, since lists of processes are no secret."""
    return f"ffconcat version 1.0\nfile 'concatf:{listing}'\noption decryption_key {key}\n"


def _scripted(script: str) -> tuple[str, ...]:
    return "-safe", "0", "-auto_convert", "0", "-f", "concat", "-i", script


def _digest(source: tuple[str, ...], into: str) -> Command:
    return Command(Tool.FFMPEG, (*START, *_LISTED, *source, "-map", "0", "-c", "copy", "-f", "md5", into))


def _decode(source: tuple[str, ...], duration_s: float | None) -> Command:
    clock = ("-fps_mode", "passthrough", "-enc_time_base:v", "demux")
    sink = ("-map", "0", "-c:s", "ass", *clock, "-f", "null", "-")
    return Command(Tool.FFMPEG, (*START, *_STRICT, *source, *sink), duration_s)
