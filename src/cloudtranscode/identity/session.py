"""An AWS session: the ordinary credential chain, a region that is always known, and no fallback to IMDSv1."""

from __future__ import annotations

from typing import Any

import boto3
import botocore.session
from botocore.credentials import CredentialProvider, CredentialResolver, Credentials

from cloudtranscode.errors import CredentialsMissing
from cloudtranscode.identity.credentials import describe
from cloudtranscode.identity.faults import SDK_ERRORS

DEFAULT_REGION = "us-east-1"

# The AWS SDK for Python reads only AWS_DEFAULT_REGION; ECS, Lambda and the other SDKs set AWS_REGION.
_REGION: tuple[Any, Any, Any, Any] = ("region", ["AWS_REGION", "AWS_DEFAULT_REGION"], DEFAULT_REGION, None)

# The providers that the chain still asks when a named profile holds no credentials. They speak for the machine.
_MACHINE_PROVIDERS = ("ec2-credentials-file", "boto-config", "container-role", "iam-role")


def open_session(*, profile: str | None = None, region: str | None = None) -> boto3.Session:
    """Open a session on the ordinary credential chain of the AWS SDK.

    The chain: environment, assumed role and web identity, profile, ECS or EKS container, EC2 instance role. Roles
    renew themselves: the SDK looks at the expiry whenever it signs a request, so clients can be kept for long jobs.
    Endpoints follow ``AWS_ENDPOINT_URL`` and ``AWS_ENDPOINT_URL_<SERVICE>``. The region is ``region``, else
    ``AWS_REGION``, ``AWS_DEFAULT_REGION``, the profile's, and last us-east-1.

    Errors: :class:`CredentialsMissing` when the named profile does not exist.
    """
    return _wrap(_core(profile), region)


def client_session(profile: str, *, region: str | None = None) -> boto3.Session:
    """Open a session that acts only as ``profile``: a client's own credentials, on the stack's machine.

    Where the profile has no credentials, the ordinary chain would go on to the machine's role and act as the stack
    in the client's name; this one fails instead.

    Errors: :class:`CredentialsMissing` when the profile does not exist or holds no credentials;
    :class:`CredentialsExpired`.
    """
    core = _core(profile)
    session = _wrap(core, region)
    chain = core.get_component("credential_provider")
    for provider in _MACHINE_PROVIDERS:
        chain.remove(provider)
    try:
        describe(session)
    except CredentialsMissing as error:
        raise CredentialsMissing(
            f"The profile {profile!r} has no usable credentials: {error.message}",
            remedy=f"Sign in or configure it with `aws configure --profile {profile}`, or name another profile.",
        ) from error
    return session


def session_of(credentials: Credentials) -> boto3.Session:
    """Open a session that acts with these credentials alone; region and endpoints as in :func:`open_session`."""
    core = _core(None)
    core.register_component("credential_provider", CredentialResolver([_Given(credentials)]))
    return _wrap(core, None)


class _Given(CredentialProvider):
    """A provider of credentials that somebody already has."""

    METHOD = "given"

    def __init__(self, credentials: Credentials) -> None:
        super().__init__()
        self._credentials = credentials

    def load(self) -> Credentials:
        """Return them."""
        return self._credentials


def _core(profile: str | None) -> botocore.session.Session:
    core = botocore.session.Session(session_vars={"region": _REGION}, profile=profile)
    # Version 1 answers any request that can be made to reach it; a server-side request forgery would get the role.
    # https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html
    core.set_config_variable("ec2_metadata_v1_disabled", True)
    return core


def _wrap(core: botocore.session.Session, region: str | None) -> boto3.Session:
    try:
        return boto3.Session(botocore_session=core, region_name=region)
    except SDK_ERRORS as error:
        raise CredentialsMissing(
            f"The AWS configuration cannot be used: {error}", remedy="Correct AWS_PROFILE or the AWS config files."
        ) from error
