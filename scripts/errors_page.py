#!/usr/bin/env python3
"""Write docs/errors.md, the page of every error code and exit code, from the code itself, to stdout."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator

from cloudtranscode.cli import exit_codes
from cloudtranscode.errors import CloudTranscodeError, ErrorReport, Fenced, Side

_HEAD = """\
# Errors and exit codes

<!-- Written by `make docs` from src/cloudtranscode/errors.py and cli/exit_codes.py. Change it there. -->

Every failure that a user can meet has a stable code. A code never changes its meaning and is never used again for
something else. An error is one JSON object wherever it appears: in `ct submit --wait --json`, in `ct job show --json`
and in notifications.

```json
{"code": "source_empty", "message": "s3://ClientA_bucket_in/a.mp4 is empty.",
 "remedy": "Upload the complete file.", "side": "source", "retryable": false}
```

- `message` says in one sentence what happened; it names the field, the object or the tool.
- `remedy` says what to do. The page gives the usual one; the place that raises the error may know a better one.
- `side` says who must act: the `client`, the `stack` (its admin), or whoever delivers the `source`.
- `retryable` is true where the stack itself tries a step again, after 1, 3 and 9 seconds, before the job fails.
"""

_SIDES = {
    Side.CLIENT: ("The client must act", "The job document, the location or the grant is at fault."),
    Side.SOURCE: ("The source is at fault", "The source object is missing, empty, damaged or not what the job needs."),
    Side.STACK: (
        "The stack's admin must act",
        "Credentials, tools, storage, database or a registration is at fault.",
    ),
}
_EXIT_ROW = re.compile(r"^(\d+)\s{2,}(\S.*)$", re.MULTILINE)


def errors(root: type[CloudTranscodeError] = CloudTranscodeError) -> Iterator[type[CloudTranscodeError]]:
    """Walk the tree in the order in which it is written."""
    yield root
    for child in root.__subclasses__():
        yield from errors(child)


def page() -> Iterator[str]:
    """The page's blocks."""
    yield _HEAD
    yield "## Exit codes\n\nEvery command of `ct` ends with one of these.\n"
    yield _exit_codes()
    for side, (title, words) in _SIDES.items():
        yield f"## {title}\n\n{words}\n"
        shown = (one for one in errors() if one.side is side and one is not Fenced)
        for error in sorted(shown, key=lambda one: one.code):
            yield _entry(error)
    yield "## Never shown\n"
    yield _entry(Fenced)


def _exit_codes() -> str:
    rows = _EXIT_ROW.findall(exit_codes.__doc__ or "")
    lines = [f"| {code} | {meaning.replace('``', '`')} |" for code, meaning in rows]
    return "\n".join(["| code | meaning |", "|---|---|", *lines, ""])


def _entry(error: type[CloudTranscodeError]) -> str:
    report = ErrorReport(error.code, "", error.default_remedy, error.side, error.retryable)
    when = " ".join((error.__doc__ or "").split()).replace("``", "`")
    if error is CloudTranscodeError:
        when = "Something failed that the stack has no name for."
    again = " The stack tries again by itself first." if error.retryable else ""
    exit_code = exit_codes.exit_code(report)
    return f"### `{error.code}`\n\n{when}{again}\n\n*Remedy:* {error.default_remedy} *Exit code:* {exit_code.value}.\n"


if __name__ == "__main__":
    sys.stdout.write("\n".join(page()))
