"""``ct explain`` over a matrix of planted faults: the true cause is found, with the client's profile and without it."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import botocore.auth
import botocore.loaders
import pytest

from acceptance.explain_faults import EVERYWHERE, ON_AWS, ON_GATEWAY
from cloudtranscode.bootstrap.explaining import Question, explain_refusals
from cloudtranscode.bootstrap.stack import Stack
from cloudtranscode.cli.exit_codes import ExitCode
from cloudtranscode.cli.main import run
from cloudtranscode.clients.client import Mode, Terms
from cloudtranscode.devstack.scenario import STACK_ACCOUNT, Credentials, assume
from cloudtranscode.devstack.server import Devstack
from cloudtranscode.entitlements.explain.catalogue import BY_ID
from cloudtranscode.entitlements.explain.evidence import Access, Probe
from cloudtranscode.entitlements.explain.explanation import Explanation
from cloudtranscode.errors import AccessDenied, Side
from cloudtranscode.jobs.state import JobState
from cloudtranscode.location import S3Location
from cloudtranscode.storage.probes import Prober
from support.ceph import Rgw
from support.faults import KEY, Bench, Fault, Keys, client_of, environment, register, unique

CLIENT_ACCOUNT, OTHER_ACCOUNT = "444455556666", "777788889999"
_ACTIONS = ["s3:*", "kms:*", "iam:Get*", "iam:List*", "iam:SimulatePrincipalPolicy"]


@dataclass
class Imitation:
    """The embedded server, and what the plants change about the stack's account in it."""

    devstack: Devstack
    launcher: Credentials
    ahead: list[timedelta]

    @property
    def backend(self) -> Any:
        return self.devstack.backend

    def role(self) -> str:
        trust = allow("sts:AssumeRole", None, Principal={"AWS": f"arn:aws:iam::{STACK_ACCOUNT}:user/launcher"})
        return self.backend.create_role(STACK_ACCOUNT, unique("stack_prod"), trust, allow(_ACTIONS))  # type: ignore[no-any-return]

    def session(self, role: str, policy: str = "") -> Keys:
        return assume(self.launcher, role, "worker", policy).environment()

    def role_policy(self, role: str, text: str) -> None:
        self.iam.put_role_policy(role.rsplit("/", 1)[1], "inline", text)

    def boundary(self, role: str, text: str) -> None:
        made = self.iam.create_policy(None, "/", text, unique("boundary"), [])
        self.iam.put_role_permissions_boundary(role.rsplit("/", 1)[1], made.arn)

    def other_user(self, _role: str) -> Keys:
        keys = self.backend.create_user(STACK_ACCOUNT, unique("somebody"), allow(_ACTIONS))
        return Credentials(self.devstack.endpoint, *keys).environment()

    def hours_later(self, hours: int) -> None:
        self.ahead[0] = timedelta(hours=hours)

    @property
    def iam(self) -> Any:
        from moto.iam.models import iam_backends  # noqa: PLC0415

        return iam_backends[STACK_ACCOUNT]["aws"]


def allow(actions: Any, resource: str | None = "*", **elements: Any) -> str:
    statement = {"Effect": "Allow", "Action": actions, **({"Resource": resource} if resource else {}), **elements}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.fixture(scope="module")
def imitation() -> Iterator[Imitation]:
    ahead = [timedelta()]
    with Devstack(clock=lambda: datetime.now(UTC) + ahead[0]) as devstack:
        keys = devstack.backend.create_user(STACK_ACCOUNT, "launcher", allow("sts:AssumeRole"))
        yield Imitation(devstack, Credentials(devstack.endpoint, *keys), ahead)


@contextmanager
def on_imitation(server: Imitation) -> Iterator[Bench]:
    """A client and a stack of the embedded server."""
    backend, endpoint = server.backend, server.devstack.endpoint
    users = [
        Credentials(endpoint, *backend.create_user(account, unique("admin"), allow("*"))).environment()
        for account in (CLIENT_ACCOUNT, OTHER_ACCOUNT)
    ]
    role = server.role()
    bench = Bench(
        name="ClientA",
        account=CLIENT_ACCOUNT,
        principal=role,
        keys=server.session(role),
        admin=client_of(users[0]),
        owner_keys=users[0],
        bucket_in=unique("clienta-in"),
        bucket_out=unique("clienta-out"),
        server=server,
        stranger=client_of(users[1]),
    )
    for bucket in (bench.bucket_in, bench.bucket_out):
        backend.create_bucket(CLIENT_ACCOUNT, bucket)
    try:
        yield entitled(bench)
    finally:
        server.ahead[0] = timedelta()
        backend.planted.clear()
        bench.close()


