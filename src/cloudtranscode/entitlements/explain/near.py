"""Statements that nearly grant a request: which of their elements stand in the way, and what is wrong with each.

An element is judged by putting the statement to the evaluator with every other element opened wide.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cloudtranscode.entitlements.arn import Arn
from cloudtranscode.entitlements.evaluate import Effect
from cloudtranscode.entitlements.explain.evidence import Evidence
from cloudtranscode.entitlements.explain.predict import by_statement
from cloudtranscode.entitlements.policy import CURRENT_VERSION
from cloudtranscode.errors import InvalidDocument

_OPEN: Mapping[str, Any] = {"Principal": "*", "Action": "*", "Resource": "*"}
_ELEMENTS = (*_OPEN, "Condition")
_MOST = 2  # who misses by more is about something else
_DATE_KEYS = {"aws:currenttime", "aws:epochtime"}
_UNIQUE_ID = re.compile(r"A[A-Z0-9]{15,127}")
_ON_OBJECTS = re.compile(r"\*|s3:\*|s3:(get|put)[a-z*?]*|s3:abortmultipartupload", re.IGNORECASE)

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Slip:
    """What is wrong with one element of a statement: the cause's id, and the finding in one sentence."""

    cause: str
    finding: str


@dataclass(frozen=True, slots=True)
class Near:
    """A statement that would grant the request but for ``misses`` of its elements; the fewer, the nearer."""

    misses: int
    slips: tuple[Slip, ...]


def near_misses(evidence: Evidence, text: str) -> list[Near]:
    """Return the Allow statements of a bucket policy that miss the request by one or two elements, nearest first."""
    document = json.loads(text)
    statements = document["Statement"]
    version = document.get("Version")
    found = []
    for index, statement in enumerate(statements if isinstance(statements, list) else [statements]):
        if statement["Effect"] == "Allow":
            found.append(_examine(evidence, statement, version, _name(index, statement)))
    return sorted((near for near in found if near), key=lambda near: near.misses)


def _name(index: int, statement: Json) -> str:
    return f"Statement[{index}]" + (f" ({statement['Sid']})" if statement.get("Sid") else "")


def _examine(evidence: Evidence, statement: Json, version: str | None, name: str) -> Near | None:
    """What is wrong with a statement; ``None`` when it grants the request, or is about something or somebody else."""
    misses = [element for element in _ELEMENTS if not _passes(evidence, _only(statement, element), version)]
    if not misses or len(misses) > _MOST:
        return None
    if version != CURRENT_VERSION and _passes(evidence, statement, CURRENT_VERSION):
        finding = f"{name} uses variables; version {version or '2008-10-17'} has none."
        return Near(1, (Slip("variables-literal", finding),))
    judged = [one for one in misses if one != "Resource" or "Action" not in misses]  # of another action: no matter
    judges = {"Principal": _principal, "Action": _action, "Resource": _resource, "Condition": _condition}
    slips = [judges[element](evidence, statement, name) for element in judged]
    return None if None in slips else Near(len(misses), tuple(slip for slip in slips if slip))


def _only(statement: Json, element: str) -> Json:
    """The statement with every element but one opened wide."""
    kept = {key: value for key, value in statement.items() if key in {element, f"Not{element}"}}
    opened = {key: value for key, value in _OPEN.items() if key != element}
    return {"Effect": "Allow", **opened, **kept}


def _passes(evidence: Evidence, statement: Json, version: str | None) -> bool:
    return by_statement(evidence, statement, version) is not Effect.IMPLICIT_DENY


def _listed(value: Any) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else [str(value)]


# --- what is wrong with each element ----------------------------------------------------------------------------


def _principal(evidence: Evidence, statement: Json, name: str) -> Slip | None:
    """The nearest of the principals; ``None`` when the statement speaks of third parties alone."""
    element = statement.get("Principal")
    named = _listed(element.get("AWS", [])) if isinstance(element, dict) else []
    slips = [_other_principal(Arn.parse(evidence.order.principal), text) for text in named]
    found = next((cause for wanted in _NEAREST for cause in slips if cause and cause[0] == wanted), None)
    if found is None:
        return None
    return Slip(found[0], f"{name} names {found[1]}; the stack is {evidence.order.principal}.")


