"""May this client name these locations? Asked at submission, and again by the worker before it touches anything.

The stack's role is entitled by every client, so IAM alone cannot stop one client's job from naming another client's
bucket (the confused deputy). This rule can.
"""

from __future__ import annotations

from cloudtranscode.clients.client import Client
from cloudtranscode.errors import LocationNotAllowed
from cloudtranscode.jobs.spec import JobSpec


def authorise(spec: JobSpec, client: Client) -> None:
    """Return when every location of the job is the client's own. Errors: :class:`LocationNotAllowed`, naming all."""
    refused = [] if client.may_read(spec.source) else [f"input {spec.source}"]
    refused += [
        f"outputs[{number}] {place}" for number, place in enumerate(spec.destinations) if not client.may_write(place)
    ]
    if spec.client != client.name or refused:
        raise LocationNotAllowed(
            f"Client {client.name} may not use {', '.join(refused) or 'a job of ' + spec.client}: "
            f"its input is {client.input}, its output {client.output}."
        )
