"""``ct lint``: what is wrong with policies, in files or on buckets."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from cloudtranscode import __version__
from cloudtranscode.cli.exit_codes import ExitCode
from cloudtranscode.cli.parts import open_stack
from cloudtranscode.cli.render import JsonFlag, note, out, print_json
from cloudtranscode.errors import CloudTranscodeError, InvalidDocument

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloudtranscode.bootstrap.stack import Stack
    from cloudtranscode.clients.client import Client
    from cloudtranscode.entitlements.lint.case import Surroundings
    from cloudtranscode.entitlements.lint.draft import Document
    from cloudtranscode.entitlements.lint.finding import Finding

_STYLES = {"error": "bold red", "warning": "yellow", "info": "cyan"}
_BUCKET = "s3://"


def lint(
    targets: Annotated[list[str], typer.Argument(metavar="FILE|s3://BUCKET|NAME…", help="- reads from stdin.")],
    *,
    profile: Annotated[str, typer.Option(help="The AWS profile that may read the buckets' policies.")] = "",
    stack_arn: Annotated[str, typer.Option(help="The ARN to be entitled; by default the stack's own.")] = "",
    enforced: Annotated[
        bool | None,
        typer.Option("--ownership-enforced/--ownership-not-enforced", help="The bucket's object ownership, if known."),
    ] = None,
    as_sarif: Annotated[bool, typer.Option("--sarif", help="Print SARIF 2.1.0 for code review tools.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Find what is wrong with bucket policies: in files, on a bucket, or on a client's buckets.

    Several are also examined together. Exit code 1 when a finding is an error; docs/lint.md lists all findings.
    """
    from cloudtranscode.entitlements.lint.linter import has_errors  # noqa: PLC0415  # loads with the stack

    if as_json and as_sarif:
        raise typer.BadParameter("--json and --sarif exclude each other.")
    documents, findings = _examine(_Order(targets, profile, stack_arn, enforced))
    if as_sarif:
        print_sarif(findings, documents)
    elif as_json:
        several = len(targets) > 1 or len({finding.source for finding in findings}) > 1
        print_json([finding.to_dict(with_source=several) for finding in findings])
    else:
        print_findings(findings)
    if has_errors(findings):
        raise typer.Exit(ExitCode.FAILED)


class _Order:
    """What is to be examined, and what is known around it."""

    def __init__(self, targets: list[str], profile: str, stack_arn: str, enforced: bool | None) -> None:
        self.files = [target for target in targets if _is_file(target)]
        self.buckets = [target for target in targets if target.startswith(_BUCKET)]
        names = [target for target in targets if target not in {*self.files, *self.buckets}]
        if len(names) > 1:
            raise typer.BadParameter("Name one client at a time: what is known around a policy is that client's.")
        self.stack: Stack = open_stack()
        self.profile, self.enforced = profile, enforced
        self.client: Client | None = self.stack.clients.get(names[0]) if names else None
        self.stack_arn = stack_arn or self.stack.settings.stack_arn or self._own_arn()

    def _own_arn(self) -> str | None:
        """Who the stack is, where the network is asked anyway."""
        if self.client or self.buckets:
            with suppress(CloudTranscodeError):
                return self.stack.identity.arn
        return None

    @property
    def live(self) -> list[str]:
        """The buckets whose policies are read from the server, each once."""
        from cloudtranscode.location import parse_s3  # noqa: PLC0415  # loads with the stack

        named = [parse_s3(target).bucket for target in self.buckets]
        clients = [self.client.input.bucket, self.client.output.bucket] if self.client else []
        return list(dict.fromkeys([*named, *clients]))

    @property
    def around(self) -> Surroundings:
        """What is known beside the documents."""
        from cloudtranscode.entitlements.lint.case import Surroundings  # noqa: PLC0415  # load with the stack
        from cloudtranscode.entitlements.principal import Principal  # noqa: PLC0415

        account = Principal.from_arn(self.stack_arn).account if self.stack_arn else None
        return Surroundings(
            stack_arn=self.stack_arn,
            input=self.client.input if self.client else None,
            output=self.client.output if self.client else None,
            entitled=self.client is None or self.client.account != account,
            ownership_enforced=self.enforced,
        )


def _examine(order: _Order) -> tuple[list[Document], tuple[Finding, ...]]:
    from cloudtranscode.cli.iam_reference import PackagedReference  # noqa: PLC0415  # load with the stack
    from cloudtranscode.entitlements.lint.draft import Document  # noqa: PLC0415
    from cloudtranscode.entitlements.lint.linter import lint as examine  # noqa: PLC0415

    around = order.around
    documents = [Document("stdin" if name == "-" else name, _text(name)) for name in order.files]
    attached, missing = _attached(order) if order.live else ([], [])
    documents += attached
    absent = missing if around.entitled else []
    return documents, (*examine(documents, PackagedReference(), around), *absent)


def _attached(order: _Order) -> tuple[list[Document], list[Finding]]:
    """The policies of the live buckets, and a finding for each bucket without one."""
    from cloudtranscode.entitlements.lint.access import without_policy  # noqa: PLC0415  # load with the stack
    from cloudtranscode.entitlements.lint.draft import Document  # noqa: PLC0415
    from cloudtranscode.identity.attach import get_bucket_policy  # noqa: PLC0415
    from cloudtranscode.identity.look import look_at_bucket  # noqa: PLC0415
    from cloudtranscode.identity.session import client_session  # noqa: PLC0415

    session = client_session(order.profile) if order.profile else order.stack.session
    attached, missing = [], []
    for bucket in order.live:
        name, text = _BUCKET + bucket, get_bucket_policy(session, bucket)
        if text is None:
            missing.append(without_policy(name))
        else:
            seen = look_at_bucket(session, bucket, order.client.account if order.client else None)
            attached.append(Document(name, text, bucket, seen.ownership, seen.restricts_public))
    return attached, missing


def _is_file(target: str) -> bool:
    named = target == "-" or "/" in target or target.endswith(".json")
    return not target.startswith(_BUCKET) and (named or Path(target).is_file())


def _text(name: str) -> str:
    remedy = "Name a JSON file in UTF-8, - for stdin, s3://bucket, or a registered client."
    try:
        return sys.stdin.read() if name == "-" else Path(name).read_text("utf-8-sig")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text in UTF-8"
        raise InvalidDocument(f"{name!r} cannot be read: {reason}.", remedy=remedy) from error


def print_findings(findings: Sequence[Finding]) -> None:
    """Print each finding with where it is and what to do."""
    console = out()
    for finding in findings:
        severity = finding.severity.value
        console.print(Text(severity, _STYLES[severity]), f" {finding.id}  {finding.source}#{finding.path}", sep="")
        console.print(f"  {finding.message}\n  {finding.remedy}")
    counts = [(word, sum(finding.severity.value == word for finding in findings)) for word in _STYLES]
    found = ", ".join(f"{count} {word}{'s' if count > 1 else ''}" for word, count in counts if count)
    note(f"{found}." if found else "Nothing was found to be wrong.")


def print_sarif(findings: Sequence[Finding], documents: Sequence[Document]) -> None:
    """Print the findings for code review tools."""
    from cloudtranscode.entitlements.lint.linter import CATALOGUE  # noqa: PLC0415  # load with the stack
    from cloudtranscode.entitlements.lint.sarif import to_sarif  # noqa: PLC0415

    rules = [rule for family in CATALOGUE.values() for rule in family]
    print_json(to_sarif(findings, documents, rules, __version__))
