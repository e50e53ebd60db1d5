"""What ffmpeg and ffprobe may open in a client's file: protocols, container formats and codecs by name.

ffmpeg knows some 360 formats and 550 decoders. Most were written for one old game each, and some open further files by
themselves. A source gets those that cameras, phones, editors, broadcasters and archives write; all else is refused
before a line of it is parsed. Names: `ffmpeg -demuxers`, `ffmpeg -decoders`; a name that a build lacks does no harm.
"""

from __future__ import annotations

_REFUSED = ("concat", "concatf", "dash", "hls", "imf", "sdp", "rtp", "rtsp", "tty", "image2", "image2pipe")
_REFUSED_TOO = ("lavfi", "vobsub", "avisynth", "dvdvideo", "webm_dash_manifest", "svg_pipe", "libgme", "libopenmpt")
NEVER = frozenset(_REFUSED + _REFUSED_TOO)
"""Formats that must never come in: playlists and scripts that name other files or addresses (`concat`, `hls`, `imf`,
`vobsub`, `lavfi`...), patterns of file names (`image2`), `tty`, which renders any text as video, pictures that draw
what they link to (`svg_pipe`), and players of game music, which are whole emulators."""

_CONTAINERS = {
    "mov": "MP4, QuickTime, M4A, 3GP, HEIF and AVIF",
    "matroska": "Matroska and WebM",
    "mpegts": "transport streams: broadcast, AVCHD, HLS segments",
    "mpeg": "program streams: DVD, MPEG-1",
    "mxf": "broadcast cameras and archives",
    "gxf": "broadcast servers",
    "avi": "older cameras and captures",
    "asf": "Windows Media",
    "flv": "Flash, RTMP recordings",
    "ogg": "Vorbis, Opus, Theora",
    "nut": "ffmpeg's own",
    "rm": "RealMedia, in archives",
    "wtv": "Windows recordings of television",
    "dv": "tape",
    "ivf": "VP8, VP9 and AV1 from encoders",
    "yuv4mpegpipe": "uncompressed, from encoders' tests",
}
_ELEMENTARY = {
    "h264": "H.264 without a container",
    "hevc": "HEVC, the same",
    "vvc": "VVC, the same",
    "obu": "AV1, the same",
    "av1": "AV1 of Annex B",
    "m4v": "MPEG-4 part 2",
    "mpegvideo": "MPEG-1 and MPEG-2 video",
    "vc1": "VC-1",
    "mjpeg": "motion JPEG",
    "dnxhd": "DNxHD",
}
_SOUND = {
    "wav": "WAVE and RF64",
    "w64": "Sony Wave64",
    "aiff": "AIFF",
    "caf": "Apple's Core Audio",
    "au": "Sun",
    "flac": "FLAC",
    "mp3": "MPEG layers 1 to 3",
    "aac": "AAC with ADTS",
    "loas": "AAC with LATM",
    "ac3": "Dolby Digital",
    "eac3": "Dolby Digital Plus",
    "dts": "DTS",
    "truehd": "Dolby TrueHD",
    "amr": "phones",
    "wv": "WavPack",
    "tta": "True Audio",
    "ape": "Monkey's Audio",
    "mpc8": "Musepack",
    "mpc": "Musepack, older",
}
_PICTURES = {
    "gif": "animations",
    "apng": "animations",
    "webp_anim": "animations",
    "png_pipe": "one picture: watermarks, slides",
    "jpeg_pipe": "one picture",
    "webp_pipe": "one picture",
    "bmp_pipe": "one picture",
    "tiff_pipe": "one picture",
}
_SIDECARS = {
    "srt": "SubRip",
    "ass": "SubStation Alpha",
    "webvtt": "WebVTT",
    "scc": "CEA-608 in text",
}

