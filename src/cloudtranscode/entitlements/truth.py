"""Three-valued logic: true, false, or ``None`` for what the caller's knowledge does not settle (Kleene's tables)."""

from __future__ import annotations

from collections.abc import Iterable

Truth = bool | None


def all_of(truths: Iterable[Truth]) -> Truth:
    """False as soon as one is false; true only when all are; of none: true."""
    seen = list(truths)
    if False in seen:
        return False
    return None if None in seen else True


def any_of(truths: Iterable[Truth]) -> Truth:
    """True as soon as one is true; false only when all are; of none: false."""
    seen = list(truths)
    if True in seen:
        return True
    return None if None in seen else False


def negate(truth: Truth) -> Truth:
    """Swap true and false; what is not settled stays so."""
    return None if truth is None else not truth
