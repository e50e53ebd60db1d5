"""Policies made ready for many requests: a decision looks only at the statements that may match.

Which statements match is one set of bits for each question that a statement asks (principal, action, resource,
conditions), and their intersection. The sets for a principal and for an action are worked out once; the one for a
resource comes from an index; conditions are asked last, of the few statements that are left. What the matching
statements add up to depends on nothing else of the request than a :class:`Case`, so that is worked out once as well.
Every answer is that of the functions that :func:`cloudtranscode.entitlements.evaluate.evaluate` walks with.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

from cloudtranscode.entitlements.condition import Context
from cloudtranscode.entitlements.decision import Decision
from cloudtranscode.entitlements.evaluate import Case, conclude, rests_on_resource_policy, same_partition
from cloudtranscode.entitlements.index import Bits, ResourceIndex, numbers
from cloudtranscode.entitlements.layers import Attached, PolicySet
from cloudtranscode.entitlements.match import Match, accounts_concerned, concerns, holds, takes_action, takes_resource
from cloudtranscode.entitlements.principal import Principal
from cloudtranscode.entitlements.public import is_public
from cloudtranscode.entitlements.request import Request
from cloudtranscode.entitlements.truth import Truth, all_of, any_of

# How many are kept: a sum is a finding for each statement that matches, a variant as large as the policies themselves.
_PRINCIPALS, _ACTIONS, _SUMS, _VARIANTS = 1024, 1024, 4096, 64
_ANY = "*"  # no account's id


def compile_policies(policies: PolicySet) -> CompiledPolicies:
    """Index ``policies`` for many decisions; that takes less time than parsing them took."""
    return CompiledPolicies(policies)


@dataclass(frozen=True, slots=True, eq=False)
class _Standing:
    """A principal, what follows from it, and which statements are about it."""

    principal: Principal
    partition: str | None
    context: Mapping[str, tuple[str, ...]]
    bits: Bits


class CompiledPolicies:
    """The policies of a :class:`PolicySet`, indexed; threads may share them.

    Nothing is kept of a resource, a context or a whole request; of principals and actions, only the latest thousand.
    """

    def __init__(self, policies: PolicySet) -> None:
        """Index ``policies``."""
        self.policies = policies
        self._attached = tuple(policies.attached)
        self._statements = tuple(one.statement for one in self._attached)
        self._resources = ResourceIndex(self._statements)
        self._conditional = sum(1 << number for number, one in enumerate(self._statements) if one.conditions)
        self._concerned = _by_account(self._attached)
        self._standing = lru_cache(_PRINCIPALS)(self._stand)
        self._action = lru_cache(_ACTIONS)(self._take)
        self._sum = lru_cache(_SUMS)(self._conclude)
        self._variants: dict[Hashable, CompiledPolicies] = {}

    def decide(self, request: Request) -> Decision:
        """Decide ``request`` as :func:`evaluate` does, with the same trace."""
        standing = self._standing(request.principal)
        taking, rests = self._action(request.action)
        may, sure = self._resources.find(request.resource)
        may &= standing.bits[0] & taking
        if may & (self._conditional | ~sure):
            may, sure = self._ask(request, request.full_context(standing.context), may, sure)
        same = same_partition(standing.partition, request.resource)
        return self._sum(standing, request.resource_account, rests, same, may, may & sure & standing.bits[1])

    @cached_property
    def keys(self) -> frozenset[str]:
        """The condition keys, in lower case, that the outcome depends on."""
        return self.policies.keys

    @cached_property
    def public(self) -> Truth:
        """Whether S3 takes the resource's policies for public; ``None``: not known."""
        return None if self.policies.resource is None else any_of(map(is_public, self.policies.resource))

    def variant(self, name: Hashable, change: Callable[[PolicySet], PolicySet]) -> CompiledPolicies:
        """Return these policies changed and compiled, once for each ``name``, which has to tell changes apart."""
        found = self._variants.get(name)
        if found is None:
            found = compile_policies(change(self.policies))
            if len(self._variants) >= _VARIANTS:
                self._variants.clear()
            self._variants[name] = found
        return found

    def _ask(self, request: Request, context: Context, may: int, sure: int) -> Bits:
        """Ask the statements in ``may`` what no index tells: conditions, and resources that are not sure."""
        for number in numbers(may & (self._conditional | ~sure)):
            bit, statement = 1 << number, self._statements[number]
            named = True if sure & bit else takes_resource(statement, request.resource, context)
            truth = all_of([named, holds(statement, context)])
            if truth:
                sure |= bit
            elif truth is None:
                sure &= ~bit
            else:
                may ^= bit
        return may, sure

    def _stand(self, principal: Principal) -> _Standing:
        """Ask the statements about ``principal``, but for those that name other accounts."""
        may = sure = 0
        layers = self.policies.about(principal.kind)
        for number in numbers(self._concerned.get(principal.account, 0) | self._concerned[_ANY]):
            attached = self._attached[number]
            truth = attached.layer in layers and concerns(attached, principal)
            may |= (truth is not False) << number
            sure |= (truth is True) << number
        return _Standing(principal, principal.partition, principal.context(), (may, sure))

    def _take(self, action: str) -> tuple[int, bool]:
        """Ask every statement about ``action``."""
        taking = sum(1 << number for number, one in enumerate(self._statements) if takes_action(one, action))
        return taking, rests_on_resource_policy(action)

    def _conclude(
        self, standing: _Standing, owner: str | None, rests: bool, same: bool, may: int, sure: int
    ) -> Decision:
        case = Case(standing.principal, owner, rests_on_resource_policy=rests, same_partition=same)
        matched = (Match.of(self._attached[at], sure >> at & 1 == 1 or None, case.principal) for at in numbers(may))
        return conclude(case, self.policies, tuple(matched))


def _by_account(statements: Iterable[Attached]) -> Mapping[str | None, int]:
    """Map each account to the statements that may be about its principals; under ``_ANY`` those about anybody's."""
    concerned: dict[str | None, int] = {_ANY: 0}
    for number, attached in enumerate(statements):
        named = accounts_concerned(attached)
        for account in {_ANY} if named is None else named:
            concerned[account] = concerned.get(account, 0) | 1 << number
    return concerned
