from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudtranscode.media.images.framing import Do, Operation, operations
from cloudtranscode.media.images.output import Crop, Gravity, Mode, Resize, Rotate, Step

SIZE = (400, 300)


def scale(width: int, height: int) -> Operation:
    return Operation(Do.SCALE, width, height)


def cut(width: int, height: int, x: int, y: int) -> Operation:
    return Operation(Do.CUT, width, height, x=x, y=y)


def pad(width: int, height: int, x: int, y: int, background: str | None = None) -> Operation:
    return Operation(Do.PAD, width, height, x=x, y=y, background=background)


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (Resize(200, 200), [scale(200, 150)]),
        (Resize(200), [scale(200, 150)]),
        (Resize(None, 75), [scale(100, 75)]),
        (Resize(), []),
        (Resize(800, 800), []),
        (Resize(800, 800, enlarge=True), [scale(800, 600)]),
        (Resize(200, 200, enlarge=True, shrink=False), []),
        (Resize(percent=(50, 50)), [scale(200, 150)]),
        (Resize(percent=(50, 100)), [scale(200, 300)]),
        (Resize(percent=(150, 150)), []),
        (Resize(area=30_000), [scale(200, 150)]),
        (Resize(200, 200, mode=Mode.COVER), [scale(267, 200)]),
        (Resize(200, 200, mode=Mode.EXACT), [scale(200, 200)]),
        (Resize(800, 800, mode=Mode.EXACT), [scale(300, 300)]),
        (Resize(800, 800, mode=Mode.EXACT, enlarge=True), [scale(800, 800)]),
        (Resize(200, 200, mode=Mode.FILL), [scale(267, 200), cut(200, 200, 33, 0)]),
        (Resize(200, 200, mode=Mode.FILL, gravity=Gravity.EAST), [scale(267, 200), cut(200, 200, 67, 0)]),
        (Resize(800, 800, mode=Mode.FILL), [cut(300, 300, 50, 0)]),
        (Resize(800, 800, mode=Mode.FILL, enlarge=True), [scale(1067, 800), cut(800, 800, 133, 0)]),
        (
            Resize(200, 200, mode=Mode.FILL, gravity=Gravity.SMART),
            [scale(267, 200), Operation(Do.SMART_CUT, 200, 200)],
        ),
        (Resize(200, 200, mode=Mode.PAD), [scale(200, 150), pad(200, 200, 0, 25)]),
        (Resize(800, 800, mode=Mode.PAD, background="#000000"), [pad(800, 800, 200, 250, "#000000")]),
        (Resize(200, 200, mode=Mode.PAD, gravity=Gravity.NORTH), [scale(200, 150), pad(200, 200, 0, 0)]),
        (Crop(100, 50, x=10, y=20), [cut(100, 50, 10, 20)]),
        (Crop(100, 50, x=350, y=-20), [cut(50, 30, 350, 0)]),
        (Crop(100, 50, gravity=Gravity.SOUTHEAST), [cut(100, 50, 300, 250)]),
        (Crop(1000, 50, gravity=Gravity.CENTER), [cut(400, 50, 0, 125)]),
        (Crop(percent=(50, 50), x=5), [cut(200, 150, 5, 0)]),
        (Crop(1000, 1000), []),
        (Rotate(90), [Operation(Do.TURN, 300, 400, degrees=90)]),
        (Rotate(180), [Operation(Do.TURN, 400, 300, degrees=180)]),
        (Rotate(0), []),
    ],
)
def test_a_step_becomes_whole_pixels(step: Step, expected: list[Operation]) -> None:
    assert operations([step], SIZE) == expected


def test_each_step_begins_where_the_one_before_ended() -> None:
    steps: list[Step] = [Resize(200, 200), Rotate(90), Crop(100, 100, gravity=Gravity.CENTER)]
    assert operations(steps, SIZE) == [
        scale(200, 150),
        Operation(Do.TURN, 150, 200, degrees=90),
        cut(100, 100, 25, 50),
    ]


def test_a_crop_that_leaves_nothing_is_told() -> None:
    with pytest.raises(ValueError, match=r"nothing of a 400x300 picture lies within the crop at 400,0"):
        operations([Crop(10, 10, x=400)], SIZE)


sides = st.integers(1, 70_000)
resizes = st.builds(
    Resize,
    width=sides,
    height=sides,
    mode=st.sampled_from(Mode),
    gravity=st.sampled_from([one for one in Gravity if one is not Gravity.SMART]),
    enlarge=st.booleans(),
)


@given(resizes, sides, sides)
def test_no_resize_enlarges_unasked_or_leaves_the_picture(step: Resize, width: int, height: int) -> None:
    size = width, height
    for one in operations([step], size):
        assert one.width >= 1
        assert one.height >= 1
        if one.do is Do.SCALE and not step.enlarge:
            assert one.width <= size[0]
            assert one.height <= size[1]
        if one.do is Do.CUT:
            assert 0 <= one.x <= size[0] - one.width
            assert 0 <= one.y <= size[1] - one.height
        if one.do is Do.PAD:
            assert 0 <= one.x <= one.width - size[0]
            assert 0 <= one.y <= one.height - size[1]
        size = one.width, one.height
    if step.enlarge and step.mode in {Mode.FILL, Mode.PAD, Mode.EXACT}:
        assert size == (step.width, step.height)
