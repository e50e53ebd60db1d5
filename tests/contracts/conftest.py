"""The stores that must keep the object-store contract: a folder, an S3 simulation and a real S3 server."""

import logging
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer
from types_boto3_s3 import S3Client

from cloudtranscode.storage.s3 import s3_client
from contracts.beds import BUCKET, Bed, local_bed, s3_bed
from support.ceph import Rgw


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
