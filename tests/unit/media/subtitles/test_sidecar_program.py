from __future__ import annotations

import pytest

from cloudtranscode.media.subtitles.sidecar_program import read

_TEXT = "1\n00:00:01,000 --> 00:00:02,000\nÀ bientôt, Grüße\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "latin-1"])
def test_encodings_are_found_out(encoding: str) -> None:
    assert read(_TEXT.encode(encoding), 1000)["text"] == _TEXT


def test_the_five_bytes_that_windows_leaves_open() -> None:
    assert read(b"caf\xe9 \x81", 100) == {"text": "caf\xe9 \x81", "encoding": "latin-1"}


def test_what_is_no_text_or_too_much_of_it() -> None:
    assert read(b"\x1aE\xdf\xa3\0\1" * 9, 100) == {"fault": "is not text in any encoding that is known"}
    assert read(b"\xff\xfea", 100) == {"fault": "is not text in any encoding that is known"}
    assert read(b"x" * ((1 << 20) + 1), 1 << 20) == {"fault": "is larger than 1 MiB"}
