"""Who may assume a role: its trust policy, parsed and decided by the same evaluator as every other policy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cloudtranscode.entitlements.evaluate import Decision, PolicySet, Request, evaluate
from cloudtranscode.entitlements.policy import Policy
from cloudtranscode.entitlements.principal import Principal


def decide_trust(role: str, trust: str | Mapping[str, Any], caller: Principal, context: Mapping[str, str]) -> Decision:
    """Decide whether the trust policy of ``role`` lets ``caller`` assume it, whatever the caller's own policies say.

    ``context`` holds condition keys, such as ``sts:ExternalId`` (rule 35). A trust policy has to allow by itself, in
    the role's own account too.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
    Errors: those of :meth:`Policy.parse_trust`.
    """
    generous = Policy.parse({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}})
    policies = PolicySet.closed(identity=(generous,), resource=Policy.parse_trust(trust))
    values = {key: (value,) for key, value in context.items()}
    return evaluate(Request(caller, "sts:AssumeRole", role, role.split(":")[4], values), policies)
