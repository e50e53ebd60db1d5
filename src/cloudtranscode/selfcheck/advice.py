"""What the reports come to, and what to do next, in plain words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from cloudtranscode.entitlements.evaluate import Effect
from cloudtranscode.entitlements.lint.finding import Severity
from cloudtranscode.entitlements.order import GrantOrder
from cloudtranscode.selfcheck.access import Answer
from cloudtranscode.selfcheck.change import Mark
from cloudtranscode.selfcheck.report import BucketReport

_NAMED = 5  # places of errors in one step


class Verdict(StrEnum):
    """Whether jobs can run: all of what they need is allowed, some is not, or it depends on what a page cannot see."""

    YES = "yes"
    NO = "no"
    DEPENDS = "depends"


@dataclass(frozen=True, slots=True)
class Advice:
    """The verdict, one sentence for it, and the next steps in order."""

    verdict: Verdict
    headline: str
    steps: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return {"verdict": self.verdict.value, "headline": self.headline, "steps": list(self.steps)}


def advise(order: GrantOrder, reports: Sequence[BucketReport]) -> Advice:
    """Sum up; the steps are the client's own, and end with who proves the grant."""
    required = [one for report in reports for one in report.answers if one.need.required]
    lacking = [one for one in required if one.effect not in {Effect.ALLOW, Effect.UNKNOWN}]
    verdict = Verdict.NO if lacking else Verdict.YES
    if not lacking and any(one.effect == Effect.UNKNOWN for one in required):
        verdict = Verdict.DEPENDS
    return Advice(verdict, _headline(order, verdict, lacking), tuple(_steps(order, reports)))


def _headline(order: GrantOrder, verdict: Verdict, lacking: Sequence[Answer]) -> str:
    if verdict is Verdict.YES:
        return f"These policies let {order.principal} do all that your jobs need."
    if verdict is Verdict.DEPENDS:
        return "Whether these policies entitle the stack depends on conditions that cannot be judged from here."
    if any(one.effect == "Unreadable" for one in lacking):
        return "A policy cannot be read as it stands, so S3 would not take it either."
    missing = ", ".join(dict.fromkeys(one.need.title[0].lower() + one.need.title[1:] for one in lacking))
    return f"These policies do not let {order.principal} do what your jobs need. Not allowed: {missing}."


def _steps(order: GrantOrder, reports: Sequence[BucketReport]) -> Iterator[str]:
    for report in reports:
        yield from _for_bucket(order, report)
    for key in order.kms_keys:
        yield f"{key}: add the statement shown at the end of this page to the key's policy, which is not examined here."
    if all(report.entitled for report in reports):
        yield f"Tell the stack's admin that the policies are attached; `ct verify {order.client}` proves it."
    else:
        yield f"Then tell the stack's admin, who proves the grant with `ct verify {order.client}`."


def _for_bucket(order: GrantOrder, report: BucketReport) -> Iterator[str]:
    fix = report.fix
    if fix and fix.problem:
        yield (
            f"{report.bucket}: correct what the findings name, and check again. The text shown below holds the stack's "
            "statements alone: attaching it would remove everything else that your policy grants."
        )
    elif fix and any(mark is not Mark.KEPT for mark, _ in fix.pieces):
        yield (
            f"{report.bucket}: copy the policy shown below, and attach it: in the S3 console under Permissions, Bucket "
            f"policy, Edit; or with `aws s3api put-bucket-policy --bucket {report.bucket} --policy file://policy.json`."
        )
    elif report.entitled:
        yield f"{report.bucket}: nothing has to be added."
    yield from _denials(order, report)
    if any(one.cut_off for one in (fix.answers if fix else report.answers)):
        yield (
            f"{report.bucket}: take the public statements out of the policy. With RestrictPublicBuckets, which new "
            "buckets have on, S3 cuts off every other account as long as one statement is public."
        )
    errors = [one for one in report.remaining if one.severity is Severity.ERROR]
    if errors and not (fix and fix.problem):
        places = ", ".join(dict.fromkeys(one.path or "the policy" for one in errors[:_NAMED]))
        more = " and more" if len(errors) > _NAMED else ""
        yield f"{report.bucket}: mend what the findings call errors at {places}{more}; no merged statement does."


def _denials(order: GrantOrder, report: BucketReport) -> Iterator[str]:
    """What no grant can mend."""
    after = report.fix.answers if report.fix else report.answers
    denied = {where["path"]: where for one in after if one.effect == Effect.EXPLICIT_DENY for where in one.deciding}
    for path, where in denied.items():
        name = f"{path} ({where['sid']})" if where["sid"] else path
        yield f"{report.bucket}: exempt {order.principal} from {name}, which denies it; a Deny outranks every Allow."
