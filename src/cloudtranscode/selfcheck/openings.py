"""What every statement of a bucket policy opens or closes, and for whom, in the policy's own words."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from cloudtranscode.entitlements.lint.draft import Clause, Document, Spot, read
from cloudtranscode.entitlements.order import GrantOrder
from cloudtranscode.entitlements.policy import Policy, Statement
from cloudtranscode.entitlements.principal import Principal, named
from cloudtranscode.entitlements.public import is_public
from cloudtranscode.entitlements.sheet import GrantStatement


class Reach(StrEnum):
    """Whom a statement concerns; ``ORDERED``: the stack, exactly as the grant sheet has it."""

    ORDERED = "ordered"
    STACK = "stack"
    OTHERS = "others"
    PUBLIC = "public"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Opening:
    """One statement: its place, its effect, and who may (or may not) do what to which resources, under what terms."""

    path: str
    sid: str | None
    effect: str
    reach: Reach
    who: tuple[str, ...]
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    conditions: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data."""
        lists = {name: list(getattr(self, name)) for name in ("who", "actions", "resources", "conditions")}
        return {"path": self.path, "sid": self.sid, "effect": self.effect, "reach": self.reach.value, **lists}


def openings(text: str, ordered: Collection[GrantStatement], order: GrantOrder) -> tuple[Opening, ...]:
    """Describe each statement of a policy text. Errors: :class:`InvalidPolicy` when it cannot be read in full."""
    policy, draft = Policy.parse(text), read(Document("", text))
    wanted = [statement.to_dict() for statement in ordered]
    written = draft.value["Statement"]
    values = written if isinstance(written, list) else [written]
    return tuple(
        _opening(clause, Reach.ORDERED if value in wanted else _reach(statement, order))
        for clause, statement, value in zip(draft.clauses, policy.statements, values, strict=True)
    )


def _opening(clause: Clause, reach: Reach) -> Opening:
    return Opening(
        clause.path,
        clause.sid.text if clause.sid else None,
        clause.effect or "",
        reach,
        tuple(_who(clause)),
        _listed(clause.actions, negated=clause.action_negated),
        _listed(clause.resources, negated=clause.resource_negated),
        tuple(f"{test.operator} {test.key}: {', '.join(one.text for one in test.values)}" for test in clause.tests),
    )


def _reach(statement: Statement, order: GrantOrder) -> Reach:
    element = statement.principals
    if element is None:
        return Reach.NOBODY  # rule 9: without Principal a statement of a bucket's policy never matches
    if is_public(Policy(None, None, (statement,))) is not False:
        return Reach.PUBLIC
    return Reach.OTHERS if named(Principal.from_arn(order.principal), element) is False else Reach.STACK


def _who(clause: Clause) -> Iterator[str]:
    but = "all but " if clause.principal_negated else ""
    for spot in clause.principals:
        yield but + ("everybody" if spot.text == "*" else spot.text)
    yield from (f"{but}{kind} {spot.text}" for kind, spot in clause.others)


def _listed(spots: tuple[Spot, ...], *, negated: bool) -> tuple[str, ...]:
    return tuple(f"all but {spot.text}" if negated else spot.text for spot in spots)
