"""One source of truth: what the browser answers is what CPython answers, word for word."""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from cloudtranscode.selfcheck.question import write_order
from support.corpus import ORDER, cases
from support.devtools import Tab
from support.selfcheck_bridge import Bridge

COUNT = 400
BATCH = 100
# How a text that is no JSON is told, and where, is the matter of the interpreter's own parser, and changes with it.
_NOT_JSON = re.compile(r"not JSON at line \d+ column \d+ \([^)]*\)")


def test_hundreds_of_policies_are_decided_examined_and_merged_the_same_in_both(
    browser: Tab, pages: Mapping[str, Path], exported: Mapping[str, Any]
) -> None:
    order, here = write_order(ORDER), Bridge(json.dumps(exported))
    asked = [
        {**asdict(case), "order": order, "ownership": ("", "enforced", "not-enforced")[number % 3], "now": _now(number)}
        for number, case in enumerate(cases(COUNT))
    ]
    browser.open(pages["trial"].as_uri())
    effects, mended = set(), 0
    for start in range(0, COUNT, BATCH):
        batch = asked[start : start + BATCH]
        there = json.loads(browser.run(f"ask({json.dumps(batch)}).then(JSON.stringify)", 120))
        expected = json.loads(here.answer(json.dumps(batch)))
        for case, mine, theirs in zip(batch, expected, there, strict=True):
            assert _masked(theirs) == _masked(mine), case["text"]
            effects.add(mine["decision"][0])
            mended += mine["reports"][0]["fix"]["problem"] is None
    assert effects >= {"Allow", "ExplicitDeny", "ImplicitDeny", "Unknown", "invalid_policy"}
    assert mended > COUNT // 3


def _now(number: int) -> str | None:
    return (None, "2026-06-01T00:00:00Z", "2027-02-01T00:00:00Z")[number % 3]


def _masked(answer: Any) -> Any:
    return _NOT_JSON.sub("not JSON", json.dumps(answer))
