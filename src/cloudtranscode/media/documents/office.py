"""Office documents become PDF through LibreOffice, where it is installed."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from cloudtranscode.errors import ToolMissing
from cloudtranscode.media.tools.command import Command, python_command
from cloudtranscode.media.tools.limits import Limits

CONVERTED = "converted"
RESTART = 81
"""How LibreOffice ends when it has made its profile and wants to be started again. desktop/source/app/app.cxx"""

_PROGRAM = Path(__file__).with_name("office_program.py")
_NAMES = ("soffice", "libreoffice")
_LIMITS = Limits(memory_bytes=4 << 30, cpu_seconds=600, file_bytes=4 << 30, threads=256)
_FILES = (
    *("/etc/libreoffice", "/usr/share/libreoffice", "/var/lib/libreoffice"),
    *("/etc/fonts", "/usr/share/fonts", "/usr/local/share/fonts", "/usr/share/fontconfig", "/var/cache/fontconfig"),
)
"""What LibreOffice reads besides its own folder: its settings, and fonts."""


def find_office(given: str | None = None) -> Path:
    """Find LibreOffice's binary, beside the script that a path or ``PATH`` leads to. Errors: :class:`ToolMissing`."""
    found = given or next(filter(None, map(shutil.which, _NAMES)), None)
    if found is None:
        raise ToolMissing(
            "Office documents need LibreOffice, which is not installed on this worker.",
            remedy="Install it (Debian: libreoffice-writer-nogui, libreoffice-calc-nogui, libreoffice-impress-nogui), "
            "or give the document as PDF.",
        )
    binary = Path(found).resolve().with_name("soffice.bin")
    if not os.access(binary, os.X_OK):
        raise ToolMissing(f"LibreOffice's program is not where {found} leads to: {binary} cannot be executed.")
    return binary


def convert_command(office: Path, source: str) -> Command:
    """Convert the file ``source`` to PDF in the folder ``converted``. May have to be run again: see :data:`RESTART`."""
    return python_command(
        _PROGRAM, str(office), source, CONVERTED, readable=(office.parent.parent, *map(Path, _FILES)), limits=_LIMITS
    )


def converted_path(source: str) -> str:
    """Where LibreOffice leaves the PDF."""
    return f"{CONVERTED}/{Path(source).stem}.pdf"
