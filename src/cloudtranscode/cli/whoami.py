"""``ct whoami``: the ARN that clients name in their bucket policies."""

from __future__ import annotations

from dataclasses import asdict

from cloudtranscode.cli.parts import open_stack
from cloudtranscode.cli.render import JsonFlag, note, print_fields, print_json


def whoami(*, as_json: JsonFlag = False) -> None:
    """Say who the stack is: the ARN to give to clients."""
    identity = open_stack().identity
    if as_json:
        print_json(asdict(identity))
        return
    fields = [("arn", identity.arn), ("kind", identity.kind), ("account", identity.account or "-")]
    fields += [("partition", identity.partition), ("credentials", identity.method)]
    fields += [("keys", "long-lived" if identity.long_lived else "temporary")]
    if identity.session_arn:
        fields.append(("session", identity.session_arn))
    print_fields(fields)
    for advice in identity.advice:
        note(f"Advice: {advice}")
