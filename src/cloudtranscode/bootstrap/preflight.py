"""Whether a job would be let in, before it is queued: what its document shows, what is foretold, and what is tried."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import replace

import boto3

from cloudtranscode.bootstrap.stack import Stack
from cloudtranscode.clients.client import Client
from cloudtranscode.entitlements.arn import Arn
from cloudtranscode.entitlements.grant import grant_sheet
from cloudtranscode.entitlements.order import GrantOrder
from cloudtranscode.entitlements.preflight import Advice, Attempt, Examined, Report, owed, predict, report, requirements
from cloudtranscode.entitlements.snapshot import StackSnapshot
from cloudtranscode.errors import (
    AccessDenied,
    CloudTranscodeError,
    ControlUnproven,
    InvalidDocument,
    LocationTaken,
    OriginNotAllowed,
    UnknownPreset,
)
from cloudtranscode.identity.look import look_at_bucket, look_at_stack
from cloudtranscode.identity.session import client_session
from cloudtranscode.jobs.authorise import authorise
from cloudtranscode.jobs.needs import acl_of, needs_of
from cloudtranscode.jobs.spec import JobSpec
from cloudtranscode.storage.s3 import s3_client
from cloudtranscode.workflow.probes import Probes, reach


def preflight(stack: Stack, spec: JobSpec, profile: str = "") -> Report:
    """Report every gap of a job at once; nothing is queued, and no trace is left in any bucket.

    ``profile`` has the client's own credentials, which see the policies that decide; without it the stack looks for
    itself, as far as it may. What is not the client's own, or not proven to be, is not touched.
    Errors: ``UnknownClient``, those of :attr:`Stack.identity`, and of a storage that does not answer.
    """
    client = stack.clients.get(spec.client)
    order = stack.grant_order(client)
    faults = list(_faults(stack, spec, client))
    nobodys = any(isinstance(fault, LocationTaken | ControlUnproven) for fault in faults)
    needs = () if nobodys else needs_of(spec, client, acl=acl_of(client))
    session = client_session(profile) if profile else stack.session
    names = dict.fromkeys(need.location.bucket for need in needs)
    buckets = {name: look_at_bucket(session, name, client.account) for name in names}
    wanted = requirements(owed(needs, _account(order), buckets))
    try:
        attempts = Probes(stack.store_of(client)).attempt(wanted)
    except AccessDenied as refused:  # no session: the client's role does not let the stack in
        faults.append(refused)
        attempts = (Attempt(),) * len(wanted)
    if not any(isinstance(fault, OriginNotAllowed) for fault in faults):
        faults += reach(spec.sources, stack.web(lambda _done, _of: None))[1]
    who, context = _who(stack, order, session), _context(stack)
    examined = [
        Examined(one, predict(one, who, buckets[one.need.location.bucket], context), attempt)
        for one, attempt in zip(wanted, attempts, strict=True)
    ]
    return report(examined, Advice(grant_sheet(order), order.principal), faults)


def _faults(stack: Stack, spec: JobSpec, client: Client) -> Iterator[CloudTranscodeError]:
    """What is wrong with the document whatever the storage says."""
    try:
        authorise(spec, client, stack.clients.around(client), stack.origins)
    except CloudTranscodeError as refused:
        yield refused
    unusable: dict[str, CloudTranscodeError] = {}
    for choice in spec.choices:
        try:
            stack.presets.load(choice)
        except (UnknownPreset, InvalidDocument) as fault:
            unusable[fault.message] = fault
    yield from unusable.values()


def _account(order: GrantOrder) -> str:
    """The account that the stack acts in: the client's, where it assumes a role there."""
    return order.client_account if order.role else order.stack_account


def _who(stack: Stack, order: GrantOrder, session: boto3.Session) -> StackSnapshot:
    """Whom the storage sees, as far as that can be looked at; a session does not tell the path of its role."""
    if order.role:
        return look_at_stack(session, order.role.arn)
    seen = look_at_stack(stack.session, order.principal)
    return replace(seen, arn=order.stack_arn) if Arn.parse(order.stack_arn).is_session else seen


def _context(stack: Stack) -> Mapping[str, tuple[str, ...]]:
    """What every request of the stack carries, by the clock of this machine."""
    now = time.time()
    secure = s3_client(stack.session).meta.endpoint_url.startswith("https:")
    return {
        "aws:CurrentTime": (time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now)),),
        "aws:EpochTime": (str(int(now)),),
        "aws:SecureTransport": (str(secure).lower(),),
    }
