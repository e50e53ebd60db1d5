"""Ladders: the whole command lines, and what is put right in the playlists."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from cloudtranscode.media.outputs import Encryption, Manifest, Scheme
from cloudtranscode.media.packaging.finish import finished_master, finished_media
from cloudtranscode.media.packaging.ladder import key_flags, key_path, ladder_command
from cloudtranscode.media.plan.making import make_plan
from cloudtranscode.media.plan.plan import LadderPackage, Plan, TextRendition
from cloudtranscode.media.source.probe import read_probe
from support.outputs import hls, order
from support.presets import load_preset

_PLAIN = Path(__file__).parents[1] / "ffprobe" / "plain.json"
_FILES = "init_segment=finished/h/{0}/init.mp4,segment_template=finished/h/{0}/seg_$Number%05d$.m4s"
_SECRET = Encryption(Scheme.CBCS, "0" * 32, "c" * 32, "d" * 32, "https://keys.example/1")


def _plan() -> Plan:
    return make_plan(order(hls("h", "360p")), [read_probe(0, _PLAIN.read_text())], load_preset)


def _package(plan: Plan) -> LadderPackage:
    (package,) = plan.packages
    assert isinstance(package, LadderPackage)
    return package


def _with_tracks() -> tuple[LadderPackage, Plan]:
    plan = _plan()
    (sound,) = plan.audio
    sounds = (replace(sound, language="eng"), replace(sound, id="audio1", language="en", name='A "b", in=c'))
    texts = (TextRendition("t", "de", None, forced=True), TextRendition("u", "de", None, forced=False))
    package = replace(_package(plan), audio=("audio", "audio1"), texts=("t", "u"))
    return package, replace(plan, audio=sounds, texts=texts)


def test_hls_alone() -> None:
    plan = _plan()
    picture = "playlist_name=360p/index.m3u8,iframe_playlist_name=360p/iframes.m3u8"
    sound = "playlist_name=audio/index.m3u8,hls_group_id=audio,hls_name=audio"
    assert list(ladder_command(_package(plan), plan).args) == [
        f"in=encoded/v_360p.mp4,stream=video,{_FILES.format('360p')},{picture}",
        f"in=encoded/a_audio.mp4,stream=audio,{_FILES.format('audio')},{sound}",
        *["--hls_master_playlist_output", "finished/h/master.m3u8", "--hls_playlist_type", "VOD"],
        *["--segment_duration", "6", "--fragment_duration", "2", "--quiet"],
    ]


def test_dash_alone() -> None:
    plan = _plan()
    package = replace(_package(plan), manifests=frozenset({Manifest.DASH}))
    assert list(ladder_command(package, plan).args) == [
        f"in=encoded/v_360p.mp4,stream=video,{_FILES.format('360p')}",
        f"in=encoded/a_audio.mp4,stream=audio,{_FILES.format('audio')},dash_label=audio",
        *["--mpd_output", "finished/h/manifest.mpd", "--generate_static_live_mpd"],
        *["--segment_duration", "6", "--fragment_duration", "2", "--quiet"],
    ]


def test_both_with_languages_and_subtitles() -> None:
    package, plan = _with_tracks()
    package = replace(package, manifests=frozenset({Manifest.HLS, Manifest.DASH}), iframes=False)
    _, first, second, forced, other, *words = ladder_command(package, plan).args
    assert first.endswith("hls_group_id=audio,hls_name=en,dash_label=en,lang=en")
    assert second.endswith("hls_group_id=audio,hls_name=A b in c,dash_label=A b in c,lang=en")
    assert forced == (
        "in=encoded/text_t.vtt,stream=text,segment_template=finished/h/text_t/seg_$Number%05d$.vtt,"
        "playlist_name=text_t/index.m3u8,hls_group_id=text,hls_name=de,dash_label=de,lang=de,forced_subtitle=1"
    )
    assert other.endswith("hls_name=de (u),dash_label=de (u),lang=de")
    assert " ".join(words) == (
        "--hls_master_playlist_output finished/h/master.m3u8 --hls_playlist_type VOD "
        "--mpd_output finished/h/manifest.mpd --generate_static_live_mpd "
        "--segment_duration 6 --fragment_duration 2 --default_text_language zxx --default_language en --quiet"
    )


def test_the_key_stands_in_a_file_and_not_on_the_command_line() -> None:
    plan = _plan()
    package = replace(_package(plan), encryption=_SECRET)
    words = " ".join(ladder_command(package, plan).args)
    assert words.endswith(
        "--enable_raw_key_encryption --protection_scheme cbcs --clear_lead 0 "
        f"--hls_key_uri https://keys.example/1 --flagfile {key_path(package)} --quiet"
    )
    assert "c" * 32 not in words
    assert "d" * 32 not in words
    assert key_flags(_SECRET) == f"--keys=label=:key_id={'0' * 32}:key={'c' * 32}\n--iv={'d' * 32}\n"
    assert "c" * 32 not in repr(plan)


_MASTER = """#EXTM3U
#EXT-X-MEDIA:TYPE=AUDIO,URI="a/index.m3u8",NAME="a",DEFAULT={0},AUTOSELECT=YES
#EXT-X-MEDIA:TYPE=AUDIO,URI="b/index.m3u8",NAME="b",DEFAULT={1},AUTOSELECT=YES
#EXT-X-STREAM-INF:BANDWIDTH=1,CODECS="av01"{2}
v/index.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=1,CODECS="hvc1",VIDEO-RANGE=PQ
h/index.m3u8
#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=1,CODECS="av01",URI="v/iframes.m3u8"{2}
"""


def test_without_a_language_the_first_sound_is_the_default() -> None:
    assert finished_master(_MASTER.format("NO", "NO", ""), {}, {}) == _MASTER.format("YES", "NO", "")
    assert finished_master(_MASTER.format("NO", "YES", ""), {}, {}) == _MASTER.format("NO", "YES", "")


def test_hdr_is_told_where_the_packager_does_not_see_it() -> None:
    expected = _MASTER.format("YES", "NO", ",VIDEO-RANGE=PQ")
    assert finished_master(_MASTER.format("YES", "NO", ""), {"v": "PQ", "h": "PQ"}, {}) == expected


@pytest.mark.parametrize(("scheme", "keys"), [(Scheme.CENC, 1), (Scheme.CBCS, 0)])
def test_where_the_key_is_stands_behind_the_initialization(scheme: Scheme, keys: int) -> None:
    text = '#EXTM3U\n#EXT-X-MAP:URI="init.mp4"\n#EXTINF:2.0,\ns.m4s\n'
    key = '#EXT-X-KEY:METHOD=SAMPLE-AES-CTR,URI="https://keys.example/1",KEYFORMAT="identity"\n' * keys
    expected = text.replace("#EXTINF", f"{key}#EXTINF")
    assert finished_media(text, replace(_SECRET, scheme=scheme)) == expected
    assert finished_media(expected, replace(_SECRET, scheme=scheme)) == expected


def test_bandwidths_are_raised_to_what_was_measured() -> None:
    text = _MASTER.format("YES", "NO", "").replace("BANDWIDTH=1,", "BANDWIDTH=1000,AVERAGE-BANDWIDTH=900,")
    found = finished_master(text, {}, {"v": 1001, "h": 999})
    assert found == text.replace("BANDWIDTH=1000", "BANDWIDTH=1001", 1)
