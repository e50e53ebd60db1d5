"""Each promise of a ladder is broken once, and the check that guards it must say so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from cloudtranscode.media.check.evidence import Encodes, Media, Track
from cloudtranscode.media.check.ladder import aligned, check_ladder
from cloudtranscode.media.check.ladder_evidence import LadderEvidence, Stream, Texts
from cloudtranscode.media.outputs import Encryption, Manifest, Scheme
from cloudtranscode.media.packaging.boxes import Fragment
from cloudtranscode.media.packaging.manifest import parse_manifest
from cloudtranscode.media.packaging.playlist import parse_master, parse_media
from cloudtranscode.media.packaging.rates import peak_rate
from cloudtranscode.media.plan.making import make_plan
from cloudtranscode.media.plan.plan import LadderPackage, Plan, TextRendition
from cloudtranscode.media.source.probe import read_probe
from support.outputs import hls, order
from support.presets import load_preset

_PLAIN = Path(__file__).parents[1] / "ffprobe" / "plain.json"
_VIDEO = Track("video", "h264", 72, 3.0, 320, 180)
_AUDIO = Track("audio", "aac", 141, 3.0, channels=2, sample_rate=48000)
_ENCODES = Encodes({"360p": _VIDEO}, {"audio": _AUDIO})
_MASTER = """#EXTM3U
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-MEDIA:TYPE=AUDIO,URI="audio/index.m3u8",GROUP-ID="audio",LANGUAGE="en",NAME="en",DEFAULT=YES
#EXT-X-MEDIA:TYPE=SUBTITLES,URI="text_t/index.m3u8",GROUP-ID="text",LANGUAGE="de",NAME="de",FORCED=YES
#EXT-X-STREAM-INF:BANDWIDTH=4000,CODECS="avc1.64000d,mp4a.40.2",RESOLUTION=320x180,FRAME-RATE=24.000,AUDIO="audio"
360p/index.m3u8
#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=9,CODECS="avc1.64000d",URI="360p/iframes.m3u8"
"""
_PLAYLIST = """#EXTM3U
#EXT-X-TARGETDURATION:3
#EXT-X-MAP:URI="init.mp4"
#EXTINF:2.000,
seg_1.m4s
#EXTINF:1.000,
seg_2.m4s
#EXT-X-ENDLIST
"""
_TEXT = _PLAYLIST.replace('#EXT-X-MAP:URI="init.mp4"\n', "").replace("m4s", "vtt")
_IFRAMES = _PLAYLIST.replace("DURATION:3", "DURATION:3\n#EXT-X-I-FRAMES-ONLY").replace(
    ",\nseg", ",\n#EXT-X-BYTERANGE:100@10\nseg"
)
_SET = """<AdaptationSet contentType="{kind}" lang="{lang}" width="320" height="180"><Representation bandwidth="2000"
 codecs="{codecs}"><SegmentTemplate timescale="10" {init} media="{name}/seg_$Number$.{ext}"><SegmentTimeline><S d="20"/>
