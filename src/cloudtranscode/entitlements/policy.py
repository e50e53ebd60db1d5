"""Policy documents: a strict parser from JSON to frozen values. What is not understood is refused, never skipped.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NoReturn, TypeVar

from cloudtranscode.entitlements.arn import Arn
from cloudtranscode.entitlements.condition import Condition, compile_condition
from cloudtranscode.entitlements.pattern import ARN_COLONS, Template
from cloudtranscode.errors import InvalidDocument, InvalidPolicy

CURRENT_VERSION = "2012-10-17"
_VERSIONS = {CURRENT_VERSION, "2008-10-17"}
# Far above every limit of AWS (20 KB for a bucket policy), far below what would keep the parser busy.
_MAX_BYTES = 256 * 1024
_MAX_QUOTED = 300  # characters
_ACTION = re.compile(r"\*|[A-Za-z0-9-]+:[A-Za-z0-9*?_-]+")
_UNIQUE_ID = re.compile(r"A[A-Z0-9]{15,127}")
_POLICY_KEYS = {"Version", "Id", "Statement"}
_STATEMENT_KEYS = {
    *("Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"),
}
_PRINCIPAL_KEYS = {"AWS", "Service", "Federated", "CanonicalUser"}


class Verdict(StrEnum):
    """The ``Effect`` of a statement."""

    ALLOW = "Allow"
    DENY = "Deny"


@dataclass(frozen=True, slots=True)
class Principals:
    """A ``Principal`` or ``NotPrincipal`` element; ``aws`` holds account ids, ARNs and unique ids as written."""

    everyone: bool = False
    aws: tuple[str, ...] = ()
    others: tuple[tuple[str, str], ...] = ()
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement; ``action_negated`` and ``resource_negated`` tell the ``Not`` forms; actions are in lower case."""

    sid: str | None
    verdict: Verdict
    principals: Principals | None
    actions: tuple[str, ...]
    action_negated: bool
    resources: tuple[Template, ...]
    resource_negated: bool
    conditions: tuple[Condition, ...]

    @property
    def keys(self) -> frozenset[str]:
        """The condition keys, in lower case, that the outcome depends on: those tested, and those of variables."""
        templates = [*self.resources, *(value for condition in self.conditions for value in condition.values)]
        return frozenset(condition.key for condition in self.conditions).union(*(one.keys for one in templates))


@dataclass(frozen=True, slots=True)
class Policy:
    """A whole document. ``version`` is ``None`` when the document names none, which means 2008-10-17."""

    version: str | None
    id: str | None
    statements: tuple[Statement, ...]

    @classmethod
    def parse(cls, source: str | Mapping[str, Any]) -> Policy:
        """Read JSON text, or the data it stands for.

        Errors: :class:`InvalidPolicy`, naming the path (``Statement[1].Action``), for anything AWS's grammar does not
        have, a key written twice, an unknown operator, a partial wildcard in a principal.
        """
        document = _load(source) if isinstance(source, str) else source
        members = _object(document, "", _POLICY_KEYS)
        version = _optional_text(members, "Version", "")
        if version is not None and version not in _VERSIONS:
            _refuse("Version", f"{version!r} is not a version that IAM knows")
        if "Statement" not in members:
            _refuse("Statement", "is missing")
        variables = version == CURRENT_VERSION
        statements = [_statement(item, path, variables) for item, path in _listed(members["Statement"], "Statement")]
        return cls(version, _optional_text(members, "Id", ""), tuple(statements))

    @classmethod
    def parse_trust(cls, source: str | Mapping[str, Any]) -> Policy:
        """Read a role's trust policy, whose statements are about the role itself and so name no Resource.

        Errors: those of :meth:`parse`.
        """
        document = _load(source) if isinstance(source, str) else source
        members = _object(document, "", _POLICY_KEYS)
        known = _STATEMENT_KEYS - {"Resource", "NotResource"}
        listed = _listed(members.get("Statement", ()), "Statement")
        statements = [{**_object(one, path, known), "Resource": "*"} for one, path in listed]
        return cls.parse({**members, "Statement": statements})


