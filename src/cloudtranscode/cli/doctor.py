"""``ct doctor``: what this machine has, what it lacks, and what to do about that."""

from __future__ import annotations

import platform
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from cloudtranscode.cli.exit_codes import ExitCode
from cloudtranscode.cli.parts import open_stack
from cloudtranscode.cli.render import JsonFlag, out, print_json, size, status
from cloudtranscode.errors import (
    AccessDenied,
    BucketNotFound,
    CloudTranscodeError,
    CredentialsMissing,
    IdentityUnknown,
    WrongRegion,
)
from cloudtranscode.location import S3Location

if TYPE_CHECKING:
    from cloudtranscode.bootstrap.stack import Stack

_OK, _WARNING, _PROBLEM = "ok", "warning", "problem"
_PYTHON = (3, 11)
_ENCODERS = ("libx264", "aac", "mjpeg")
_ROOM = 10 * 10**9
_ANSWER_S = 20
_SHARED = "jobs work on the stack's own session"
_SESSION_REMEDY = "Run the stack under a role that may assume itself; docs/operating.md says how."
_WALLS = {
    "view": "have no file system of their own",
    "landlock": "have no Landlock rules",
    "seccomp": "have no filter of system calls",
}
_NO_SUCH_BUCKET = S3Location("cloudtranscode-doctor-looks-for-an-answer")


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report: ``level`` is ``ok``, ``warning`` or ``problem``."""

    name: str
    level: str
    found: str
    do: str = ""


Checks = Iterator[Finding]


def doctor(*, as_json: JsonFlag = False) -> None:
    """Look at everything that the stack needs. Exit code 5 when there is a problem."""
    findings = list(examine())
    if as_json:
        print_json([asdict(finding) for finding in findings])
    else:
        for finding in findings:
            _print(finding)
    if any(finding.level == _PROBLEM for finding in findings):
        raise typer.Exit(ExitCode.STACK)


def examine() -> Checks:
    """Make all checks; one that fails in an unforeseen way is a problem of its own and does not stop the others."""
    yield from _python()
    try:
        stack = open_stack()
    except CloudTranscodeError as error:
        yield _of_error("settings", error)
        return
    for name, check in _CHECKS.items():
        yield from _guarded(name, check, stack)


def _guarded(name: str, check: Callable[[Stack], Checks], stack: Stack) -> Checks:
    try:
        yield from check(stack)
    except CloudTranscodeError as error:
        yield _of_error(name, error)
    except Exception as error:  # noqa: BLE001  # a doctor reports whatever it finds
        yield Finding(name, _PROBLEM, f"{type(error).__name__}: {error}", "Mend this, then run `ct doctor` again.")


def _of_error(name: str, error: CloudTranscodeError) -> Finding:
    return Finding(name, _PROBLEM, error.message, error.remedy)


def _python() -> Checks:
    good = sys.version_info[:2] >= _PYTHON
    yield Finding(
        "python", _OK if good else _PROBLEM, platform.python_version(), "" if good else "Install 3.11 or later."
    )


def _tools(stack: Stack) -> Checks:
    tools = stack.tools
    for name, path, question in (
        ("ffmpeg", tools.ffmpeg, "-version"),
        ("ffprobe", tools.ffprobe, "-version"),
        ("packager", tools.packager, "--version"),
    ):
        yield _version(name, path, question)
    yield _encoders(tools.ffmpeg)


def _version(name: str, path: Path, question: str) -> Finding:
    words = _said([str(path), question]).split()
    if "version" not in words[:-1]:
        remedy = f"Check what CT_{name.upper()} points to, or unset it to use the packaged one."
        return Finding(name, _PROBLEM, f"{path} does not tell its version", remedy)
    return Finding(name, _OK, f"{words[words.index('version') + 1]} at {path}")


def _encoders(ffmpeg: Path) -> Finding:
    lines = [line.split() for line in _said([str(ffmpeg), "-hide_banner", "-encoders"]).splitlines()]
    known = {words[1] for words in lines if len(words) > 1}
    missing = [name for name in _ENCODERS if name not in known]
    if missing:
        remedy = "Unset CT_FFMPEG to use the packaged ffmpeg, or install one with these encoders."
        return Finding("encoders", _PROBLEM, f"ffmpeg lacks {', '.join(missing)}", remedy)
    return Finding("encoders", _OK, ", ".join(_ENCODERS))


def _said(argv: list[str]) -> str:
    """What a tool answers on stdout."""
    from cloudtranscode.media.tools.jail import Isolation, Jail  # noqa: PLC0415  # loads with the stack

    with tempfile.TemporaryDirectory() as folder:
        jailed = Jail(Isolation.PREFER).start(argv, Path(folder))
        try:
            return jailed.process.communicate(timeout=_ANSWER_S)[0].decode(errors="replace")
        finally:
            jailed.close()


def _isolation(stack: Stack) -> Checks:
    from cloudtranscode.media.tools import jail  # noqa: PLC0415  # loads with the stack

    problem = jail.isolation_problem()
    if problem is None and (exposed := jail.exposure_problem()):
        remedy = "Use Linux 5.13 or later with Landlock, or run workers as a user who owns nothing but CT_HOME."
        yield Finding("isolation", _WARNING, exposed, remedy)
    elif problem is None and (lacks := jail.missing_walls()):
        found = "; ".join(f"{_WALLS[wall]} ({reason})" for wall, reason in lacks.items())
        remedy = "The other walls hold. docs/operating.md says what each one needs."
        yield Finding("isolation", _WARNING, f"tools are isolated, but {found}", remedy)
    elif problem is None:
        yield Finding("isolation", _OK, "tools run without network, without credentials, and see only their own files")
    elif stack.settings.isolation == "prefer":
        yield Finding("isolation", _WARNING, problem, "Allow unprivileged user namespaces on this machine.")
    else:
        remedy = "Allow unprivileged user namespaces, or set CT_ISOLATION=prefer to accept the risk."
        yield Finding("isolation", _PROBLEM, problem, remedy)


def _identity(stack: Stack) -> Checks:
    try:
        identity = stack.identity
    except IdentityUnknown as error:
        yield Finding("identity", _WARNING, error.message, error.remedy)
        return
    except CredentialsMissing as error:
        remedy = "Run the stack under a role, or set AWS_PROFILE; only `ct transcode` of local files works without."
        yield Finding("identity", _PROBLEM, error.message, remedy)
        return
    yield Finding("identity", _OK, f"{identity.arn} (credentials: {identity.method})")
    for advice in identity.advice:
        yield Finding("identity", _WARNING, advice, "`ct whoami` says more.")


def _sessions(stack: Stack) -> Checks:
    """Whether IAM itself keeps each job to its own keys, or the worker's check alone does."""
    if stack.settings.narrow_sessions == "off":
        yield Finding("sessions", _WARNING, f"{_SHARED}: CT_NARROW_SESSIONS is off", "Unset CT_NARROW_SESSIONS.")
        return
    problem = stack.sessions.problem()
    if problem is None:
        yield Finding("sessions", _OK, "each job works on a session of its own, limited to its keys")
    elif isinstance(problem, (CredentialsMissing, IdentityUnknown)):
        yield Finding("sessions", _WARNING, "not tried: the stack's identity is not known", "See identity above.")
    elif stack.sessions.insist:
        yield Finding("sessions", _PROBLEM, problem.message, _SESSION_REMEDY)
    else:
        yield Finding("sessions", _WARNING, f"{_SHARED}: {problem.message}", _SESSION_REMEDY)


