"""Whether HLS playlists are what players need. RFC 8216, and Apple's HLS authoring specification."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from cloudtranscode.media.check.judge import Check, Judge
from cloudtranscode.media.check.ladder_evidence import LadderEvidence, Texts, segments_of
from cloudtranscode.media.outputs import Scheme
from cloudtranscode.media.packaging.ladder import MASTER, text_folder
from cloudtranscode.media.packaging.language import short_tag
from cloudtranscode.media.packaging.playlist import MasterPlaylist, MediaPlaylist, Variant
from cloudtranscode.media.packaging.rates import peak_rate
from cloudtranscode.media.plan.plan import LadderPackage, Plan

_METHODS = {Scheme.CENC: "SAMPLE-AES-CTR", Scheme.CBCS: "SAMPLE-AES"}
_ALIKE = 0.002
"""How far the rates of frames may be apart that count as one."""
ROUNDED = 0.001
"""By how much rates may differ that are computed with durations of milliseconds."""

_RANGES = {"smpte2084": "PQ", "arib-std-b67": "HLG"}


def hls_named(texts: Texts) -> set[str]:
    """Every file that the playlists name, by its path in the ladder, themselves included."""
    named = {MASTER} if texts.master else set()
    for file, playlists in (("index.m3u8", texts.playlists), ("iframes.m3u8", texts.iframes)):
        for name, playlist in playlists.items():
            named |= {f"{name}/{uri}" for uri in (file, *playlist.uris)}
    return named


def check_master(package: LadderPackage, plan: Plan, found: LadderEvidence, texts: Texts) -> Iterator[Check]:
    """Judge a master playlist."""
    say, master = Judge(package.output_id), texts.master
    if master is None:
        return
    wanted = {f"{name}/index.m3u8": plan.rendition(name) for name in package.video}
    sizes = {uri: f"{item.width}x{item.height}" for uri, item in wanted.items()}
    yield say.equal("rungs", sizes, {rung.uri: rung.attributes.get("RESOLUTION", "") for rung in master.variants})
    yield say.equal("segments decode by themselves", expected=True, found=master.independent)
    yield from _media(say, package, plan, master)
    if package.iframes:
        wanted_iframes = sorted(f"{name}/iframes.m3u8" for name in package.video)
        yield say.equal("playlists of I-frames", wanted_iframes, sorted(rung.uri for rung in master.iframes))
    segments = segments_of(texts)
    sound = max((peak_rate(segments[name], found.sizes) for name in package.audio), default=0.0)
    for rung in master.variants:
        name = rung.uri.partition("/")[0]
        if name in found.streams:
            yield from _rung(say.of(rung.uri), name, rung, plan, found)
            least = (sound + peak_rate(segments[name], found.sizes)) * (1 - ROUNDED)
            yield say.of(rung.uri).at_least("BANDWIDTH", least, int(rung.attributes.get("BANDWIDTH", "0")))


def _media(say: Judge, package: LadderPackage, plan: Plan, master: MasterPlaylist) -> Iterator[Check]:
    """The separate sounds and subtitles: which there are, in which language, and which one plays by itself."""
    sounds = {f"{name}/index.m3u8": short_tag(plan.sound(name).language) for name in package.audio}
    texts = {f"{text_folder(name)}/index.m3u8": short_tag(plan.text(name).language) for name in package.texts}
    for kind, wanted, rows in (("audio", sounds, master.sounds), ("subtitles", texts, master.subtitles)):
        yield say.equal(f"separate {kind}", wanted, {row.get("URI", ""): row.get("LANGUAGE") for row in rows})
        names = [row.get("NAME") for row in rows]
        yield say.equal(f"names of {kind} that are used twice", 0, len(names) - len(set(names)))
    defaults = [row.get("URI") for row in master.sounds if row.get("DEFAULT") == "YES"]
    yield say.equal("default sound", list(sounds)[:1], defaults)
    forced = [row.get("URI") for row in master.subtitles if row.get("FORCED") == "YES"]
    yield say.equal(
        "forced subtitles",
        [f"{text_folder(name)}/index.m3u8" for name in package.texts if plan.text(name).forced],
        forced,
    )


def _rung(say: Judge, name: str, rung: Variant, plan: Plan, found: LadderEvidence) -> Iterator[Check]:
    """What a player chooses by: codecs, rate of frames, range of colours."""
    sounds = [item.codec for other, item in found.streams.items() if other in {one.id for one in plan.audio}]
    codecs = sorted({found.streams[name].codec, *sounds})
    yield say.equal("CODECS", codecs, sorted(rung.attributes.get("CODECS", "").split(",")))
    facts, track = plan.facts(plan.rendition(name)), found.streams[name].media.track("video")
    if facts.constant_rate and facts.frame_rate:
        rate = float(facts.frame_rate)  # the average, where the packager takes the first picture's
        yield say.near("FRAME-RATE", rate, float(rung.attributes.get("FRAME-RATE", "0")), _ALIKE * rate)
    wanted = _RANGES.get(track.transfer or "", "SDR") if track else "SDR"
    yield say.equal("VIDEO-RANGE", wanted, rung.attributes.get("VIDEO-RANGE", "SDR"))


def check_playlist(say: Judge, playlist: MediaPlaylist, package: LadderPackage, *, encrypted: bool) -> Iterator[Check]:
    """Judge a media playlist by itself."""
    yield say.equal("end mark", "present", "present" if playlist.ended else "absent")
    # RFC 8216, 4.3.3.1: rounded to the nearest second no segment may exceed the target.
    longest = max((round(seconds) for _, seconds in playlist.segments), default=0)
    yield say.equal("longest segment within target", "yes", "yes" if longest <= playlist.target_s else f"{longest} s")
    if package.encryption and encrypted:
        wanted = [(_METHODS[package.encryption.scheme], package.encryption.key_uri)]
        yield say.equal("key", wanted, [(key.get("METHOD"), key.get("URI")) for key in playlist.keys])
    else:
        yield say.equal("key", [], [key.get("METHOD") for key in playlist.keys])


def check_iframes(
    say: Judge, playlist: MediaPlaylist, whole: MediaPlaylist, sizes: Mapping[str, int]
) -> Iterator[Check]:
    """Judge a playlist of I-frames: each is a part of a file that is there, and together they last as long."""
    yield say.equal("I-frames only", expected=True, found=playlist.iframes_only)
    yield say.equal("ranges", len(playlist.segments), len(playlist.ranges))
    beyond = [
        uri
        for (uri, _), (length, offset) in zip(playlist.segments, playlist.ranges, strict=False)
        if length + offset > sizes.get(uri, 0)
    ]
    yield say.equal("ranges beyond a file's end", [], beyond)
    tolerance = 0.001 * len(playlist.segments)
    yield say.near("duration", whole.duration_s, playlist.duration_s, tolerance)
