#!/usr/bin/env python3
"""Write docs/causes.md, the catalogue of what `ct explain` finds, from the code itself, to stdout."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from cloudtranscode.entitlements.explain.catalogue import CATALOGUE
from cloudtranscode.entitlements.explain.cause import ANYBODY, Cause, Family

_HEAD = """\
# What `ct explain` finds

<!-- Written by scripts/causes_page.py from src/cloudtranscode/entitlements/explain/. Change it there. -->

```sh
ct explain ClientA                                # reading and writing, with the stack's own credentials
ct explain ClientA --key media/film.mov           # an object that is known to be there
ct explain ClientA --profile clienta              # with credentials of the client: read instead of guessed
ct explain 01JC…                                  # what was refused to a job
```

How it works is told in [Entitlements](entitlements.md#explain). The id of a cause never changes its meaning and is
never used again for something else. STACK, ACTION, BUCKET, KEY and CLIENT stand for those of the request: the stack's
ARN, the permission, the object, the client's name.
"""
_WHO = {"client": "The client acts.", "stack": "The stack's admin acts.", "source": "The owner of the source acts."}


def page() -> Iterator[str]:
    """The page's blocks."""
    yield _HEAD
    for family in Family:
        yield f"## {family.value}\n"
        yield from (_entry(cause) for cause in CATALOGUE if cause.family is family)


def _entry(cause: Cause) -> str:
    what, remedy = (text.format_map(ANYBODY) for text in (cause.what, cause.remedy))
    return f"### `{cause.id}`\n\n{what}\n\n*Remedy:* {remedy} *{_WHO[cause.side.value]}*\n"


if __name__ == "__main__":
    sys.stdout.write("\n".join(page()))
