"""What the documents and settings that could be read tell: near proof, for and against."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from cloudtranscode.entitlements.bucket import Ownership
from cloudtranscode.entitlements.evaluate import Decision, Effect
from cloudtranscode.entitlements.explain.catalogue import CATALOGUE
from cloudtranscode.entitlements.explain.cause import Family
from cloudtranscode.entitlements.explain.clue import AGAINST, FAINT, GOOD, PROOF, REFUTED, SLIGHT, STRONG, Clue, each
from cloudtranscode.entitlements.explain.evidence import Access, Evidence
from cloudtranscode.entitlements.explain.near import Near, near_misses
from cloudtranscode.entitlements.explain.predict import by_bucket_policy, by_key, by_own
from cloudtranscode.entitlements.policy import Policy
from cloudtranscode.entitlements.public import is_public
from cloudtranscode.entitlements.snapshot import BucketSnapshot
from cloudtranscode.entitlements.truth import any_of
from cloudtranscode.errors import InvalidDocument, InvalidPolicy

_GRANTS = [cause.id for cause in CATALOGUE if cause.family is Family.GRANT]
_DENIALS = [cause.id for cause in CATALOGUE if cause.family is Family.DENIAL]

# Which kind of Deny it is follows from what its condition asks about.
_BY_KEY = {
    "aws:securetransport": "deny-transport",
    "s3:tlsversion": "deny-transport",
    "aws:sourceip": "deny-address",
    "aws:vpcsourceip": "deny-address",
    "aws:sourcevpce": "deny-network",
    "aws:sourcevpc": "deny-network",
    "s3:x-amz-acl": "deny-without-acl",
    "s3:x-amz-server-side-encryption": "deny-unencrypted",
    "s3:x-amz-server-side-encryption-aws-kms-key-id": "deny-unencrypted",
}


def clues(evidence: Evidence) -> Iterator[Clue]:
    """What the bucket's policy and settings, the object and the stack's own policies tell."""
    bucket = evidence.bucket
    of_policy: list[Clue] = []
    if bucket is not None:
        if not bucket.exists:
            yield Clue("bucket-missing", PROOF, f"S3 knows no bucket {bucket.name}.", finding=True)
            return
        of_policy += _of_policy(evidence, bucket)
        yield from of_policy
        yield from _of_settings(evidence, bucket)
    yield from _of_object(evidence, denied=any(clue.finding and clue.cause in _DENIALS for clue in of_policy))
    yield from _of_stack(evidence)


# --- the bucket's policy -------------------------------------------------------------------------------------------


def _of_policy(evidence: Evidence, bucket: BucketSnapshot) -> Iterator[Clue]:
    if bucket.policy is None:
        return
    if not bucket.policy:
        yield from each(_DENIALS, REFUTED, "The bucket has no policy that could deny.")
        yield from _of_no_policy(evidence)
        return
    try:
        policy = Policy.parse(bucket.policy)
    except InvalidPolicy as error:
        yield Clue("policy-malformed", PROOF, error.message, finding=True)
        return
    yield Clue("policy-missing", REFUTED, "The bucket has a policy.")
    yield Clue("policy-malformed", REFUTED, "The bucket's policy can be read.")
    yield from _of_denials(bucket.policy, by_bucket_policy(evidence, policy))
    yield from _of_grants(evidence, bucket.policy)


def _of_no_policy(evidence: Evidence) -> Iterator[Clue]:
    yield from each(set(_GRANTS) - {"policy-missing", "grant-on-other-bucket"}, REFUTED, "The bucket has no policy.")
    yield Clue("policy-missing", PROOF, "There is none to be read.")
    yield from _of_other_bucket(evidence)


def _of_other_bucket(evidence: Evidence) -> Iterator[Clue]:
    """Whether the policy of the client's other bucket holds what belongs here."""
    other = evidence.other
    if other is None or not other.policy or other.name == evidence.target.bucket:
        return
    try:
        Policy.parse(other.policy)
        found = [near for near in near_misses(evidence, other.policy) if _resource_alone(near)]
        granted = by_bucket_policy(evidence, Policy.parse(other.policy)).allowed
    except InvalidPolicy:
        return
    if granted or found:
        text = f"The policy of {other.name} entitles the stack to {evidence.access.action}."
        yield Clue("grant-on-other-bucket", 10 * PROOF, text, finding=True)


def _resource_alone(near: Near) -> bool:
    return [slip.cause for slip in near.slips] == ["resource-other-bucket"]


def _of_denials(text: str, decision: Decision) -> Iterator[Clue]:
    """Statements that deny, and those that may: the refusal itself makes the latter likely."""
    statements = _statements(text)
    found = set()
    for step in decision.trace:
        if step.statement is None or statements[step.statement]["Effect"] != "Deny":
            continue
        statement, sure = statements[step.statement], step.effect is Effect.EXPLICIT_DENY
        cause = _kind_of_denial(statement)
        found.add(cause)
        name = f"Statement[{step.statement}]" + (f" ({step.sid})" if step.sid else "")
        words = f"{name} of the bucket's policy {'denies' if sure else 'may deny'} it{_when(statement)}."
        yield Clue(cause, PROOF if sure else STRONG, words, finding=True)
    yield from each(set(_DENIALS) - found, REFUTED, "No Deny of that kind in the bucket's policy covers the request.")


