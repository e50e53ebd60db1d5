"""``ct probe``: what a source is, and what would be made of it."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Annotated

import typer

from cloudtranscode.cli.interrupt import stopping
from cloudtranscode.cli.parts import open_stack
from cloudtranscode.cli.render import JsonFlag, out, print_fields, print_json
from cloudtranscode.location import parse

if TYPE_CHECKING:
    from cloudtranscode.media.studio import AnyPlan, Info


def probe(
    source: Annotated[str, typer.Argument(metavar="SRC", help="A path, s3://bucket/key or https://….")],
    *,
    as_json: JsonFlag = False,
) -> None:
    """Say what a source is in plain words, and what a job would do with it. Nothing is written."""
    from cloudtranscode.media.studio import told  # noqa: PLC0415  # loads with the stack
    from cloudtranscode.workflow.control import DirectControl  # noqa: PLC0415

    with stopping(signal.SIGINT, signal.SIGTERM) as stop:
        control = DirectControl(lambda _: None)
        control.stop = stop
        info, plan = open_stack().direct().look(parse(source), control)
    if as_json:
        print_json({"source": told(info), "plan": told(plan) if plan else None})
        return
    _print_media(info, plan)


def _print_media(info: Info, plan: AnyPlan | None) -> None:
    from cloudtranscode.media.words import facts, intentions  # noqa: PLC0415  # loads with the stack

    print_fields(facts(info))
    for sentence in intentions(info, plan):
        out().print(f"  - {sentence}", soft_wrap=True)