_NEAREST = (
    "principal-session",
    "principal-kind",
    "principal-digits",
    "principal-account",
    "principal-name",
    "principal-deleted",
)


def _other_principal(stack: Arn, text: str) -> tuple[str, str] | None:
    """How a principal of a policy differs from the stack, with the text; ``None`` for somebody of another kind."""
    if _UNIQUE_ID.fullmatch(text):
        return "principal-deleted", f"{text}, the id of a principal that no longer exists"
    try:
        other = Arn.parse(text)
    except InvalidDocument:
        digits = text.isdigit() and len(text) != len(stack.account)
        return ("principal-digits", text) if digits else None
    if other.is_session and str(other.role) == str(stack):
        return "principal-session", text
    if stack.account.isdigit() and len(other.account) != len(stack.account):
        return "principal-digits", f"{text}, an account id of {len(other.account)} digits"
    return _differing(stack, other, text)


def _differing(stack: Arn, other: Arn, text: str) -> tuple[str, str] | None:
    same_name = stack.name.lower() == other.name.lower()
    if stack.account != other.account:
        return ("principal-account", text) if same_name else None
    if stack.name == other.name and stack.kind != other.kind:
        return "principal-kind", text
    return "principal-name", text


def _action(evidence: Evidence, statement: Json, name: str) -> Slip:
    if "NotAction" in statement:
        return Slip("action-missing", f"{name} excepts {evidence.access.action} by its NotAction.")
    allowed = ", ".join(_listed(statement["Action"]))
    return Slip("action-missing", f"{name} allows {allowed}, and not {evidence.access.action}.")


def _resource(evidence: Evidence, statement: Json, name: str) -> Slip:
    wanted = evidence.target.arn(evidence.order.partition)
    bucket = wanted.split("/", 1)[0]
    resources = _listed(statement.get("Resource", []))
    named = f"{name} is about {', '.join(resources) or 'everything but what its NotResource names'}"
    if bucket in resources and any(_ON_OBJECTS.fullmatch(action) for action in _listed(statement.get("Action", []))):
        return Slip("resource-whole-bucket", f"{named}: the bucket, and not {wanted}.")
    if _matches_in_small_letters(resources, wanted):
        return Slip("resource-case", f"{named}; the object is {wanted}.")
    inside = any(resource.startswith(f"{bucket}/") for resource in resources) or not resources
    return Slip("resource-prefix" if inside else "resource-other-bucket", f"{named}; the object is {wanted}.")


def _matches_in_small_letters(resources: Sequence[str], wanted: str) -> bool:
    patterns = (re.escape(one.lower()).replace(r"\*", ".*").replace(r"\?", ".") for one in resources)
    return any(re.fullmatch(pattern, wanted.lower(), re.DOTALL) for pattern in patterns)


def _condition(evidence: Evidence, statement: Json, name: str) -> Slip:
    for operator, tests in statement["Condition"].items():
        for key, value in tests.items():
            alone = {"Effect": "Allow", **_OPEN, "Condition": {operator: {key: value}}}
            if not _passes(evidence, alone, CURRENT_VERSION):
                finding = f"{name} asks that {key} be {_read(operator)} {', '.join(_listed(value))}."
                return Slip(_of_key(operator, key), finding)
    return Slip("condition-unmet", f"{name} has a condition that the request does not meet.")


def _read(operator: str) -> str:
    """``StringNotLike`` as words: ``string not like``."""
    return " ".join(re.findall(r"[A-Z][a-z]+", operator)).lower()


def _of_key(operator: str, key: str) -> str:
    if key.lower() == "sts:externalid":
        return "condition-never"
    return "condition-expired" if operator.startswith("Date") and key.lower() in _DATE_KEYS else "condition-unmet"
