"""``ct explain``: gather what can be seen and tried about a refusal, and put it to the engine."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import boto3

from cloudtranscode.bootstrap.stack import Stack, named_source
from cloudtranscode.clients.client import Client, Mode
from cloudtranscode.entitlements.arn import Arn
from cloudtranscode.entitlements.explain.answer import Answer, Verdict, cause_of_code
from cloudtranscode.entitlements.explain.evidence import Access, Evidence, ObjectSnapshot, Probe
from cloudtranscode.entitlements.explain.explain import explain
from cloudtranscode.entitlements.explain.explanation import Explanation
from cloudtranscode.entitlements.grant import GrantOrder
from cloudtranscode.entitlements.snapshot import BucketSnapshot
from cloudtranscode.errors import AccessDenied, CloudTranscodeError, InvalidDocument, JobNotFound, UnknownClient
from cloudtranscode.identity.look import ask_organization, look_at_bucket, look_at_object, look_at_stack
from cloudtranscode.identity.session import client_session
from cloudtranscode.identity.whoami import who_am_i
from cloudtranscode.jobs.job import Job
from cloudtranscode.jobs.needs import object_of
from cloudtranscode.jobs.spec import parse_job
from cloudtranscode.jobs.state import JobState
from cloudtranscode.location import S3Location
from cloudtranscode.storage.probes import Listing, Prober, asked_for

_AWS_ACCOUNT_DIGITS = 12
_FORBIDDEN = 403
_PAUSE_S = 3.0  # S3 knows a new policy within seconds, as a rule
_LATELY = timedelta(hours=24)
_SOURCE, _RESULT = "cloudtranscode-verify", "cloudtranscode-probe"  # asked for where nobody names an object
# Roles that AWS hands to a machine or a container come whole.
_NEVER_NARROWED = {"iam-role", "container-role"}


@dataclass(frozen=True, slots=True)
class Question:
    """What is to be explained: a client's name or a job's id; ``None`` for ``access`` asks for every kind.

    ``key`` names the object to read, ``profile`` a profile with the client's own credentials.
    """

    about: str
    access: Access | None = None
    key: str | None = None
    profile: str = ""


@dataclass(frozen=True, slots=True)
class _Case:
    """A client, the objects in question, and the credentials to ask with.

    ``work`` asks as jobs do, ``prober`` with all that the principal may; ``owner`` acts as the client.
    """

    stack: Stack
    client: Client
    source: S3Location
    named: bool
    results: tuple[S3Location, ...]
    order: GrantOrder
    owner: boto3.Session | None
    sleep: Callable[[float], None]
    session: boto3.Session
    work: Prober
    prober: Prober
    looked: dict[str, BucketSnapshot] = field(default_factory=dict)

    @property
    def result(self) -> S3Location:
        """The first of the results."""
        return self.results[0]

    @property
    def home(self) -> boto3.Session:
        """What may ask IAM about the principal: its own account's credentials."""
        return (self.owner or self.session) if self.order.role else self.stack.session


def explain_refusals(
    stack: Stack, question: Question, sleep: Callable[[float], None] = time.sleep
) -> list[Explanation]:
    """Attempt what is asked about and explain each refusal; what is permitted is told as such.

    Nothing is changed anywhere. Errors: ``UnknownClient``, ``LocationNotAllowed``, those of :attr:`Stack.identity`,
    and of the profile.
    """
    client, job = _about(stack, question.about)
    wanted = (question.access,) if question.access else _refused_by(job)
    try:
        case = _open(stack, client, job, question, sleep)
    except AccessDenied as error:
        if client.terms.mode is not Mode.ASSUME_ROLE:
            raise
        return [explain(_unassumed(stack, client, access, error)) for access in wanted]
    return [explain(_evidence(case, access)) for access in wanted]


# --- what is asked about ----------------------------------------------------------------------------------------


