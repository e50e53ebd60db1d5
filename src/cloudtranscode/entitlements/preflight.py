"""Whether a job will be let in: what it needs, predicted and tried, and every gap at once; attempts are injected."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from cloudtranscode.entitlements.bucket import Ownership
from cloudtranscode.entitlements.evaluate import Decision, Effect, Finding
from cloudtranscode.entitlements.needs import Need
from cloudtranscode.entitlements.principal import Principal
from cloudtranscode.entitlements.s3 import Call, combine, decide
from cloudtranscode.entitlements.sheet import GrantSheet, Place
from cloudtranscode.entitlements.snapshot import BucketSnapshot, StackSnapshot
from cloudtranscode.errors import AccessDenied, BucketNotFound, CloudTranscodeError, ErrorReport, Side
from cloudtranscode.location import S3Location

_DENIALS = {Effect.EXPLICIT_DENY, Effect.IMPLICIT_DENY}
_SAME_ACCOUNT = "identity or resource (same account)"
_STACK_LAYERS = {"identity", "boundary", "session", "scp", "endpoint", _SAME_ACCOUNT}
_DOCUMENTS = {
    "resource": "the bucket's policy",
    "key": "the policy of the KMS key",
    "rcp": "a policy of the bucket owner's organization",
    "identity": "the stack's own policies",
    "boundary": "the stack's permissions boundary",
    _SAME_ACCOUNT: "the stack's own policies",
}
# Where what is missing in a layer can be added; a role of the client's own is an identity of the client's account.
_ANYWHERE = (Place.BUCKET, Place.ROLE, Place.STACK)
_PLACES = {
    "resource": (Place.BUCKET,),
    "identity": (Place.ROLE, Place.STACK),
    _SAME_ACCOUNT: (Place.ROLE, Place.STACK),
    "key": (Place.KEY,),
}
_UNKNOWN = Decision(Effect.UNKNOWN, ())


@dataclass(frozen=True, slots=True)
class Requirement:
    """The calls of a job that take the same permissions on the same resource; with an ACL, in the same folder."""

    needs: tuple[Need, ...]

    @property
    def need(self) -> Need:
        """The need that stands for all."""
        return self.needs[0]

    @property
    def calls(self) -> tuple[str, ...]:
        """The names of the calls, each once."""
        return tuple(dict.fromkeys(need.call for need in self.needs))

    @property
    def optional(self) -> bool:
        """Whether the job does without."""
        return all(need.optional for need in self.needs)

    @property
    def missing(self) -> tuple[str, ...]:
        """The permissions that a refusal leaves to blame: an ACL is tried where writing without one is permitted."""
        return self.need.permissions[-1:] if self.need.acl else self.need.permissions

    @property
    def where(self) -> str:
        """The resource as people write it: an object, everything in a folder, a bucket."""
        resource = self.need.resource
        if self.need.operation.on_bucket:
            return f"s3://{resource.bucket}"
        return resource.folder.child("*").uri if self.need.below or self.need.acl else resource.uri


@dataclass(frozen=True, slots=True)
class Attempt:
    """How trying a requirement ended; ``allowed`` is ``None`` where that proves neither."""

    allowed: bool | None = None
    fault: CloudTranscodeError | None = None


@dataclass(frozen=True, slots=True)
class Examined:
    """A requirement, what the policies say of it, and what the server said."""

    requirement: Requirement
    decision: Decision = _UNKNOWN
    attempt: Attempt = Attempt()

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data; ``allowed`` is what the server said, ``predicted`` the policies' effect."""
        one = self.requirement
        return {
            "permissions": list(one.need.permissions),
            "location": one.where,
            "calls": list(one.calls),
            "why": one.need.why,
            "optional": one.optional,
            "predicted": self.decision.effect.value,
            "not_supplied": list(self.decision.unknown),
            "allowed": self.attempt.allowed,
        }


@dataclass(frozen=True, slots=True)
class Gap:
    """What is missing: the error that the job would end with, and the ``permissions`` on ``resource`` it is about.

    ``certain``: a request showed it, or the document does; else the policies foretell it. A ``warning`` does not stop
    the job. ``calls`` are those that are refused; ``tried`` says that a request was made.
    """

    error: ErrorReport
    certain: bool = True
    warning: bool = False
    permissions: tuple[str, ...] = ()
    resource: S3Location | None = None
    calls: tuple[str, ...] = ()
    tried: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return self.error.to_dict() | {
            "certain": self.certain,
            "tried": self.tried,
            "permissions": list(self.permissions),
            "location": self.resource and self.resource.uri,
            "calls": list(self.calls),
        }


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that was examined and every gap that was found."""

    examined: tuple[Examined, ...]
    gaps: tuple[Gap, ...]

    @property
    def errors(self) -> tuple[Gap, ...]:
        """The gaps that stop the job."""
        return tuple(gap for gap in self.gaps if not gap.warning)

    @property
    def warnings(self) -> tuple[Gap, ...]:
        """The gaps that the job does without."""
        return tuple(gap for gap in self.gaps if gap.warning)

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data: ``{ok, gaps, warnings, needs}``."""
        return {
            "ok": not self.errors,
            "gaps": [gap.to_dict() for gap in self.errors],
            "warnings": [gap.to_dict() for gap in self.warnings],
            "needs": [one.to_dict() for one in self.examined],
        }