def _statement(value: Any, path: str, variables: bool) -> Statement:
    members = _object(value, path, _STATEMENT_KEYS)
    verdict = _required_text(members, "Effect", path)
    if verdict not in set(Verdict):
        _refuse(f"{path}.Effect", f"{verdict!r} is neither Allow nor Deny")
    actions, action_negated = _either(members, "Action", path)
    resources, resource_negated = _either(members, "Resource", path)
    return Statement(
        sid=_optional_text(members, "Sid", path),
        verdict=Verdict(verdict),
        principals=_principals(members, path),
        actions=tuple(_action(text, where) for text, where in actions),
        action_negated=action_negated,
        resources=tuple(_resource(text, where, variables) for text, where in resources),
        resource_negated=resource_negated,
        conditions=tuple(_conditions(members, f"{path}.Condition", variables)),
    )


def _either(members: Mapping[str, Any], name: str, path: str) -> tuple[list[tuple[str, str]], bool]:
    """The texts of ``name`` or of its ``Not`` form with their paths; exactly one of the two must be there."""
    negated = f"Not{name}"
    if (name in members) == (negated in members):
        _refuse(f"{path}.{name}", f"exactly one of {name} and {negated} is needed")
    found = negated if negated in members else name
    return _texts(members[found], f"{path}.{found}"), found == negated


def _action(text: str, path: str) -> str:
    if not _ACTION.fullmatch(text):
        _refuse(path, f"{text!r} is not an action (service:Name; wildcards only in the name)")
    return text.lower()


def _resource(text: str, path: str, variables: bool) -> Template:
    head = text.split("${", 1)[0] if variables else text
    if text != "*" and not (head.startswith("arn:") and head.count(":") >= ARN_COLONS):
        _refuse(path, f"{text!r} is neither '*' nor an ARN (variables only after its fifth colon)")
    return _trying(path, lambda: Template.compile(text, variables=variables))


# --- principals -------------------------------------------------------------------------------------------------


def _principals(members: Mapping[str, Any], path: str) -> Principals | None:
    names = [name for name in ("Principal", "NotPrincipal") if name in members]
    if not names:
        return None
    if len(names) > 1:
        _refuse(f"{path}.Principal", "Principal and NotPrincipal exclude each other")
    value, path, negated = members[names[0]], f"{path}.{names[0]}", names[0] == "NotPrincipal"
    if value == "*":
        return Principals(everyone=True, negated=negated)
    kinds = _object(value, path, _PRINCIPAL_KEYS)
    if not kinds:
        _refuse(path, "is empty")
    aws = _texts(kinds["AWS"], f"{path}.AWS") if "AWS" in kinds else []
    named = tuple(_aws_principal(text, where) for text, where in aws if text != "*")
    others = [(kind, text) for kind in kinds if kind != "AWS" for text, _ in _texts(kinds[kind], f"{path}.{kind}")]
    return Principals(len(named) < len(aws), named, tuple(others), negated)


def _aws_principal(text: str, path: str) -> str:
    """Check a member of ``Principal.AWS``; the number of digits of an account id is for the linter to judge."""
    if "*" in text or "?" in text:
        _refuse(path, f"{text!r} has a partial wildcard; a principal is named whole, or '*'")
    if re.fullmatch(r"[0-9]+", text) or _UNIQUE_ID.fullmatch(text):
        return text
    try:
        arn = Arn.parse(text)
    except InvalidDocument:
        _refuse(path, f"{text!r} is neither an account id nor an ARN")
    federated = arn.service == "sts" and arn.kind == "federated-user"
    if not (arn.is_root or arn.is_user or arn.is_role or arn.is_session or federated):
        _refuse(path, f"{text!r} does not name an account, user, role or session")
    return text


# --- conditions -------------------------------------------------------------------------------------------------


