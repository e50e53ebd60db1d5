"""Who counts as alive, and that a lost worker's jobs are taken care of exactly once."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from cloudtranscode.fleet.heart import Heart
from cloudtranscode.fleet.host import is_dead_neighbour, new_worker, this_host
from cloudtranscode.fleet.roster import Roster, Worker
from support.stack import fresh_database


class Jobs:
    """Stands for the durable engine."""

    def __init__(self, owners: set[str] | None = None) -> None:
        self.recovered: list[str] = []
        self._owners = owners or set()

    def owners(self) -> set[str]:
        return self._owners

    def recover(self, worker_id: str) -> None:
        self.recovered.append(worker_id)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = fresh_database(tmp_path)
    yield engine
    engine.dispose()


def heart(roster: Roster, jobs: Jobs, patience_s: float = 60) -> Heart:
    return Heart(new_worker(serves_queue=True), roster, jobs, lambda: None, interval_s=1, patience_s=patience_s)


FAR = Worker("far", "another machine", 1)


def test_silence_loses_a_worker_once(engine: Engine) -> None:
    roster = Roster(engine, lost_after_s=0.2)
    roster.join(FAR)
    assert roster.take_lost() == []
    assert roster.alive() == [FAR]
    time.sleep(0.3)
    assert roster.alive() == []
    assert roster.take_lost() == ["far"]
    assert roster.take_lost() == []
    assert not roster.beat("far")


def test_beating_keeps_a_worker(engine: Engine) -> None:
    roster = Roster(engine, lost_after_s=0.5)
    roster.join(FAR)
    for _ in range(4):
        time.sleep(0.2)
        assert roster.beat("far")
    assert roster.take_lost() == []


def test_leaving_needs_no_silence(engine: Engine) -> None:
    roster = Roster(engine, lost_after_s=60)
    roster.join(FAR)
    roster.leave("far")
    assert roster.take_lost() == ["far"]


def test_a_late_riser_is_called_back(engine: Engine) -> None:
    roster = Roster(engine, lost_after_s=60)
    roster.join(FAR)
    roster.leave("far")
    roster.take_lost()
    roster.bury("far")
    roster.recall({"nobody"})
    assert roster.take_lost() == []
    roster.recall({"far"})
    assert roster.take_lost() == ["far"]


def test_a_dead_process_on_this_machine_is_seen_at_once(engine: Engine) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        neighbour = Worker("near", this_host(), process.pid)
        assert not is_dead_neighbour(neighbour, this_host())
        process.kill()
        while not is_dead_neighbour(neighbour, this_host()):  # a zombie until we wait for it
            time.sleep(0.01)
    assert not is_dead_neighbour(FAR, this_host())
    roster, jobs = Roster(engine, lost_after_s=60), Jobs()
    roster.join(neighbour)
    heart(roster, jobs).look_after_neighbours()
    assert jobs.recovered == ["near"]


def test_the_heart_stops_a_worker_that_was_given_up(engine: Engine) -> None:
    roster, stopped = Roster(engine, lost_after_s=60), []
    worker = new_worker(serves_queue=True)
    assert worker.pid == os.getpid()
    heart = Heart(worker, roster, Jobs(), lambda: stopped.append(True), interval_s=0.05, patience_s=60)
    heart.join()
    heart.start()
    roster.leave(worker.id)
    deadline = time.monotonic() + 5
    while not stopped and time.monotonic() < deadline:
        time.sleep(0.01)
    heart.stop()
    assert stopped == [True]


def test_silence_is_judged_only_by_a_steady_heart(engine: Engine) -> None:
    """After the database was away for all, the first to beat again must not give up the others."""
    roster, jobs = Roster(engine, lost_after_s=0.1), Jobs()
    roster.join(FAR)
    time.sleep(0.2)
    heart(roster, jobs).look_after_neighbours()
    assert jobs.recovered == []
    steady = heart(roster, jobs, patience_s=0.05)
    time.sleep(0.1)
    steady.look_after_neighbours()
    assert jobs.recovered == ["far"]


def test_what_is_away_for_a_moment_does_not_stop_the_heart(engine: Engine) -> None:
    class Moody(Jobs):
        def owners(self) -> set[str]:
            if not self.recovered:
                self.recovered.append("a fault")
                raise OSError
            return super().owners()

    roster, jobs = Roster(engine, lost_after_s=60), Moody()
    beating = Heart(new_worker(serves_queue=True), roster, jobs, lambda: None, interval_s=0.02, patience_s=60)
    beating.join()
    roster.join(FAR)
    roster.leave("far")
    beating.start()
    deadline = time.monotonic() + 5
    while "far" not in jobs.recovered and time.monotonic() < deadline:
        time.sleep(0.01)
    beating.stop()
    assert jobs.recovered == ["a fault", "far"]
