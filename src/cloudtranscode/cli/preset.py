"""``ct preset``: the named presets."""

from __future__ import annotations

from dataclasses import asdict

import typer

from cloudtranscode.cli.render import JsonFlag, print_json, print_table

app = typer.Typer(help="Look at the presets.")


@app.callback()
def _presets() -> None:
    """Keep ``list`` a command of its own while it is the only one."""


@app.command("list")
def list_(*, as_json: JsonFlag = False) -> None:
    """List the presets; none of them enlarges a picture."""
    from cloudtranscode.media.presets import load_preset, preset_names  # noqa: PLC0415  # reads files when it loads

    presets = [load_preset(name) for name in preset_names()]
    if as_json:
        print_json([asdict(preset) for preset in presets])
        return
    rows = [
        (
            one.name,
            one.size.lines or "",
            f"{one.video.nominal_kbps} kb/s" if one.video else "",
            f"{one.audio.rate_kbps} kb/s" if one.audio else "",
        )
        for one in presets
    ]
    print_table(("NAME", "LINES", "VIDEO", "AUDIO"), rows)
