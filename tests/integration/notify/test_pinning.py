"""The connection goes to the address that was checked, and TLS still speaks to the name."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from cloudtranscode.errors import UnsafeCallback
from cloudtranscode.notify.signing import signing_secret
from cloudtranscode.notify.webhook import WebhookSender
from integration.notify.receiver import Receiver, receive
from support.names import Names, make_certificate, server_context

NAME = "hook.client-a.example"
SECRET = signing_secret(b"k" * 32, "client-a")
EVENT = {"version": 1, "id": "evt_7_done", "type": "job.done", "job": {}}


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_certificate(tmp_path_factory.mktemp("tls") / "server.pem", NAME)


@pytest.fixture
def server_tls(certificate: Path) -> ssl.SSLContext:
    return server_context(certificate)


def sender(names: Names, certificate: Path, *, allow_private: bool = True) -> WebhookSender:
    trust = ssl.create_default_context(cafile=str(certificate))
    return WebhookSender(allow_private=allow_private, delays=(), resolve=names, tls=trust, timeout=5.0)


def test_the_name_is_asked_for_once_and_verified_by_tls(certificate: Path, server_tls: ssl.SSLContext) -> None:
    names = Names(["127.0.0.1"], ["192.0.2.1"])
    with receive(Receiver(), server_tls) as client:
        delivery = sender(names, certificate).deliver(f"https://{NAME}:{client.port}/", EVENT, SECRET)

    assert delivery.delivered
    assert names.asked == [NAME]
    assert client.received[0][1]["Host"] == f"{NAME}:{client.port}"


def test_a_certificate_for_another_name_is_refused_and_not_retried(
    certificate: Path, server_tls: ssl.SSLContext
) -> None:
    with receive(Receiver(), server_tls) as client:
        delivery = sender(Names(["127.0.0.1"]), certificate).deliver(
            f"https://other.example:{client.port}/", EVENT, SECRET
        )

    assert (delivery.delivered, delivery.attempts) == (False, 1)
    assert "certificate" in delivery.reason
    assert client.received == []


def test_the_next_address_is_tried_when_one_does_not_accept(certificate: Path, server_tls: ssl.SSLContext) -> None:
    with receive(Receiver(), server_tls) as client:
        names = Names(["::1", "127.0.0.1"])
        delivery = sender(names, certificate).deliver(f"https://{NAME}:{client.port}/", EVENT, SECRET)

    assert delivery.delivered


@pytest.mark.parametrize("address", ["127.0.0.1", "169.254.169.254", "fd00:ec2::254", "::ffff:127.0.0.1"])
def test_a_public_name_with_a_private_address_is_refused(
    certificate: Path, server_tls: ssl.SSLContext, address: str
) -> None:
    with receive(Receiver(), server_tls) as client:
        cautious = sender(Names([address]), certificate, allow_private=False)
        with pytest.raises(UnsafeCallback, match=NAME):
            cautious.deliver(f"https://{NAME}:{client.port}/", EVENT, SECRET)

    assert client.received == []


def test_each_retry_is_checked_anew() -> None:
    names = Names([], ["10.0.0.1"])
    retrying = WebhookSender(delays=(1.0,), resolve=names, sleep=lambda _: None)

    with pytest.raises(UnsafeCallback):
        retrying.deliver(f"https://{NAME}/", EVENT, SECRET)

    assert len(names.asked) == 2
