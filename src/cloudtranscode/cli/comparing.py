"""What a comparison of policies looks like: the access matrix, its witnesses, and the verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudtranscode.cli.render import out, print_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloudtranscode.entitlements.compare import Comparison, Row

_WORDS = {"Allow": "allowed", "ExplicitDeny": "denied", "ImplicitDeny": "-", "Unknown": "unknown"}
_COLUMNS = ("", "PRINCIPAL", "ACTION", "RESOURCE", "WHEN", "BEFORE", "AFTER")


def print_comparison(comparison: Comparison) -> None:
    """Print who may do what before and after, what is new, and whether anything is that nobody ordered."""
    console = out()
    console.print(f"\n{comparison.target}", style="bold")
    if rows := comparison.matrix():
        print_table(_COLUMNS, _lines(rows, comparison.target))
    else:
        console.print("Nobody is allowed anything, before or after.")
    for text in comparison.dead:
        console.print(f"{text} names a principal that was deleted: it matches nobody, and can be removed.")
    console.print(f"{comparison.bytes:,} of {comparison.max_bytes:,} bytes.")
    _print_verdict(comparison)


def _print_verdict(comparison: Comparison) -> None:
    console = out()
    if comparison.proven:
        asked = len(comparison.rows)
        console.print(f"Proven with {asked} requests: what is new is what the grant orders, and nothing else changes.")
        return
    if not comparison.complete:
        console.print(
            f"NOT PROVEN: too many cases. Only the first {len(comparison.rows):,} were tried.", style="bold red"
        )
    if comparison.untouched and not comparison.beyond:
        return
    console.print("THIS DOES MORE THAN THE GRANT ORDERS.", style="bold red")
    if not comparison.untouched:
        console.print("Statements that are not the grant's differ before and after.")
    for row in _first_of_each(comparison.beyond):
        who, action, resource = row.question.what
        verb = "could then" if row.gained else "could no longer"
        console.print(f"  {who} {verb} {action} {resource} {_when(row)}".rstrip())


def _first_of_each(rows: Sequence[Row]) -> Sequence[Row]:
    return tuple({row.question.what: row for row in reversed(rows)}.values())[::-1]


def _lines(rows: Sequence[Row], target: str) -> list[tuple[str, ...]]:
    """One line for all resources with which it is the same: the first of them, and how many more there are."""
    alike: dict[tuple[str, ...], list[str]] = {}
    for row in rows:
        who, action, resource = row.question.what
        sign = "+" if row.gained else "-" if row.lost else " "
        line = (sign, who, action, _when(row), _WORDS[row.before.value], _WORDS[row.after.value])
        alike.setdefault(line, []).append(resource.removeprefix(f"arn:aws:s3:::{target}") or target)
    return [
        (*line[:3], f"{found[0]}{f' and {len(found) - 1} more' if len(found) > 1 else ''}", *line[3:])
        for line, found in alike.items()
    ]


def _when(row: Row) -> str:
    return ", ".join(f"{key}={' '.join(values)}" for key, values in row.question.when.items())