<S d="10"/></SegmentTimeline></SegmentTemplate></Representation></AdaptationSet>"""
_MPD = "".join(
    (
        '<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT3S"><Period>',
        _SET.format(
            kind="video", lang="", codecs="avc1.64000d", init='initialization="360p/init.mp4"', name="360p", ext="m4s"
        ).replace('lang="" ', ""),
        _SET.format(
            kind="audio", lang="en", codecs="mp4a.40.2", init='initialization="audio/init.mp4"', name="audio", ext="m4s"
        ),
        _SET.format(kind="text", lang="de", codecs="", init="", name="text_t", ext="vtt"),
        "</Period></MPD>",
    )
)
_SYNC = (Fragment(0, sync=True), Fragment(2, sync=True))
_STREAMS = {
    "360p": Stream(Media((_VIDEO,)), "avc1.64000d", _SYNC),
    "audio": Stream(Media((_AUDIO,)), "mp4a.40.2", _SYNC),
}
_SIZES = {
    **dict.fromkeys(("master.m3u8", "manifest.mpd", "360p/iframes.m3u8", "text_t/index.m3u8"), 9),
    **{f"{name}/{file}": 500 for name in ("360p", "audio") for file in ("index.m3u8", "init.mp4", "seg_1.m4s")},
    **{f"{name}/seg_2.m4s": 250 for name in ("360p", "audio")},
    **{f"text_t/seg_{number}.vtt": 9 for number in (1, 2)},
}
_CUES = frozenset({"00:00:00.500 00:00:01.000"})


def _texts(master: str = _MASTER, mpd: str = _MPD, iframes: str = _IFRAMES, **playlists: str) -> Texts:
    given = {"360p": _PLAYLIST, "audio": _PLAYLIST, "text_t": _TEXT, **playlists}
    return Texts(
        parse_master(master),
        {name: parse_media(text) for name, text in given.items()},
        {"360p": parse_media(iframes)},
        parse_manifest(mpd),
    )


_LADDER = LadderEvidence(_texts(), _SIZES, _STREAMS, {"text_t": (_CUES, _CUES)})


def _promised() -> tuple[LadderPackage, Plan]:
    plan = make_plan(order(hls("h", "360p")), [read_probe(0, _PLAIN.read_text())], load_preset)
    (package,) = plan.packages
    assert isinstance(package, LadderPackage)
    both = replace(package, manifests=frozenset({Manifest.HLS, Manifest.DASH}), texts=("t",))
    texts = (TextRendition("t", "de", None, forced=True),)
    return both, replace(plan, audio=(replace(plan.audio[0], language="eng"),), texts=texts)


def _failed(found: LadderEvidence, encryption: Encryption | None = None) -> list[str]:
    package, plan = _promised()
    checks = check_ladder(replace(package, encryption=encryption), plan, _ENCODES, found)
    return [check.name for check in checks if not check.ok]


def _stream(name: str, stream: Stream) -> LadderEvidence:
    return replace(_LADDER, streams={**_STREAMS, name: stream})


def test_what_keeps_its_promises_passes() -> None:
    assert _failed(_LADDER) == []


@pytest.mark.parametrize(
    ("change", "name"),
    [
        (lambda text: text.replace("320x180", "640x360"), "rungs"),
        (lambda text: text.replace("#EXT-X-INDEPENDENT-SEGMENTS\n", ""), "segments decode by themselves"),
        (lambda text: text.replace(",mp4a.40.2", ""), "360p/index.m3u8 CODECS"),
        (lambda text: text.replace("BANDWIDTH=4000", "BANDWIDTH=3990"), "360p/index.m3u8 BANDWIDTH"),
        (lambda text: text.replace("24.000", "25.000"), "360p/index.m3u8 FRAME-RATE"),
        (lambda text: text.replace("RESOLUTION", "VIDEO-RANGE=PQ,RESOLUTION"), "360p/index.m3u8 VIDEO-RANGE"),
        (lambda text: text.replace("TYPE=AUDIO", "TYPE=VIDEO"), "separate audio"),
        (lambda text: text.replace('LANGUAGE="en"', 'LANGUAGE="fr"'), "separate audio"),
        (lambda text: text.replace("DEFAULT=YES", "DEFAULT=NO"), "default sound"),
        (lambda text: text.replace("TYPE=SUBTITLES", "TYPE=VIDEO"), "separate subtitles"),
        (lambda text: text.replace("FORCED=YES", "FORCED=NO"), "forced subtitles"),
        (lambda text: text.replace("I-FRAME-STREAM", "NO-STREAM"), "playlists of I-frames"),
    ],
)
def test_a_broken_master_playlist(change: Callable[[str], str], name: str) -> None:
    assert _failed(replace(_LADDER, texts=_texts(change(_MASTER))))[:1] == [name]


@pytest.mark.parametrize(
    ("texts", "name"),
    [
        (_texts(**{"360p": _PLAYLIST.replace("#EXT-X-ENDLIST", "")}), "360p end mark"),
        (_texts(**{"360p": _PLAYLIST.replace("DURATION:3", "DURATION:1")}), "360p longest segment within target"),
        (_texts(**{"360p": _PLAYLIST.replace("1.000", "0.900")}), "360p duration"),
        (_texts(audio=_PLAYLIST.replace("2.000", "2.002")), "manifest streams whose segments are others than HLS's"),
        (_texts(audio=_PLAYLIST.replace("#EXTINF:2", "#EXT-X-KEY:METHOD=AES-128\n#EXTINF:2")), "audio key"),
        (_texts(iframes=_IFRAMES.replace("100@10", "500@10", 1)), "360p I-frames ranges beyond a file's end"),
        (_texts(iframes=_IFRAMES.replace("#EXT-X-I-FRAMES-ONLY\n", "")), "360p I-frames I-frames only"),
        (_texts(iframes=_IFRAMES.replace("2.000", "1.000")), "360p I-frames duration"),
        (_texts(mpd=_MPD.replace('"static"', '"dynamic"')), "manifest type"),
        (_texts(mpd=_MPD.replace("avc1.64000d", "avc1.640028")), "manifest 360p codecs"),
        (_texts(mpd=_MPD.replace("2000", "1990")), "manifest 360p bandwidth"),
        (_texts(mpd=_MPD.replace('lang="de"', 'lang="fr"')), "manifest languages"),
        (_texts(mpd=_MPD.replace('height="180"', 'height="182"')), "manifest sizes"),
    ],
)
def test_a_broken_playlist_or_manifest(texts: Texts, name: str) -> None:
    assert name in _failed(replace(_LADDER, texts=texts))


@pytest.mark.parametrize(
    ("found", "name"),
    [
        (replace(_LADDER, texts="the first line is not #EXTM3U"), "playlists"),
        (replace(_LADDER, sizes={**_SIZES, "360p/seg_2.m4s": 0}), "missing files"),
        (replace(_LADDER, sizes={**_SIZES, "360p/leak.mp4": 9}), "files that nothing names"),
        (replace(_LADDER, cues={"text_t": (_CUES, frozenset())}), "text_t cues that are lost"),
        (replace(_LADDER, streams={"360p": _STREAMS["360p"]}), "streams"),
        (_stream("audio", replace(_STREAMS["audio"], media=Media((_AUDIO,), "[error]"))), "audio decoder"),
        (
            _stream("360p", replace(_STREAMS["360p"], fragments=(Fragment(0, sync=False),))),
            "360p segments that begin without a keyframe",
        ),
        (
            _stream("audio", replace(_STREAMS["audio"], media=Media((replace(_AUDIO, start_s=0.05),)))),
            "audio behind picture at the start",
        ),
        (
            _stream("audio", replace(_STREAMS["audio"], media=Media((replace(_AUDIO, duration_s=3.05),)))),
            "audio behind picture at the end",
        ),
        (
            _stream("360p", replace(_STREAMS["360p"], media=Media((replace(_VIDEO, transfer="smpte2084"),)))),
            "360p/index.m3u8 VIDEO-RANGE",
        ),
    ],
)
def test_a_broken_ladder(found: LadderEvidence, name: str) -> None:
    assert name in _failed(found)


_KEY = '#EXT-X-KEY:METHOD=SAMPLE-AES-CTR,URI="https://k"\n#EXTINF:2'
_KID = "ab" * 16


def _encrypted(*, scheme: Scheme = Scheme.CENC, key_id: str = _KID, locked: bool = True) -> list[str]:
    locked_playlist = _PLAYLIST.replace("#EXTINF:2", _KEY)
    protection = f'<ContentProtection xmlns:cenc="urn:mpeg:cenc:2013" cenc:default_KID="{key_id}"/><Representation'
    texts = _texts(
        mpd=_MPD.replace("<Representation", protection), **{"360p": locked_playlist, "audio": locked_playlist}
    )
    streams = {name: replace(stream, open=not locked) for name, stream in _STREAMS.items()}
    found = replace(_LADDER, texts=texts, streams=streams)
    return _failed(found, Encryption(scheme, _KID, "cd" * 16, key_uri="https://k"))


def test_encryption() -> None:
    assert _encrypted() == []
    assert _encrypted(scheme=Scheme.CBCS) == ["360p key", "audio key"]
    assert _encrypted(key_id="00" * 16) == ["manifest 360p key", "manifest audio key"]
    assert _encrypted(locked=False) == ["360p readable without the key", "audio readable without the key"]


@pytest.mark.parametrize(
    ("lengths", "expected"),
    [
        ((2.0, 2.0, 1.0), True),
        ((2.001, 2.0, 1.033), True),  # 30 pictures a second beside 60: the last one lasts longer
        ((2.0, 2.0, 1.05), False),
        ((2.042, 1.958, 1.0), False),
        ((2.0, 3.0), False),
    ],
)
def test_rungs_are_cut_at_the_same_times(lengths: tuple[float, ...], expected: bool) -> None:
    wanted = tuple(("s", one) for one in (2.0, 2.0, 1.0))
    assert aligned(wanted, tuple(("s", one) for one in lengths), 1 / 30) is expected


def test_the_peak_is_that_of_whole_segments() -> None:
    segments = (("a", 2.0), ("b", 2.0), ("c", 0.2))
    assert peak_rate(segments, {"a": 100, "b": 200, "c": 1000}) == pytest.approx(8 * 1200 / 2.2)
    assert peak_rate(segments, {"a": 100, "b": 200, "c": 0}) == 800
    assert peak_rate(segments, {"a": 100, "b": 200, "c": 1000}, most=1) == 800
    assert peak_rate((), {}) == 0
