"""The inner side of office documents: a program of its own that becomes LibreOffice in the jail.

Started as ``python office_program.py SOFFICE SOURCE FOLDER`` in a job's scratch folder, with the standard library
alone. LibreOffice wants a home, and a place for a socket whose path is short: both are the scratch folder.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path


def main() -> None:
    """Become LibreOffice, converting SOURCE to PDF in FOLDER."""
    soffice, source, folder = sys.argv[1:]
    here = Path.cwd()
    argv = [
        soffice,
        *("--headless", "--invisible", "--norestore", "--nolockcheck", "--nodefault", "--nofirststartwizard"),
        f"-env:UserInstallation={(here / 'profile').as_uri()}",
        *("--convert-to", "pdf", "--outdir", str(here / folder), source),
    ]
    environment = {**os.environ, "HOME": str(here), "OSL_SOCKET_PATH": ".", "SAL_USE_VCLPLUGIN": "svp"}
    os.execve(soffice, argv, environment)  # noqa: S606  # the path is a setting of the stack's


if __name__ == "__main__":
    main()
