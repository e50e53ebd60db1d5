"""Explain a refusal: from the evidence to causes, documents and the message."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from cloudtranscode.entitlements.bucket import Ownership
from cloudtranscode.entitlements.explain.answer import Verdict
from cloudtranscode.entitlements.explain.evidence import Access, Evidence
from cloudtranscode.entitlements.explain.explanation import Explanation
from cloudtranscode.entitlements.explain.message import write_message
from cloudtranscode.entitlements.explain.predict import predict
from cloudtranscode.entitlements.explain.rank import rank
from cloudtranscode.entitlements.grant import grant_sheet, merge
from cloudtranscode.entitlements.policy import Policy
from cloudtranscode.errors import InvalidPolicy


def explain(evidence: Evidence) -> Explanation:
    """Rank what may have refused the request that ``evidence`` is about.

    Without an answer it is taken to have been refused with a bare 403, as whoever asks says.
    """
    if _let_through(evidence) or _enforced(evidence):
        return Explanation(evidence, False, (), {}, None, {})
    causes, excluded = rank(evidence)
    predicted = predict(evidence)
    explanation = Explanation(
        evidence, True, causes, excluded, predicted.effect if predicted else None, _documents(evidence)
    )
    return replace(explanation, message=write_message(explanation))


def _let_through(evidence: Evidence) -> bool:
    """Whether S3 permitted it; that an object is missing whose name was made up is no refusal."""
    if evidence.answer is None:
        return False
    absent = evidence.answer.verdict is Verdict.ABSENT and not evidence.named
    return absent or evidence.answer.verdict is Verdict.ALLOWED


def _enforced(evidence: Evidence) -> bool:
    """Whether nothing needs to be handed over, because the bucket owns whatever is written into it."""
    seen = evidence.bucket.ownership if evidence.bucket else None
    return evidence.access is Access.CLIENT_READ and seen is Ownership.ENFORCED


def _documents(evidence: Evidence) -> Mapping[str, str]:
    """The policy of the bucket as it should be: what is there, with the grant put in, where nothing gets lost."""
    order = evidence.order
    bucket = (order.input if evidence.access is Access.READ else order.output).bucket
    statements = grant_sheet(order).of(bucket)
    present = evidence.bucket.policy if evidence.bucket else None
    if not statements:
        return {}
    try:
        return {bucket: merge(present or None, statements)}
    except InvalidPolicy:
        kept = _sids(present or "") - {one.sid for one in statements}
        return {} if kept else {bucket: merge(None, statements)}


def _sids(text: str) -> set[str | None]:
    """The names in a policy, as far as it can be read."""
    try:
        return {one.sid for one in Policy.parse(text).statements}
    except InvalidPolicy:
        return set()
