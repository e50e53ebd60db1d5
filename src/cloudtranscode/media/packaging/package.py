"""From encoded renditions to what is delivered."""

from __future__ import annotations

from collections.abc import Callable, Iterator
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
from cloudtranscode.media.plan.plan import FilePackage, LadderPackage, Plan
from cloudtranscode.media.rendition import Color
from cloudtranscode.media.source.streams import Hdr
from cloudtranscode.media.tools.command import Command
from cloudtranscode.media.tools.runner import Runner, Watch
from cloudtranscode.media.tools.scratch import file_sizes, read_small, write_new

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
        with _key(package, runner.scratch):
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


def _finish(package: LadderPackage, plan: Plan, scratch: Path) -> None:
    """Put right in the playlists what the packager cannot be told."""
    if Manifest.HLS not in package.manifests:
        return
    folder, encryption = ladder_folder(package), package.encryption
    kept = (name for name in package.video if plan.rendition(name).settings.color is Color.SOURCE)
    ranges = {name: _RANGES[hdr] for name in kept if (hdr := plan.clips[0].colour.hdr)}
    _change(scratch, f"{folder}/{MASTER}", lambda text: finished_master(text, ranges))
    if encryption:
        for name in file_sizes(scratch, folder):
            if name.endswith(".m3u8") and name != MASTER:
                _change(scratch, f"{folder}/{name}", lambda text: finished_media(text, encryption))


def _change(scratch: Path, path: str, change: Callable[[str], str]) -> None:
    before = read_small(scratch, path, PLAYLIST_BYTES)
    after = change(before)
    if after != before:
        (scratch / path).unlink()
        write_new(scratch, path, after)