_VIDEO_CODECS = (
    *("h264", "hevc", "vvc", "av1", "libdav1d", "libaom-av1", "vp8", "libvpx", "vp9", "libvpx-vp9"),
    *("mpeg1video", "mpeg2video", "mpegvideo", "mpeg4", "msmpeg4v1", "msmpeg4v2", "msmpeg4"),
    *("h261", "h263", "h263i", "h263p", "flv", "vp3", "theora", "vp6", "vp6a", "vp6f", "wmv1", "wmv2", "wmv3", "vc1"),
    *("rv10", "rv20", "rv30", "rv40", "svq1", "svq3", "cinepak", "indeo3", "indeo5", "rpza", "smc", "qtrle", "8bps"),
    *("prores", "prores_raw", "dnxhd", "cfhd", "apv", "hap", "dvvideo", "speedhq", "hq_hqa", "hqx", "jpeg2000"),
    *("mjpeg", "mjpegb", "ffv1", "huffyuv", "ffvhuff", "utvideo", "magicyuv", "lagarith", "cllc", "dirac"),
    *("rawvideo", "v210", "v210x", "v308", "v408", "v410", "r210", "r10k", "yuv4", "y41p"),
    *("msrle", "msvideo1", "mszh", "zlib", "zmbv", "camtasia", "tscc2", "flashsv", "flashsv2", "cljr"),
    *("png", "apng", "gif", "webp", "webp_anim", "bmp", "tiff"),
)
_AUDIO_CODECS = (
    *("aac", "aac_fixed", "aac_latm", "mp1", "mp1float", "mp2", "mp2float", "mp3", "mp3float"),
    *("ac3", "ac3_fixed", "eac3", "dca", "truehd", "mlp", "dolby_e", "s302m", "opus", "libopus", "vorbis", "libvorbis"),
    *("flac", "alac", "wavpack", "tta", "ape", "als", "mpc7", "mpc8", "speex", "libspeex"),
    *("wmav1", "wmav2", "wmapro", "wmalossless", "wmavoice", "real_144", "real_288", "cook", "sipr", "qdm2", "qdmc"),
    *("amrnb", "amrwb", "libopencore_amrnb", "libopencore_amrwb", "gsm", "gsm_ms", "ilbc", "nellymoser", "mace3"),
    *("mace6", "g722", "g726", "g726le", "g723_1", "g729"),
    *("adpcm_ms", "adpcm_ima_wav", "adpcm_ima_qt", "adpcm_swf", "adpcm_yamaha"),
    *("pcm_alaw", "pcm_mulaw", "pcm_bluray", "pcm_dvd", "pcm_s8", "pcm_u8", "pcm_s16le", "pcm_s16be", "pcm_s24le"),
    *("pcm_s24be", "pcm_s32le", "pcm_s32be", "pcm_s64le", "pcm_s64be", "pcm_u16le", "pcm_u16be", "pcm_u24le"),
    *("pcm_u24be", "pcm_u32le", "pcm_u32be", "pcm_f32le", "pcm_f32be", "pcm_f64le", "pcm_f64be", "pcm_f16le"),
)
_SUBTITLE_CODECS = (
    *("ass", "ssa", "srt", "subrip", "webvtt", "mov_text", "text", "cc_dec"),
    *("dvbsub", "dvdsub", "pgssub", "xsub", "libzvbi_teletextdec"),
)

FORMATS = (*_CONTAINERS, *_ELEMENTARY, *_SOUND, *_PICTURES, *_SIDECARS)
"""Every container format of a source or sidecar, as `-format_whitelist` takes it."""

CODECS = (*_VIDEO_CODECS, *_AUDIO_CODECS, *_SUBTITLE_CODECS)
"""Every decoder, as `-codec_whitelist` takes it."""

_DECODER_PIXELS = 80_000_000
"""What a decoder makes room for: `source.limits` with padding. Without it a header of 30 bytes asks for gigabytes."""


def source_options(protocols: str = "http,tcp") -> tuple[str, ...]:
    """The words that go before a source in an argv list of ffmpeg or ffprobe, before each ``-i`` that reads one.

    ``protocols`` are ``http,tcp`` for what the door serves and ``file`` for a client's file that lies in scratch; a
    picture there must have no extension, or ffmpeg takes it for the first of a numbered sequence (`image2`).
    """
    return (
        *("-protocol_whitelist", protocols),
        *("-format_whitelist", ",".join(FORMATS)),
        *("-codec_whitelist", ",".join(CODECS)),
        *("-max_pixels", str(_DECODER_PIXELS)),
    )
