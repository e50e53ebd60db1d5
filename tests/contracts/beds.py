"""A store under test, and how to look at and change its objects behind its back."""

import hashlib
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from types_boto3_s3 import S3Client

from cloudtranscode.location import FileLocation, HttpLocation, Location, S3Location, parse_http
from cloudtranscode.origin import Origins
from cloudtranscode.storage.http_fetch import Fetcher
from cloudtranscode.storage.http_store import HttpStore
from cloudtranscode.storage.local import LocalStore
from cloudtranscode.storage.port import ObjectStore, SourceStore
from cloudtranscode.storage.s3 import S3Store
from support.origins import File, Origin

BUCKET = "ClientA_bucket_in"


@dataclass(frozen=True)
class SourceBed:
    """What is read from, its empty ``root``, and how to change objects behind its back."""

    store: SourceStore
    root: Location
    write: Callable[[Location, bytes], object]
    delete: Callable[[Location], object]

    def put(self, name: str, data: bytes) -> Location:
        location = self.root.child(name)
        self.write(location, data)
        return location


@dataclass(frozen=True)
class Bed(SourceBed):
    """A store that is written to as well, and how to look at its objects behind its back."""

    store: ObjectStore
    content: Callable[[Location], bytes]
    everything: Callable[[], list[str]]


def local_bed(folder: Path) -> Bed:
    def path(location: Location) -> Path:
        assert isinstance(location, FileLocation)
        return location.path

    def write(location: Location, data: bytes) -> None:
        path(location).parent.mkdir(parents=True, exist_ok=True)
        path(location).write_bytes(data)

    return Bed(
        store=LocalStore(),
        root=FileLocation(folder),
        write=write,
        content=lambda location: path(location).read_bytes(),
        delete=lambda location: path(location).unlink(),
        everything=lambda: sorted(str(found.relative_to(folder)) for found in folder.rglob("*")),
    )


def s3_bed(client: S3Client) -> Bed:
    prefix = uuid.uuid4().hex

    def key(location: Location) -> str:
        assert isinstance(location, S3Location)
        return location.key

    def everything() -> list[str]:
        listed = client.list_objects_v2(Bucket=BUCKET, Prefix=f"{prefix}/").get("Contents", [])
        uploads = client.list_multipart_uploads(Bucket=BUCKET, Prefix=f"{prefix}/").get("Uploads", [])
        return [entry["Key"] for entry in listed] + [f"upload of {entry['Key']}" for entry in uploads]

    return Bed(
        store=S3Store(client),
        root=S3Location(BUCKET, prefix),
        write=lambda location, data: client.put_object(Bucket=BUCKET, Key=key(location), Body=data),
        content=lambda location: client.get_object(Bucket=BUCKET, Key=key(location))["Body"].read(),
        delete=lambda location: client.delete_object(Bucket=BUCKET, Key=key(location)),
        everything=everything,
    )


def web_bed(origin: Origin, scratch: Path) -> SourceBed:
    def path(location: Location) -> str:
        assert isinstance(location, HttpLocation)
        return location.path

    def write(location: Location, data: bytes) -> None:
        origin.files[path(location)] = File(data, etag=f'"{hashlib.sha256(data).hexdigest()}"')

    return SourceBed(
        store=HttpStore(Fetcher(Origins.parse("127.0.0.1")), lambda: scratch),
        root=parse_http(origin.url("/root")),
        write=write,
        delete=lambda location: origin.files.pop(path(location)),
    )
