"""What a client does in its own buckets with its own credentials: put a source there, fetch the results."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from cloudtranscode.errors import CheckFailed
from cloudtranscode.identity.session import client_session
from cloudtranscode.location import S3Location, parse_s3
from cloudtranscode.storage.faults import translated
from cloudtranscode.storage.s3 import LIST, READ, WRITE, s3_client

if TYPE_CHECKING:  # the stubs are no runtime dependency
    from types_boto3_s3 import S3Client


@dataclass(frozen=True, slots=True)
class Fetched:
    """One object that the client downloaded, and its SHA-256."""

    location: S3Location
    path: Path
    size: int
    sha256: str


class ClientSide:
    """A client's own hands, by the AWS profile of that name; a context manager."""

    def __init__(self, profile: str) -> None:
        self._client: S3Client = s3_client(client_session(profile))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._client.close()

    def upload(self, path: Path, location: S3Location) -> None:
        """Put a file into the client's own bucket."""
        with translated(WRITE, location):
            self._client.upload_file(str(path), location.bucket, location.key)

    def fetch_all(self, bucket: str, folder: Path) -> list[Fetched]:
        """List the bucket and download every object in it."""
        where = S3Location(bucket)
        with translated(LIST, where):
            pages = list(self._client.get_paginator("list_objects_v2").paginate(Bucket=bucket))
        keys = [entry["Key"] for page in pages for entry in page.get("Contents", [])]
        return [self._fetch(where.child(key), folder / key) for key in keys]

    def _fetch(self, location: S3Location, path: Path) -> Fetched:
        path.parent.mkdir(parents=True, exist_ok=True)
        with translated(READ, location):
            self._client.download_file(location.bucket, location.key, str(path))
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        return Fetched(location, path, path.stat().st_size, digest)


def compare(receipt: Mapping[str, Any], fetched: list[Fetched]) -> None:
    """Hold what was downloaded against the receipt of its job. Errors: :class:`CheckFailed`, naming what differs."""
    promised = {
        parse_s3(file["to"]): (file["bytes"], file["sha256"])
        for output in receipt["outputs"]
        for file in output["files"]
    }
    found = {one.location: (one.size, one.sha256) for one in fetched}
    differing = [where.uri for where in {**promised, **found} if promised.get(where) != found.get(where)]
    if differing:
        raise CheckFailed(f"What the client downloaded is not what the receipt names: {', '.join(differing)}.")
