"""The text of a policy document: put statements in or take them out, and leave every other byte as it stands."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cloudtranscode.entitlements.policy import CURRENT_VERSION, Policy
from cloudtranscode.errors import InvalidPolicy

MAX_BYTES = 20 * 1024  # rule 32: https://docs.aws.amazon.com/AmazonS3/latest/userguide/add-bucket-policy.html
_DEAD = re.compile(r"A(?:ROA|IDA)[A-Z0-9]{12,}")
_SPACE = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder(parse_int=str, parse_float=str)

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Item:
    """One statement as written, what stands between it and the one before, and its value."""

    before: str
    text: str
    value: Json


def merge(existing: str | None, statements: Sequence[Json], max_bytes: int = MAX_BYTES) -> str:
    """Put ``statements`` into a policy text; an earlier version of one is replaced, all others keep their bytes.

    ``None`` for no policy yet. Merging twice changes nothing more. Errors: :class:`InvalidPolicy` when the existing
    text cannot be read in full, when a statement for somebody else has the ``Sid`` of one of these, when the result is
    over ``max_bytes``, and when a statement needs version 2012-10-17 to be understood and the document has another.
    """
    if existing is None:
        merged = json.dumps({"Version": CURRENT_VERSION, "Statement": list(statements)}, indent=2)
    else:
        merged = _merge_into(existing, statements)
    policy = Policy.parse(merged)
    if policy.version != CURRENT_VERSION and "${" in json.dumps(list(statements)):
        raise InvalidPolicy(
            f"Version: a key with '*', '?' or '$' can only be granted under {CURRENT_VERSION}.",
            remedy=f'Set "Version": "{CURRENT_VERSION}" in the existing policy, or choose another prefix.',
        )
    size = len(merged.encode(errors="surrogatepass"))
    if size > max_bytes:
        raise InvalidPolicy(
            f"The policy would have {size} bytes; there it has at most {max_bytes}.",
            remedy="Remove or shorten other statements of that policy.",
        )
    return merged


def revoke(existing: str, statements: Sequence[Json]) -> str | None:
    """Take ``statements`` out of a policy text; ``None`` when nothing remains: delete the policy then.

    What goes is what :func:`merge` would replace: the same ``Sid`` for the same principal.

    Errors: :class:`InvalidPolicy` when the text cannot be read in full.
    """
    head, items, tail = _cut(existing)
    kept = [item for item in items if not _is_of(item.value, statements)]
    return _joined(head, kept, tail) if kept else None


def others(text: str, statements: Sequence[Json]) -> list[Json]:
    """Return what stands in a policy text beside any version of ``statements``. Errors: those of :func:`revoke`."""
    return [item.value for item in _cut(text)[1] if not _is_of(item.value, statements)]


def is_dead(principal: str) -> bool:
    """Whether it is the unique id that S3 puts where the ARN of a user or role was that is deleted (rule 31)."""
    return _DEAD.fullmatch(principal) is not None


def _is_of(statement: Json, ours: Iterable[Json]) -> bool:
    """Whether it is a version of one of ours: two stacks give the same Sids to clients of the same name."""
    return any(one["Sid"] == statement.get("Sid") and _for_same(statement, one) for one in ours)


def _for_same(statement: Json, ours: Json) -> bool:
    """Whether both have the same principal; the dead match nobody, so they may be ours."""
    named, own = statement.get("Principal"), ours.get("Principal")
    return named == own or (
        isinstance(named, dict) and all(text in _members(own) or is_dead(text) for text in _members(named))
    )


def _members(principal: Any) -> list[str]:
    values = principal.values() if isinstance(principal, dict) else [principal]
    return [text for value in values for text in (value if isinstance(value, list) else [value])]


def _merge_into(existing: str, statements: Sequence[Json]) -> str:
    head, items, tail = _cut(existing)
    ours = {statement["Sid"]: statement for statement in statements}
    merged, seen = [], set()
    for item in items:
        sid = item.value.get("Sid")
        if sid not in ours:
            merged.append(item)
        elif not _is_of(item.value, [ours[sid]]):
            raise _taken(str(sid))
        elif sid not in seen:
            seen.add(sid)
            merged.append(_renewed(item, ours[sid]))
    added = [statement for sid, statement in ours.items() if sid not in seen]
    if added and not head.endswith("["):
        head, tail = f"{head}[", f"]{tail}"
    before = items[0].before
    return _joined(head, [*merged, *(_Item(f",{before or ' '}", _written(new, before), new) for new in added)], tail)


def _taken(sid: str) -> InvalidPolicy:
    return InvalidPolicy(
        f"The existing policy has a statement with the Sid {sid} for another principal than this stack's.",
        remedy="If it is another stack's, rename that statement's Sid, or register the client under another name. "
        "If it is this stack's own, from before its principal changed, remove it first with `ct revoke` as that "
        "principal, or by hand.",
    )


def _renewed(item: _Item, statement: Json) -> _Item:
    if item.value == statement:
        return item
    return _Item(item.before, _written(statement, item.before.replace(",", " ")), statement)


def _written(statement: Json, before: str) -> str:
    """Render a statement in the manner of its neighbours: on one line, or indented as deep as they are."""
    if "\n" not in before:
        return json.dumps(statement)
    return json.dumps(statement, indent=2).replace("\n", "\n" + before.rsplit("\n", 1)[1])


def _joined(head: str, items: Sequence[_Item], tail: str) -> str:
    first, *rest = items
    # The first item may have stood behind others before: then a comma is left over.
    return head + first.before.replace(",", "") + first.text + "".join(item.before + item.text for item in rest) + tail


def _cut(text: str) -> tuple[str, list[_Item], str]:
    """Cut a document around its statements; head, items and tail joined are the original again."""
    Policy.parse(text)
    start, end = _statement_span(text)
    if text[start] != "[":
        return text[:start], [_Item("", text[start:end], _DECODER.raw_decode(text, start)[0])], text[end:]
    items: list[_Item] = []
    at = start + 1
    begin = _after_space(text, at)
    while text[begin] != "]":
        begin = _after_space(text, begin + 1) if text[begin] == "," else begin
        value, stop = _DECODER.raw_decode(text, begin)
        items.append(_Item(text[at:begin], text[begin:stop], value))
        at, begin = stop, _after_space(text, stop)
    return text[: start + 1], items, text[at:]


def _statement_span(text: str) -> tuple[int, int]:
    """Where the value of ``Statement`` begins and ends in a document that is known to parse."""
    at = _after_space(text, 0) + 1
    while True:
        key, at = _DECODER.raw_decode(text, _after_space(text, at))
        begin = _after_space(text, _after_space(text, at) + 1)
        end = _DECODER.raw_decode(text, begin)[1]
        if key == "Statement":
            return begin, end
        at = _after_space(text, end) + 1


def _after_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at
