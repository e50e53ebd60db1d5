from __future__ import annotations

import pytest

from cloudtranscode.errors import UnsafeCallback
from cloudtranscode.notify.callback import Callback, is_public, parse_callback


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.216.34", "172.32.0.1", "2606:4700::1111", "2a00:1450::5"])
def test_public_addresses(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",  # noqa: S104 - this network
        "10.0.0.1",
        "100.64.0.1",  # shared address space of carriers and of EKS pods
        "127.0.0.1",
        "169.254.169.254",  # EC2 instance metadata
        "169.254.170.2",  # ECS credentials
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "192.0.2.1",
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::a9fe:a9fe",  # NAT64 of 169.254.169.254
        "64:ff9b:1::1",
        "2001:0:1::1",  # Teredo
        "2001:db8::1",
        "2002:7f00:1::1",  # 6to4 of 127.0.0.1
        "3fff::1",
        "fc00::1",
        "fd00:ec2::254",  # EC2 instance metadata
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "ff02::1",
    ],
)
def test_addresses_that_are_not_public(address: str) -> None:
    assert not is_public(address)


def test_a_callback_url_is_taken_apart() -> None:
    assert parse_callback("https://Hook.Example:8443/a/b?c=d#e") == Callback(
        host="hook.example", port=8443, authority="Hook.Example:8443", path="/a/b?c=d", tls=True
    )
    assert parse_callback("https://hook.example").path == "/"
    assert parse_callback("https://[2606:4700::1111]/").host == "2606:4700::1111"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "hook.example",
        "https://",
        "https:///path",
        "https://[::1",
        "https://hook.example:0/",
        "https://hook.example:99999/",
        "https://hook.example:https/",
        "https://user:pass@hook.example/",
        "https://user@hook.example/",
        "https://hook.example\\@127.0.0.1/",
        "https://hook.example/\r\nX-Injected: 1",
        "https://hook.exam\tple/",
        "https://hook.example/a b",
        "https://hök.example/",
        "http://hook.example/",
        "ftp://hook.example/",
        "file:///etc/passwd",
        "gopher://hook.example/",
        "https://127.0.0.1/",
        "https://169.254.169.254/latest/meta-data/",
        "https://[::ffff:169.254.169.254]/",
        "https://[fd00:ec2::254]/",
    ],
)
def test_unsafe_callbacks(url: str) -> None:
    with pytest.raises(UnsafeCallback):
        parse_callback(url)


def test_private_callbacks_by_setting_only() -> None:
    assert parse_callback("http://127.0.0.1:8080/", allow_private=True).port == 8080
    assert parse_callback("http://hook.internal/", allow_private=True).port == 80
    for url in ("http://user:pass@127.0.0.1/", "ftp://127.0.0.1/"):
        with pytest.raises(UnsafeCallback):
            parse_callback(url, allow_private=True)
