"""Which statements match a request: each asks about its principal, its action, its resource and its conditions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cloudtranscode.entitlements.condition import Context
from cloudtranscode.entitlements.decision import Effect, Finding
from cloudtranscode.entitlements.layers import Attached, Layer, PolicySet
from cloudtranscode.entitlements.pattern import Gap, Template, glob, glob_arn, settle, tokenize
from cloudtranscode.entitlements.policy import Statement, Verdict
from cloudtranscode.entitlements.principal import Grip, Principal, accounts, grips, named
from cloudtranscode.entitlements.request import Request
from cloudtranscode.entitlements.truth import Truth, all_of, any_of, negate

_WITH_PRINCIPAL = {Layer.RESOURCE, Layer.RCP, Layer.ENDPOINT}


@dataclass(frozen=True, slots=True)
class Match:
    """A statement that matches, or may (``truth`` is ``None``), and how it took hold of the principal."""

    attached: Attached
    truth: Truth
    grips: Mapping[Grip, Truth]

    @classmethod
    def of(cls, attached: Attached, truth: Truth, principal: Principal) -> Match:
        """Add how the statement took hold of ``principal``, where grants in the resource's policy differ by that."""
        element = attached.statement.principals
        told = element and attached.layer is Layer.RESOURCE and not element.negated
        return cls(attached, truth, grips(principal, element) if element and told else {})

    @property
    def denies(self) -> bool:
        """Whether this is a Deny."""
        return self.attached.statement.verdict is Verdict.DENY

    @property
    def finding(self) -> Finding:
        """The step of the trace."""
        at = self.attached
        effect = Effect.UNKNOWN if self.truth is None else Effect.EXPLICIT_DENY if self.denies else Effect.ALLOW
        how = "may match" if self.truth is None else "matches"
        if self.grips:
            how += f", principal named by {max(self.grips).name.lower()}"
        return Finding(at.layer, how, effect, at.policy, at.index, at.statement.sid, level=at.level)


def matches(request: Request, policies: PolicySet) -> Iterator[Match]:
    """Walk every statement of the layers that have a say about the principal."""
    context = request.full_context()
    layers = policies.about(request.principal.kind)
    for attached in policies.attached:
        if attached.layer in layers:
            truth = _applies(request, context, attached)
            if truth is not False:
                yield Match.of(attached, truth, request.principal)


def _applies(request: Request, context: Context, attached: Attached) -> Truth:
    statement = attached.statement
    return all_of(
        [
            concerns(attached, request.principal),
            takes_action(statement, request.action),
            takes_resource(statement, request.resource, context),
            holds(statement, context),
        ]
    )


def concerns(attached: Attached, principal: Principal) -> Truth:
    """Whether a statement is about ``principal``, where it is attached."""
    element = attached.statement.principals
    deny = attached.statement.verdict is Verdict.DENY
    if attached.layer not in _WITH_PRINCIPAL:
        return element is None or deny  # AWS takes no Principal here: such an Allow says nothing
    if element is None:
        return deny and attached.layer is not Layer.RESOURCE  # rule 9
    if element.negated and not deny:
        return False  # AWS does not support NotPrincipal with Allow
    return named(principal, element)


def accounts_concerned(attached: Attached) -> frozenset[str] | None:
    """Return the accounts whose principals a statement may be about; ``None``: any account's."""
    element = attached.statement.principals
    return None if element is None or attached.layer not in _WITH_PRINCIPAL else accounts(element)


def takes_action(statement: Statement, action: str) -> bool:
    """Whether a statement is about ``action`` (rule 11)."""
    wanted = action.lower()
    return any(glob(tokenize(pattern), wanted) for pattern in statement.actions) != statement.action_negated


def takes_resource(statement: Statement, resource: str, context: Context) -> Truth:
    """Whether a statement is about ``resource``, its variables filled in from ``context``."""
    negated = statement.resource_negated
    truth = any_of([_names(template, resource, context, negated=negated) for template in statement.resources])
    return negate(truth) if negated else truth


def holds(statement: Statement, context: Context) -> Truth:
    """Whether every condition of a statement holds."""
    return all_of([condition.holds(context) for condition in statement.conditions])


def _names(template: Template, resource: str, context: Context, *, negated: bool) -> Truth:
    if template.matches_everything:
        return True
    if not negated and not resource.startswith(template.head):
        return False  # whatever fills the variables, and whether anything does
    tokens = template.expand(context.resolve)
    answer = tokens if isinstance(tokens, Gap) else glob_arn(tokens, resource)
    return settle(answer, negated=negated) if isinstance(answer, Gap) else answer
