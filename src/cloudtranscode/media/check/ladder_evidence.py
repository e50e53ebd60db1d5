"""What a finished ladder really holds: its texts, its files, and each stream measured and decoded in the jail."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from cloudtranscode.errors import CheckFailed
from cloudtranscode.media.check.commands import (
    decode_listed,
    decode_script,
    decryption,
    digest_listed,
    digest_script,
    inspect_listed,
)
from cloudtranscode.media.check.evidence import Media, decoding_fault, read_tracks
from cloudtranscode.media.outputs import Manifest
from cloudtranscode.media.packaging.boxes import Fragment, first_fragment
from cloudtranscode.media.packaging.codecs import codec_string
from cloudtranscode.media.packaging.ladder import MANIFEST, MASTER, PLAYLIST_BYTES, ladder_folder, text_folder
from cloudtranscode.media.packaging.manifest import Manifest as Mpd
from cloudtranscode.media.packaging.manifest import parse_manifest
from cloudtranscode.media.packaging.playlist import MasterPlaylist, MediaPlaylist, parse_master, parse_media
from cloudtranscode.media.packaging.rates import Segments
from cloudtranscode.media.packaging.text import text_path
from cloudtranscode.media.plan.plan import LadderPackage, Plan
from cloudtranscode.media.tools.command import Command
from cloudtranscode.media.tools.runner import Runner, Watch
from cloudtranscode.media.tools.scratch import file_size, file_sizes, read_small, write_new
from cloudtranscode.media.tools.words import ENCODED

_INIT_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Texts:
    """The playlists and the manifest, read; ``playlists`` and ``iframes`` by the folder of their stream."""

    master: MasterPlaylist | None = None
    playlists: dict[str, MediaPlaylist] = field(default_factory=dict)
    iframes: dict[str, MediaPlaylist] = field(default_factory=dict)
    manifest: Mpd | None = None


@dataclass(frozen=True, slots=True)
class Stream:
    """One stream of pictures or sound: what it is, its codec by its header, and how each of its segments begins.

    ``open`` tells of an encrypted one that its packets are the same with the key and without it.
    """

    media: Media
    codec: str
    fragments: tuple[Fragment, ...]
    open: bool = False


@dataclass(frozen=True, slots=True)
class LadderEvidence:
    """A ladder: the texts or why they cannot be read, the size of each file by its path, and each stream.

    ``cues`` are the times of the subtitles as they went in and as they came out, by their folder.
    """

    texts: Texts | str
    sizes: dict[str, int]
    streams: dict[str, Stream] = field(default_factory=dict)
    cues: dict[str, tuple[frozenset[str], frozenset[str]]] = field(default_factory=dict)


def examine_ladder(package: LadderPackage, plan: Plan, runner: Runner, watch: Watch) -> LadderEvidence:
    """Measure a ladder and decode all of it. Errors: ``ScratchLost``, ``CheckFailed``, ``JobCancelled``."""
    folder = ladder_folder(package)
    sizes = file_sizes(runner.scratch, folder)
    try:
        texts = _read(package, runner.scratch)
    except ValueError as error:
        return LadderEvidence(str(error), sizes)
    named = segments_of(texts)
    if any(not sizes.get(uri) for segments in named.values() for uri, _ in segments):
        return LadderEvidence(texts, sizes)
    eye = _Eye(package, plan, runner, watch)
    streams = {name: eye.stream(name, named[name]) for name in (*package.video, *package.audio) if name in named}
    cues = {
        text_folder(name): (
            _cues(runner.scratch, [text_path(plan.text(name))]),
            _cues(runner.scratch, [f"{folder}/{uri}" for uri, _ in named.get(text_folder(name), ())]),
        )
        for name in package.texts
    }
    return LadderEvidence(texts, sizes, streams, cues)


def segments_of(texts: Texts) -> dict[str, Segments]:
    """The segments of each stream by its folder, as HLS names them, or else as DASH does."""
    hls = {
        name: tuple((f"{name}/{uri}", seconds) for uri, seconds in playlist.segments)
        for name, playlist in texts.playlists.items()
    }
    return {**(dash_segments(texts.manifest) if texts.manifest else {}), **hls}


def dash_segments(manifest: Mpd) -> dict[str, Segments]:
    """The segments of each stream of a manifest, by its folder."""
    return {one.segments[0][0].partition("/")[0]: one.segments for one in manifest.streams if one.segments}


def _read(package: LadderPackage, scratch: Path) -> Texts:
    folder = ladder_folder(package)

    def text(name: str) -> str:
        return read_small(scratch, f"{folder}/{name}", PLAYLIST_BYTES)

    manifest = parse_manifest(text(MANIFEST)) if Manifest.DASH in package.manifests else None
    if Manifest.HLS not in package.manifests:
        return Texts(manifest=manifest)
    names = (*package.video, *package.audio, *map(text_folder, package.texts))
    playlists = {name: parse_media(text(f"{name}/index.m3u8")) for name in names}
    iframes = {name: parse_media(text(f"{name}/iframes.m3u8")) for name in (package.video if package.iframes else ())}
    return Texts(parse_master(text(MASTER)), playlists, iframes, manifest)


class _Eye:
    """Looks at the streams of one ladder."""

    def __init__(self, package: LadderPackage, plan: Plan, runner: Runner, watch: Watch) -> None:
        self._package, self._plan, self._runner, self._watch = package, plan, runner, watch
        self._folder = ladder_folder(package)

    def stream(self, name: str, segments: Segments) -> Stream:
        scratch, init = self._runner.scratch, f"{self._folder}/{name}/init.mp4"
        if (file_size(scratch, init) or _INIT_BYTES + 1) > _INIT_BYTES:
            raise CheckFailed(f"{init} is missing, or too large for a header.")
        paths = [f"{self._folder}/{uri}" for uri, _ in segments]
        listing = self._note(name, "".join(f"{path}\n" for path in (init, *paths)))
        looked = self._runner.run(inspect_listed(listing), self._watch)
        fault, opened = self._decoded(name, listing)
        try:
            codec = codec_string((scratch / init).read_bytes())
            fragments = tuple(first_fragment(scratch / path) for path in paths)
        except ValueError as error:
            raise CheckFailed(f"{name} of {self._package.output_id} has a broken segment: {error}.") from error
        tracks = () if looked.exit_code else read_tracks(looked.output)
        return Stream(Media(tracks, fault), codec, fragments, opened)

    def _decoded(self, name: str, listing: str) -> tuple[str | None, bool]:
        """What the decoder complained about, and whether an encrypted stream reads the same without its key.

        That it cannot be decoded without would prove less: a decoder does not notice all that is not for it.
        """
        duration_s, encryption = self._plan.source.duration_s, self._package.encryption
        if encryption is None:
            return decoding_fault(self._runner.run(decode_listed(listing, duration_s), self._watch)), False
        script = self._note(f"{name}_key", decryption(listing, encryption.key), mode=0o600)
        try:
            unlocked = self._runner.run(decode_script(script, duration_s), self._watch)
            digests = [
                self._digest(name, command)
                for command in (digest_listed(listing, self._path(name)), digest_script(script, self._path(name)))
            ]
        finally:
            (self._runner.scratch / script).unlink(missing_ok=True)
        return decoding_fault(unlocked), digests[0] == digests[1]

    def _digest(self, name: str, command: Command) -> str:
        self._runner.run(command, self._watch).ok()
        return read_small(self._runner.scratch, self._path(name), _INIT_BYTES)

    def _path(self, name: str) -> str:
        return f"{ENCODED}/check_{self._package.output_id}_{name}.md5"

    def _note(self, name: str, text: str, mode: int = 0o644) -> str:
        path = f"{ENCODED}/check_{self._package.output_id}_{name}.txt"
        (self._runner.scratch / path).unlink(missing_ok=True)
        write_new(self._runner.scratch, path, text, mode)
        return path


def _cues(scratch: Path, paths: Iterable[str]) -> frozenset[str]:
    """When something is said, in whichever of WebVTT's two forms of a time."""
    found = set()
    for path in paths:
        for line in read_small(scratch, path, PLAYLIST_BYTES).splitlines():
            begins, arrow, rest = line.partition("-->")
            if arrow:
                found.add(" ".join(_clock(one) for one in (begins, rest.split()[0] if rest.split() else "")))
    return frozenset(found)


def _clock(text: str) -> str:
    return ("00:" + text.strip())[-len("00:00:00.000") :]
