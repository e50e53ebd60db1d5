"""What a job document will need of its client's buckets."""

from __future__ import annotations

from cloudtranscode.clients.client import Client, Mode
from cloudtranscode.entitlements.bucket import FULL_CONTROL
from cloudtranscode.entitlements.needs import Destination, Need, needs
from cloudtranscode.jobs.job import Job
from cloudtranscode.jobs.spec import JobSpec, parse_job
from cloudtranscode.location import S3Location


def acl_of(client: Client) -> str | None:
    """Return the canned ACL of what is written for ``client``; what its own role writes is its own without one."""
    return None if client.terms.mode is Mode.ASSUME_ROLE else FULL_CONTROL


def needs_of(spec: JobSpec, client: Client | None = None, *, acl: str | None = FULL_CONTROL) -> tuple[Need, ...]:
    """Return every call that the job makes on its client's buckets.

    See :func:`cloudtranscode.entitlements.needs.needs`. With ``client``, what is not that client's own is left out.
    ``acl`` is that of :func:`acl_of`.
    """
    outputs = zip(spec.destinations, spec.outputs, strict=True)
    return needs(
        [place for place in _objects(spec) if client is None or client.may_read(place)],
        [Destination(place, below=one.below) for place, one in outputs if client is None or client.may_write(place)],
        acl=acl,
    )


def object_of(job: Job | None, client: Client) -> S3Location | None:
    """Return an object of the client's own that a job of it reads."""
    objects = _objects(parse_job(job.document)) if job else []
    return next((place for place in objects if client.may_read(place)), None)


def _objects(spec: JobSpec) -> list[S3Location]:
    return [place for place in spec.sources if isinstance(place, S3Location)]