def _open(stack: Stack, client: Client, job: Job | None, question: Question, sleep: Callable[[float], None]) -> _Case:
    source, named, results = _objects(stack, client, job, question.key)
    session = stack.sessions.of_client(client)
    account = client.account if _is_account(client.account) else None
    work = Prober(session, account)
    # Only the stack's own session may try what lies outside of the client's locations, and only where it is whom the
    # client lets in.
    whole = client.terms.mode is not Mode.ASSUME_ROLE and not stack.settings.job_role_arn
    prober = Prober(stack.session, account) if whole and session is not stack.session else work
    return _Case(
        stack=stack,
        client=client,
        source=source,
        named=named,
        results=results,
        order=_order(stack, client),
        owner=client_session(question.profile) if question.profile else None,
        sleep=sleep,
        session=session,
        work=work,
        prober=prober,
    )


def _order(stack: Stack, client: Client) -> GrantOrder:
    """What was agreed on, with the principal that really asks: a client may let the stack act as a role of its own."""
    order = stack.grant_order(client)
    if client.terms.mode is not Mode.ASSUME_ROLE or order.role is None:
        return order
    return replace(order, stack_arn=order.role.arn, stack_account=client.account)


def _refused_by(job: Job | None) -> tuple[Access, ...]:
    """What a job's error says was refused; anything, when it says nothing or there is no job."""
    message = job.error.message if job and job.error else ""
    told = tuple(access for access in (Access.READ, Access.WRITE) if access.action in message)
    return told or (Access.READ, Access.WRITE)


def _unassumed(stack: Stack, client: Client, access: Access, error: AccessDenied) -> Evidence:
    target = client.input.child(_SOURCE) if access is Access.READ else client.output.child(_RESULT)
    answer = Answer(Verdict.REFUSED, _FORBIDDEN, "AssumeRole", error.message)
    return Evidence(_order(stack, client), access, target, {Probe.AS_JOB: answer}, datetime.now(UTC), named=False)


def _about(stack: Stack, name: str) -> tuple[Client, Job | None]:
    with suppress(UnknownClient, InvalidDocument):
        return stack.clients.get(name), None
    try:
        job = stack.jobs.get(name)
    except JobNotFound as error:
        raise UnknownClient(
            f"{name!r} is neither a client nor a job.", remedy="`ct client list` and `ct job list` show them."
        ) from error
    return stack.clients.get(job.client), job


def _objects(
    stack: Stack, client: Client, job: Job | None, key: str | None
) -> tuple[S3Location, bool, tuple[S3Location, ...]]:
    """The source, whether somebody named it, and the places of the results; what nobody names is made up."""
    told = job or stack.jobs.latest_of(client.name)
    spec = parse_job(told.document) if told else None
    results = tuple(spec.destinations) if job and spec else (client.output.child(_RESULT),)
    source = named_source(client, key) if key else object_of(told, client)
    return source or client.input.child(_SOURCE), source is not None, results


# --- what can be seen and tried -----------------------------------------------------------------------------------


def _evidence(case: _Case, access: Access) -> Evidence:
    target, answer = _first_refused(case, access)
    evidence = Evidence(
        order=case.order,
        access=access,
        target=target,
        answers={Probe.AS_JOB: answer},
        at=datetime.now(UTC),
        named=case.named,
        tls=case.prober.endpoint.startswith("https:"),
        temporary=not case.stack.identity.long_lived,
        narrowable=case.stack.identity.method not in _NEVER_NARROWED,
        acts_as=_acts_as(case),
    )
    if answer.verdict is Verdict.ABSENT:
        listing = case.prober.look_around(target, case.client.input)[1]
        return replace(evidence, object=_object(case, access, listing))
    if not answer.refused or cause_of_code(answer):
        return evidence
    answers, listing = _attempts(case, access, target)
    other = case.result if access is Access.READ else case.source
    return replace(
        evidence,
        answers={**evidence.answers, **answers},
        bucket=_look(case, target.bucket),
        other=_look(case, other.bucket),
        object=_object(case, access, listing),
        stack=look_at_stack(case.home, case.order.principal),
        organization=ask_organization(case.home, case.order.principal, access.action, target.arn(case.order.partition)),
        accepted=case.prober.accepts_credentials(),
        others_served=_others_served(case),
    )


