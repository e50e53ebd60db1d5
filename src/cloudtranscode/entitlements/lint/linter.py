"""Read documents, let every family of checks look, and put what they find in order."""

from __future__ import annotations

import re
from collections.abc import Sequence

from cloudtranscode.entitlements.lint import (
    access,
    actions,
    breadth,
    conditions,
    grammar,
    principals,
    resources,
    together,
)
from cloudtranscode.entitlements.lint.case import Case, Surroundings
from cloudtranscode.entitlements.lint.draft import Document, Draft, read
from cloudtranscode.entitlements.lint.finding import Finding, Rule, Severity
from cloudtranscode.entitlements.lint.reference import Reference
from cloudtranscode.errors import InvalidPolicy

_FAMILIES = (grammar, principals, resources, actions, conditions, breadth, access)

# Every rule, by family: what docs/lint.md is written from.
CATALOGUE: dict[str, tuple[Rule, ...]] = {
    "The document": grammar.RULES,
    "Principals": principals.RULES,
    "Resources": resources.RULES,
    "Actions": actions.RULES,
    "Conditions": conditions.RULES,
    "Breadth": breadth.RULES,
    "What the stack needs": access.RULES,
    "Several documents together": together.RULES,
}

# The rules about one element, which say better than the grammar why it is refused.
_ELEMENTARY = {rule.id for family in (principals, resources, actions, conditions) for rule in family.RULES} | {
    grammar.LOOK_ALIKE.id
}


def lint(
    documents: Sequence[Document], reference: Reference, around: Surroundings | None = None
) -> tuple[Finding, ...]:
    """Examine documents, each for itself and all together; findings stand in the order of the documents.

    A document that the strict parser refuses is examined as far as it can be read. Never raises for what a document
    holds.
    """
    found: list[Finding] = []
    drafts: list[Draft] = []
    for document in documents:
        try:
            draft = read(document)
        except InvalidPolicy as error:
            found.append(grammar.NOT_A_POLICY.at(document.name, "", error.message))
            continue
        drafts.append(draft)
        case = Case(draft, reference, around or Surroundings())
        found += _without_echoes([finding for family in _FAMILIES for finding in family.check(case)])
    found += together.check(drafts)
    order = {document.name: place for place, document in reversed(list(enumerate(documents)))}
    return tuple(sorted(dict.fromkeys(found), key=lambda one: (order[one.source], _path_order(one.path))))


def has_errors(findings: Sequence[Finding]) -> bool:
    """Whether any finding is an error."""
    return any(finding.severity is Severity.ERROR for finding in findings)


def _without_echoes(findings: list[Finding]) -> list[Finding]:
    """Leave out what the grammar says of an element of which another rule knows more."""
    known = {finding.path for finding in findings if finding.id in _ELEMENTARY and finding.severity is Severity.ERROR}
    return [finding for finding in findings if not (finding.id == grammar.GRAMMAR.id and finding.path in known)]


def _path_order(path: str) -> list[tuple[int, str]]:
    """Sort ``Statement[10]`` after ``Statement[9]``."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d{1,9})", path)]
