"""One order for each way of letting the stack in, with names and prefixes that need care in every language."""

from __future__ import annotations

from cloudtranscode.entitlements.grant import GrantOrder
from cloudtranscode.entitlements.order import ClientRole, default_role
from cloudtranscode.entitlements.seal import Seal
from cloudtranscode.location import S3Location

STACK, CLIENT = "111122223333", "444455556666"
ROLE = f"arn:aws:iam::{STACK}:role/stack_prod"
KEY = f"arn:aws:kms:eu-west-1:{CLIENT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
EXTERNAL_ID = "b3JkZXItMTIzNDU2Nzg5MA_-abcdefghijklmnopqrs"
NASTY = "a ${b} %{c} $${d} 'e' \"f\" \\n `g` $(h) *?#: é 😀"
THEIR_ROLE = ClientRole(default_role("ClientA", CLIENT), EXTERNAL_ID)


def order(account: str = CLIENT, *, role: ClientRole | None = None, prefix: str = "video") -> GrantOrder:
    """An order with a key, an end, and the seals of a client that has not proven itself."""
    source, result = S3Location("clienta-in", prefix), S3Location("clienta-out", "results/")
    seals = tuple(
        Seal("ClientA", where, which, "0123456789abcdef" * 2)
        for where, which in ((source, "input"), (result, "output"))
    )
    return GrantOrder(
        client="ClientA",
        stack_arn=ROLE,
        stack_account=STACK,
        client_account=account,
        input=source,
        output=result,
        kms_keys=(KEY.replace(CLIENT, account),),
        expires="2027-01-31T00:00:00Z",
        role=role,
        seals=seals,
    )


ORDERS = {
    "bucket-policy": order(),
    "assume-role": order(role=THEIR_ROLE),
    "same-account": order(STACK),
    "nasty": order(prefix=NASTY),
    "nasty-role": order(role=THEIR_ROLE, prefix=NASTY),
}
