"""``ct preset``: the named presets."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cloudtranscode.cli.render import JsonFlag, err, out, print_json, print_table

if TYPE_CHECKING:
    from cloudtranscode.media.presets import Presets
    from cloudtranscode.media.rendition import Preset

app = typer.Typer(help="Look at the presets.")


@app.command("list")
def list_(
    *,
    family: Annotated[str, typer.Option("--family", help="Only those of one family.")] = "",
    as_json: JsonFlag = False,
) -> None:
    """List the presets; none of them enlarges a picture unless it says so."""
    from cloudtranscode.media.plain import plain  # noqa: PLC0415  # loads the whole vocabulary

    catalogue = _catalogue()
    presets = [catalogue.load(name) for name in catalogue.names(family)]
    if as_json:
        print_json([plain(preset) for preset in presets])
        return
    rows = [(one.family, one.name, _picture(one), _video(one), _sound(one)) for one in presets]
    print_table(("FAMILY", "NAME", "SIZE", "VIDEO", "AUDIO"), rows)


@app.command()
def show(name: Annotated[str, typer.Argument(help="A preset's name.")], *, as_json: JsonFlag = False) -> None:
    """Print a preset whole, with where each value comes from."""
    from cloudtranscode.media.presets import written  # noqa: PLC0415  # reads files when it is used

    found = _catalogue().resolved(name)
    if as_json:
        print_json({table: {key: one.value for key, one in fields.items()} for table, fields in found.fields.items()})
        return
    out().print(written(found), soft_wrap=True, end="")


@app.command()
def check(files: Annotated[list[Path], typer.Argument(help="Presets as TOML files.", exists=True)]) -> None:
    """Say whether files are valid presets; nothing is put anywhere."""
    from cloudtranscode.errors import CloudTranscodeError, InvalidDocument  # noqa: PLC0415  # as light as the rest

    catalogue, faults = _catalogue(), 0
    for path in files:
        try:
            catalogue.read(path)
        except CloudTranscodeError as fault:
            faults += 1
            err().print(f"{path}: {fault.message}", soft_wrap=True)
        else:
            out().print(f"{path}: valid", soft_wrap=True)
    if faults:
        raise InvalidDocument(f"{faults} of {len(files)} presets are not valid.")


def _catalogue() -> Presets:
    from cloudtranscode.bootstrap.stack import open_stack  # noqa: PLC0415  # loads the storage's SDK

    return open_stack().presets


def _picture(preset: Preset) -> str:
    size = preset.size
    if preset.video is None:
        return ""
    if size.lines:
        return str(size.lines)
    return f"{size.width or ''}x{size.height or ''}" if size.width or size.height else "source"


def _video(preset: Preset) -> str:
    video = preset.video
    if video is None:
        return ""
    quality = f" crf {video.crf:g}" if video.crf is not None else ""
    bound = "≤ " if quality and video.max_rate_kbps else ""
    return f"{video.codec}{quality}" + (f" {bound}{video.nominal_kbps} kb/s" if video.nominal_kbps else "")


def _sound(preset: Preset) -> str:
    audio = preset.audio
    return "" if audio is None else str(audio.codec) + (f" {audio.rate_kbps} kb/s" if audio.rate_kbps else "")
