"""Plan to argv lists: pure, deterministic, every path relative to the job's scratch folder."""

from __future__ import annotations

from dataclasses import replace

from cloudtranscode.media.plan.plan import Plan, SourceFacts, Still
from cloudtranscode.media.rendition import AudioRendition, VideoRendition
from cloudtranscode.media.tools.command import Command
from cloudtranscode.media.tools.door import SOURCE_URL
from cloudtranscode.media.tools.programs import Tool

ENCODED = "encoded"
"""The folder of the intermediate files."""

FINISHED = "finished"
"""The folder of what is delivered: one file or folder per output, named by its id."""

_HOLD_S = 2
"""How far a header may overstate the duration for a picture at the end still to be found. Never without a bound:
`tpad` would clone for ever."""

_QUIET = ("-nostdin", "-hide_banner", "-loglevel", "level+warning")
_PROGRESS = ("-y", "-progress", "pipe:1", "-stats_period", "0.5")
_SOURCE = ("-protocol_whitelist", "http,tcp", "-i", SOURCE_URL)
_PLAIN = ("-map_metadata", "-1", "-map_chapters", "-1", "-fflags", "+bitexact")


def probe_command() -> Command:
    """Look at the source."""
    return _ffprobe("-protocol_whitelist", "http,tcp", "-show_format", "-show_streams", SOURCE_URL)


def inspect_command(path: str) -> Command:
    """Look at a file of ours and count its packets."""
    return _ffprobe("-protocol_whitelist", "file", "-show_format", "-show_streams", "-count_packets", path)


def decode_command(path: str, duration_s: float | None) -> Command:
    """Decode everything in a file of ours and throw it away; a decoding error fails."""
    strict = ("-xerror", "-err_detect", "explode", "-protocol_whitelist", "file")
    sink = ("-map", "0", "-fps_mode", "passthrough", "-f", "null", "-")
    return Command(Tool.FFMPEG, (*_QUIET, *_PROGRESS, *strict, "-i", path, *sink), duration_s)


def copy_command(inputs: list[str], output: str, duration_s: float | None) -> Command:
    """Put encoded streams, one per input, into one MP4 with the index in front.

    ``-copyts`` keeps each file's own start; without it every input would be moved to zero and lose its place.
    """
    sources = [word for path in inputs for word in ("-protocol_whitelist", "file", "-i", path)]
    maps = [word for number in range(len(inputs)) for word in ("-map", f"{number}:0")]
    return Command(
        Tool.FFMPEG,
        (
            *_QUIET,
            *_PROGRESS,
            "-copyts",
            *sources,
            *maps,
            "-c",
            "copy",
            *_PLAIN,
            "-movflags",
            "+faststart",
            output,
        ),
        duration_s,
    )


def encode_commands(plan: Plan) -> list[Command]:
    """The commands that make every rendition and still.

    One that decodes the source once for all; without renditions, one per still, which seeks instead of decoding.
    """
    if plan.video:
        return [_encode(plan)]
    return [_still_alone(still, plan.source.video) for still in plan.stills]


def video_path(rendition_id: str) -> str:
    """Where the encode of a video rendition lies."""
    return f"{ENCODED}/v_{rendition_id}.mp4"


def audio_path(rendition_id: str) -> str:
    """Where the encode of an audio rendition lies."""
    return f"{ENCODED}/a_{rendition_id}.mp4"


def still_path(output_id: str) -> str:
    """Where a still lies; it is an output as it is."""
    return f"{FINISHED}/{output_id}.jpg"


def seconds(value: float) -> str:
    """Write a time for a command line, in microseconds at the finest: ``2``, ``0.041667``."""
    return f"{value:.6f}".rstrip("0").rstrip(".")


def _encode(plan: Plan) -> Command:
    args = [*_QUIET, *_PROGRESS, *_SOURCE, "-filter_complex", _graph(plan)]
    for item in plan.video:
        args += ["-map", f"[v_{item.id}]", *_video_encoder(item, plan.source), *_PLAIN, video_path(item.id)]
    if plan.audio:
        args += _audio_output(plan.audio, plan.source.offset_s)
    for still in plan.stills:
        args += ["-map", f"[s_{still.output_id}]", *_jpeg(still.output_id)]
    return Command(Tool.FFMPEG, tuple(args), plan.source.duration_s)


def _graph(plan: Plan) -> str:
    """One decode: a tap for each still, and a cascade in which each rung is scaled from the one above."""
    taps = [f"[t_{still.output_id}]" for still in plan.stills]
    head = [*_clock(plan.source.offset_s), f"split={len(taps) + 1}"] if taps else _clock(plan.source.offset_s)
    source = f"[0:{plan.source.video}]"
    chains = [f"{source}{','.join(head)}[rungs]{''.join(taps)}"] if head else []
    chains += _cascade(plan.video, "[rungs]" if head else source)
    chains += [f"[t_{still.output_id}]{_still_filters(still)}[s_{still.output_id}]" for still in plan.stills]
    return ";".join(chains)


