"""Signature Version 4, checked from the server's side with botocore's own canonical forms.

Source: https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html
"""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import unquote

from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from cloudtranscode.devstack.call import Call

_HEADER = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<credential>[^, ]+),\s*SignedHeaders=(?P<headers>[^, ]+),"
    r"\s*Signature=(?P<signature>[0-9a-f]{64})"
)
_STAMP = "%Y%m%dT%H%M%SZ"
_SCOPE_PARTS = 5


@dataclass(frozen=True, slots=True)
class Signature:
    """What a request says about who signed it; ``expires`` is set for presigned URLs only."""

    access_key: str
    region: str
    service: str
    signed_headers: tuple[str, ...]
    value: str
    stamp: str
    token: str | None
    expires: datetime | None = None

    def matches(self, call: Call, secret: str) -> bool:
        """Whether ``secret`` makes this signature over ``call``."""
        headers = {name: call.headers[name] for name in self.signed_headers if name in call.headers}
        query = "&".join(part for part in call.query_string.split("&") if not part.startswith("X-Amz-Signature="))
        request = AWSRequest(
            method=call.method, url=f"http://devstack{call.path}?{query}", headers=headers, data=call.body
        )
        request.context["timestamp"] = self.stamp
        auth = self._scheme()(Credentials(self.access_key, secret), self.service, self.region)
        wanted = auth.signature(auth.string_to_sign(request, auth.canonical_request(request)), request)
        return "host" in headers and hmac.compare_digest(wanted, self.value)

    def _scheme(self) -> type[SigV4Auth]:
        if self.service != "s3":
            return SigV4Auth
        return S3SigV4QueryAuth if self.expires else S3SigV4Auth


def read_signature(call: Call) -> Signature | None:
    """Read the signature from the Authorization header or a presigned query; ``None`` when there is none."""
    found = _HEADER.fullmatch(call.headers.get("authorization", ""))
    if found:
        token, stamp = call.headers.get("x-amz-security-token"), call.headers.get("x-amz-date", "")
        return _signature(found["credential"], found["headers"], found["signature"], stamp, token)
    query = call.query
    if "X-Amz-Signature" not in query:
        return None
    expires = _expiry(query.get("X-Amz-Date", ""), query.get("X-Amz-Expires", ""))
    names = unquote(query.get("X-Amz-SignedHeaders", ""))
    token, stamp = query.get("X-Amz-Security-Token"), query.get("X-Amz-Date", "")
    return _signature(query.get("X-Amz-Credential", ""), names, query["X-Amz-Signature"], stamp, token, expires)


def _signature(
    credential: str, headers: str, value: str, stamp: str, token: str | None, expires: datetime | None = None
) -> Signature | None:
    scope = credential.split("/")
    if len(scope) != _SCOPE_PARTS:
        return None
    return Signature(scope[0], scope[2], scope[3], tuple(headers.split(";")), value, stamp, token, expires)


def _expiry(stamp: str, seconds: str) -> datetime:
    """When a presigned URL ends; the far past when its own words make no sense."""
    try:
        return datetime.strptime(stamp, _STAMP).replace(tzinfo=UTC) + timedelta(seconds=int(seconds))
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)
