"""Secrets of job documents are locked before anything is written down."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cloudtranscode.errors import InvalidDocument, InvalidLocation, SecretUnreadable
from cloudtranscode.jobs.spec import parse_job
from cloudtranscode.jobs.vault import Vault
from cloudtranscode.location import HttpLocation, parse_http

_KEY, _IV = "0123456789abcdef" * 2, "fedcba9876543210" * 2
_VAULT = Vault(lambda: b"k" * 32)


def _document(**encryption: str) -> dict[str, Any]:
    secret = {"scheme": "cbcs", "key_id": "ab" * 16, "key": _KEY, "iv": _IV, "key_uri": "https://keys.example/1"}
    ladder = {"type": "hls", "presets": ["360p"], "to": "s3://bucket-out/hls/", "encryption": {**secret, **encryption}}
    poster = {"type": "poster", "to": "s3://bucket-out/p.jpg"}
    return {"client": "c", "input": "s3://bucket-in/a.mp4", "outputs": [ladder, poster]}


def test_what_is_kept_has_no_key_and_is_a_document_still() -> None:
    kept = _VAULT.locked(parse_job(_document()).model_dump(mode="json"))
    assert _KEY not in json.dumps(kept)
    assert _IV not in json.dumps(kept)
    again = parse_job(kept)
    assert _VAULT.locked(again.model_dump(mode="json")) == kept
    encryption = kept["outputs"][0]["encryption"]
    assert _VAULT.open(encryption["key"], "c") == _KEY
    assert _VAULT.open(encryption["iv"], "c") == _IV
    assert encryption["key_id"] == "ab" * 16


def test_what_opens_a_file_of_subtitles_is_locked_too() -> None:
    tracks = {"subtitles": [{"file": "https://media.example/a.srt?token=s3cr3t"}, {"stream": 0}]}
    kept = _VAULT.locked(parse_job(_document() | {"tracks": tracks}).model_dump(mode="json"))
    assert "s3cr3t" not in json.dumps(kept)
    again = parse_job(kept)
    place = again.lent["text0"]
    assert isinstance(place, HttpLocation)
    assert _VAULT.reveal(place, "c").query == "token=s3cr3t"


def test_the_same_secret_never_looks_the_same() -> None:
    assert _VAULT.lock(_KEY, "c") != _VAULT.lock(_KEY, "c")


@pytest.mark.parametrize(
    ("locked", "client"),
    [
        (Vault(lambda: b"o" * 32).lock(_KEY, "c"), "c"),
        (_VAULT.lock(_KEY, "other"), "c"),
        (_VAULT.lock(_KEY, "c")[:-8] + "AAAAAAA=", "c"),
        ("locked:1:short", "c"),
    ],
)
def test_what_was_locked_otherwise_does_not_open(locked: str, client: str) -> None:
    with pytest.raises(SecretUnreadable) as caught:
        _VAULT.open(locked, client)
    assert _KEY not in caught.value.message


@pytest.mark.parametrize("field", ["key", "iv", "key_id"])
def test_a_malformed_secret_is_not_repeated_in_the_error(field: str) -> None:
    with pytest.raises(InvalidDocument, match=rf"outputs\[0\]\.encryption\.{field}") as caught:
        parse_job(_document(**{field: "not-sixteen-bytes"}))
    assert "not-sixteen-bytes" not in str(caught.value)


def test_hls_needs_a_place_to_ask_for_the_key() -> None:
    document = _document()
    del document["outputs"][0]["encryption"]["key_uri"]
    with pytest.raises(InvalidDocument, match="key_uri"):
        parse_job(document)
    document["outputs"][0]["type"] = "dash"
    parse_job(document)


@pytest.mark.parametrize("uri", ['https://k/",METHOD=NONE', "https://k/\n#EXTINF", "no uri", "keys/1"])
def test_a_place_that_would_end_its_attribute_is_refused(uri: str) -> None:
    with pytest.raises(InvalidDocument, match="key_uri"):
        parse_job(_document(key_uri=uri))


def test_what_opens_a_url_is_locked_and_its_place_stays_readable() -> None:
    urls = ["https://a.example/1.mp4?sign=s3cret", "https://a.example/2.mp4", "s3://bucket/3.mp4"]
    document = {"client": "c", "input": [{"uri": uri, "start": 0.0} for uri in urls], "outputs": []}

    locked = _VAULT.locked(document)

    assert "s3cret" not in str(locked)
    assert [clip["uri"] for clip in locked["input"][1:]] == urls[1:]
    place = parse_http(locked["input"][0]["uri"])
    assert place.uri == "https://a.example/1.mp4?***"
    assert _VAULT.reveal(place, "c").url == urls[0]
    assert _VAULT.reveal(parse_http(urls[1]), "c").url == urls[1]
    assert _VAULT.locked(locked) == locked
    with pytest.raises(SecretUnreadable):
        _VAULT.reveal(place, "another")


def test_a_url_that_is_too_long_to_be_locked_is_refused() -> None:
    url = "https://a.example/?" + "x" * 12_000
    with pytest.raises(InvalidLocation):
        _VAULT.locked({"client": "c", "input": [{"uri": url}], "outputs": []})


def test_zeros_identify_no_key() -> None:
    with pytest.raises(InvalidDocument, match=r"encryption\.key_id: must not be all zeros"):
        parse_job(_document(key_id="0" * 32))
