"""Condition operators: one test of a ``Condition`` block, and whether it holds in a request's context.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

import ipaddress
import operator as compare
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVar

from cloudtranscode.entitlements.pattern import ARN_COLONS, Gap, Template, Token, glob, glob_arn, settle
from cloudtranscode.entitlements.truth import Truth, all_of, any_of, negate

T = TypeVar("T")
# https://www.w3.org/TR/NOTE-datetime from the day on; a year alone would read as epoch seconds.
_ADDRESS = re.compile(r"[0-9A-Fa-f:.]+(/[0-9]{1,3})?")
_TRUTHS = {"true": True, "false": False}
_ISO = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)?)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Context:
    """What a request carries besides principal, action and resource; key names are lower case.

    A key absent from ``values`` is absent from the request, unless it is in ``unknown``.
    """

    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unknown: frozenset[str] = frozenset()

    def resolve(self, key: str) -> str | Gap:
        """Return the one value of ``key`` for a policy variable, or why there is none."""
        if key in self.unknown:
            return Gap.UNKNOWN
        values = self.values.get(key, ())
        return values[0] if len(values) == 1 else Gap.UNRESOLVED


class Quantifier(StrEnum):
    """How many of a key's several values have to pass."""

    NONE = ""
    ALL = "ForAllValues"
    ANY = "ForAnyValue"


# Whether a value of the policy takes in a value of the request, both as read, or why that has no answer.
Relation = Callable[[Any, Any, Context], bool | Gap]


@dataclass(frozen=True, slots=True)
class Operator:
    """What a family member such as ``StringNotLike`` does: a positive relation, and whether it is negated.

    ``prepare`` reads a value of the policy, once for all requests; ``read`` one that a request carries.
    """

    relation: Relation
    prepare: Callable[[Template], Any]
    read: Callable[[str], Any]
    negated: bool = False
    variables: bool = False  # rule 13: policy variables work in the String and Arn families only
    wildcards: bool = False
    readable: Callable[[str], bool] = lambda _value: True  # judged when the policy is loaded


@dataclass(frozen=True, slots=True)
class Condition:
    """One test: an operator, a key and its values, as written in a policy."""

    operator: str
    key: str
    values: tuple[Template, ...]
    _form: _Form = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_form", _form(self.operator, self.values))

    def holds(self, context: Context) -> Truth:
        """Whether the request passes; ``None`` when that is not settled (rules 14 and 15)."""
        if self.key in context.unknown:
            return None
        carried = context.values.get(self.key, ())
        if self.operator == "Null":
            return (not carried) in self._form.wanted
        form = self._form
        if not carried:
            return form.if_exists or _without_key(form.quantifier, form.operator)
        truths = [form.passes(value, context) for value in carried]
        if len(truths) == 1:
            return truths[0]
        if form.quantifier is Quantifier.ANY:
            return any_of(truths)
        # AWS documents no meaning for several values without a quantifier.
        return all_of(truths) if form.quantifier is Quantifier.ALL else None


@dataclass(frozen=True, slots=True)
class _Form:
    """What operator and values of a condition come to, worked out once; ``wanted`` are the values, as prepared."""

    quantifier: Quantifier
    operator: Operator
    if_exists: bool
    wanted: tuple[Any, ...]

    def passes(self, carried: str, context: Context) -> Truth:
        """Whether one value of the request passes."""
        negated = self.operator.negated
        found = self.operator.read(carried)
        truth: Truth = False
        for wanted in self.wanted:
            answer = self.operator.relation(wanted, found, context)
            if answer is True:
                return not negated
            if isinstance(answer, Gap) and settle(answer, negated=negated) is None:
                truth = None
        return negate(truth) if negated else truth


def _form(name: str, values: Sequence[Template]) -> _Form:
    quantifier, base, if_exists = _split(name)
    operator = _BOOL if base == "Null" else _OPERATORS[base]
    return _Form(quantifier, operator, if_exists, tuple(map(operator.prepare, values)))


def compile_condition(operator: str, key: str, values: Sequence[str], *, variables: bool) -> Condition:
    """Read one test. Errors: ``ValueError`` saying what is wrong, for operators and values not understood."""
    if not re.fullmatch(r"[A-Za-z0-9-]+:[^\x00-\x1f]+", key):
        raise ValueError("is not a condition key of the form service:name")
    if operator == "Null":
        kind = _BOOL
    else:
        _, name, _ = _split(operator)
        if name not in _OPERATORS:
            raise ValueError("is not a known condition operator")
        kind = _OPERATORS[name]
    filled = variables and kind.variables
    for value in values:
        if not (filled and "${" in value) and not kind.readable(value):
            raise ValueError(f"has the value {value!r}, which {operator} cannot compare")
    templates = tuple(Template.compile(value, variables=filled, wildcards=kind.wildcards) for value in values)
    return Condition(operator, key.lower(), templates)


