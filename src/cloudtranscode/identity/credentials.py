"""Where the stack's credentials come from, and how long they last."""

from __future__ import annotations

from dataclasses import dataclass

import boto3
from botocore.credentials import RefreshableCredentials

from cloudtranscode.errors import CredentialsMissing
from cloudtranscode.identity.faults import SDK_ERRORS, credentials_fault


@dataclass(frozen=True, slots=True)
class CredentialSource:
    """What kind of credentials a session found, never the credentials themselves.

    ``method`` is the SDK's name of the provider: ``env``, ``shared-credentials-file``, ``config-file``, ``sso``,
    ``assume-role``, ``assume-role-with-web-identity``, ``container-role``, ``iam-role``, ``custom-process``…
    ``long_lived``: keys without an expiry. ``renews``: temporary, and replaced by the SDK before they expire.
    """

    method: str
    long_lived: bool
    renews: bool


def describe(session: boto3.Session) -> CredentialSource:
    """Find the session's credentials and say where they come from.

    Errors: :class:`CredentialsMissing` when the chain finds none or a provider fails; :class:`CredentialsExpired`.
    """
    try:
        credentials = session.get_credentials()
        frozen = credentials.get_frozen_credentials() if credentials else None
    except SDK_ERRORS as error:
        raise credentials_fault(error) or CredentialsMissing(f"A credential provider failed: {error}") from error
    if credentials is None or frozen is None:
        raise CredentialsMissing("The credential chain (environment, profile, container, instance role) found nothing.")
    return CredentialSource(
        method=credentials.method,
        long_lived=not frozen.token,
        renews=isinstance(credentials, RefreshableCredentials),
    )
