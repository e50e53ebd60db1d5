"""The vocabulary of an encode: what a rendition is made with."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction


class VideoCodec(StrEnum):
    """How a picture is compressed."""

    H264 = "h264"
    HEVC = "hevc"
    AV1 = "av1"
    VP9 = "vp9"
    PRORES = "prores"
    FFV1 = "ffv1"


class AudioCodec(StrEnum):
    """How sound is compressed; ``PCM`` is not at all."""

    AAC = "aac"
    OPUS = "opus"
    AC3 = "ac3"
    EAC3 = "eac3"
    MP3 = "mp3"
    FLAC = "flac"
    PCM = "pcm"


class RateMode(StrEnum):
    """What an encoder holds steady: the quality (``CRF``, capped where a cap is given), or the rate."""

    CRF = "crf"
    VBR = "vbr"
    CBR = "cbr"


class Fit(StrEnum):
    """How a picture comes into a frame of another shape.

    ``FIT`` makes the frame smaller, ``FILL`` cuts the picture, ``PAD`` adds bars, ``EXACT`` distorts.
    """

    FIT = "fit"
    FILL = "fill"
    PAD = "pad"
    EXACT = "exact"


class Color(StrEnum):
    """Which colours come out: ``SDR`` maps the tones of HDR to BT.709, ``SOURCE`` keeps what the source has."""

    SDR = "sdr"
    SOURCE = "source"


class Deinterlace(StrEnum):
    """Whether fields become frames: ``AUTO`` where the source is found to be interlaced, ``DOUBLE`` one frame each."""

    AUTO = "auto"
    DOUBLE = "double"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Size:
    """How large a picture is wanted, in square pixels as a viewer sees it.

    ``lines`` is the short side; or ``width``, ``height`` or both, where both are the frame that ``fit`` speaks of.
    Without any of them the source's own size. A source that is smaller stays so unless ``enlarge``.
    """

    lines: int | None = None
    width: int | None = None
    height: int | None = None
    fit: Fit = Fit.FIT
    enlarge: bool = False


@dataclass(frozen=True, slots=True)
class VideoSettings:
    """How video is encoded; rates are in kb/s, ``gop_s`` in seconds, ``frame_rate`` at most what the source has.

    ``max_rate_kbps`` caps the rate over a buffer of ``buffer_kbit`` (the decoder model of H.264, annex C).
    ``encoder_preset`` is the encoder's own word for its effort.
    """

    codec: VideoCodec = VideoCodec.H264
    encoder_preset: str = "medium"
    pixel_format: str = "yuv420p"
    profile: str | None = None
    level: str | None = None
    tune: str | None = None
    refs: int | None = None
    b_frames: int | None = None
    rate: RateMode = RateMode.VBR
    crf: float | None = None
    rate_kbps: int | None = None
    max_rate_kbps: int | None = None
    buffer_kbit: int | None = None
    passes: int = 1
    gop_s: float = 2
    frame_rate: Fraction | None = None
    color: Color = Color.SDR
    deinterlace: Deinterlace = Deinterlace.AUTO

    @property
    def nominal_kbps(self) -> int:
        """The rate to compare and to announce by; 0 when nothing bounds it."""
        return self.rate_kbps or self.max_rate_kbps or 0


@dataclass(frozen=True, slots=True)
class Loudness:
    """A target of EBU R 128: integrated loudness in LUFS, true peak in dBTP. The range stays the source's own."""

    integrated: float = -23.0
    true_peak: float = -1.0


@dataclass(frozen=True, slots=True)
class AudioSettings:
    """How audio is encoded; ``channels`` is the most there will be, fewer stay fewer; no rate for lossless codecs.

    ``layout`` asks for exactly one layout instead (``mono``, ``stereo``, ``5.1``); ``bits`` is for PCM and FLAC.
    """

    codec: AudioCodec = AudioCodec.AAC
    rate_kbps: int | None = 128
    sample_rate: int = 48000
    channels: int = 2
    layout: str | None = None
    bits: int = 16
    loudness: Loudness | None = None


@dataclass(frozen=True, slots=True)
class Preset:
    """A named choice of settings: of video and audio, or of one of them."""

    name: str
    size: Size = field(default_factory=Size)
    video: VideoSettings | None = None
    audio: AudioSettings | None = None
    description: str = ""
    family: str = ""


@dataclass(frozen=True, slots=True)
class Geometry:
    """From the source's picture to a frame: cut to ``crop``, scale to ``scale``, put in the middle of ``frame``.

    Each is (width, height) in square pixels as a viewer sees them; those of ``scale`` and ``frame`` are even where the
    pixel format needs it. ``crop`` is ``None`` when nothing is cut.
    """

    scale: tuple[int, int]
    frame: tuple[int, int]
    crop: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Watermark:
    """A picture laid over the video; ``image`` is the name under which the door lends it.

    ``width`` and ``height`` are pixels of the frame or, as texts such as ``"15%"``, parts of its width and height; one
    that is missing keeps the picture's shape. So are ``x`` and ``y``, which count from the right or the bottom when
    negative. ``start_s`` and ``end_s`` are on the outputs' clock.
    """

    image: str
    width: float | str | None = None
    height: float | str | None = None
    x: float | str = -10
    y: float | str = -10
    opacity: float = 0.7
    start_s: float = 0.0
    end_s: float | None = None


@dataclass(frozen=True, slots=True)
class Caption:
    """A text written on the video; ``size`` in parts of the frame's height, places as for :class:`Watermark`."""

    text: str
    x: float | str = "50%"
    y: float | str = -10
    size: float = 0.05
    color: str = "white"
    box: bool = True
    start_s: float = 0.0
    end_s: float | None = None


@dataclass(frozen=True, slots=True)
class Overlays:
    """What is laid over a picture; ``subtitles`` is the number of the subtitle track that is burned in."""

    watermark: Watermark | None = None
    captions: tuple[Caption, ...] = ()
    subtitles: int | None = None


@dataclass(frozen=True, slots=True)
class VideoRendition:
    """One video encode of a source: what is on it, how large, and how it is compressed."""

    id: str
    geometry: Geometry
    settings: VideoSettings
    overlays: Overlays

    @property
    def width(self) -> int:
        """The frame's width in pixels."""
        return self.geometry.frame[0]

    @property
    def height(self) -> int:
        """The frame's height in pixels."""
        return self.geometry.frame[1]


@dataclass(frozen=True, slots=True)
class AudioRendition:
    """One audio encode of a source's track: ``streams`` are indexes in the source, ``channels`` what comes out.

    Several streams are put side by side before they are mixed to ``layout``: ``channels_in`` is how many each of them
    has, ``layout_in`` what they are together, in their order.
    """

    id: str
    streams: tuple[int, ...]
    channels: int
    settings: AudioSettings
    layout: str = "stereo"
    language: str | None = None
    name: str | None = None
    channels_in: tuple[int, ...] = (2,)
    layout_in: str = "stereo"
