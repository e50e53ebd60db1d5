"""May this client name these locations? Asked at submission, and again by the worker before it touches anything.

The stack's role is entitled by every client, so IAM alone cannot stop one client's job from naming another client's
bucket (the confused deputy). This rule can.
"""

from __future__ import annotations

from collections.abc import Sequence

from cloudtranscode.clients.client import Client
from cloudtranscode.clients.overlap import conflicts, trespasses
from cloudtranscode.errors import ControlUnproven, LocationNotAllowed, LocationTaken
from cloudtranscode.jobs.spec import JobSpec


def authorise(spec: JobSpec, client: Client, around: Sequence[Client]) -> None:
    """Return when every location of the job is the client's own, proven, and no other client's.

    ``around`` are the clients that share a bucket with it (:meth:`ClientRegistry.around`). The registry lets nobody in
    who meets another one; this looks again, so that a row which came in otherwise opens nothing.
    Errors, each naming all: :class:`LocationNotAllowed`, :class:`ControlUnproven`, :class:`LocationTaken`.
    """
    outputs = {f"outputs[{number}] {place}": place for number, place in enumerate(spec.destinations)}
    refused = [f"input {place}" for place in spec.sources if not client.may_read(place)]
    refused += [what for what, place in outputs.items() if not client.may_write(place)]
    if spec.client != client.name or refused:
        raise LocationNotAllowed(
            f"Client {client.name} may not use {', '.join(refused) or 'a job of ' + spec.client}: "
            f"its input is {client.input}, its output {client.output}."
        )
    if not client.proven:
        raise ControlUnproven(
            f"It is not proven that {client.name} controls {client.input} and {client.output}.",
            remedy=f"{client.name} attaches the policies that `ct grant {client.name}` prints; "
            f"`ct client prove {client.name}` then accepts them.",
        )
    conflicting = list(conflicts(client, around))
    named = {**{f"input {place}": place for place in spec.sources}, **outputs}
    taken = [what for what, place in named.items() if trespasses(place, conflicting)]
    if taken:  # without a name: whose else it is, is for the admin to see
        raise LocationTaken(f"{', '.join(taken)} of {client.name} may belong to another client, too.")
