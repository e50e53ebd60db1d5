"""A grant sheet as JSON data."""

from __future__ import annotations

from typing import Any

from cloudtranscode.entitlements.present import Present
from cloudtranscode.entitlements.sheet import Attachment, GrantSheet, Place


def as_data(sheet: GrantSheet, present: Present) -> dict[str, Any]:
    """Return ``{client, mode, needed, explanation, external_id, buckets, keys, role, stack}``.

    Each place has its ``permissions`` with their reasons. Of buckets and keys whose present policy is known, ``merged``
    is the text that will stand there and ``bytes`` its size. Errors: those of :meth:`Attachment.merged`.
    """
    return {
        "client": sheet.client,
        "mode": sheet.mode.value,
        "needed": sheet.needed,
        "explanation": sheet.explanation,
        "external_id": sheet.external_id,
        "buckets": [
            {"bucket": place.target, "policy": place.document, **_about(place, present)}
            for place in sheet.at(Place.BUCKET)
        ],
        "keys": [
            {"key": place.target, "statements": place.document["Statement"], **_about(place, present)}
            for place in sheet.at(Place.KEY)
        ],
        "role": _role(sheet),
        "stack": _stack(sheet),
    }


def permissions(place: Attachment) -> list[dict[str, Any]]:
    """Return every permission of a policy with its reason."""
    return [
        {"sid": statement.sid, "action": action, "reason": reason, "optional": statement.optional}
        for statement in place.statements
        for action, reason in zip(statement.actions, statement.reasons, strict=True)
    ]


def _about(place: Attachment, present: Present) -> dict[str, Any]:
    about: dict[str, Any] = {"permissions": permissions(place)}
    if present.knows(place):
        merged = present.merged(place)
        about |= {"merged": merged, "bytes": len(merged.encode()), "max_bytes": place.max_bytes}
    return about


def _role(sheet: GrantSheet) -> dict[str, Any] | None:
    policies = {place.place: place for place in sheet.at(Place.TRUST, Place.ROLE)}
    if not policies:
        return None
    trust, role = policies[Place.TRUST], policies[Place.ROLE]
    return {
        "arn": role.target,
        "trust": trust.document,
        "policy": role.document,
        "permissions": permissions(trust) + permissions(role),
    }


def _stack(sheet: GrantSheet) -> dict[str, Any] | None:
    for place in sheet.at(Place.STACK):
        return {"arn": place.target, "policy": place.document, "permissions": permissions(place)}
    return None
