"""The connection goes to the address that was checked, and TLS still speaks to the name."""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from cloudtranscode.errors import UnsafeCallback
from cloudtranscode.notify.signing import signing_secret
from cloudtranscode.notify.webhook import WebhookSender
from integration.notify.receiver import Receiver, receive

NAME = "hook.client-a.example"
SECRET = signing_secret(b"k" * 32, "client-a")
EVENT = {"version": 1, "id": "evt_7_done", "type": "job.done", "job": {}}


class Names:
    """A name service that gives one answer after the other, as a rebinding one does."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        return self.answers[min(len(self.asked), len(self.answers)) - 1]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, NAME)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + private)
    return path


@pytest.fixture
def server_tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


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
