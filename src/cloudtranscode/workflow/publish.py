"""Publishing in two phases: everything is uploaded without appearing, then everything appears, playlists last.

The first phase can be repeated and undone; the second only goes forward, and repeating it is harmless. Which uploads
are open stands in a ledger, written before and after each one starts, so that a crash leaves nothing behind.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, Protocol

from cloudtranscode.errors import AccessDenied, BucketNotFound, CloudTranscodeError, ScratchLost
from cloudtranscode.location import Location, parse
from cloudtranscode.storage.port import ObjectStore
from cloudtranscode.storage.writer import Outgoing, Staged, Watch, upload_file
from cloudtranscode.workflow.control import Control

log = logging.getLogger(__name__)

_FILES_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class Item:
    """One object to publish; a higher ``rank`` appears after every lower one (playlists after their segments)."""

    path: Path
    location: Location
    content_type: str
    rank: int


@dataclass(frozen=True, slots=True)
class StagedItem:
    """An item whose upload waits to appear."""

    rank: int
    upload: Staged

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return {"rank": self.rank, **self.upload.to_dict()}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> StagedItem:
        """Rebuild from :meth:`to_dict`."""
        return cls(data["rank"], Staged.from_dict(data))


class Ledger(Protocol):
    """Where the open uploads of one piece of work are written down, before and after each one starts."""

    def intend(self, uri: str) -> None:
        """An upload to ``uri`` is about to start."""

    def note(self, uri: str, upload: str) -> None:
        """It has started."""

    def open(self) -> dict[str, str | None]:
        """Return ``{uri: upload id, or None when the crash came before it was known}``."""

    def of_others(self) -> set[str]:
        """Return the ids of uploads that other work has open."""

    def forget(self, uris: Collection[str]) -> None:
        """The uploads to these are completed or aborted."""


class MemoryLedger:
    """A ledger for work that ends with its process."""

    def __init__(self) -> None:
        self._open: dict[str, str | None] = {}

    def intend(self, uri: str) -> None:
        """See :class:`Ledger`."""
        self._open[uri] = None

    def note(self, uri: str, upload: str) -> None:
        """See :class:`Ledger`."""
        self._open[uri] = upload

    def open(self) -> dict[str, str | None]:
        """See :class:`Ledger`."""
        return dict(self._open)

    def of_others(self) -> set[str]:
        """See :class:`Ledger`."""
        return set()

    def forget(self, uris: Collection[str]) -> None:
        """See :class:`Ledger`."""
        self._open = {uri: upload for uri, upload in self._open.items() if uri not in uris}


class Publisher:
    """Publishes the files of one job."""

    def __init__(self, store_for: Callable[[Location], ObjectStore], ledger: Ledger) -> None:
        self._store_for = store_for
        self._ledger = ledger

    def stage(self, items: Sequence[Item], control: Control) -> list[StagedItem]:
        """Upload every item, invisibly; on any failure nothing stays behind. Returns them in order of appearance."""
        if missing := [item.path.name for item in items if not item.path.is_file()]:
            raise ScratchLost(f"The scratch folder has lost {len(missing)} of {len(items)} files.")
        kept = self.abort()
        for uri, upload in kept.items():
            self._ledger.intend(uri)
            self._ledger.note(uri, upload)
        try:
            return list(self._upload_all(sorted(items, key=lambda item: item.rank), kept, control))
        except BaseException:
            with contextlib.suppress(CloudTranscodeError):  # the first error is the one to report
                self.abort()
            raise

    def commit(self, staged: Sequence[StagedItem]) -> None:
        """Let every upload appear, rank by rank."""
        with ThreadPoolExecutor(_FILES_AT_ONCE, thread_name_prefix="commit") as pool:
            for _, group in groupby(staged, key=lambda item: item.rank):
                list(pool.map(lambda item: self._complete(item.upload), group))
        self._ledger.forget([item.upload.location.uri for item in staged])

    def abort(self) -> dict[str, str]:
        """Drop every open upload; returns those that the client forbids to drop, as ``{uri: upload id}``.

        Errors: the first fault of the storage. What could not be dropped for such a reason stays in the ledger.
        """
        denied: dict[str, str] = {}
        faults: list[CloudTranscodeError] = []
        for uri, upload in self._ledger.open().items():
            try:
                self._abort_one(parse(uri), upload)
            except AccessDenied as error:
                log.warning("an unfinished upload to %s cannot be taken back: %s", uri, error.message)
                denied |= {uri: upload} if upload else {}
            except CloudTranscodeError as fault:
                faults.append(fault)
                continue
            self._ledger.forget([uri])
        if faults:
            raise faults[0]
        return denied

    def _abort_one(self, location: Location, upload: str | None) -> None:
        """Abort an upload; one that started when its worker died, before its id was noted, is found by listing."""
        store = self._store_for(location)
        with contextlib.suppress(BucketNotFound):
            found = [upload] if upload else set(store.open_uploads(location)) - self._ledger.of_others()
            for one in found:
                store.abort_upload(location, one)

    def _upload_all(self, items: Iterable[Item], kept: dict[str, str], control: Control) -> Iterator[StagedItem]:
        pool = ThreadPoolExecutor(_FILES_AT_ONCE, thread_name_prefix="stage")
        try:
            yield from pool.map(lambda item: self._upload(item, kept.get(item.location.uri), control), items)
        finally:
            pool.shutdown(cancel_futures=True)

    def _upload(self, item: Item, kept: str | None, control: Control) -> StagedItem:
        uri = item.location.uri
        if kept is None:
            self._ledger.intend(uri)
        watch = Watch(started=lambda upload: self._ledger.note(uri, upload), stopped=control.stop.is_set)
        outgoing = Outgoing(item.path, item.location, item.content_type)
        return StagedItem(item.rank, upload_file(self._store_for(item.location), outgoing, watch, resume=kept))

    def _complete(self, staged: Staged) -> None:
        self._store_for(staged.location).complete_upload(staged.location, staged.upload, staged.parts)
