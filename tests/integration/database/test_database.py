"""The tables on both databases, and workers that start at the same moment."""

import threading
from pathlib import Path

import pytest
from sqlalchemy import inspect, select

from cloudtranscode import database
from cloudtranscode.database import open_database, transaction
from cloudtranscode.errors import DatabaseUnavailable

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


def test_the_clock_is_the_databases_own_and_moves(url: str) -> None:
    engine = open_database(url)
    readings = []
    for _ in range(2):
        with transaction(engine) as connection:
            readings.append(connection.execute(select(database.now(engine))).scalar_one())
    engine.dispose()
    assert 1.7e9 < readings[0] <= readings[1] < readings[0] + 60


@pytest.mark.parametrize(
    "url", ["postgresql://nobody@127.0.0.1:1/none", "nonsense", "mysql://x/y", "sqlite:////proc/no/such/ct.sqlite"]
)
def test_a_database_that_cannot_be_opened_is_one_clear_error(url: str) -> None:
    with pytest.raises(DatabaseUnavailable):
        open_database(url)


def test_a_password_is_not_shown() -> None:
    with pytest.raises(DatabaseUnavailable) as error:
        open_database("postgresql://ct:s3cret@127.0.0.1:1/none")
    assert "s3cret" not in str(error.value)
