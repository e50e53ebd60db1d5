"""What a job document will need of its client's buckets."""

from __future__ import annotations

from cloudtranscode.clients.client import Client
from cloudtranscode.entitlements.needs import Destination, Need, needs
from cloudtranscode.jobs.spec import HlsOutput, JobSpec


def needs_of(spec: JobSpec, client: Client | None = None) -> tuple[Need, ...]:
    """Return every call that the job makes on the storage; see :func:`cloudtranscode.entitlements.needs.needs`.

    With ``client``, what is not that client's own is left out.
    """
    outputs = zip(spec.destinations, spec.outputs, strict=True)
    return needs(
        [place for place in spec.sources if client is None or client.may_read(place)],
        [
            Destination(place, below=isinstance(one, HlsOutput))
            for place, one in outputs
            if client is None or client.may_write(place)
        ],
    )
