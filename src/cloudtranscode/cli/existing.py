"""``--existing BUCKET=FILE`` and ``--profile``: the policies that are there now, told or read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cloudtranscode.errors import InvalidDocument, UsageError

if TYPE_CHECKING:
    from cloudtranscode.entitlements.grant import GrantSheet
    from cloudtranscode.entitlements.present import Present

Existing = Annotated[
    list[str] | None,
    typer.Option(
        metavar="BUCKET=FILE", help="The policy that a bucket, or the key of an ARN, has now; empty for none."
    ),
]


def present_of(sheet: GrantSheet, profile: str, existing: Sequence[str] | None) -> Present:
    """Read what stands in the sheet's places with the client's profile, and from the files that were named."""
    from cloudtranscode.bootstrap.grants import look  # noqa: PLC0415  # load with the stack
    from cloudtranscode.entitlements.present import Present  # noqa: PLC0415
    from cloudtranscode.entitlements.sheet import Place  # noqa: PLC0415

    read = look(sheet, profile).texts if profile else {}
    told = dict(_told(one) for one in existing or ())
    places = {place.target for place in sheet.at(Place.BUCKET, Place.KEY)}
    for target in told:
        if target not in places:
            raise UsageError(f"--existing: {target!r} is none of this grant's: {', '.join(sorted(places)) or 'none'}.")
    return Present({**read, **told})


def _told(text: str) -> tuple[str, str]:
    target, found, name = text.partition("=")
    if not found:
        raise UsageError(f"--existing: {text!r} is not BUCKET=FILE.")
    if not name:
        return target, ""
    try:
        return target, Path(name).read_text("utf-8-sig").strip()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text in UTF-8"
        raise InvalidDocument(f"{name!r} cannot be read: {reason}.", remedy="Name a JSON file in UTF-8.") from error
