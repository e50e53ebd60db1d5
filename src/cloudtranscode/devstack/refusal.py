"""What the devstack answers instead of doing it: an S3 or query-protocol error document.

Source: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
"""

from __future__ import annotations

from dataclasses import dataclass
from xml.sax.saxutils import escape


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error answer: S3's ``code``, its sentence, and the HTTP status."""

    code: str
    message: str
    status: int = 403

    def document(self, service: str) -> bytes:
        """The error as the XML of ``service`` (``s3``, or ``sts``/``iam``, which wrap it)."""
        error = f"<Code>{self.code}</Code><Message>{escape(self.message)}</Message>"
        if service == "s3":
            return f'<?xml version="1.0" encoding="UTF-8"?><Error>{error}</Error>'.encode()
        return f"<ErrorResponse><Error><Type>Sender</Type>{error}</Error></ErrorResponse>".encode()


ACCESS_DENIED = Refusal("AccessDenied", "Access Denied")
UNMAPPED = Refusal("NotImplemented", "The devstack does not know which permission this operation needs.", 501)
NO_SUCH_BUCKET = Refusal("NoSuchBucket", "The specified bucket does not exist", 404)
# AWS names the region besides, and the SDK then goes there by itself; other servers leave it out.
ELSEWHERE = Refusal("AuthorizationHeaderMalformed", "The request was signed for another region than the bucket's.", 400)
NO_SUCH_UPLOAD = Refusal(
    "NoSuchUpload",
    "The specified upload does not exist. It may have been aborted or completed.",
    404,
)
NO_SUCH_POLICY = Refusal("NoSuchBucketPolicy", "The bucket policy does not exist", 404)
NOT_OWNER = Refusal("MethodNotAllowed", "The specified method is not allowed against this resource.", 405)
ACL_NOT_SUPPORTED = Refusal("AccessControlListNotSupported", "The bucket does not allow ACLs", 400)
BAD_DIGEST = Refusal("BadDigest", "The Content-MD5 you specified did not match what we received.", 400)
BODY_MISMATCH = Refusal(
    "XAmzContentSHA256Mismatch", "The provided 'x-amz-content-sha256' header does not match what was computed.", 400
)
EXPIRED_TOKEN = Refusal("ExpiredToken", "The provided token has expired.", 400)
EXPIRED_REQUEST = Refusal("AccessDenied", "Request has expired")
INVALID_TOKEN = Refusal("InvalidToken", "The provided token is malformed or otherwise invalid.", 400)
UNKNOWN_KEY = Refusal("InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.")
BAD_SIGNATURE = Refusal(
    "SignatureDoesNotMatch",
    "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
)
OTHER_SIGNATURE = Refusal(
    "InvalidRequest",
    "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.",
    400,
)
INTERNAL = Refusal("InternalError", "We encountered an internal error. Please try again.", 500)
