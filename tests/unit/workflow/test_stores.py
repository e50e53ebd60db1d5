"""A job's storage is opened once for all of its steps."""

from __future__ import annotations

import pytest

from cloudtranscode.clients.client import Client
from cloudtranscode.errors import StorageUnavailable
from cloudtranscode.jobs.job import Job
from cloudtranscode.jobs.spec import JobSpec, parse_job
from cloudtranscode.jobs.state import JobState
from cloudtranscode.location import parse_http, parse_s3
from cloudtranscode.storage.local import LocalStore
from cloudtranscode.workflow.stores import JobStorage, JobStores
from support.stack import CLIENT_A, job_document

SPEC = parse_job(job_document())


class Opener:
    """Opens a new storage at each call; ``fails`` makes the next ones fail."""

    def __init__(self) -> None:
        self.opened: list[str] = []
        self.fails = False

    def __call__(self, job: Job, spec: JobSpec, client: Client) -> JobStorage:
        if self.fails:
            raise StorageUnavailable("STS is silent.")
        self.opened.append(job.id)
        return JobStorage(LocalStore(), LocalStore())


def job(name: str) -> Job:
    return Job(name, "ClientA", JobState.RUNNING, job_document())


def test_each_job_has_one_until_it_is_dropped() -> None:
    opener = Opener()
    stores = JobStores(opener)

    first = stores.of(job("one"), SPEC, CLIENT_A)
    assert stores.of(job("one"), SPEC, CLIENT_A) is first
    assert stores.of(job("two"), SPEC, CLIENT_A) is not first
    stores.drop(job("one"))
    stores.drop(job("never seen"))
    assert stores.of(job("one"), SPEC, CLIENT_A) is not first

    assert opener.opened == ["one", "two", "one"]


def test_what_could_not_be_opened_is_tried_again() -> None:
    opener = Opener()
    stores = JobStores(opener)

    opener.fails = True
    with pytest.raises(StorageUnavailable):
        stores.of(job("one"), SPEC, CLIENT_A)
    opener.fails = False
    stores.of(job("one"), SPEC, CLIENT_A)

    assert opener.opened == ["one"]


def test_jobs_that_ended_elsewhere_are_forgotten_in_time() -> None:
    opener = Opener()
    stores = JobStores(opener)

    for number in range(65):
        stores.of(job(str(number)), SPEC, CLIENT_A)
    stores.of(job("64"), SPEC, CLIENT_A)
    stores.of(job("0"), SPEC, CLIENT_A)

    assert opener.opened == [*map(str, range(65)), "0"]


def test_a_source_is_read_from_where_it_lies() -> None:
    storage = JobStorage(buckets=LocalStore(), web=LocalStore())
    assert storage.holding(parse_http("https://a.example/film.mp4")) is storage.web
    assert storage.holding(parse_s3("s3://bucket/film.mp4")) is storage.buckets
