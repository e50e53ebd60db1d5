"""Amazon Resource Names, and the forms that name who makes a request.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from cloudtranscode.errors import InvalidDocument

# aws, aws-cn and aws-us-gov are the public partitions; the isolated ones follow the same form. An account is digits,
# but for AWS's own ("cloudfront" in origin access identities) and the tenants of RADOS Gateway.
_ARN = re.compile(r"arn:(aws(?:-[a-z]+)*):([a-z0-9-]+):([a-z0-9-]*):([A-Za-z0-9_-]*):([^\x00-\x1f\x7f]+)")


@dataclass(frozen=True, slots=True)
class Arn:
    """One concrete ARN. ``region`` and ``account`` are ``""`` where the service has none (S3 has neither).

    A user or role without an account is of RADOS Gateway's default tenant: ``arn:aws:iam:::user/name``.
    """

    partition: str
    service: str
    region: str
    account: str
    resource: str

    @classmethod
    def parse(cls, text: str) -> Arn:
        """Read ``arn:partition:service:region:account:resource``.

        The number of digits in the account is not judged here. Errors: :class:`InvalidDocument`.
        """
        found = _ARN.fullmatch(text)
        if not found:
            raise InvalidDocument(
                f"{text!r} is not an ARN.", remedy="It reads arn:partition:service:region:account:resource."
            )
        return cls(*found.groups())

    @property
    def kind(self) -> str:
        """The first segment of the resource: ``role``, ``user``, ``assumed-role``, ``root``."""
        return self.resource.split("/", 1)[0]

    @property
    def name(self) -> str:
        """The last segment of the resource, without an IAM path."""
        return self.resource.rsplit("/", 1)[-1]

    @property
    def path(self) -> str:
        """The IAM path of a user or role: ``/`` where it has none."""
        return f"/{self.resource.removesuffix(self.name).partition('/')[2]}"

    @property
    def is_user(self) -> bool:
        """Whether this names an IAM user."""
        return self.service == "iam" and re.fullmatch(r"user/.*[^/]", self.resource) is not None

    @property
    def is_role(self) -> bool:
        """Whether this names an IAM role."""
        return self.service == "iam" and re.fullmatch(r"role/.*[^/]", self.resource) is not None

    @property
    def is_root(self) -> bool:
        """Whether this names an account by its root."""
        return self.service == "iam" and bool(self.account) and self.resource == "root"

    @property
    def is_session(self) -> bool:
        """Whether this names one session of an assumed role."""
        pattern = r"assumed-role/[^/]+/[^/]+"
        return self.service == "sts" and bool(self.account) and re.fullmatch(pattern, self.resource) is not None

    @property
    def role(self) -> Arn:
        """The role behind a session ARN; STS leaves the role's path out, so none is given here."""
        return Arn(self.partition, "iam", "", self.account, f"role/{self.resource.split('/')[1]}")

    def __str__(self) -> str:
        return f"arn:{self.partition}:{self.service}:{self.region}:{self.account}:{self.resource}"
