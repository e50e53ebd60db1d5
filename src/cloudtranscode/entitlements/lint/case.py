"""What one check gets to see: the document, what is known around it, and the reference."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from cloudtranscode.entitlements.arn import Arn
from cloudtranscode.entitlements.bucket import Ownership
from cloudtranscode.entitlements.lint.draft import Clause, Draft, Spot, loose_arn
from cloudtranscode.entitlements.lint.finding import Finding, Rule
from cloudtranscode.entitlements.lint.reference import ActionFacts, Reference
from cloudtranscode.entitlements.pattern import glob, tokenize
from cloudtranscode.location import S3Location


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is known beside the document; ``None`` for what nobody knows.

    ``stack_arn`` is the ARN to be entitled (a role's session stands for the role). ``entitled`` is false where stack
    and client share the account, so that no grant is needed (rule 36). ``ownership_enforced`` and
    ``restrict_public_buckets`` are settings of the bucket.
    """

    stack_arn: str | None = None
    input: S3Location | None = None
    output: S3Location | None = None
    entitled: bool = True
    ownership_enforced: bool | None = None
    restrict_public_buckets: bool | None = None

    @property
    def stack(self) -> Arn | None:
        """The role or user to be named."""
        arn = loose_arn(self.stack_arn) if self.stack_arn else None
        return arn.role if arn and arn.is_session else arn

    def names_stack(self, text: str) -> bool:
        """Whether a member of ``Principal.AWS`` includes the stack."""
        stack, arn = self.stack, loose_arn(text)
        if stack is None or arn is None:
            return stack is not None and text in {"*", stack.account}
        if (arn.partition, arn.account) != (stack.partition, stack.account):
            return False
        if arn.is_session and stack.is_role:
            return arn.role.name == stack.name
        path_known = self.stack_arn == str(stack)
        same = arn == stack or (not path_known and arn.is_role and arn.name == stack.name)
        return same or arn.is_root


@dataclass(frozen=True, slots=True)
class Case:
    """One document under examination."""

    draft: Draft
    reference: Reference
    around: Surroundings = field(default_factory=Surroundings)
    _asked: dict[str, dict[str, ActionFacts] | None] = field(default_factory=dict)

    @property
    def ownership_enforced(self) -> bool | None:
        """Whether the bucket owns all that is written into it: what was said of all documents counts, then its own."""
        own = self.draft.document.ownership
        known = self.around.ownership_enforced
        return known if known is not None or own is None else own is Ownership.ENFORCED

    @property
    def restricts_public(self) -> bool | None:
        """Whether RestrictPublicBuckets is on, as above."""
        known = self.around.restrict_public_buckets
        return known if known is not None else self.draft.document.restricts_public

    def finding(self, rule: Rule, path: str, message: str, remedy: str | None = None) -> Finding:
        """Make a finding in this document."""
        return rule.at(self.draft.name, path, message, remedy)

    def facts(self, action: str) -> dict[str, ActionFacts] | None:
        """Return the actions that a pattern such as ``s3:Get*`` stands for, by ``service:name`` in lower case.

        ``None`` for ``*`` and for what is no action of a service that exists.
        """
        if action not in self._asked:
            self._asked[action] = self._ask(action)
        return self._asked[action]

    def _ask(self, action: str) -> dict[str, ActionFacts] | None:
        service, _, name = action.lower().partition(":")
        known = self.reference.actions(service)
        if known is None:
            return None
        tokens = tokenize(name)
        return {f"{service}:{one}": facts for one, facts in known.items() if glob(tokens, one)}


def is_wild(text: str) -> bool:
    """Whether a text has wildcards."""
    return "*" in text or "?" in text


def covers(actions: tuple[Spot, ...], wanted: str) -> bool:
    """Whether one of these action patterns includes ``wanted``, in lower case (rule 11)."""
    return any(glob(tokenize(spot.text.lower()), wanted) for spot in actions)


def grants(clause: Clause, wanted: str) -> bool:
    """Whether a statement allows an action, given in lower case."""
    return clause.allows and covers(clause.actions, wanted) != clause.action_negated


def named(draft: Draft) -> Iterator[tuple[Clause, Spot]]:
    """Walk over the AWS principals to whom something is granted by name."""
    for clause in draft.allowing:
        if not clause.principal_negated:
            yield from ((clause, spot) for spot in clause.principals if spot.text != "*")
