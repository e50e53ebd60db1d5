"""Whether a request is allowed: policies from every layer and one request in, a decision with its trace out.

Covered: identity, resource, boundary, session, endpoint, service control and resource control policies, same and
cross account; a key's policy as the resource policy of KMS actions. What S3 adds to policies (object ownership,
public access block, requester pays, encryption) is the matter of :mod:`cloudtranscode.entitlements.s3`.
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from cloudtranscode.entitlements.decision import Decision, Effect, Finding
from cloudtranscode.entitlements.layers import Layer, Levels, Policies, PolicySet
from cloudtranscode.entitlements.match import Match, matches
from cloudtranscode.entitlements.principal import Grip, Principal, PrincipalKind
from cloudtranscode.entitlements.request import Request
from cloudtranscode.entitlements.truth import Truth, all_of, any_of, negate

__all__ = ["Decision", "Effect", "Finding", "Layer", "Policies", "PolicySet", "Principal", "Request", "evaluate"]


def evaluate(request: Request, policies: PolicySet) -> Decision:
    """Decide ``request``. A Deny anywhere wins; ``Allow`` only when every layer that could object is known.

    This walks every statement. To ask many requests of the same policies,
    :func:`cloudtranscode.entitlements.compiled.compile_policies` first.
    """
    return conclude(Case.of(request), policies, tuple(matches(request, policies)))


@dataclass(frozen=True, slots=True)
class Case:
    """All that a decision rests on besides the policies and which of their statements match.

    ``owner`` is the account of the resource, ``None`` when not known.
    """

    principal: Principal
    owner: str | None
    rests_on_resource_policy: bool
    same_partition: bool

    @classmethod
    def of(cls, request: Request) -> Case:
        """Take from a request what counts."""
        return cls(
            request.principal,
            request.resource_account,
            rests_on_resource_policy(request.action),
            same_partition(request.principal.partition, request.resource),
        )


def conclude(case: Case, policies: PolicySet, matched: tuple[Match, ...]) -> Decision:
    """Say what the statements that match, or may, add up to; they come in the order of ``policies.attached``."""
    layers = policies.about(case.principal.kind)
    missing = tuple(layer.value for layer, levels in layers.items() if levels is None)
    unknown = (*missing, *(("resource_account",) if _owner_matters(case) else ()))
    denials = [match for match in matched if match.denies]
    if any(match.truth for match in denials):
        return Decision(Effect.EXPLICIT_DENY, tuple(match.finding for match in denials if match.truth), unknown)
    outcome = _permitted(case, layers, matched)
    undenied = all_of([*(negate(match.truth) for match in denials), *(None for _ in missing)])
    effect = {True: Effect.ALLOW, False: Effect.IMPLICIT_DENY, None: Effect.UNKNOWN}[all_of([outcome.truth, undenied])]
    return Decision(effect, _trace(matched, missing, outcome), unknown)


def rests_on_resource_policy(action: str) -> bool:
    """Rule 24: a key's policy has to name the principal or its account before identity policies count; so a role's.

    https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html (role trust policies)
    """
    return action.lower().startswith(("kms:", "sts:assumerole"))


def same_partition(partition: str | None, resource: str) -> bool:
    """Rule 34: a principal of one partition has no access in another."""
    return partition is None or not resource.startswith("arn:") or resource.split(":", 2)[1] == partition


# --- what the matching statements add up to ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Outcome:
    truth: Truth
    findings: tuple[Finding, ...]


def _permitted(case: Case, layers: Mapping[Layer, Levels | None], matched: tuple[Match, ...]) -> _Outcome:
    """Whether the Allow statements suffice, denials aside."""
    grants = [match for match in matched if not match.denies]
    allows = {layer: _allowed(layer, levels, grants) for layer, levels in layers.items()}
    caps = {layer: allows[layer] if layers[layer] != () else True for layer in layers}
    needed = {layer.value: caps[layer] for layer in (Layer.RCP, Layer.ENDPOINT, Layer.SCP) if layer in caps}
    inner = {layer: caps.get(layer, True) for layer in (Layer.BOUNDARY, Layer.SESSION)}
    identity = all_of([allows.get(Layer.IDENTITY, True), *inner.values()])
    cross = all_of([identity, allows[Layer.RESOURCE]])
    own = cross if case.rests_on_resource_policy else identity
    same = any_of([own, *_direct_grants(grants, inner, unread=layers[Layer.RESOURCE] is None)])
    if case.principal.kind is PrincipalKind.ANONYMOUS:
        needed["resource"] = allows[Layer.RESOURCE]
    elif case.owner is None:
        needed["resource_account"] = same if same == cross else None
    elif case.owner == case.principal.account:
        needed["identity or resource (same account)"] = same
    else:
        granting = {layer.value: allows[layer] for layer in (Layer.IDENTITY, Layer.RESOURCE) if layer in allows}
        needed |= granting | {layer.value: truth for layer, truth in inner.items()}
    needed["partition"] = case.same_partition
    findings = tuple(_lacking(name, truth) for name, truth in needed.items() if truth is not True)
    return _Outcome(all_of(needed.values()), findings)


def _allowed(layer: Layer, levels: Levels | None, grants: Iterable[Match]) -> Truth:
    """Whether every level of a layer has an Allow that matches."""
    if levels is None:
        return None
    truths: list[list[Truth]] = [[] for _ in levels]
    for match in grants:
        if match.attached.layer is layer:
            truths[match.attached.level].append(match.truth)
    return all_of(any_of(level) for level in truths) if truths else False


def _direct_grants(grants: Iterable[Match], caps: Mapping[Layer, Truth], *, unread: bool) -> Iterator[Truth]:
    """What the owner's bucket policy permits by itself within its account (rules 2, 5 and 7).

    An account as principal only delegates. AWS says nothing certain about ``*`` or a user under a session policy, so
    that cap is kept.
    """
    if unread:
        yield None
    escapes = {
        Grip.SESSION: (),
        Grip.USER: (Layer.SESSION,),
        Grip.EVERYONE: (Layer.SESSION,),
        Grip.ROLE: (Layer.BOUNDARY, Layer.SESSION),
    }
    for match in grants:
        for grip, truth in match.grips.items():
            if grip in escapes:
                yield all_of([match.truth, truth, *(caps[layer] for layer in escapes[grip])])


def _lacking(name: str, truth: Truth) -> Finding:
    if truth is None:
        return Finding(name, "not known well enough to allow", Effect.UNKNOWN)
    return Finding(name, "does not allow", Effect.IMPLICIT_DENY)


def _trace(matched: Iterable[Match], missing: tuple[str, ...], outcome: _Outcome) -> tuple[Finding, ...]:
    absent = tuple(Finding(layer, "not supplied", Effect.UNKNOWN) for layer in missing)
    lacking = tuple(finding for finding in outcome.findings if finding.layer not in missing)
    return (*(match.finding for match in matched), *absent, *lacking)


def _owner_matters(case: Case) -> bool:
    return case.owner is None and case.principal.kind is not PrincipalKind.ANONYMOUS
