"""Ladders: one set of segments for HLS and DASH, read by parsers that are not ours, and judged by our own check."""

from __future__ import annotations

import stat
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import m3u8
import pytest
from mpegdash.parser import MPEGDASHParser

from cloudtranscode.media.artifact import Role, collect
from cloudtranscode.media.check.evidence import measure_encodes
from cloudtranscode.media.check.judge import Check, passed
from cloudtranscode.media.check.ladder import check_ladder
from cloudtranscode.media.check.ladder_evidence import examine_ladder
from cloudtranscode.media.outputs import Encryption, Manifest, Scheme
from cloudtranscode.media.packaging.ladder import key_path
from cloudtranscode.media.packaging.package import make_packages
from cloudtranscode.media.plan.plan import LadderPackage, Plan, TextRendition
from cloudtranscode.media.rendition import AudioCodec, AudioRendition, VideoCodec, VideoRendition
from cloudtranscode.media.tools.command import Command
from cloudtranscode.media.tools.door import Door
from cloudtranscode.media.tools.jail import Isolation, Jail
from cloudtranscode.media.tools.programs import Tool, Tools
from cloudtranscode.media.tools.runner import Completed, Runner, Watch
from support.chromium import play_hls
from support.dash import play_dash
from support.shelf import SECONDS, Shelf, hdr_picture, picture, plan, sound
from support.web import serving

_BOTH = frozenset(Manifest)
_RUNGS = (picture(VideoCodec.H264), picture(VideoCodec.H264, 54))
_MIXED = (*_RUNGS, picture(VideoCodec.HEVC), picture(VideoCodec.AV1), picture(VideoCodec.VP9))
_SOUNDS = (sound(AudioCodec.AAC, "en", "English"), sound(AudioCodec.AAC, "ger"))
_TEXTS = (TextRendition("en", "eng", "English", forced=False), TextRendition("de", "de", None, forced=True))
_KEY = "0123456789abcdef0123456789abcdef"
_KEY_ID = "00112233445566778899aabbccddeeff"


class Made:
    """A ladder in a scratch folder, and its checks."""

    def __init__(self, runner: Runner, package: LadderPackage, whole: Plan) -> None:
        make_packages(whole, runner, Watch())
        self.runner, self.package, self.plan = runner, package, whole
        self.folder = runner.scratch / "finished/l"
        self.checks = self.check()

    def check(self) -> list[Check]:
        encodes = measure_encodes(self.plan, self.runner, Watch())
        found = examine_ladder(self.package, self.plan, self.runner, Watch())
        return passed(list(check_ladder(self.package, self.plan, encodes, found)))

    def master(self) -> Any:
        return m3u8.load(str(self.folder / "master.m3u8"))

    def media(self, name: str) -> Any:
        return m3u8.load(str(self.folder / name))

    def dash(self) -> Any:
        return MPEGDASHParser.parse(str(self.folder / "manifest.mpd")).periods[0].adaptation_sets


class Studio:
    """Makes ladders of the shelf's encodes."""

    def __init__(self, shelf: Shelf, tools: Tools, scratch: Path) -> None:
        self._shelf, self._tools, self._scratch = shelf, tools, scratch

    def make(
        self,
        pictures: Sequence[VideoRendition] = _RUNGS,
        sounds: Sequence[AudioRendition] = _SOUNDS,
        texts: Sequence[TextRendition] = (),
        manifests: frozenset[Manifest] = _BOTH,
        encryption: Encryption | None = None,
    ) -> Made:
        names = [tuple(one.id for one in some) for some in (pictures, sounds, texts)]
        package = LadderPackage("l", manifests, names[0], names[1], names[2], segment_s=2, encryption=encryption)
        whole = plan([package], [*pictures, *sounds, *texts])
        self._shelf.lay_out(whole, self._scratch)
        return Made(Runner(self._tools, Jail(Isolation.PREFER), self._scratch), package, whole)


@pytest.fixture
def studio(shelf: Shelf, tools: Tools, scratch: Path) -> Studio:
    return Studio(shelf, tools, scratch)


