"""Wildcards and policy variables: one string of a policy as a template that a request fills in.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum

from cloudtranscode.entitlements.truth import Truth

ARN_COLONS = 5
_WILDCARD = re.compile(r"([*?])")
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


Token = str | Wild  # a run of literal characters, never empty, or a wildcard
Part = Token | Variable
Resolve = Callable[[str], str | Gap]


@dataclass(frozen=True, slots=True)
class Template:
    """A string of a policy, taken apart once: runs of literal characters, wildcards and variables."""

    text: str
    parts: tuple[Part, ...]
    # The parts, where none is a variable.
    _fixed: tuple[Token, ...] | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        tokens = tuple(part for part in self.parts if not isinstance(part, Variable))
        object.__setattr__(self, "_fixed", tokens if len(tokens) == len(self.parts) else None)

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
    def head(self) -> str:
        """The literal characters before the first wildcard or variable: whatever matches begins with them."""
        first = self.parts[0] if self.parts else ""
        return first if isinstance(first, str) else ""

    @property
    def matches_everything(self) -> bool:
        """Whether this is the lone ``*``."""
        return self.parts == (Wild.MANY,)

    def expand(self, resolve: Resolve) -> tuple[Token, ...] | Gap:
        """Fill in the variables; a wildcard inside a filled-in value is an ordinary character."""
        if self._fixed is not None:
            return self._fixed
        tokens: list[Token] = []
        for part in self.parts:
            value = _fill(part, resolve) if isinstance(part, Variable) else part
            if isinstance(value, Gap):
                return value
            if value:
                tokens.append(value)
        return tuple(tokens)


def settle(gap: Gap, *, negated: bool) -> Truth:
    """What a comparison without an answer says: no match, and nothing at all under a negation.

    AWS documents "no match" (rules 13 and 18). Read inside ``NotResource`` or ``StringNotEquals`` that would turn an
    Allow wide open, so there it stays unsettled.
    """
    return None if gap is Gap.UNKNOWN or negated else False


def glob(tokens: Sequence[Token], text: str) -> bool:
    """Whether ``text`` matches; ``*`` and ``?`` cross ``/``. Time is at most the pattern's length times the text's."""
    at_token = at_text = 0
    star, star_text = -1, 0
    while at_text < len(text):
        token = tokens[at_token] if at_token < len(tokens) else None
        if token is Wild.MANY:
            star, star_text = at_token, at_text
            at_token += 1
            if at_token == len(tokens):
                return True
        elif token is Wild.ONE:
            at_token += 1
            at_text += 1
        elif token is not None and text.startswith(token, at_text):
            at_token += 1
            at_text += len(token)
        elif star >= 0:
            # What the last star took was too little; all before it stands, so only this one takes more.
            following = tokens[star + 1]
            star_text = text.find(following, star_text + 1) if isinstance(following, str) else star_text + 1
            if star_text < 0:
                return False
            at_token, at_text = star + 1, star_text
        else:
            return False
    return all(token is Wild.MANY for token in tokens[at_token:])


def glob_arn(tokens: Sequence[Token], text: str) -> bool | Gap:
    """Match two ARNs segment by segment (the sixth holds the rest); unreadable when either is no ARN."""
    if text.count(":") < ARN_COLONS:
        return Gap.UNREADABLE
    if tokens and isinstance(tokens[0], str) and tokens[0].count(":") >= ARN_COLONS:
        return glob(tokens, text)  # no wildcard stands before the sixth segment, so none can reach across one
    patterns = _segments(tokens)
    return all(map(glob, patterns, text.split(":", ARN_COLONS))) if len(patterns) > ARN_COLONS else Gap.UNREADABLE


def tokenize(text: str, *, wildcards: bool = True) -> list[Token]:
    """Take a text without variables apart."""
    pieces = _WILDCARD.split(text) if wildcards else [text]
    return [Wild(piece) if wildcards and piece in "*?" else piece for piece in pieces if piece]


def _segments(tokens: Sequence[Token]) -> list[list[Token]]:
    segments: list[list[Token]] = [[]]
    for token in tokens:
        pieces: list[Token] = [token]
        if isinstance(token, str):
            pieces = [*token.split(":", ARN_COLONS + 1 - len(segments))]
        for number, piece in enumerate(pieces):
            if number:
                segments.append([])
            if piece:
                segments[-1].append(piece)
    return segments


def _parts(text: str, *, variables: bool, wildcards: bool) -> list[Part]:
    if not variables or "$" not in text:
        return [*tokenize(text, wildcards=wildcards)]
    parts: list[Part] = []
    end = 0
    for found in _VARIABLE.finditer(text):
        parts += _plain(text[end : found.start()], wildcards=wildcards)
        parts.append(found["literal"] or Variable(found["key"].strip().lower(), found["default"]))
        end = found.end()
    return _merged(parts + _plain(text[end:], wildcards=wildcards))


def _merged(parts: list[Part]) -> list[Part]:
    """Make one run of the literal characters that stand side by side."""
    merged: list[Part] = []
    for part in parts:
        last = merged[-1] if merged else None
        if isinstance(part, str) and isinstance(last, str):
            merged[-1] = last + part
        else:
            merged.append(part)
    return merged


def _plain(text: str, *, wildcards: bool) -> list[Part]:
    if "${" in text:
        raise ValueError("has a '${' that starts no readable policy variable")
    return [*tokenize(text, wildcards=wildcards)]


def _fill(variable: Variable, resolve: Resolve) -> str | Gap:
    value = resolve(variable.key)
    if value is Gap.UNRESOLVED and variable.default is not None:
        return variable.default
    return value
