"""Is this output what was promised? Judgements over evidence; nothing here reads a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from cloudtranscode.errors import CheckFailed, EncodeFailed, SourceDamaged
from cloudtranscode.media.check.evidence import Encodes, FileEvidence, LadderEvidence, Media, Track
from cloudtranscode.media.containers import Container
from cloudtranscode.media.packaging.ladder import MASTER
from cloudtranscode.media.packaging.playlist import MasterPlaylist, MediaPlaylist, parse_master, parse_media
from cloudtranscode.media.plan.plan import FilePackage, LadderPackage, Plan, Still

_AAC_FRAME = 1024
_UNEVEN_S = 2.0
_NAMED = 3
_VAGUE_S = 0.5
"""How far a duration may be off that no frame count confirms."""


@dataclass(frozen=True, slots=True)
class Check:
    """One promise and what was found."""

    output_id: str
    name: str
    ok: bool
    expected: str
    found: str

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return asdict(self)


def passed(checks: Sequence[Check]) -> list[Check]:
    """Return the checks, or raise :class:`CheckFailed` naming those that failed."""
    failed = [f"{item.output_id}: {item.name} is {item.found}, not {item.expected}" for item in checks if not item.ok]
    if failed:
        raise CheckFailed(f"An output is not what was promised: {'; '.join(failed[:3])}.")
    return list(checks)


def whole(plan: Plan, encodes: Encodes, last_words: str) -> None:
    """Compare what was encoded with what the source's headers promised.

    ffmpeg ends with success when a source breaks off. Errors: :class:`SourceDamaged` then, :class:`EncodeFailed` when
    the renditions differ among themselves.
    """
    if not (plan.video or plan.audio):
        return
    counts = {track.packets for track in encodes.video.values()}
    if len(counts) > 1:
        raise EncodeFailed(f"The renditions have different numbers of frames: {sorted(counts)}.")
    frames = max(counts, default=None)
    if plan.source.frames and frames is not None and frames < plan.source.frames:
        raise SourceDamaged(f"Only {frames} of the source's {plan.source.frames} frames decode ({last_words}).")
    end_s = max((track.duration_s for track in (*encodes.video.values(), *encodes.audio.values())), default=0.0)
    promised = plan.source.duration_s or 0.0
    if end_s < promised - _VAGUE_S - plan.source.frame_s:
        raise SourceDamaged(f"Only {end_s:.2f} of the source's {promised:.2f} s decode ({last_words}).")
    heard = max((track.duration_s for track in encodes.audio.values()), default=0.0)
    if encodes.audio and plan.source.audio_end_s and heard < plan.source.audio_end_s - _VAGUE_S:
        raise SourceDamaged(f"Only {heard:.2f} of {plan.source.audio_end_s:.2f} s of sound decode ({last_words}).")


def check_file(package: FilePackage, plan: Plan, encodes: Encodes, found: FileEvidence) -> Iterator[Check]:
    """Judge a file."""
    say = _Judge(package.output_id)
    yield say.equal("number of streams", len(package.audio) + bool(package.video), len(found.media.tracks))
    if package.video:
        yield from _video(say, package.video, plan, encodes, found.media)
    for name in package.audio[:1]:
        yield from _audio(say, name, plan, encodes, found.media)
    if package.container is Container.MP4:
        order = [box for box in found.boxes if box in {"moov", "mdat"}]
        yield say.equal("order of boxes", ["moov", "mdat"], order)
    yield say.equal("decoder", "silent", found.media.fault or "silent")


def check_ladder(package: LadderPackage, plan: Plan, encodes: Encodes, found: LadderEvidence) -> Iterator[Check]:
    """Judge a ladder: playlists, files, alignment, and every stream to its end."""
    say = _Judge(package.output_id)
    try:
        master = parse_master(found.master)
        playlists = {name: parse_media(text) for name, text in found.playlists.items()}
    except ValueError as error:
        yield say.equal("playlists", "valid", str(error))
        return
    yield from _master(say, package, plan, master)
    named = {f"{name}/{uri}" for name, playlist in playlists.items() for uri in ("index.m3u8", *playlist.uris)}
    yield say.equal("files beyond the playlists'", [], sorted(found.sizes.keys() - named - {MASTER})[:_NAMED])
    for name, playlist in playlists.items():
        yield from _playlist(_Judge(package.output_id, f"{name} "), name, playlist, found)
    for name in package.video:
        rung = _Judge(package.output_id, f"{name} ")
        yield from _video(rung, name, plan, encodes, found.media[name], timed=False)
        length = encodes.video[name].duration_s
        # EXTINF is written in milliseconds: each segment may be off by half of one.
        tolerance = _frame_s(plan) + 0.0005 * len(playlists[name].segments)
        yield rung.near("duration", length, playlists[name].duration_s, tolerance)
    for name in package.audio:
        sound = _Judge(package.output_id, f"{name} ")
        yield from _audio(sound, name, plan, encodes, found.media[name], timed=False)
    grids = {tuple(seconds for _, seconds in playlists[name].segments) for name in package.video}
    yield say.equal("segment grids over the rungs", 1, len(grids))


def check_still(still: Still, found: Media) -> Iterator[Check]:
    """Judge a picture."""
    say = _Judge(still.output_id)
    picture = found.track("video")
    yield say.equal("format", "mjpeg", picture.codec if picture else "none")
    if picture:
        yield say.equal("size", f"{still.width}x{still.height}", f"{picture.width}x{picture.height}")
    yield say.equal("decoder", "silent", found.fault or "silent")


@dataclass(frozen=True, slots=True)
class _Judge:
    output_id: str
    prefix: str = ""

    def equal(self, name: str, expected: object, found: object) -> Check:
        return Check(self.output_id, self.prefix + name, expected == found, str(expected), str(found))

    def near(self, name: str, expected: float, found: float, tolerance: float) -> Check:
        ok = abs(expected - found) <= tolerance + 1e-6
        return Check(self.output_id, self.prefix + name, ok, f"{expected:.3f}±{tolerance:.3f}", f"{found:.3f}")


def _video(
    say: _Judge, rendition_id: str, plan: Plan, encodes: Encodes, media: Media, *, timed: bool = True
) -> Iterator[Check]:
    wanted, encode, track = plan.rendition(rendition_id), encodes.video[rendition_id], media.track("video")
    yield say.equal("video codec", wanted.settings.codec, track.codec if track else "none")
    if track is None:
        return
    yield say.equal("size", f"{wanted.width}x{wanted.height}", f"{track.width}x{track.height}")
    yield say.equal("number of frames", plan.source.frames or encode.packets, track.packets)
    if timed:
        yield say.near("video duration", encode.duration_s, track.duration_s, _frame_s(plan))


def _audio(
    say: _Judge, rendition_id: str, plan: Plan, encodes: Encodes, media: Media, *, timed: bool = True
) -> Iterator[Check]:
    wanted, encode, track = plan.sound(rendition_id), encodes.audio[rendition_id], media.track("audio")
    yield say.equal("audio", _sound(encode), _sound(track) if track else "none")
    yield say.equal("audio channels", wanted.channels, track.channels if track else 0)
    if track and timed:
        frame_s = _AAC_FRAME / wanted.settings.sample_rate
        yield say.near("audio duration", encode.duration_s, track.duration_s, frame_s)


def _frame_s(plan: Plan) -> float:
    """How far the end may be off: a frame; where frames last differently, the longest one that is sane.

    The packager adds a sample's duration in decoding order to its time of display, which differ at a gap.
    """
    return plan.source.frame_s if plan.source.frames else max(_UNEVEN_S, plan.source.frame_s)


def _sound(track: Track) -> str:
    return f"{track.codec} {track.sample_rate} Hz, {track.packets} packets"


def _master(say: _Judge, package: LadderPackage, plan: Plan, master: MasterPlaylist) -> Iterator[Check]:
    wanted = {f"{name}/index.m3u8": plan.rendition(name) for name in package.video}
    sizes = {uri: f"{item.width}x{item.height}" for uri, item in wanted.items()}
    found = {variant.uri: variant.attributes.get("RESOLUTION", "") for variant in master.variants}
    yield say.equal("rungs", sizes, found)
    yield say.equal("separate audio", len(package.audio), len(master.audio))
    for variant in master.variants:
        codecs = variant.attributes.get("CODECS", "")
        complete = "avc1." in codecs and ("mp4a.40.2" in codecs) == bool(package.audio)
        yield say.equal(f"CODECS of {variant.uri}", "complete", "complete" if complete else codecs)
        bandwidth = variant.attributes.get("BANDWIDTH", "0")
        yield say.equal(f"BANDWIDTH of {variant.uri}", "given", "given" if int(bandwidth) else bandwidth)


def _playlist(say: _Judge, name: str, playlist: MediaPlaylist, found: LadderEvidence) -> Iterator[Check]:
    missing = [uri for uri in playlist.uris if not found.sizes.get(f"{name}/{uri}")]
    yield say.equal("missing files", [], missing)
    yield say.equal("end mark", "present", "present" if playlist.ended else "absent")
    # RFC 8216, 4.3.3.1: rounded to the nearest second no segment may exceed the target.
    longest = max((round(seconds) for _, seconds in playlist.segments), default=0)
    yield say.equal("longest segment within target", "yes", "yes" if longest <= playlist.target_s else f"{longest} s")
    yield say.equal("decoder", "silent", found.media[name].fault or "silent")