def test_every_codec_in_one_ladder_for_hls_and_dash(studio: Studio) -> None:
    made = studio.make(_MIXED, texts=_TEXTS)
    master = made.master()
    assert [rung.uri for rung in master.playlists] == [f"{one.id}/index.m3u8" for one in _MIXED]
    assert [rung.stream_info.resolution for rung in master.playlists] == [(one.width, one.height) for one in _MIXED]
    families = [rung.stream_info.codecs.partition(".")[0] for rung in master.playlists]
    assert families == ["avc1", "avc1", "hvc1", "av01", "vp09"]
    assert all(rung.stream_info.codecs.endswith(",mp4a.40.2") for rung in master.playlists)
    assert all(rung.stream_info.frame_rate == 24 for rung in master.playlists)
    assert all(0 < rung.stream_info.average_bandwidth <= rung.stream_info.bandwidth for rung in master.playlists)
    assert master.is_independent_segments
    grids = {tuple(one.duration for one in made.media(rung.uri).segments) for rung in master.playlists}
    assert grids == {(2.0, 2.0)}
    sets = made.dash()
    assert sorted(one.content_type for one in sets) == ["audio"] * 2 + ["text"] * 2 + ["video"] * 4
    for one in sets:
        for stream in one.representations:
            template = stream.segment_templates[0]
            lengths = [(entry.d, entry.r or 0) for entry in template.segment_timelines[0].Ss]
            assert sum(d * (r + 1) for d, r in lengths) / template.timescale == pytest.approx(SECONDS, abs=0.05)


def test_sounds_and_subtitles_are_told_apart(studio: Studio) -> None:
    made = studio.make(texts=_TEXTS)
    rows = {(row.type, row.uri): row for row in made.master().media}
    first, second = rows["AUDIO", "aac_en/index.m3u8"], rows["AUDIO", "aac_ger/index.m3u8"]
    assert (first.language, first.name, first.default, first.autoselect, first.channels) == (
        "en",
        "English",
        "YES",
        "YES",
        "1",
    )
    assert (second.language, second.name, second.default, second.autoselect) == ("de", "de", "NO", "YES")
    english, forced = rows["SUBTITLES", "text_en/index.m3u8"], rows["SUBTITLES", "text_de/index.m3u8"]
    assert (english.language, english.default, english.forced) == ("en", "NO", None)
    assert (forced.language, forced.default, forced.forced) == ("de", "NO", "YES")
    labels = {(one.content_type, one.lang): one for one in made.dash()}
    assert labels["audio", "en"].roles[0].value == "main"
    assert labels["text", "de"].roles[0].value == "forced-subtitle"
    said = "".join(
        (made.folder / f"text_en/{one.uri}").read_text() for one in made.media("text_en/index.m3u8").segments
    )
    assert "Two <i>words</i>" in said


def test_subtitles_in_which_nothing_is_said(
    shelf: Shelf, studio: Studio, scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelf, "words", "WEBVTT\n\n")
    made = studio.make(texts=_TEXTS)
    assert len(made.media("text_en/index.m3u8").segments) == 1
    assert (scratch / "encoded/text_en.vtt").read_text() == "WEBVTT\n\n"


def test_without_a_language_the_first_sound_plays(studio: Studio) -> None:
    made = studio.make(sounds=(sound(AudioCodec.OPUS), sound(AudioCodec.OPUS, "fr")))
    assert [(row.language, row.default) for row in made.master().media] == [(None, "YES"), ("fr", "NO")]


@pytest.mark.parametrize("codec", [AudioCodec.AAC, AudioCodec.OPUS, AudioCodec.AC3, AudioCodec.EAC3, AudioCodec.FLAC])
def test_every_sound_that_segments_hold(studio: Studio, codec: AudioCodec) -> None:
    made = studio.make(_RUNGS[1:], (sound(codec, "en"),))
    assert len(made.media(f"{codec}_en/index.m3u8").segments) == 2


