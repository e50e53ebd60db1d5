"""Reading a JSON or YAML text that somebody else wrote, without surprises.

Refused: duplicate keys (which parser wins is anybody's guess), YAML aliases (a few lines can stand for gigabytes),
texts over 1 MiB and anything that is not an object.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Hashable, Iterable
from typing import Any

import yaml

from cloudtranscode.errors import InvalidDocument

_MAX_BYTES = 1 << 20


class _Loader(yaml.SafeLoader):
    """YAML's safe subset, less aliases and duplicate keys."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("aliases (*name) are not accepted")
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        if repeated := _repeated(key for key in keys if isinstance(key, Hashable)):
            raise yaml.YAMLError(f"key {str(repeated[0])!r} stands twice")
        return super().construct_mapping(node, deep=deep)


def read_document(text: str) -> dict[str, Any]:
    """Parse JSON (when the text begins with ``{``) or YAML. Errors: :class:`InvalidDocument`."""
    if len(text.encode()) > _MAX_BYTES:
        raise InvalidDocument("The document is larger than 1 MiB.")
    try:
        data = _parse(text)
    except (ValueError, yaml.YAMLError, RecursionError) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise InvalidDocument(f"The document cannot be read: {reason}.") from error
    if not isinstance(data, dict):
        raise InvalidDocument("The document is not an object with fields.")
    return data


def _parse(text: str) -> Any:
    if text.lstrip().startswith("{"):
        return json.loads(text, object_pairs_hook=_unique)
    return yaml.load(text, Loader=_Loader)  # noqa: S506  # a SafeLoader, restricted further


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ValueError(f"key {_repeated(name for name, _ in pairs)[0]!r} stands twice")
    return fields


def _repeated(keys: Iterable[Hashable]) -> list[Hashable]:
    return [key for key, count in Counter(keys).items() if count > 1]