def _cascade(rungs: tuple[VideoRendition, ...], source: str) -> list[str]:
    chains = []
    for number, item in enumerate(rungs):
        last = number == len(rungs) - 1
        exits = f"[v_{item.id}]" if last else f",split=2[v_{item.id}][below_{item.id}]"
        chains.append(f"{source}{_picture(item)}{exits}")
        source = f"[below_{item.id}]"
    return chains


def _picture(item: VideoRendition) -> str:
    size = f"scale={item.width}:{item.height}:flags=bicubic:out_range=tv"
    return f"{size},setsar=1,format={item.settings.pixel_format}"


def _still_filters(still: Still) -> str:
    """Wait for the frame first, so that one frame is scaled and not all; the last frame is held past the end."""
    wait = f"select='gte(t,{seconds(still.at_s)})*not(selected_n)'"
    return f"tpad=stop_mode=clone:stop_duration={_HOLD_S},{wait},{_jpeg_picture(still)}"


def _jpeg_picture(still: Still) -> str:
    return f"scale={still.width}:{still.height}:flags=bicubic:out_range=pc,setsar=1,format=yuvj420p"


def _clock(offset_s: float) -> list[str]:
    """Start the outputs' clock with the picture; the sound is moved by the same amount."""
    return [f"setpts=PTS-{seconds(offset_s)}/TB"] if offset_s else []


def _video_encoder(item: VideoRendition, source: SourceFacts) -> list[str]:
    settings = item.settings
    return [
        *("-c:v", "libx264", "-preset", settings.encoder_preset),
        *("-b:v", f"{settings.rate_kbps}k", "-maxrate", f"{settings.max_rate_kbps}k"),
        *("-bufsize", f"{settings.buffer_kbit}k"),
        *_timestamps(source),
        *_keyframes(settings.gop_s),
    ]


def _timestamps(source: SourceFacts) -> list[str]:
    """Neither repeat nor drop frames: of a constant rate all pass; of a varying one only equal times are dropped.

    A varying rate keeps the source's own clock: rounding to the average rate would make frames fall together.
    """
    if source.constant_rate:
        return ["-fps_mode", "passthrough"]
    return ["-fps_mode", "vfr", "-enc_time_base", "demux"]


def _keyframes(gop_s: float) -> list[str]:
    """Closed GOPs on one grid of time for all renditions, so that segments align.

    The expression is true on the first frame of each interval; a millisecond absorbs rounding. ``-g`` only lifts
    the encoder's own limit out of the way.
    """
    grid = f"floor((t+0.001)/{seconds(gop_s)})"
    before = f"floor((prev_forced_t+0.001)/{seconds(gop_s)})"
    return [
        *("-force_key_frames", f"expr:isnan(prev_forced_t)+gt({grid},{before})", "-forced-idr", "1"),
        *("-sc_threshold", "0", "-g", "9999", "-flags", "+cgop"),
    ]


def _audio_output(item: AudioRendition, offset_s: float) -> list[str]:
    """Sound starts with the picture: a late start and gaps are filled with silence, what is earlier is cut."""
    settings = item.settings
    moved = f"asetpts=PTS-{seconds(offset_s)}/TB," if offset_s else ""
    filters = f"{moved}aresample={settings.sample_rate}:async=1:first_pts=0"
    return [
        *("-map", f"0:{item.stream}", "-af", filters, "-ac", str(item.channels)),
        *("-c:a", settings.codec, "-b:a", f"{settings.rate_kbps}k", *_PLAIN, audio_path(item.id)),
    ]


def _still_alone(still: Still, video: int) -> Command:
    """Seek to just before the picture: the last one is then found even where the header overstates the duration."""
    early_s = min(still.at_s, _HOLD_S)
    seek = ("-ss", seconds(still.at_s - early_s)) if still.at_s > early_s else ()
    filters = _still_filters(replace(still, at_s=early_s))
    args = (*_QUIET, *_PROGRESS, *seek, *_SOURCE, "-map", f"0:{video}", "-vf", filters, *_jpeg(still.output_id))
    return Command(Tool.FFMPEG, args)


def _jpeg(output_id: str) -> list[str]:
    return [
        "-frames:v",
        "1",
        "-c:v",
        "mjpeg",
        "-q:v",
        "3",
        *_PLAIN,
        "-f",
        "image2",
        "-update",
        "1",
        still_path(output_id),
    ]


def _ffprobe(*args: str) -> Command:
    return Command(Tool.FFPROBE, ("-hide_banner", "-loglevel", "level+error", "-of", "json", *args))
