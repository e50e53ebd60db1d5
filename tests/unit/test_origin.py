"""Which web servers sources may be fetched from."""

from __future__ import annotations

import pytest

from cloudtranscode.errors import InvalidSetting, OriginNotAllowed
from cloudtranscode.location import parse_http
from cloudtranscode.origin import Origins

ANYBODY = Origins.parse("public")
INTRANET = Origins.parse("origin.lan, *.media.example, files.example:88, 10.1.0.0/16, fd12::/16")


def admits(origins: Origins, url: str, address: str) -> bool:
    location = parse_http(url)
    try:
        origins.check(location)
    except OriginNotAllowed:
        return False
    return origins.admits(location, address)


@pytest.mark.parametrize("url", ["https://a.example/1.mp4", "http://a.example:8080/1.mp4", "https://8.8.8.8/1.mp4"])
def test_whatever_is_public_may_be_fetched_by_default(url: str) -> None:
    assert admits(ANYBODY, url, "8.8.8.8")


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::ffff:10.1.2.3", "fd00:ec2::254"])
def test_a_public_name_with_a_private_address_may_not(address: str) -> None:
    assert not admits(ANYBODY, "https://a.example/1.mp4", address)


def test_this_machine_is_public_to_nobody() -> None:
    location = parse_http("https://a.example/1.mp4")
    assert not ANYBODY.admits(location, "8.8.8.8", own=True)
    assert Origins.parse("8.8.8.8").admits(location, "8.8.8.8", own=True)


@pytest.mark.parametrize("port", [22, 25, 445, 1023])
def test_ports_of_other_services_are_not_asked(port: int) -> None:
    with pytest.raises(OriginNotAllowed, match=f"port {port}"):
        ANYBODY.check(parse_http(f"http://a.example:{port}/"))


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1/", "http://169.254.169.254/latest/meta-data/", "http://[::1]/", "http://[fd00:ec2::254]/"]
)
def test_private_addresses_are_refused_by_the_url_alone(url: str) -> None:
    with pytest.raises(OriginNotAllowed):
        ANYBODY.check(parse_http(url))


def test_switched_off_nothing_is_fetched() -> None:
    with pytest.raises(OriginNotAllowed, match="switched off"):
        Origins.parse("off").check(parse_http("https://a.example/1.mp4"))


@pytest.mark.parametrize(
    ("url", "address", "may"),
    [
        ("http://origin.lan/1.mp4", "192.168.0.7", True),
        ("http://ORIGIN.lan./1.mp4", "192.168.0.7", True),
        ("http://origin.lan.evil.example/1.mp4", "192.168.0.7", False),
        ("http://a.b.media.example/1.mp4", "192.168.0.7", True),
        ("http://media.example/1.mp4", "192.168.0.7", False),
        ("http://xmedia.example/1.mp4", "192.168.0.7", False),
        ("http://files.example:88/1.mp4", "192.168.0.7", True),
        ("http://files.example/1.mp4", "192.168.0.7", False),
        ("http://any.example/1.mp4", "10.1.2.3", True),
        ("http://any.example:22/1.mp4", "10.1.2.3", False),
        ("http://any.example/1.mp4", "10.2.0.1", False),
        ("http://any.example/1.mp4", "fd12::1", True),
        ("http://any.example/1.mp4", "8.8.8.8", False),
        ("http://10.1.2.3/1.mp4", "10.1.2.3", True),
        ("http://8.8.8.8/1.mp4", "8.8.8.8", False),
    ],
)
def test_what_the_admin_names_is_opened_and_nothing_else(url: str, address: str, *, may: bool) -> None:
    assert admits(INTRANET, url, address) is may


def test_names_alone_refuse_other_names_before_they_are_resolved() -> None:
    with pytest.raises(OriginNotAllowed, match=r"other\.example"):
        Origins.parse("origin.lan").check(parse_http("https://other.example/1.mp4?token=s3cret"))


def test_public_can_be_one_of_several() -> None:
    both = Origins.parse("public,origin.lan")
    assert admits(both, "https://a.example/", "8.8.8.8")
    assert admits(both, "https://origin.lan/", "127.0.0.1")
    assert not admits(both, "https://a.example/", "127.0.0.1")


@pytest.mark.parametrize("text", ["", "on please", "off,public", "10.0.0.1/8", "http://a.example", "a/b", "public,,a"])
def test_a_faulty_setting_is_named(text: str) -> None:
    with pytest.raises(InvalidSetting, match="CT_HTTP_SOURCES"):
        Origins.parse(text)
