"""Whether the document is one that AWS takes, and whether it will be tomorrow."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from cloudtranscode.entitlements.document import MAX_BYTES
from cloudtranscode.entitlements.lint.case import Case
from cloudtranscode.entitlements.lint.draft import Clause, Kind, Spot
from cloudtranscode.entitlements.lint.finding import Finding, Rule, Severity, show
from cloudtranscode.entitlements.policy import CURRENT_VERSION, Policy
from cloudtranscode.errors import InvalidPolicy

_NEAR = MAX_BYTES * 4 // 5
_VARIABLE = re.compile(r"\$\{[^}]*\}")

NOT_A_POLICY = Rule(
    "not-a-policy",
    Severity.ERROR,
    "The text is not a JSON object, or too large or too deep to be a policy.",
    "Nothing of it can be read.",
    "Give the policy as one JSON object.",
)
GRAMMAR = Rule(
    "grammar",
    Severity.ERROR,
    "An element is not of the policy language.",
    "AWS refuses the whole document, so that nothing in it takes effect.",
    "Correct or remove the named element.",
)
SIZE_OVER = Rule(
    "size-over-limit",
    Severity.ERROR,
    "The document is larger than a bucket policy may be.",
    "S3 refuses bucket policies over 20 KB, counted in bytes.",
    "Remove statements, or name prefixes with fewer words.",
)
SIZE_NEAR = Rule(
    "size-near-limit",
    Severity.WARNING,
    "The document has used four fifths of the 20 KB that a bucket policy may have.",
    "The next statements may not fit, and the day on which they are needed is a bad one to find out.",
    "Join statements with the same principal, or move prefixes to access points.",
)
VERSION_OLD = Rule(
    "version-old",
    Severity.WARNING,
    "The version is 2008-10-17.",
    "Policy variables such as ${aws:username} stay literal text, and newer features are missing.",
    f'Write "Version": "{CURRENT_VERSION}".',
)
VERSION_MISSING = Rule(
    "version-missing",
    Severity.WARNING,
    "The document names no version.",
    "It is then read as 2008-10-17, where policy variables stay literal text.",
    f'Write "Version": "{CURRENT_VERSION}" as the first element.',
)
VARIABLE_LITERAL = Rule(
    "variable-literal",
    Severity.ERROR,
    "A policy variable stands in a document of version 2008-10-17 or of none.",
    "It is compared letter by letter with what is in the request, and never matches.",
    f'Write "Version": "{CURRENT_VERSION}".',
)
DUPLICATE_SID = Rule(
    "duplicate-sid",
    Severity.WARNING,
    "Two statements of one document have the same Sid.",
    "A Sid must be unique in its document; tools that edit by Sid replace the wrong statement.",
    "Give each statement a Sid of its own.",
)
LOOK_ALIKE = Rule(
    "look-alike",
    Severity.ERROR,
    "A name has a character outside of ASCII.",
    "It looks like another character and is not: the name never matches.",
    "Type the name again.",
)
RULES = (
    NOT_A_POLICY,
    GRAMMAR,
    SIZE_OVER,
    SIZE_NEAR,
    VERSION_OLD,
    VERSION_MISSING,
    VARIABLE_LITERAL,
    DUPLICATE_SID,
    LOOK_ALIKE,
)


def check(case: Case) -> Iterator[Finding]:
    """Find what AWS refuses, or reads in another way than it looks."""
    yield from _refusals(case)
    yield from _version(case)
    yield from _size(case)
    yield from _sids(case)
    for clause in case.draft.clauses:
        yield from _look_alikes(case, clause)
        if not case.draft.current:
            yield from _variables(case, clause)


def _refusals(case: Case) -> Iterator[Finding]:
    """Let the strict parser read the whole, and each statement for itself: it stops at the first fault."""
    trust = case.draft.kind is Kind.TRUST
    value = case.draft.value.get("Statement")
    items = value if isinstance(value, list) else [value] if trust else []
    found = {} if trust else dict.fromkeys(_refusal(case.draft.document.text, "Statement"))
    for index, item in enumerate(items):
        head = {"Version": CURRENT_VERSION if case.draft.current else "2008-10-17"}
        # A trust policy is attached to the role that it speaks of, and has no resource.
        whole = {"Resource": "*", **item} if trust and isinstance(item, dict) else item
        at = f"Statement[{index}]" if isinstance(value, list) else "Statement"
        found |= dict.fromkeys(_refusal({**head, "Statement": whole}, at))
    for path, problem in found:
        yield case.finding(GRAMMAR, path, f"{path or 'The policy'}: {problem}")


def _refusal(source: str | Mapping[str, Any], at: str) -> Iterator[tuple[str, str]]:
    try:
        Policy.parse(source)
    except InvalidPolicy as error:
        path, _, problem = error.message.partition(": ")
        path = "" if path == "The policy" else path
        yield re.sub(r"^Statement(?=\.|$)", lambda _: at, path), problem


def _version(case: Case) -> Iterator[Finding]:
    if "Version" not in case.draft.value:
        yield case.finding(VERSION_MISSING, "Version", "The document names no version, which means 2008-10-17.")
    elif case.draft.version == "2008-10-17":
        yield case.finding(VERSION_OLD, "Version", "Version 2008-10-17: policy variables stay literal text.")


def _size(case: Case) -> Iterator[Finding]:
    size = len(case.draft.document.text.encode(errors="surrogatepass"))
    if case.draft.kind is Kind.BUCKET and size > _NEAR:
        rule = SIZE_OVER if size > MAX_BYTES else SIZE_NEAR
        yield case.finding(rule, "", f"The document has {size} bytes of at most {MAX_BYTES}.")


def _sids(case: Case) -> Iterator[Finding]:
    seen: dict[str, str] = {}
    for clause in case.draft.clauses:
        if clause.sid and clause.sid.text in seen:
            message = f"The Sid {show(clause.sid.text)} is already that of {seen[clause.sid.text]}."
            yield case.finding(DUPLICATE_SID, clause.sid.path, message)
        elif clause.sid and clause.sid.text:
            seen[clause.sid.text] = clause.path


def _look_alikes(case: Case, clause: Clause) -> Iterator[Finding]:
    keys = [Spot(test.key, test.path) for test in clause.tests]
    heads = [Spot(spot.text.partition("/")[0], spot.path) for spot in clause.resources]
    for spot in (*clause.principals, *clause.actions, *keys, *heads):
        if not spot.text.isascii():
            yield case.finding(LOOK_ALIKE, spot.path, f"{show(spot.text)} has a character outside of ASCII.")


def _variables(case: Case, clause: Clause) -> Iterator[Finding]:
    values = [spot for test in clause.tests for spot in test.values]
    for spot in (*clause.resources, *values):
        if found := _VARIABLE.search(spot.text):
            yield case.finding(VARIABLE_LITERAL, spot.path, f"{show(found[0])} is not filled in under this version.")
