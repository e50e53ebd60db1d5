"""What each audio codec can carry, and how ffmpeg is told to write it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from cloudtranscode.media.rendition import AudioCodec, AudioSettings
from cloudtranscode.media.sound.layouts import LAYOUTS, channels_of

KEEP = 0
"""The sample rate that means the source's own."""


@dataclass(frozen=True, slots=True)
class Coding:
    """A codec's limits: sample rates in Hz (none: any), most channels, rates in kb/s.

    ``steps`` are the only rates there are, where the format lists them; ``least_kbps`` and ``most_kbps`` are for one
    channel. ``bits`` are the sample sizes of what is lossless. ``frame`` is samples per packet, the most by which an
    end is rounded.
    """

    encoder: str
    sample_rates: tuple[int, ...]
    channels: int
    steps: tuple[int, ...] = ()
    least_kbps: float = 0
    most_kbps: float = 0
    bits: tuple[int, ...] = ()
    frame: int = 0

    @property
    def lossless(self) -> bool:
        """Whether what comes out is what went in; there is no rate to choose then."""
        return bool(self.bits)


_AAC_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 64000, 88200, 96000)
_AC3_STEPS = (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512, 576, 640)
_MP3_STEPS = (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)

CODINGS: dict[AudioCodec, Coding] = {
    # ISO/IEC 14496-3, 4.5.2.1: at most 6144 bits for each channel and packet of 1024 samples.
    AudioCodec.AAC: Coding("aac", _AAC_RATES, 6, least_kbps=8, most_kbps=288, frame=1024),
    # RFC 6716, 2.1.1 (6 to 510 kb/s); RFC 7845, 5.1: it is 48 kHz inside, whatever went in.
    AudioCodec.OPUS: Coding("libopus", (48000,), 8, least_kbps=6, most_kbps=255, frame=960),
    # ATSC A/52:2018, table 5.18.
    AudioCodec.AC3: Coding("ac3", (32000, 44100, 48000), 6, steps=_AC3_STEPS, least_kbps=32, most_kbps=640, frame=1536),
    AudioCodec.EAC3: Coding("eac3", (32000, 44100, 48000), 6, least_kbps=16, most_kbps=1024, frame=1536),
    # ISO/IEC 11172-3, 2.4.2.3: layer III.
    AudioCodec.MP3: Coding("libmp3lame", (32000, 44100, 48000), 2, steps=_MP3_STEPS, frame=1152),
    AudioCodec.FLAC: Coding("flac", (), 8, bits=(16, 24), frame=4608),  # RFC 9639
    AudioCodec.PCM: Coding("pcm", (), 8, bits=(16, 24), frame=1024),
}

_LOWEST, _HIGHEST = 8000, 192000


def problem(settings: AudioSettings) -> str | None:
    """Say what no encoder could do with these settings, such as ``sample_rate is 44100, opus has 48000``."""
    coding = CODINGS[settings.codec]
    return _layout(settings, coding) or _sample_rate(settings, coding) or _amount(settings, coding)


def channels_wanted(settings: AudioSettings) -> int:
    """How many channels there will be at most."""
    return channels_of(settings.layout) if settings.layout else settings.channels


def fitted(settings: AudioSettings, layout: str, source_rate: int) -> AudioSettings:
    """Return settings for one encode: its own channels and sample rate, and no more to spend than they can take."""
    count, most = channels_of(layout), CODINGS[settings.codec].most_kbps
    rate = settings.rate_kbps
    if rate and most and not CODINGS[settings.codec].steps:
        rate = min(rate, int(most * count))
    sample_rate = _sample_rate_for(settings, source_rate)
    return replace(settings, channels=count, layout=layout, rate_kbps=rate, sample_rate=sample_rate)


def encoder_words(settings: AudioSettings) -> tuple[str, ...]:
    """Return the words that name the encoder and what it is to spend."""
    coding = CODINGS[settings.codec]
    if settings.codec is AudioCodec.PCM:
        return "-c:a", f"pcm_s{settings.bits}le"
    if settings.codec is AudioCodec.FLAC:
        depth = ("s16",) if settings.bits == min(coding.bits) else ("s32", "-bits_per_raw_sample", str(settings.bits))
        return "-c:a", coding.encoder, "-sample_fmt", *depth
    return "-c:a", coding.encoder, "-b:a", f"{settings.rate_kbps}k"


def _sample_rate_for(settings: AudioSettings, source: int) -> int:
    """The sample rate that comes out: the one asked for; else the source's, or the next that the codec has."""
    if settings.sample_rate != KEEP:
        return settings.sample_rate
    rates = CODINGS[settings.codec].sample_rates
    kept = min(max(source, _LOWEST), _HIGHEST)
    return next((rate for rate in rates if rate >= kept), rates[-1]) if rates else kept


def _layout(settings: AudioSettings, coding: Coding) -> str | None:
    if settings.layout is not None and settings.layout not in LAYOUTS:
        return f"layout is {settings.layout!r}, must be one of {', '.join(LAYOUTS)}"
    count = channels_wanted(settings)
    if not 1 <= count <= coding.channels:
        return f"asks for {count} channels, {settings.codec} has 1 to {coding.channels}"
    return None


def _sample_rate(settings: AudioSettings, coding: Coding) -> str | None:
    rate, rates = settings.sample_rate, coding.sample_rates
    if rate == KEEP or rate in rates or (not rates and _LOWEST <= rate <= _HIGHEST):
        return None
    known = ", ".join(map(str, rates)) or f"{_LOWEST} to {_HIGHEST}"
    return f"sample_rate is {rate}, {settings.codec} has {known}"


def _amount(settings: AudioSettings, coding: Coding) -> str | None:
    rate, count = settings.rate_kbps, channels_wanted(settings)
    if coding.lossless:
        if settings.bits not in coding.bits:
            return f"bits is {settings.bits}, {settings.codec} has {' and '.join(map(str, coding.bits))}"
        return f"rate_kbps is {rate}, but {settings.codec} is lossless" if rate is not None else None
    if rate is None:
        return f"rate_kbps is missing, {settings.codec} needs it"
    if coding.steps:
        known = ", ".join(map(str, coding.steps))
        return None if rate in coding.steps else f"rate_kbps is {rate}, {settings.codec} has {known}"
    least, most = coding.least_kbps, coding.most_kbps * count
    if not least <= rate <= most:
        return f"rate_kbps is {rate}, {settings.codec} has {least:g} to {most:g} for {count} channels"
    return None
