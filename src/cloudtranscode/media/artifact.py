"""A finished file, as a value that a later step can publish."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from cloudtranscode.errors import CheckFailed, ScratchLost
from cloudtranscode.media.containers import FORMATS
from cloudtranscode.media.encode.stills.assembly import animation_path
from cloudtranscode.media.encode.stills.shots import picture_folders, still_path
from cloudtranscode.media.encode.stills.webvtt import INDEX
from cloudtranscode.media.encode.waveform import waveform_path
from cloudtranscode.media.packaging.file import file_path
from cloudtranscode.media.packaging.ladder import MANIFEST, MASTER, ladder_folder
from cloudtranscode.media.plan.plan import FilePackage, Plan
from cloudtranscode.media.subtitles.paths import text_file_path
from cloudtranscode.media.tools.scratch import file_size, file_sizes

_TYPES = {
    **{one.suffix: one.content_type for one in FORMATS.values()},
    ".gif": "image/gif",
    ".jpg": "image/jpeg",
    ".json": "application/json",
    ".m3u8": "application/vnd.apple.mpegurl",  # RFC 8216, 10
    ".m4s": "video/iso.segment",  # registered by ISO/IEC 23009-1
    ".mpd": "application/dash+xml",  # ISO/IEC 23009-1, annex C
    ".png": "image/png",
    ".ass": "text/x-ssa",
    ".srt": "application/x-subrip",
    ".vtt": "text/vtt",
    ".webp": "image/webp",
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

    Errors: :class:`ScratchLost` when an output is not in the folder, :class:`CheckFailed` when a tool left a link or
    anything else that cannot be published.
    """
    order = list(Role)
    return sorted(_all(plan, scratch), key=lambda item: (order.index(item.role), item.output_id, item.name))


def changed(artifacts: Iterable[Artifact], scratch: Path) -> list[str]:
    """Name (by ``path``) the artifacts whose file is no longer what was collected: gone, not regular, of another size.

    A scratch folder may survive a power cut whose files did not: between the check and the publishing is a restart.
    """
    return [item.path for item in artifacts if file_size(scratch, item.path) != item.bytes]


def _all(plan: Plan, scratch: Path) -> Iterator[Artifact]:
    for package in plan.packages:
        if isinstance(package, FilePackage):
            yield _artifact(package.output_id, "", file_path(package), scratch)
            continue
        folder = ladder_folder(package)
        for name in file_sizes(scratch, folder) or [MASTER]:
            sound = name.partition("/")[0] in package.audio
            yield _artifact(package.output_id, name, f"{folder}/{name}", scratch, "audio/mp4" if sound else None)
    for still in plan.stills:
        yield _artifact(still.output_id, "", still_path(still), scratch)
    for waveform in plan.waveforms:
        yield _artifact(waveform.output.id, "", waveform_path(waveform), scratch)
    for text in plan.subtitles:
        yield _artifact(text.output_id, "", text_file_path(text), scratch)
    for preview in plan.previews:
        yield _artifact(preview.output_id, "", animation_path(preview), scratch)
    for folder in picture_folders(plan):
        for name in file_sizes(scratch, folder):
            yield _artifact(Path(folder).name, name, f"{folder}/{name}", scratch)


def _artifact(output_id: str, name: str, path: str, scratch: Path, of_mp4: str | None = None) -> Artifact:
    size, suffix = file_size(scratch, path), Path(path).suffix
    if size is None:
        raise ScratchLost(f"The file {name or path} of output {output_id} is not in the scratch folder.")
    if suffix not in _TYPES:
        raise CheckFailed(f"The file {name or path} of output {output_id} is none that was asked for.")
    listing = suffix == ".m3u8" or name == INDEX
    role = Role.MASTER if name in {MASTER, MANIFEST} else Role.PLAYLIST if listing else Role.MEDIA
    content_type = of_mp4 if of_mp4 and suffix == ".mp4" else _TYPES[suffix]
    return Artifact(output_id, name, path, content_type, size, role)