# --- what is required ---------------------------------------------------------------------------------------------


def requirements(needs: Iterable[Need]) -> tuple[Requirement, ...]:
    """Put together what takes the same permissions on the same resource; the order is that of the needs."""
    grouped: dict[tuple[tuple[str, ...], S3Location], list[Need]] = {}
    for need in needs:
        place = need.resource.folder if need.acl else need.resource
        grouped.setdefault((need.permissions, place), []).append(need)
    return tuple(Requirement(tuple(group)) for group in grouped.values())


def owed(needs: Iterable[Need], account: str, buckets: Mapping[str, BucketSnapshot]) -> tuple[Need, ...]:
    """Settle who needs an ACL, as far as the owners of the buckets are known; ``account`` is the stack's own.

    None is needed where the bucket's account owns what is written anyway. It is a must where it is known not to: the
    client could not read the results (rules 25 and 26).
    """
    found = []
    for need in needs:
        bucket = buckets.get(need.location.bucket) or BucketSnapshot(need.location.bucket)
        if need.acl and (bucket.account == account or bucket.ownership is Ownership.ENFORCED):
            continue
        found.append(replace(need, optional=False) if need.acl and bucket.ownership else need)
    return tuple(found)


# --- what the policies say ----------------------------------------------------------------------------------------


def predict(
    requirement: Requirement, stack: StackSnapshot, bucket: BucketSnapshot, context: Mapping[str, tuple[str, ...]]
) -> Decision:
    """Decide the calls of a requirement by what could be seen; ``context`` is what is known of every request.

    Of the keys that policies ask for, what no request of the stack carries is absent, and all others are unknown.
    """
    try:
        policies, settings = stack.policies(bucket), bucket.bucket
    except CloudTranscodeError:  # what cannot be understood is not known
        return _UNKNOWN
    who = Principal.from_arn(stack.arn)
    first = requirement.need  # what tries an ACL under another key is no need of the job's own
    asked = [need for need in requirement.needs if need.call == first.call or need.resource == first.resource]
    return combine([decide(_call(need, who, context, policies.keys), policies, settings) for need in asked])


def _call(need: Need, who: Principal, context: Mapping[str, tuple[str, ...]], keys: frozenset[str]) -> Call:
    sent = {"s3:x-amz-acl": (need.acl,)} if need.acl else {}
    sent |= {"s3:prefix": (need.location.key,)} if need.call.startswith("ListObjects") else {}
    known = {key.lower() for key in [*context, *sent]}
    unknown = {key for key in keys - known if not key.startswith("s3:x-amz-") and key != "s3:prefix"}
    resource = need.resource.arn(who.partition or "aws")
    return Call(need.call, who, resource, {**context, **sent}, frozenset(unknown), acl=need.acl)


# --- what is missing ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Advice:
    """Who can mend what: the sheet that the client was given, and the principal that asks."""

    sheet: GrantSheet
    principal: str

    def to_allow(self, permissions: Collection[str], requirement: Requirement, layer: str) -> tuple[str, Side]:
        """Return what adds the permissions to ``layer``, and who does it: a statement of the sheet where it has one."""
        places, bucket = _PLACES.get(layer, _ANYWHERE), requirement.need.resource.bucket
        for one in self.sheet.at(*places):
            granting = [statement for statement in one.statements if statement.effect == "Allow"]
            sids = [statement.sid for statement in granting if set(statement.actions) & set(permissions)]
            if sids and (one.place is not Place.BUCKET or one.target == bucket):
                who = self.sheet.client if one.side is Side.CLIENT else "the stack's admin"
                remedy = f"attach {' and '.join(sids)}, which `ct grant {self.sheet.client}` prints, to {one.target}."
                return f"Let {who} {remedy}", one.side
        side = Side.STACK if layer in _STACK_LAYERS else Side.CLIENT
        return f"Allow {' and '.join(permissions)} on {requirement.where} to {self.principal}.", side

    def against(self, finding: Finding, requirement: Requirement) -> tuple[str, Side]:
        """Return what undoes a refusal by the layer of ``finding``, and who does it."""
        side = Side.STACK if finding.layer in _STACK_LAYERS else Side.CLIENT
        if finding.layer not in _DOCUMENTS:
            return f"Run `ct explain {self.sheet.client}`: it says what stands behind that.", side
        if finding.effect is Effect.EXPLICIT_DENY:
            return f"Exempt {self.principal} from {_statement(finding)}.", side
        return self.to_allow((finding.action,) if finding.action else requirement.missing, requirement, finding.layer)


