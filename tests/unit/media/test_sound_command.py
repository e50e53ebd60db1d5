"""Whole command lines of sound, as they are run."""

from __future__ import annotations

import shlex
from dataclasses import replace

import pytest

from cloudtranscode.media.check.levels import level_commands
from cloudtranscode.media.encode.commands import encode_commands
from cloudtranscode.media.encode.measuring import measure_commands
from cloudtranscode.media.outputs import Waveform, WaveformFormat
from cloudtranscode.media.plan.plan import ClipPlan, ClipSound, Plan, SourceFacts
from cloudtranscode.media.plan.waveform import WaveformPlan
from cloudtranscode.media.rendition import AudioCodec, AudioRendition, AudioSettings, Loudness
from cloudtranscode.media.sound.loudness import LoudnessMeasure
from cloudtranscode.media.tools.allowed import source_options

_START = "-nostdin -hide_banner -loglevel level+warning -y -progress pipe:1 -stats_period 0.5"
_TELLING = f"-nostats {_START.replace('warning', 'info')}"
_SOURCE = shlex.join([*source_options(), "-i", "http://127.0.0.1:8080/source"])
_PLAIN = "-map_metadata -1 -map_chapters -1 -fflags +bitexact"
_STEADY = "aresample=async=1:first_pts=0"
_FACTS = SourceFacts(video=False, frame_rate=None, constant_rate=False, duration_s=3.0, audio_end_s=3.0, frames=None)
_R128 = AudioSettings(AudioCodec.AAC, 192, loudness=Loudness(-23, -1))


def _plan(*items: AudioRendition, waveforms: tuple[WaveformPlan, ...] = ()) -> Plan:
    clip = ClipPlan("source", None, tuple(ClipSound(index) for index in range(3)), duration_s=3.0)
    return Plan(_FACTS, (clip,), audio=items, waveforms=waveforms)


def _words(plan: Plan, measured: dict[str, LoudnessMeasure] | None = None) -> str:
    (command,) = encode_commands(plan, measured)
    return shlex.join(command.args)


def _graph(plan: Plan, measured: dict[str, LoudnessMeasure] | None = None) -> str:
    (command,) = encode_commands(plan, measured)
    return command.args[command.args.index("-filter_complex") + 1]


def test_stereo_as_it_is() -> None:
    assert _words(_plan(AudioRendition("audio", (0,), 2, AudioSettings()))) == (
        f"{_START} {_SOURCE} -filter_complex '[0:0]anull[a_audio];"
        f"[a_audio]{_STEADY},aformat=channel_layouts=stereo,pan=stereo|FL=c0|FR=c1,aresample=48000[s_audio]' "
        f"-map '[s_audio]' -c:a aac -b:a 128k {_PLAIN} encoded/a_audio.mp4"
    )


@pytest.mark.parametrize(("begins_s", "steady"), [(0.0, "atrim=start=0,aresample=async=1"), (0.7, _STEADY)])
def test_sound_that_may_change_is_filled_up_only_where_it_must_be(begins_s: float, steady: str) -> None:
    plan = _plan(AudioRendition("audio", (0,), 2, AudioSettings()))
    clip = replace(plan.clips[0], sounds=(ClipSound(0, begins_s, changing=True),))
    assert f"[a_audio]{steady},aformat" in _graph(replace(plan, clips=(clip,)))


def test_surround_to_stereo_with_its_peaks_held() -> None:
    item = AudioRendition("audio", (0,), 2, AudioSettings(), channels_in=(6,), layout_in="5.1")
    assert _graph(_plan(item)).split(";")[1] == (
        f"[a_audio]{_STEADY},aformat=channel_layouts=5.1,"
        "pan=stereo|FL=c0+0.7071*c2+0.7071*c4|FR=c1+0.7071*c2+0.7071*c5,aformat=sample_fmts=fltp,"
        "aresample=192000,alimiter=limit=0.8913:level=false:latency=true,aresample=48000[s_audio]"
    )


def test_two_mono_streams_side_by_side() -> None:
    pcm = AudioSettings(AudioCodec.PCM, None, bits=24)
    item = AudioRendition("audio", (0, 2), 2, pcm, channels_in=(1, 1))
    assert _words(_plan(item)).split(" -filter_complex ")[1] == (
        "'[0:0]anull[a_audio_0];[0:2]anull[a_audio_1];"
        f"[a_audio_0]{_STEADY},pan=stereo|FL=c0[side_a_audio_0];[a_audio_1]{_STEADY},pan=stereo|FR=c0[side_a_audio_1];"
        "[side_a_audio_0][side_a_audio_1]amix=inputs=2:duration=longest:normalize=0,"
        "pan=stereo|FL=c0|FR=c1,aresample=48000[s_audio]' "
        f"-map '[s_audio]' -c:a pcm_s24le {_PLAIN} encoded/a_audio.mov"
    )


def test_loudness_is_measured_once_for_each_mix_and_then_reached_by_a_gain() -> None:
    twins = [AudioRendition(name, (0,), 2, _R128) for name in ("audio", "audio2")]
    mono = AudioRendition("audio3", (0,), 1, _R128, layout="mono")
    (command,) = measure_commands(_plan(*twins, mono))
    assert shlex.join(command.args) == (
        f"{_TELLING} {_SOURCE} -filter_complex '[0:0]asplit=2[m_audio][m_audio3];"
        f"[m_audio]{_STEADY},aformat=channel_layouts=stereo,pan=stereo|FL=c0|FR=c1,"
        "ebur128@audio=peak=true:framelog=quiet[measured_audio];"
        f"[m_audio3]{_STEADY},aformat=channel_layouts=stereo,pan=mono|FC=0.5*c0+0.5*c1,"
        "ebur128@audio3=peak=true:framelog=quiet[measured_audio3]' "
        "-map '[measured_audio]' -f null - -map '[measured_audio3]' -f null -"
    )
    quiet = _graph(_plan(twins[0]), {"audio": LoudnessMeasure(-30.5, -20.0)})
    assert "FR=c1,volume=7.5dB:precision=float,aresample=48000[s_audio]" in quiet
    peaky = _graph(_plan(twins[0]), {"audio": LoudnessMeasure(-30.5, -5.0)})
    assert "volume=7.5dB:precision=float,aresample=192000,alimiter=limit=0.7079:level=false:latency=true" in peaky


def test_no_more_than_three_meters_speak_at_once() -> None:
    items = [AudioRendition(f"audio{number}", (number,), 2, _R128) for number in range(3)]
    items.append(AudioRendition("audio4", (0,), 1, _R128, layout="mono"))
    assert [command.args.count("-map") for command in measure_commands(_plan(*items))] == [3, 1]
    assert [command.args.count("-i") for command in level_commands(_plan(*items))] == [3, 1]


def test_a_waveform_is_made_of_blocks_peaks() -> None:
    item = WaveformPlan(Waveform("w", WaveformFormat.JSON), (0,), (2,), "stereo", samples=2400)
    assert _words(_plan(waveforms=(item,))).split(" -filter_complex ")[1] == (
        f"'[0:0]anull[w_w];[w_w]{_STEADY},aformat=channel_layouts=stereo,pan=mono|FC=0.5*c0+0.5*c1,"
        "aresample=48000,aformat=sample_fmts=flt,asetnsamples=n=2400:p=0,"
        "astats=metadata=1:reset=1:measure_perchannel=none:measure_overall=Min_level+Max_level,"
        "ametadata=mode=print:file=encoded/peaks_w.txt[peaks_w]' -map '[peaks_w]' -f null -"
    )
