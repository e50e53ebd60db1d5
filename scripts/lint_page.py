#!/usr/bin/env python3
"""Write docs/lint.md, the catalogue of what `ct lint` finds, from the code itself, to stdout."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from cloudtranscode.entitlements.lint.finding import Rule
from cloudtranscode.entitlements.lint.linter import CATALOGUE

_HEAD = """\
# What `ct lint` finds

<!-- Written by scripts/lint_page.py from src/cloudtranscode/entitlements/lint/. Change it there. -->

```sh
ct lint in.json out.json          # files; several are also examined together
ct lint -                         # stdin
ct lint s3://ClientA_bucket_in --profile clienta
ct lint ClientA                   # both buckets of a registered client
ct lint in.json --sarif           # SARIF 2.1.0 for code review tools
```

`--json` prints a list of `{id, severity, path, message, remedy}`; with several documents the path is
`document#path`. The exit code is 1 when a finding is an error, 0 otherwise.

What is known around a policy makes the findings sharper: the stack's ARN (`--stack-arn`, `CT_STACK_ARN`, or the
stack's own identity where buckets are read), the client's registered prefixes (`ct lint NAME`), and the bucket's
object ownership (`--ownership-enforced`, `--ownership-not-enforced`).

An id never changes its meaning and is never used again for something else. An *error* fails or opens something, a
*warning* may, an *info* is worth knowing. A document that AWS would refuse is examined as far as it can be read.
What `ct grant` prints has no findings; `ct grant --minimal` has `read-without-list`, which is the price of leaving
`s3:ListBucket` out, and old bucket names keep `bucket-name`.
"""


def page() -> Iterator[str]:
    """The page's blocks."""
    yield _HEAD
    for family, rules in CATALOGUE.items():
        yield f"## {family}\n"
        yield from (_entry(rule) for rule in rules)


def _entry(rule: Rule) -> str:
    return (
        f"### `{rule.id}`\n\n*{rule.severity.value.capitalize()}.* {rule.what} {rule.why}\n\n*Remedy:* {rule.remedy}\n"
    )


if __name__ == "__main__":
    sys.stdout.write("\n".join(page()))
