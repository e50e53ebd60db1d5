"""What the exit code of every command means.

====  =========================================================================================================
code  meaning
====  =========================================================================================================
0     done: what was asked for has happened; ``ct up`` and ``ct worker``: stopped as they were told to
1     a defect of the stack, or a check (``ct verify``) that failed
2     the command line is wrong
3     the client must act: the document, the location, the grant
4     the source is at fault: missing, empty, no media, damaged
5     the stack's admin must act: credentials, tools, storage, database, registration
6     cancelled, also by Ctrl-C; nothing was published
75    a worker was silent for so long that others have its jobs; whoever supervises it starts it again (EX_TEMPFAIL)
130   interrupted (Ctrl-C) before the end was known; a job goes on where it runs
====  =========================================================================================================
"""

from __future__ import annotations

from enum import IntEnum

from cloudtranscode.errors import CloudTranscodeError, ErrorReport, JobCancelled, Side, UsageError


class ExitCode(IntEnum):
    """The codes of the table above."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    CLIENT = 3
    SOURCE = 4
    STACK = 5
    CANCELLED = 6
    GIVEN_UP = 75
    INTERRUPTED = 130


_BY_CODE = {
    CloudTranscodeError.code: ExitCode.FAILED,
    UsageError.code: ExitCode.USAGE,
    JobCancelled.code: ExitCode.CANCELLED,
}
_BY_SIDE = {Side.CLIENT: ExitCode.CLIENT, Side.SOURCE: ExitCode.SOURCE, Side.STACK: ExitCode.STACK}


def exit_code(report: ErrorReport | None) -> ExitCode:
    """Return the code of an error, ``DONE`` when there is none."""
    if report is None:
        return ExitCode.DONE
    return _BY_CODE.get(report.code) or _BY_SIDE[report.side]
