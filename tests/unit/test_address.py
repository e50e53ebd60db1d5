"""Which addresses are public, and which are this machine's own."""

from __future__ import annotations

import pytest

from cloudtranscode.address import is_own, is_public


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.216.34", "172.32.0.1", "2606:4700::1111", "2a00:1450::5"])
def test_public_addresses(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",  # noqa: S104 - this network
        "10.0.0.1",
        "100.100.100.200",  # Alibaba's instance metadata
        "192.0.0.192",  # Oracle's
        "100.64.0.1",  # shared address space of carriers and of EKS pods
        "127.0.0.1",
        "169.254.169.254",  # EC2 instance metadata
        "169.254.170.2",  # ECS credentials
        "168.63.129.16",  # Azure's host of virtual machines
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


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_loopback_is_this_machines_own(address: str) -> None:
    assert is_own(address)


@pytest.mark.parametrize("address", ["192.0.2.1", "2001:db8::1"])
def test_addresses_of_others(address: str) -> None:
    assert not is_own(address)
