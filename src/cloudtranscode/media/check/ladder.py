"""Whether a ladder is what was promised: playlists, files, alignment, and every stream to its end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cloudtranscode.media.check.evidence import Encodes, Media, examine, read_text
from cloudtranscode.media.check.judge import Check, Judge
from cloudtranscode.media.check.picture import check_picture, frame_s
from cloudtranscode.media.check.sound import check_sound
from cloudtranscode.media.packaging.ladder import MASTER, ladder_folder, media_playlists
from cloudtranscode.media.packaging.playlist import MasterPlaylist, MediaPlaylist, parse_master, parse_media
from cloudtranscode.media.plan.plan import LadderPackage, Plan
from cloudtranscode.media.tools.runner import Runner, Watch
from cloudtranscode.media.tools.scratch import file_sizes

_NAMED = 3


@dataclass(frozen=True, slots=True)
class LadderEvidence:
    """A ladder: the playlists' texts, the size of every file by its path in the output, and what each stream holds."""

    master: str
    playlists: dict[str, str]
    sizes: dict[str, int]
    media: dict[str, Media]


def examine_ladder(package: LadderPackage, plan: Plan, runner: Runner, watch: Watch) -> LadderEvidence:
    """Measure a ladder and decode all of it. Errors: as :func:`examine`."""
    folder, playlists = ladder_folder(package), media_playlists(package)
    return LadderEvidence(
        master=read_text(runner.scratch, f"{folder}/{MASTER}"),
        playlists={name: read_text(runner.scratch, place) for name, place in playlists.items()},
        sizes=file_sizes(runner.scratch, folder),
        media={name: examine(place, plan.source.duration_s, runner, watch) for name, place in playlists.items()},
    )


def check_ladder(package: LadderPackage, plan: Plan, encodes: Encodes, found: LadderEvidence) -> Iterator[Check]:
    """Judge a ladder: playlists, files, alignment, and every stream to its end."""
    say = Judge(package.output_id)
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
        yield from _playlist(Judge(package.output_id, f"{name} "), name, playlist, found)
    for name in package.video:
        rung = Judge(package.output_id, f"{name} ")
        yield from check_picture(rung, name, plan, encodes, found.media[name], timed=False)
        length = encodes.video[name].duration_s
        # EXTINF is written in milliseconds: each segment may be off by half of one.
        tolerance = frame_s(plan, name) + 0.0005 * len(playlists[name].segments)
        yield rung.near("duration", length, playlists[name].duration_s, tolerance)
    for name in package.audio:
        sound = Judge(package.output_id, f"{name} ")
        yield from check_sound(sound, name, plan, encodes, found.media[name], timed=False)
    grids = {tuple(seconds for _, seconds in playlists[name].segments) for name in package.video}
    yield say.equal("segment grids over the rungs", 1, len(grids))


def _master(say: Judge, package: LadderPackage, plan: Plan, master: MasterPlaylist) -> Iterator[Check]:
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


def _playlist(say: Judge, name: str, playlist: MediaPlaylist, found: LadderEvidence) -> Iterator[Check]:
    missing = [uri for uri in playlist.uris if not found.sizes.get(f"{name}/{uri}")]
    yield say.equal("missing files", [], missing)
    yield say.equal("end mark", "present", "present" if playlist.ended else "absent")
    # RFC 8216, 4.3.3.1: rounded to the nearest second no segment may exceed the target.
    longest = max((round(seconds) for _, seconds in playlist.segments), default=0)
    yield say.equal("longest segment within target", "yes", "yes" if longest <= playlist.target_s else f"{longest} s")
    yield say.equal("decoder", "silent", found.media[name].fault or "silent")