def test_rungs_of_high_dynamic_range_say_so(studio: Studio) -> None:
    made = studio.make((*map(hdr_picture, (VideoCodec.HEVC, VideoCodec.AV1)), _RUNGS[0]))
    ranges = {rung.uri: rung.stream_info.video_range for rung in made.master().playlists}
    assert ranges == {"hevc_pq/index.m3u8": "PQ", "av1_pq/index.m3u8": "PQ", "h264_90/index.m3u8": None}
    assert [rung.iframe_stream_info.video_range for rung in made.master().iframe_playlists] == ["PQ", "PQ", None]


def test_an_i_frame_playlist_names_every_keyframe_and_nothing_more(studio: Studio) -> None:
    made = studio.make(_MIXED[1:])
    for one in _MIXED[1:]:
        playlist = made.media(f"{one.id}/iframes.m3u8")
        assert playlist.is_i_frames_only
        assert [segment.duration for segment in playlist.segments] == [1.0] * SECONDS
        init = (made.folder / one.id / "init.mp4").read_bytes()
        for segment in playlist.segments:
            length, offset = map(int, segment.byterange.split("@"))
            part = made.folder / "part.mp4"
            part.write_bytes(init + (made.folder / one.id / segment.uri).read_bytes()[offset : offset + length])
            assert _decoded(made.runner.tools, part) == one.width * one.height * 3 // 2, one.id
            part.unlink()


def _decoded(tools: Tools, path: Path) -> int:
    """How many bytes of pictures (4:2:0, 8 bit) can be decoded of a fragment that is cut off behind its first one."""
    argv = [str(tools.ffmpeg), "-nostdin", "-v", "quiet", "-i", str(path), "-pix_fmt", "yuv420p", "-f", "rawvideo", "-"]
    return len(subprocess.run(argv, capture_output=True, timeout=60, check=False).stdout)


@pytest.mark.parametrize(("manifests", "master"), [({Manifest.HLS}, "master.m3u8"), ({Manifest.DASH}, "manifest.mpd")])
def test_one_of_both_alone(studio: Studio, manifests: set[Manifest], master: str) -> None:
    made = studio.make(texts=_TEXTS, manifests=frozenset(manifests))
    artifacts = collect(made.plan, made.runner.scratch)
    assert [item.name for item in artifacts if item.role is Role.MASTER] == [master]
    assert {item.content_type for item in artifacts if item.name == "aac_en/init.mp4"} == {"audio/mp4"}
    assert (made.folder / "h264_90/index.m3u8").exists() == (Manifest.HLS in manifests)


@pytest.mark.parametrize(("scheme", "method"), [(Scheme.CENC, "SAMPLE-AES-CTR"), (Scheme.CBCS, "SAMPLE-AES")])
def test_with_the_key_everything_is_decoded_and_without_it_nothing(studio: Studio, scheme: Scheme, method: str) -> None:
    secret = Encryption(scheme, _KEY_ID, _KEY, key_uri="https://keys.example/1")
    made = studio.make(_MIXED, (*_SOUNDS, sound(AudioCodec.OPUS, "fr")), _TEXTS, encryption=secret)
    found = {check.name: check for check in made.checks}
    for name in (*made.package.video, *made.package.audio):
        assert found[f"{name} decoder"].found == "silent"
        assert found[f"{name} readable without the key"].found == "False"
        (key,) = made.media(f"{name}/index.m3u8").keys
        assert (key.method, key.uri, key.keyformat) == (method, "https://keys.example/1", "identity")
    (key,) = made.media("h264_90/iframes.m3u8").keys
    assert key.method == method
    assert _KEY_ID in (made.folder / "manifest.mpd").read_text().replace("-", "")
    assert not [
        path for path in made.runner.scratch.rglob("*") if path.is_file() and _KEY.encode() in path.read_bytes()
    ]


