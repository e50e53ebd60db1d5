"""Attempts that tell why S3 refuses: each changes one thing about the request of a job, and none leaves a trace.

Reading asks for one byte. Writing bears a wrong MD5 and a condition that cannot hold, so that it is refused after the
permission was checked. The answers are values, never exceptions: a refusal is what is being looked at.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import boto3
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from cloudtranscode.entitlements.explain.answer import Answer, Verdict, cause_of_code
from cloudtranscode.entitlements.explain.evidence import Access, Probe
from cloudtranscode.entitlements.needs import PROBE_NAME
from cloudtranscode.location import S3Location
from cloudtranscode.storage.faults import SDK_ERRORS, code_of, status_of
from cloudtranscode.storage.s3 import s3_client

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

_FORBIDDEN, _RANGE = 403, 416
_MANY = 1000  # keys in one page of a listing
_WRONG_MD5 = "AAAAAAAAAAAAAAAAAAAAAA=="
_NO_ETAG = '"cloudtranscode-probe"'
_HAND_OVER = "bucket-owner-full-control"
# What a server answers to a write that it would have permitted; a bucket without ACLs owns all that is written.
_PERMITTED = frozenset(
    {"BadDigest", "InvalidDigest", "PreconditionFailed", "NoSuchKey", "412", "404", "AccessControlListNotSupported"}
)
_ABSENT = frozenset({"NoSuchKey", "NoSuchVersion", "404"})

Ask = Callable[[], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Listing:
    """What a listing showed: whether ``key`` is there, keys that differ from it in case alone, another object."""

    exists: bool
    similar: tuple[str, ...] = ()
    neighbour: str | None = None


class Prober:
    """Attempts with one session's credentials. ``owner`` is the account that jobs expect to own the bucket."""

    def __init__(self, session: boto3.Session, owner: str | None = None) -> None:
        self._session = session
        self._client = s3_client(session)
        self._owner: dict[str, Any] = {"ExpectedBucketOwner": owner} if owner else {}

    @property
    def endpoint(self) -> str:
        """The URL that requests go to."""
        return str(self._client.meta.endpoint_url)

    def ask(self, access: Access, target: S3Location) -> Answer:
        """Make the request as a job makes it; a write asks for a name of its own in the target's folder."""
        return self._read(target, **self._owner) if access is Access.READ else self._write(access, target)

    def vary(self, access: Access, target: S3Location) -> Iterator[tuple[Probe, Answer]]:
        """Make the request with one thing changed at a time."""
        if access is not Access.READ:
            yield from self._vary_write(access, target)
            return
        if self._owner:
            yield Probe.ANY_OWNER, self._read(target)
        yield Probe.PAYING, self._read(target, RequestPayer="requester", **self._owner)
        yield Probe.UNSIGNED, _read(self._unsigned(), target)

    def accepts_credentials(self) -> bool | None:
        """Whether the server takes the credentials for valid: then it says that a made-up bucket does not exist.

        A RADOS Gateway with STS answers AccessDenied to unknown keys, as it does to missing permissions.
        """
        answer = self._read(S3Location(f"cloudtranscode-{secrets.token_hex(16)}", "none"))
        if answer.code == "NoSuchBucket":
            return True
        return False if answer.refused else None

    def look_around(self, target: S3Location, prefix: S3Location) -> tuple[Answer, Listing | None]:
        """Look for the target by listing, and around it under ``prefix``; ``None`` when listing is refused."""
        answer, exact = self._page(target.bucket, target.key, 1)
        if answer.verdict is not Verdict.ALLOWED:
            return answer, None
        folder = f"{prefix.key.rstrip('/')}/" if prefix.key else ""
        _, around = self._page(target.bucket, folder, _MANY)
        others = [key for key in around if key != target.key and not key.endswith("/")]
        similar = tuple(key for key in others if key.lower() == target.key.lower())
        return answer, Listing(target.key in exact, similar, next(iter(others), None))

    def _vary_write(self, access: Access, target: S3Location) -> Iterator[tuple[Probe, Answer]]:
        if self._owner:
            yield Probe.ANY_OWNER, self._write(access, target, owner={})
        yield Probe.PAYING, self._write(access, target, RequestPayer="requester")
        if access is Access.WRITE:
            yield Probe.WITH_ACL, self._write(access, target, ACL=_HAND_OVER)
        encrypted = self._write(access, target, ServerSideEncryption="AES256")
        if encrypted.refused:
            encrypted = self._write(access, target, ServerSideEncryption="aws:kms")
        yield Probe.ENCRYPTED, encrypted
        if target.folder.key:
            yield Probe.ELSEWHERE, self._write(access, S3Location(target.bucket, PROBE_NAME))

    def _read(self, target: S3Location, **headers: Any) -> Answer:
        return _read(self._client, target, **headers)

    def _write(
        self, access: Access, target: S3Location, *, owner: dict[str, Any] | None = None, **headers: Any
    ) -> Answer:
        probe = asked_for(access, target)
        acl = {"ACL": _HAND_OVER} if access is Access.CLIENT_READ else {}
        asked = {**acl, **headers, **(self._owner if owner is None else owner)}

        def put(**condition: Any) -> Answer:
            return _answered(
                lambda: self._client.put_object(
                    Bucket=probe.bucket, Key=probe.key, Body=b"", ContentMD5=_WRONG_MD5, **condition, **asked
                ),
                _judge_write,
            )

        answer = put(IfMatch=_NO_ETAG)
        # AWS wants s3:GetObject, too, for a write that names an ETag.
        return put() if answer.code == "AccessDenied" else answer

    def _page(self, bucket: str, prefix: str, most: int) -> tuple[Answer, list[str]]:
        """The first keys under a prefix; none where listing is refused."""
        keys: list[str] = []

        def ask() -> Mapping[str, Any]:
            page = self._client.list_objects_v2(Bucket=bucket, Prefix=prefix, MaxKeys=most, **self._owner)
            keys.extend(entry["Key"] for entry in page.get("Contents", ()))
            return page

        return _answered(ask, _judge_read), keys

    def _unsigned(self) -> S3Client:
        known = self._client.meta.config
        config = Config(signature_version=UNSIGNED, s3=known.s3, retries={"total_max_attempts": 1})  # type: ignore[attr-defined]  # made from the options
        return self._session.client("s3", config=config, endpoint_url=self.endpoint)


