"""From one channel layout to another: which part of each channel goes where.

Coefficients of ITU-R BS.775-3, annex 4: centre and surrounds go to the front at -3 dB, the low-frequency effects are
left out. They are not scaled down, so that speech stays as loud as it was; whoever mixes keeps the peaks in check.
"""

from __future__ import annotations

from collections import defaultdict

from cloudtranscode.media.sound.layouts import LAYOUTS, MONO, STEREO

_DOWN = 0.7071
"""-3 dB: the same power, from two loudspeakers instead of one."""

_FOLDS: dict[str, tuple[tuple[tuple[str, ...], float], ...]] = {
    "FC": ((("FL", "FR"), _DOWN),),
    "LFE": (),
    "BL": ((("SL",), 1.0), (("FL",), _DOWN)),
    "BR": ((("SR",), 1.0), (("FR",), _DOWN)),
    "SL": ((("BL",), 1.0), (("FL",), _DOWN)),
    "SR": ((("BR",), 1.0), (("FR",), _DOWN)),
    "BC": ((("BL", "BR"), _DOWN), (("SL", "SR"), _DOWN), (("FL", "FR"), 0.5)),
    "FLC": ((("FL",), 1.0),),
    "FRC": ((("FR",), 1.0),),
    "FL": (),
    "FR": (),
}
"""Where a channel goes that the outgoing layout lacks: the first of these whose channels it all has."""

Mix = dict[str, dict[int, float]]
"""For each outgoing channel, the numbers of the incoming ones and their factors."""


def mix(layout_in: str, layout: str) -> Mix:
    """Return how ``layout_in`` becomes ``layout``.

    Mono is the mean of what stereo would be; mono goes to both sides of stereo as it is, to the centre of others.
    More channels than there were stay silent otherwise.
    """
    if layout_in == layout:
        return {name: {number: 1.0} for number, name in enumerate(LAYOUTS[layout])}
    if layout == MONO:
        return _mean(mix(layout_in, STEREO))
    if (layout_in, layout) == (MONO, STEREO):
        return {"FL": {0: 1.0}, "FR": {0: 1.0}}
    found: Mix = {name: {} for name in LAYOUTS[layout]}
    for number, name in enumerate(LAYOUTS[layout_in]):
        for target, factor in _places(name, LAYOUTS[layout_in], LAYOUTS[layout]):
            found[target][number] = factor
    return found


def is_folded(layout_in: str, layout: str) -> bool:
    """Whether channels are added up, so that peaks may grow."""
    return any(len(parts) > 1 for parts in mix(layout_in, layout).values()) and layout != MONO


def _mean(stereo: Mix) -> Mix:
    parts: dict[int, float] = defaultdict(float)
    for side in stereo.values():
        for number, factor in side.items():
            parts[number] += factor / 2
    return {"FC": dict(parts)}


def _places(name: str, there: tuple[str, ...], wanted: tuple[str, ...]) -> list[tuple[str, float]]:
    if name in wanted:
        return [(name, 1.0)]
    for targets, factor in _FOLDS[name]:
        if set(targets) <= set(wanted):
            # A side that also comes in by itself shares its place: both at -3 dB less would be quieter than one.
            shared = factor == 1.0 and targets[0] in there
            return [(target, _DOWN if shared else factor) for target in targets]
    return []
