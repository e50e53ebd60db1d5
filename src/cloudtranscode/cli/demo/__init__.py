"""``ct demo``: the main job from refusal to delivery, on an embedded S3, with nothing to set up."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Annotated

import typer

from cloudtranscode.errors import ToolMissing

_NEEDED = ("moto", "flask")  # what the extra brings: the imitation of AWS, and what serves it


def demo(
    *,
    source: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="A video of your own instead of a test picture.")
    ] = None,
    seconds: Annotated[float, typer.Option(min=1, max=600, help="How long the test picture lasts.")] = 12,
    keep: Annotated[bool, typer.Option("--keep", help="Keep the demo's folder with the results.")] = False,
    keep_running: Annotated[
        bool, typer.Option("--keep-running", help="Leave the embedded S3 up for a try by hand, until Ctrl-C.")
    ] = False,
) -> None:
    """Show the main job: a client in another account is entitled, verified, transcoded, delivered.

    Two clients and the stack have an account each on an S3 of this machine that enforces bucket policies. Your own
    AWS configuration, database and buckets are neither read nor touched.
    """
    missing = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise ToolMissing(
            f"The embedded S3 needs Python packages that are not installed: {', '.join(missing)}.",
            remedy="Install the extra: pip install 'cloudtranscode[devstack]'.",
        )
    from cloudtranscode.cli.demo.story import Wishes, perform  # noqa: PLC0415  # loads the SDK

    perform(Wishes(source and source.absolute(), seconds, keep=keep, keep_running=keep_running))
