from __future__ import annotations

from typing import Any

from cloudtranscode.devstack.audit import Audit


def test_the_log_is_bounded_and_goes_on_counting() -> None:
    audit = Audit()
    request: dict[str, Any] = {
        "time": "",
        "method": "GET",
        "target": "/",
        "principal": "anonymous",
        "actions": (),
        "resources": (),
        "decision": "allowed",
        "status": 200,
    }
    for _ in range(10_002):
        audit.add(**request)
    kept = audit.records()
    assert (len(kept), kept[0].number, kept[-1].number) == (10_000, 3, 10_002)
