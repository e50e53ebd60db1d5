"""The front desk: a job may name only what is its own client's."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from cloudtranscode.clients.registry import ClientRegistry
from cloudtranscode.errors import IllegalTransition, InvalidDocument, LocationNotAllowed, UnknownClient, UnknownPreset
from cloudtranscode.jobs.state import JobState
from cloudtranscode.jobs.store import JobStore
from cloudtranscode.jobs.submit import Submission
from cloudtranscode.jobs.vault import Vault
from cloudtranscode.media.presets import Presets
from cloudtranscode.origin import Origins
from support.stack import fresh_database, job_document


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = fresh_database(tmp_path)
    yield engine
    engine.dispose()


@pytest.fixture
def desk(engine: Engine) -> Submission:
    return Submission(
        ClientRegistry(engine), JobStore(engine), Origins.parse("public"), Presets(), Vault(lambda: b"k" * 32)
    )


def test_accepted_jobs_wait_for_the_workers(desk: Submission, engine: Engine) -> None:
    job = desk.submit(job_document() | {"priority": 7})
    assert job.state is JobState.QUEUED
    assert JobStore(engine).waiting() == {job.id: 7}


@pytest.mark.parametrize(
    "document",
    [
        job_document(client="ClientB", source="s3://a-in/media/1.mp4", to="s3://b-out"),
        job_document(client="ClientB", source="s3://b-in/1.mp4", to="s3://a-out"),
        job_document(source="s3://a-in/media2/1.mp4"),
        job_document(source="s3://a-in/1.mp4"),
        job_document(to="s3://a-in/media"),
    ],
)
def test_other_locations_are_refused_and_nothing_is_kept(
    desk: Submission, engine: Engine, document: dict[str, object]
) -> None:
    with pytest.raises(LocationNotAllowed):
        desk.submit(document)
    assert JobStore(engine).list() == []


def test_unknown_names_are_refused(desk: Submission) -> None:
    with pytest.raises(UnknownClient):
        desk.submit(job_document(client="Nobody"))
    document = job_document()
    document["outputs"][0]["preset"] = "9000p"
    with pytest.raises(UnknownPreset, match="9000p"):
        desk.submit(document)


def test_what_differs_from_a_preset_is_refused_when_it_cannot_be(desk: Submission, engine: Engine) -> None:
    document = job_document()
    document["outputs"][0]["video"] = {"crf": 99}
    with pytest.raises(InvalidDocument, match=r"video\.crf is 99, must be a number from 0 to 63"):
        desk.submit(document)
    assert JobStore(engine).list() == []


def test_retry_makes_a_new_job_that_names_the_old(desk: Submission, engine: Engine) -> None:
    jobs = JobStore(engine)
    old = desk.submit(job_document())
    with pytest.raises(IllegalTransition, match="queued"):
        desk.retry(old.id)
    jobs.request_cancel(old.id)
    new = desk.retry(old.id)
    assert (new.retry_of, new.document, new.state) == (old.id, old.document, JobState.QUEUED)
