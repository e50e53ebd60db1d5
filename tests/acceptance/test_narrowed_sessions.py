"""Each job works on a session that reaches its own keys alone, though the stack's role reaches every bucket.

On this server a role's own policy opens every bucket without a word of the owner's, so that nothing but the session
policy can be what refuses.
"""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from types_boto3_s3 import S3Client

from cloudtranscode.bootstrap.stack import Stack
from cloudtranscode.clients.client import Client as Registered
from cloudtranscode.clients.proof import How
from cloudtranscode.errors import AccessDenied
from cloudtranscode.jobs.job import Job
from cloudtranscode.jobs.needs import needs_of
from cloudtranscode.jobs.spec import parse_job
from cloudtranscode.jobs.state import JobState
from cloudtranscode.location import S3Location
from cloudtranscode.settings import Settings
from cloudtranscode.storage.s3 import s3_client
from support.ceph import Keys, Rgw, User, remove_bucket
from support.ct import Ct, content, ct_as, unfinished_uploads
from support.reference import INPUT, OUTPUT, Client, outcome
from support.wiretap import Wiretap, tapped

THEIRS_IN, THEIRS_OUT = "ClientB_bucket_in", "ClientB_bucket_out"
ACCOUNT, THEIR_ACCOUNT = "444455556666", "777788889999"
SOURCE = "input/Ein Film, 東京.mp4"
OTHER = "input/other.mp4"
DENIED = (403, "AccessDenied")
OPENED = (200, "")
OPEN = {"Effect": "Allow", "Action": ["s3:*"], "Resource": ["arn:aws:s3:::*"]}


def document(client: str = "ClientA", source: str = f"s3://{INPUT}/{SOURCE}") -> dict[str, Any]:
    to = f"s3://{OUTPUT if client == 'ClientA' else THEIRS_OUT}/video 1"
    outputs = [
        {"type": "mp4", "preset": "360p", "to": f"{to}/360p.mp4"},
        {"type": "hls", "presets": ["360p"], "to": f"{to}/hls/"},
        {"type": "poster", "at": "1s", "to": f"{to}/poster.jpg"},
    ]
    return {"client": client, "input": source, "outputs": outputs}


class Silent:
    """The leash of a job that nobody holds."""

    stop = threading.Event()

    def confirm(self) -> None:
        """Nobody stops it."""

    def report(self, progress: object) -> None:
        """Nobody listens."""


@pytest.fixture
def neighbour(rgw: Rgw) -> Iterator[Client]:
    """ClientB, with a source of its own."""
    user = rgw.create_user()
    s3 = rgw.s3(user.keys)
    for bucket in (THEIRS_IN, THEIRS_OUT):
        s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=THEIRS_IN, Key=SOURCE, Body=b"for ClientB's eyes only")
    yield Client(user, s3)
    for bucket in (THEIRS_IN, THEIRS_OUT):
        remove_bucket(s3, bucket)


@pytest.fixture
def mighty(rgw: Rgw, client: Client, sources: dict[str, Path]) -> tuple[str, Keys]:
    """A role that may do everything in every bucket, and a session of it; ClientA has two sources."""
    client.s3.upload_file(str(sources["short.mp4"]), INPUT, SOURCE)
    client.s3.put_object(Bucket=INPUT, Key=OTHER, Body=b"another film of ClientA")
    user = rgw.create_user()
    name = f"mighty-{uuid.uuid4().hex[:8]}"
    role = rgw.create_role(name, user)
    rgw.put_role_policy(name, json.dumps({"Version": "2012-10-17", "Statement": [OPEN]}))
    return role, rgw.assume(user, role)


@pytest.fixture
def wiretap(rgw: Rgw) -> Iterator[Wiretap]:
    with tapped(rgw.endpoint) as tap:
        yield tap


@pytest.fixture
def ct(mighty: tuple[str, Keys], wiretap: Wiretap, tmp_path: Path) -> Ct:
    """A stack that works on narrowed sessions or not at all."""
    role, keys = mighty
    return ct_as(keys, role, wiretap.url, tmp_path / "home").with_variables(CT_NARROW_SESSIONS="require")


@pytest.fixture
def stack(ct: Ct, neighbour: Client, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stack]:
    """The same stack within this process, with its two clients."""
    for name, value in ct.environment.items():
        if name.startswith("AWS_"):
            monkeypatch.setenv(name, value)
    stack = Stack(Settings(home=ct.home, stack_arn=ct.environment["CT_STACK_ARN"], narrow_sessions="require"))
    register(stack, Registered("ClientA", ACCOUNT, S3Location(INPUT), S3Location(OUTPUT)))
    register(stack, Registered("ClientB", THEIR_ACCOUNT, S3Location(THEIRS_IN), S3Location(THEIRS_OUT)))
    yield stack
    stack.database.dispose()


def register(stack: Stack, client: Registered) -> None:
    stack.clients.add(client)
    stack.clients.accept(client, How.STATED, "tests")


def session_of(stack: Stack, words: dict[str, Any]) -> S3Client:
    """What a worker holds while it runs this document."""
    client = stack.clients.get(words["client"])
    return s3_client(stack.sessions.of_job("job-1", client, needs_of(parse_job(words))))


