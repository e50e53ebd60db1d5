"""Findings as SARIF 2.1.0, which code review tools show beside the lines.

Source: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from cloudtranscode.entitlements.lint.draft import Document
from cloudtranscode.entitlements.lint.finding import Finding, Rule, Severity
from cloudtranscode.entitlements.lint.position import Positions

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}


def to_sarif(
    findings: Sequence[Finding], documents: Iterable[Document], rules: Iterable[Rule], version: str
) -> dict[str, Any]:
    """Return a log with one run; ``version`` is the tool's. Locations name the document, the line and the path."""
    used = {finding.id for finding in findings}
    known = [rule for rule in rules if rule.id in used]
    places = {rule.id: place for place, rule in enumerate(known)}
    driver = {"name": "ct lint", "version": version, "rules": [_rule(rule) for rule in known]}
    positions = {document.name: Positions(document.text) for document in documents}
    results = [_result(finding, places, positions) for finding in findings]
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [{"tool": {"driver": driver}, "results": results}]}


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "shortDescription": {"text": rule.what},
        "fullDescription": {"text": rule.why},
        "help": {"text": rule.remedy},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
    }


def _result(finding: Finding, places: Mapping[str, int], positions: Mapping[str, Positions]) -> dict[str, Any]:
    line = positions[finding.source].line(finding.path) if finding.source in positions else 1
    location = {
        "physicalLocation": {
            "artifactLocation": {"uri": quote(finding.source, safe="/:")},
            "region": {"startLine": line},
        },
        "logicalLocations": [{"fullyQualifiedName": finding.path or "(document)", "kind": "member"}],
    }
    return {
        "ruleId": finding.id,
        "ruleIndex": places[finding.id],
        "level": _LEVELS[finding.severity],
        "message": {"text": f"{finding.path or 'document'}: {finding.message} {finding.remedy}"},
        "locations": [location],
    }
