from __future__ import annotations

import pytest

from cloudtranscode.errors import UnsafeCallback
from cloudtranscode.notify.callback import Callback, parse_callback


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
