"""Grants that reach further than anybody needs."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from itertools import takewhile

from cloudtranscode.entitlements.lint.case import Case, grants, is_wild
from cloudtranscode.entitlements.lint.draft import Clause, Kind, Spot, Term
from cloudtranscode.entitlements.lint.finding import Finding, Rule, Severity, show
from cloudtranscode.entitlements.pattern import Template
from cloudtranscode.location import S3Location

PUBLIC = Rule(
    "public-grant",
    Severity.ERROR,
    "A grant is to everyone, and no condition holds it back.",
    "Anybody on the internet may use it; and where RestrictPublicBuckets is on, it cuts off every other account.",
    "Name the one role that makes the requests.",
)
WILDCARD = Rule(
    "wildcard-principal",
    Severity.WARNING,
    "A grant is to everyone, and only a condition says who is meant.",
    "One mistake in the condition makes it public.",
    "Name the role in Principal, and keep the condition beside it.",
)
PUBLIC_CUTS = Rule(
    "public-may-cut-off",
    Severity.WARNING,
    "A public grant stands beside grants to other accounts.",
    "If RestrictPublicBuckets is or will be on, the public statement cuts off every cross-account grant of the bucket.",
    "Remove the public grant, or publish from another bucket.",
)
PUBLIC_CUT = Rule(
    "public-cuts-off",
    Severity.ERROR,
    "A public grant stands beside grants to other accounts, and RestrictPublicBuckets is on.",
    "The bucket then answers only to its own account and to AWS's services: the stack is cut off.",
    "Remove the public grant, or publish from another bucket.",
)
ALL_ACTIONS = Rule(
    "all-actions",
    Severity.ERROR,
    "A grant is for all actions (* or s3:*).",
    "It includes deleting objects and versions, and for the bucket's own account the policy itself.",
    "Grant s3:GetObject to read, s3:PutObject and s3:AbortMultipartUpload to write.",
)
ACTION_WILDCARD = Rule(
    "action-wildcard",
    Severity.WARNING,
    "An action of a grant has a wildcard.",
    "It includes actions that nobody thought of, and those that AWS will invent.",
    "Name the actions.",
)
NOT_ACTION = Rule(
    "not-action-allow",
    Severity.ERROR,
    "A grant is for all actions but those named (NotAction).",
    "It grants all the rest, and whatever AWS will invent.",
    "Name the actions that are needed in Action.",
)
NOT_RESOURCE = Rule(
    "not-resource-allow",
    Severity.WARNING,
    "A grant is for all resources but those named (NotResource).",
    "Whatever is put beside them later is granted too.",
    "Name the resources that are needed in Resource.",
)
NOT_PRINCIPAL = Rule(
    "not-principal-allow",
    Severity.ERROR,
    "A grant is to everyone but those named (NotPrincipal).",
    "That is the rest of the world, anonymous requests included.",
    "Name those who need it in Principal.",
)
NOT_PRINCIPAL_DENY = Rule(
    "not-principal-deny",
    Severity.WARNING,
    "A Deny spares those in NotPrincipal.",
    "It spares only who is listed under every name: a role's session, the role, and its account; sessions change.",
    'Deny "*" with a condition such as ArnNotEquals on aws:PrincipalArn.',
)
PERMISSIONS = Rule(
    "permissions-management",
    Severity.WARNING,
    "A grant lets others change permissions.",
    "Whoever may change policies or ACLs can grant themselves the rest.",
    "Leave it to the bucket's owner; to hand over objects, grant s3:PutObjectAcl with StringEquals s3:x-amz-acl "
    "bucket-owner-full-control.",
)
ANY_RESOURCE = Rule(
    "any-resource",
    Severity.WARNING,
    "A grant of a bucket policy names no bucket but a wildcard.",
    "It reads as all buckets, and becomes that when it is copied into an identity policy.",
    "Name the bucket and the prefix.",
)
BEYOND_PREFIX = Rule(
    "beyond-prefix",
    Severity.WARNING,
    "A grant to the stack reaches beyond the prefix that is registered for the client.",
    "The stack needs no more than that prefix.",
    "Write the registered prefix into the resource; list with a condition on s3:prefix.",
)
RULES = (
    *(PUBLIC, WILDCARD, PUBLIC_CUTS, PUBLIC_CUT, ALL_ACTIONS, ACTION_WILDCARD, NOT_ACTION, NOT_RESOURCE),
    *(NOT_PRINCIPAL, NOT_PRINCIPAL_DENY, PERMISSIONS, ANY_RESOURCE, BEYOND_PREFIX),
)

# What S3 takes for a bound on a public statement, and AWS Organizations' keys.
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
_BOUNDS = frozenset(
    {
        *("aws:principalarn", "aws:principalaccount", "aws:principalorgid", "aws:principalorgpaths", "aws:sourceip"),
        *("aws:sourcearn", "aws:sourcevpc", "aws:sourcevpcarn", "aws:sourcevpce", "aws:sourceowner"),
        *("aws:sourceaccount", "aws:sourceorgid", "aws:userid", "aws:vpceaccount", "aws:vpceorgid"),
        *("s3:dataaccesspointaccount", "s3:dataaccesspointarn"),
    }
)
_VAST = {4: 8, 6: 32}


def check(case: Case) -> Iterator[Finding]:
    """Find what is granted to more people, or for more, than needed."""
    if case.draft.kind in {Kind.TRUST, Kind.KEY}:
        return
    for clause in case.draft.clauses:
        if clause.effect == "Deny" and clause.principal_negated:
            path = f"{clause.path}.NotPrincipal"
            yield case.finding(NOT_PRINCIPAL_DENY, path, "The Deny spares only who is listed under every name.")
    for clause in case.draft.allowing:
        yield from _negations(case, clause)
        yield from _actions(case, clause)
        if case.draft.kind is Kind.BUCKET:
            yield from _everyone(case, clause)
            yield from _resources(case, clause)
            yield from _beyond_prefix(case, clause)
    yield from _cutting_off(case)


def _negations(case: Case, clause: Clause) -> Iterator[Finding]:
    if clause.action_negated:
        yield case.finding(NOT_ACTION, f"{clause.path}.NotAction", "Everything is allowed but these actions.")
    if clause.resource_negated:
        yield case.finding(NOT_RESOURCE, f"{clause.path}.NotResource", "Everything is included but these resources.")
    if clause.principal_negated:
        yield case.finding(NOT_PRINCIPAL, f"{clause.path}.NotPrincipal", "Everyone is allowed but these.")


def _actions(case: Case, clause: Clause) -> Iterator[Finding]:
    for spot in clause.actions if not clause.action_negated else ():
        if spot.text.lower() in {"*", "s3:*", "*:*"}:
            yield case.finding(ALL_ACTIONS, spot.path, f"{show(spot.text)} grants every action.")
        elif is_wild(spot.text):
            names = ", ".join(fact.name for fact in (case.facts(spot.text) or {}).values())
            yield case.finding(ACTION_WILDCARD, spot.path, f"{show(spot.text)} includes {names or 'nothing'}.")
        elif _manages_permissions(case, spot) and not any(_fixes_acl(term) for term in clause.tests):
            yield case.finding(PERMISSIONS, spot.path, f"{show(spot.text)} changes permissions.")


def _manages_permissions(case: Case, spot: Spot) -> bool:
    return any("Permissions management" in fact.levels for fact in (case.facts(spot.text) or {}).values())


def _fixes_acl(term: Term) -> bool:
    return term.key.lower() == "s3:x-amz-acl" and term.demands and bool(term.values)


def _everyone(case: Case, clause: Clause) -> Iterator[Finding]:
    for spot in clause.principals:
        if spot.text == "*" and clause.everyone:
            rule = PUBLIC if is_public(clause) else WILDCARD
            yield case.finding(rule, spot.path, "The grant is to everyone, anonymous requests included.")


def is_public(clause: Clause) -> bool:
    """Whether a statement grants something to everyone without a condition that bounds it to fixed values."""
    return clause.allows and clause.everyone and not any(_bounds(term) for term in clause.tests)


def _bounds(term: Term) -> bool:
    fixed = all(spot.text.strip("*?") and "${" not in spot.text and not _is_vast(spot.text) for spot in term.values)
    return term.key.lower() in _BOUNDS and term.demands and bool(term.values) and fixed


def _is_vast(text: str) -> bool:
    """Whether a text is a range of addresses that S3 takes for everywhere."""
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return network.prefixlen < _VAST[network.version]


def _cutting_off(case: Case) -> Iterator[Finding]:
    restricted = case.restricts_public
    others = any(spot.text != "*" for clause in case.draft.allowing for spot in clause.principals)
    if restricted is False or not others:
        return
    for clause in case.draft.allowing:
        if is_public(clause):
            message = "The public grant and RestrictPublicBuckets together cut off every other account."
            yield case.finding(PUBLIC_CUT if restricted else PUBLIC_CUTS, clause.path, message)


def _resources(case: Case, clause: Clause) -> Iterator[Finding]:
    for spot in clause.resources if not clause.resource_negated else ():
        bucket = spot.arn.resource.partition("/")[0] if spot.arn else spot.text
        if bucket == "*":
            yield case.finding(ANY_RESOURCE, spot.path, f"{show(spot.text)} names no bucket.")


def _beyond_prefix(case: Case, clause: Clause) -> Iterator[Finding]:
    stack = any(spot.text != "*" and case.around.names_stack(spot.text) for spot in clause.principals)
    for action, location in (("s3:getobject", case.around.input), ("s3:putobject", case.around.output)):
        if stack and location and location.key and grants(clause, action) and not clause.resource_negated:
            for spot in clause.resources:
                yield from _wider(case, spot, location)
    listed = case.around.input
    if stack and listed and listed.key and grants(clause, "s3:listbucket") and not _lists_prefix(clause):
        for spot in clause.resources:
            if spot.arn and spot.arn.resource == listed.bucket:
                message = f"The whole bucket can be listed, and {listed.key} is enough."
                yield case.finding(BEYOND_PREFIX, spot.path, message)


def _lists_prefix(clause: Clause) -> bool:
    return any(term.key.lower() == "s3:prefix" and term.demands for term in clause.tests)


def _wider(case: Case, spot: Spot, location: S3Location) -> Iterator[Finding]:
    bucket, slash, key = (spot.arn.resource if spot.arn else "").partition("/")
    prefix = f"{location.key.rstrip('/')}/"
    if slash and bucket == location.bucket and not _literal_head(key, variables=case.draft.current).startswith(prefix):
        yield case.finding(BEYOND_PREFIX, spot.path, f"{show(spot.text)} reaches beyond {prefix}, which is enough.")


def _literal_head(text: str, *, variables: bool) -> str:
    """What stands before the first wildcard or variable."""
    try:
        parts = Template.compile(text, variables=variables).parts
    except ValueError:  # an unreadable variable, which the grammar has reported
        return text.partition("${")[0]
    return "".join(part for part in takewhile(lambda part: isinstance(part, str), parts) if isinstance(part, str))
