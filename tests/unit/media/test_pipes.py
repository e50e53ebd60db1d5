from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from typing import IO

import pytest

from cloudtranscode.media.tools.pipes import chunks, lines


def test_lines_are_put_together() -> None:
    assert list(lines([b"on", b"e\ntwo\n", b"", b"three"])) == [b"one", b"two", b"three"]


def test_a_line_without_an_end_comes_in_pieces() -> None:
    pieces = list(lines([b"x" * 3000] * 4))
    assert b"".join(pieces) == b"x" * 12_000
    assert max(map(len, pieces)) < 8000


@pytest.fixture
def pipe() -> Iterator[tuple[IO[bytes], IO[bytes]]]:
    ours, theirs = os.pipe()
    with open(ours, "rb") as reader, open(theirs, "wb", 0) as writer:  # noqa: PTH123  # descriptors, not paths
        yield reader, writer


def test_a_pipe_is_read_to_its_end(pipe: tuple[IO[bytes], IO[bytes]]) -> None:
    reader, writer = pipe
    writer.write(b"words")
    writer.close()
    assert list(chunks(reader, threading.Event())) == [b"words"]


def test_a_pipe_without_an_end_is_emptied_when_the_tool_is_over(pipe: tuple[IO[bytes], IO[bytes]]) -> None:
    reader, writer = pipe
    writer.write(b"last words")
    over = threading.Event()
    over.set()
    assert list(chunks(reader, over)) == [b"last words"]


def test_who_goes_on_writing_is_not_listened_to_for_ever(pipe: tuple[IO[bytes], IO[bytes]]) -> None:
    reader, writer = pipe
    over = threading.Event()
    over.set()
    heard = 0
    writer.write(b"x" * 4096)
    for data in chunks(reader, over):
        heard += len(data)
        writer.write(b"x" * 4096)
    assert heard < 4 << 20
