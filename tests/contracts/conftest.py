"""The stores that must keep the contracts: a folder, an S3 simulation, a real S3 server and, to read, a web server."""

import json
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from types_boto3_s3 import S3Client

from cloudtranscode.devstack.server import Devstack
from cloudtranscode.storage.s3 import s3_client
from contracts.beds import BUCKET, Bed, SourceBed, local_bed, s3_bed, web_bed
from support.ceph import Rgw, remove_bucket
from support.origins import Origin, serving_files

ALLOW_S3 = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]})


@pytest.fixture(scope="module")
def devstack_client() -> Iterator[S3Client]:
    """A client of the embedded S3 for the user that owns the bucket; one of these servers fits into a process."""
    with Devstack() as devstack:
        keys = devstack.backend.create_user("444455556666", "admin", ALLOW_S3)
        client = _client(devstack.endpoint, *keys)
        client.create_bucket(Bucket=BUCKET)
        yield client
        client.close()


@pytest.fixture(scope="module")
def rgw_client(rgw: Rgw) -> Iterator[S3Client]:
    """A client of the RADOS Gateway for the user that owns the bucket, which is gone afterwards."""
    keys = rgw.create_user().keys
    client = _client(rgw.endpoint, keys.access, keys.secret)
    client.create_bucket(Bucket=BUCKET)
    yield client
    remove_bucket(client, BUCKET)
    client.close()


def _client(endpoint: str, access: str, secret: str) -> S3Client:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", endpoint)
        session = boto3.Session(access, secret, region_name="us-east-1")
        return s3_client(session)


@pytest.fixture
def origin() -> Iterator[Origin]:
    """A web server without files."""
    with serving_files(Origin()) as origin:
        yield origin


@pytest.fixture(params=["local", "devstack", "rgw"])
def bed(request: pytest.FixtureRequest, tmp_path: Path) -> Bed:
    """One store after the other."""
    return _bed(request, tmp_path)


@pytest.fixture(params=["local", "devstack", "rgw", "web"])
def source_bed(request: pytest.FixtureRequest, tmp_path: Path) -> SourceBed:
    """One after the other of what can be read from."""
    if request.param == "web":
        return web_bed(request.getfixturevalue("origin"), tmp_path)
    return _bed(request, tmp_path)


def _bed(request: pytest.FixtureRequest, tmp_path: Path) -> Bed:
    if request.param == "local":
        return local_bed(tmp_path)
    return s3_bed(request.getfixturevalue(f"{request.param}_client"))
