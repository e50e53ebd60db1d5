"""A seal: two keys of which a bucket's policy opens one and shuts the other, to no end but to be told apart.

Whoever can have the seal of one client put into a bucket's policy controls that bucket. The stack reads it with the
permissions that it has anyway, and leaves nothing: it tries to abort an upload that nobody began. See ADR 0007.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from cloudtranscode.location import S3Location

ACTION = "s3:AbortMultipartUpload"
FOLDER = ".cloudtranscode-control"
_ROUNDS = 3
REASON = "to prove that whoever attaches this controls the bucket; under this key nothing is ever kept."


@dataclass(frozen=True, slots=True)
class Seal:
    """The seal of one registration on one of its locations: ``role`` is ``input`` or ``output``.

    Who attaches it reads ``client``, the name of whom it proves something.
    """

    client: str
    location: S3Location
    role: str
    token: str

    @property
    def folder(self) -> S3Location:
        """Where the two keys are."""
        return self.location.child(f"{FOLDER}/{self.token}")

    @property
    def open(self) -> S3Location:
        """The key on which the stack shall be allowed :data:`ACTION`."""
        return self.folder.child("open")

    @property
    def shut(self) -> S3Location:
        """The key on which it shall be refused."""
        return self.folder.child("shut")

    def statements(self, principal: str, partition: str = "aws") -> tuple[dict[str, Any], dict[str, Any]]:
        """Return what to put into the bucket's policy, as JSON data: it is a seal whatever else the policy grants."""
        return (
            self._statement("Allow", self.open, principal, partition),
            self._statement("Deny", self.shut, principal, partition),
        )

    @property
    def _mark(self) -> str:
        """The client's name in the letters of a Sid, and what keeps two such names apart."""
        return re.sub(r"[^A-Za-z0-9]", "", self.client) + self.token[:6]

    def _statement(self, effect: str, key: S3Location, principal: str, partition: str) -> dict[str, Any]:
        return {
            "Sid": f"CloudTranscodeControl{self.role.title()}{key.name.title()}{self._mark}",
            "Effect": effect,
            "Principal": {"AWS": principal},
            "Action": ACTION,
            "Resource": f"arn:{partition}:s3:::{key.bucket}/{_escaped(key.key)}",
        }


class Reading(StrEnum):
    """What is there: the seal; wider access, which a Deny has to tell from a seal; or neither key open."""

    SEALED = "sealed"
    WIDE = "wide"
    ABSENT = "absent"


def read_seal(seal: Seal, permitted: Callable[[S3Location], bool]) -> Reading:
    """Try both keys, several times: a policy that is being changed can look sealed to one look, not to all."""
    opens, shuts = [], [permitted(seal.shut)]
    for _ in range(_ROUNDS):
        opens.append(permitted(seal.open))
        shuts.append(permitted(seal.shut))
    if all(opens) and not any(shuts):
        return Reading.SEALED
    return Reading.WIDE if all(shuts) else Reading.ABSENT


def _escaped(key: str) -> str:
    """A key that stands for itself in a policy of version 2012-10-17 (rule 13)."""
    return re.sub(r"[*?]|\$(?=\{)", r"${\g<0>}", key)
