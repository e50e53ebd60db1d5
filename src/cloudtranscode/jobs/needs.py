"""What a job document will need of its client's buckets."""

from __future__ import annotations

from cloudtranscode.entitlements.needs import Destination, Need, needs
from cloudtranscode.jobs.spec import HlsOutput, JobSpec


def needs_of(spec: JobSpec) -> tuple[Need, ...]:
    """Return every call that the job makes on the storage; see :func:`cloudtranscode.entitlements.needs.needs`."""
    outputs = zip(spec.destinations, spec.outputs, strict=True)
    return needs(spec.sources, [Destination(place, below=isinstance(one, HlsOutput)) for place, one in outputs])
