"""From encoded renditions to what is delivered."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cloudtranscode.media.outputs import Manifest
from cloudtranscode.media.packaging.file import file_command
from cloudtranscode.media.packaging.finish import finished_master, finished_media
from cloudtranscode.media.packaging.ladder import (
    MASTER,
    PLAYLIST_BYTES,
    key_flags,
    key_path,
    ladder_command,
    ladder_folder,
)
from cloudtranscode.media.packaging.playlist import parse_media
from cloudtranscode.media.packaging.rates import peak_rate
from cloudtranscode.media.packaging.text import text_path
from cloudtranscode.media.plan.plan import FilePackage, LadderPackage, Plan
from cloudtranscode.media.rendition import Color
from cloudtranscode.media.source.streams import Hdr
from cloudtranscode.media.tools.command import Command
from cloudtranscode.media.tools.runner import Runner, Watch
from cloudtranscode.media.tools.scratch import file_sizes, read_small, write_new

_NOTHING = "\n\n00:00:00.000 --> 00:00:00.001\n&nbsp;\n"
_RANGES = {Hdr.HDR10: "PQ", Hdr.HLG: "HLG"}


def package_commands(plan: Plan) -> list[Command]:
    """Return one command per package; nothing is encoded again."""
    return [
        file_command(package, plan) if isinstance(package, FilePackage) else ladder_command(package, plan)
        for package in plan.packages
    ]


def make_packages(plan: Plan, runner: Runner, watch: Watch) -> None:
    """Make every package. Errors: ``EncodeFailed``, ``JobCancelled``, ``IsolationUnavailable``."""
    for package, command in zip(plan.packages, package_commands(plan), strict=True):
        if isinstance(package, FilePackage):
            runner.run(command, watch).ok()
            continue
        with _key(package, runner.scratch), _spoken(package, plan, runner.scratch):
            runner.run(command, watch).ok()
        _finish(package, plan, runner.scratch)


@contextmanager
def _key(package: LadderPackage, scratch: Path) -> Iterator[None]:
    """Let the key lie in the scratch folder, readable for its owner alone, for the time of the block."""
    if package.encryption is None:
        yield
        return
    write_new(scratch, key_path(package), key_flags(package.encryption), mode=0o600)
    try:
        yield
    finally:
        (scratch / key_path(package)).unlink(missing_ok=True)


@contextmanager
def _spoken(package: LadderPackage, plan: Plan, scratch: Path) -> Iterator[None]:
    """Let subtitles in which nothing is said say nothing for a millisecond: the packager refuses them otherwise."""
    texts = {path: read_small(scratch, path, PLAYLIST_BYTES) for path in map(text_path, map(plan.text, package.texts))}
    silent = {path: text for path, text in texts.items() if "-->" not in text}
    for path, text in silent.items():
        _change(scratch, path, text.rstrip() + _NOTHING)
    try:
        yield
    finally:
        for path, text in silent.items():
            _change(scratch, path, text)


def _finish(package: LadderPackage, plan: Plan, scratch: Path) -> None:
    """Put right in the playlists what the packager cannot be told."""
    if Manifest.HLS not in package.manifests:
        return
    folder, encryption = ladder_folder(package), package.encryption
    kept = (name for name in package.video if plan.rendition(name).settings.color is Color.SOURCE)
    ranges = {name: _RANGES[hdr] for name in kept if (hdr := plan.colour.hdr)}
    master = f"{folder}/{MASTER}"
    _change(
        scratch, master, finished_master(read_small(scratch, master, PLAYLIST_BYTES), ranges, _rates(package, scratch))
    )
    if encryption:
        for name in file_sizes(scratch, folder):
            if name.endswith(".m3u8") and name != MASTER:
                path = f"{folder}/{name}"
                _change(scratch, path, finished_media(read_small(scratch, path, PLAYLIST_BYTES), encryption))


def _rates(package: LadderPackage, scratch: Path) -> dict[str, int]:
    """What each rung needs at its peak, together with the sound that needs most."""
    folder = ladder_folder(package)
    sizes = file_sizes(scratch, folder)

    def peak(name: str) -> float:
        playlist = parse_media(read_small(scratch, f"{folder}/{name}/index.m3u8", PLAYLIST_BYTES))
        return peak_rate(tuple((f"{name}/{uri}", seconds) for uri, seconds in playlist.segments), sizes)

    sound = max(map(peak, package.audio), default=0.0)
    return {name: math.ceil(peak(name) + sound) for name in package.video}


def _change(scratch: Path, path: str, text: str) -> None:
    (scratch / path).unlink()
    write_new(scratch, path, text)
