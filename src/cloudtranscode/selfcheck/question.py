"""What is asked of the self-check: who is to be entitled to what, and the policies as pasted."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from cloudtranscode.entitlements.arn import Arn
from cloudtranscode.entitlements.order import GrantOrder
from cloudtranscode.entitlements.seal import Seal
from cloudtranscode.errors import CloudTranscodeError, InvalidDocument
from cloudtranscode.location import S3Location, parse_s3

T = TypeVar("T")

_FIELDS = ("client", "stack_arn", "account", "input", "output")
_OWNERSHIPS = {"": None, "enforced": True, "not-enforced": False}
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}")
_ACCOUNT = re.compile(r"[A-Za-z0-9_-]{1,64}")
_CLIENT_REMEDY = "Give the name under which the stack's admin knows you."
_ACCOUNT_REMEDY = "Give the account id of the buckets' owner: 12 digits on AWS."


@dataclass(frozen=True, slots=True)
class Problem:
    """A field of the form that cannot be used as it is."""

    field: str
    message: str
    remedy: str

    def to_dict(self) -> dict[str, str]:
        """Return plain JSON data."""
        return {"field": self.field, "message": self.message, "remedy": self.remedy}


def write_order(order: GrantOrder) -> dict[str, Any]:
    """Return ``order`` as JSON data, and nothing of it but what stands in the policies that the client attaches."""
    return {
        "client": order.client,
        "stack_arn": order.principal,
        "account": order.client_account,
        "input": order.input.uri,
        "output": order.output.uri,
        "kms_keys": list(order.kms_keys),
        "expires": order.expires,
        "seals": [
            {"client": one.client, "location": one.location.uri, "role": one.role, "token": one.token}
            for one in order.seals
        ],
    }


def read_order(fields: Mapping[str, Any], ownership: str = "") -> GrantOrder | tuple[Problem, ...]:
    """Read the form, or what :func:`write_order` returned; every field that is wrong is named at once.

    ``ownership`` is ``enforced``, ``not-enforced`` or ``""`` where nobody knows the output bucket's object ownership.
    """
    texts = {name: str(fields.get(name, "")).strip() for name in _FIELDS}
    problems: list[Problem] = []
    client = _tried(problems, "client", lambda: _matching(texts["client"], _NAME, _CLIENT_REMEDY))
    account = _tried(problems, "account", lambda: _matching(texts["account"], _ACCOUNT, _ACCOUNT_REMEDY))
    stack = _tried(problems, "stack_arn", lambda: _principal(texts["stack_arn"]))
    source = _tried(problems, "input", lambda: _location(texts["input"]))
    target = _tried(problems, "output", lambda: _location(texts["output"]))
    if not (client and account and stack and source and target):
        return tuple(problems)
    order = _tried(
        problems,
        "stack_arn",
        lambda: GrantOrder(
            client=client,
            stack_arn=str(stack),
            stack_account=stack.account,
            client_account=account,
            input=source,
            output=target,
            partition=stack.partition,
            ownership_enforced=_OWNERSHIPS.get(ownership),
            kms_keys=tuple(fields.get("kms_keys", ())),
            expires=fields.get("expires"),
            seals=tuple(_seal(written) for written in fields.get("seals", ())),
        ),
    )
    return order or tuple(problems)


def _tried(problems: list[Problem], field: str, read: Callable[[], T]) -> T | None:
    try:
        return read()
    except CloudTranscodeError as error:
        problems.append(Problem(field, error.message, error.remedy))
        return None


def _matching(text: str, form: re.Pattern[str], remedy: str) -> str:
    if not form.fullmatch(text):
        raise InvalidDocument(f"{text!r} cannot be used here." if text else "Nothing is given.", remedy=remedy)
    return text


def _principal(text: str) -> Arn:
    arn = Arn.parse(text)
    if not (arn.is_role or arn.is_user or arn.is_session):
        raise InvalidDocument(
            f"{text!r} names neither a role nor a user.", remedy="Give what the stack's admin told you."
        )
    return arn


def _seal(written: Mapping[str, str]) -> Seal:
    return Seal(written["client"], parse_s3(written["location"]), written["role"], written["token"])


def _location(text: str) -> S3Location:
    return parse_s3(text if "://" in text else f"s3://{text}")
