"""What is known of the stack and its way to S3, whatever is asked for."""

from __future__ import annotations

from collections.abc import Iterator

from cloudtranscode.entitlements.arn import Arn
from cloudtranscode.entitlements.explain.clue import AGAINST, FAINT, GOOD, PROOF, REFUTED, SLIGHT, STRONG, Clue, each
from cloudtranscode.entitlements.explain.evidence import Access, Evidence

_STACK_WIDE = ("identity-policy", "permissions-boundary", "session-policy", "endpoint-policy", "service-control-policy")


def clues(evidence: Evidence) -> Iterator[Clue]:
    """Transport, credentials, organization, and how the stack's other clients fare."""
    yield from _of_credentials(evidence)
    if not evidence.named and evidence.access is Access.READ:
        text = "Nobody said which object is there, so the name was made up; name one with --key."
        yield Clue("key-missing", SLIGHT, text)
    if evidence.tls is not None:
        text = f"The stack's requests go {'through TLS' if evidence.tls else 'over plain http'}."
        yield Clue("deny-transport", REFUTED if evidence.tls else GOOD, text)
    if evidence.organization is not None:
        allows = evidence.organization
        text = f"IAM's simulator says that the stack's organization {'allows' if allows else 'does not allow'} it."
        yield Clue("service-control-policy", REFUTED if allows else PROOF, text, finding=not allows)
    if evidence.others_served:
        yield from each(_STACK_WIDE, FAINT, "The stack served another client a short while ago.")
    elif evidence.others_served is False:
        yield from each(_STACK_WIDE, GOOD, "The stack's other clients are refused, too.")
    if evidence.order.same_account:
        yield from each(_STACK_WIDE, SLIGHT, "Within one account the stack's own policies alone decide.")


def _of_credentials(evidence: Evidence) -> Iterator[Clue]:
    order = evidence.order
    if evidence.temporary is False:
        yield Clue("credentials-expired", REFUTED, "The stack's keys are of the kind that never expire.")
    if not Arn.parse(order.principal).is_role or evidence.narrowable is False:
        yield Clue("session-policy", REFUTED, "Credentials of this kind bear no session policy.")
    if evidence.acts_as is not None:
        other = evidence.acts_as != order.principal
        text = f"STS says that the stack acts as {evidence.acts_as}."
        yield Clue("principal-unexpected", STRONG if other else REFUTED, text, finding=other)
    if not _is_account(order.client_account):
        yield Clue("owner-unexpected", REFUTED, "The client is registered without an account that S3 could compare.")
    if order.principal.endswith(":root"):
        yield Clue("permissions-boundary", AGAINST, "An account's root has no boundary.")


def _is_account(text: str) -> bool:
    return text.isdigit() and len(text) == 12  # noqa: PLR2004  # digits of an AWS account id
