"""Real servers that several folders of tests use, each started once when first asked for; and CI's rule on skipping."""

import os
from collections.abc import Iterator

import pytest

from support.ceph import Rgw, running_rgw
from support.media import ABSENT
from support.postgres import Postgres, running_postgres


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """In CI nothing is skipped but what needs the real clips, which are not part of the project."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if not os.environ.get("CI") or reporter is None:
        return
    reasons = [str(report.longrepr) for report in reporter.stats.get("skipped", [])]
    if any(ABSENT not in reason for reason in reasons) and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="session")
def rgw() -> Iterator[Rgw]:
    """A RADOS Gateway: S3, STS and bucket policies that are enforced."""
    with running_rgw() as gateway:
        yield gateway


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server."""
    with running_postgres() as server:
        yield server


@pytest.fixture
def postgres_url(postgres: Postgres) -> Iterator[str]:
    """The URL of an empty database, gone after the test."""
    url = postgres.create_database()
    yield url
    postgres.drop_database(url)
