from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from cloudtranscode.media.encode.commands import encode_commands
from cloudtranscode.media.encode.stills.assembly import assembly_commands
from cloudtranscode.media.outputs import (
    Moment,
    MomentKind,
    Poster,
    Preview,
    PreviewFormat,
    Sprite,
    StillFormat,
    Thumbnails,
)
from cloudtranscode.media.plan.plan import ClipPlan, Plan, SourceFacts
from cloudtranscode.media.plan.stills import Stills
from cloudtranscode.media.rendition import Fit, Size
from cloudtranscode.media.source.streams import Colour, Hdr
from cloudtranscode.media.tools.words import START

_FACTS = SourceFacts(
    video=True,
    frame_rate=Fraction(24),
    constant_rate=True,
    duration_s=60.0,
    audio_end_s=None,
    frames=1440,
    width=1920,
    height=1080,
)
_BT709 = Colour("bt709", "bt709", "bt709", "tv")
_SEEN = "format=yuv444p,signalstats"
_HELD = "tpad=stop_mode=clone:stop_duration=2,setpts='if(isnan(PREV_INPTS),0,PREV_INPTS+0.002/TB)'"
_PLAIN = "-map_metadata -1 -map_chapters -1 -fflags +bitexact"


def _plan(*outputs: Poster | Thumbnails | Sprite | Preview, colour: Colour = _BT709) -> Plan:
    stills = Stills(_FACTS)
    for output in outputs:
        stills.add(output)
    clip = ClipPlan("source", 0, duration_s=60.0, colour=colour)
    return Plan(
        _FACTS,
        (clip,),
        stills=tuple(stills.stills),
        series=tuple(stills.series),
        sprites=tuple(stills.sprites),
        previews=tuple(stills.previews),
    )


def _graph(plan: Plan) -> list[str]:
    (command,) = encode_commands(plan)
    return command.args[command.args.index("-filter_complex") + 1].split(";")


def _outputs(plan: Plan) -> str:
    (command,) = encode_commands(plan)
    return " ".join(command.args[command.args.index("-filter_complex") + 2 :])


def test_thumbnails_are_a_branch_of_the_decode() -> None:
    plan = _plan(Thumbnails("t", every_s=2.5, format=StillFormat.WEBP))
    assert _graph(plan)[-1] == (
        f"[t_t]{_HELD},fps=fps=2/5:start_time=0:round=up:eof_action=pass,scale=320:180:flags=bicubic,setsar=1,"
        f"{_SEEN},metadata=mode=print:file=encoded/s_t.txt,scale=out_color_matrix=bt601:out_range=tv,format=yuv420p[s_t]"
    )
    assert _outputs(plan) == (
        f"-map [s_t] -frames:v 24 -fps_mode passthrough -c:v libwebp -q:v 80 {_PLAIN} "
        "-f image2 -start_number 1 finished/t/thumb%06d.webp"
    )


def test_candidates_for_the_best_are_pairs_that_are_measured() -> None:
    plan = _plan(Poster("p", Moment(MomentKind.BEST)))
    chain = _graph(_with_a_rendition(plan))[-2]
    assert "fps=fps=5/1:start_time=1.3:round=up:eof_action=pass,select='lt(mod(n,15),2)'," in chain
    assert f"{_SEEN},blurdetect,entropy,metadata=mode=print:file=encoded/s_p.txt," in chain


def _with_a_rendition(plan: Plan) -> Plan:
    """Ask for so many pictures that the source is decoded."""
    return replace(plan, series=_plan(Thumbnails("many", every_s=0.5)).series)


def test_pictures_alone_are_sought_and_begin_two_seconds_early() -> None:
    plan = _plan(Poster("p", Moment(value=45), StillFormat.PNG))
    (command,) = encode_commands(plan)
    assert command.args[: len(START) + 2] == (*START, "-ss", "33")  # ten more for the group of pictures
    assert command.duration_s is None
    assert "setpts=PTS-round(10/TB),trim=start=-0.001" in _graph(plan)[0]
    assert "fps=fps=1/1:start_time=2:" in _graph(plan)[-1]
    assert _outputs(plan).endswith("-f image2 -update 1 finished/p.png")


def test_each_burst_is_one_seek_and_the_numbers_go_on() -> None:
    commands = encode_commands(_plan(Thumbnails("t", count=3, name="n%02d")))
    ends = [" ".join(command.args[-4:]) for command in commands]
    assert ends == [f"image2 -start_number {number} finished/t/n%02d.jpg" for number in (1, 2, 3)]
    assert [command.args[len(START) + 1] for command in commands if "-ss" in command.args] == ["18", "38"]


def test_every_fit_has_its_filters() -> None:
    box = {fit: Size(width=200, height=200, fit=fit) for fit in Fit}
    chains = {fit: _graph(_plan(Poster("p", size=size)))[-1] for fit, size in box.items()}
    assert ",crop=1080:1080,scale=200:200:flags=bicubic,setsar=1," in chains[Fit.FILL]
    assert ",scale=200:112:flags=bicubic,pad=200:200:(ow-iw)/2:(oh-ih)/2,setsar=1," in chains[Fit.PAD]
    assert ",scale=200:200:flags=bicubic,setsar=1," in chains[Fit.EXACT]
    assert ",scale=200:112:flags=bicubic,setsar=1," in chains[Fit.FIT]


def test_pictures_of_hdr_are_tone_mapped() -> None:
    hdr = Colour("bt2020", "smpte2084", "bt2020nc", "tv", Hdr.HDR10)
    assert "tonemap=" in _graph(_plan(Poster("p"), colour=hdr))[-1]


def test_sheets_and_animations_are_made_of_pictures_of_ours() -> None:
    gif = Preview("g", PreviewFormat.GIF, length_s=2, clips=2, frame_rate=12.5)
    plan = _plan(Sprite("s", every_s=5, columns=4, rows=3), gif, Preview("w"))
    sheets, webp = (" ".join(command.args[len(START) :]) for command in assembly_commands(plan)[::2])
    assert sheets == (
        "-f image2 -start_number 1 -protocol_whitelist file -i encoded/s_s_%06d.png "
        "-vf tile=4x3,scale=out_color_matrix=bt601:out_range=pc,format=yuv420p -c:v mjpeg -q:v 3 "
        f"{_PLAIN} -fps_mode passthrough -f image2 finished/s/sprite%03d.jpg"
    )
    assert webp == (
        "-framerate 10 -f image2 -start_number 1 -protocol_whitelist file -i encoded/s_w_%06d.png "
        "-vf scale=out_color_matrix=bt601:out_range=tv,format=yuv420p "
        f"{_PLAIN} -loop 0 -c:v libwebp_anim -q:v 60 -f webp finished/w.webp"
    )
    words = assembly_commands(plan)[1].args
    assert words[words.index("-framerate") + 1] == "12.5"
    assert "palettegen" in words[words.index("-vf") + 1]
