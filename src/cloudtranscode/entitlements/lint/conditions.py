"""Conditions that can never hold, or that compare something else than it looks."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator

from cloudtranscode.entitlements.lint import keys
from cloudtranscode.entitlements.lint.case import Case, is_wild
from cloudtranscode.entitlements.lint.draft import Clause, Kind, Spot, Term
from cloudtranscode.entitlements.lint.finding import Finding, Rule, Severity, show

_ORGANISATION = re.compile(r"o-[a-z0-9]{10,32}")

EXTERNAL_ID = Rule(
    "external-id-in-bucket-policy",
    Severity.ERROR,
    "A bucket policy tests sts:ExternalId.",
    "The external id exists in the call that assumes a role and in no request to S3: the test never holds.",
    "Remove the test; or let the client make a role whose trust policy tests it.",
)
UNKNOWN = Rule(
    "unknown-condition-key",
    Severity.ERROR,
    "A condition key does not exist.",
    "No request carries it: a positive test never holds, and a negated one always does.",
    "Correct the key's name.",
)
FOREIGN = Rule(
    "foreign-condition-key",
    Severity.ERROR,
    "A bucket policy tests a condition key of another service.",
    "A request to S3 does not carry it.",
    "Test a key of S3 or a global one (aws:…).",
)
NOT_OF_ACTION = Rule(
    "condition-key-not-of-action",
    Severity.WARNING,
    "A condition tests a key that requests of an action do not carry.",
    "The action is then never granted by this statement, though it stands in it.",
    "Give the action a statement of its own without that condition.",
)
LITERAL = Rule(
    "wildcard-literal",
    Severity.WARNING,
    "A wildcard stands in a value that is compared literally.",
    "StringEquals takes * and ? as characters.",
    "Use StringLike, or write the value whole.",
)
PRIVATE_IP = Rule(
    "private-source-ip",
    Severity.WARNING,
    "The key aws:SourceIp is compared with a private address.",
    "S3 sees public addresses; what comes through a VPC endpoint carries no aws:SourceIp at all.",
    "Name the public addresses, or test aws:VpcSourceIp or aws:SourceVpce.",
)
ORGANISATION = Rule(
    "organisation-id",
    Severity.ERROR,
    "The key aws:PrincipalOrgID is compared with something that is no organisation's id.",
    "It never holds.",
    "Write the id as `aws organizations describe-organization` shows it: o- and 10 to 32 letters and digits.",
)
SESSION_ARN = Rule(
    "session-in-principal-arn",
    Severity.ERROR,
    "The key aws:PrincipalArn is compared with the ARN of a session.",
    "For a session this key holds the ARN of its role: it never matches.",
    "Write the role's ARN: arn:aws:iam::<account>:role/<name>.",
)
RULES = (EXTERNAL_ID, UNKNOWN, FOREIGN, NOT_OF_ACTION, LITERAL, PRIVATE_IP, ORGANISATION, SESSION_ARN)


def check(case: Case) -> Iterator[Finding]:
    """Find tests that do not do what they look like."""
    for clause in case.draft.clauses:
        for term in clause.tests:
            yield from _key(case, clause, term)
            for spot in term.values:
                yield from _value(case, term, spot)


def _key(case: Case, clause: Clause, term: Term) -> Iterator[Finding]:
    key = term.key.lower()
    service = key.partition(":")[0]
    bucket = case.draft.kind is Kind.BUCKET
    if not key.isascii() or ":" not in key or (service in keys.FEDERATED and not bucket):
        return
    if bucket and key == "sts:externalid":
        yield case.finding(EXTERNAL_ID, term.path, "No request to S3 carries sts:ExternalId.")
    elif not _exists(case, key, service):
        near = keys.nearest(key, case.reference.condition_keys("s3") or frozenset())
        hint = f"Perhaps {near} was meant." if near else None
        yield case.finding(UNKNOWN, term.path, f"No condition key is called {show(term.key)}.", hint)
    elif bucket and service not in {"aws", "s3"} and key not in keys.CROSS_SERVICE:
        yield case.finding(FOREIGN, term.path, f"{show(term.key)} is a key of another service than S3.")
    elif service == "s3" and term.demands and clause.allows and not clause.action_negated:
        yield from _actions_without(case, clause, term)


def _exists(case: Case, key: str, service: str) -> bool:
    if keys.is_global(key):
        return True
    if service == "aws":
        return False
    known = case.reference.condition_keys(service)
    return known is not None and keys.carried(key, known)


def _actions_without(case: Case, clause: Clause, term: Term) -> Iterator[Finding]:
    for spot in clause.actions:
        facts = case.facts(spot.text) if spot.text != "*" else None
        if facts and not any(keys.carried(term.key.lower(), one.condition_keys) for one in facts.values()):
            message = f"Requests for {show(spot.text)} do not carry {show(term.key)}: it is never granted here."
            yield case.finding(NOT_OF_ACTION, term.path, message)


def _value(case: Case, term: Term, spot: Spot) -> Iterator[Finding]:
    key, text = term.key.lower(), spot.text
    plain = not is_wild(text) and "${" not in text
    if term.base.startswith(("StringEquals", "StringNotEquals")) and is_wild(re.sub(r"\$\{[^}]*\}", "", text)):
        yield case.finding(LITERAL, spot.path, f"{show(text)} is compared with {term.base} character by character.")
    elif key == "aws:sourceip" and _is_private(text):
        yield case.finding(PRIVATE_IP, spot.path, f"{show(text)} is a private address.")
    elif key == "aws:principalorgid" and term.base != "Null" and plain and not _ORGANISATION.fullmatch(text):
        yield case.finding(ORGANISATION, spot.path, f"{show(text)} is no organisation's id.")
    elif key == "aws:principalarn" and ":assumed-role/" in text:
        yield case.finding(SESSION_ARN, spot.path, f"{show(text)} is the ARN of a session.")


def _is_private(text: str) -> bool:
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return network.is_private and network.prefixlen > 0
