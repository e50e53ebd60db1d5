"""The commands' way to the stack; loading it takes a moment, so that it happens when a command needs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cloudtranscode.bootstrap.stack import Stack


def open_stack() -> Stack:
    """Read the settings and make a stack of them. Errors: ``InvalidSetting``."""
    from cloudtranscode.bootstrap import stack  # noqa: PLC0415  # loads the SDK; `ct --help` must not wait for it

    return stack.open_stack()
