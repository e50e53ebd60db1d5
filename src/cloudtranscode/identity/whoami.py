"""Who is the stack? The one ARN that every client's bucket policy must name."""

from __future__ import annotations

from dataclasses import dataclass

import boto3
from botocore.config import Config
from botocore.exceptions import ConnectionError as NoConnection
from botocore.exceptions import HTTPClientError

from cloudtranscode.errors import CloudTranscodeError, IdentityUnknown, InvalidDocument, StorageUnavailable
from cloudtranscode.identity.credentials import CredentialSource, describe
from cloudtranscode.identity.faults import SDK_ERRORS, credentials_fault, error_text
from cloudtranscode.identity.principal import Kind, Principal, parse_principal

# A private network may have no way to STS or IAM: the answer "unknown" must come within seconds.
_QUICK = Config(connect_timeout=3, read_timeout=5, retries={"total_max_attempts": 2, "mode": "standard"})

_SILENCE_REMEDY = "Check AWS_ENDPOINT_URL and the network; where STS is out of reach on purpose, set CT_STACK_ARN."

_AWS_ACCOUNT_DIGITS = 12


@dataclass(frozen=True, slots=True)
class Identity:
    """The stack's identity: ``arn`` is what clients name in their policies.

    ``account`` is empty or a tenant's name on RADOS Gateway. ``session_arn`` is set when the stack runs as a role.
    ``method`` and ``long_lived`` are those of :class:`CredentialSource`. ``advice`` holds sentences for the admin.
    """

    arn: str
    account: str
    partition: str
    kind: Kind
    session_arn: str | None
    method: str
    long_lived: bool
    advice: tuple[str, ...] = ()


def who_am_i(session: boto3.Session, stack_arn: str | None = None) -> Identity:
    """Find out who the session acts as; ``stack_arn`` (``CT_STACK_ARN``) settles it without asking.

    A role's ARN is read with its path by ``iam:GetRole`` where the stack may call it.

    Errors: :class:`CredentialsMissing`, :class:`CredentialsExpired`; :class:`IdentityUnknown` when the server has no
    GetCallerIdentity (RADOS Gateway); :class:`StorageUnavailable` when none answers; :class:`InvalidDocument` for a
    malformed ``stack_arn``.
    Source: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
    """
    source = describe(session)
    principal = parse_principal(stack_arn) if stack_arn else _caller(session)
    advice = advise(principal, source)
    if not stack_arn and principal.session_arn:
        exact = _role_arn(session, principal)
        principal = principal.with_arn(exact or principal.arn)
        advice += () if exact else (_path_advice(principal),)
    return Identity(
        arn=principal.arn,
        account=principal.account,
        partition=principal.partition,
        kind=principal.kind,
        session_arn=principal.session_arn,
        method=source.method,
        long_lived=source.long_lived,
        advice=advice,
    )


def advise(principal: Principal, source: CredentialSource) -> tuple[str, ...]:
    """Say what is unwise about running as this principal with these credentials."""
    advice = []
    if principal.kind is Kind.ROOT:
        advice.append("The stack runs as the account's root: a grant to root is a grant to the whole account.")
    if source.long_lived:
        advice.append(f"The keys ({source.method}) never expire; a role has temporary ones that renew themselves.")
    elif not source.renews:
        advice.append(f"The temporary keys ({source.method}) are not renewed: jobs fail when they expire.")
    if principal.account.isdigit() and len(principal.account) != _AWS_ACCOUNT_DIGITS:
        advice.append(f"The account id {principal.account} does not have the 12 digits of an AWS account.")
    return tuple(advice)


def _path_advice(principal: Principal) -> str:
    return (
        f"The role's path is unknown, because iam:GetRole did not answer: {principal.arn} is right only for a role "
        f"without a path. Set CT_STACK_ARN to the role's full ARN, or allow the stack iam:GetRole on itself."
    )


def _caller(session: boto3.Session) -> Principal:
    client = session.client("sts", config=_QUICK)
    endpoint = client.meta.endpoint_url
    try:
        return parse_principal(client.get_caller_identity().get("Arn", ""))
    except InvalidDocument as error:
        raise IdentityUnknown(f"{endpoint} does not tell who is calling: {error.message}") from error
    except (*SDK_ERRORS, KeyError) as error:  # KeyError: the SDK's parser on XML of another shape
        raise credentials_fault(error) or _silence(error, endpoint) from error
    finally:
        client.close()


def _silence(error: Exception, endpoint: str) -> CloudTranscodeError:
    """Tell a server that cannot be reached from one that answers, but has no GetCallerIdentity."""
    if isinstance(error, (NoConnection, HTTPClientError)):
        return StorageUnavailable(f"Nothing answers at {endpoint}: {error_text(error)}", remedy=_SILENCE_REMEDY)
    return IdentityUnknown(f"{endpoint} does not tell who is calling ({error_text(error)}).")


def _role_arn(session: boto3.Session, principal: Principal) -> str | None:
    """Return the role's ARN with its path; ``None`` when IAM refuses, cannot be reached or speaks of another role."""
    client = session.client("iam", config=_QUICK)
    try:
        arn = client.get_role(RoleName=principal.name).get("Role", {}).get("Arn", "")
    except SDK_ERRORS:
        return None
    finally:
        client.close()
    prefix = f"arn:{principal.partition}:iam::{principal.account}:role/"
    return arn if arn.startswith(prefix) and arn.endswith(f"/{principal.name}") else None
