"""Where each channel goes, held against the tables of ITU-R BS.775."""

from __future__ import annotations

import pytest

from cloudtranscode.media.sound.layouts import LAYOUTS, known_layout, usual_layout, within
from cloudtranscode.media.sound.mixing import is_folded, mix


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_layout_stays_what_it_is(layout: str) -> None:
    assert list(mix(layout, layout).values()) == [{number: 1.0} for number in range(len(LAYOUTS[layout]))]
    assert not is_folded(layout, layout)


def test_surround_to_stereo() -> None:
    down = 0.7071
    assert mix("5.1", "stereo") == {"FL": {0: 1.0, 2: down, 4: down}, "FR": {1: 1.0, 2: down, 5: down}}
    assert mix("5.1(side)", "stereo") == mix("5.1", "stereo")
    assert mix("7.1", "stereo")["FL"] == {0: 1.0, 2: down, 4: down, 6: down}
    assert is_folded("5.1", "stereo")


def test_all_of_surround_to_mono_is_the_mean_of_its_stereo() -> None:
    assert mix("stereo", "mono") == {"FC": {0: 0.5, 1: 0.5}}
    assert mix("5.1", "mono")["FC"][2] == pytest.approx(0.7071)
    assert not is_folded("stereo", "mono")


def test_eight_channels_to_six_and_sides_to_backs() -> None:
    assert mix("7.1", "5.1")["BL"] == {4: 1.0, 6: 0.7071}
    assert mix("5.1(side)", "5.1")["BR"] == {5: 1.0}
    assert mix("6.1", "5.1")["BL"] == {4: 0.7071, 5: 1.0}
    assert mix("5.0", "5.1")["LFE"] == {}


def test_nothing_is_invented() -> None:
    assert mix("mono", "stereo") == {"FL": {0: 1.0}, "FR": {0: 1.0}}
    assert mix("mono", "5.1")["FC"] == {0: 1.0}
    assert [name for name, parts in mix("stereo", "5.1").items() if parts] == ["FL", "FR"]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("target", ["mono", "stereo", "5.1", "7.1"])
def test_no_channel_is_lost_but_the_low_effects(layout: str, target: str) -> None:
    heard = {number for parts in mix(layout, target).values() for number in parts}
    lost = {name for number, name in enumerate(LAYOUTS[layout]) if number not in heard}
    assert lost <= {"LFE"}


@pytest.mark.parametrize(
    ("layout", "most", "delivered"),
    [
        ("mono", 2, "mono"),
        ("stereo", 6, "stereo"),
        ("5.1(side)", 6, "5.1"),
        ("5.1", 2, "stereo"),
        ("5.0", 6, "5.1"),
        ("quad", 6, "stereo"),
        ("7.1", 6, "5.1"),
        ("7.1", 8, "7.1"),
        ("stereo", 1, "mono"),
    ],
)
def test_what_is_delivered(layout: str, most: int, delivered: str) -> None:
    assert within(layout, most) == delivered


def test_a_name_that_does_not_fit_its_channels_is_not_believed() -> None:
    assert known_layout("stereo", 6) == "5.1"
    assert known_layout("5.1(side)", 6) == "5.1(side)"
    assert known_layout(None, 16) is None
    assert usual_layout(4) is None
