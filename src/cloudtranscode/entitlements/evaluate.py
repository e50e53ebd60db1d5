"""Whether a request is allowed: policies from every layer and one request in, a decision with its trace out.

Covered: identity, resource, boundary, session, endpoint, service control and resource control policies, same and
cross account; a key's policy as the resource policy of KMS actions. What S3 adds to policies (object ownership,
public access block, requester pays, encryption) is the matter of :mod:`cloudtranscode.entitlements.s3`.
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from cloudtranscode.entitlements.condition import Context
from cloudtranscode.entitlements.pattern import Gap, Template, glob, glob_arn, settle, tokenize
from cloudtranscode.entitlements.policy import Policy, Statement, Verdict
from cloudtranscode.entitlements.principal import PRINCIPAL_KEYS, Grip, Principal, PrincipalKind, grips, named
from cloudtranscode.entitlements.truth import Truth, all_of, any_of, negate
from cloudtranscode.errors import InvalidDocument

__all__ = ["Decision", "Effect", "Finding", "Layer", "PolicySet", "Principal", "Request", "evaluate"]


class Effect(StrEnum):
    """The outcome. ``Unknown``: what was not supplied could change it."""

    ALLOW = "Allow"
    EXPLICIT_DENY = "ExplicitDeny"
    IMPLICIT_DENY = "ImplicitDeny"
    UNKNOWN = "Unknown"


class Layer(StrEnum):
    """Where a policy is attached."""

    IDENTITY = "identity"
    RESOURCE = "resource"
    BOUNDARY = "boundary"
    SESSION = "session"
    ENDPOINT = "endpoint"
    SCP = "scp"
    RCP = "rcp"


_OWNER_KEY = "aws:resourceaccount"
# What every request carries: without a value here it is not known, never absent.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
_ALWAYS_CARRIED = frozenset({"aws:currenttime", "aws:epochtime", "aws:securetransport", "aws:userid"})
_WITH_PRINCIPAL = {Layer.RESOURCE, Layer.RCP, Layer.ENDPOINT}

Policies = tuple[Policy, ...]
Levels = tuple[Policies, ...]


@dataclass(frozen=True, slots=True)
class Request:
    """Who wants to do what to which resource.

    ``action`` is ``service:Name``; ``resource`` an ARN or ``*``; ``resource_account`` the owner's account id, ``None``
    when not known. ``context`` maps condition keys (any case) to their values; a key left out is absent from the
    request, unless ``unknown_keys`` names it: the request carries it, the caller does not know with what value.
    The keys that follow from principal and owner are filled in here; those that every request carries (time, transport,
    user id) are not known until given. Errors: :class:`InvalidDocument`.
    """

    principal: Principal
    action: str
    resource: str
    resource_account: str | None
    context: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unknown_keys: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[A-Za-z0-9-]+:[A-Za-z0-9]+", self.action):
            raise InvalidDocument(f"{self.action!r} is not one action, such as s3:GetObject.")

    def full_context(self) -> Context:
        """Return the context as conditions see it, with lower-case keys."""
        values: dict[str, tuple[str, ...]] = {}
        for key, carried in self.context.items():
            values[key.lower()] = values.get(key.lower(), ()) + tuple(carried)
        for key in self._not_carried():
            values.pop(key, None)
        values |= self.principal.context()
        unknown = {key.lower() for key in self.unknown_keys} | _ALWAYS_CARRIED
        unknown -= values.keys() | self._not_carried()
        if not self.principal.path_known:
            unknown.add("aws:principalarn")
        if self.resource_account is None:
            unknown.add(_OWNER_KEY)
        else:
            unknown.discard(_OWNER_KEY)
            values[_OWNER_KEY] = (self.resource_account,)
        return Context(values, frozenset(unknown))

    def _not_carried(self) -> frozenset[str]:
        """Keys that nobody can put into this request: what follows from the principal, and rule 35."""
        assumes = self.action.lower() == "sts:assumerole"
        return PRINCIPAL_KEYS if assumes else PRINCIPAL_KEYS | {"sts:externalid"}


@dataclass(frozen=True, slots=True)
class PolicySet:
    """Every layer's policies: ``()`` says that none is attached, ``None`` that the caller does not know (rule 19).

    ``scps`` are those of the principal's organization and ``rcps`` those of the resource owner's, one tuple per level
    (root, units, account): each level has to allow.
    """

    identity: Policies | None = None
    resource: Policies | None = None
    boundary: Policies | None = None
    session: Policies | None = None
    endpoint: Policies | None = None
    scps: Levels | None = None
    rcps: Levels | None = None

    @classmethod
    def closed(
        cls,
        *,
        identity: Policies = (),
        resource: Policy | None = None,
        boundary: Policy | None = None,
        session: Policies = (),
    ) -> PolicySet:
        """Return a world where what is not given is known not to exist."""
        return cls(identity, _one(resource), _one(boundary), session, (), (), ())

    @property
    def keys(self) -> frozenset[str]:
        """The condition keys, in lower case, that the outcome depends on."""
        flat = [policies or () for policies in (self.identity, self.resource, self.boundary, self.session)]
        attached = [*flat, self.endpoint or (), *(self.scps or ()), *(self.rcps or ())]
        return frozenset(key for level in attached for one in level for item in one.statements for key in item.keys)


@dataclass(frozen=True, slots=True)
class Finding:
    """One step of the trace; ``policy`` and ``statement`` count from 0 and are ``None`` for a whole layer."""

    layer: str
    how: str
    effect: Effect
    policy: int | None = None
    statement: int | None = None
    sid: str | None = None
    action: str | None = None  # the permission it is about, where a call takes several
    level: int = 0  # within service or resource control

    def __str__(self) -> str:
        about = f"{self.action}: " if self.action else ""
        where = "" if self.statement is None else f" policy {self.policy} statement {self.statement}"
        return f"{about}{self.layer}{where}{f' ({self.sid})' if self.sid else ''}: {self.effect}, {self.how}"


@dataclass(frozen=True, slots=True)
class Decision:
    """The outcome, the findings that led to it, and what was not supplied: layers, ``resource_account``."""

    effect: Effect
    trace: tuple[Finding, ...]
    unknown: tuple[str, ...] = ()

    @property
    def allowed(self) -> bool:
        """Whether the request is certainly allowed."""
        return self.effect is Effect.ALLOW


def evaluate(request: Request, policies: PolicySet) -> Decision:
    """Decide ``request``. A Deny anywhere wins; ``Allow`` only when every layer that could object is known."""
    missing = tuple(layer.value for layer, levels in _layers(request, policies).items() if levels is None)
    matches = tuple(_matches(request, policies))
    unknown = (*missing, *(("resource_account",) if _owner_matters(request) else ()))
    denials = [match for match in matches if match.statement.verdict is Verdict.DENY]
    if any(match.truth for match in denials):
        return Decision(Effect.EXPLICIT_DENY, tuple(match.finding for match in denials if match.truth), unknown)
    outcome = _permitted(request, policies, matches)
    undenied = all_of([*(negate(match.truth) for match in denials), *(None for _ in missing)])
    effect = {True: Effect.ALLOW, False: Effect.IMPLICIT_DENY, None: Effect.UNKNOWN}[all_of([outcome.truth, undenied])]
    return Decision(effect, _trace(matches, missing, outcome), unknown)


# --- which statements match -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Match:
    """A statement that matches, or may (``truth`` is ``None``); ``level`` counts within service or resource control."""

    layer: Layer
    level: int
    policy: int
    index: int
    statement: Statement
    truth: Truth
    grips: Mapping[Grip, Truth]

    @property
    def finding(self) -> Finding:
        deny = self.statement.verdict is Verdict.DENY
        effect = Effect.UNKNOWN if self.truth is None else Effect.EXPLICIT_DENY if deny else Effect.ALLOW
        how = "may match" if self.truth is None else "matches"
        if self.grips:
            how += f", principal named by {max(self.grips).name.lower()}"
        return Finding(self.layer, how, effect, self.policy, self.index, self.statement.sid, level=self.level)


def _layers(request: Request, policies: PolicySet) -> dict[Layer, Levels | None]:
    """The layers that have a say about this principal; each is a tuple of levels that all have to allow."""
    layers: dict[Layer, Levels | None] = {
        Layer.RCP: policies.rcps,
        Layer.ENDPOINT: _level(policies.endpoint),
        Layer.RESOURCE: _level(policies.resource),
    }
    if request.principal.kind is PrincipalKind.ANONYMOUS:
        return layers
    layers[Layer.SCP] = policies.scps
    if request.principal.kind is not PrincipalKind.ROOT:
        layers[Layer.IDENTITY] = _level(policies.identity)
        layers[Layer.BOUNDARY] = _level(policies.boundary)
        layers[Layer.SESSION] = _level(policies.session)
    return layers


def _matches(request: Request, policies: PolicySet) -> Iterator[_Match]:
    context = request.full_context()
    for layer, levels in _layers(request, policies).items():
        for level, attached in enumerate(levels or ()):
            for number, policy in enumerate(attached):
                for index, statement in enumerate(policy.statements):
                    truth = _applies(request, context, layer, statement)
                    if truth is not False:
                        held = _grips(request.principal, layer, statement)
                        yield _Match(layer, level, number, index, statement, truth, held)


def _applies(request: Request, context: Context, layer: Layer, statement: Statement) -> Truth:
    action = any(glob(tokenize(pattern), request.action.lower()) for pattern in statement.actions)
    resource = any_of(
        _names_resource(template, request.resource, context, negated=statement.resource_negated)
        for template in statement.resources
    )
    return all_of(
        [
            _concerns(request.principal, layer, statement),
            action != statement.action_negated,
            negate(resource) if statement.resource_negated else resource,
            *(condition.holds(context) for condition in statement.conditions),
        ]
    )


def _concerns(principal: Principal, layer: Layer, statement: Statement) -> Truth:
    element = statement.principals
    deny = statement.verdict is Verdict.DENY
    if layer not in _WITH_PRINCIPAL:
        return element is None or deny  # AWS takes no Principal here: such an Allow says nothing
    if element is None:
        return deny and layer is not Layer.RESOURCE  # rule 9
    if element.negated and not deny:
        return False  # AWS does not support NotPrincipal with Allow
    return named(principal, element)


def _grips(principal: Principal, layer: Layer, statement: Statement) -> Mapping[Grip, Truth]:
    element = statement.principals
    return grips(principal, element) if element and layer is Layer.RESOURCE and not element.negated else {}


def _names_resource(template: Template, resource: str, context: Context, *, negated: bool) -> Truth:
    if template.matches_everything:
        return True
    tokens = template.expand(context.resolve)
    answer = tokens if isinstance(tokens, Gap) else glob_arn(tokens, resource)
    return settle(answer, negated=negated) if isinstance(answer, Gap) else answer


# --- what the matching statements add up to ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Outcome:
    truth: Truth
    findings: tuple[Finding, ...]


def _permitted(request: Request, policies: PolicySet, matches: tuple[_Match, ...]) -> _Outcome:
    """Whether the Allow statements suffice, denials aside."""
    layers = _layers(request, policies)
    allows = {layer: _allowed(layer, levels, matches) for layer, levels in layers.items()}
    caps = {layer: allows[layer] if layers[layer] != () else True for layer in layers}
    needed = {layer.value: caps[layer] for layer in (Layer.RCP, Layer.ENDPOINT, Layer.SCP) if layer in caps}
    grants = [match for match in matches if match.layer is Layer.RESOURCE and match.statement.verdict is Verdict.ALLOW]
    inner = {layer: caps.get(layer, True) for layer in (Layer.BOUNDARY, Layer.SESSION)}
    identity = all_of([allows.get(Layer.IDENTITY, True), *inner.values()])
    cross = all_of([identity, allows[Layer.RESOURCE]])
    own = cross if _rests_on_resource_policy(request) else identity
    same = any_of([own, *_direct_grants(grants, inner, unread=policies.resource is None)])
    if request.principal.kind is PrincipalKind.ANONYMOUS:
        needed["resource"] = allows[Layer.RESOURCE]
    elif request.resource_account is None:
        needed["resource_account"] = same if same == cross else None
    elif request.resource_account == request.principal.account:
        needed["identity or resource (same account)"] = same
    else:
        granting = {layer.value: allows[layer] for layer in (Layer.IDENTITY, Layer.RESOURCE) if layer in allows}
        needed |= granting | {layer.value: truth for layer, truth in inner.items()}
    needed["partition"] = _same_partition(request)
    findings = tuple(_lacking(name, truth) for name, truth in needed.items() if truth is not True)
    return _Outcome(all_of(needed.values()), findings)


def _allowed(layer: Layer, levels: Levels | None, matches: Iterable[_Match]) -> Truth:
    """Whether every level of a layer has an Allow that matches."""
    if levels is None:
        return None
    truths: list[list[Truth]] = [[] for _ in levels]
    for match in matches:
        if match.layer is layer and match.statement.verdict is Verdict.ALLOW:
            truths[match.level].append(match.truth)
    return all_of(any_of(level) for level in truths) if truths else False


def _direct_grants(grants: Iterable[_Match], caps: Mapping[Layer, Truth], *, unread: bool) -> Iterator[Truth]:
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


def _rests_on_resource_policy(request: Request) -> bool:
    """Rule 24: a key's policy has to name the principal or its account before identity policies count; so a role's.

    https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html (role trust policies)
    """
    return request.action.lower().startswith(("kms:", "sts:assumerole"))


def _same_partition(request: Request) -> bool:
    """Rule 34: a principal of one partition has no access in another."""
    if request.principal.partition is None or not request.resource.startswith("arn:"):
        return True
    return request.resource.split(":")[1] == request.principal.partition


def _lacking(name: str, truth: Truth) -> Finding:
    if truth is None:
        return Finding(name, "not known well enough to allow", Effect.UNKNOWN)
    return Finding(name, "does not allow", Effect.IMPLICIT_DENY)


def _trace(matches: Iterable[_Match], missing: tuple[str, ...], outcome: _Outcome) -> tuple[Finding, ...]:
    absent = tuple(Finding(layer, "not supplied", Effect.UNKNOWN) for layer in missing)
    lacking = tuple(finding for finding in outcome.findings if finding.layer not in missing)
    return (*(match.finding for match in matches), *absent, *lacking)


def _owner_matters(request: Request) -> bool:
    return request.resource_account is None and request.principal.kind is not PrincipalKind.ANONYMOUS


def _one(policy: Policy | None) -> Policies:
    return () if policy is None else (policy,)


def _level(attached: Policies | None) -> Levels | None:
    return None if attached is None else (attached,) if attached else ()
