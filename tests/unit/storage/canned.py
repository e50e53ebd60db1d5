"""An S3 client whose server is a list of answers: what it was asked is kept, nothing goes over a network."""

import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, cast

import boto3
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders
from types_boto3_s3 import S3Client
from urllib3 import HTTPResponse

from cloudtranscode.storage.s3 import Addressing, s3_client


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


def refusal(status: int, code: str) -> Answer:
    return Answer(status, f"<Error><Code>{code}</Code><Message>{code}</Message></Error>".encode())


class Canned:
    """Answers in the order given; ``asked`` holds the requests."""

    def __init__(self, *answers: Answer) -> None:
        self._answers = list(answers)
        self.asked: list[AWSPreparedRequest] = []

    def client(self, session: boto3.Session, *, addressing: Addressing = "auto") -> S3Client:
        client = s3_client(session, addressing=addressing)
        client.meta.events.register("before-send.s3", cast("Callable[..., None]", self._answer))
        return client

    @property
    def lines(self) -> list[str]:
        """Method and path of each request."""
        return [f"{asked.method} {asked.url.split('/', 3)[3]}" for asked in self.asked]

    def header(self, name: str) -> list[str | None]:
        """One header of each request."""
        return [_text(asked.headers.get(name)) for asked in self.asked]

    def _answer(self, request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        self.asked.append(request)
        answer = self._answers.pop(0)
        headers = {"content-length": str(len(answer.body)), **answer.headers}
        raw = HTTPResponse(
            io.BytesIO(answer.body), headers, answer.status, preload_content=False, request_method=request.method
        )
        return AWSResponse(request.url, answer.status, HTTPHeaders.from_dict(headers), raw)


def _text(value: bytes | str | None) -> str | None:
    return value.decode() if isinstance(value, bytes) else value


def xml(root: str, **fields: str) -> bytes:
    return _element(root, (_element(name, [text]) for name, text in fields.items())).encode()


def _element(name: str, inner: Iterable[str]) -> str:
    return f"<{name}>{''.join(inner)}</{name}>"