def test_the_session_of_a_job_reaches_its_own_keys_alone(rgw: Rgw, stack: Stack, mighty: tuple[str, Keys]) -> None:
    everything = rgw.s3(mighty[1])
    for bucket, key in ((INPUT, SOURCE), (INPUT, OTHER), (THEIRS_IN, SOURCE)):
        assert outcome(everything.get_object, Bucket=bucket, Key=key) == OPENED
    assert outcome(everything.put_object, Bucket=THEIRS_OUT, Key="planted", Body=b"") == OPENED

    narrowed = session_of(stack, document())

    assert outcome(narrowed.get_object, Bucket=INPUT, Key=SOURCE) == OPENED
    assert outcome(narrowed.get_object, Bucket=INPUT, Key=OTHER) == DENIED
    assert outcome(narrowed.get_object, Bucket=THEIRS_IN, Key=SOURCE) == DENIED
    assert outcome(narrowed.get_object, Bucket=THEIRS_OUT, Key="planted") == DENIED
    assert outcome(narrowed.list_objects_v2, Bucket=THEIRS_IN) == DENIED
    for key in ("video 1/360p.mp4", "video 1/hls/360p/0.m4s", "video 1/poster.jpg"):
        assert outcome(narrowed.put_object, Bucket=OUTPUT, Key=key, Body=b"") == OPENED
    for bucket, key in ((OUTPUT, "video 2/360p.mp4"), (OUTPUT, "video 1/hls2"), (INPUT, SOURCE), (THEIRS_OUT, "x")):
        assert outcome(narrowed.put_object, Bucket=bucket, Key=key, Body=b"") == DENIED
    assert outcome(narrowed.delete_object, Bucket=OUTPUT, Key="video 1/360p.mp4") == DENIED
    assert outcome(narrowed.get_bucket_policy, Bucket=INPUT)[0] == 403
    narrowed.close()
    everything.close()


def test_a_job_that_slipped_past_every_check_reads_nothing_of_its_neighbours(stack: Stack) -> None:
    """The steps themselves, on a document that the step before them would have refused."""
    stolen = document("ClientB", f"s3://{INPUT}/{SOURCE}")

    with pytest.raises(AccessDenied, match="ClientA_bucket_in"):
        stack.phases().preflight(Job("job-1", "ClientB", JobState.RUNNING, stolen), Silent())


@pytest.mark.parametrize("key", ["what?.mp4", "5*.mp4", "${aws:username} +%.mp4", "10:30.mp4"])
def test_keys_that_policies_take_for_patterns_can_be_read(stack: Stack, client: Client, key: str) -> None:
    client.s3.put_object(Bucket=INPUT, Key=key, Body=b"")
    narrowed = session_of(stack, document(source=f"s3://{INPUT}/{key}"))

    assert outcome(narrowed.get_object, Bucket=INPUT, Key=key) == OPENED
    assert outcome(narrowed.get_object, Bucket=INPUT, Key=OTHER) == DENIED
    narrowed.close()


@pytest.mark.usefixtures("stack")
def test_a_whole_job_runs_on_its_session_and_each_request_names_the_owner(
    ct: Ct, client: Client, wiretap: Wiretap, mighty: tuple[str, Keys]
) -> None:
    ended = ct.run(json.dumps(document()))

    assert (ended.code, ended.data["error"]) == (0, None)
    assert {"video 1/360p.mp4", "video 1/hls/master.m3u8", "video 1/poster.jpg"} <= content(client.s3, OUTPUT).keys()
    assert unfinished_uploads(client.s3, OUTPUT) == []
    on_buckets = [headers for path, headers in wiretap.requests() if path.split("/")[1]]
    assert len(on_buckets) > 20
    assert {headers.get("x-amz-expected-bucket-owner") for headers in on_buckets} == {ACCOUNT}
    # One session for all of them, and it is not the stack's own.
    tokens = {headers["x-amz-security-token"] for headers in on_buckets}
    assert len(tokens) == 1
    assert tokens != {mighty[1].token}


def test_a_stack_that_is_no_role_says_so_once_and_works_as_before(
    rgw: Rgw, client: Client, stack_user: User, sources: dict[str, Path], tmp_path: Path
) -> None:
    client.s3.upload_file(str(sources["short.mp4"]), INPUT, SOURCE)
    for bucket in (INPUT, OUTPUT):
        statement = OPEN | {"Principal": {"AWS": stack_user.arn}, "Resource": [f"arn:aws:s3:::{bucket}/*"]}
        client.attach(bucket, json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    ct = ct_as(stack_user.keys, stack_user.arn, rgw.endpoint, tmp_path / "home")
    ct.register("ClientA", ACCOUNT, f"s3://{INPUT}", f"s3://{OUTPUT}")

    with ct.worker() as log:
        first, second = (ct.run(json.dumps(document())) for _ in range(2))
    insisting = ct.with_variables(CT_NARROW_SESSIONS="require").run(json.dumps(document()))

    assert (first.code, second.code) == (0, 0)
    assert log.read_text().count("jobs work on the stack's own session") == 1
    assert insisting.data["error"]["code"] == "session_refused"
    assert insisting.data["error"]["side"] == "stack"


@pytest.fixture
def stack_user(rgw: Rgw) -> User:
    return rgw.create_user()