@contextmanager
def on_gateway(rgw: Rgw) -> Iterator[Bench]:
    """The same on a RADOS Gateway, where users stand for accounts."""
    users = [rgw.create_user() for _ in range(3)]
    keys = [
        {
            "AWS_ACCESS_KEY_ID": one.keys.access,
            "AWS_SECRET_ACCESS_KEY": one.keys.secret,
            "AWS_ENDPOINT_URL": rgw.endpoint,
        }
        for one in users
    ]
    bench = Bench(
        name="ClientA",
        account="clienta",
        principal=users[0].arn,
        keys={**keys[0], "AWS_REGION": "us-east-1"},
        admin=client_of(keys[1]),
        owner_keys=keys[1],
        bucket_in=unique("clienta-in"),
        bucket_out=unique("clienta-out"),
        server=None,
        stranger=client_of(keys[2]),
    )
    for bucket in (bench.bucket_in, bench.bucket_out):
        bench.admin.create_bucket(Bucket=bucket)
    try:
        yield entitled(bench)
    finally:
        bench.close()


def entitled(bench: Bench) -> Bench:
    """Everything as it should be."""
    bench.admin.put_object(Bucket=bench.bucket_in, Key=KEY, Body=b"film")
    bench.policy(bench.bucket_in, bench.read(), bench.look())
    bench.policy(bench.bucket_out, bench.write())
    return bench


def explained(bench: Bench, fault: Fault, folder: Path, profile: str) -> Explanation:
    with environment(bench.keys, folder, bench.owner_keys), clock(bench.clock_ahead):
        stack = register(bench, folder / "home")
        tell_of_others(stack, bench.others_served)
        question = Question(bench.name, fault.access, None if fault.access != "read" else bench.key, profile)
        return explain_refusals(stack, question, sleep=lambda _: bench.during())[0]


@contextmanager
def clock(ahead: timedelta) -> Iterator[None]:
    """Let requests be signed by a clock that is wrong."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(botocore.auth, "get_current_datetime", lambda: datetime.now(UTC).replace(tzinfo=None) + ahead)
        yield


def tell_of_others(stack: Stack, served: bool | None) -> None:
    """Let jobs of another client have ended well, or in a refusal."""
    if served is None:
        return
    job = unique("job")
    stack.jobs.add(job, "ClientB", {})
    epoch = stack.jobs.claim(job, "worker").epoch
    error = None if served else AccessDenied("Refused.").report
    stack.jobs.finish(job, epoch, JobState.DONE if served else JobState.FAILED, error=error)


BARE, BLAMED = 20, 48  # what the stack's own attempts tell: the cause itself, the side that has to act
_SERVERS = {"gateway": "rgw", "imitation": "imitation"}
CASES = [
    *(pytest.param(fault, "gateway", id=f"rgw: {fault.name}") for fault in [*EVERYWHERE, *ON_GATEWAY]),
    *(pytest.param(fault, "imitation", id=f"aws: {fault.name}") for fault in ON_AWS),
]


@dataclass
class Matrix:
    """The rank of the true cause for each fault, and how often the right side was blamed, by view."""

    ranks: dict[str, dict[str, int]] = field(default_factory=lambda: {"profile": {}, "bare": {}})
    blamed: Counter[str] = field(default_factory=Counter)

    def table(self) -> str:
        """The figures as text: fault, rank with the profile, rank without it."""
        bare = self.ranks["bare"]
        return "\n".join(f"{name:64} {rank:3} {bare[name]:3}" for name, rank in self.ranks["profile"].items())


@pytest.fixture(scope="module")
def matrix() -> Matrix:
    return Matrix()


@pytest.fixture(scope="module", autouse=True)
def one_loader() -> Iterator[None]:
    """Let all sessions share the SDK's service models, which take most of the time otherwise."""
    loader = botocore.loaders.create_loader()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(botocore.loaders, "create_loader", lambda *_: loader)
        yield


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.mark.parametrize(("fault", "bed"), CASES)
def test_the_true_cause_is_listed(
    fault: Fault, bed: str, request: pytest.FixtureRequest, home: Path, tmp_path: Path, matrix: Matrix
) -> None:
    server = request.getfixturevalue(_SERVERS[bed])
    with on_gateway(server) if bed == "gateway" else on_imitation(server) as bench:
        for view, profile in (("bare", ""), ("profile", "client")):
            fault.plant(bench)
            explanation = explained(bench, fault, home if bench.others_served is None else tmp_path, profile)
            listed = [suspect.id for suspect in explanation.causes]
            assert explanation.refused
            assert fault.truth in listed, f"{view}: {listed}; {explanation.excluded.get(fault.truth)}"
            matrix.ranks[view][fault.name] = listed.index(fault.truth) + 1
            matrix.blamed[view] += explanation.causes[0].side is BY_ID[fault.truth].side


