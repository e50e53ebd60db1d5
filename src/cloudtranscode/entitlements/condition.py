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


# Whether one value of the request passes against one value of the policy, or why that has no answer.
Relation = Callable[[Template, str, Context], bool | Gap]


@dataclass(frozen=True, slots=True)
class Operator:
    """What a family member such as ``StringNotLike`` does: a positive relation, and whether it is negated."""

    relation: Relation
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

    def holds(self, context: Context) -> Truth:
        """Whether the request passes; ``None`` when that is not settled (rules 14 and 15)."""
        if self.key in context.unknown:
            return None
        carried = context.values.get(self.key, ())
        if self.operator == "Null":
            return any(value.text.lower() == str(not carried).lower() for value in self.values)
        quantifier, operator, if_exists = _split(self.operator)
        if not carried:
            return if_exists or _without_key(quantifier, _OPERATORS[operator])
        truths = [self._passes(value, _OPERATORS[operator], context) for value in carried]
        if quantifier is Quantifier.ANY:
            return any_of(truths)
        if quantifier is Quantifier.NONE and len(truths) > 1:
            return None  # AWS documents no meaning for several values without a quantifier
        return all_of(truths)

    def _passes(self, carried: str, operator: Operator, context: Context) -> Truth:
        truths = [_relate(operator, value, carried, context) for value in self.values]
        return negate(any_of(truths)) if operator.negated else any_of(truths)


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


def _relate(operator: Operator, value: Template, carried: str, context: Context) -> Truth:
    answer = operator.relation(value, carried, context)
    return settle(answer, negated=operator.negated) if isinstance(answer, Gap) else answer


# --- the families ---------------------------------------------------------------------------------------------


def _filled(match: Callable[[tuple[Token, ...], str], bool | Gap]) -> Relation:
    def relation(value: Template, carried: str, context: Context) -> bool | Gap:
        tokens = value.expand(context.resolve)
        return tokens if isinstance(tokens, Gap) else match(tokens, carried)

    return relation


def _equals_ignoring_case(tokens: tuple[Token, ...], carried: str) -> bool:
    return "".join(map(str, tokens)).lower() == carried.lower()


def _compared(read: Callable[[str], T | None], relation: Callable[[T, T], bool]) -> Relation:
    def answer(value: Template, carried: str, _context: Context) -> bool | Gap:
        wanted, found = read(value.text), read(carried)
        return Gap.UNREADABLE if wanted is None or found is None else relation(found, wanted)

    return answer


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
    return {"true": True, "false": False}.get(text.lower())


def _range(text: str) -> tuple[int, int, int] | None:
    """IP version, first and last address of a CIDR range; a bare address is a range of one (rule 17)."""
    if not re.fullmatch(r"[0-9A-Fa-f:.]+(/[0-9]{1,3})?", text):
        return None
    try:
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


_STRING = Operator(_filled(glob), variables=True)
_ARN = Operator(_filled(glob_arn), variables=True, wildcards=True, readable=_is_arn_pattern)  # rule 16
_BOOL = Operator(_compared(_truth, compare.eq), readable=_is_readable_by(_truth))
_IP = Operator(_compared(_range, _within), readable=_is_readable_by(_range))
_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "LessThan": compare.lt,
    "LessThanEquals": compare.le,
    "GreaterThan": compare.gt,
    "GreaterThanEquals": compare.ge,
}

_OPERATORS: dict[str, Operator] = {
    **_signed("StringEquals", _STRING),
    **_signed("StringEqualsIgnoreCase", replace(_STRING, relation=_filled(_equals_ignoring_case))),
    **_signed("StringLike", replace(_STRING, wildcards=True)),
    **_signed("ArnEquals", _ARN),
    **_signed("ArnLike", _ARN),
    **_signed("NumericEquals", Operator(_compared(_number, compare.eq))),
    **_signed("DateEquals", Operator(_compared(_moment, compare.eq))),
    **{f"Numeric{name}": Operator(_compared(_number, relation)) for name, relation in _ORDER.items()},
    **{f"Date{name}": Operator(_compared(_moment, relation)) for name, relation in _ORDER.items()},
    "Bool": _BOOL,
    "IpAddress": _IP,
    "NotIpAddress": replace(_IP, negated=True),
}
