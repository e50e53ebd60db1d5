"""Whatever dies in between, an accepted job ends as done, failed or cancelled, once, and leaves nothing behind."""

import os
import random
import signal
import time

import pytest

from cloudtranscode.jobs.job import Job
from cloudtranscode.jobs.state import JobState
from support.world import World

KILLS = int(os.environ.get("CT_TEST_KILLS", "10"))
FILES_PER_JOB = 10  # MP4, poster; master, I-frames; for picture and sound each a playlist, an init and a segment


def encoding(job: Job) -> bool:
    progress = job.progress or {}
    return progress.get("phase") == "encode" and progress.get("frame", 0) > 0


def assert_nothing_left(world: World) -> None:
    assert world.unfinished_uploads() == []
    assert world.scratch_files() == []
    assert world.tools_running() == []


@pytest.mark.timeout(900)
def test_kills_at_random_moments(world: World) -> None:
    """The seed is printed with a failure; every job is done, every object published exactly once."""
    seed = random.randrange(1 << 32)
    chance = random.Random(seed)
    jobs = [world.submit(number) for number in range(KILLS + 2)]
    for _ in range(KILLS):
        before = {job.id: job.epoch for job in world.stack.jobs.list()}
        worker = world.start_worker()
        _wait_for_work(world, before)
        time.sleep(chance.uniform(0, 2.5))
        world.kill(worker)
    world.start_worker()
    ended = [world.wait_for_end(job, 120) for job in jobs]
    assert [job.state for job in ended] == [JobState.DONE] * len(jobs), f"seed {seed}: {ended}"
    versions = world.versions()
    assert set(versions.values()) == {1}, f"seed {seed}: {versions}"
    assert len(versions) == FILES_PER_JOB * len(jobs), f"seed {seed}: {versions}"
    _wait_for_quiet(world)
    assert_nothing_left(world)


def _wait_for_work(world: World, before: dict[str, int]) -> None:
    """Return when the new worker has begun with a job (or there is none left)."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        jobs = world.stack.jobs.list()
        if all(job.state.final for job in jobs) or any(job.epoch > before[job.id] for job in jobs):
            return
        time.sleep(0.02)
    raise AssertionError(world.logs())


def _wait_for_quiet(world: World) -> None:
    """A job is done a moment before its last folder is gone from the file system's view."""
    deadline = time.monotonic() + 5
    while world.tools_running() and time.monotonic() < deadline:
        time.sleep(0.05)


def test_a_killed_worker_takes_its_tools_with_it(world: World) -> None:
    worker = world.start_worker()
    world.wait(world.submit(1, minutes=True), encoding)
    assert world.tools_running()
    world.kill(worker)
    _wait_for_quiet(world)
    assert world.tools_running() == []


def test_another_worker_finishes_from_the_last_step(fleet: World) -> None:
    """Two workers on one PostgreSQL: the second learns of the loss by the missed heartbeats alone."""
    job_id = fleet.submit(1, minutes=True)
    first = fleet.start_worker(elsewhere=True)
    job = fleet.wait(job_id, encoding)
    second = fleet.start_worker()
    while len(fleet.stack.roster.alive()) < 2:
        time.sleep(0.1)
    fleet.kill(first)
    killed_at = time.monotonic()
    taken = fleet.wait(job_id, lambda now: now.epoch > job.epoch, 30)
    assert time.monotonic() - killed_at < 30
    assert taken.worker != job.worker
    done = fleet.wait_for_end(job_id, 120)
    assert done.state is JobState.DONE, done
    assert set(fleet.versions().values()) == {1}
    assert len(fleet.keys("job1/")) == len(fleet.versions())
    assert_nothing_left(fleet)
    assert second.poll() is None


def test_a_paused_worker_cannot_publish_over_its_successor(fleet: World) -> None:
    job_id = fleet.submit(1, minutes=True)
    paused = fleet.start_worker()
    job = fleet.wait(job_id, encoding)
    paused.send_signal(signal.SIGSTOP)
    fleet.start_worker()
    fleet.wait(job_id, lambda now: now.epoch > job.epoch, 30)
    done = fleet.wait_for_end(job_id, 120)
    assert done.state is JobState.DONE, done
    published = fleet.versions()
    paused.send_signal(signal.SIGCONT)
    assert paused.wait(30) == 75  # given up by the fleet: its supervisor starts it anew
    assert fleet.versions() == published
    assert set(published.values()) == {1}
    assert fleet.stack.jobs.get(job_id) == done
    assert_nothing_left(fleet)


def test_cancel_stops_within_a_second_and_leaves_nothing(world: World) -> None:
    job_id = world.submit(1, minutes=True)
    world.start_worker()
    world.wait(job_id, encoding)
    world.stack.jobs.request_cancel(job_id)
    asked_at = time.monotonic()
    while world.tools_running():
        assert time.monotonic() - asked_at < 5
        time.sleep(0.01)
    stopped_after = time.monotonic() - asked_at
    job = world.wait_for_end(job_id, 10)
    assert stopped_after < 1
    assert job.state is JobState.CANCELLED
    assert job.error
    assert job.error.code == "cancelled"
    assert world.keys() == []
    assert_nothing_left(world)


def test_a_stopped_worker_hands_its_job_over_at_once(world: World) -> None:
    job_id = world.submit(1, minutes=True)
    first = world.start_worker()
    job = world.wait(job_id, encoding)
    first.send_signal(signal.SIGTERM)
    assert first.wait(10) == 0
    world.start_worker()
    world.wait(job_id, lambda now: now.epoch > job.epoch, 15)
    world.stack.jobs.request_cancel(job_id)
    assert world.wait_for_end(job_id, 10).state is JobState.CANCELLED
