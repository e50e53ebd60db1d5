"""The self-check itself: policies as pasted in; per bucket a verdict, findings and the mended text out. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cloudtranscode.entitlements.document import MAX_BYTES
from cloudtranscode.entitlements.evaluate import Effect
from cloudtranscode.entitlements.grant import grant_sheet
from cloudtranscode.entitlements.lint.access import without_policy
from cloudtranscode.entitlements.lint.case import Surroundings
from cloudtranscode.entitlements.lint.draft import Document
from cloudtranscode.entitlements.lint.finding import Finding
from cloudtranscode.entitlements.lint.grammar import NOT_A_POLICY
from cloudtranscode.entitlements.lint.linter import CATALOGUE, lint
from cloudtranscode.entitlements.lint.reference import Reference
from cloudtranscode.entitlements.order import GrantOrder
from cloudtranscode.entitlements.policy import Policy
from cloudtranscode.entitlements.sheet import GrantSheet, Place, merge
from cloudtranscode.errors import InvalidPolicy
from cloudtranscode.selfcheck.access import Answer, Need, answer, needs
from cloudtranscode.selfcheck.change import Piece, changes
from cloudtranscode.selfcheck.nesting import is_deep
from cloudtranscode.selfcheck.openings import Opening, openings

_TOO_DEEP = "The policy: the document is nested too deep."


@dataclass(frozen=True, slots=True)
class Fix:
    """The policy to attach: what was pasted with the ordered statements merged in.

    ``problem`` says why they could not be merged; ``text`` then holds these statements alone. ``answers`` and
    ``findings`` are those of the mended policy.
    """

    text: str
    pieces: tuple[Piece, ...]
    answers: tuple[Answer, ...]
    findings: tuple[Finding, ...]
    problem: InvalidPolicy | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return {
            "text": self.text,
            "pieces": [[mark.value, text] for mark, text in self.pieces],
            "bytes": len(self.text.encode(errors="surrogatepass")),
            "limit": MAX_BYTES,
            "problem": self.problem and {"message": self.problem.message, "remedy": self.problem.remedy},
        }


@dataclass(frozen=True, slots=True)
class BucketReport:
    """What is to be said of one bucket's policy; ``error`` when it cannot be read in full."""

    bucket: str
    answers: tuple[Answer, ...]
    findings: tuple[Finding, ...]
    openings: tuple[Opening, ...]
    fix: Fix | None
    error: str | None = None

    @property
    def entitled(self) -> bool:
        """Whether everything that jobs need is certainly allowed."""
        return all(one.effect == Effect.ALLOW for one in self.answers if one.need.required)

    @property
    def remaining(self) -> tuple[Finding, ...]:
        """The findings that the mended policy does not settle; all where statements could not be merged in."""
        if self.fix is None or self.fix.problem:
            return self.findings
        still = frozenset(self.fix.findings)
        return tuple(one for one in self.findings if one in still)

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data."""
        after = {one.need.name: one.effect for one in self.fix.answers} if self.fix and not self.fix.problem else {}
        reasons = {rule.id: rule.why for family in CATALOGUE.values() for rule in family}
        remaining = frozenset(self.remaining)
        return {
            "bucket": self.bucket,
            "entitled": self.entitled,
            "error": self.error,
            "answers": [_answer(one) | {"after": after.get(one.need.name)} for one in self.answers],
            "findings": [
                one.to_dict() | {"why": reasons[one.id], "mended": one not in remaining} for one in self.findings
            ],
            "openings": [one.to_dict() for one in self.openings],
            "fix": self.fix and self.fix.to_dict(),
        }


def describe(order: GrantOrder) -> dict[str, Any]:
    """Return what is ordered: ``{needed, explanation, principal, buckets: [{bucket, permissions}], keys}``.

    ``keys`` are the statements to add to the policies of KMS keys, which the page shows and does not examine.
    """
    sheet = grant_sheet(order)
    buckets = dict.fromkeys((order.input.bucket, order.output.bucket))
    return {
        "needed": sheet.needed,
        "explanation": sheet.explanation,
        "principal": order.principal,
        "buckets": [{"bucket": bucket, "permissions": _permissions(sheet, bucket)} for bucket in buckets],
        "keys": [{"key": key.target, "text": key.text} for key in sheet.at(Place.KEY)],
    }


def examine(
    order: GrantOrder, policies: Mapping[str, str], reference: Reference, now: str | None = None
) -> tuple[BucketReport, ...]:
    """Examine the policy of each of the order's buckets; ``""`` (or no entry) for a bucket that has none.

    ``now`` is the instant for which to decide, as ``2027-01-31T18:00:00Z``; without it, policies that speak of the
    time leave open what they allow.
    """
    sheet, asked = grant_sheet(order), needs(order)
    reports = []
    for bucket in dict.fromkeys((order.input.bucket, order.output.bucket)):
        desk = _Desk(order, sheet, tuple(need for need in asked if need.bucket == bucket), reference, now)
        reports.append(desk.report(bucket, policies.get(bucket, "")))
    return tuple(reports)


@dataclass(frozen=True, slots=True)
class _Desk:
    """What is known while one bucket's policy is examined."""

    order: GrantOrder
    sheet: GrantSheet
    needs: tuple[Need, ...]
    reference: Reference
    now: str | None

    def report(self, bucket: str, pasted: str) -> BucketReport:
        text = "" if pasted.isspace() else pasted
        try:
            policy = _parsed(text)
        except InvalidPolicy as error:
            answers = tuple(Answer(need, None) for need in self.needs)
            fix = self._fix(bucket, text, error)
            return BucketReport(bucket, answers, self._findings(bucket, text), (), fix, error.message)
        ordered = self.sheet.of(bucket)
        opened = openings(text, ordered, self.order) if text else ()
        return BucketReport(
            bucket, self._answers(policy), self._findings(bucket, text), opened, self._fix(bucket, text, None)
        )

    def _answers(self, policy: Policy | None) -> tuple[Answer, ...]:
        return tuple(answer(need, self.order, policy, self.now) for need in self.needs)

    def _findings(self, bucket: str, text: str) -> tuple[Finding, ...]:
        if not text:
            return (without_policy(bucket),) if self.sheet.needed else ()
        if is_deep(text):  # nothing more is to be said, and a browser's stack must not be put to the test
            return (NOT_A_POLICY.at(bucket, "", _TOO_DEEP),)
        around = Surroundings(
            stack_arn=self.order.principal,
            input=self.order.input,
            output=self.order.output,
            entitled=self.sheet.needed,
            ownership_enforced=self.order.ownership_enforced if bucket == self.order.output.bucket else None,
        )
        return lint([Document(bucket, text, bucket)], self.reference, around)

    def _fix(self, bucket: str, text: str, problem: InvalidPolicy | None) -> Fix | None:
        statements = self.sheet.of(bucket)
        if not statements:
            return None
        try:
            mended = merge(None if problem else text or None, statements)
        except InvalidPolicy as error:
            problem, mended = error, merge(None, statements)
        pieces = changes("" if problem else text, mended)
        return Fix(mended, pieces, self._answers(Policy.parse(mended)), self._findings(bucket, mended), problem)


def _parsed(text: str) -> Policy | None:
    size = len(text.encode(errors="surrogatepass"))
    if is_deep(text):
        raise InvalidPolicy(_TOO_DEEP)
    if size > MAX_BYTES:
        raise InvalidPolicy(f"The policy has {size} bytes; a bucket policy has at most {MAX_BYTES}.")
    return Policy.parse(text) if text else None


def _answer(one: Answer) -> dict[str, Any]:
    need = one.need
    return {
        "name": need.name,
        "title": need.title,
        "why": need.why,
        "action": need.ask.action,
        "resource": need.ask.resource,
        "required": need.required,
        "effect": one.effect,
        "cut_off": one.cut_off,
        "deciding": list(one.deciding),
    }


def _permissions(sheet: GrantSheet, bucket: str) -> list[dict[str, Any]]:
    return [
        {"action": action, "resources": list(one.resources), "reason": reason, "optional": one.optional}
        for one in sheet.of(bucket)
        for action, reason in zip(one.actions, one.reasons, strict=True)
    ]
