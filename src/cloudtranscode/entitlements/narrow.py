"""The policy of a job's own session: what the job needs within its client's locations, and nothing beside.

A session may do what its role may *and* its session policy says, so the role's many other clients are out of reach.
https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html#policies_session
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from cloudtranscode.entitlements.needs import PROBE_NAME, Destination, Need, needs
from cloudtranscode.entitlements.seal import ACTION, Seal
from cloudtranscode.location import S3Location

# https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html (Policy)
MAX_CHARACTERS = 2048

_NOTHING = {"Effect": "Deny", "Action": "*", "Resource": "*"}


@dataclass(frozen=True, slots=True)
class Bounds:
    """One client's locations, which no session for it goes beyond: ``input`` may be read, ``output`` written.

    ``kms_keys`` are the ARNs of the keys that protect them. ``variables``: whether the server reads ``${*}`` as a
    star; where it does not (RADOS Gateway), ``?`` stands for each character that no policy can name there.
    """

    input: S3Location
    output: S3Location
    kms_keys: tuple[str, ...] = ()
    partition: str = "aws"
    variables: bool = True


def job_policies(wanted: Iterable[Need], bounds: Bounds) -> tuple[str, ...]:
    """Return session policies that allow a job's needs, the narrowest first, for STS to take the first that fits it.

    They name the job's objects, then their folders, then the client's locations; what is longer than STS takes is
    left out, which may leave none. A need outside of ``bounds`` is not granted. STS also packs policies, in a form
    that nobody outside can measure, and refuses what is too large then. The text is JSON of ASCII without a blank,
    which every server takes.
    """
    return _fitting(wanted, tuple(_Width), bounds)


def client_policies(bounds: Bounds) -> tuple[str, ...]:
    """Return the session policy for work on a client's locations outside of any job, as :func:`job_policies` does."""
    wanted = needs([bounds.input.child(PROBE_NAME)], [Destination(bounds.output, below=True)])
    return _fitting(wanted, (_Width.CLIENT,), bounds)


def seal_policies(seals: Iterable[Seal], bounds: Bounds) -> tuple[str, ...]:
    """Return the session policy for looking for seals: open and shut keys alike, so that it tells nothing itself.

    RADOS Gateway 16 lets a session abort an upload only where its policy has ``s3:PutObject``, too. A text that STS
    does not take is left out, which leaves none.
    """
    folders = dict.fromkeys(seal.folder for seal in seals)
    keys = [f"{S3Location(place.bucket).arn(bounds.partition)}/{_literal(place.key, bounds)}/*" for place in folders]
    actions = (ACTION,) if bounds.variables else ("s3:PutObject", ACTION)
    return _short_enough([_text([_allow(actions, keys)])])


def no_access() -> str:
    """Return a session policy that allows nothing, for trying whether sessions can be had."""
    return _text(())


def assume_only(role_arn: str) -> str:
    """Return the session policy of a session that serves to assume ``role_arn`` and for nothing else."""
    return _text([_allow(("sts:AssumeRole", "sts:TagSession"), (role_arn,))])


def _fitting(wanted: Iterable[Need], widths: Iterable[_Width], bounds: Bounds) -> tuple[str, ...]:
    kept = [(need, home) for need in wanted if (home := _home(need, bounds))]
    texts = (_text(_statements(kept, width, bounds)) for width in widths)
    return _short_enough(texts)


def _short_enough(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for text in texts if len(text) <= MAX_CHARACTERS))


# --- what a need comes to ---------------------------------------------------------------------------------------


def _home(need: Need, bounds: Bounds) -> S3Location | None:
    """The client's location that a need lies in; only the output is written."""
    homes = (bounds.output,) if need.operation.writes else (bounds.input, bounds.output)
    return next((home for home in homes if home.contains(need.location)), None)


class _Width(Enum):
    """How far a policy generalises what a job names."""

    OBJECTS = auto()
    FOLDERS = auto()
    CLIENT = auto()


