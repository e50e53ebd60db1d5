"""Sessions of a role, each for one piece of work: limited by a policy, named after the work, renewed while it lasts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.credentials import RefreshableCredentials
from botocore.exceptions import ConnectionError as NoConnection
from botocore.exceptions import HTTPClientError

from cloudtranscode.errors import CloudTranscodeError, SessionRefused, StorageUnavailable
from cloudtranscode.identity.faults import SDK_ERRORS, credentials_fault, error_code, error_text, status
from cloudtranscode.identity.session import session_of

if TYPE_CHECKING:  # the stubs are no runtime dependency
    from types_boto3_sts import STSClient

# A role that is assumed by a role's session gets an hour, whatever its own maximum is; the SDK renews it in time.
# https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html (DurationSeconds)
_SECONDS = 3600
_QUICK = Config(connect_timeout=3, read_timeout=5, retries={"total_max_attempts": 3, "mode": "standard"})
_TOO_MANY, _SERVER_FAULT = 429, 500
_BUSY = frozenset({"RequestLimitExceeded", "SlowDown", "Throttling", "ThrottlingException"})
_NOT_IMPLEMENTED = 501
# https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html (Errors)
_DENIED, _TOO_LARGE, _MALFORMED = "AccessDenied", "PackedPolicyTooLarge", "MalformedPolicyDocument"
_SHORTER = "Register the client anew with shorter prefixes; each letter beyond ASCII takes six characters."


@dataclass(frozen=True, slots=True)
class SessionOrder:
    """A role to assume, and for what.

    ``name`` (see :func:`session_name`) and ``tags`` stand in the audit log of whoever owns what the session touches.
    ``policies`` are session policies, of which the first one that fits STS's packed size is used.
    ``external_id`` is what the role's owner wants to be told.
    """

    role_arn: str
    name: str
    policies: tuple[str, ...]
    tags: Mapping[str, str] = field(default_factory=dict)
    external_id: str | None = None


def session_name(client: str, work: str) -> str:
    """Name the session of a client's ``work`` (a job's id) in the letters and the length that STS takes.

    https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html (RoleSessionName)
    """
    client, work = (re.sub(r"[^A-Za-z0-9_+=,.@-]", "-", text) for text in (client, work))
    return f"{client[: max(1, 63 - len(work))]}-{work}"[:64]


def is_denied(error: SessionRefused) -> bool:
    """Whether STS was asked and does not let the asker assume the role."""
    return error.said == _DENIED


def is_of_policy(error: SessionRefused) -> bool:
    """Whether the policy was refused, which a client's own locations shape, and not the session."""
    return error.said in {_TOO_LARGE, _MALFORMED}


class RoleSessions:
    """Assumes roles as ``source``."""

    def __init__(self, source: boto3.Session) -> None:
        self._source = source
        self._untagged: set[str] = set()  # roles whose trust policy does not permit sts:TagSession

    def open(self, order: SessionOrder) -> boto3.Session:
        """Assume a role; the session renews itself as long as it is used.

        Errors, here and from every later use of the session: :class:`SessionRefused` when the server has no STS,
        forbids it or takes none of the policies; :class:`StorageUnavailable` when it does not answer;
        :class:`CredentialsMissing`, :class:`CredentialsExpired`.
        """
        credentials = RefreshableCredentials.create_from_metadata(
            metadata=self._assume(order), refresh_using=lambda: self._assume(order), method="assume-role"
        )
        return session_of(credentials)

    def _assume(self, order: SessionOrder) -> dict[str, str]:
        """Return new keys as the SDK keeps them; without tags where those are not permitted."""
        if order.role_arn in self._untagged:
            order = replace(order, tags={})
        with closing(self._source.client("sts", config=_QUICK)) as sts:
            try:
                return _narrowest(sts, order)
            except SessionRefused as error:
                if not order.tags:
                    raise
                denied = is_denied(error)
            found = _narrowest(sts, replace(order, tags={}))
        if denied:  # what was too large with its tags says nothing of the next one
            self._untagged.add(order.role_arn)
        return found


def _narrowest(sts: STSClient, order: SessionOrder) -> dict[str, str]:
    """Assume the role under the first policy that is not too large."""
    refused: CloudTranscodeError = SessionRefused(
        f"The locations of {order.name} do not fit the 2,048 characters of a session policy.",
        remedy=_SHORTER,
        said=_TOO_LARGE,
    )
    for policy in order.policies:
        try:
            keys = sts.assume_role(**_request(order, policy))["Credentials"]
        except (*SDK_ERRORS, KeyError) as error:  # KeyError: the SDK's parser on XML of another shape
            refused = _refusal(error, sts.meta.endpoint_url, order)
            if error_code(error) == _TOO_LARGE:
                continue
            raise refused from error
        return {
            "access_key": keys["AccessKeyId"],
            "secret_key": keys["SecretAccessKey"],
            "token": keys["SessionToken"],
            "expiry_time": keys["Expiration"].isoformat(),
        }
    raise refused


def _request(order: SessionOrder, policy: str) -> dict[str, Any]:
    request: dict[str, Any] = {
        "RoleArn": order.role_arn,
        "RoleSessionName": order.name,
        "DurationSeconds": _SECONDS,
        "Policy": policy,
    }
    if order.tags:
        request["Tags"] = [{"Key": key, "Value": value} for key, value in order.tags.items()]
    return request | ({"ExternalId": order.external_id} if order.external_id else {})


def _refusal(error: Exception, endpoint: str, order: SessionOrder) -> CloudTranscodeError:
    """Tell a server that does not answer, or not now, from one that says no."""
    if fault := credentials_fault(error):
        return fault
    number = status(error)
    faulty = number == _TOO_MANY or (number >= _SERVER_FAULT and number != _NOT_IMPLEMENTED)
    if isinstance(error, (NoConnection, HTTPClientError)) or faulty or error_code(error) in _BUSY:
        return StorageUnavailable(f"{endpoint} does not answer when asked for a session: {error_text(error)}.")
    said = error_code(error)
    message = f"{endpoint} gives no session of {order.role_arn} ({error_text(error)})."
    return SessionRefused(message, remedy=_SHORTER if said == _TOO_LARGE else None, said=said)
