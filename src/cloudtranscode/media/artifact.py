"""A finished file, as a value that a later step can publish."""

from __future__ import annotations

import stat
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from cloudtranscode.errors import ScratchLost
from cloudtranscode.media.command import FINISHED, still_path
from cloudtranscode.media.packaging import MASTER, package_path
from cloudtranscode.media.plan import PackageKind, Plan

_TYPES = {
    ".jpg": "image/jpeg",
    ".m3u8": "application/vnd.apple.mpegurl",  # RFC 8216, 10
    ".m4s": "video/iso.segment",  # registered by ISO/IEC 23009-1
    ".mp4": "video/mp4",
}


class Role(StrEnum):
    """What a file is for; the order is the order of publishing, so that nothing names a file that is not there yet."""

    MEDIA = "media"
    PLAYLIST = "playlist"
    MASTER = "master"


@dataclass(frozen=True, slots=True)
class Artifact:
    """A file of an output: ``name`` is its path within the output, ``""`` for an output that is one file.

    ``path`` is relative to the job's scratch folder, ``bytes`` the size.
    """

    output_id: str
    name: str
    path: str
    content_type: str
    bytes: int
    role: Role

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return {**asdict(self), "role": self.role.value}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Artifact:
        """Rebuild from :meth:`to_dict`."""
        return cls(**{**data, "role": Role(data["role"])})


def collect(plan: Plan, scratch: Path) -> list[Artifact]:
    """List the files of every output in the order of publishing: media, then playlists, then masters.

    Errors: :class:`ScratchLost` when an output is not in the folder.
    """
    order = list(Role)
    return sorted(_all(plan, scratch), key=lambda item: (order.index(item.role), item.output_id, item.name))


def changed(artifacts: Iterable[Artifact], scratch: Path) -> list[str]:
    """Name (by ``path``) the artifacts whose file is no longer what was collected: gone, not regular, of another size.

    A scratch folder may survive a power cut whose files did not: between the check and the publishing is a restart.
    """
    return [item.path for item in artifacts if _size(scratch / item.path) != item.bytes]


def _size(path: Path) -> int | None:
    """The size of a regular file; ``None`` for everything else, above all for a link, which may lead anywhere."""
    try:
        status = path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return status.st_size if stat.S_ISREG(status.st_mode) else None


def _all(plan: Plan, scratch: Path) -> Iterator[Artifact]:
    for package in plan.packages:
        if package.kind is PackageKind.MP4:
            yield _artifact(package.output_id, "", package_path(package), scratch)
            continue
        folder = f"{FINISHED}/{package.output_id}"
        names = [str(path.relative_to(scratch / folder)) for path in (scratch / folder).rglob("*") if path.is_file()]
        for name in names or [MASTER]:
            yield _artifact(package.output_id, name, f"{folder}/{name}", scratch)
    for still in plan.stills:
        yield _artifact(still.output_id, "", still_path(still.output_id), scratch)


def _artifact(output_id: str, name: str, path: str, scratch: Path) -> Artifact:
    try:
        size = (scratch / path).stat().st_size
    except FileNotFoundError as error:
        raise ScratchLost(f"The file of output {output_id} is not in the scratch folder.") from error
    suffix = Path(path).suffix
    role = Role.MASTER if name == MASTER else Role.PLAYLIST if suffix == ".m3u8" else Role.MEDIA
    content_type = "audio/mp4" if name.startswith("audio/") and suffix == ".mp4" else _TYPES[suffix]
    return Artifact(output_id, name, path, content_type, size, role)
