"""Files: the whole command lines."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from cloudtranscode.errors import InvalidDocument
from cloudtranscode.media.containers import Container
from cloudtranscode.media.outputs import SubtitleTrack
from cloudtranscode.media.packaging.file import file_command
from cloudtranscode.media.plan.making import make_plan
from cloudtranscode.media.plan.plan import FilePackage, Plan, TextRendition
from cloudtranscode.media.rendition import VideoCodec
from cloudtranscode.media.source.probe import read_probe
from support.outputs import mp4, order
from support.presets import load_preset

_PLAIN = Path(__file__).parents[1] / "ffprobe" / "plain.json"
_START = "-nostdin -hide_banner -loglevel level+warning -y -progress pipe:1 -stats_period 0.5"
_OWN = "-protocol_whitelist file -i encoded"
_BARE = "-map_metadata -1 -map_chapters -1 -fflags +bitexact"


def _plan() -> Plan:
    plan = make_plan(order(mp4("m", "360p")), [read_probe(0, _PLAIN.read_text())], load_preset)
    (sound,) = plan.audio
    english = replace(sound, id="audio", language="en", name="English")
    french = replace(sound, id="audio1", language="fr", name="Director's cut")
    text = TextRendition("t", "de", "Deutsch", forced=True)
    return replace(plan, audio=(english, french), texts=(text,))


def _words(container: Container, *, codec: VideoCodec = VideoCodec.H264, texts: tuple[str, ...] = ()) -> list[str]:
    plan = _plan()
    video = tuple(replace(one, settings=replace(one.settings, codec=codec)) for one in plan.video)
    package = FilePackage("m", container, plan.video[0].id, ("audio", "audio1"), texts)
    return list(file_command(package, replace(plan, video=video)).args)


def test_an_mp4_with_two_sounds_and_forced_subtitles() -> None:
    expected = (
        f"{_START} -copyts {_OWN}/v_360p.mp4 {_OWN}/a_audio.mp4 {_OWN}/a_audio1.mp4 {_OWN}/text_t.vtt "
        f"-map 0:0 -map 1:0 -map 2:0 -map 3:0 -c:v copy -c:a copy -c:s mov_text {_BARE} "
        "-metadata:s:a:0 language=eng -metadata:s:a:0 title=English -metadata:s:a:0 handler_name=English "
        "-disposition:a:0 default -metadata:s:a:1 language=fra -metadata:s:a:1 title=Director's_cut "
        "-metadata:s:a:1 handler_name=Director's_cut -disposition:a:1 0 "
        "-metadata:s:s:0 language=deu -metadata:s:s:0 title=Deutsch -metadata:s:s:0 handler_name=Deutsch "
        "-disposition:s:0 forced -movflags +faststart -f mp4 finished/m.mp4"
    )
    assert _words(Container.MP4, texts=("t",)) == [word.replace("_cut", " cut") for word in expected.split()]


@pytest.mark.parametrize(
    ("container", "end"),
    [
        (Container.MP4, "-movflags +faststart -f mp4 finished/m.mp4"),
        (
            Container.FMP4,
            "-movflags +frag_keyframe+delay_moov+default_base_moof+global_sidx -f mp4 finished/m.mp4",
        ),
        (Container.MOV, "-movflags +faststart -f mov finished/m.mov"),
        (Container.WEBM, "-cues_to_front 1 -f webm finished/m.webm"),
        (Container.MKV, "-cues_to_front 1 -f matroska finished/m.mkv"),
        (Container.TS, "-disposition:a:1 0 -f mpegts finished/m.ts"),
    ],
)
def test_each_container_has_words_of_its_own(container: Container, end: str) -> None:
    assert " ".join(_words(container)).endswith(end)


@pytest.mark.parametrize("container", [Container.MP4, Container.FMP4, Container.MOV])
def test_hevc_is_named_as_apples_players_want_it(container: Container) -> None:
    assert "-tag:v hvc1" in " ".join(_words(container, codec=VideoCodec.HEVC))
    assert "-tag:v" not in _words(container)


def test_sound_alone() -> None:
    package = FilePackage("m", Container.MP3, None, ("audio1",))
    words = " ".join(file_command(package, _plan()).args)
    assert f"-copyts {_OWN}/a_audio1.mp4 -map 0:0 -c:v copy -c:a copy" in words
    assert words.endswith("-disposition:a:0 default -f mp3 finished/m.mp3")


@pytest.mark.parametrize("container", [Container.TS, Container.FMP4])
def test_subtitles_in_what_holds_none_are_refused(container: Container) -> None:
    wanted = replace(mp4("m", "360p"), container=container, subtitles=(0,))
    asked = replace(order(wanted), subtitles=(SubtitleTrack(sidecar="words", language="en"),))
    with pytest.raises(InvalidDocument, match=f"{container} holds no subtitles"):
        make_plan(asked, [read_probe(0, _PLAIN.read_text())], load_preset)
