from __future__ import annotations

import itertools
from dataclasses import replace
from fractions import Fraction

import pytest

from cloudtranscode.errors import InvalidDocument, SourceUnsupported
from cloudtranscode.media.outputs import Moment, MomentKind, Poster, Preview, Sprite, Thumbnails
from cloudtranscode.media.plan.pictures import Grid
from cloudtranscode.media.plan.plan import SourceFacts
from cloudtranscode.media.plan.stills import Stills, spread
from cloudtranscode.media.rendition import Size

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


def _stills(*outputs: Poster | Thumbnails | Sprite | Preview, duration_s: float | None = 60.0) -> Stills:
    stills = Stills(replace(_FACTS, duration_s=duration_s))
    for output in outputs:
        stills.add(output)
    return stills


def test_a_posters_moment_in_seconds_and_in_percent() -> None:
    stills = _stills(Poster("a", Moment(value=12.5)), Poster("b", Moment(MomentKind.PERCENT, 25)))
    assert [list(one.grid.starts()) for one in stills.stills] == [[12.5], [15.0]]
    assert not any(one.best for one in stills.stills)
    assert stills.stills[0].geometry.frame == (1920, 1080)


def test_the_best_is_chosen_from_pairs_over_the_whole_source() -> None:
    (still,) = _stills(Poster("a", Moment(MomentKind.BEST))).stills
    starts = list(still.grid.starts())
    assert still.best
    assert (still.grid.burst, len(starts)) == (2, 20)
    assert 0 < starts[0] < 3
    assert 57 < starts[-1] < 60


def test_without_a_duration_the_best_is_looked_for_at_the_start_and_the_rest_is_refused() -> None:
    assert _stills(Poster("a", Moment(MomentKind.BEST)), duration_s=None).stills[0].best
    assert _stills(Poster("a", Moment(value=1e4)), duration_s=None).stills[0].grid.first_s == 1e4
    wanting = (Thumbnails("a", every_s=1), Sprite("a"), Preview("a"), Poster("a", Moment(MomentKind.PERCENT, 5)))
    for output in wanting:
        with pytest.raises(SourceUnsupported, match="how long"):
            _stills(output, duration_s=None)


@pytest.mark.parametrize(
    ("duration_s", "every_s", "times"),
    [
        (60.0, 25.0, [0, 25, 50]),
        (50.0, 25.0, [0, 25]),  # nothing is shown at the very end
        (50.04, 25.0, [0, 25, 50]),
        (4.0, 10.0, [0]),
    ],
)
def test_thumbnails_at_an_interval(duration_s: float, every_s: float, times: list[float]) -> None:
    stills = _stills(Thumbnails("a", every_s=every_s), duration_s=duration_s)
    assert list(stills.series[0].grid.starts()) == times
    assert len(stills.notes) == (len(times) == 1)


def test_a_number_of_thumbnails_lies_in_the_middle_of_equal_parts() -> None:
    stills = _stills(Thumbnails("a", count=3))
    assert list(stills.series[0].grid.starts()) == [10, 30, 50]
    assert stills.notes == []


def test_more_pictures_than_frames_are_still_as_many_as_asked_for_and_noted() -> None:
    stills = _stills(Thumbnails("a", count=100), duration_s=2.0)
    assert stills.series[0].grid.pictures == 100
    assert stills.notes == ["Output a: the source has fewer than 100 frames; some pictures are the same."]


def test_a_sprite_that_does_not_fill_a_sheet_has_a_smaller_one() -> None:
    (sprite,) = _stills(Sprite("a", every_s=5, columns=10, rows=10)).sprites
    assert (sprite.columns, sprite.rows, sprite.sheets, sprite.end_s) == (10, 2, 1, 60)
    (sprite,) = _stills(Sprite("a", every_s=5, columns=5, rows=2)).sprites
    assert (sprite.columns, sprite.rows, sprite.sheets) == (5, 2, 2)


def test_what_no_decoder_takes_is_refused() -> None:
    with pytest.raises(InvalidDocument, match="sheet would be 28800x"):
        _stills(Sprite("a", every_s=1, columns=60, rows=2, size=Size(width=480)))
    with pytest.raises(InvalidDocument, match="15000 pictures"):
        _stills(Thumbnails("a", every_s=0.004))


def test_a_preview_shows_pieces_of_the_whole_source() -> None:
    (preview,) = _stills(Preview("a", length_s=3, clips=3, frame_rate=10)).previews
    assert preview.grid == Grid(9.5, 0.1, count=3, stride=200, burst=10)
    assert preview.grid.pictures == 30


def test_a_source_shorter_than_its_preview_is_shown_whole_and_noted() -> None:
    stills = _stills(Preview("a", length_s=3, frame_rate=10), duration_s=1.25)
    assert stills.previews[0].grid == Grid(0.0, 0.1, count=1, stride=12, burst=12)
    assert stills.notes == ["Output a: the source has only 1.25 s; the preview shows all of it."]


@pytest.mark.parametrize("duration_s", [0.05, 0.3, 1.0, 3.9, 4.1, 7200.0])
def test_bursts_never_overlap_and_stay_inside(duration_s: float) -> None:
    grid = spread(duration_s, 0.2, 20, 2)
    starts = list(grid.starts())
    assert all(later - sooner >= 0.399 for sooner, later in itertools.pairwise(starts))
    assert starts[0] >= 0
    assert grid.count == 1 or starts[-1] + 0.4 <= duration_s + 1e-6
