"""The ARN of who acts: what a bucket policy can name, told apart from the session that acts in its name."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum

from cloudtranscode.errors import InvalidDocument


class Kind(StrEnum):
    """What a principal is."""

    USER = "user"
    ROLE = "role"
    ROOT = "root"
    FEDERATED = "federated"


# RADOS Gateway puts a tenant's name, or nothing, where AWS has the account id: arn:aws:iam::tenant:user/name
_ARN = re.compile(r"arn:(aws[a-z-]*):(iam|sts)::([^:/\s*?]*):([a-z-]+)((?:/[^/:\s*?]+)*)")

# Resource type -> service, kind, smallest and largest number of names after it.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
_FORMS = {
    "root": ("iam", Kind.ROOT, 0, 0),
    "user": ("iam", Kind.USER, 1, 512),
    "role": ("iam", Kind.ROLE, 1, 512),
    "assumed-role": ("sts", Kind.ROLE, 2, 2),
    "federated-user": ("sts", Kind.FEDERATED, 1, 1),
}


@dataclass(frozen=True, slots=True)
class Principal:
    """One principal: ``arn`` is what a policy names, ``session_arn`` the assumed-role session behind it, if any."""

    arn: str
    partition: str
    account: str
    kind: Kind
    name: str
    session_arn: str | None = None

    def with_arn(self, arn: str) -> Principal:
        """The same principal under its exact ARN, path included."""
        return replace(self, arn=arn)


def parse_principal(arn: str) -> Principal:
    """Read the ARN of a user, role, root, federated user or assumed-role session.

    The role behind a session is given without a path, because STS leaves the path out of a session's ARN.

    Errors: :class:`InvalidDocument` for anything else, wildcards included.
    """
    match = _ARN.fullmatch(arn)
    form = _FORMS.get(match[4]) if match else None
    if match is None or form is None:
        raise InvalidDocument(f"{arn!r} is not the ARN of a user or role.")
    partition, service, account, resource, rest = match.groups()
    expected, kind, least, most = form
    names = rest.split("/")[1:]
    if service != expected or not least <= len(names) <= most:
        raise InvalidDocument(f"{arn!r} is not the ARN of a user or role.")
    if resource == "assumed-role":
        role = f"arn:{partition}:iam::{account}:role/{names[0]}"
        return Principal(role, partition, account, kind, names[0], session_arn=arn)
    return Principal(arn, partition, account, kind, names[-1] if names else "root")


def principal_arn(caller_arn: str) -> str:
    """Return the ARN to name in a policy for a caller: the role behind a session, otherwise the caller itself."""
    return parse_principal(caller_arn).arn
