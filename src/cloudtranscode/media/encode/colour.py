"""Colours: what the decoded numbers mean, and how they become those of the output.

Each frame says what its numbers mean, mastering display and light levels included. What it says goes with it through
filters, encoders and containers, so that nothing is written on a command line that could contradict it.
"""

from __future__ import annotations

from cloudtranscode.media.rendition import Color, VideoSettings
from cloudtranscode.media.source.streams import Colour

_WHITE_NITS = 203
"""HDR reference white, which becomes the white of SDR: Report ITU-R BT.2408, 2.2."""

_PEAK_NITS = 1000.0
"""The brightest picture where nothing says it: what HLG is nominally for (Rec. ITU-R BT.2100), and most of HDR10."""

_SANE_NITS = 400.0, 10_000.0
_LUMINANCE_UNITS = 10_000
_OF_HDR = ("MASTERING_DISPLAY_METADATA", "CONTENT_LIGHT_LEVEL", "DYNAMIC_HDR_PLUS", "DOVI_METADATA", "DOVI_RPU_BUFFER")


def declared(colour: Colour) -> str:
    """Return the filter that writes a source's colour on each decoded frame; it comes before every other filter."""
    return (
        f"setparams=color_primaries={colour.primaries or 'unknown'}:color_trc={colour.transfer or 'unknown'}"
        f":colorspace={colour.matrix or 'unknown'}:range={colour.range or 'unknown'}"
    )


def to_target(colour: Colour, settings: VideoSettings) -> tuple[str, ...]:
    """Return the filters that turn declared frames of this colour into those that ``settings`` ask for.

    They come best after scaling down, where there are fewer pixels, and before the ``format`` of the pixels. What
    comes out is of limited range; it is BT.709 unless the source's own colours are wanted. The filters are none when
    nothing is to be done.
    """
    if settings.color is Color.SOURCE:
        return _own(colour)
    return _tone_mapped(colour) if colour.hdr else _sdr(colour)


def _own(colour: Colour) -> tuple[str, ...]:
    """RGB has no matrix to keep: it gets that of its primaries."""
    if colour.matrix != "gbr":
        return ()
    return (f"zscale=matrix={'2020_ncl' if colour.primaries == 'bt2020' else '709'}:range=limited",)


def _sdr(colour: Colour) -> tuple[str, ...]:
    """The curve stays as it is, whatever its name: screens show all curves of SDR alike (Rec. ITU-R BT.1886)."""
    if colour.primaries == colour.matrix == "bt709":
        return () if colour.transfer == "bt709" else ("setparams=color_trc=bt709",)
    return "setparams=color_trc=bt709", "zscale=primaries=709:transfer=709:matrix=709:range=limited"


def _tone_mapped(colour: Colour) -> tuple[str, ...]:
    """Light up to a third of white stays as it is; above, a smooth shoulder makes room for what is brighter.

    Of the filter's curves, `mobius` alone keeps shadows and skin as they were graded: `hable` halves their light. zimg
    takes the system gamma of HLG channel by channel, so that saturated colours become a little more so.
    """
    peak = _peak_nits(colour) / _WHITE_NITS
    return (
        f"zscale=transfer=linear:npl={_WHITE_NITS}",
        "format=gbrpf32le",
        "zscale=primaries=709",
        f"tonemap=mobius:desat=0:peak={peak:.4g}",
        "zscale=transfer=709:matrix=709:range=limited:dither=ordered",
        *(f"sidedata=mode=delete:type={kind}" for kind in _OF_HDR),
    )


def _peak_nits(colour: Colour) -> float:
    """The brightest pixel, as the content says, or the display it was mastered on, or by convention."""
    said = float((colour.light or "0").partition(",")[0]) or _mastering_nits(colour.mastering)
    least, most = _SANE_NITS
    return min(max(said or _PEAK_NITS, least), most)


def _mastering_nits(mastering: str | None) -> float:
    """The display's peak of ``…L(10000000,1)``."""
    _, _, light = (mastering or "").partition("L(")
    return float(light.partition(",")[0] or 0) / _LUMINANCE_UNITS
