"""Findings as code review tools read them."""

import json

from cloudtranscode.entitlements.lint.draft import Document
from cloudtranscode.entitlements.lint.linter import CATALOGUE, lint
from cloudtranscode.entitlements.lint.sarif import to_sarif
from support.iam_reference import FrozenReference

TEXT = """{
  "Version": "2012-10-17",
  "Statement": [
    {"Effect": "Allow", "Principal": "*",
     "Action": "s3:GetObject",
     "Resource": "arn:aws:s3:::Client_A/*"},
    {"Effect": "Allow", "Principal": {"AWS": ["111122223333"]}, "Action": "s3:ListBucket",
     "Resource": "arn:aws:s3:::Client_A",
     "Condition": {"StringEquals": {
       "aws:PrincipalOrgID": "no"}}}
  ]
}
"""


def test_the_log_has_one_run_with_rules_and_results() -> None:
    documents = [Document("policies/in 1.json", TEXT)]
    findings = lint(documents, FrozenReference())
    rules = [rule for family in CATALOGUE.values() for rule in family]
    log = to_sarif(findings, documents, rules, "1.0")
    assert json.loads(json.dumps(log)) == log
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    known = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert len(run["results"]) == len(findings)
    for finding, result in zip(findings, run["results"], strict=True):
        assert known[result["ruleIndex"]] == result["ruleId"] == finding.id
        assert result["level"] in {"error", "warning", "note"}
        (location,) = result["locations"]
        assert location["physicalLocation"]["artifactLocation"] == {"uri": "policies/in%201.json"}
        assert location["logicalLocations"][0]["fullyQualifiedName"] == finding.path


def test_results_stand_at_the_line_of_their_element() -> None:
    documents = [Document("a.json", TEXT), Document("broken.json", "{\n]")]
    log = to_sarif(
        lint(documents, FrozenReference()), documents, [rule for one in CATALOGUE.values() for rule in one], "1"
    )
    lines = {
        (result["ruleId"], result["locations"][0]["physicalLocation"]["region"]["startLine"])
        for result in log["runs"][0]["results"]
    }
    assert {("public-grant", 4), ("bucket-name", 6), ("account-principal", 7), ("bucket-name", 8)} < lines
    assert {("organisation-id", 10), ("not-a-policy", 1)} < lines