def _place(need: Need, home: S3Location, width: _Width) -> tuple[S3Location, bool]:
    """The object to name, or the location below which everything is meant (``True``)."""
    folder = need.location if need.below else need.location.folder
    if width is _Width.OBJECTS or need.location.key == home.key:
        return need.location, need.below
    return (folder if width is _Width.FOLDERS and home.contains(folder) else home), True


@dataclass(frozen=True, slots=True)
class _Target:
    """A resource as a policy names it; ``prefix`` limits what a listing may ask for."""

    resource: str
    prefix: str | None = None


def _statements(kept: Iterable[tuple[Need, S3Location]], width: _Width, bounds: Bounds) -> Iterator[dict[str, Any]]:
    """One statement for all targets that get the same actions, and one for the keys."""
    granted: dict[_Target, dict[str, None]] = {}
    kms: dict[str, None] = {}
    for need, home in kept:
        granted.setdefault(_target(need, home, width, bounds), {}).update(dict.fromkeys(need.permissions))
        kms.update(dict.fromkeys(need.operation.kms))
    alike: dict[tuple[tuple[str, ...], str | None], list[str]] = {}
    for target, names in granted.items():
        alike.setdefault((tuple(names), target.prefix), []).append(target.resource)
    for (actions, prefix), resources in alike.items():
        yield _allow(actions, resources, prefix)
    if kms and bounds.kms_keys:
        yield _allow(kms, bounds.kms_keys)


def _target(need: Need, home: S3Location, width: _Width, bounds: Bounds) -> _Target:
    if need.operation.on_bucket:
        bucket = S3Location(home.bucket).arn(bounds.partition)
        return _Target(bucket, _listing(home, bounds) if need.permissions == ("s3:ListBucket",) else None)
    place, below = _place(need, home, width)
    key = _literal(place.key, bounds)
    if below:
        key = f"{_folder(key)}*"
    return _Target(f"{S3Location(place.bucket).arn(bounds.partition)}/{key}")


def _listing(home: S3Location, bounds: Bounds) -> str | None:
    """What a listing may ask for: the client's own names.

    A job lists nothing: the permission makes S3 answer 404 for a source that is missing. That answer has no prefix to
    judge by, so where the whole bucket is the client's no condition is in its way.
    """
    folder = _folder(_literal(home.key, bounds))
    return f"{folder}*" if folder else None


def _folder(key: str) -> str:
    """The prefix of the keys below a location, with its slash: ``video`` must not allow ``video2``."""
    return f"{key.rstrip('/')}/" if key.rstrip("/") else ""


def _literal(key: str, bounds: Bounds) -> str:
    """A key that stands for itself in a policy of version 2012-10-17 (rule 13)."""
    if not bounds.variables:
        return re.sub(r"[*?:]|\$(?=\{)", "?", key)  # RADOS Gateway 16 takes no ":" in a resource, either
    return re.sub(r"[*?]|\$(?=\{)", r"${\g<0>}", key)


# --- the text ---------------------------------------------------------------------------------------------------


def _allow(actions: Iterable[str], resources: Iterable[str], prefix: str | None = None) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": _short(actions), "Resource": _short(resources)}
    return statement if prefix is None else statement | {"Condition": {"StringLike": {"s3:prefix": prefix}}}


def _short(texts: Iterable[str]) -> str | list[str]:
    listed = list(texts)
    return listed[0] if len(listed) == 1 else listed


def _text(statements: Iterable[dict[str, Any]]) -> str:
    """JSON of ASCII alone, as STS takes no letter above U+00FF, and without blanks even in keys.

    RADOS Gateway 16 reads the form's ``+`` for a blank as a plus sign.
    """
    document = {"Version": "2012-10-17", "Statement": list(statements) or [_NOTHING]}
    return json.dumps(document, separators=(",", ":")).replace(" ", "\\u0020")
