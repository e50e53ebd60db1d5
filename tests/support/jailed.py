"""Python code in the place of a tool."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cloudtranscode.media.tools.jail import Isolation, Jail, Needs

PYTHON = Path(sys.executable).resolve()
"""The real one: that of a virtual environment wants to read its files, which the jail hides."""

_NOBODY = 65534


def output(argv: list[str], folder: Path, needs: Needs | None = None, isolation: Isolation = Isolation.PREFER) -> str:
    """What a jailed program writes to its stdout."""
    jailed = Jail(isolation).start(argv, folder, needs or Needs())
    out, _ = jailed.process.communicate(timeout=20)
    jailed.close()
    return out.decode()


def python(code: str, folder: Path, needs: Needs | None = None) -> str:
    """What jailed Python code prints."""
    return output([str(PYTHON), "-I", "-c", code], folder, needs).strip()


def tried(action: str, folder: Path, needs: Needs | None = None) -> str:
    """What comes of an action of a jailed process: its value, or the name of the error."""
    code = f"import os, socket\ntry: print({action})\nexcept OSError as error: print(type(error).__name__)"
    return python(code, folder, needs)


def as_ordinary_user(*args: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run Python as a user without rights: as nobody, from root."""
    return _run(_python_for_everybody() if os.geteuid() == 0 else sys.executable, *args, **environment)


def _python_for_everybody() -> str:
    for candidate in (sys.executable, "/usr/bin/python3", "/usr/local/bin/python3"):
        with contextlib.suppress(OSError):
            if _run(candidate, "-c", "").returncode == 0:
                return candidate
    pytest.skip("needs a Python that every user may run")


def _run(*argv: str, **environment: str) -> subprocess.CompletedProcess[str]:
    somebody = _NOBODY if os.geteuid() == 0 else None
    return subprocess.run(
        argv,
        user=somebody,
        group=somebody,
        extra_groups=None if somebody is None else [],
        env=environment,
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
