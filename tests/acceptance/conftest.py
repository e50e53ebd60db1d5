"""The parties of the reference example on a real S3 server, and worlds with workers on the embedded one."""

import functools
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path

import imageio_ffmpeg
import pytest

from support.ceph import Rgw, User, remove_bucket
from support.reference import INPUT, OUTPUT, Client, Stack
from support.web import EventHandler, Message, listening
from support.world import World, running_world


@pytest.fixture(scope="session")
def client_user(rgw: Rgw) -> User:
    """The user that owns the client's buckets."""
    return rgw.create_user()


@pytest.fixture
def client(rgw: Rgw, client_user: User) -> Iterator[Client]:
    """A client with its two buckets, empty and without policies; they are gone after the test."""
    s3 = rgw.s3(client_user.keys)
    for bucket in (INPUT, OUTPUT):
        s3.create_bucket(Bucket=bucket)
    yield Client(client_user, s3)
    for bucket in (INPUT, OUTPUT):
        remove_bucket(s3, bucket)


@pytest.fixture(params=["user", "role"], scope="session")
def stack(request: pytest.FixtureRequest, rgw: Rgw) -> Stack:
    """A stack that runs as a user with keys, and one that runs under a role."""
    user = rgw.create_user()
    if request.param == "user":
        return Stack(user.arn, user.keys, rgw.s3(user.keys))
    arn = rgw.create_role(f"stackprod-{uuid.uuid4().hex[:8]}", user)
    keys = rgw.assume(user, arn)
    return Stack(arn, keys, rgw.s3(keys))


@pytest.fixture(scope="session")
def sources(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A clip that is done in two seconds, and one that leaves time to interrupt."""
    folder = tmp_path_factory.mktemp("sources")
    return {
        "short.mp4": _clip(folder / "short.mp4", "320x180", 2),
        "long.mp4": _clip(folder / "long.mp4", "1280x720", 40),
    }


def _clip(path: Path, size: str, duration: int) -> Path:
    picture = f"testsrc2=size={size}:rate=24:duration={duration}"
    sound = f"sine=duration={duration}"
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", sound]
    subprocess.run([*command, "-preset", "ultrafast", "-c:a", "aac", str(path)], check=True, timeout=60)
    return path


@pytest.fixture
def world(tmp_path: Path, sources: dict[str, Path]) -> Iterator[World]:
    """One machine on the embedded defaults."""
    with running_world(tmp_path / "home", sources) as world:
        yield world


@pytest.fixture
def fleet(tmp_path: Path, sources: dict[str, Path], postgres_url: str) -> Iterator[World]:
    """Workers that share a PostgreSQL."""
    with running_world(tmp_path / "home", sources, postgres_url) as world:
        yield world


@pytest.fixture
def received() -> Iterator[tuple[str, list[Message]]]:
    """An endpoint for events, and what it was sent."""
    messages: list[Message] = []
    with listening(functools.partial(EventHandler, messages=messages)) as url:
        yield f"{url}/ended?token=s3cret", messages
