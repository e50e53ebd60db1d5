"""What shows only when several documents are read together: the two policies of one client, for example."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cloudtranscode.entitlements.lint.case import named
from cloudtranscode.entitlements.lint.draft import Draft, Spot
from cloudtranscode.entitlements.lint.finding import Finding, Rule, Severity, show

ROLE_AND_USER = Rule(
    "role-and-user",
    Severity.ERROR,
    "One grant names a role, another one a user of the same name and account.",
    "They are two principals, and the stack is one of them: one of the two grants never matches it.",
    "Name the same ARN in both; `ct whoami` prints the stack's.",
)
ID_REUSED = Rule(
    "policy-id-reused",
    Severity.WARNING,
    "Two documents have the same Id.",
    "An Id tells documents apart, in logs and in tools that update by it.",
    "Give each document an Id of its own, or none.",
)
SID_REUSED = Rule(
    "sid-reused",
    Severity.INFO,
    "Statements of two documents have the same Sid.",
    "A log or a message that names the Sid does not tell which statement is meant.",
    "Give each statement a Sid that says what it is for.",
)
RULES = (ROLE_AND_USER, ID_REUSED, SID_REUSED)


def check(drafts: Sequence[Draft]) -> Iterator[Finding]:
    """Find what contradicts or repeats another document."""
    yield from _roles_and_users(drafts)
    yield from _repeated(ID_REUSED, [(draft, draft.id) for draft in drafts])
    yield from _repeated(SID_REUSED, [(draft, clause.sid) for draft in drafts for clause in draft.clauses])


def _roles_and_users(drafts: Sequence[Draft]) -> Iterator[Finding]:
    first: dict[tuple[str, str], tuple[str, str]] = {}
    for draft in drafts:
        for _, spot in named(draft):
            arn = spot.arn
            if arn is None or not (arn.is_role or arn.is_user):
                continue
            kind, text = first.setdefault((arn.account, arn.name), (arn.kind, spot.text))
            if kind != arn.kind:
                message = f"{show(spot.text)} is a {arn.kind}, and another grant names the {kind} {show(text)}."
                yield ROLE_AND_USER.at(draft.name, spot.path, message)


def _repeated(rule: Rule, found: Sequence[tuple[Draft, Spot | None]]) -> Iterator[Finding]:
    first: dict[str, Draft] = {}
    for draft, spot in found:
        if spot is None or not spot.text:
            continue
        owner = first.setdefault(spot.text, draft)
        if owner is not draft:
            yield rule.at(draft.name, spot.path, f"{show(spot.text)} also stands in {owner.name}.")
