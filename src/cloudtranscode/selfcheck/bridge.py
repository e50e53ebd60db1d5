"""What the page asks and what it is answered, as JSON texts: the one door between JavaScript and the evaluator."""

from __future__ import annotations

import json
from typing import Any

from cloudtranscode.entitlements.order import GrantOrder
from cloudtranscode.selfcheck.advice import advise
from cloudtranscode.selfcheck.question import read_order
from cloudtranscode.selfcheck.reference import CarriedReference
from cloudtranscode.selfcheck.report import describe, examine


class Bridge:
    """Answers questions; made once with the carried reference as JSON text."""

    def __init__(self, reference: str) -> None:
        self._reference = CarriedReference(json.loads(reference))

    def answer(self, question: str) -> str:
        """Answer ``{order, ownership, policies?, now?}``.

        ``{problems}`` where the order cannot be used; else ``{sheet}``, and with policies ``{sheet, reports, advice}``.
        """
        asked = json.loads(question)
        order = read_order(asked["order"], asked.get("ownership", ""))
        if not isinstance(order, GrantOrder):
            return json.dumps({"problems": [problem.to_dict() for problem in order]})
        return json.dumps({"sheet": describe(order), **self._examined(order, asked)})

    def _examined(self, order: GrantOrder, asked: dict[str, Any]) -> dict[str, Any]:
        if "policies" not in asked:
            return {}
        reports = examine(order, asked["policies"], self._reference, asked.get("now"))
        return {"reports": [report.to_dict() for report in reports], "advice": advise(order, reports).to_dict()}
