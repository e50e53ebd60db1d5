"""The environment: what an empty and a faulty variable mean."""

from pathlib import Path

import pytest

from cloudtranscode.cli.exit_codes import ExitCode, exit_code
from cloudtranscode.errors import InvalidSetting
from cloudtranscode.settings import read_settings


@pytest.mark.parametrize("name", ["CT_HOME", "CT_WORKER_JOBS", "CT_FFMPEG", "CT_DATABASE_URL", "CT_ISOLATION"])
def test_an_empty_variable_is_not_set(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.delenv(name, raising=False)
    unset = read_settings()
    monkeypatch.setenv(name, "")
    assert read_settings() == unset


def test_a_home_that_is_set_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CT_HOME", "/srv/ct")
    monkeypatch.delenv("CT_DATABASE_URL", raising=False)
    settings = read_settings()
    assert settings.home_folder == Path("/srv/ct")
    assert settings.database == "sqlite:////srv/ct/cloudtranscode.sqlite"


@pytest.mark.parametrize(
    ("name", "value"),
    [("CT_WORKER_JOBS", "0"), ("CT_ISOLATION", "never"), ("CT_HEARTBEAT_S", "x"), ("CT_WATCH", "OFF")],
)
def test_a_faulty_variable_is_named_and_the_admins_to_mend(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(InvalidSetting, match=name) as error:
        read_settings()
    assert exit_code(error.value.report) is ExitCode.STACK


def test_a_job_role_that_no_job_may_assume_is_a_contradiction(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CT_JOB_ROLE_ARN", "arn:aws:iam::111122223333:role/jobs")
    assert read_settings().narrow_sessions == "auto"

    monkeypatch.setenv("CT_NARROW_SESSIONS", "off")

    with pytest.raises(InvalidSetting, match=r"CT_NARROW_SESSIONS: .*CT_JOB_ROLE_ARN"):
        read_settings()
