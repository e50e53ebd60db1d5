"""What the attempts tell: each differs from the job's request in one thing."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from cloudtranscode.entitlements.explain.catalogue import CATALOGUE
from cloudtranscode.entitlements.explain.cause import Family
from cloudtranscode.entitlements.explain.clue import AGAINST, FAINT, GOOD, PROOF, REFUTED, SLIGHT, STRONG, Clue, each
from cloudtranscode.entitlements.explain.evidence import MEANING, Access, Evidence, Probe

_PRINCIPALS = [cause.id for cause in CATALOGUE if cause.id.startswith("principal-") and cause.family is Family.GRANT]
_GRANTS = [cause.id for cause in CATALOGUE if cause.family is Family.GRANT]
_OWN = ("identity-policy", "permissions-boundary", "session-policy", "endpoint-policy", "service-control-policy")
_OF_ONE_OBJECT = ("object-foreign", "key-policy", "resource-prefix", "resource-case", "key-missing", "key-case")


def clues(evidence: Evidence) -> Iterator[Clue]:
    """What differs from the job's refused request, and what does not."""
    for probe, judge in _JUDGES.items():
        permitted = evidence.permitted(probe)
        if permitted is not None:
            yield from judge(evidence, permitted, _said(probe, permitted=permitted))


def _said(probe: Probe, *, permitted: bool) -> str:
    return f"{MEANING[probe][0].upper()}{MEANING[probe][1:]}: {'permitted' if permitted else 'refused'}."


def _settles(cause: str, otherwise: float = FAINT) -> Callable[[Evidence, bool, str], Iterator[Clue]]:
    """An attempt that is permitted only where this cause is at work."""

    def judge(_evidence: Evidence, permitted: bool, text: str) -> Iterator[Clue]:
        yield Clue(cause, PROOF if permitted else otherwise, text, finding=permitted)

    return judge


def _unsigned(_evidence: Evidence, permitted: bool, text: str) -> Iterator[Clue]:
    if permitted:  # anybody may, but the stack may not: something is directed at the stack, or at its side
        yield from each((*_OWN, "deny-principal", "deny-not-principal", "identity-deny"), GOOD, text)
        yield from each(("policy-missing", "key-missing", "key-policy", "requester-pays"), REFUTED, text)


def _listing(_evidence: Evidence, permitted: bool, text: str) -> Iterator[Clue]:
    if not permitted:
        # The grant that we ask for includes listing, so that a missing key would be a 404.
        yield from each(("key-missing", "object-foreign", "key-policy", "resource-case", "key-case"), AGAINST, text)
        return
    yield from each(
        (*_PRINCIPALS, "key-missing", "session-policy", "endpoint-policy", "service-control-policy"), AGAINST, text
    )
    yield from each(("policy-missing", "public-access-block", "requester-pays", "owner-unexpected"), FAINT, text)
    yield from each(("action-missing", "resource-whole-bucket", "resource-prefix", "key-policy"), SLIGHT, text)


def _neighbour(_evidence: Evidence, permitted: bool, text: str) -> Iterator[Clue]:
    if permitted:
        yield from each(_OF_ONE_OBJECT, GOOD, text)
        yield from each(("condition-unmet", "deny-condition"), SLIGHT, text)
        unlikely = {*_GRANTS, *_OWN} - {*_OF_ONE_OBJECT, "condition-unmet", "identity-policy"}
        yield from each((*unlikely, "requester-pays", "owner-unexpected", "public-access-block"), REFUTED, text)
    else:
        yield from each(_OF_ONE_OBJECT, AGAINST, text)


def _elsewhere(evidence: Evidence, permitted: bool, text: str) -> Iterator[Clue]:
    """A write at the bucket's top: permitted, the grant or the Deny is about a prefix."""
    if permitted:
        yield Clue("resource-prefix", STRONG, text)
        yield from each(("resource-case", "identity-policy", "deny-principal"), GOOD, text)
        yield from each((*_PRINCIPALS, "policy-missing", "grant-missing", "action-missing"), FAINT, text)
    elif "/" in evidence.target.key:
        yield from each(("resource-prefix", "resource-case"), AGAINST, text)


def _other_bucket(_evidence: Evidence, permitted: bool, text: str) -> Iterator[Clue]:
    if permitted:
        yield from each((*_OWN, "principal-unexpected", "principal-account", "principal-name"), AGAINST, text)
        yield from each(("account-problem", "credentials-unknown", "credentials-wrong"), FAINT, text)
        yield Clue("key-missing", SLIGHT, text)
    else:
        yield from each((*_OWN, "principal-unexpected", "grant-missing", "policy-missing"), SLIGHT, text)


def _as_owner(evidence: Evidence, permitted: bool, text: str) -> Iterator[Clue]:
    if permitted:
        yield from each(("key-missing", "key-case", "account-problem", "object-foreign"), REFUTED, text)
    elif evidence.access is Access.READ:  # whatever refuses, it is on the way or in the bucket
        yield from each(("object-foreign", "endpoint-policy"), GOOD, text)
        yield from each(("resource-control-policy", "deny-network", "deny-address", "deny-principal"), SLIGHT, text)


_JUDGES = {
    Probe.AGAIN: _settles("propagation", otherwise=0.2),
    Probe.WHOLE_SESSION: _settles("session-policy", otherwise=AGAINST),
    Probe.ANY_OWNER: _settles("owner-unexpected"),
    Probe.PAYING: _settles("requester-pays"),
    Probe.WITH_ACL: _settles("deny-without-acl"),
    Probe.ENCRYPTED: _settles("deny-unencrypted"),
    Probe.UNSIGNED: _unsigned,
    Probe.LISTING: _listing,
    Probe.NEIGHBOUR: _neighbour,
    Probe.ELSEWHERE: _elsewhere,
    Probe.OTHER_BUCKET: _other_bucket,
    Probe.AS_OWNER: _as_owner,
}
