"""A command's options as one value: a frozen dataclass whose fields are annotated as typer's parameters are."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, TypeVar

Options = TypeVar("Options")


def taking(kind: type[Options]) -> Callable[[Callable[[Options], None]], Callable[..., None]]:
    """Give a command every field of the dataclass ``kind`` as a parameter."""

    def decorate(command: Callable[[Options], None]) -> Callable[..., None]:
        @functools.wraps(command)
        def called(**options: Any) -> None:
            command(kind(**options))

        called.__dict__["__signature__"] = inspect.signature(kind, eval_str=True)
        return called

    return decorate
