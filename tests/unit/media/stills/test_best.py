from __future__ import annotations

import pytest

from cloudtranscode.media.encode.stills.best import Seen, best_of, read_seen

_GOOD = Seen(mean=0.45, low=0.2, high=0.7, blur=4.0, entropy=0.9)
_OTHERS = {
    "black": Seen(0.0625, 0.0625, 0.0625, entropy=0.0),
    "a plain colour": Seen(0.4, 0.39, 0.41, entropy=0.05),
    "white": Seen(0.92, 0.90, 0.92, entropy=0.1),
    "blurred": Seen(0.45, 0.22, 0.68, blur=12.0, entropy=0.9),
    "dim": Seen(0.1, 0.07, 0.15, blur=4.0, entropy=0.7),
}


@pytest.mark.parametrize("other", _OTHERS.values(), ids=_OTHERS)
def test_the_good_one_wins(other: Seen) -> None:
    assert best_of([(other, other), (_GOOD, _GOOD)]) == 1
    assert best_of([(_GOOD, _GOOD), (other, other)]) == 0


def test_the_middle_of_a_fade_loses_to_the_same_picture_at_rest() -> None:
    later = Seen(mean=0.48, low=0.22, high=0.75, blur=4.0, entropy=0.9)
    assert best_of([(_GOOD, later), (_GOOD, _GOOD)]) == 1


def test_the_first_wins_a_draw_and_something_is_better_than_nothing() -> None:
    assert best_of([(_GOOD, _GOOD), (_GOOD, _GOOD)]) == 0
    assert best_of([(_OTHERS["black"], _OTHERS["black"]), (_OTHERS["a plain colour"], _OTHERS["a plain colour"])]) == 1


def test_reading_what_ffmpeg_wrote() -> None:
    text = (
        "frame:0    pts:5       pts_time:1\n"
        "lavfi.signalstats.YLOW=16\nlavfi.signalstats.YAVG=128\nlavfi.signalstats.YHIGH=160\n"
        "lavfi.blur=5.4\nlavfi.entropy.normalized_entropy.normal.Y=0.94\n"
        "frame:1    pts:6       pts_time:1.2\nlavfi.signalstats.YAVG=16\nlavfi.blur=-nan\n"
    )
    assert read_seen(text) == [Seen(0.5, 0.0625, 0.625, 5.4, 0.94), Seen(0.0625, 0, 0)]
    assert read_seen("") == []
