"""Where an object lives: a bucket and key, a local path, or a URL; URI and ARN forms of the same thing."""

from __future__ import annotations

import os.path
import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from cloudtranscode.errors import InvalidLocation

# Wider than what AWS lets you create today: RADOS Gateway and buckets from before 2018 have capitals and underscores.
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9]")
_MAX_KEY_BYTES = 1024
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
# What programs read differently is not let in: backslashes, user names, fragments. Presigned URLs are long.
_URL = re.compile(
    r"(?P<scheme>https?)://(?P<host>[a-z0-9._-]{1,253}|\[[0-9a-f:.]{2,45}\])(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<path>/[^?#]*)?(?:\?(?P<query>[^#]*))?",
    re.IGNORECASE,
)
_VISIBLE = re.compile(r"[\x21-\x5b\x5d-\x7e]{1,12288}")
_SCHEME = re.compile(r"https?://", re.IGNORECASE)
_SECRETS = re.compile(
    r"(?P<scheme>https?://)(?:[^/?#]*@)?(?P<shown>[^?#]*)(?P<rest>[?#].*)?", re.IGNORECASE | re.DOTALL
)
_PORTS = {"http": 80, "https": 443}
_MAX_PORT = 65_535
_HIDDEN = "***"
_URL_REMEDY = "Write it as https://host/path?query; a # of a file's name is %23, a space is %20."


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


@dataclass(frozen=True, slots=True)
class HttpLocation:
    """A file on a web server, to be read only; ``host`` in lower case, an IPv6 address without its brackets.

    ``path`` and ``query`` are as the request has them. A query may be what opens the file (a presigned URL), so it
    stays out of whatever is printed; :attr:`url` alone has it.
    """

    scheme: str
    host: str
    port: int
    path: str
    query: str | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        """What to fetch, with the query: a secret."""
        return f"{self.scheme}://{self.authority}{self.target}"

    @property
    def uri(self) -> str:
        """``https://host/path``, or ``https://host/path?***`` where there is a query: to be printed, not to be read."""
        return without_secrets(self.url)

    @property
    def authority(self) -> str:
        """``host[:port]`` as the Host header has it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def target(self) -> str:
        """``/path?query`` as the request line has it."""
        return self.path if self.query is None else f"{self.path}?{self.query}"

    @property
    def name(self) -> str:
        """The last segment of the path."""
        return unquote(self.path.rstrip("/").rsplit("/", 1)[-1])

    @property
    def folder(self) -> HttpLocation:
        """The path that this one lies in."""
        return replace(self, path=self.path.rpartition("/")[0] or "/", query=None)

    def child(self, name: str) -> HttpLocation:
        """The location ``name`` under this path."""
        return replace(self, path=f"{self.path.rstrip('/')}/{quote(name)}", query=None)

    def contains(self, other: Location) -> bool:
        """Whether ``other`` is this very location: what lies under a URL is the server's own affair."""
        return other == self

    def __str__(self) -> str:
        return self.uri


Location = S3Location | FileLocation | HttpLocation


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


def parse_http(text: str) -> HttpLocation:
    """Read ``http://host[:port]/path?query`` or ``https://…``.

    Errors: :class:`InvalidLocation` for a user name, a fragment, and what is not ASCII; it tells no secret of the URL.
    """
    found = _URL.fullmatch(text) if _VISIBLE.fullmatch(text) else None
    port = int(found["port"] or _PORTS[found["scheme"].lower()]) if found else 0
    host = found["host"].lower().strip("[]").rstrip(".") if found else ""
    if found is None or not host or not 0 < port <= _MAX_PORT:
        shown = "This" if "@" in text else repr(without_secrets(text))  # where a password ends, only its writer knows
        raise InvalidLocation(
            f"{shown} is not the URL of a file: ASCII, no name and password, no #.", remedy=_URL_REMEDY
        )
    if found["query"] == _HIDDEN:
        raise InvalidLocation(f"{text!r} has lost its query when it was printed.", remedy="Give the whole URL.")
    return HttpLocation(found["scheme"].lower(), host, port, found["path"] or "/", found["query"])


def parse_source(text: str) -> S3Location | HttpLocation:
    """Read the location of a job's source. Errors: as :func:`parse_s3` and :func:`parse_http`."""
    return parse_http(text) if _SCHEME.match(text) else parse_s3(text)


def without_secrets(text: str) -> str:
    """Return a URL for people to read: no name and password, ``***`` for its query; any other text as it is."""
    found = _SECRETS.fullmatch(text)
    if found is None:
        return text
    return found["scheme"] + found["shown"] + (f"?{_HIDDEN}" if found["rest"] else "")


def parse(text: str) -> Location:
    """Read an ``s3://`` URI, a URL, a ``file://`` URI or a path; relative paths are taken from the current folder.

    ``..`` of a path is taken away by its letters, as a shell's ``cd`` does it: symbolic links are not followed.
    """
    if text.startswith("file://"):
        return _file(Path(unquote(urlsplit(text).path)))
    if _SCHEME.match(text):
        return parse_http(text)
    if "://" in text:
        return parse_s3(text)
    if not text or "\x00" in text:
        raise InvalidLocation("An empty string is not a location.")
    return _file(Path(text).expanduser())


def _file(path: Path) -> FileLocation:
    return FileLocation(Path("/", os.path.normpath(path.absolute()).lstrip("/")))  # POSIX keeps "//" apart from "/"
