from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from cloudtranscode.errors import InvalidDocument, SourceUnsupported
from cloudtranscode.media.outputs import Output
from cloudtranscode.media.plan.geometry import place
from cloudtranscode.media.plan.ladder import rungs
from cloudtranscode.media.plan.making import make_plan
from cloudtranscode.media.plan.plan import Plan
from cloudtranscode.media.source.probe import read_probe
from cloudtranscode.media.source.streams import MediaInfo, VideoStream
from support.outputs import hls, mp4, order, poster
from support.presets import load_preset

_FIXTURES = Path(__file__).parent / "ffprobe"


def _info(name: str = "plain") -> MediaInfo:
    return read_probe(0, (_FIXTURES / f"{name}.json").read_text())


def _sized(width: int, height: int) -> VideoStream:
    return replace(_info().video[0], width=width, height=height, display_width=width, display_height=height)


def _of_size(width: int, height: int) -> MediaInfo:
    return replace(_info(), video=(_sized(width, height),))


def _plan(*outputs: Output, info: MediaInfo | None = None) -> Plan:
    return make_plan(order(*outputs), [info or _of_size(1920, 1080)], load_preset)


@pytest.mark.parametrize(
    ("source", "preset", "size"),
    [
        ((1920, 1080), "720p", (1280, 720)),
        ((1920, 1080), "480p", (854, 480)),
        ((1080, 1920), "720p", (720, 1280)),  # portrait: the lines are the short side
        ((2048, 858), "360p", (860, 360)),
        ((640, 480), "1080p", (640, 480)),  # never larger than the source
        ((161, 121), "360p", (160, 120)),  # odd sides are cut, not stretched
        ((3, 2000), "360p", (2, 2000)),
    ],
)
def test_fitting_a_preset(source: tuple[int, int], preset: str, size: tuple[int, int]) -> None:
    assert place(load_preset(preset).size, *source).frame == size


def test_rungs_that_would_be_equal_leave_the_one_meant_for_the_size() -> None:
    found, notes = rungs([load_preset(name) for name in ("360p", "1080p", "480p", "720p")], _sized(1280, 720))
    assert [preset.name for preset, _ in found] == ["720p", "480p", "360p"]
    assert notes == ["1080p is left out: like 720p it would be 1280x720."]


def test_what_several_outputs_want_is_encoded_once() -> None:
    plan = _plan(mp4("a", "720p"), mp4("b", "720p"), hls("c", "1080p", "720p"))
    assert [item.id for item in plan.video] == ["1080p", "720p"]
    assert [item.video for item in plan.packages] == ["720p", "720p", ("1080p", "720p")]
    assert {item.audio for item in plan.packages} == {("audio",)}


def test_equal_settings_fall_together_under_different_names() -> None:
    twins = {"a": load_preset("720p"), "b": replace(load_preset("720p"), name="b")}
    plan = make_plan(order(mp4("x", "a"), mp4("y", "b")), [_of_size(1920, 1080)], lambda choice: twins[choice.name])
    assert len(plan.video) == 1


def test_a_poster_beyond_the_end_is_the_last_frame_and_noted() -> None:
    plan = _plan(poster("p", 99))
    assert list(plan.stills[0].grid.starts()) == [3.0]
    assert plan.notes == ("Output p: 99 s is beyond the end; the picture is the last one.",)


def test_no_sound_without_sound_and_none_for_pictures_alone() -> None:
    assert _plan(mp4("a", "360p"), info=replace(_info(), audio=())).audio == ()
    assert _plan(poster("p")).audio == ()


def test_the_clock_starts_with_the_picture() -> None:
    (clip,) = _plan(mp4("a", "360p"), info=_info("late_picture")).clips
    assert clip.picture_s - clip.begins_s == pytest.approx(0.5, abs=0.001)
    late = _plan(mp4("a", "360p"), info=_info("late_sound"))
    assert late.clips[0].picture_s == late.clips[0].begins_s
    assert late.source.audio_end_s == pytest.approx(3.0, abs=0.03)


def test_a_count_that_an_edit_list_contradicts_is_not_trusted() -> None:
    video = replace(_info().video[0], duration_s=2.0)
    assert _plan(mp4("a", "360p"), info=replace(_info(), video=(video,))).source.frames is None
    assert _plan(mp4("a", "360p"), info=_info()).source.frames == 72


def test_json_and_back() -> None:
    plan = _plan(mp4("a", "720p"), hls("c", "1080p", "720p"), poster("p", 1.5))
    assert Plan.from_dict(json.loads(json.dumps(plan.to_dict()))) == plan


def test_without_video_nothing_can_be_made() -> None:
    with pytest.raises(SourceUnsupported, match="no video"):
        _plan(poster("p"), info=replace(_info(), video=()))


def test_a_picture_is_no_video() -> None:
    with pytest.raises(SourceUnsupported, match="one picture"):
        _plan(mp4("a", "360p"), info=replace(_info(), container="png_pipe"))


@pytest.mark.parametrize("ids", [("a", "a"), ("../a", "b"), ("", "b"), ("a/b", "c")])
def test_ids_become_file_names_and_are_checked(ids: tuple[str, str]) -> None:
    with pytest.raises(InvalidDocument):
        _plan(poster(ids[0]), poster(ids[1]))
