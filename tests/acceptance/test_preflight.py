"""Partial grants on a real S3 server: the report names exactly what is missing, all at once, and leaves no trace."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from cloudtranscode.bootstrap.preflight import preflight
from cloudtranscode.bootstrap.stack import Stack
from cloudtranscode.cli.exit_codes import ExitCode
from cloudtranscode.clients.client import Client as Registered
from cloudtranscode.clients.proof import How, Proof
from cloudtranscode.entitlements.grant import grant_sheet
from cloudtranscode.entitlements.preflight import Gap, Report
from cloudtranscode.jobs.spec import JobSpec, parse_job
from cloudtranscode.location import S3Location
from cloudtranscode.settings import Settings
from support.ceph import REGION, Rgw, User
from support.ct import ct_as, unfinished_uploads
from support.reference import INPUT, OUTPUT, Client
from support.reference import Stack as Principal

SOURCE, OUT = f"s3://{INPUT}/films/film.mp4", f"s3://{OUTPUT}"
MP4, POSTER, HLS = f"{OUT}/jobs/film.mp4", f"{OUT}/posters/film.jpg", f"{OUT}/jobs/hls/"
HLS_PROBE = f"{HLS}.cloudtranscode-write-probe"
WRITTEN = (MP4, HLS_PROBE, POSTER)
DOCUMENT: dict[str, Any] = {
    "client": "ClientA",
    "input": SOURCE,
    "outputs": [
        {"type": "mp4", "preset": "360p", "to": MP4},
        {"type": "hls", "presets": ["360p"], "to": HLS},
        {"type": "poster", "at": "1s", "to": POSTER},
    ],
}
READ, LIST, WRITE = "s3:GetObject", "s3:ListBucket", "s3:PutObject"
ABORT, UPLOADS, ACL = "s3:AbortMultipartUpload", "s3:ListBucketMultipartUploads", "s3:PutObjectAcl"

Told = set[tuple[str, str]]
Policy = list[dict[str, Any]]

pytestmark = pytest.mark.parametrize("stack", ["user"], indirect=True)


@dataclass(frozen=True, slots=True)
class Desk:
    """A stack that knows ClientA, whose buckets are ``client``'s; ``full`` has the statements that it should attach."""

    stack: Stack
    client: Client
    full: dict[str, Policy]

    def attach(self, bucket: str, statements: Policy) -> None:
        if statements:
            self.client.attach(bucket, json.dumps({"Version": "2012-10-17", "Statement": statements}))
        else:
            self.client.detach(bucket)

    def report(self, *, profile: str = "", **changes: Any) -> Report:
        return preflight(self.stack, document(**changes), profile)

    def everything(self) -> tuple[list[str], list[str]]:
        """Objects and open uploads in the output bucket."""
        found = self.client.s3.list_objects_v2(Bucket=OUTPUT).get("Contents", [])
        return [one["Key"] for one in found], unfinished_uploads(self.client.s3, OUTPUT)


@pytest.fixture
def desk(
    rgw: Rgw, client_user: User, client: Client, stack: Principal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Desk]:
    for name, value in ct_as(stack.keys, stack.arn, rgw.endpoint, tmp_path / "home").environment.items():
        monkeypatch.setenv(name, value)
    profile = tmp_path / "credentials"
    keys = client_user.keys
    profile.write_text(
        f"[client]\naws_access_key_id = {keys.access}\naws_secret_access_key = {keys.secret}\nregion = {REGION}\n"
    )
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(profile))
    places = (S3Location(INPUT), S3Location(OUTPUT))
    proof = Proof(How.STATED, "tests", 0.0, client_user.name, *(place.uri for place in places))
    known = Registered("ClientA", client_user.name, *places, proof=proof)
    desk = Stack(Settings(home=tmp_path / "home", stack_arn=stack.arn))
    desk.clients.add(known)
    sheet = grant_sheet(desk.grant_order(known))
    full = {bucket: json.loads(text)["Statement"] for bucket, text in sheet.documents.items()}
    client.s3.put_object(Bucket=INPUT, Key="films/film.mp4", Body=b"not empty")
    yield Desk(desk, client, full)
    desk.database.dispose()


def document(**changes: Any) -> JobSpec:
    return parse_job(DOCUMENT | changes)


def told(gaps: tuple[Gap, ...]) -> Told:
    """What is missing and where; the error's code for gaps that no permission fills."""
    return {(what, place(gap)) for gap in gaps for what in gap.permissions or [gap.error.code]}


def place(gap: Gap) -> str:
    return gap.resource.uri if gap.resource else ""


def on(permission: str, *places: str) -> Told:
    return {(permission, place) for place in places}


def without(policy: Policy, *actions: str) -> Policy:
    kept = [{**one, "Action": [name for name in _list(one["Action"]) if name not in actions]} for one in policy]
    return [one for one in kept if one["Action"]]


