"""What a source may be opened as."""

from __future__ import annotations

from cloudtranscode.media.tools.allowed import CODECS, FORMATS, NEVER, source_options


def test_nothing_that_opens_more_by_itself_is_allowed() -> None:
    assert not set(FORMATS) & NEVER
    assert not {"librsvg", "ansi", "wrapped_avframe"} & set(CODECS)


def test_nothing_is_named_twice() -> None:
    assert len(set(FORMATS)) == len(FORMATS)
    assert len(set(CODECS)) == len(CODECS)


def test_the_source_comes_by_http_through_the_door_alone() -> None:
    options = dict(zip(source_options()[::2], source_options()[1::2], strict=True))
    assert options["-protocol_whitelist"] == "http,tcp"
    assert "mov" in options["-format_whitelist"].split(",")
    assert "h264" in options["-codec_whitelist"].split(",")


def test_a_clients_file_in_scratch_is_opened_as_a_file() -> None:
    assert source_options("file")[:2] == ("-protocol_whitelist", "file")
