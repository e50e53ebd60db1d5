"""Wildcards and policy variables: one string of a policy as a template that a request fills in.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum

from cloudtranscode.entitlements.truth import Truth

ARN_COLONS = 5
_VARIABLE = re.compile(
    r"\$\{(?:(?P<literal>[*?$])|(?P<key>[^{}',*?$]+?)\s*(?:,\s*'(?P<default>[^'{}]*)'\s*)?)\}",
)


class Wild(Enum):
    """The two wildcards."""

    ONE = "?"
    MANY = "*"


class Gap(Enum):
    """Why a comparison has no answer."""

    UNRESOLVED = "the request does not carry the key, or carries several values"
    UNKNOWN = "the caller does not know the key's value"
    UNREADABLE = "one of the two values is not of the kind that is compared"


@dataclass(frozen=True, slots=True)
class Variable:
    """``${key}`` or ``${key, 'default'}``."""

    key: str
    default: str | None


Token = str | Wild
Part = Token | Variable
Resolve = Callable[[str], str | Gap]


@dataclass(frozen=True, slots=True)
class Template:
    """A string of a policy, taken apart once: literal characters, wildcards and variables."""

    text: str
    parts: tuple[Part, ...]

    @classmethod
    def compile(cls, text: str, *, variables: bool, wildcards: bool = True) -> Template:
        """Take ``text`` apart; ``variables`` is true only under version 2012-10-17.

        Errors: ``ValueError`` for a ``${`` that starts no readable variable.
        """
        return cls(text, tuple(_parts(text, variables=variables, wildcards=wildcards)))

    @property
    def keys(self) -> frozenset[str]:
        """The condition keys, in lower case, that a request has to fill in."""
        return frozenset(part.key for part in self.parts if isinstance(part, Variable))

    @property
    def matches_everything(self) -> bool:
        """Whether this is the lone ``*``."""
        return self.parts == (Wild.MANY,)

    def expand(self, resolve: Resolve) -> tuple[Token, ...] | Gap:
        """Fill in the variables; a wildcard inside a filled-in value is an ordinary character."""
        tokens: list[Token] = []
        for part in self.parts:
            value = _fill(part, resolve) if isinstance(part, Variable) else part
            if isinstance(value, Gap):
                return value
            tokens.extend((value,) if isinstance(value, Wild) else value)
        return tuple(tokens)


def settle(gap: Gap, *, negated: bool) -> Truth:
    """What a comparison without an answer says: no match, and nothing at all under a negation.

    AWS documents "no match" (rules 13 and 18). Read inside ``NotResource`` or ``StringNotEquals`` that would turn an
    Allow wide open, so there it stays unsettled.
    """
    return None if gap is Gap.UNKNOWN or negated else False


def glob(tokens: Sequence[Token], text: str) -> bool:
    """Whether ``text`` matches; ``*`` and ``?`` cross ``/``. Time is at most len(tokens) times len(text)."""
    at_token = at_text = 0
    star, star_text = -1, 0
    while at_text < len(text):
        token = tokens[at_token] if at_token < len(tokens) else None
        if token is Wild.MANY:
            star, star_text = at_token, at_text
            at_token += 1
        elif token is Wild.ONE or token == text[at_text]:
            at_token += 1
            at_text += 1
        elif star >= 0:
            star_text += 1
            at_token, at_text = star + 1, star_text
        else:
            return False
    return all(token is Wild.MANY for token in tokens[at_token:])


def glob_arn(tokens: Sequence[Token], text: str) -> bool | Gap:
    """Match two ARNs segment by segment (the sixth holds the rest); unreadable when either is no ARN."""
    patterns, segments = _segments(tokens), text.split(":", ARN_COLONS)
    if len(patterns) <= ARN_COLONS or len(segments) <= ARN_COLONS:
        return Gap.UNREADABLE
    return all(map(glob, patterns, segments))


def tokenize(text: str, *, wildcards: bool = True) -> list[Token]:
    """Take a text without variables apart."""
    return [Wild(character) if wildcards and character in "*?" else character for character in text]


def _segments(tokens: Sequence[Token]) -> list[list[Token]]:
    segments: list[list[Token]] = [[]]
    for part in tokens:
        if part == ":" and len(segments) <= ARN_COLONS:
            segments.append([])
        else:
            segments[-1].append(part)
    return segments


def _parts(text: str, *, variables: bool, wildcards: bool) -> list[Part]:
    if not variables:
        return [*tokenize(text, wildcards=wildcards)]
    parts: list[Part] = []
    end = 0
    for found in _VARIABLE.finditer(text):
        parts += _plain(text[end : found.start()], wildcards=wildcards)
        parts.append(found["literal"] or Variable(found["key"].strip().lower(), found["default"]))
        end = found.end()
    return parts + _plain(text[end:], wildcards=wildcards)


def _plain(text: str, *, wildcards: bool) -> list[Part]:
    if "${" in text:
        raise ValueError("has a '${' that starts no readable policy variable")
    return [*tokenize(text, wildcards=wildcards)]


def _fill(variable: Variable, resolve: Resolve) -> str | Gap:
    value = resolve(variable.key)
    if value is Gap.UNRESOLVED and variable.default is not None:
        return variable.default
    return value
