"""The AWS session of each piece of work for a client: as narrow as server and settings let it be."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import boto3

from cloudtranscode.clients.client import Client, Mode
from cloudtranscode.entitlements.narrow import (
    Bounds,
    assume_only,
    client_policies,
    job_policies,
    no_access,
    seal_policies,
)
from cloudtranscode.entitlements.needs import Need
from cloudtranscode.entitlements.seal import Seal
from cloudtranscode.errors import AccessDenied, CloudTranscodeError, SessionRefused
from cloudtranscode.identity.narrow import RoleSessions, SessionOrder, is_denied, is_of_policy, session_name
from cloudtranscode.identity.principal import Kind, Principal, parse_principal
from cloudtranscode.identity.whoami import Identity

log = logging.getLogger(__name__)

_STACK = "cloudtranscode"  # in place of a client's name, where a session is for no client
_AWS_ACCOUNT_DIGITS = 12

Policies = Callable[[Bounds], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class SessionRules:
    """What the settings say: ``CT_NARROW_SESSIONS`` and ``CT_JOB_ROLE_ARN``."""

    narrow: str
    job_role: str

    @property
    def insist(self) -> bool:
        """Whether a job fails where it cannot have a session of its own.

        Clients let in the job role alone, where there is one: then the stack's own session has nothing to offer.
        """
        return self.narrow == "require" or bool(self.job_role)


class Sessions:
    """Opens sessions with ``own``, the stack's session; ``identity`` tells the principal that clients name."""

    def __init__(self, own: boto3.Session, identity: Callable[[], Identity], rules: SessionRules) -> None:
        self._own = own
        self._identity = identity
        self._rules = rules
        self._roles = RoleSessions(own)
        self._worked = False
        self._said: set[str] = set()

    @property
    def insist(self) -> bool:
        """Whether a job fails where it cannot have a session of its own."""
        return self._rules.insist

    def of_job(self, job: str, client: Client, needs: Iterable[Need]) -> boto3.Session:
        """Open the session of a job, limited to its ``needs``; the stack's own where that must do.

        Errors: :class:`AccessDenied` when the client's role does not let the stack in; :class:`SessionRefused` when no
        policy fits the client's locations; where the settings insist, or sessions were to be had before, and for a
        client's role, those of :meth:`RoleSessions.open`.
        """
        return self._open(client, job, lambda bounds: job_policies(needs, bounds))

    def of_client(self, client: Client) -> boto3.Session:
        """Open a session for work outside of any job, limited to a client's locations; errors as :meth:`of_job`."""
        return self._open(client, "verify", client_policies)

    def of_proof(self, client: Client, seals: Iterable[Seal]) -> boto3.Session:
        """Open a session that can do nothing but look for a client's seals; errors as :meth:`of_job`."""
        return self._open(client, "prove", lambda bounds: seal_policies(seals, bounds))

    def of_nothing(self, client: Client) -> boto3.Session:
        """Open a session that can do nothing, to see whether it can be had; errors as :meth:`of_job`."""
        return self._open(client, "probe", lambda _: (no_access(),))

    def problem(self) -> CloudTranscodeError | None:
        """Try whether jobs can have sessions of their own; return what is in the way."""
        try:
            name = session_name(_STACK, "doctor")
            self._roles.open(SessionOrder(self._job_role().arn, name, (no_access(),)))
        except CloudTranscodeError as error:
            return error
        return None

    def _open(self, client: Client, work: str, policies: Policies) -> boto3.Session:
        if client.terms.mode is Mode.ASSUME_ROLE:
            return self._of_clients_role(client, work, policies)
        if self._rules.narrow == "off":
            return self._own
        try:
            role = self._job_role()
            opened = self._roles.open(_order(role, client, work, policies))
        except CloudTranscodeError as error:
            # What has worked is expected to go on, and no client may name locations that take its limits off.
            shaped = isinstance(error, SessionRefused) and is_of_policy(error)
            if self._rules.insist or self._worked or shaped:
                raise
            self._say(error)
            return self._own
        self._worked = True
        return opened

    def _job_role(self) -> Principal:
        """The role that jobs run as, which is the one that clients name."""
        identity = self._identity()
        if identity.kind is not Kind.ROLE:
            raise SessionRefused(f"{identity.arn} is no role, and only a role's sessions can be limited.")
        return parse_principal(identity.arn)

    def _of_clients_role(self, client: Client, work: str, policies: Policies) -> boto3.Session:
        """A session of the role in the client's account, which there is no other way around."""
        role = parse_principal(client.terms.role_arn or "")
        order, sessions = _order(role, client, work, policies), self._assuming(role)
        try:
            return sessions.open(order)
        except SessionRefused as error:
            if not is_denied(error):  # nobody has asked the client's role
                raise
            raise AccessDenied(
                f"{client.name} does not let the stack assume its role: {error.message}",
                remedy=f"{client.name} gives {role.arn} the trust policy that `ct grant {client.name}` prints, with "
                "its ExternalId; the stack's own policy must permit sts:AssumeRole on it.",
            ) from error

    def _assuming(self, role: Principal) -> RoleSessions:
        """What may assume a client's role: whom the client's trust policy names, be it the job role."""
        if not self._rules.job_role:
            return self._roles
        name = session_name(_STACK, role.account)
        return RoleSessions(self._roles.open(SessionOrder(self._rules.job_role, name, (assume_only(role.arn),))))

    def _say(self, error: CloudTranscodeError) -> None:
        """Warn, once for each reason, that only the worker's own check keeps clients apart."""
        if error.message not in self._said:
            self._said.add(error.message)
            log.warning("jobs work on the stack's own session, not on one limited to their keys: %s", error.message)


def _order(role: Principal, client: Client, work: str, policies: Policies) -> SessionOrder:
    bounds = Bounds(
        client.input,
        client.output,
        client.terms.kms_keys,
        role.partition,
        variables=role.account.isdigit() and len(role.account) == _AWS_ACCOUNT_DIGITS,
    )
    return SessionOrder(
        role.arn,
        session_name(client.name, work),
        policies(bounds),
        tags={"client": client.name, "job": work},
        external_id=client.terms.external_id if client.terms.mode is Mode.ASSUME_ROLE else None,
    )
