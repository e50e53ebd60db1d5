"""The inner side of captions: a program of its own that runs in the jail and collects CEA-608 from decoded frames.

Started as ``python captions_program.py URL STREAM PATH FORMATS CODECS`` in a job's scratch folder; it imports PyAV and
the standard library alone. Broadcasters put captions into the picture's own data (ATSC A/53 part 4), which the
decoders of H.264, HEVC and MPEG-2 give with each frame; ffmpeg reads captions as a stream only. So they are put into
one here: the file PATH (QuickTime, `c608`), in the order in which the frames are shown and at their times. It prints
the number of frames that had captions.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.container import InputContainer, OutputContainer
from av.error import InvalidDataError
from av.packet import Packet
from av.stream import Stream
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

_MILLISECOND = Fraction(1, 1000)
_ERASE = b"\xfc\x94\x2c" * 2
"""What a caption is ended by, said twice as always: "erase displayed memory" on line 21 (CTA-608-E, 6.2)."""

_ALIVE = 500


def main() -> None:
    """Copy the captions of a stream."""
    url, stream, path, formats, codecs = sys.argv[1:]
    allowed = {"protocol_whitelist": "http,tcp", "format_whitelist": formats, "codec_whitelist": codecs}
    with av.open(url, options=allowed) as source, av.open(path, "w", format="mov") as out:
        print(copied(source, int(stream), out))  # noqa: T201  # stdout is what the outer side reads


def copied(source: InputContainer, index: int, out: OutputContainer) -> int:
    """Write the captions of every frame at its time, and an end after the last one."""
    track = out.add_mux_stream("eia_608")
    count, end_s = 0, 0.0
    for frame in frames(source, next(stream for stream in source.streams.video if stream.index == index)):
        captions: Any = frame.side_data.get("A53_CC")
        if captions is None or frame.time is None:
            continue
        count, end_s = count + 1, frame.time + float((frame.duration or 0) * (frame.time_base or 0))
        out.mux(_packet(bytes(captions), frame.time, track))
    if count:
        out.mux(_packet(_ERASE, end_s, track))
    return count


def frames(source: InputContainer, video: VideoStream) -> Iterator[VideoFrame]:
    """Decode everything that can be decoded. Who writes nothing for long is taken for stuck."""
    video.thread_type = "AUTO"
    with Path("encoded/captions.alive").open("wb", buffering=0) as alive:
        for number, packet in enumerate(source.demux(video)):
            if number % _ALIVE == 0:
                alive.write(b".")
            with contextlib.suppress(InvalidDataError):
                yield from packet.decode()


def _packet(data: bytes, time_s: float, track: Stream) -> Packet[Stream]:
    packet: Packet[Stream] = Packet(data)
    packet.pts = packet.dts = round(time_s / _MILLISECOND)
    packet.time_base = _MILLISECOND
    packet.stream = track
    return packet


if __name__ == "__main__":
    main()
