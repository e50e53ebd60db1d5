from __future__ import annotations

import json
import signal
import stat
import subprocess
import sys
from pathlib import Path

import boto3
import pytest

COMMAND = [sys.executable, "-W", "error", "-m", "cloudtranscode.devstack"]


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT])
def test_the_process_says_how_to_use_it_and_ends_when_told(end: signal.Signals, tmp_path: Path) -> None:
    output = tmp_path / "devstack.json"
    command = [*COMMAND, "--scenario", "--output", str(output)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            facts = json.loads(process.stdout.readline())
            keys = facts["scenario"]["environment"]["ClientA"]
            session = boto3.Session(keys["AWS_ACCESS_KEY_ID"], keys["AWS_SECRET_ACCESS_KEY"], region_name="us-east-1")
            listed = session.client("s3", endpoint_url=facts["endpoint"]).list_buckets()["Buckets"]
        finally:
            process.send_signal(end)
        errors = process.communicate(timeout=20)[1]
    assert sorted(bucket["Name"] for bucket in listed) == ["ClientA_bucket_in", "ClientA_bucket_out"]
    assert (process.returncode, errors) == (0, "")
    assert json.loads(output.read_text()) == facts
    assert stat.S_IMODE(output.stat().st_mode) == 0o600