def asked_for(access: Access, target: S3Location) -> S3Location:
    """Return the object that is really asked for: a write never names an object that may exist."""
    return target if access is Access.READ else target.folder.child(PROBE_NAME)


def _read(client: S3Client, target: S3Location, **headers: Any) -> Answer:
    def ask() -> Mapping[str, Any]:
        answer = client.get_object(Bucket=target.bucket, Key=target.key, Range="bytes=0-0", **headers)
        answer["Body"].close()
        return answer

    return _answered(ask, _judge_read)


def _answered(ask: Ask, judge: Callable[[str, int], Verdict]) -> Answer:
    try:
        answer = ask()
    except ClientError as error:
        details, about = error.response.get("Error", {}), error.response.get("ResponseMetadata", {})
        code, status = code_of(error), status_of(error)
        verdict = judge(code, status)
        message, request = details.get("Message") or "", about.get("RequestId") or ""
        answered = Answer(verdict, status, code, message, request)
        return _refused(answered) if verdict is Verdict.FAULT and cause_of_code(answered) else answered
    except SDK_ERRORS as error:
        return Answer(Verdict.FAULT, 0, type(error).__name__, str(error))
    about = answer.get("ResponseMetadata", {})
    return Answer(Verdict.ALLOWED, about.get("HTTPStatusCode", 200), request_id=about.get("RequestId") or "")


def _refused(answer: Answer) -> Answer:
    """A code that stands for a cause of its own says no, whatever its status: an expired token is a 400."""
    return replace(answer, verdict=Verdict.REFUSED)


def _judge_read(code: str, status: int) -> Verdict:
    if code in _ABSENT:
        return Verdict.ABSENT
    if status == _RANGE:  # an empty object has no first byte
        return Verdict.ALLOWED
    return Verdict.REFUSED if status == _FORBIDDEN else Verdict.FAULT


def _judge_write(code: str, status: int) -> Verdict:
    if code in _PERMITTED:
        return Verdict.ALLOWED
    return Verdict.REFUSED if status == _FORBIDDEN else Verdict.FAULT
