"""``ct selfcheck``: one offline page in which a client's admin examines a bucket policy."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cloudtranscode.cli.parts import open_stack
from cloudtranscode.cli.render import JsonFlag, note, print_json
from cloudtranscode.errors import UsageError

if TYPE_CHECKING:
    from cloudtranscode.entitlements.order import GrantOrder


def selfcheck(
    name: Annotated[str, typer.Argument(help="A client's name; without it the page asks for the particulars.")] = "",
    *,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Default: ct-selfcheck-NAME.html.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Write a page that tells a client's admin what a bucket policy entitles the stack to, and mends it.

    The page is one file, works offline and sends nothing anywhere. It carries what `ct grant` tells the client.
    """
    from cloudtranscode.cli.iam_reference import PackagedReference  # noqa: PLC0415  # load with the command
    from cloudtranscode.selfcheck.page import Contents, build_page, sources  # noqa: PLC0415
    from cloudtranscode.selfcheck.reference import export  # noqa: PLC0415
    from cloudtranscode.selfcheck.runtime import packaged_runtime  # noqa: PLC0415

    runtime = packaged_runtime()
    order = _order(name) if name else None
    reference = PackagedReference()
    page = build_page(Contents(order, export(reference, reference.services)), runtime, sources())
    target = out or Path(f"ct-selfcheck-{name}.html" if name else "ct-selfcheck.html")
    size = _write(target, page)
    if as_json:
        print_json({"client": name or None, "file": str(target), "bytes": size})
        return
    typer.echo(f"{target}: {size / 1e6:.1f} MB, for {name or 'any client'}.")
    note("Send it to the client's admin, who opens it in a browser; it needs no network and keeps nothing.")


def _order(name: str) -> GrantOrder:
    from cloudtranscode.entitlements.order import GrantMode  # noqa: PLC0415  # loads with the stack

    stack = open_stack()
    order = stack.grant_order(stack.clients.get(name))
    if order.mode is GrantMode.ASSUME_ROLE:
        raise UsageError(
            f"{name} lets the stack in by a role of its own, not by bucket policies.",
            remedy=f"`ct grant {name}` prints what the role needs, and `ct verify {name}` proves it.",
        )
    return order


def _write(target: Path, page: str) -> int:
    try:
        return target.write_bytes(page.encode())
    except OSError as error:
        raise UsageError(f"{target} cannot be written: {error.strerror}.", remedy="Name another file.") from error
