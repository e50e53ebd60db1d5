"""What the demo prints, and the ``ct`` commands it runs in its world as a person would."""

from __future__ import annotations

import json
import re
import shlex
import sys
import textwrap
from typing import Any

import typer
from rich.padding import Padding
from rich.text import Text

from cloudtranscode.cli.demo.process import capture, show
from cloudtranscode.cli.demo.world import World
from cloudtranscode.cli.exit_codes import ExitCode
from cloudtranscode.cli.render import out, print_fields
from cloudtranscode.errors import CloudTranscodeError

_CT = (sys.executable, "-P", "-c", "from cloudtranscode.cli.main import main; main()")
_GOES_ON = " \\"
_OPTION = re.compile(r"(--\S+) (?!-)")


class Stage:
    """The terminal and the world; steps are numbered."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._step = 0

    def welcome(self, text: str) -> None:
        """Print the first words."""
        out().print(text, soft_wrap=True)

    def headline(self, text: str) -> None:
        """Begin the next step."""
        self._step += 1
        out().print(f"\n{self._step}. {text}", style="bold", soft_wrap=True)

    def say(self, text: str, style: str = "") -> None:
        """Print a remark."""
        out().print(Padding(Text(text, style), (0, 0, 0, 3), expand=False))

    def summary(self, title: str, fields: list[tuple[str, str]]) -> None:
        """Print the last words."""
        out().print(f"\n{title}", style="bold green", soft_wrap=True)
        print_fields(fields)

    def ct(self, *arguments: str, expect: ExitCode = ExitCode.DONE) -> str:
        """Show a ``ct`` command and its output, and return that. Errors: :func:`unexpected`."""
        self._show_command(["ct", *arguments])
        try:
            ended = show([*_CT, *arguments], self.world.folder, self.world.environment)
        finally:
            out().show_cursor()  # a command that is killed under its progress bar leaves it hidden
        if ended.exit_code == ExitCode.SOURCE:  # the user's own source; the command has said what is wrong with it
            raise typer.Exit(ExitCode.SOURCE)
        if ended.exit_code != expect:
            raise unexpected(f"`ct {arguments[0]}` ended with exit code {ended.exit_code}, not {expect.value}")
        return ended.text

    def refused(self, code: str, *arguments: str) -> None:
        """Show a ``ct`` command that must be refused with the error ``code``, for the client to mend."""
        if code not in self.ct(*arguments, expect=ExitCode.CLIENT).split():
            raise unexpected(f"`ct {arguments[0]}` was refused, but not with {code}")
        self.say(f"Refused, as it must be: {code}, exit code {ExitCode.CLIENT.value}.", "green")

    def ask(self, *arguments: str) -> Any:
        """Run a ``ct`` command unseen and return the JSON that it prints."""
        return json.loads(capture([*_CT, *arguments, "--json"], self.world.folder, self.world.environment))

    def _show_command(self, argv: list[str]) -> None:
        """Print a command so that it can be copied, continued on a second line where the terminal is narrow."""
        console = out()
        glued = _OPTION.sub("\\1\u00a0", f"$ {shlex.join(argv)}")  # an option stays with its value
        lines = textwrap.wrap(
            glued,
            console.width - len(_GOES_ON),
            subsequent_indent="    ",
            break_long_words=False,
            break_on_hyphens=False,
        )
        console.print(f"{_GOES_ON}\n".join(lines).replace("\u00a0", " "), style="cyan", soft_wrap=True)


def unexpected(what: str) -> CloudTranscodeError:
    """Say that the demo did not go as told; it ends with exit code 1."""
    return CloudTranscodeError(
        f"The demo did not go as told: {what}.",
        remedy="This is a defect of the stack, or of this machine's set-up, which `ct doctor` looks at.",
    )
