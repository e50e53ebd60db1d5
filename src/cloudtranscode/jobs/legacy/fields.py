"""The fields of an object in an earlier document, each of which is told of once."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Never

from cloudtranscode.errors import InvalidDocument

_FLAGS = {"true": True, "1": True, "false": False, "0": False}


@dataclass(frozen=True, slots=True)
class Note:
    """How one field was understood; ``kept`` is false for what has no counterpart."""

    path: str
    words: str
    kept: bool = True


@dataclass(slots=True)
class Fields:
    """An object at ``path``; what is read of it is told in ``notes``, which all objects of a document share."""

    path: str
    data: Mapping[str, Any]
    notes: list[Note]
    read: set[str] = field(default_factory=set)

    def at(self, name: str) -> str:
        """Return the path of a field."""
        return f"{self.path}.{name}" if self.path else name

    def named(self, *names: str) -> str:
        """Return which of several names the field has here; the first, when it has none."""
        return next((name for name in names if self.data.get(name) is not None), names[0])

    def value(self, *names: str) -> Any:
        """Return a field under any of its names, or ``None``."""
        name = self.named(*names)
        self.read.add(name)
        return self.data.get(name)

    def text(self, *names: str) -> str | None:
        """Return a text, or a number as it would be written. Errors: :class:`InvalidDocument`."""
        found = self.value(*names)
        if found is None or found == "":
            return None
        if isinstance(found, bool) or not isinstance(found, str | int | float):
            self.refuse(self.named(*names), "must be a text")
        return str(found)

    def needed(self, *names: str) -> str:
        """Return a text that must be there. Errors: :class:`InvalidDocument`."""
        found = self.text(*names)
        return found if found is not None else self.refuse(names[0], "is missing")

    def number(self, name: str) -> float | None:
        """Return a number, also one that is written as a text. Errors: :class:`InvalidDocument`."""
        found = self.text(name)
        if found is None:
            return None
        try:
            number = float(found)
        except ValueError:
            number = math.nan
        return number if math.isfinite(number) else self.refuse(name, "must be a number")

    def flag(self, name: str) -> bool | None:
        """Return true or false, also as a text or as 1 and 0. Errors: :class:`InvalidDocument`."""
        found = self.value(name)
        if found is None:
            return None
        word = str(found).lower()
        return _FLAGS[word] if word in _FLAGS else self.refuse(name, "must be true or false")

    def inner(self, *names: str) -> Fields | None:
        """Return an object inside, or ``None``. Errors: :class:`InvalidDocument`."""
        found, name = self.value(*names), self.named(*names)
        if found is None:
            return None
        return self.object(name, found)

    def several(self, *names: str) -> list[Fields]:
        """Return the objects of a list, or the one object that stands in its place."""
        found, name = self.value(*names), self.named(*names)
        if not isinstance(found, list):
            return [] if found is None else [self.object(name, found)]
        return [self.object(f"{name}[{number}]", one) for number, one in enumerate(found)]

    def object(self, name: str, found: object) -> Fields:
        """Return the fields of an object. Errors: :class:`InvalidDocument` for anything else."""
        if not isinstance(found, dict):
            self.refuse(name, "must be an object")
        return Fields(self.at(name), found, self.notes)

    def kept(self, name: str, words: str) -> None:
        """Tell what became of a field, if it is there."""
        self.read.add(name)
        if self.data.get(name) is not None:
            self.notes.append(Note(self.at(name), words))

    def dropped(self, name: str, why: str) -> None:
        """Tell why a field is left out, if it is there."""
        self.read.add(name)
        if self.data.get(name) is not None:
            self.notes.append(Note(self.at(name), f"left out: {why}", kept=False))

    def close(self) -> None:
        """Tell of every field that nothing has read."""
        for name in self.data:
            if name not in self.read:
                self.dropped(name, "not a field that is known")

    def refuse(self, name: str, reason: str) -> Never:
        """Refuse the document for one of its fields. Errors: :class:`InvalidDocument`, always."""
        raise InvalidDocument(
            f"The document of the earlier stack cannot be taken over: {self.at(name)}: {reason}.",
            remedy="Correct the named field, or write the job anew: `ct schema job` prints the schema.",
        )
