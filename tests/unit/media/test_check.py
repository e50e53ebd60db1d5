"""Each promise is broken once, and the check that guards it must say so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from cloudtranscode.errors import CheckFailed, EncodeFailed, SourceDamaged
from cloudtranscode.media.check.evidence import Encodes, Media, Track
from cloudtranscode.media.check.file import FileEvidence, check_file
from cloudtranscode.media.check.judge import Check, passed
from cloudtranscode.media.check.ladder import LadderEvidence, check_ladder
from cloudtranscode.media.check.stills import check_still
from cloudtranscode.media.check.whole import whole
from cloudtranscode.media.packaging.boxes import read_boxes
from cloudtranscode.media.packaging.playlist import parse_media
from cloudtranscode.media.plan.making import make_plan
from cloudtranscode.media.plan.plan import FilePackage, LadderPackage, Plan
from cloudtranscode.media.presets import load_preset
from cloudtranscode.media.source.probe import read_probe
from support.outputs import hls, mp4, order, poster

_PLAIN = Path(__file__).parent / "ffprobe" / "plain.json"
_VIDEO = Track("video", "h264", 72, 3.0, 320, 180)
_AUDIO = Track("audio", "aac", 141, 3.0, channels=2, sample_rate=48000)
_ENCODES = Encodes({"360p": _VIDEO}, {"audio": _AUDIO})
_MEDIA = Media((_VIDEO, _AUDIO))
_PICTURE = Media((Track("video", "mjpeg", 1, 0.04, 320, 180),))
_MASTER = """#EXTM3U
#EXT-X-MEDIA:TYPE=AUDIO,URI="audio/index.m3u8",GROUP-ID="audio",NAME="audio"
#EXT-X-STREAM-INF:BANDWIDTH=900000,CODECS="avc1.64000d,mp4a.40.2",RESOLUTION=320x180,AUDIO="audio"
360p/index.m3u8
"""
_PLAYLIST = """#EXTM3U
#EXT-X-TARGETDURATION:3
#EXT-X-MAP:URI="init.mp4"
#EXTINF:2.000,
seg_1.m4s
#EXTINF:1.000,
seg_2.m4s
#EXT-X-ENDLIST
"""
_FILES = ("index.m3u8", "init.mp4", "seg_1.m4s", "seg_2.m4s")
_LADDER = LadderEvidence(
    master=_MASTER,
    playlists={"360p": _PLAYLIST, "audio": _PLAYLIST},
    sizes={"master.m3u8": 9, **{f"{name}/{file}": 9 for name in ("360p", "audio") for file in _FILES}},
    media={"360p": Media((_VIDEO,)), "audio": Media((_AUDIO,))},
)


def _plan() -> Plan:
    info = read_probe(0, _PLAIN.read_text())
    return make_plan(order(mp4("m", "360p"), hls("h", "360p"), poster("p")), [info], load_preset)


def _failed(checks: list[Check]) -> list[str]:
    return [check.name for check in checks if not check.ok]


def _mp4(media: Media = _MEDIA, boxes: tuple[str, ...] = ("ftyp", "moov", "free", "mdat")) -> list[str]:
    package = _plan().packages[0]
    assert isinstance(package, FilePackage)
    return _failed(list(check_file(package, _plan(), _ENCODES, FileEvidence(media, boxes))))


def _hls(found: LadderEvidence) -> list[str]:
    package = _plan().packages[1]
    assert isinstance(package, LadderPackage)
    return _failed(list(check_ladder(package, _plan(), _ENCODES, found)))


def test_what_keeps_its_promises_passes() -> None:
    assert _mp4() == []
    assert _hls(_LADDER) == []
    assert _failed(list(check_still(_plan().stills[0], _PICTURE))) == []


@pytest.mark.parametrize(
    ("media", "name"),
    [
        (Media((_VIDEO,)), "number of streams"),
        (Media((replace(_VIDEO, codec="hevc"), _AUDIO)), "video codec"),
        (Media((replace(_VIDEO, width=318), _AUDIO)), "size"),
        (Media((replace(_VIDEO, packets=71), _AUDIO)), "number of frames"),
        (Media((replace(_VIDEO, duration_s=2.9), _AUDIO)), "video duration"),
        (Media((_VIDEO, replace(_AUDIO, packets=140))), "audio"),
        (Media((_VIDEO, replace(_AUDIO, channels=1))), "audio channels"),
        (Media((_VIDEO, replace(_AUDIO, duration_s=2.9))), "audio duration"),
        (replace(_MEDIA, fault="[error] corrupt"), "decoder"),
    ],
)
def test_a_broken_mp4(media: Media, name: str) -> None:
    assert name in _mp4(media)


def test_an_index_at_the_end_is_no_fast_start() -> None:
    assert _mp4(boxes=("ftyp", "mdat", "moov")) == ["order of boxes"]


def _with_playlist(change: Callable[[str], str]) -> LadderEvidence:
    return replace(_LADDER, playlists={**_LADDER.playlists, "360p": change(_PLAYLIST)})


@pytest.mark.parametrize(
    ("found", "name"),
    [
        (replace(_LADDER, master="<html>"), "playlists"),
        (replace(_LADDER, master=_MASTER.replace("320x180", "640x360")), "rungs"),
        (replace(_LADDER, master=_MASTER.replace(",mp4a.40.2", "")), "CODECS of 360p/index.m3u8"),
        (replace(_LADDER, master=_MASTER.replace("900000", "0")), "BANDWIDTH of 360p/index.m3u8"),
        (replace(_LADDER, master=_MASTER.replace("TYPE=AUDIO", "TYPE=SUBTITLES")), "separate audio"),
        (replace(_LADDER, sizes={**_LADDER.sizes, "360p/seg_2.m4s": 0}), "360p missing files"),
        (replace(_LADDER, sizes={**_LADDER.sizes, "360p/leak.mp4": 9}), "files beyond the playlists'"),
        (_with_playlist(lambda text: text.replace("#EXT-X-ENDLIST", "")), "360p end mark"),
        (_with_playlist(lambda text: text.replace("DURATION:3", "DURATION:1")), "360p longest segment within target"),
        (_with_playlist(lambda text: text.replace("1.000", "0.900")), "360p duration"),
        (replace(_LADDER, media={**_LADDER.media, "audio": Media((_AUDIO,), "[error]")}), "audio decoder"),
    ],
)
def test_a_broken_ladder(found: LadderEvidence, name: str) -> None:
    assert name in _hls(found)


def test_a_broken_picture() -> None:
    found = Media((Track("video", "png", 1, 0.04, 320, 182),), "[error]")
    assert _failed(list(check_still(_plan().stills[0], found))) == ["format", "size", "decoder"]


def test_the_failure_names_the_output_and_both_values() -> None:
    with pytest.raises(CheckFailed, match="m: size is 2x2, not 4x4"):
        passed([Check("m", "size", ok=False, expected="4x4", found="2x2")])


@pytest.mark.parametrize(
    ("encodes", "error"),
    [
        (Encodes({"360p": replace(_VIDEO, packets=71)}, {"audio": _AUDIO}), SourceDamaged),
        (Encodes({"360p": _VIDEO}, {"audio": replace(_AUDIO, duration_s=1.0)}), SourceDamaged),
        (Encodes({"360p": _VIDEO, "b": replace(_VIDEO, packets=73)}, {"audio": _AUDIO}), EncodeFailed),
    ],
)
def test_a_source_that_breaks_off_is_told_from_a_bad_encode(
    encodes: Encodes, error: type[SourceDamaged | EncodeFailed]
) -> None:
    with pytest.raises(error):
        whole(_plan(), encodes, "partial file")


def test_a_duration_alone_shows_that_a_source_breaks_off() -> None:
    plan = _plan()
    vague = replace(plan, source=replace(plan.source, frames=None))
    whole(vague, _ENCODES, "")
    with pytest.raises(SourceDamaged, match=r"Only 3\.00 of the source's 9\.00 s"):
        whole(replace(vague, source=replace(vague.source, duration_s=9.0)), _ENCODES, "")


def test_boxes_of_every_size_form(tmp_path: Path) -> None:
    path = tmp_path / "boxes"
    large = (1).to_bytes(4, "big") + b"free" + (20).to_bytes(8, "big") + b"1234"
    path.write_bytes((8).to_bytes(4, "big") + b"ftyp" + large + bytes(4) + b"mdat" + b"rest")
    assert list(read_boxes(path)) == ["ftyp", "free", "mdat"]


@pytest.mark.parametrize("box", [b"\0\0\0\4free", b"\0\0\0\1free" + bytes(8), b"\0\0\0\1free\1"])
def test_a_box_that_leads_back_ends_the_list(tmp_path: Path, box: bytes) -> None:
    (tmp_path / "boxes").write_bytes(box)
    assert list(read_boxes(tmp_path / "boxes")) == ["free"]


def test_a_playlist_with_a_duration_but_no_file_is_refused() -> None:
    with pytest.raises(ValueError, match="longer"):
        parse_media("#EXTM3U\n#EXTINF:2.0,\n")
