"""A policy document read as far as it can be: where the strict parser stops, the linter goes on with the rest."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from cloudtranscode.entitlements.arn import Arn
from cloudtranscode.entitlements.bucket import Ownership
from cloudtranscode.entitlements.pattern import ARN_COLONS
from cloudtranscode.entitlements.policy import CURRENT_VERSION
from cloudtranscode.errors import InvalidPolicy

# Twice what the largest policy of AWS, a key policy, may have: the time that checks take grows with the square.
_MAX_BYTES = 64 * 1024
_MAX_DEPTH = 32


class Kind(StrEnum):
    """What a document is attached to."""

    BUCKET = "bucket policy"
    IDENTITY = "identity policy"
    TRUST = "trust policy"
    KEY = "key policy"


@dataclass(frozen=True, slots=True)
class Document:
    """A text to lint: ``name`` for people, ``bucket`` when it is known whose policy it is.

    ``ownership`` and ``restricts_public`` are that bucket's settings, where they could be read.
    """

    name: str
    text: str
    bucket: str | None = None
    ownership: Ownership | None = None
    restricts_public: bool | None = None


@dataclass(frozen=True, slots=True)
class Spot:
    """A text of the document, and the path to it."""

    text: str
    path: str

    @property
    def arn(self) -> Arn | None:
        """The six segments of an ARN, whatever stands in them."""
        return loose_arn(self.text)


@dataclass(frozen=True, slots=True)
class Term:
    """One condition as written: operator, key and values."""

    operator: str
    key: str
    values: tuple[Spot, ...]
    path: str

    @property
    def base(self) -> str:
        """The operator without quantifier and ``IfExists``."""
        return self.operator.rpartition(":")[2].removesuffix("IfExists")

    @property
    def demands(self) -> bool:
        """Whether a request without the key fails the test (rule 15)."""
        lenient = self.operator.endswith("IfExists") or self.operator.startswith("ForAllValues:")
        return not lenient and "Not" not in self.base and self.base != "Null"


@dataclass(frozen=True, slots=True)
class Clause:
    """One statement as written; ``principals`` are the ``AWS`` ones, ``others`` those of other kinds."""

    path: str
    effect: str | None
    sid: Spot | None
    has_principal: bool
    principals: tuple[Spot, ...]
    others: tuple[tuple[str, Spot], ...]
    principal_negated: bool
    actions: tuple[Spot, ...]
    action_negated: bool
    resources: tuple[Spot, ...]
    resource_negated: bool
    tests: tuple[Term, ...]

    @property
    def allows(self) -> bool:
        """Whether this grants anything."""
        return self.effect == "Allow"

    @property
    def everyone(self) -> bool:
        """Whether the lone ``*`` is among those named."""
        return any(spot.text == "*" for spot in self.principals) and not self.principal_negated


@dataclass(frozen=True, slots=True)
class Draft:
    """A document as far as it can be read."""

    document: Document
    value: Any
    version: str | None
    id: Spot | None
    clauses: tuple[Clause, ...]

    @property
    def name(self) -> str:
        """The document's name."""
        return self.document.name

    @property
    def current(self) -> bool:
        """Whether policy variables are filled in (rule 12)."""
        return self.version == CURRENT_VERSION

    @property
    def kind(self) -> Kind:
        """What the document is attached to, as its elements tell."""
        if self.document.bucket is not None or not self.clauses:
            return Kind.BUCKET
        if not any(clause.has_principal for clause in self.clauses):
            return Kind.IDENTITY
        services = {spot.text.partition(":")[0].lower() for clause in self.clauses for spot in clause.actions}
        return {frozenset({"sts"}): Kind.TRUST, frozenset({"kms"}): Kind.KEY}.get(frozenset(services), Kind.BUCKET)

    @property
    def allowing(self) -> tuple[Clause, ...]:
        """The statements that grant something."""
        return tuple(clause for clause in self.clauses if clause.allows)


def read(document: Document) -> Draft:
    """Read a document. Errors: :class:`InvalidPolicy` for what is no JSON object, too large or nested too deep."""
    value = _load(document.text)
    version = value.get("Version")
    statement = value.get("Statement")
    clauses = [_clause(item, path) for item, path in _listed(statement, "Statement") if isinstance(item, dict)]
    return Draft(document, value, version if isinstance(version, str) else None, _spot(value, "Id", ""), tuple(clauses))