def report(examined: Sequence[Examined], advice: Advice, offline: Iterable[CloudTranscodeError] = ()) -> Report:
    """Merge what was predicted and what was tried; ``offline`` is what the document itself shows to be wrong."""
    gaps = [Gap(fault.report) for fault in offline]
    for one in examined:
        gaps += _gaps(one, advice)
    return Report(tuple(examined), tuple(_told_once(gaps)))


def _gaps(one: Examined, advice: Advice) -> Iterator[Gap]:
    """What the server said counts; why it said so, and what it was not asked, is taken from the policies."""
    requirement, attempt = one.requirement, one.attempt
    about = Gap(
        AccessDenied("").report,
        certain=attempt.allowed is False,
        warning=requirement.optional,
        permissions=requirement.missing,
        resource=requirement.need.resource,
        calls=requirement.calls,
        tried=attempt.fault is not None,
    )
    if attempt.allowed:
        return
    if attempt.fault and not isinstance(attempt.fault, AccessDenied):
        yield replace(about, error=attempt.fault.report, certain=True, permissions=())
        return
    denials = [finding for finding in one.decision.trace if finding.effect in _DENIALS]
    if denials and (attempt.fault or one.decision.effect in _DENIALS):
        yield from (_foretold(finding, requirement, about, advice) for finding in denials)
    elif attempt.fault:
        yield replace(about, error=_unexplained(one, attempt.fault, advice))


def _foretold(finding: Finding, requirement: Requirement, about: Gap, advice: Advice) -> Gap:
    """A refusal whose reason stands in what could be seen."""
    permissions = (finding.action,) if finding.action else about.permissions
    verb = "is refused" if about.certain else "will be refused"
    problem = f"{' and '.join(permissions)} on {requirement.where} {verb}: {_reason(finding)}."
    remedy, side = advice.against(finding, requirement)
    return replace(about, error=ErrorReport(AccessDenied.code, problem, remedy, side), permissions=permissions)


def _unexplained(one: Examined, fault: CloudTranscodeError, advice: Advice) -> ErrorReport:
    """A refusal that nothing explains of what could be seen."""
    if fault.remedy != AccessDenied.default_remedy:
        return fault.report
    requirement, problem = one.requirement, fault.message
    remedy, side = advice.to_allow(requirement.missing, requirement, "")
    if one.attempt.allowed is None:
        problem = f"{problem} Whether it exists cannot be told: a 403 stands for a missing source, too."
        remedy = f"Check the key {requirement.need.resource.key}. If it is right: {remedy}"
    elif one.decision.trace and "resource" not in one.decision.unknown:
        problem = f"{problem} No policy that could be read refuses it."
        remedy = f"Run `ct explain {advice.sheet.client}`: it looks for what could not be read."
    return ErrorReport(AccessDenied.code, problem, remedy, side)


def _reason(finding: Finding) -> str:
    document = _DOCUMENTS.get(finding.layer)
    if document is None:
        return finding.how
    if finding.effect is Effect.EXPLICIT_DENY:
        return f"{_statement(finding)} of {document} denies it"
    return f"nothing in {document} allows it"


def _statement(finding: Finding) -> str:
    return finding.sid or f"Statement[{finding.statement}]"


def _told_once(gaps: Sequence[Gap]) -> Iterator[Gap]:
    """Leave out what another gap says already: a bucket that is not there, a folder where nothing may be written."""
    told: list[Gap] = []
    for gap in sorted(gaps, key=lambda gap: gap.warning):
        if not any(_covers(other, gap) or _same(other, gap) for other in told):
            told.append(gap)
    yield from told


def _same(other: Gap, gap: Gap) -> bool:
    """Whether two gaps read the same: several calls fail for one reason in one place."""
    return (other.error, other.resource, other.warning) == (gap.error, gap.resource, gap.warning)


def _covers(other: Gap, gap: Gap) -> bool:
    if other.error.code != gap.error.code or other.resource is None or gap.resource is None:
        return False
    if gap.error.code == BucketNotFound.code:
        return other.resource.bucket == gap.resource.bucket
    alike = gap.warning and not other.warning and set(gap.permissions) <= set(other.permissions)
    return alike and other.resource.folder == gap.resource.folder