def test_the_true_cause_comes_first(matrix: Matrix) -> None:
    """With the client's profile nearly always; without it as often as S3's answers alone can tell."""
    first = {view: [name for name, rank in ranks.items() if rank == 1] for view, ranks in matrix.ranks.items()}
    faults = len(matrix.ranks["profile"])
    assert faults == len(CASES)
    assert len(first["profile"]) >= faults - 1, matrix.table()
    assert len(first["bare"]) >= BARE, matrix.table()
    assert matrix.blamed == {"profile": faults, "bare": BLAMED}


def _document(bench: Bench) -> dict[str, Any]:
    to = f"s3://{bench.bucket_out}/results/film.mp4"
    source = f"s3://{bench.bucket_in}/{KEY}"
    return {"client": bench.name, "input": source, "outputs": [{"type": "mp4", "preset": "360p", "to": to}]}


def test_of_a_job_what_its_error_names_is_explained(imitation: Imitation, tmp_path: Path) -> None:
    with on_imitation(imitation) as bench:
        bench.policy(bench.bucket_in)
        bench.policy(bench.bucket_out)
        with environment(bench.keys, tmp_path, bench.owner_keys):
            stack = register(bench, tmp_path)
            stack.jobs.add("job-1", bench.name, _document(bench))
            epoch = stack.jobs.claim("job-1", "worker").epoch
            error = AccessDenied(f"s3:PutObject on s3://{bench.bucket_out}/results/* was denied (AccessDenied).")
            stack.jobs.finish("job-1", epoch, JobState.FAILED, error=error.report)
            (explanation,) = explain_refusals(stack, Question("job-1", profile="client"), sleep=lambda _: None)
    assert explanation.evidence.target.folder == S3Location(bench.bucket_out, "results")
    assert explanation.causes[0].id == "policy-missing"


