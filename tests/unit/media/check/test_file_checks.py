"""Each promise of a file is broken once, and the check that guards it must say so."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from cloudtranscode.errors import CheckFailed, EncodeFailed, SourceDamaged
from cloudtranscode.media.check.evidence import Encodes, Media, Track
from cloudtranscode.media.check.file import FileEvidence, check_file
from cloudtranscode.media.check.judge import Check, passed
from cloudtranscode.media.check.whole import whole
from cloudtranscode.media.containers import Container
from cloudtranscode.media.plan.making import make_plan
from cloudtranscode.media.plan.plan import FilePackage, Plan, TextRendition
from cloudtranscode.media.source.probe import read_probe
from support.outputs import mp4, order
from support.presets import load_preset

_PLAIN = Path(__file__).parents[1] / "ffprobe" / "plain.json"
_VIDEO = Track("video", "h264", 72, 3.0, 320, 180)
_AUDIO = Track("audio", "aac", 141, 3.0, channels=2, sample_rate=48000, language="eng", default=True)
_SECOND = replace(_AUDIO, language="fra", default=False)
_TEXT = Track("subtitle", "mov_text", 2, 2.0, language="deu")
_ENCODES = Encodes({"360p": _VIDEO}, {"audio": _AUDIO, "audio1": _SECOND})
_MEDIA = Media((_VIDEO, _AUDIO, _SECOND, _TEXT))
_INDEX_FIRST = ("ftyp", "moov", "free", "mdat")
_FRAGMENTS = ("ftyp", "moov", "sidx", "sidx", "moof", "mdat", "moof", "mdat", "mfra")


def _plan() -> Plan:
    plan = make_plan(order(mp4("m", "360p")), [read_probe(0, _PLAIN.read_text())], load_preset)
    (sound,) = plan.audio
    sounds = (replace(sound, language="en"), replace(sound, id="audio1", language="fr"))
    return replace(plan, audio=sounds, texts=(TextRendition("t", "de", None, forced=False),))


def _failed(media: Media = _MEDIA, boxes: tuple[str, ...] = _INDEX_FIRST, kind: Container = Container.MP4) -> list[str]:
    plan = _plan()
    package = FilePackage("m", kind, "360p", ("audio", "audio1"), ("t",))
    checks = check_file(package, plan, _ENCODES, FileEvidence(media, boxes))
    return [check.name for check in checks if not check.ok]


def _with(number: int, track: Track) -> Media:
    return Media(tuple(track if place == number else one for place, one in enumerate(_MEDIA.tracks)))


def test_what_keeps_its_promises_passes() -> None:
    assert _failed() == []
    assert _failed(boxes=_FRAGMENTS, kind=Container.FMP4) == []


@pytest.mark.parametrize(
    ("media", "name"),
    [
        (Media((_VIDEO,)), "number of streams"),
        (_with(0, replace(_VIDEO, codec="hevc")), "video codec"),
        (_with(0, replace(_VIDEO, width=318)), "size"),
        (_with(0, replace(_VIDEO, packets=71)), "number of frames"),
        (_with(0, replace(_VIDEO, duration_s=2.9)), "video duration"),
        (_with(1, replace(_AUDIO, packets=140)), "audio"),
        (_with(1, replace(_AUDIO, channels=1)), "audio channels"),
        (_with(1, replace(_AUDIO, duration_s=2.9)), "audio duration"),
        (_with(1, replace(_AUDIO, start_s=0.05)), "sound behind picture at the start"),
        (_with(1, replace(_AUDIO, start_s=0.05)), "sound behind picture at the end"),
        (_with(1, replace(_AUDIO, language="und")), "languages of audio"),
        (_with(2, replace(_SECOND, packets=140)), "audio1 audio"),
        (_with(2, replace(_SECOND, default=True)), "default sound"),
        (_with(3, replace(_TEXT, language=None)), "languages of subtitle"),
        (replace(_MEDIA, fault="[error] corrupt"), "decoder"),
    ],
)
def test_a_broken_file(media: Media, name: str) -> None:
    assert name in _failed(media)


@pytest.mark.parametrize(
    ("kind", "boxes"),
    [
        (Container.MP4, ("ftyp", "mdat", "moov")),
        (Container.MOV, ("ftyp", "wide", "mdat", "moov")),
        (Container.FMP4, _INDEX_FIRST),
        (Container.FMP4, ("ftyp", "moov", "moof", "mdat")),
        (Container.FMP4, ("ftyp", "sidx", "moov", "moof", "mdat")),
    ],
)
def test_an_index_in_the_wrong_place(kind: Container, boxes: tuple[str, ...]) -> None:
    assert "order of boxes" in _failed(boxes=boxes, kind=kind)


def test_the_failure_names_the_output_and_both_values() -> None:
    with pytest.raises(CheckFailed, match="m: size is 2x2, not 4x4"):
        passed([Check("m", "size", ok=False, expected="4x4", found="2x2")])


_ONE = Encodes({"360p": _VIDEO}, {"audio": _AUDIO})


@pytest.mark.parametrize(
    ("encodes", "error"),
    [
        (Encodes({"360p": replace(_VIDEO, packets=71)}, {"audio": _AUDIO}), SourceDamaged),
        (Encodes({"360p": _VIDEO}, {"audio": replace(_AUDIO, duration_s=1.0)}), SourceDamaged),
    ],
)
def test_a_source_that_breaks_off_is_told_from_a_bad_encode(encodes: Encodes, error: type[SourceDamaged]) -> None:
    with pytest.raises(error):
        whole(_plan(), encodes, "partial file")


def test_renditions_of_different_lengths_are_a_bad_encode() -> None:
    plan = _plan()
    two = replace(plan, video=(*plan.video, replace(plan.video[0], id="b")))
    with pytest.raises(EncodeFailed, match="different numbers of frames"):
        whole(two, replace(_ONE, video={"360p": _VIDEO, "b": replace(_VIDEO, packets=73)}), "")


def test_a_duration_alone_shows_that_a_source_breaks_off() -> None:
    plan = _plan()
    vague = replace(plan, source=replace(plan.source, frames=None))
    whole(vague, _ONE, "")
    with pytest.raises(SourceDamaged, match=r"Only 3\.00 of the source's 9\.00 s"):
        whole(replace(vague, source=replace(vague.source, duration_s=9.0)), _ONE, "")
