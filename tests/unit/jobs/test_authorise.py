"""What a job may name: its client's own, accepted, and nobody else's."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cloudtranscode.clients.client import Client, Terms
from cloudtranscode.errors import ControlUnproven, LocationNotAllowed, LocationTaken, OriginNotAllowed
from cloudtranscode.jobs.authorise import authorise
from cloudtranscode.jobs.spec import parse_job
from cloudtranscode.location import parse_s3
from cloudtranscode.origin import Origins
from support.stack import CLIENT_A, accepted, job_document

SPEC = parse_job(job_document())
PUBLIC = Origins.parse("public")
INTRUDER = accepted("Intruder", CLIENT_A.account, "s3://a-in", "s3://i-out")


def test_the_clients_own_and_accepted_is_allowed() -> None:
    authorise(SPEC, CLIENT_A, [], PUBLIC)


@pytest.mark.parametrize(
    "unproven",
    [
        replace(CLIENT_A, proof=None),
        replace(CLIENT_A, account="777788889999"),
        replace(CLIENT_A, input=parse_s3("s3://a-in")),
        replace(CLIENT_A, output=parse_s3("s3://a-out/1")),
    ],
    ids=["never", "of another account", "of another input", "of another output"],
)
def test_a_proof_is_of_the_very_locations(unproven: Client) -> None:
    with pytest.raises(ControlUnproven, match="not proven that ClientA controls") as refused:
        authorise(SPEC, unproven, [], PUBLIC)
    assert "ct client prove ClientA" in refused.value.remedy


def test_who_names_what_is_anothers_learns_nothing_of_proofs() -> None:
    with pytest.raises(LocationNotAllowed):
        authorise(parse_job(job_document(source="s3://b-in/1.mp4")), replace(CLIENT_A, proof=None), [], PUBLIC)


def test_a_row_that_came_in_otherwise_opens_nothing_and_names_nobody() -> None:
    with pytest.raises(LocationTaken) as refused:
        authorise(SPEC, CLIENT_A, [INTRUDER], PUBLIC)
    assert "input s3://a-in/media/1.mp4" in refused.value.message
    assert "outputs" not in refused.value.message
    assert "Intruder" not in refused.value.message + refused.value.remedy


def test_what_is_stated_is_allowed() -> None:
    authorise(SPEC, CLIENT_A, [replace(INTRUDER, terms=Terms(shares=True))], PUBLIC)
    with pytest.raises(LocationTaken):
        authorise(SPEC, CLIENT_A, [replace(INTRUDER, terms=Terms(shares=True), account="777788889999")], PUBLIC)


WEB = parse_job(job_document(source="https://a.example/film.mp4?token=s3cret"))


def test_a_source_on_a_web_server_is_anybodys_where_the_stack_may_fetch_it() -> None:
    authorise(WEB, CLIENT_A, [INTRUDER], PUBLIC)
    with pytest.raises(OriginNotAllowed, match=r"a\.example") as refused:
        authorise(WEB, CLIENT_A, [], Origins())
    assert "s3cret" not in refused.value.message


def test_outputs_beside_it_are_asked_for_as_ever() -> None:
    other = job_document(source="https://a.example/film.mp4", to="s3://b-out")
    with pytest.raises(LocationNotAllowed, match=r"b-out"):
        authorise(parse_job(other), CLIENT_A, [], PUBLIC)
    with pytest.raises(ControlUnproven):
        authorise(WEB, replace(CLIENT_A, proof=None), [], PUBLIC)
