"""Channel layouts by ffmpeg's names: which loudspeakers they are, in their order."""

from __future__ import annotations

MONO, STEREO, SURROUND = "mono", "stereo", "5.1"

LAYOUTS: dict[str, tuple[str, ...]] = {
    MONO: ("FC",),
    STEREO: ("FL", "FR"),
    "2.1": ("FL", "FR", "LFE"),
    "3.0": ("FL", "FR", "FC"),
    "3.0(back)": ("FL", "FR", "BC"),
    "4.0": ("FL", "FR", "FC", "BC"),
    "quad": ("FL", "FR", "BL", "BR"),
    "quad(side)": ("FL", "FR", "SL", "SR"),
    "3.1": ("FL", "FR", "FC", "LFE"),
    "5.0": ("FL", "FR", "FC", "BL", "BR"),
    "5.0(side)": ("FL", "FR", "FC", "SL", "SR"),
    "4.1": ("FL", "FR", "FC", "LFE", "BC"),
    SURROUND: ("FL", "FR", "FC", "LFE", "BL", "BR"),
    "5.1(side)": ("FL", "FR", "FC", "LFE", "SL", "SR"),
    "6.0": ("FL", "FR", "FC", "BC", "SL", "SR"),
    "6.1": ("FL", "FR", "FC", "LFE", "BC", "SL", "SR"),
    "7.0": ("FL", "FR", "FC", "BL", "BR", "SL", "SR"),
    "7.1": ("FL", "FR", "FC", "LFE", "BL", "BR", "SL", "SR"),
    "7.1(wide)": ("FL", "FR", "FC", "LFE", "BL", "BR", "FLC", "FRC"),
    "7.1(wide-side)": ("FL", "FR", "FC", "LFE", "FLC", "FRC", "SL", "SR"),
}
"""`ffmpeg -layouts`."""

_USUAL = {1: MONO, 2: STEREO, 5: "5.0", 6: SURROUND, 8: "7.1"}
"""What a number of channels nearly always means; the others could be several layouts."""

_GUESSED = {**_USUAL, 3: "2.1", 4: "4.0", 7: "6.1"}
"""What ffmpeg takes a stream for that does not say."""

_DELIVERED = ((MONO, 1), (STEREO, 2), (SURROUND, 5), ("7.1", 7))
"""What every player knows, and how many channels are needed for it to be worth it."""


def channels_of(layout: str) -> int:
    """How many channels a layout has."""
    return len(LAYOUTS[layout])


def usual_layout(channels: int) -> str | None:
    """The layout to take this number of channels for when nothing names one; ``None`` when it could be several."""
    return _USUAL.get(channels)


def known_layout(name: str | None, channels: int) -> str | None:
    """The layout of a stream that calls it ``name``, where that fits its channels; else the most likely one."""
    if name in LAYOUTS and channels_of(name) == channels:
        return name
    return _GUESSED.get(channels)


def within(layout: str, most: int) -> str:
    """The layout to deliver ``layout`` in, with at most ``most`` channels: never more than it has, but 5.0 is 5.1."""
    count = channels_of(layout)
    return [name for name, needed in _DELIVERED if needed <= count and channels_of(name) <= max(most, 1)][-1]