def _kind_of_denial(statement: Mapping[str, Any]) -> str:
    keys = [key.lower() for tests in statement.get("Condition", {}).values() for key in tests]
    told = next((_BY_KEY[key] for key in keys if key in _BY_KEY), None)
    if told:
        return told
    if "NotPrincipal" in statement:
        return "deny-not-principal"
    return "deny-condition" if keys else "deny-principal"


def _when(statement: Mapping[str, Any]) -> str:
    return f" under the condition {json.dumps(statement['Condition'])}" if statement.get("Condition") else ""


def _statements(text: str) -> list[Mapping[str, Any]]:
    found = json.loads(text)["Statement"]
    return found if isinstance(found, list) else [found]


def _of_grants(evidence: Evidence, text: str) -> Iterator[Clue]:
    """Whether a statement grants the request; if none does, which ones nearly do."""
    decision = _without_denials(evidence, text)
    effect = decision.effect
    if effect is Effect.ALLOW:
        yield from each(_GRANTS, REFUTED, "The bucket's policy entitles the stack to it.")
        return
    near = near_misses(evidence, text) if effect is Effect.IMPLICIT_DENY else []
    for one in near:
        for slip in one.slips:
            yield Clue(slip.cause, PROOF if one.misses == 1 else PROOF / 4, slip.finding, finding=True)
    if effect is Effect.UNKNOWN:
        yield Clue(
            "condition-unmet", STRONG, f"{_hanging(text, decision)} hangs on what cannot be known from here.", True
        )
        found = {"condition-unmet"}
    else:
        found = {slip.cause for one in near for slip in one.slips}
        yield Clue("grant-missing", PROOF / (50 if near else 1), "No statement of the bucket's policy grants it.")
    left = set(_GRANTS) - found - {"grant-missing" if effect is not Effect.UNKNOWN else ""}
    yield from each(left, REFUTED, "The bucket's policy has no such slip.")


def _without_denials(evidence: Evidence, text: str) -> Decision:
    """Decide as if there were no Deny; each statement keeps its number."""
    nobody = {"Effect": "Allow", "Principal": {"AWS": "0"}, "Action": "*", "Resource": "*"}
    allows = [one if one["Effect"] == "Allow" else nobody for one in _statements(text)]
    return by_bucket_policy(evidence, Policy.parse({**json.loads(text), "Statement": allows}))


def _hanging(text: str, decision: Decision) -> str:
    """Name the statement that may grant the request, and its condition."""
    index = next((step.statement for step in decision.trace if step.statement is not None), 0)
    return f"Statement[{index}] of the bucket's policy grants it, but{_when(_statements(text)[index])} it"


# --- settings and the object ----------------------------------------------------------------------------------------


def _of_settings(evidence: Evidence, bucket: BucketSnapshot) -> Iterator[Clue]:
    if bucket.ownership is Ownership.ENFORCED:
        yield Clue("object-foreign", REFUTED, "The bucket is BucketOwnerEnforced: it owns every object.")
    elif bucket.ownership is not None:
        yield Clue("object-foreign", SLIGHT, f"The bucket is {bucket.ownership}: others may own objects in it.")
    if bucket.requester_pays is not None:
        text = f"Requester Pays is {'on' if bucket.requester_pays else 'off'}."
        yield Clue("requester-pays", PROOF if bucket.requester_pays else REFUTED, text)
    yield from _of_public_access(bucket)
    if bucket.kms_key == "" and evidence.access is Access.READ:
        yield Clue("key-policy", AGAINST, "New objects in the bucket are protected by no KMS key.")
    elif evidence.object is None or evidence.object.kms_key is None:
        yield from _of_key(evidence, bucket.kms_key, bucket.kms_policy, "New objects in the bucket are")


def _of_public_access(bucket: BucketSnapshot) -> Iterator[Clue]:
    cause = "public-access-block"
    if bucket.restricts_public is False:
        yield Clue(cause, REFUTED, "RestrictPublicBuckets is off.")
        return
    try:
        public = None if bucket.policy is None else any_of(map(is_public, bucket.resource or ()))
    except InvalidPolicy:
        return
    if public is False:
        yield Clue(cause, REFUTED, "The bucket's policy is not public.")
    elif public and bucket.restricts_public:
        yield Clue(cause, PROOF, "RestrictPublicBuckets is on, and a statement of the policy is public.", finding=True)
    elif public:
        yield Clue(cause, GOOD, "A statement of the bucket's policy is public.")


