"""The tables on both databases, and workers that start at the same moment."""

import threading
from pathlib import Path

import pytest
from sqlalchemy import inspect, select, text

from cloudtranscode import database
from cloudtranscode.clients.client import Client
from cloudtranscode.clients.registry import ClientRegistry
from cloudtranscode.database import open_database, transaction
from cloudtranscode.errors import DatabaseUnavailable
from cloudtranscode.location import S3Location

TABLES = {"ct_clients", "ct_jobs", "ct_uploads", "ct_workers"}


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'deep' / 'ct.sqlite'}"
    found: str = request.getfixturevalue("postgres_url")
    return found


def test_workers_that_start_together_find_one_set_of_tables(url: str) -> None:
    faults: list[Exception] = []

    def start() -> None:
        try:
            open_database(url).dispose()
        except Exception as fault:  # noqa: BLE001  # shown below
            faults.append(fault)

    threads = [threading.Thread(target=start) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    engine = open_database(url)
    assert set(inspect(engine).get_table_names()) >= TABLES
    engine.dispose()


def test_a_table_of_an_earlier_version_gets_the_columns_that_came_later(url: str) -> None:
    engine = open_database(url)
    with transaction(engine) as connection:
        for column in ("terms", "proof"):
            connection.execute(text(f"ALTER TABLE ct_clients DROP COLUMN {column}"))
        connection.execute(
            text(
                "INSERT INTO ct_clients (name, account, input, output, created_at) "
                "VALUES ('Old', '444455556666', 's3://old-in', 's3://old-out', 0)"
            )
        )
    engine.dispose()
    threads = [threading.Thread(target=lambda: open_database(url).dispose()) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    engine = open_database(url)
    old = ClientRegistry(engine).get("Old")
    ClientRegistry(engine).remove("Old")
    engine.dispose()
    assert old == Client("Old", "444455556666", S3Location("old-in"), S3Location("old-out"))


def test_the_clock_is_the_databases_own_and_moves(url: str) -> None:
    engine = open_database(url)
    readings = []
    for _ in range(2):
        with transaction(engine) as connection:
            readings.append(connection.execute(select(database.now(engine))).scalar_one())
    engine.dispose()
    assert 1.7e9 < readings[0] <= readings[1] < readings[0] + 60


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("postgresql://ct:s3cret@127.0.0.1:1/none", ["ct:***@127.0.0.1:1", "refused"]),
        ("postgresql+psycopg://127.0.0.1:1/none?password=s3cret", ["127.0.0.1:1/none", "refused"]),
        ("postgresql://ct:s3cret@127.0.0.1:port/none", ["cannot be read", "postgresql://"]),
        ("ct:s3cret@host/none", ["no scheme", "postgresql://"]),
        ("mysql://ct:s3cret@host/none", ["unknown scheme mysql://", "sqlite:///", "postgresql://"]),
        ("sqlite:////proc/no/such/ct.sqlite", ["/proc/no", "cannot be made"]),
    ],
)
def test_a_database_that_cannot_be_opened_is_one_clear_error_without_the_password(url: str, words: list[str]) -> None:
    with pytest.raises(DatabaseUnavailable) as error:
        open_database(url)
    said = f"{error.value.message} {error.value.remedy}"
    assert [word for word in words if word not in said] == []
    assert "s3cret" not in said


def test_a_file_that_is_no_database_is_told_as_such(tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("These are only words, and rather many of them for a header.")
    with pytest.raises(DatabaseUnavailable, match="not a database"):
        open_database(f"sqlite:///{tmp_path / 'notes'}")
