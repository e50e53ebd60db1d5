from __future__ import annotations

import itertools
import socket
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from threading import Thread

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from cloudtranscode.errors import UnsafeCallback
from cloudtranscode.notify.signing import signing_secret
from cloudtranscode.notify.webhook import Delivery, WebhookSender
from integration.notify.receiver import Receiver, receive

SECRET = signing_secret(b"k" * 32, "client-a")
EVENT = {"version": 1, "id": "evt_7_done", "type": "job.done", "job": {"id": "7", "title": "Élan"}}


def sender(*, slept: list[float] | None = None, timeout: float = 5.0) -> WebhookSender:
    sleep = slept.append if slept is not None else lambda _: None
    return WebhookSender(allow_private=True, delays=(1.0, 5.0), sleep=sleep, timeout=timeout)


@contextmanager
def raw_server(chunks: Iterable[bytes], pause: float = 0.0) -> Iterator[int]:
    """Read one event, then answer with ``chunks``, ``pause`` seconds between them."""

    def talk() -> None:
        connection, _ = listener.accept()
        with connection:
            request = b""
            while not request.endswith(b"}}"):
                request += connection.recv(65_536)
            try:
                for chunk in chunks:
                    connection.sendall(chunk)
                    time.sleep(pause)
            except OSError:
                return

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = Thread(target=talk)
        thread.start()
        yield listener.getsockname()[1]
        thread.join()


def test_the_receiver_verifies_what_it_gets_with_the_librarys_own_verifier() -> None:
    with receive(Receiver()) as client:
        delivery = sender().deliver(f"http://127.0.0.1:{client.port}/hook?x=1", EVENT, SECRET)

    assert delivery == Delivery(delivered=True, status=204, attempts=1, reason="The server answered 204.")
    path, headers, body = client.received[0]
    assert path == "/hook?x=1"
    assert headers["Host"] == f"127.0.0.1:{client.port}"
    assert Webhook(SECRET).verify(body, headers) == EVENT
    with pytest.raises(WebhookVerificationError):
        Webhook(signing_secret(b"k" * 32, "client-b")).verify(body, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(body.replace("done", "lost"), headers)


def test_a_server_in_trouble_is_tried_again_with_the_same_id() -> None:
    slept: list[float] = []
    with receive(Receiver([503, 429, 200])) as client:
        delivery = sender(slept=slept).deliver(f"http://127.0.0.1:{client.port}", EVENT, SECRET)

    assert (delivery.delivered, delivery.status, delivery.attempts) == (True, 200, 3)
    assert slept == [1.0, 5.0]
    assert {headers["webhook-id"] for _, headers, _ in client.received} == {"evt_7_done"}


def test_patience_ends() -> None:
    with receive(Receiver([500])) as client:
        delivery = sender().deliver(f"http://127.0.0.1:{client.port}", EVENT, SECRET)

    assert delivery == Delivery(delivered=False, status=500, attempts=3, reason="The server answered 500.")


@pytest.mark.parametrize("status", [400, 401, 404, 410])
def test_a_refusal_is_not_repeated(status: int) -> None:
    with receive(Receiver([status])) as client:
        delivery = sender().deliver(f"http://127.0.0.1:{client.port}", EVENT, SECRET)

    assert (delivery.delivered, delivery.status, delivery.attempts) == (False, status, 1)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_redirects_are_not_followed(status: int) -> None:
    with receive(Receiver()) as other, receive(Receiver([status])) as client:
        client.location = f"http://127.0.0.1:{other.port}/"
        delivery = sender().deliver(f"http://127.0.0.1:{client.port}", EVENT, SECRET)

    assert (delivery.delivered, delivery.status, delivery.attempts) == (False, status, 1)
    assert other.received == []


def test_nobody_listening_is_a_failed_delivery() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    delivery = sender().deliver(f"http://127.0.0.1:{port}", EVENT, SECRET)

    assert (delivery.delivered, delivery.status, delivery.attempts) == (False, None, 3)
    assert "refused" in delivery.reason


def test_a_server_that_dribbles_its_answer_cannot_hold_the_worker() -> None:
    patient = WebhookSender(allow_private=True, delays=(), timeout=0.4)
    with raw_server([b"x"] * 12, pause=0.1) as port:
        start = time.monotonic()
        delivery = patient.deliver(f"http://127.0.0.1:{port}", EVENT, SECRET)
        took = time.monotonic() - start

    assert (delivery.delivered, delivery.reason) == (False, "No answer: timed out.")
    assert took < 1.0


def test_an_endless_answer_is_cut_off() -> None:
    endless = itertools.chain([b"HTTP/1.1 200 OK\r\n\r\n"], itertools.repeat(b"x" * 65_536))
    with raw_server(endless) as port:
        start = time.monotonic()
        delivery = sender().deliver(f"http://127.0.0.1:{port}", EVENT, SECRET)
        took = time.monotonic() - start

    assert delivery.delivered
    assert took < 0.7


def test_an_answer_that_is_not_http_is_no_delivery() -> None:
    with raw_server([b"220 mail.example ESMTP\r\n"]) as port:
        delivery = WebhookSender(allow_private=True, delays=()).deliver(f"http://127.0.0.1:{port}", EVENT, SECRET)

    assert delivery == Delivery(delivered=False, status=None, attempts=1, reason="The answer is not HTTP.")


@pytest.mark.parametrize("host", ["localhost", "127.1", "0x7f000001", "2130706433", "0177.0.0.1", "[::1]", "0"])
def test_every_spelling_of_this_machine_is_refused_before_connecting(host: str) -> None:
    with receive(Receiver()) as client, pytest.raises(UnsafeCallback):
        WebhookSender(delays=()).deliver(f"https://{host}:{client.port}/", EVENT, SECRET)

    assert client.received == []
