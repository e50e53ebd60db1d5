from __future__ import annotations

from pathlib import Path
from typing import Any

from cloudtranscode.cli.exit_codes import ExitCode
from cloudtranscode.devstack.scenario import two_accounts
from cloudtranscode.devstack.server import Devstack
from cloudtranscode.media.tools.programs import find_tools

Program = Any


def test_a_bare_machine_has_its_tools_and_lacks_credentials(ct: Program) -> None:
    ran = ct("doctor", "--json")
    levels = {finding["name"]: finding["level"] for finding in ran.data}
    assert ran.code == ExitCode.STACK
    assert {levels[name] for name in ("python", "ffmpeg", "ffprobe", "packager", "encoders", "database")} == {"ok"}
    assert levels["identity"] == "problem"
    assert levels["sessions"] == levels["storage"] == levels["workers"] == "warning"
    assert all(finding["do"] for finding in ran.data if finding["level"] != "ok")


def test_whatever_is_missing_there_is_no_traceback(ct: Program, tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file where a folder should be")
    script = tmp_path / "ffmpeg"
    script.write_text("#!/bin/sh\nexit 1\n")
    script.chmod(0o755)
    broken = ct.as_({"CT_FFMPEG": str(script), "CT_FFPROBE": "/nowhere/ffprobe"})
    ran = broken("doctor")
    assert ran.code == ExitCode.STACK
    assert "Traceback" not in ran.out + ran.err
    assert "ffprobe is not an executable file" in ran.out


def test_a_tool_without_encoders_is_found(ct: Program) -> None:
    other = ct.as_({"CT_FFMPEG": str(find_tools().packager)})
    findings = {one["name"]: one for one in other("doctor", "--json").data}
    assert findings["encoders"]["level"] == "problem"
    assert "libx264" in findings["encoders"]["found"]


def test_a_storage_that_does_not_answer_is_a_problem(ct: Program) -> None:
    keys = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "y", "AWS_ENDPOINT_URL": "http://127.0.0.1:9"}
    findings = {one["name"]: one for one in ct.as_(keys)("doctor", "--json").data}
    assert findings["storage"]["level"] == "problem"
    assert findings["identity"]["level"] == "problem"


def test_it_tries_whether_jobs_can_have_sessions_of_their_own(ct: Program) -> None:
    with Devstack() as devstack:
        scenario = two_accounts(devstack)
        found = {
            name: sessions(ct.as_(credentials.environment() | settings))
            for name, credentials, settings in (
                ("role", scenario.stack, {}),
                ("user", scenario.launcher, {}),
                ("insisting", scenario.launcher, {"CT_NARROW_SESSIONS": "require"}),
                ("off", scenario.stack, {"CT_NARROW_SESSIONS": "off"}),
                ("job role", scenario.launcher, {"CT_JOB_ROLE_ARN": scenario.role_arn}),
            )
        }
    assert found["role"] == found["job role"] == ("ok", "each job works on a session of its own, limited to its keys")
    assert found["user"][0] == found["off"][0] == "warning"
    assert "user/launcher is no role" in found["user"][1]
    assert found["insisting"][0] == "problem"


def sessions(ct: Program) -> tuple[str, str]:
    findings = {one["name"]: one for one in ct("doctor", "--json").data}
    return findings["sessions"]["level"], findings["sessions"]["found"]
