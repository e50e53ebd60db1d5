"""The stores that must keep the object-store contract: a folder, an S3 simulation and a real S3 server."""

import logging
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer
from types_boto3_s3 import S3Client

from cloudtranscode.location import FileLocation, Location, S3Location
from cloudtranscode.storage.local import LocalStore
from cloudtranscode.storage.port import ObjectStore
from cloudtranscode.storage.s3 import S3Store, s3_client
from support.ceph import Rgw

BUCKET = "ClientA_bucket_in"


@dataclass(frozen=True)
class Bed:
    """A store under test, its empty ``root``, and how to look at and change objects behind its back."""

    store: ObjectStore
    root: Location
    write: Callable[[Location, bytes], object]
    content: Callable[[Location], bytes]
    delete: Callable[[Location], object]
    everything: Callable[[], list[str]]
    forgets_uploads: bool = True

    def put(self, name: str, data: bytes) -> Location:
        location = self.root.child(name)
        self.write(location, data)
        return location


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


def s3_bed(client: S3Client, *, forgets_uploads: bool = True) -> Bed:
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
        forgets_uploads=forgets_uploads,
    )


@pytest.fixture(scope="session")
def moto_client() -> Iterator[S3Client]:
    """A client of moto's server; moto checks neither policies nor Content-MD5."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    client = _client(f"http://{host}:{port}", "access", "secret")
    client.create_bucket(Bucket=BUCKET)
    yield client
    client.close()
    server.stop()


@pytest.fixture(scope="session")
def rgw_client(rgw: Rgw) -> Iterator[S3Client]:
    """A client of the RADOS Gateway for the user that owns the bucket."""
    keys = rgw.create_user().keys
    client = _client(rgw.endpoint, keys.access, keys.secret)
    client.create_bucket(Bucket=BUCKET)
    yield client
    client.close()


def _client(endpoint: str, access: str, secret: str) -> S3Client:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", endpoint)
        session = boto3.Session(access, secret, region_name="us-east-1")
        return s3_client(session)


@pytest.fixture(params=["local", "moto", "rgw"])
def bed(request: pytest.FixtureRequest, tmp_path: Path) -> Bed:
    """One store after the other."""
    if request.param == "local":
        return local_bed(tmp_path)
    if request.param == "moto":
        return s3_bed(request.getfixturevalue("moto_client"), forgets_uploads=False)
    return s3_bed(request.getfixturevalue("rgw_client"))
