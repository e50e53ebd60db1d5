"""Which actions the statements name, and whether they fit the resources beside them."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from cloudtranscode.entitlements.lint.case import Case, is_wild
from cloudtranscode.entitlements.lint.draft import Clause, Kind, Spot
from cloudtranscode.entitlements.lint.finding import Finding, Rule, Severity, show
from cloudtranscode.entitlements.lint.reference import ActionFacts
from cloudtranscode.entitlements.lint.resources import OTHER_SERVICE

UNKNOWN = Rule(
    "unknown-action",
    Severity.ERROR,
    "An action does not exist.",
    "S3 refuses the policy; elsewhere the statement does nothing.",
    "Correct the action's name.",
)
MISMATCH = Rule(
    "resource-mismatch",
    Severity.ERROR,
    "An action applies to none of the statement's resources: s3:ListBucket on /*, s3:GetObject on the bucket's ARN.",
    "Actions on objects need an object's ARN, actions on the bucket the bucket's own: it is never granted.",
    "Give the action a resource of its kind, in a statement of its own where needed.",
)
IDLE = Rule(
    "resource-unused",
    Severity.INFO,
    "None of the statement's actions applies to one of its resources.",
    "It does nothing, and looks as if it did.",
    "Remove the resource, or add the action that was meant for it.",
)
RULES = (UNKNOWN, MISMATCH, IDLE)


def check(case: Case) -> Iterator[Finding]:
    """Find actions that do not exist, and those that never meet a resource of their kind."""
    for clause in case.draft.clauses:
        for spot in clause.actions:
            yield from _action(case, spot)
        if not clause.resource_negated and not clause.action_negated:
            yield from _mismatches(case, clause)


def _action(case: Case, spot: Spot) -> Iterator[Finding]:
    service = spot.text.lower().partition(":")[0]
    if spot.text == "*" or not spot.text.isascii() or ":" not in spot.text:
        return
    facts = case.facts(spot.text)
    if facts is None:
        yield case.finding(UNKNOWN, spot.path, f"{show(service)} is no service of AWS.")
    elif not facts:
        yield case.finding(UNKNOWN, spot.path, f"No action is called {show(spot.text)}.", _nearest(case, spot.text))
    elif case.draft.kind is Kind.BUCKET and service not in {"s3", "s3-object-lambda"}:
        yield case.finding(OTHER_SERVICE, spot.path, f"{show(spot.text)} is not an action of S3.")


def _nearest(case: Case, text: str) -> str | None:
    service, _, name = text.lower().partition(":")
    known = case.reference.actions(service) or {}
    close = difflib.get_close_matches(name[:80], known, n=1)
    return f"Perhaps {service}:{known[close[0]].name} was meant." if close else None


def _mismatches(case: Case, clause: Clause) -> Iterator[Finding]:
    kinds = {spot: resource_types(spot) for spot in clause.resources}
    if not kinds or None in kinds.values():
        return
    offered = {one for types in kinds.values() for one in types or ()}
    wanted: set[str] = set()
    for spot in clause.actions:
        facts = case.facts(spot.text) if spot.text != "*" else None
        if facts is None:
            return
        types = {one for fact in facts.values() for one in fact.resource_types}
        wanted |= types
        if facts and not types & offered:
            yield _mismatch(case, spot, facts)
    for spot, some in kinds.items():
        if clause.allows and wanted & offered and not wanted & (some or set()):
            yield case.finding(IDLE, spot.path, f"No action of the statement applies to {show(spot.text)}.")


def _mismatch(case: Case, spot: Spot, facts: dict[str, ActionFacts]) -> Finding:
    types = {one for fact in facts.values() for one in fact.resource_types}
    if not types:
        message = f"{show(spot.text)} is no action on a bucket or on its objects."
        return case.finding(MISMATCH, spot.path, message, "Remove it: no bucket policy can grant it.")
    on_bucket = "bucket" in types
    place = "the bucket's own ARN (arn:aws:s3:::bucket)" if on_bucket else "objects (arn:aws:s3:::bucket/*)"
    return case.finding(MISMATCH, spot.path, f"{show(spot.text)} applies to {place}, and no resource here is one.")


def resource_types(spot: Spot) -> frozenset[str] | None:
    """The kinds of S3 resources that a pattern can stand for; ``None`` where that is not known."""
    arn = spot.arn
    if arn is None or arn.service != "s3" or arn.region or arn.account:
        return None
    bucket, slash, _ = arn.resource.partition("/")
    if slash and not is_wild(bucket):
        return frozenset({"object"})
    if "*" in bucket or "${" in bucket:
        return frozenset({"bucket", "object"})
    return frozenset({"object"} if slash else {"bucket"})