def test_a_wrong_key_fails_the_check(studio: Studio) -> None:
    made = studio.make(_RUNGS[1:], encryption=Encryption(Scheme.CBCS, _KEY_ID, _KEY, key_uri="https://keys.example/1"))
    other = Encryption(Scheme.CBCS, _KEY_ID, _KEY[::-1], key_uri="https://keys.example/1")
    package = LadderPackage("l", _BOTH, made.package.video, made.package.audio, segment_s=2, encryption=other)
    found = examine_ladder(package, made.plan, made.runner, Watch())
    encodes = measure_encodes(made.plan, made.runner, Watch())
    failed = [check.name for check in check_ladder(package, made.plan, encodes, found) if not check.ok]
    assert failed == ["h264_54 decoder", "aac_en decoder", "aac_ger decoder"]


def test_what_is_not_encrypted_although_it_should_be_fails_the_check(studio: Studio) -> None:
    made = studio.make(_MIXED[1:], (*_SOUNDS, sound(AudioCodec.OPUS, "fr")))
    secret = Encryption(Scheme.CENC, _KEY_ID, _KEY, key_uri="https://keys.example/1")
    found = examine_ladder(replace(made.package, encryption=secret), made.plan, made.runner, Watch())
    assert {name: stream.open for name, stream in found.streams.items()} == dict.fromkeys(found.streams, True)


class _Spy(Runner):
    """Looks at what every list of processes shows, and at the key's file, before a command runs."""

    def run(self, command: Command, watch: Watch, door: Door | None = None) -> Completed:
        assert not any(_KEY in word for word in command.args)
        if command.tool is Tool.PACKAGER:
            (path,) = self.scratch.glob("encoded/key_*")
            assert _KEY in path.read_text()
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
        return super().run(command, watch, door)


def test_the_key_is_in_no_list_of_processes_and_its_file_is_its_owners(
    shelf: Shelf, tools: Tools, scratch: Path
) -> None:
    package = LadderPackage(
        "l",
        _BOTH,
        ("h264_54",),
        ("aac_en",),
        segment_s=2,
        encryption=Encryption(Scheme.CENC, _KEY_ID, _KEY, key_uri="https://k"),
    )
    whole = plan([package], [_RUNGS[1], _SOUNDS[0]])
    shelf.lay_out(whole, scratch)
    made = Made(_Spy(tools, Jail(Isolation.PREFER), scratch), package, whole)
    assert not (scratch / key_path(package)).exists()
    assert made.checks


@pytest.mark.parametrize("codec", ["avc1", "av01", "vp09"])
def test_a_browser_plays_dash(studio: Studio, codec: str) -> None:
    made = studio.make(_MIXED, texts=_TEXTS)
    with serving(made.folder) as url:
        seen = play_dash(f"{url}/manifest.mpd", 2, codec=codec)
    assert seen.error == ""
    assert seen.current_time >= 2
    assert seen.duration == pytest.approx(SECONDS, abs=0.1)
    assert seen.frames_decoded > 20


def test_a_browser_plays_hls_with_two_sounds_and_subtitles(studio: Studio) -> None:
    made = studio.make(texts=_TEXTS)
    with serving(made.folder) as url:
        seen = play_hls(f"{url}/master.m3u8", 2)
    assert (seen.error, seen.video_width in {160, 96}) == ("", True)
    assert seen.current_time >= 2


@pytest.mark.parametrize("scheme", list(Scheme))
def test_a_browser_plays_what_is_encrypted_with_the_key_alone(studio: Studio, scheme: Scheme) -> None:
    secret = Encryption(scheme, _KEY_ID, _KEY, key_uri="https://keys.example/1")
    made = studio.make(_RUNGS[:1], _SOUNDS[:1], encryption=secret)
    with serving(made.folder) as url:
        seen = play_dash(f"{url}/manifest.mpd", 2, key=(scheme.value, _KEY_ID, _KEY))
        wrong = play_dash(f"{url}/manifest.mpd", 2, key=(scheme.value, _KEY_ID, _KEY[::-1]), patience=3)
        without = play_dash(f"{url}/manifest.mpd", 2, patience=3)
    assert (seen.error, seen.current_time >= 2, seen.frames_decoded > 20) == ("", True, True)
    assert wrong.error
    assert (without.error, without.frames_decoded) == ("stalled", 0)
