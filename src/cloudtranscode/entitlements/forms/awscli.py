"""A grant sheet as a shell script of AWS CLI commands, with every document quoted in it."""

from __future__ import annotations

from collections.abc import Iterator
from shlex import quote

from cloudtranscode.entitlements.arn import Arn
from cloudtranscode.entitlements.forms.wording import by_hand, headline, places, policy_name, reasons, replaces
from cloudtranscode.entitlements.present import Present
from cloudtranscode.entitlements.sheet import Attachment, GrantSheet, Place
from cloudtranscode.errors import Side

_FORM = "cli"


def awscli(sheet: GrantSheet, side: Side, present: Present) -> str:
    """Write the script of one side; ``""`` when that side has nothing to attach.

    It ends before it would replace a policy that nobody has looked at. Errors: those of :meth:`Attachment.merged`.
    """
    steps = list(_steps(sheet, side, present))
    if not steps:
        return ""
    head = ("#!/bin/sh", f"# {headline(sheet, side)}", f"# {sheet.explanation}", "set -eu")
    return "\n\n".join("\n".join(lines) for lines in (head, *steps)) + "\n"


def undo(sheet: GrantSheet, side: Side) -> tuple[str, ...]:
    """Return the commands that take a role, or the stack's own policy for the client, away again."""
    commands = []
    for place in places(sheet, side, Place.ROLE, Place.STACK):
        arn = Arn.parse(place.target)
        kind = "user" if arn.is_user else "role"
        named = {f"{kind}_name": arn.name}
        commands.append(_command(f"iam delete-{kind}-policy", **named, policy_name=policy_name(sheet)))
        if place.place is Place.ROLE:
            commands.append(_command("iam delete-role", **named))
    return tuple(commands)


def _steps(sheet: GrantSheet, side: Side, present: Present) -> Iterator[list[str]]:
    for bucket in places(sheet, side, Place.BUCKET):
        yield [*_why(bucket), *_bucket(sheet, bucket, present)]
    trust, role = places(sheet, side, Place.TRUST), places(sheet, side, Place.ROLE)
    if trust and role:
        yield [*_why(trust[0]), _create_role(trust[0])]
        yield [*_why(role[0]), _inline(sheet, role[0])]
    for key in places(sheet, side, Place.KEY):
        yield _key(sheet, key, present) if present.text(key) else [f"# {line}" for line in by_hand(key)]
    for own in places(sheet, side, Place.STACK):
        yield [*_why(own), _inline(sheet, own)]


def _why(place: Attachment) -> list[str]:
    return [f"# {line}" for statement in place.statements for line in reasons(statement)]


def _bucket(sheet: GrantSheet, bucket: Attachment, present: Present) -> Iterator[str]:
    yield f"# {replaces(sheet, bucket, present, _FORM)}"
    if present.text(bucket) is None:
        yield from _guard(sheet, bucket.target)
    yield _command("s3api put-bucket-policy", bucket=bucket.target, policy=present.merged(bucket))


def _guard(sheet: GrantSheet, bucket: str) -> Iterator[str]:
    """Only the answer that there is no policy lets the script go on."""
    get = f"{_command('s3api get-bucket-policy', bucket=bucket)} --query Policy --output text"
    merge = f"ct grant {sheet.client} --format {_FORM} --existing {bucket}=FILE"
    yield f"if found=$({get} 2>&1); then"
    yield f"  echo {quote(f'{bucket} has a policy, which would be lost. `{merge}` merges the two.')} >&2"
    yield "  exit 1"
    yield 'fi; case "$found" in *NoSuchBucketPolicy*) ;; *) printf \'%s\\n\' "$found" >&2; exit 1 ;; esac'


def _create_role(trust: Attachment) -> str:
    arn = Arn.parse(trust.target)
    return _command("iam create-role", role_name=arn.name, path=arn.path, assume_role_policy_document=trust.text)


def _inline(sheet: GrantSheet, place: Attachment) -> str:
    arn = Arn.parse(place.target)
    if arn.is_user:
        return _command(
            "iam put-user-policy", user_name=arn.name, policy_name=policy_name(sheet), policy_document=place.text
        )
    return _command(
        "iam put-role-policy", role_name=arn.name, policy_name=policy_name(sheet), policy_document=place.text
    )


def _key(sheet: GrantSheet, key: Attachment, present: Present) -> list[str]:
    command = _command(
        "kms put-key-policy",
        region=Arn.parse(key.target).region,
        key_id=key.target,
        policy_name="default",
        policy=present.merged(key),
    )
    return [*_why(key), f"# {replaces(sheet, key, present, _FORM)}", command]


def _command(words: str, **options: str) -> str:
    """One command; every value is quoted where the shell would read anything into it."""
    return " ".join(
        [f"aws {words}", *(f"--{name.replace('_', '-')} {quote(value)}" for name, value in options.items())]
    )