def _of_key(evidence: Evidence, key: str | None, policy: str | None, whose: str) -> Iterator[Clue]:
    if key is None:
        return
    if not key:
        yield Clue("key-policy", REFUTED, f"{whose} protected by no KMS key.")
        return
    try:
        decision = by_key(evidence, key, policy)
    except (InvalidDocument, InvalidPolicy):
        yield Clue("key-policy", GOOD, f"{whose} protected by the KMS key {key}.")
        return
    refusing = {step.layer: step.action for step in decision.trace if step.effect is Effect.IMPLICIT_DENY}
    if decision.allowed:
        yield Clue("key-policy", REFUTED, f"The policy of {key} lets the stack use it.")
    elif decision.effect is Effect.UNKNOWN:
        yield Clue("key-policy", GOOD, f"{whose} protected by {key}, whose policy could not be read in full.")
    else:
        if "identity" in refusing:
            text = f"The stack's own policies do not allow {refusing['identity']} on {key}."
            yield Clue("identity-policy", PROOF, text, finding=True)
        if {*refusing} != {"identity"}:
            text = f"{whose} protected by {key}, whose policy does not let the stack use it."
            yield Clue("key-policy", PROOF, text, finding=True)


def _of_object(evidence: Evidence, *, denied: bool) -> Iterator[Clue]:
    seen, where = evidence.object, evidence.target.uri
    if seen is None:
        return
    if seen.exists is False and seen.similar:
        text = f"There is no {where}, but {', '.join(seen.similar)}."
        yield Clue("key-case", PROOF, text, finding=True)
    elif seen.exists is not None:
        yield Clue("key-case", REFUTED, "No key differs in capitals and small letters alone.")
    if seen.exists is not None:
        text = f"{where} {'exists' if seen.exists else 'does not exist'}."
        rival = seen.exists is False and not seen.similar
        yield Clue("key-missing", PROOF if rival else FAINT if not seen.exists else REFUTED, text, finding=rival)
    if seen.foreign is not None:
        text = f"{where} belongs to {'another account than' if seen.foreign else 'the owner of'} its bucket."
        yield Clue("object-foreign", PROOF if seen.foreign else REFUTED, text, finding=seen.foreign)
    elif seen.opens is False:
        # A Deny that keeps everybody out explains that as well.
        yield Clue(
            "object-foreign",
            SLIGHT if denied else STRONG,
            f"The client's own credentials cannot open {where}, which is listed.",
        )
    if seen.archived is not None:
        text = f"{where} lies in {'an archive' if seen.archived else 'no archive'}."
        yield Clue("object-archived", PROOF if seen.archived else REFUTED, text, finding=seen.archived)
    yield from _of_key(evidence, seen.kms_key, seen.kms_policy, f"{where} is")


# --- the stack's own policies ---------------------------------------------------------------------------------------


def _of_stack(evidence: Evidence) -> Iterator[Clue]:
    stack = evidence.stack
    if stack is None:
        return
    try:
        if stack.identity is not None:
            own = tuple(Policy.parse(text) for text in stack.identity.values())
            yield from _of_identity(evidence, by_own(evidence, own), list(stack.identity))
        if stack.boundary is not None:
            decision = by_own(evidence, (Policy.parse(stack.boundary),)) if stack.boundary else None
            yield _of_boundary(decision)
    except InvalidPolicy as error:
        yield Clue("identity-policy", GOOD, f"A policy of the stack cannot be understood: {error.message}")


def _of_identity(evidence: Evidence, decision: Decision, policies: list[str]) -> Iterator[Clue]:
    allowed = f"The stack's own policies allow {evidence.access.action} there."
    if decision.effect is Effect.EXPLICIT_DENY:
        found = decision.trace[0]
        text = f"Statement[{found.statement}] of the stack's policy {policies[found.policy or 0]} denies it."
        yield Clue("identity-deny", PROOF, text, finding=True)
        yield Clue("identity-policy", REFUTED, "It is a Deny that refuses.")
        return
    yield Clue("identity-deny", REFUTED, "No Deny in the stack's own policies covers the request.")
    if decision.effect is Effect.IMPLICIT_DENY:
        attached = ", ".join(policies) or "none is attached"
        text = f"No statement of the stack's policies ({attached}) allows {evidence.access.action} there."
        yield Clue("identity-policy", PROOF, text, finding=True)
    elif decision.allowed:
        yield Clue("identity-policy", REFUTED, allowed)
    else:
        yield Clue("identity-policy", GOOD, "The stack's own policies allow it only under conditions.")


def _of_boundary(decision: Decision | None) -> Clue:
    cause = "permissions-boundary"
    if decision is None:
        return Clue(cause, REFUTED, "The stack has no permissions boundary.")
    if decision.allowed:
        return Clue(cause, REFUTED, "The stack's permissions boundary allows it.")
    sure = decision.effect is not Effect.UNKNOWN
    return Clue(cause, PROOF if sure else STRONG, "The stack's permissions boundary does not allow it.", finding=True)
