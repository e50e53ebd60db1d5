"""Whom the statements name."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cloudtranscode.entitlements.lint.case import Case, is_wild
from cloudtranscode.entitlements.lint.draft import Clause, Kind, Spot
from cloudtranscode.entitlements.lint.finding import Finding, Rule, Severity, show

_ACCOUNT = re.compile(r"[0-9]{12}")
_DEAD = re.compile(r"A[A-Z]{3}[A-Z0-9]{12,}")
_ACCOUNT_KEYS = {"aws:principalaccount", "aws:sourceaccount", "aws:sourceowner", "aws:resourceaccount"} | {
    "s3:resourceaccount",
    "s3:dataaccesspointaccount",
}

ACCOUNT_DIGITS = Rule(
    "account-id-digits",
    Severity.ERROR,
    "An account id does not have 12 digits.",
    "No such account exists: AWS refuses the principal, and a condition on it never holds.",
    "Write the 12 digits of the account, with leading zeros and without hyphens.",
)
DEAD = Rule(
    "dead-principal",
    Severity.ERROR,
    "A principal is named by a unique id (AROA…, AIDA…).",
    "S3 shows this id in place of an ARN once the role or user was deleted. It never matches again, not even a new "
    "role of the same name.",
    "Name the role or user that exists today by its ARN, or remove the entry.",
)
PARTIAL_WILDCARD = Rule(
    "partial-wildcard-principal",
    Severity.ERROR,
    "A principal has a wildcard inside.",
    "Principals are compared whole: S3 refuses the policy.",
    "Name the principal whole; or name its account and test aws:PrincipalArn with ArnLike.",
)
SESSION = Rule(
    "session-principal",
    Severity.WARNING,
    "A principal is one session of a role.",
    "The grant ends with that session; every other worker under the role is refused.",
    "Name the role itself: arn:aws:iam::<account>:role/<name>.",
)
ACCOUNT = Rule(
    "account-principal",
    Severity.WARNING,
    "A grant names a whole account (its id or :root).",
    "Every role and user of that account to whom its administrators give it can use the grant.",
    "Name the one role that makes the requests.",
)
MISSING = Rule(
    "principal-missing",
    Severity.ERROR,
    "A statement of a bucket policy has no Principal.",
    "S3 refuses it; it could match nobody.",
    'Add "Principal": {"AWS": "<ARN of the role>"}.',
)
SERVICE_UNBOUNDED = Rule(
    "service-unbounded",
    Severity.WARNING,
    "A grant to an AWS service tests neither the source's ARN nor its account.",
    "Anybody's resource of that service can use the grant in the service's name (a confused deputy).",
    "Add a condition on aws:SourceArn or aws:SourceAccount.",
)
RULES = (ACCOUNT_DIGITS, DEAD, PARTIAL_WILDCARD, SESSION, ACCOUNT, MISSING, SERVICE_UNBOUNDED)
_BOUNDS = {"aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid", "aws:sourceorgpaths"}


def check(case: Case) -> Iterator[Finding]:
    """Find principals that match nobody, and those that match more than was meant."""
    for clause in case.draft.clauses:
        for spot in clause.principals:
            yield from _principal(case, clause, spot)
        yield from _services(case, clause)
        yield from _accounts_in_conditions(case, clause)
        if case.draft.kind is Kind.BUCKET and not clause.has_principal:
            yield case.finding(MISSING, f"{clause.path}.Principal", "The statement names no principal.")


def _principal(case: Case, clause: Clause, spot: Spot) -> Iterator[Finding]:
    text, arn = spot.text, spot.arn
    account = text if arn is None and text.isdigit() else arn.account if arn else ""
    if text == "*" or not text.isascii():
        return
    if is_wild(text):
        yield case.finding(PARTIAL_WILDCARD, spot.path, f"{show(text)} has a wildcard inside.")
    elif arn is None and _DEAD.fullmatch(text):
        yield case.finding(DEAD, spot.path, f"{show(text)} is the id of a role or user that was deleted.")
    elif _is_meant_as_number(account) and not _ACCOUNT.fullmatch(account):
        yield case.finding(ACCOUNT_DIGITS, spot.path, _digits(account))
    elif arn and arn.is_session:
        yield case.finding(SESSION, spot.path, f"{show(text)} is a single session of the role {arn.role.name}.")
    elif clause.allows and not clause.principal_negated and case.draft.kind is Kind.BUCKET and _is_account(spot):
        yield case.finding(ACCOUNT, spot.path, f"{show(text)} stands for all of account {account}.")


def _is_account(spot: Spot) -> bool:
    return spot.text.isdigit() if spot.arn is None else spot.arn.is_root


def _is_meant_as_number(account: str) -> bool:
    """Whether most of it is digits; RADOS Gateway's tenants and AWS's own ``cloudfront`` are names."""
    return sum(char.isdigit() for char in account) * 2 > len(account)


def _digits(account: str) -> str:
    if _ACCOUNT.fullmatch(account.replace("-", "")):
        return f"The account id {show(account)} has hyphens."
    return f"The account id {show(account)} has {len(account)} characters; account ids have 12 digits."


def _services(case: Case, clause: Clause) -> Iterator[Finding]:
    if case.draft.kind is not Kind.BUCKET or not clause.allows or {test.key.lower() for test in clause.tests} & _BOUNDS:
        return
    for kind, spot in clause.others:
        if kind == "Service":
            message = f"{show(spot.text)} may use the grant for anybody's resources."
            yield case.finding(SERVICE_UNBOUNDED, spot.path, message)


def _accounts_in_conditions(case: Case, clause: Clause) -> Iterator[Finding]:
    for test in clause.tests:
        for spot in test.values if test.key.lower() in _ACCOUNT_KEYS and test.base != "Null" else ():
            if not is_wild(spot.text) and "${" not in spot.text and not _ACCOUNT.fullmatch(spot.text):
                yield case.finding(ACCOUNT_DIGITS, spot.path, _digits(spot.text))