def _conditions(members: Mapping[str, Any], path: str, variables: bool) -> list[Condition]:
    tests = []
    for operator, keys in _object(members.get("Condition", {}), path, None).items():
        if not _object(keys, f"{path}.{operator}", None):
            _refuse(f"{path}.{operator}", "tests nothing")
        for key, values in keys.items():
            where = f"{path}.{operator}.{key}"
            texts = [text for text, _ in _texts(values, where, scalars=True)]
            tests.append(_trying(where, lambda: compile_condition(operator, key, texts, variables=variables)))  # noqa: B023
    return tests


# --- JSON -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _WrittenTwice:
    key: str


class _Number(str):
    """A JSON number as written, so that 1.10 stays 1.10 and a million digits cost nothing."""

    __slots__ = ()


def _load(text: str) -> Any:
    if len(text.encode(errors="surrogatepass")) > _MAX_BYTES:
        _refuse("", f"the document is larger than {_MAX_BYTES} bytes")
    try:
        return json.loads(
            text,
            object_pairs_hook=_unique,
            parse_int=_Number,
            parse_float=_Number,
            parse_constant=_Number,
        )
    except json.JSONDecodeError as error:
        _refuse("", f"not JSON at line {error.lineno} column {error.colno} ({error.msg})")
    except RecursionError:
        _refuse("", "the document is nested too deep")


def _unique(pairs: list[tuple[str, Any]]) -> Any:
    members: dict[str, Any] = {}
    for key, value in pairs:
        if key in members:
            return _WrittenTwice(key)
        members[key] = value
    return members


def _object(value: Any, path: str, known: set[str] | None) -> Mapping[str, Any]:
    if isinstance(value, _WrittenTwice):
        _refuse(path, f"{value.key!r} is written twice")
    if not isinstance(value, Mapping):
        _refuse(path, "must be an object")
    for key in value:
        if not isinstance(key, str) or (known is not None and key not in known):
            _refuse(f"{path}.{key}".lstrip("."), "is not an element of the policy language")
    return value


def _texts(value: Any, path: str, *, scalars: bool = False) -> list[tuple[str, str]]:
    """One text or a list of texts, each with its path; ``scalars`` also takes numbers and booleans, as AWS does."""
    return [(_text(item, where, scalars=scalars), where) for item, where in _listed(value, path)]


def _listed(value: Any, path: str) -> list[tuple[Any, str]]:
    """The items with their paths; one item alone may stand without its list."""
    if not isinstance(value, list | tuple):
        return [(value, path)]
    if not value:
        _refuse(path, "is empty")
    return [(item, f"{path}[{index}]") for index, item in enumerate(value)]


def _text(value: Any, path: str, *, scalars: bool = False) -> str:
    if scalars and isinstance(value, bool):
        return str(value).lower()
    if scalars and isinstance(value, int | float | _Number):
        return _trying(path, lambda: str(value))  # ValueError: Python prints no integer of over 4,300 digits
    if not isinstance(value, str) or isinstance(value, _Number):
        _refuse(path, "must be a string")
    return value


def _required_text(members: Mapping[str, Any], name: str, path: str) -> str:
    if name not in members:
        _refuse(f"{path}.{name}".lstrip("."), "is missing")
    return _text(members[name], f"{path}.{name}".lstrip("."))


def _optional_text(members: Mapping[str, Any], name: str, path: str) -> str | None:
    return _required_text(members, name, path) if name in members else None


T = TypeVar("T")


def _trying(path: str, read: Callable[[], T]) -> T:
    try:
        return read()
    except ValueError as error:
        _refuse(path, str(error))


def _refuse(path: str, problem: str) -> NoReturn:
    raise InvalidPolicy(f"{_shortened(path) or 'The policy'}: {_shortened(problem)}.")


def _shortened(text: str) -> str:
    """Cut the middle out of what quotes a huge string, so that the message can be read."""
    return text if len(text) <= _MAX_QUOTED else f"{text[: _MAX_QUOTED // 2]}…{text[-_MAX_QUOTED // 2 :]}"
