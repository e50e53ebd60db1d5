"""Whole command lines, as they are run."""

from __future__ import annotations

import shlex
from dataclasses import replace
from pathlib import Path

from cloudtranscode.media.encode.commands import encode_commands
from cloudtranscode.media.outputs import Output
from cloudtranscode.media.plan.making import make_plan
from cloudtranscode.media.plan.plan import Plan
from cloudtranscode.media.source.commands import probe_command
from cloudtranscode.media.source.probe import read_probe
from cloudtranscode.media.tools.allowed import source_options
from cloudtranscode.media.tools.words import seconds
from support.outputs import hls, mp4, order, poster
from support.presets import load_preset

_FIXTURES = Path(__file__).parent / "ffprobe"
_START = "-nostdin -hide_banner -loglevel level+warning -y -progress pipe:1 -stats_period 0.5"
_SOURCE = shlex.join([*source_options(), "-i", "http://127.0.0.1:8080/source"])
_PLAIN = "-map_metadata -1 -map_chapters -1 -fflags +bitexact"
_GOP = (
    "-forced-idr 1 -sc_threshold 0 -g 9999 -flags +cgop -fps_mode passthrough "
    "-force_key_frames 'expr:isnan(prev_forced_t)+gt(floor((t+0.001)/2),floor((prev_forced_t+0.001)/2))'"
)
_X264 = "-c:v libx264 -preset medium"


def _plan(*outputs: Output, source: str = "plain") -> Plan:
    info = read_probe(0, (_FIXTURES / f"{source}.json").read_text())
    if source == "plain":
        sized = replace(info.video[0], width=1920, height=1080, display_width=1920, display_height=1080)
        info = replace(info, video=(sized,))
    return make_plan(order(*outputs), [info], load_preset)


def _encode(*outputs: Output, source: str = "plain") -> list[str]:
    (command,) = encode_commands(_plan(*outputs, source=source))
    return list(command.args)


def test_probe() -> None:
    looks = [
        "-show_format",
        "-show_streams",
        "-show_frames",
        "-read_intervals",
        "%+#24",
        "http://127.0.0.1:8080/source",
    ]
    assert list(probe_command().args) == [
        *["-hide_banner", "-loglevel", "level+error", "-of", "json", "-loglevel", "level+warning"],
        *source_options(),
        *looks,
    ]


def test_one_decode_makes_everything() -> None:
    graph = (
        "[0:0]setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709:range=tv,split=2[rungs][t_p];"
        "[rungs]scale=1280:720:flags=bicubic:out_range=tv,setsar=1,format=yuv420p,split=2[v_720p][below_720p];"
        "[below_720p]scale=640:360:flags=bicubic:out_range=tv,setsar=1,format=yuv420p[v_360p];"
        "[t_p]tpad=stop_mode=clone:stop_duration=2,setpts='if(isnan(PREV_INPTS),0,PREV_INPTS+0.002/TB)',"
        "fps=fps=1/1:start_time=1.5:round=up:eof_action=pass,scale=1920:1080:flags=bicubic,setsar=1,format=yuv444p,"
        "signalstats,metadata=mode=print:file=encoded/s_p.txt,scale=out_color_matrix=bt601:out_range=pc,format=yuv420p[s_p]"
    )
    sound = (
        "[0:1]anull[a_audio];[a_audio]aresample=async=1:first_pts=0,aformat=channel_layouts=stereo,"
        "pan=stereo|FL=c0|FR=c1,aresample=48000[s_audio]"
    )
    expected = [
        *_START.split(),
        *shlex.split(_SOURCE),
        *("-filter_complex", graph, "-filter_complex", sound),
        *shlex.split(
            f"-map [v_720p] {_X264} -crf 22 -maxrate 2800k -bufsize 5600k {_GOP} {_PLAIN} "
            "encoded/v_720p.mp4 "
            f"-map [v_360p] {_X264} -crf 22 -maxrate 800k -bufsize 1600k {_GOP} {_PLAIN} "
            "encoded/v_360p.mp4 "
            f"-map [s_p] -frames:v 1 -fps_mode passthrough -c:v mjpeg -q:v 3 {_PLAIN} "
            "-f image2 -update 1 finished/p.jpg "
            f"-map [s_audio] -c:a aac -b:a 128k {_PLAIN} encoded/a_audio.mp4"
        ),
    ]
    assert _encode(mp4("m", "720p"), hls("h", "720p", "360p"), poster("p", 1.5)) == expected


def test_a_varying_rate_keeps_the_sources_clock() -> None:
    args = " ".join(_encode(mp4("m", "360p"), source="vfr"))
    assert "-fps_mode vfr -enc_time_base demux" in args


def test_a_late_picture_moves_both_clocks_by_the_same() -> None:
    args = " ".join(_encode(mp4("m", "360p"), source="late_picture"))
    assert "range=tv,setpts=PTS-round(0.5/TB)[rungs]" in args
    assert "[0:1]asetpts=PTS-round(0.5/TB)[a_audio]" in args


def test_seconds_are_written_short_and_never_as_powers() -> None:
    assert [seconds(value) for value in (0, 2, 0.041667, 86400.5, 1e-6)] == [
        "0",
        "2",
        "0.041667",
        "86400.5",
        "0.000001",
    ]
