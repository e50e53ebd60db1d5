"""May this client name these locations? Asked at submission, and again by the worker before it touches anything.

The stack's role is entitled by every client, so IAM alone cannot stop one client's job from naming another client's
bucket (the confused deputy). This rule can. A source on a web server is fetched without any credentials: every client
may name it, where the stack's admin lets sources be fetched from there.
"""

from __future__ import annotations

from collections.abc import Sequence

from cloudtranscode.clients.client import Client
from cloudtranscode.clients.overlap import conflicts, trespasses
from cloudtranscode.errors import ControlUnproven, LocationNotAllowed, LocationTaken
from cloudtranscode.jobs.spec import JobSpec
from cloudtranscode.location import HttpLocation, S3Location
from cloudtranscode.origin import Origins


def authorise(spec: JobSpec, client: Client, around: Sequence[Client], origins: Origins) -> None:
    """Return when every location in a bucket is the client's own, proven, and no other client's.

    ``around`` are the clients that share a bucket with it (:meth:`ClientRegistry.around`). The registry lets nobody in
    who meets another one; this looks again, so that a row which came in otherwise opens nothing. ``origins`` are the
    web servers that sources may be fetched from.
    Errors, each naming all: :class:`LocationNotAllowed`, :class:`ControlUnproven`, :class:`LocationTaken`; and those
    of :meth:`Origins.check`.
    """
    outputs = {f"outputs[{number}] {place}": place for number, place in enumerate(spec.destinations)}
    inputs = {f"input {place}": place for place in spec.sources if isinstance(place, S3Location)}
    refused = [what for what, place in inputs.items() if not client.may_read(place)]
    refused += [what for what, place in outputs.items() if not client.may_write(place)]
    if spec.client != client.name or refused:
        raise LocationNotAllowed(
            f"Client {client.name} may not use {', '.join(refused) or 'a job of ' + spec.client}: "
            f"its input is {client.input}, its output {client.output}."
        )
    for place in spec.sources:
        if isinstance(place, HttpLocation):
            origins.check(place)
    if not client.proven:
        raise ControlUnproven(
            f"It is not proven that {client.name} controls {client.input} and {client.output}.",
            remedy=f"{client.name} attaches the policies that `ct grant {client.name}` prints; "
            f"`ct client prove {client.name}` then accepts them.",
        )
    conflicting = list(conflicts(client, around))
    taken = [what for what, place in (inputs | outputs).items() if trespasses(place, conflicting)]
    if taken:  # without a name: whose else it is, is for the admin to see
        raise LocationTaken(f"{', '.join(taken)} of {client.name} may belong to another client, too.")
