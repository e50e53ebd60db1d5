"""``ct explain``: why S3 refuses, who must act, and the message to send them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from cloudtranscode.cli.exit_codes import ExitCode
from cloudtranscode.cli.parts import open_stack
from cloudtranscode.cli.render import JsonFlag, note, out, print_json

if TYPE_CHECKING:
    from cloudtranscode.entitlements.explain.explanation import Explanation, Suspect

_STYLES = {"found": "bold red", "likely": "bold yellow", "possible": "yellow", "unlikely": "dim"}
_IN_FULL = 5  # causes that are told with their reasons; the rest are named
_WORTH_TELLING = 0.05
_ACTORS = {"client": "the client acts", "stack": "the stack's admin acts", "source": "the owner of the source acts"}
_KINDS = ("read", "write", "client-read")


def explain(
    about: Annotated[str, typer.Argument(metavar="NAME|JOB", help="A client's name, or the id of a job.")],
    *,
    access: Annotated[
        str, typer.Option(metavar="read|write|client-read", help="What was refused; by default reading and writing.")
    ] = "",
    key: Annotated[str, typer.Option(help="The object that was refused, under the client's input.")] = "",
    profile: Annotated[str, typer.Option(help="An AWS profile of the client, which may read its policies.")] = "",
    as_json: JsonFlag = False,
) -> None:
    """Explain why S3 refuses: causes by likelihood, who must act, and the message to the client.

    It looks at what its credentials may see, and attempts requests that differ in one thing each; nothing is changed.
    With the client's profile most causes are read instead of guessed. Exit code 1 when something is refused.
    """
    from cloudtranscode.bootstrap.explaining import Question, explain_refusals  # noqa: PLC0415  # load the SDK
    from cloudtranscode.entitlements.explain.evidence import Access  # noqa: PLC0415

    if access and access not in _KINDS:
        raise typer.BadParameter(f"--access is one of {', '.join(_KINDS)}.")
    question = Question(about, Access(access) if access else None, key or None, profile)
    explanations = explain_refusals(open_stack(), question)
    refused = any(one.refused for one in explanations)
    if as_json:
        print_json({"refused": refused, "explanations": [one.to_dict() for one in explanations]})
    else:
        for one in explanations:
            print_explanation(one)
        if refused and not profile:
            note("With --profile, and a profile of the client, causes are read instead of guessed.")
    if refused:
        raise typer.Exit(ExitCode.FAILED)


def print_explanation(explanation: Explanation) -> None:
    """Print what was asked and answered, the causes, what is ruled out, and the message."""
    console, evidence = out(), explanation.evidence
    verb = {"read": "Reading", "write": "Writing to", "client-read": "Handing over in"}[evidence.access.value]
    place = evidence.target.uri if evidence.access.value == "read" else evidence.target.folder.uri
    if not explanation.refused:
        made_up = evidence.answer is not None and evidence.answer.verdict.value == "absent"
        hint = "; nothing was found there to read, and --key names an object" if made_up else ""
        console.print(f"{verb} {place} is permitted{hint}.", soft_wrap=True)
        return
    console.print(Text(f"{verb} {place} is refused."), style="bold", soft_wrap=True)
    console.print(f"  as {evidence.order.principal}\n  S3: {evidence.answer}", soft_wrap=True)
    console.print(f"  could be read: {', '.join(evidence.seen) or 'nothing'}", soft_wrap=True)
    if not explanation.causes[0].found:
        shares = [f"{name} ({share:.0%})" for name, share in explanation.families.items() if share >= _WORTH_TELLING]
        console.print(f"  likely: {'; '.join(shares)}", soft_wrap=True)
    shown = [suspect for suspect in explanation.causes if suspect.found] or explanation.causes[:_IN_FULL]
    for number, suspect in enumerate(shown, start=1):
        print_suspect(number, suspect)
    if rest := explanation.causes[len(shown) :]:
        console.print(f"\nLess likely: {', '.join(suspect.id for suspect in rest)}.")
    if explanation.excluded:
        console.print(f"Ruled out: {', '.join(explanation.excluded)}.")
    if explanation.hidden:
        console.print("Everything that can be read allows it: what refuses is a policy that cannot be seen from here.")
    if explanation.message:
        console.print("\nTo send to the client:", style="bold")
        console.print(explanation.message, soft_wrap=True)


def print_suspect(number: int, suspect: Suspect) -> None:
    """Print one cause with its reasons, what mends it, and who has to."""
    console = out()
    word = "found" if suspect.certainty == "found" else f"{suspect.certainty}, {suspect.likelihood:.0%}"
    head = Text.assemble(f"\n{number}. ", (word, _STYLES[suspect.certainty]), f"  {suspect.id}")
    console.print(head)
    console.print(f"   {suspect.cause}")
    for text in dict.fromkeys(suspect.supported_by):
        console.print(f"   for: {text}", style="dim")
    console.print(f"   {_ACTORS[suspect.side.value]}: {suspect.remedy}")