def _database(stack: Stack) -> Checks:
    yield Finding("database", _OK, stack.database.url.render_as_string(hide_password=True))


def _scratch(stack: Stack) -> Checks:
    stack.scratch.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryFile(dir=stack.scratch):
        free = shutil.disk_usage(stack.scratch).free
    little = free < _ROOM
    yield Finding(
        "scratch",
        _WARNING if little else _OK,
        f"{size(free)} free in {stack.scratch}",
        "Long sources need more: free some space, or set CT_HOME to a larger disk." if little else "",
    )


def _storage(stack: Stack) -> Checks:
    """Ask for a bucket that does not exist: any answer about it shows that the storage can be reached."""
    try:
        stack.store_for(_NO_SUCH_BUCKET).first_object(_NO_SUCH_BUCKET)
    except CredentialsMissing:
        yield Finding("storage", _WARNING, "not tried: there are no credentials", "See identity above.")
        return
    except (AccessDenied, BucketNotFound, WrongRegion):
        pass
    yield Finding("storage", _OK, "answers")


def _workers(stack: Stack) -> Checks:
    alive = [worker for worker in stack.roster.alive() if worker.serves_queue]
    if alive:
        yield Finding("workers", _OK, f"{len(alive)} alive: {', '.join(worker.id for worker in alive)}")
    else:
        yield Finding("workers", _WARNING, "none is alive", "`ct up` starts one; `ct submit --wait` works without.")


def _web(stack: Stack) -> Checks:
    origins = stack.origins
    found = stack.settings.http_sources if origins.any else "sources come from buckets alone"
    yield Finding("web", _OK, found)


_CHECKS: dict[str, Callable[[Stack], Checks]] = {
    "tools": _tools,
    "isolation": _isolation,
    "identity": _identity,
    "sessions": _sessions,
    "database": _database,
    "scratch": _scratch,
    "storage": _storage,
    "web": _web,
    "workers": _workers,
}


def _print(finding: Finding) -> None:
    level = status(finding.level)
    level.pad_right(9 - len(finding.level))
    out().print(level, f"{finding.name:<10} {finding.found}", sep="")
    if finding.do:
        out().print(f"{'':9}{'':10} {finding.do}")
