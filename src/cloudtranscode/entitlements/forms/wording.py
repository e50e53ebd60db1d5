"""What every form says in its comments: whose it is, what it replaces, and the reason for each permission."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator

from cloudtranscode.entitlements.present import Present
from cloudtranscode.entitlements.sheet import Attachment, GrantSheet, GrantStatement, Place
from cloudtranscode.errors import Side


def policy_name(sheet: GrantSheet) -> str:
    """The name of an inline policy: that of the client, so that the stack has one for each."""
    return f"CloudTranscode-{sheet.client}"


def mark(name: str) -> str:
    """Six hex digits that tell names apart which a form's own names, of fewer characters, would make the same."""
    return hashlib.sha256(name.encode()).hexdigest()[:6]


def headline(sheet: GrantSheet, side: Side) -> str:
    """Say for whom the text is."""
    who = f"{sheet.client} attaches this in its own account." if side is Side.CLIENT else "The stack's admin attaches"
    return who if side is Side.CLIENT else f"{who} this for {sheet.client}."


def reasons(statement: GrantStatement) -> Iterator[str]:
    """One line for each permission."""
    optional = " (optional)" if statement.optional else ""
    for action, reason in zip(statement.actions, statement.reasons, strict=True):
        yield f"{action}{optional}: {reason}"


def replaces(sheet: GrantSheet, place: Attachment, present: Present, form: str) -> str:
    """Say plainly what becomes of the policy that a bucket or key has now."""
    what = f"the whole policy of {place.target}, and does not add to one that is there"
    if not present.knows(place):
        return (
            f"This sets {what}. It is not known here what stands there: use this only where that is nothing, or get "
            f"the merged text with `ct grant {sheet.client} --format {form} --existing {place.target}=FILE`."
        )
    if present.text(place) is None:
        return f"This sets {what}; there was none when this was written."
    return f"This sets {what}; the statements that stood there when this was written are in it, unchanged."


def by_hand(place: Attachment) -> tuple[str, ...]:
    """Lines on a key's policy, which no tool can add to: only its owner knows the rest, and a slip locks everyone out.

    https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-modifying.html
    """
    statements = [json.dumps(one.to_dict()) for one in place.statements]
    why = [line for statement in place.statements for line in reasons(statement)]
    left = all(one.optional for one in place.statements)
    unless = ", unless that policy leaves the key's own account to IAM, as it usually does" if left else ""
    return (f"Add to the policy of the key {place.target}{unless}:", *statements, *why)


def places(sheet: GrantSheet, side: Side, *kinds: Place) -> tuple[Attachment, ...]:
    """What one side attaches to places of these kinds."""
    return tuple(one for one in sheet.by(side) if one.place in kinds)