def limited(policy: Policy, actions: tuple[str, ...], **elements: Any) -> Policy:
    """Change what grants any of ``actions``."""
    return [{**one, **elements} if set(_list(one["Action"])) & set(actions) else one for one in policy]


def denied(policy: Policy, action: str, resource: str, **elements: Any) -> Policy:
    statement = {"Sid": "NotThis", "Effect": "Deny", "Principal": policy[0]["Principal"]}
    return [*policy, {**statement, "Action": action, "Resource": resource, **elements}]


def _list(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def arn(uri: str) -> str:
    return f"arn:aws:s3:::{uri.removeprefix('s3://')}"


Change = Callable[[Policy], Policy]


@dataclass(frozen=True, slots=True)
class Case:
    """A fault planted into the full grant, and what has to be reported; ``foretold`` is what only the policies tell.

    ``named`` are the warnings where the policies tell more of the reason than a refusal does.
    """

    name: str
    errors: Told = field(default_factory=set)
    warnings: Told = field(default_factory=set)
    foretold: Told = field(default_factory=set)
    named: Told | None = None
    source: Change = lambda policy: policy
    target: Change = lambda policy: policy


NOTHING: Change = lambda _: []  # noqa: E731  # one of many like it
NO_WRITING = on(WRITE, *WRITTEN)
NO_CLEANING = on(ABORT, *WRITTEN) | on(UPLOADS, f"{OUT}/")
ACLS = on(ACL, MP4, HLS_PROBE, POSTER)
PROBED = on(WRITE, f"{OUT}/jobs/.cloudtranscode-write-probe", f"{OUT}/posters/.cloudtranscode-write-probe")

CASES = [
    Case("everything is granted"),
    Case(
        "nothing is granted",
        on(READ, SOURCE) | NO_WRITING,
        on(LIST, f"s3://{INPUT}/") | NO_CLEANING,
        ACLS,
        source=NOTHING,
        target=NOTHING,
    ),
    Case("read only", NO_WRITING, NO_CLEANING, ACLS, target=NOTHING),
    Case("write only", on(READ, SOURCE), on(LIST, f"s3://{INPUT}/"), source=NOTHING),
    Case(
        "another prefix may be written",
        NO_WRITING,
        on(ABORT, *WRITTEN),
        target=lambda policy: limited(policy, (WRITE,), Resource=arn(f"{OUT}/other/*")),
    ),
    Case(
        "the prefix that may be read is too narrow",
        on(READ, SOURCE),
        source=lambda policy: limited(policy, (READ,), Resource=arn(f"s3://{INPUT}/films/2026/*")),
    ),
    Case("aborting is not granted", set(), on(ABORT, *WRITTEN), target=lambda policy: without(policy, ABORT)),
    Case("uploads cannot be listed", set(), on(UPLOADS, f"{OUT}/"), target=lambda policy: without(policy, UPLOADS)),
    Case("the source cannot be listed", set(), on(LIST, f"s3://{INPUT}/"), source=lambda policy: without(policy, LIST)),
    Case(
        "no ACL may be sent",
        set(),
        ACLS,
        named=on(WRITE, *WRITTEN),
        target=lambda policy: denied(
            policy, WRITE, arn(f"{OUT}/*"), Condition={"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control"}}
        ),
    ),
    Case(
        "the grant has expired",
        on(READ, SOURCE),
        source=lambda policy: limited(
            policy, (READ,), Condition={"DateLessThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}
        ),
    ),
    Case("one key is denied", on(WRITE, POSTER), target=lambda policy: denied(policy, WRITE, arn(POSTER))),
    Case("the source is denied", on(READ, SOURCE), source=lambda policy: denied(policy, READ, arn(SOURCE))),
    Case(
        "one of two folders is not covered",
        on(WRITE, POSTER),
        on(ABORT, POSTER),
        target=lambda policy: limited(policy, (WRITE,), Resource=arn(f"{OUT}/jobs/*")),
    ),
    Case(
        "no more than the very objects may be written",
        set(),
        PROBED,
        target=lambda policy: limited(policy, (WRITE,), Resource=[arn(MP4), arn(f"{HLS}*"), arn(POSTER)]),
    ),
    Case(
        "another principal is named",
        NO_WRITING,
        NO_CLEANING,
        ACLS,
        target=lambda policy: [
            {**one, "Principal": {"AWS": [one["Principal"]["AWS"].replace("user/", "user/no")]}} for one in policy
        ],
    ),
]


@pytest.mark.parametrize("profile", ["", "client"], ids=["as-the-stack", "as-the-client"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name.replace(" ", "-"))
def test_the_report_names_exactly_what_was_left_out(desk: Desk, case: Case, profile: str) -> None:
    """And nothing once the full grant is attached."""
    desk.attach(INPUT, case.source(desk.full[INPUT]))
    desk.attach(OUTPUT, case.target(desk.full[OUTPUT]))

    found = desk.report(profile=profile)

    assert told(found.errors) == case.errors
    if profile:
        assert told(found.warnings) == (case.named or case.warnings | case.foretold)
    else:
        assert told(found.warnings) == case.warnings
    for bucket, policy in desk.full.items():
        desk.attach(bucket, policy)
    assert desk.report(profile=profile).gaps == ()
    assert desk.everything() == ([], [])


@pytest.fixture
def entitled(desk: Desk) -> Desk:
    for bucket, policy in desk.full.items():
        desk.attach(bucket, policy)
    return desk


def test_a_source_that_is_missing_is_told_from_a_grant_that_is_missing(entitled: Desk) -> None:
    gone = {"input": f"s3://{INPUT}/films/gone.mp4"}

    found = entitled.report(**gone)
    assert [gap.error.code for gap in found.gaps] == ["source_not_found"]

    entitled.attach(INPUT, without(entitled.full[INPUT], LIST))
    unlisted = entitled.report(**gone)
    assert told(unlisted.errors) == {(READ, f"s3://{INPUT}/films/gone.mp4")}
    assert "a 403 stands for a missing source, too" in unlisted.errors[0].error.message
    assert not unlisted.errors[0].certain


def test_a_source_without_bytes_is_refused(entitled: Desk) -> None:
    entitled.client.s3.put_object(Bucket=INPUT, Key="films/film.mp4", Body=b"")

    assert told(entitled.report().gaps) == {("source_empty", SOURCE)}


def test_what_the_document_shows_and_what_the_storage_refuses_come_at_once(entitled: Desk) -> None:
    """Nothing of another client is touched to find out."""
    entitled.attach(OUTPUT, [])
    entitled.client.s3.delete_object(Bucket=INPUT, Key="films/film.mp4")
    outputs = [
        {"type": "mp4", "preset": "9000p", "to": MP4},
        {"type": "poster", "to": "s3://somebodys-bucket/film.jpg"},
    ]

    found = entitled.report(outputs=outputs)

    codes = {"location_not_allowed", "unknown_preset", "source_not_found", "access_denied"}
    assert {gap.error.code for gap in found.errors} == codes
    assert told(found.errors) >= {(WRITE, MP4), ("source_not_found", SOURCE)}
    assert "somebodys-bucket" not in {one.requirement.need.location.bucket for one in found.examined}


def test_a_bucket_that_does_not_exist_is_told_once(entitled: Desk) -> None:
    entitled.client.s3.delete_bucket(Bucket=OUTPUT)
    try:
        assert [gap.error.code for gap in entitled.report().gaps] == ["bucket_not_found"]
    finally:
        entitled.client.s3.create_bucket(Bucket=OUTPUT)


def test_a_refusal_that_no_policy_explains_is_said_to_be_one(entitled: Desk) -> None:
    """A condition on something that the policies' reader cannot know."""
    entitled.attach(INPUT, limited(entitled.full[INPUT], (READ,), Condition={"StringLike": {"aws:UserAgent": "no*"}}))

    found = entitled.report(profile="client")

    assert "No policy that could be read refuses it" in found.errors[0].error.message
    assert "ct explain ClientA" in found.errors[0].error.remedy


def test_from_refused_to_done(rgw: Rgw, desk: Desk, stack: Principal, sources: dict[str, Path], tmp_path: Path) -> None:
    """The worker finds what ct preflight finds; when that is mended, the job runs; nothing is left of any attempt."""
    ct = ct_as(stack.keys, stack.arn, rgw.endpoint, tmp_path / "home")
    desk.client.s3.upload_file(str(sources["short.mp4"]), INPUT, "films/film.mp4")
    job = json.dumps(DOCUMENT)

    refused = ct.run(job)
    assert refused.code == ExitCode.CLIENT
    assert refused.data["error"]["code"] == "access_denied"
    for where in (SOURCE, MP4, f"{HLS}*", POSTER):
        assert where in refused.data["error"]["message"]

    stopped = ct("submit", "-", "--preflight", "--json", stdin=job)
    assert stopped.code == ExitCode.CLIENT
    assert {gap["location"] for gap in stopped.data["gaps"]} == {SOURCE, *WRITTEN}
    assert len(ct("job", "list", "--json").data) == 1

    for gap in stopped.data["gaps"]:
        assert "`ct grant ClientA`" in gap["remedy"]
    for bucket, policy in desk.full.items():
        desk.attach(bucket, policy)
    green = ct("preflight", "-", stdin=job)
    assert (green.code, {line.split()[0] for line in green.out.splitlines()}) == (ExitCode.DONE, {"pass"})
    assert desk.everything() == ([], [])

    done = ct("submit", "-", "--preflight", "--wait", "--json", stdin=job)
    assert (done.code, done.data["state"]) == (ExitCode.DONE, "done")
    keys, uploads = desk.everything()
    assert uploads == []
    assert not any("probe" in key for key in keys)