def _first_refused(case: _Case, access: Access) -> tuple[S3Location, Answer]:
    """Ask for each place in question until one is refused."""
    if access is Access.READ:
        return case.source, case.work.ask(access, case.source)
    for place in case.results:
        answer = case.work.ask(access, place)
        if not answer.permitted:
            break
    return asked_for(access, place), answer


def _look(case: _Case, bucket: str) -> BucketSnapshot:
    """Look with the client's own credentials, or with ours as far as they go."""
    if bucket not in case.looked:
        try:
            case.looked[bucket] = look_at_bucket(case.owner or case.stack.session, bucket, case.client.account)
        except CloudTranscodeError:
            if case.owner is not None:
                raise
            case.looked[bucket] = BucketSnapshot(bucket, case.client.account)
    return case.looked[bucket]


def _attempts(case: _Case, access: Access, target: S3Location) -> tuple[dict[Probe, Answer], Listing | None]:
    """Vary the refused request; last of all, make it again."""
    prober, listing = case.prober, None
    answers = dict(prober.vary(access, target))
    if case.work is not prober:
        answers[Probe.WHOLE_SESSION] = prober.ask(access, target)
    if access is Access.READ:
        answers[Probe.LISTING], listing = prober.look_around(target, case.client.input)
        if listing and listing.neighbour:
            answers[Probe.NEIGHBOUR] = prober.ask(access, S3Location(target.bucket, listing.neighbour))
        answers[Probe.OTHER_BUCKET] = prober.ask(Access.WRITE, case.result)
        if case.owner is not None:
            answers[Probe.AS_OWNER] = Prober(case.owner).ask(access, target)
    else:
        answers[Probe.OTHER_BUCKET] = prober.look_around(case.source, case.client.input)[0]
    case.sleep(_PAUSE_S)
    answers[Probe.AGAIN] = case.work.ask(access, target)
    return answers, listing


def _object(case: _Case, access: Access, listing: Listing | None) -> ObjectSnapshot | None:
    """The object as its owner sees it, or as much of it as a listing tells."""
    if access is not Access.READ:
        return None
    if case.owner is not None:
        return look_at_object(case.owner, case.source.bucket, case.source.key, case.client.input.key)
    return ObjectSnapshot(exists=listing.exists, similar=listing.similar) if listing else None


def _acts_as(case: _Case) -> str | None:
    """Who STS says we are, where the settings claim to know; a role's path, which STS leaves out, is no difference."""
    if not (case.stack.settings.stack_arn or case.stack.settings.job_role_arn):
        return None
    try:
        found = who_am_i(case.session).arn
    except CloudTranscodeError:
        return None
    told, seen = Arn.parse(case.order.principal), Arn.parse(found)
    same = (told.account, told.kind, told.name) == (seen.account, seen.kind, seen.name)
    return case.order.principal if same else found


def _others_served(case: _Case) -> bool | None:
    """Whether jobs of other clients came to a good end lately; false when all that ended were refused."""
    since = (datetime.now(UTC) - _LATELY).timestamp()
    ended = [
        job
        for job in case.stack.jobs.list(200, frozenset({JobState.DONE, JobState.FAILED}))
        if job.client != case.client.name and (job.finished_at or 0) > since
    ]
    if any(job.state is JobState.DONE for job in ended):
        return True
    refused = [job for job in ended if job.error and job.error.code == AccessDenied.code]
    return False if refused and len(refused) == len(ended) else None


def _is_account(text: str) -> bool:
    return text.isdigit() and len(text) == _AWS_ACCOUNT_DIGITS
