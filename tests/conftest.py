"""Real servers that several folders of tests use; each starts once per test run, when the first test asks for it."""

from collections.abc import Iterator

import pytest

from support.ceph import Rgw, running_rgw
from support.postgres import Postgres, running_postgres


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
