"""A client: somebody in (usually) another account, and the buckets and prefixes that are theirs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from cloudtranscode.errors import InvalidDocument
from cloudtranscode.location import Location, S3Location

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}")
_ACCOUNT = re.compile(r"[A-Za-z0-9_-]{1,64}")  # 12 digits on AWS; a tenant's name on RADOS Gateway


@dataclass(frozen=True, slots=True)
class Client:
    """One registered client. ``input`` is what the stack may read, ``output`` what it may write."""

    name: str
    account: str
    input: S3Location
    output: S3Location

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise InvalidDocument(
                f"{self.name!r} cannot be a client's name.",
                remedy="Use 1 to 63 letters, digits, '-' and '_', beginning with a letter or digit.",
            )
        if not _ACCOUNT.fullmatch(self.account):
            raise InvalidDocument(
                f"{self.account!r} is not an account id.", remedy="Give the client's 12-digit AWS account id."
            )

    def may_read(self, location: Location) -> bool:
        """Whether a job of this client may name ``location`` as its source."""
        return self.input.contains(location)

    def may_write(self, location: Location) -> bool:
        """Whether a job of this client may name ``location`` as an output."""
        return self.output.contains(location)

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return {"name": self.name, "account": self.account, "input": self.input.uri, "output": self.output.uri}
