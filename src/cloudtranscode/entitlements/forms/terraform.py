"""A grant sheet as Terraform, as ``terraform fmt`` writes it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from cloudtranscode.entitlements.arn import Arn
from cloudtranscode.entitlements.forms.hcl import Attribute, Comment, Item, attribute, body, member, nested
from cloudtranscode.entitlements.forms.wording import by_hand, headline, mark, places, policy_name, reasons, replaces
from cloudtranscode.entitlements.present import Present
from cloudtranscode.entitlements.sheet import Attachment, GrantSheet, GrantStatement, Place
from cloudtranscode.errors import Side

_FORM = "terraform"


def terraform(sheet: GrantSheet, side: Side, present: Present) -> str:
    """Write the ``.tf`` file of one side; ``""`` when that side has nothing to attach.

    Errors: those of :meth:`Attachment.merged`.
    """
    blocks = list(_blocks(sheet, side, present))
    if not blocks:
        return ""
    head = (f"# {headline(sheet, side)}", f"# {sheet.explanation}")
    return "\n\n".join("\n".join(lines) for lines in (head, *blocks)) + "\n"


def _blocks(sheet: GrantSheet, side: Side, present: Present) -> Iterator[Iterable[str]]:
    for bucket in places(sheet, side, Place.BUCKET):
        yield _policy_of("aws_s3_bucket_policy", "bucket", sheet, bucket, present)
    trust, role = places(sheet, side, Place.TRUST), places(sheet, side, Place.ROLE)
    if trust and role:
        yield from _role(sheet, trust[0], role[0])
    for key in places(sheet, side, Place.KEY):
        known = present.text(key) is not None
        yield (
            _policy_of("aws_kms_key_policy", "key_id", sheet, key, present)
            if known
            else [f"# {line}" for line in by_hand(key)]
        )
    for own in places(sheet, side, Place.STACK):
        yield _own_policy(sheet, own)


def _policy_of(kind: str, owner: str, sheet: GrantSheet, place: Attachment, present: Present) -> Iterable[str]:
    items = [attribute(owner, place.target), _document("policy", json.loads(present.merged(place)), place.statements)]
    return _resource(kind, _label(place.target), items, replaces(sheet, place, present, _FORM))


def _role(sheet: GrantSheet, trust: Attachment, role: Attachment) -> Iterator[Iterable[str]]:
    arn, label = Arn.parse(role.target), _label(role.target)
    named = [attribute("name", arn.name), attribute("path", arn.path)]
    yield _resource("aws_iam_role", label, [*named, _document("assume_role_policy", trust.document, trust.statements)])
    inline = [
        attribute("name", policy_name(sheet)),
        Attribute("role", (f"aws_iam_role.{label}.name",)),
        _document("policy", role.document, role.statements),
    ]
    yield _resource("aws_iam_role_policy", label, inline)
    yield nested('output "role_arn" {', body([Attribute("value", (f"aws_iam_role.{label}.arn",))]), "}")


def _own_policy(sheet: GrantSheet, place: Attachment) -> Iterable[str]:
    arn = Arn.parse(place.target)
    kind, owner = ("aws_iam_user_policy", "user") if arn.is_user else ("aws_iam_role_policy", "role")
    items = [
        attribute("name", policy_name(sheet)),
        attribute(owner, arn.name),
        _document("policy", place.document, place.statements),
    ]
    return _resource(kind, _label(f"stack_{sheet.client}"), items)


def _resource(kind: str, label: str, items: Iterable[Item], comment: str = "") -> Iterable[str]:
    block = nested(f'resource "{kind}" "{label}" {{', body(items), "}")
    return (f"# {comment}", *block) if comment else block


def _document(name: str, document: Mapping[str, Any], ours: Iterable[GrantStatement]) -> Attribute:
    """A policy as an expression: one statement after the other, and above each of ours why it is there."""
    why = {statement.sid: tuple(reasons(statement)) for statement in ours}
    listed = document["Statement"] if isinstance(document["Statement"], list) else [document["Statement"]]
    statements = [
        line
        for one in listed
        for line in nested("{", body([*map(Comment, why.get(one.get("Sid"), ())), *_members(one)]), "},")
    ]
    rest = [member(key, value) for key, value in document.items() if key != "Statement"]
    return Attribute(
        name,
        nested("jsonencode({", body([*rest, Attribute("Statement", nested("[", statements, "]"))]), "})"),
    )


def _members(data: Mapping[str, Any]) -> Iterator[Attribute]:
    return (member(key, value) for key, value in data.items())


def _label(name: str) -> str:
    """A name that Terraform takes, and that nothing else has: it begins with a letter, and ends with a mark."""
    words = re.sub(r"[^a-z0-9]+", "_", name.rpartition("/")[2].lower()).strip("_")
    return f"{'' if words[:1].isalpha() else 'n'}{words}_{mark(name)}"
