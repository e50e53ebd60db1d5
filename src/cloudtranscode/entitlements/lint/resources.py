"""What the statements are about: buckets, their names, their partition."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cloudtranscode.entitlements.arn import Arn
from cloudtranscode.entitlements.lint.case import Case, is_wild
from cloudtranscode.entitlements.lint.draft import Clause, Draft, Kind, Spot
from cloudtranscode.entitlements.lint.finding import Finding, Rule, Severity, show

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
_BUCKET = re.compile(r"(?=.{3,63}$)(?!.*\.\.)(?!\d+(\.\d+){3}$)[a-z0-9][a-z0-9.-]*[a-z0-9]")
_PARTITION = re.compile(r"aws(-cn|-us-gov|-iso(-[a-z])?|-eusc)?")

BUCKET_NAME = Rule(
    "bucket-name",
    Severity.WARNING,
    "A bucket's name breaks today's rules: capitals, underscores, length.",
    "Such buckets exist only in us-east-1 from before March 2018 and on other servers. They cannot be created today, "
    "and never be addressed as bucket.s3.amazonaws.com.",
    "Use 3 to 63 lower-case letters, digits, hyphens and dots for a new bucket.",
)
ARN_FORM = Rule(
    "s3-arn-form",
    Severity.ERROR,
    "An S3 bucket's ARN has a region or an account, or no name.",
    "Bucket and object ARNs have neither: it names nothing.",
    "Write arn:aws:s3:::bucket or arn:aws:s3:::bucket/prefix/*.",
)
PARTITION = Rule(
    "wrong-partition",
    Severity.ERROR,
    "Principal, resource or stack are of different partitions (aws, aws-cn, aws-us-gov), or of one that is none.",
    "No identity of one partition can be entitled in another.",
    "Write all ARNs with the partition in which the bucket and the stack are.",
)
OTHER_SERVICE = Rule(
    "other-service",
    Severity.ERROR,
    "A bucket policy names a resource or an action of another service.",
    "S3 refuses the policy.",
    "Move the statement to the policy of that service's resource.",
)
SEVERAL_BUCKETS = Rule(
    "other-bucket",
    Severity.ERROR,
    "A bucket policy names another bucket.",
    "A bucket policy speaks for its own bucket alone: S3 refuses any other name in it.",
    "Attach each statement to the bucket that it names.",
)
RULES = (BUCKET_NAME, ARN_FORM, PARTITION, OTHER_SERVICE, SEVERAL_BUCKETS)


def check(case: Case) -> Iterator[Finding]:
    """Find resources that do not exist, or not where the policy is attached."""
    for clause in case.draft.clauses:
        yield from _partitions(case, clause)
        for spot in clause.resources:
            if spot.arn and spot.arn.service == "s3":
                yield from _bucket(case, spot, spot.arn)
            elif spot.arn and case.draft.kind is Kind.BUCKET and spot.arn.service not in {"s3-object-lambda", "*"}:
                yield case.finding(OTHER_SERVICE, spot.path, f"{show(spot.text)} is not a resource of S3.")
    yield from _several(case)


def bucket_of(spot: Spot) -> str | None:
    """The bucket that a resource names; ``None`` for wildcards in it, access points and other services."""
    arn = spot.arn
    if arn is None or arn.service != "s3" or arn.region or arn.account:
        return None
    bucket = arn.resource.partition("/")[0]
    return None if is_wild(bucket) or "${" in bucket or not bucket else bucket


def _bucket(case: Case, spot: Spot, arn: Arn) -> Iterator[Finding]:
    if arn.region or arn.account:
        if not re.match(r"(accesspoint|access-grants|job|storage-lens|async-request)", arn.resource):
            yield case.finding(ARN_FORM, spot.path, f"{show(spot.text)} has a region or an account.")
        return
    bucket = arn.resource.partition("/")[0]
    if not bucket:
        yield case.finding(ARN_FORM, spot.path, f"{show(spot.text)} names no bucket.")
    elif bucket_of(spot) and bucket.isascii() and not _BUCKET.fullmatch(bucket):
        yield case.finding(BUCKET_NAME, spot.path, f"A bucket named {show(bucket)} cannot be created today.")


def _partitions(case: Case, clause: Clause) -> Iterator[Finding]:
    stack = case.around.stack
    expected = stack.partition if stack else None
    for spot in (*clause.principals, *clause.resources):
        partition = spot.arn.partition if spot.arn else None
        if partition is None or is_wild(partition):
            continue
        if not _PARTITION.fullmatch(partition):
            yield case.finding(PARTITION, spot.path, f"{show(partition)} is no partition of AWS.")
        elif expected and partition != expected:
            message = f"{show(spot.text)} is in the partition {partition}, and not in {expected} with the rest."
            yield case.finding(PARTITION, spot.path, message)
        expected = expected or partition


def _several(case: Case) -> Iterator[Finding]:
    if case.draft.kind is not Kind.BUCKET:
        return
    expected = case.draft.document.bucket
    for spot in _all(case.draft):
        bucket = bucket_of(spot)
        if bucket and expected and bucket != expected:
            message = f"{show(bucket)} is another bucket than {show(expected)}, whose policy this is."
            yield case.finding(SEVERAL_BUCKETS, spot.path, message)
        expected = expected or bucket


def _all(draft: Draft) -> Iterator[Spot]:
    for clause in draft.clauses:
        yield from clause.resources
