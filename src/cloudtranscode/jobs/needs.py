"""What a job document will need of its client's buckets."""

from __future__ import annotations

from cloudtranscode.clients.client import Client, Mode
from cloudtranscode.entitlements.bucket import FULL_CONTROL
from cloudtranscode.entitlements.needs import Destination, Need, needs
from cloudtranscode.jobs.spec import JobSpec, LadderOutput


def acl_of(client: Client) -> str | None:
    """Return the canned ACL of what is written for ``client``; what its own role writes is its own without one."""
    return None if client.terms.mode is Mode.ASSUME_ROLE else FULL_CONTROL


def needs_of(spec: JobSpec, client: Client | None = None, *, acl: str | None = FULL_CONTROL) -> tuple[Need, ...]:
    """Return every call that the job makes on the storage; see :func:`cloudtranscode.entitlements.needs.needs`.

    With ``client``, what is not that client's own is left out. ``acl`` is that of :func:`acl_of`.
    """
    outputs = zip(spec.destinations, spec.outputs, strict=True)
    return needs(
        [place for place in spec.sources if client is None or client.may_read(place)],
        [
            Destination(place, below=isinstance(one, LadderOutput))
            for place, one in outputs
            if client is None or client.may_write(place)
        ],
        acl=acl,
    )