def loose_arn(text: str) -> Arn | None:
    """Take an ARN apart without judging its segments; ``None`` for anything without six of them."""
    segments = text.split(":", ARN_COLONS)
    return Arn(*segments[1:]) if len(segments) > ARN_COLONS and segments[0] == "arn" else None


def _load(text: str) -> dict[str, Any]:
    if len(text.encode(errors="surrogatepass")) > _MAX_BYTES:
        raise InvalidPolicy(f"The policy: the document is larger than {_MAX_BYTES} bytes.")
    try:
        value = json.loads(text, parse_int=str, parse_float=str, parse_constant=str)
    except json.JSONDecodeError as error:
        raise InvalidPolicy(
            f"The policy: not JSON at line {error.lineno} column {error.colno} ({error.msg})."
        ) from error
    except RecursionError as error:
        raise InvalidPolicy("The policy: the document is nested too deep.") from error
    if not isinstance(value, dict):
        raise InvalidPolicy("The policy: must be an object.")
    if _is_deep(value):
        raise InvalidPolicy("The policy: the document is nested too deep.")
    return value


def _is_deep(value: Any) -> bool:
    """Whether anything lies deeper than the policy language goes, found level by level and not by recursion."""
    level = [value]
    for _ in range(_MAX_DEPTH):
        level = [inner for outer in level if isinstance(outer, dict | list) for inner in _inside(outer)]
    return bool(level)


def _inside(value: dict[str, Any] | list[Any]) -> list[Any]:
    return list(value.values()) if isinstance(value, dict) else value


def _clause(members: Mapping[str, Any], path: str) -> Clause:
    negated = "NotPrincipal" in members
    aws, others = _principals(members.get("NotPrincipal" if negated else "Principal"), path, negated=negated)
    actions, action_negated = _either(members, "Action", path)
    resources, resource_negated = _either(members, "Resource", path)
    effect = members.get("Effect")
    return Clause(
        path=path,
        effect=effect if isinstance(effect, str) else None,
        sid=_spot(members, "Sid", path),
        has_principal=negated or "Principal" in members,
        principals=aws,
        others=others,
        principal_negated=negated,
        actions=actions,
        action_negated=action_negated,
        resources=resources,
        resource_negated=resource_negated,
        tests=tuple(_tests(members.get("Condition"), f"{path}.Condition")),
    )


def _principals(value: Any, path: str, *, negated: bool) -> tuple[tuple[Spot, ...], tuple[tuple[str, Spot], ...]]:
    path = f"{path}.{'NotPrincipal' if negated else 'Principal'}"
    if not isinstance(value, dict):
        return _texts(value, path), ()
    others = [(kind, spot) for kind in value if kind != "AWS" for spot in _texts(value[kind], f"{path}.{kind}")]
    return _texts(value.get("AWS"), f"{path}.AWS"), tuple(others)


def _either(members: Mapping[str, Any], name: str, path: str) -> tuple[tuple[Spot, ...], bool]:
    found = f"Not{name}" if f"Not{name}" in members else name
    return _texts(members.get(found), f"{path}.{found}"), found != name


def _tests(condition: Any, path: str) -> Iterator[Term]:
    for operator, keys in condition.items() if isinstance(condition, dict) else ():
        for key, values in keys.items() if isinstance(keys, dict) else ():
            where = f"{path}.{operator}.{key}"
            yield Term(operator, key, _texts(values, where), where)


def _texts(value: Any, path: str) -> tuple[Spot, ...]:
    return tuple(Spot(item, where) for item, where in _listed(value, path) if isinstance(item, str))


def _listed(value: Any, path: str) -> list[tuple[Any, str]]:
    if not isinstance(value, list):
        return [(value, path)]
    return [(item, f"{path}[{index}]") for index, item in enumerate(value)]


def _spot(members: Mapping[str, Any], name: str, path: str) -> Spot | None:
    value = members.get(name)
    return Spot(value, f"{path}.{name}".lstrip(".")) if isinstance(value, str) else None
