"""Weigh causes: how often each is met, times what every clue makes of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from math import prod

from cloudtranscode.entitlements.explain import attempts, circumstances, documents, said
from cloudtranscode.entitlements.explain.catalogue import CATALOGUE
from cloudtranscode.entitlements.explain.cause import Cause, names
from cloudtranscode.entitlements.explain.clue import PROOF, Clue
from cloudtranscode.entitlements.explain.evidence import Evidence
from cloudtranscode.entitlements.explain.explanation import Suspect
from cloudtranscode.errors import Side

_OF_PRINCIPAL = ("identity-policy", "identity-deny", "permissions-boundary")
_SOURCES = (said.clues, documents.clues, attempts.clues, circumstances.clues)


def rank(evidence: Evidence) -> tuple[tuple[Suspect, ...], Mapping[str, str]]:
    """Return the possible causes, likeliest first, and the ones that are ruled out with the reason."""
    gathered: defaultdict[str, list[Clue]] = defaultdict(list)
    for clue in (clue for source in _SOURCES for clue in source(evidence)):
        gathered[clue.cause].append(clue)
    possible = [cause for cause in CATALOGUE if cause.possible(evidence)]
    weights = {cause.id: _weight(cause, gathered[cause.id]) for cause in possible}
    total = sum(weights.values()) or 1.0
    suspects = [
        _suspect(cause, gathered[cause.id], weights[cause.id] / total, evidence)
        for cause in possible
        if weights[cause.id]
    ]
    excluded = {cause.id: _reason(gathered[cause.id]) for cause in possible if not weights[cause.id]}
    return tuple(sorted(suspects, key=lambda suspect: -suspect.likelihood)), excluded


def _weight(cause: Cause, clues: Sequence[Clue]) -> float:
    """Prior times factors; what was found in a document is not refuted by what was found in another."""
    found = any(clue.finding for clue in clues)
    return cause.prior * prod(clue.factor for clue in clues if clue.factor or not found)


def _reason(clues: Iterable[Clue]) -> str:
    return next(clue.text for clue in clues if not clue.factor)


def _side(cause: Cause, evidence: Evidence) -> Side:
    """Who acts; where the stack acts as a role of the client's account, that role's policies are the client's."""
    return Side.CLIENT if evidence.order.role and cause.id in _OF_PRINCIPAL else cause.side


def _suspect(cause: Cause, clues: Sequence[Clue], likelihood: float, evidence: Evidence) -> Suspect:
    findings = [clue.text for clue in clues if clue.finding and clue.factor > 1]
    found = any(clue.factor >= PROOF / 4 for clue in clues)
    general = cause.what.format_map(names(evidence))
    return Suspect(
        id=cause.id,
        family=cause.family.value,
        side=_side(cause, evidence),
        likelihood=likelihood,
        found=found,
        cause=" ".join([general, *findings]),
        remedy=cause.remedy.format_map(names(evidence)),
        supported_by=tuple(clue.text for clue in clues if clue.factor > 1 and not clue.finding),
        weakened_by=tuple(clue.text for clue in clues if 0 < clue.factor < 1),
    )
