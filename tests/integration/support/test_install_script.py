import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[3] / "scripts" / "install-test-servers.sh"


@pytest.mark.parametrize(("ci", "status"), [("", 0), ("true", 1)])
def test_says_what_stays_untested_and_fails_only_in_ci(tmp_path: Path, ci: str, status: int) -> None:
    """On a machine with neither the servers nor apt-get."""
    cat = shutil.which("cat")
    assert cat is not None
    (tmp_path / "cat").symlink_to(cat)
    environment = {"PATH": str(tmp_path), "CI": ci}

    done = subprocess.run(["/bin/sh", SCRIPT], env=environment, capture_output=True, text=True, check=False, timeout=30)

    assert done.returncode == status
    assert "SKIPPED" in done.stderr
    assert "RADOS Gateway" in done.stderr