@pytest.mark.parametrize("bed", ["gateway", "imitation"])
def test_attempts_leave_nothing_behind(bed: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """Where all is permitted, too: what is written must be refused for another reason."""
    server = request.getfixturevalue(_SERVERS[bed])
    with on_gateway(server) if bed == "gateway" else on_imitation(server) as bench:
        bench.policy(bench.bucket_out, bench.write(Resource=f"arn:aws:s3:::{bench.bucket_out}/*"))
        with environment(bench.keys, tmp_path, bench.owner_keys):
            prober = Prober(register(bench, tmp_path).session)
            tried = [
                answer
                for access in (Access.WRITE, Access.CLIENT_READ)
                for _, answer in prober.vary(access, S3Location(bench.bucket_out, "results/a"))
            ]
        listed = bench.admin.list_objects_v2(Bucket=bench.bucket_out)
        uploads = bench.admin.list_multipart_uploads(Bucket=bench.bucket_out)
    assert sum(answer.permitted for answer in tried) >= 5  # this gateway encrypts nothing
    assert ("Contents" in listed, "Uploads" in uploads) == (False, False)


class TestSessions:
    """What jobs work on is asked with: sessions limited to a client, and roles in the client's account."""

    TERMS = Terms(Mode.ASSUME_ROLE, f"arn:aws:iam::{CLIENT_ACCOUNT}:role/for-the-stack", "an-id-that-nobody-guesses")

    def explain(self, bench: Bench, folder: Path, terms: Terms) -> Explanation:
        with environment(bench.keys, folder, bench.owner_keys):
            stack = register(bench, folder, terms)
            return explain_refusals(stack, Question(bench.name, Access.READ, KEY), sleep=lambda _: None)[0]

    def test_a_role_that_cannot_be_assumed(self, imitation: Imitation, tmp_path: Path) -> None:
        with on_imitation(imitation) as bench:
            explanation = self.explain(bench, tmp_path, self.TERMS)
        first = explanation.causes[0]
        assert (first.id, first.side) == ("role-trust", Side.CLIENT)
        assert "trust policy" in explanation.message

    def test_a_role_of_the_client_that_may_not_read(self, imitation: Imitation, tmp_path: Path) -> None:
        with on_imitation(imitation) as bench:
            said = {"StringEquals": {"sts:ExternalId": self.TERMS.external_id}}
            trust = allow(
                ["sts:AssumeRole", "sts:TagSession"], None, Principal={"AWS": bench.principal}, Condition=said
            )
            own = allow(["iam:Get*", "iam:List*"])
            imitation.role_policy(bench.principal, allow(["sts:*", *_ACTIONS]))
            imitation.backend.create_role(CLIENT_ACCOUNT, "for-the-stack", trust, own)
            bench.policy(bench.bucket_in)
            explanation = self.explain(bench, tmp_path, self.TERMS)
        assert explanation.evidence.order.principal == self.TERMS.role_arn
        suspects = {suspect.id: suspect for suspect in explanation.causes}
        assert suspects["identity-policy"].side is Side.CLIENT
        assert not {"policy-missing", "principal-kind"} & suspects.keys()
        assert list(suspects).index("identity-policy") < 2

    def test_a_session_that_is_limited_to_the_client(self, imitation: Imitation, tmp_path: Path) -> None:
        """Jobs get sessions of their own here, and the fault is found as if they did not."""
        with on_imitation(imitation) as bench:
            role = bench.principal.rsplit("/", 1)[1]
            trust = allow(["sts:AssumeRole", "sts:TagSession"], None, Principal={"AWS": bench.principal})
            imitation.iam.update_assume_role_policy(role, trust)
            imitation.role_policy(bench.principal, allow(["sts:*", *_ACTIONS]))
            bench.policy(bench.bucket_in, bench.read(), bench.deny(bench.bucket_in))
            with environment(bench.keys, tmp_path, bench.owner_keys):
                stack = register(bench, tmp_path)
                question = Question(bench.name, Access.READ, KEY, "client")
                (explanation,) = explain_refusals(stack, question, sleep=lambda _: None)
        assert Probe.WHOLE_SESSION in explanation.evidence.answers
        assert explanation.causes[0].id == "deny-principal"


class TestCommand:
    @pytest.fixture
    def bench(self, imitation: Imitation, tmp_path: Path) -> Iterator[Bench]:
        with on_imitation(imitation) as bench, environment(bench.keys, tmp_path, bench.owner_keys):
            os.environ |= {"CT_HOME": str(tmp_path), "CT_STACK_ARN": bench.principal}
            register(bench, tmp_path)
            yield bench

    def test_a_refusal_with_its_message(self, bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
        bench.policy(bench.bucket_in, bench.read(Action="s3:GetObjectVersion"))
        assert run(["explain", bench.name, "--key", KEY, "--profile", "client"]) == ExitCode.FAILED
        printed = capsys.readouterr().out
        assert f"Reading s3://{bench.bucket_in}/{KEY} is refused." in printed
        assert "1. found  action-missing" in printed
        assert "the client acts: Add s3:GetObject to the statement's actions." in printed
        assert "Dear ClientA team," in printed
        assert f"Writing to s3://{bench.bucket_out}/results is permitted." in printed

    def test_json(self, bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
        assert run(["explain", bench.name, "--access", "write", "--json"]) == ExitCode.DONE
        assert json.loads(capsys.readouterr().out)["refused"] is False
        bench.policy(bench.bucket_out)
        assert run(["explain", bench.name, "--access", "write", "--json"]) == ExitCode.FAILED
        (told,) = json.loads(capsys.readouterr().out)["explanations"]
        assert told["causes"][0]["id"] == "policy-missing"
        assert told["evidence"]["attempts"]["as-job"]["code"] == "AccessDenied"

    def test_nobody_and_nothing(self, bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
        assert run(["explain", "nobody"]) == ExitCode.STACK
        assert run(["explain", bench.name, "--access", "all"]) == ExitCode.USAGE
        assert "ct job list" in capsys.readouterr().err
