"""Where an object lives: a bucket and key, or a local path; URI and ARN forms of the same thing."""

from __future__ import annotations

import os.path
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from cloudtranscode.errors import InvalidLocation

# Wider than what AWS lets you create today: RADOS Gateway and buckets from before 2018 have capitals and underscores.
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9]")
_MAX_KEY_BYTES = 1024
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class S3Location:
    """An object or a prefix in a bucket: ``key`` without a leading slash, ``""`` for the whole bucket."""

    bucket: str
    key: str = ""

    @property
    def uri(self) -> str:
        """``s3://bucket/key``."""
        return f"s3://{self.bucket}/{self.key}"

    @property
    def name(self) -> str:
        """The last segment of the key."""
        return self.key.rstrip("/").rsplit("/", 1)[-1]

    def arn(self, partition: str = "aws") -> str:
        """``arn:aws:s3:::bucket/key``, or the bucket's own ARN when there is no key."""
        return f"arn:{partition}:s3:::{self.bucket}" + (f"/{self.key}" if self.key else "")

    @property
    def folder(self) -> S3Location:
        """The prefix that this location lies in; of a prefix with its slash (``a/b/``) it is the prefix itself."""
        return S3Location(self.bucket, self.key.rpartition("/")[0])

    def child(self, name: str) -> S3Location:
        """The location ``name`` under this prefix."""
        return S3Location(self.bucket, f"{self.key.rstrip('/')}/{name}".lstrip("/"))

    def contains(self, other: Location) -> bool:
        """Whether ``other`` is this location or lies under it; ``video`` does not contain ``video2``."""
        if not isinstance(other, S3Location) or other.bucket != self.bucket:
            return False
        prefix = self.key.rstrip("/")
        return not prefix or other.key == prefix or other.key.startswith(f"{prefix}/")

    def __str__(self) -> str:
        return self.uri


@dataclass(frozen=True, slots=True)
class FileLocation:
    """A file or folder on this machine, as an absolute path."""

    path: Path

    @property
    def uri(self) -> str:
        """``file:///absolute/path``."""
        return self.path.as_uri()

    @property
    def name(self) -> str:
        """The last segment of the path."""
        return self.path.name

    @property
    def folder(self) -> FileLocation:
        """The folder that this path lies in."""
        return FileLocation(self.path.parent)

    def child(self, name: str) -> FileLocation:
        """The location ``name`` under this folder."""
        return FileLocation(self.path / name)

    def contains(self, other: Location) -> bool:
        """Whether ``other`` is this path or lies under it."""
        return isinstance(other, FileLocation) and other.path.is_relative_to(self.path)

    def __str__(self) -> str:
        return str(self.path)


Location = S3Location | FileLocation


def parse_s3(text: str) -> S3Location:
    """Read ``s3://bucket`` or ``s3://bucket/key``.

    Errors: :class:`InvalidLocation` for anything else, for a key over 1,024 bytes, control characters, and
    ``.``/``..`` segments, which some clients rewrite on the way.
    """
    scheme, found, rest = text.partition("://")
    if not found or scheme != "s3":
        raise InvalidLocation(f"{text!r} is not an s3:// location.")
    bucket, _, key = rest.partition("/")
    if not _BUCKET.fullmatch(bucket):
        raise InvalidLocation(f"{text!r}: {bucket!r} is not a bucket name.")
    try:
        length = len(key.encode())
    except UnicodeEncodeError as error:
        raise InvalidLocation(f"s3://{bucket}/…: the key is not text in UTF-8.") from error
    if length > _MAX_KEY_BYTES:
        raise InvalidLocation(f"s3://{bucket}/…: the key is longer than {_MAX_KEY_BYTES} bytes.")
    if _CONTROL.search(key) or key.startswith("/") or {".", ".."} & set(key.split("/")):
        raise InvalidLocation(f"{text!r}: the key has a control character, a leading slash, or a '.' or '..' segment.")
    return S3Location(bucket, key)


def parse(text: str) -> Location:
    """Read an ``s3://`` URI, a ``file://`` URI or a path; relative paths are taken from the current folder.

    ``..`` is taken away by its letters, as a shell's ``cd`` does it: symbolic links are not followed.
    """
    if text.startswith("file://"):
        return _file(Path(unquote(urlsplit(text).path)))
    if "://" in text:
        return parse_s3(text)
    if not text or "\x00" in text:
        raise InvalidLocation("An empty string is not a location.")
    return _file(Path(text).expanduser())


def _file(path: Path) -> FileLocation:
    return FileLocation(Path("/", os.path.normpath(path.absolute()).lstrip("/")))  # POSIX keeps "//" apart from "/"
