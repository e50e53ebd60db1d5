"""Takes the place of the page's bridge in a test, and runs in CPython just the same: many cases in one question."""

import json
from typing import Any

from cloudtranscode.entitlements.evaluate import PolicySet, Principal, Request, evaluate
from cloudtranscode.entitlements.policy import Policy
from cloudtranscode.errors import CloudTranscodeError
from cloudtranscode.selfcheck.advice import advise
from cloudtranscode.selfcheck.nesting import is_deep
from cloudtranscode.selfcheck.question import Problem, read_order
from cloudtranscode.selfcheck.reference import CarriedReference
from cloudtranscode.selfcheck.report import examine

_STACK_POLICY = Policy.parse({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}})


class Bridge:
    """Answers a list of cases: what is decided, found, and made of each text."""

    def __init__(self, reference: str) -> None:
        self._reference = CarriedReference(json.loads(reference))

    def answer(self, question: str) -> str:
        return json.dumps([self._one(case) for case in json.loads(question)])

    def _one(self, case: dict[str, Any]) -> dict[str, Any]:
        order = read_order(case["order"], case["ownership"])
        if isinstance(order, tuple):
            return {"problems": [Problem.to_dict(problem) for problem in order]}
        policies = {order.input.bucket: case["text"], order.output.bucket: case["text"]}
        reports = examine(order, policies, self._reference, case["now"])
        return {
            "decision": decided(case),
            "reports": [report.to_dict() for report in reports],
            "advice": advise(order, reports).to_dict(),
        }


def decided(case: dict[str, Any]) -> Any:
    """Effect, whole trace and what was not known; or the error."""
    if is_deep(case["text"]):
        return "too deep"
    try:
        policies = PolicySet.closed(identity=(_STACK_POLICY,), resource=Policy.parse(case["text"]))
    except CloudTranscodeError as error:
        return [error.code, error.message, error.remedy]
    principal = Principal.from_arn(case["who"]) if case["who"] else Principal.anonymous()
    context = {key: tuple(values) for key, values in case["context"].items()}
    unknown = policies.keys - {key.lower() for key in context}
    decision = evaluate(Request(principal, case["action"], case["resource"], case["owner"], context, unknown), policies)
    return [decision.effect.value, list(map(str, decision.trace)), list(decision.unknown)]
