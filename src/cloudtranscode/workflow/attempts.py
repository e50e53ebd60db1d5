"""What ``ct verify`` tries in a client's buckets with the stack's own credentials; none of it leaves a trace."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from cloudtranscode.clients.client import Client
from cloudtranscode.entitlements.verify import Outcome, Result
from cloudtranscode.errors import AccessDenied, CloudTranscodeError, SourceNotFound
from cloudtranscode.jobs.needs import acl_of
from cloudtranscode.location import Location
from cloudtranscode.storage.port import ObjectStore


@dataclass(frozen=True, slots=True)
class LiveAttempts:
    """The attempts on a client's storage.

    ``named`` is an object that somebody says exists; ``likely`` is tried where none is named and listing is denied.
    """

    client: Client
    store: ObjectStore
    named: Location | None = None
    likely: Location | None = None

    def read_input(self) -> Outcome:
        """Read one byte of the named object, or of one found by listing, or of one that is merely likely."""
        try:
            found = self.store.first_object(self.client.input)
        except AccessDenied:
            return self._read_unlisted()
        except CloudTranscodeError as error:
            return Outcome(Result.ERROR, error.report)
        if found is None and self.named is None:
            return Outcome(Result.MISSING)
        return self._read(self.named or found or self.client.input, Result.DENIED if found else Result.UNCLEAR)

    def read_any(self) -> Outcome:
        """Read the named object and, where that fails, what is there whoever named it: either shows access."""
        named = self.read_input()
        if self.named is None or named.result is Result.OK:
            return named
        found = replace(self, named=None).read_input()
        return found if found.result in {Result.OK, Result.MISSING} else named

    def _read_unlisted(self) -> Outcome:
        """Where listing is denied; that a guess of ours is missing says nothing of the client's objects."""
        told = self.named or self.likely
        outcome = self._read(told or self.client.input.child(_GUESS), Result.UNCLEAR)
        return outcome if told else replace(outcome, tried=None)

    def write_output(self) -> Outcome:
        """Try a write that cannot succeed."""
        return _outcome(lambda: self.store.probe_write(self.client.output), Result.DENIED)

    def client_can_read(self) -> Outcome:
        """The same, handing the object over to the bucket's owner; what the client's own role writes is its own."""
        if acl_of(self.client) is None:
            return self.write_output()
        return _outcome(lambda: self.store.probe_write(self.client.output, hand_over=True), Result.DENIED)

    def _read(self, location: Location, refused: Result) -> Outcome:
        outcome = _outcome(lambda: self.store.read(self.store.pin(location), 0, 1), refused)
        return replace(outcome, tried=location.uri)


_GUESS = "cloudtranscode-verify"


def _outcome(attempt: Callable[[], object], refused: Result) -> Outcome:
    try:
        attempt()
    except AccessDenied as error:
        return Outcome(refused, error.report)
    except SourceNotFound:
        return Outcome(Result.MISSING)
    except CloudTranscodeError as error:
        return Outcome(Result.ERROR, error.report)
    return Outcome(Result.OK)
