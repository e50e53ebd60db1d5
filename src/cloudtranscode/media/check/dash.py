"""Whether a DASH manifest is what players need. ISO/IEC 23009-1."""

from __future__ import annotations

from collections.abc import Iterator

from cloudtranscode.media.check.hls import ROUNDED
from cloudtranscode.media.check.judge import Check, Judge
from cloudtranscode.media.check.ladder_evidence import LadderEvidence, Texts, dash_segments
from cloudtranscode.media.packaging.ladder import MANIFEST, text_folder
from cloudtranscode.media.packaging.language import short_tag
from cloudtranscode.media.packaging.manifest import Manifest, Representation
from cloudtranscode.media.packaging.rates import peak_rate
from cloudtranscode.media.plan.plan import LadderPackage, Plan


def dash_named(texts: Texts) -> set[str]:
    """Every file that the manifest names, by its path in the ladder, itself included."""
    if texts.manifest is None:
        return set()
    return {MANIFEST, *(uri for one in texts.manifest.streams for uri in one.uris)}


def check_manifest(package: LadderPackage, plan: Plan, found: LadderEvidence, texts: Texts) -> Iterator[Check]:
    """Judge a manifest."""
    say, manifest = Judge(package.output_id, "manifest "), texts.manifest
    if manifest is None:
        return
    yield say.equal("type", "static", "static" if manifest.static else "dynamic")
    streams = {one.segments[0][0].partition("/")[0]: one for one in manifest.streams if one.segments}
    yield say.equal(
        "streams", sorted((*package.video, *package.audio, *map(text_folder, package.texts))), sorted(streams)
    )
    for name, stream in streams.items():
        if name in found.streams:
            yield from _stream(say.of(f"manifest {name}"), stream, package, found, name)
    sizes = {name: f"{plan.rendition(name).width}x{plan.rendition(name).height}" for name in package.video}
    yield say.equal(
        "sizes", sizes, {name: f"{streams[name].width}x{streams[name].height}" for name in sizes if name in streams}
    )
    yield from _languages(say, package, plan, streams)
    if texts.playlists:
        yield say.equal("streams whose segments are others than HLS's", [], _unlike(manifest, texts))


def _stream(
    say: Judge, stream: Representation, package: LadderPackage, found: LadderEvidence, name: str
) -> Iterator[Check]:
    yield say.equal("codecs", found.streams[name].codec, stream.codecs)
    yield say.at_least("bandwidth", peak_rate(stream.segments, found.sizes, most=1) * (1 - ROUNDED), stream.bandwidth)
    key_id = stream.key_id.replace("-", "").lower() if stream.key_id else None
    yield say.equal("key", package.encryption.key_id.lower() if package.encryption else None, key_id)


def _languages(say: Judge, package: LadderPackage, plan: Plan, streams: dict[str, Representation]) -> Iterator[Check]:
    wanted = {name: short_tag(plan.sound(name).language) for name in package.audio}
    wanted |= {text_folder(name): short_tag(plan.text(name).language) for name in package.texts}
    yield say.equal("languages", wanted, {name: streams[name].language for name in wanted if name in streams})


def _unlike(manifest: Manifest, texts: Texts) -> list[str]:
    """Streams of which HLS and DASH name other segments, or cut them at other times; HLS rounds to milliseconds."""
    return [name for name, segments in dash_segments(manifest).items() if not _alike(name, segments, texts)]


def _alike(name: str, segments: tuple[tuple[str, float], ...], texts: Texts) -> bool:
    playlist = texts.playlists.get(name)
    if playlist is None or len(playlist.segments) != len(segments):
        return False
    pairs = zip(segments, playlist.segments, strict=True)
    return all(ours == f"{name}/{theirs}" and abs(one - other) <= 0.001 for (ours, one), (theirs, other) in pairs)  # noqa: PLR2004