def _split(name: str) -> tuple[Quantifier, str, bool]:
    prefix, colon, rest = name.rpartition(":")
    quantifier = Quantifier(prefix) if colon and prefix in {Quantifier.ALL, Quantifier.ANY} else Quantifier.NONE
    base = rest if quantifier else name
    return quantifier, base.removesuffix("IfExists"), base.endswith("IfExists")


def _without_key(quantifier: Quantifier, operator: Operator) -> bool:
    if quantifier is Quantifier.NONE:
        return operator.negated
    return quantifier is Quantifier.ALL


# --- the families ---------------------------------------------------------------------------------------------


def _filled(match: Callable[[Sequence[Token], str], bool | Gap]) -> Operator:
    def relation(wanted: Template, found: str, context: Context) -> bool | Gap:
        tokens = wanted.expand(context.resolve)
        return tokens if isinstance(tokens, Gap) else match(tokens, found)

    return Operator(relation, lambda value: value, str, variables=True)


def _equals_ignoring_case(tokens: Sequence[Token], carried: str) -> bool:
    return "".join(map(str, tokens)).lower() == carried.lower()


def _compared(read: Callable[[str], T | None], holds: Callable[[T, T], bool]) -> Operator:
    def relation(wanted: T | None, found: T | None, _context: Context) -> bool | Gap:
        return Gap.UNREADABLE if wanted is None or found is None else holds(found, wanted)

    return Operator(relation, lambda value: read(value.text), read)


def _number(text: str) -> Decimal | None:
    return Decimal(text) if re.fullmatch(r"[+-]?[0-9]{1,40}(\.[0-9]{1,40})?", text) else None


def _moment(text: str) -> Decimal | None:
    """Seconds since 1970 of an ISO 8601 date (UTC unless it says otherwise) or of a number that already counts them."""
    if not _ISO.fullmatch(text):
        return _number(text)
    try:
        moment = datetime.fromisoformat(text)
        return Decimal(str((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()))
    except (ValueError, OverflowError):
        return None


def _truth(text: str) -> bool | None:
    return _TRUTHS.get(text.lower())


def _range(text: str) -> tuple[int, int, int] | None:
    """IP version, first and last address of a CIDR range; a bare address is a range of one (rule 17)."""
    if not _ADDRESS.fullmatch(text):
        return None
    try:
        if "/" not in text:
            address = ipaddress.ip_address(text)
            return address.version, int(address), int(address)
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None
    return network.version, int(network.network_address), int(network.broadcast_address)


def _within(found: tuple[int, int, int], wanted: tuple[int, int, int]) -> bool:
    return found[0] == wanted[0] and wanted[1] <= found[1] and found[2] <= wanted[2]


def _is_arn_pattern(text: str) -> bool:
    return text.startswith("arn:") and text.count(":") >= ARN_COLONS


def _is_readable_by(read: Callable[[str], object]) -> Callable[[str], bool]:
    return lambda text: read(text) is not None


def _signed(name: str, positive: Operator) -> dict[str, Operator]:
    """An operator and its ``Not`` form: ``StringLike``, ``StringNotLike``."""
    family, member = re.findall(r"[A-Z][a-z]+", name)[0], re.sub(r"^[A-Z][a-z]+", "", name)
    return {name: positive, f"{family}Not{member}": replace(positive, negated=True)}


_STRING = _filled(glob)
_ARN = replace(_filled(glob_arn), wildcards=True, readable=_is_arn_pattern)  # rule 16
_BOOL = replace(_compared(_truth, compare.eq), readable=_is_readable_by(_truth))
_IP = replace(_compared(_range, _within), readable=_is_readable_by(_range))
_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "LessThan": compare.lt,
    "LessThanEquals": compare.le,
    "GreaterThan": compare.gt,
    "GreaterThanEquals": compare.ge,
}

_OPERATORS: dict[str, Operator] = {
    **_signed("StringEquals", _STRING),
    **_signed("StringEqualsIgnoreCase", _filled(_equals_ignoring_case)),
    **_signed("StringLike", replace(_STRING, wildcards=True)),
    **_signed("ArnEquals", _ARN),
    **_signed("ArnLike", _ARN),
    **_signed("NumericEquals", _compared(_number, compare.eq)),
    **_signed("DateEquals", _compared(_moment, compare.eq)),
    **{f"Numeric{name}": _compared(_number, holds) for name, holds in _ORDER.items()},
    **{f"Date{name}": _compared(_moment, holds) for name, holds in _ORDER.items()},
    "Bool": _BOOL,
    "IpAddress": _IP,
    "NotIpAddress": replace(_IP, negated=True),
}
