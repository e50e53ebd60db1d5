"""The server: moto behind the gate, on a port of this machine."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from io import BytesIO
from threading import Thread
from types import TracebackType
from typing import TYPE_CHECKING, Self

from flask import Flask
from moto.core.request import PRESERVED_HEADER_NAMES_ENVIRON_KEY
from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import BaseWSGIServer, make_server
from werkzeug.wrappers import Response

from cloudtranscode.devstack import refusal
from cloudtranscode.devstack.audit import Audit, Record
from cloudtranscode.devstack.backend import Backend
from cloudtranscode.devstack.call import Call
from cloudtranscode.devstack.gate import Gate, Judgement
from cloudtranscode.devstack.ownership import holding
from cloudtranscode.devstack.refusal import Refusal

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

AUDIT_PATH = "/_devstack/requests"
_HOST = "127.0.0.1"
_POLL_SECONDS = 0.05  # how long a stop may take to be noticed
_UPLOAD_ID = re.compile(r"<UploadId>([^<]+)</UploadId>")
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
_SIMULATED = (
    "<SimulatePrincipalPolicyResponse><SimulatePrincipalPolicyResult><EvaluationResults><member>"
    "<OrganizationsDecisionDetail><AllowedByOrganizations>{allowed}</AllowedByOrganizations>"
    "</OrganizationsDecisionDetail></member></EvaluationResults></SimulatePrincipalPolicyResult>"
    "</SimulatePrincipalPolicyResponse>"
)
_LOG = logging.getLogger(__name__)


class Devstack:
    """An S3, STS and IAM with any number of accounts, on 127.0.0.1 at ``port`` (0: any free one).

    A context manager. moto's state belongs to the process: starting and stopping empty it, so a process runs one
    devstack at a time. ``clock`` decides when sessions and presigned URLs end.
    ``if_match_needs_read`` makes a conditional write need s3:GetObject too, as AWS documents it; RADOS Gateway does
    not ask for it.
    """

    def __init__(
        self,
        port: int = 0,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        if_match_needs_read: bool = False,
    ) -> None:
        self.backend = Backend()
        self._audit = Audit()
        gate = Gate(self.backend, clock, if_match_needs_read=if_match_needs_read)
        self._application = Application(self.backend, gate, self._audit, clock)
        self._port = port
        self._server: BaseWSGIServer | None = None
        self._thread: Thread | None = None

    @property
    def endpoint(self) -> str:
        """The URL to give as AWS_ENDPOINT_URL."""
        return f"http://{_HOST}:{self._port}"

    @property
    def requests(self) -> Sequence[Record]:
        """What was asked so far; also at ``/_devstack/requests``."""
        return self._audit.records()

    def start(self) -> None:
        """Bind the port and serve from a thread; returns when requests are accepted."""
        self.backend.reset()
        self._server = make_server(_HOST, self._port, self._application, threaded=True, request_handler=_QuietHandler)
        self._port = self._server.server_port
        self._thread = Thread(target=self._server.serve_forever, args=(_POLL_SECONDS,), name="devstack", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Close the port and forget everything; a second time does nothing."""
        if self._server is None or self._thread is None:
            return
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._server = self._thread = None
        self.backend.reset()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class Application:
    """The WSGI application: judge, act, record."""

    def __init__(self, backend: Backend, gate: Gate, audit: Audit, clock: Callable[[], datetime]) -> None:
        self._backend = backend
        self._gate = gate
        self._audit = audit
        self._clock = clock
        self._apps: dict[str, Flask] = {}

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        call = _read_call(environ)
        return self._answer(call, environ)(environ, start_response)

    def _answer(self, call: Call, environ: WSGIEnvironment) -> Response:
        if call.path == AUDIT_PATH and call.method == "GET":
            listed = [record.to_dict() for record in self._audit.records()]
            return Response(json.dumps(listed), mimetype="application/json")
        judgement = Judgement("s3", refusal=refusal.INTERNAL)
        try:
            judgement = self._gate.judge(call)
            response = _refuse(judgement) if judgement.refusal else self._act(call, judgement, environ)
        except Exception:  # noqa: BLE001  # whatever moto raises, an S3 client is owed an answer
            _LOG.exception("Failed at %s %s", call.method, call.target)
            response = _error(refusal.INTERNAL, judgement.service)
        self._record(call, judgement, response.status_code)
        return response

    def _record(self, call: Call, judgement: Judgement, status: int) -> None:
        self._audit.add(
            time=self._clock().isoformat(),
            method=call.method,
            target=call.target,
            principal=judgement.caller.arn if judgement.caller else "anonymous",
            actions=tuple(need.action for need in judgement.needs),
            resources=tuple(need.resource for need in judgement.needs),
            decision=judgement.refusal.code if judgement.refusal else "allowed",
            status=status,
        )

    def _act(self, call: Call, judgement: Judgement, environ: WSGIEnvironment) -> Response:
        if judgement.service != "s3":
            simulation = self._simulate(call, judgement)
            return simulation or self._forward(call, judgement, environ)
        if judgement.needs[0].action.endswith("BucketPolicy"):
            return self._handle_policy(call)
        if judgement.needs[0].action == "s3:GetBucketRequestPayment":
            return self._tell_payer(call.bucket)
        response = self._forward(call, judgement, environ)
        if response.status_code == 200:  # noqa: PLR2004  # what S3 answers to every write that has a body or a key
            self._note(call, judgement, response)
        return response

    def _handle_policy(self, call: Call) -> Response:
        if call.method == "GET":
            bucket = self._backend.bucket(call.bucket)
            return Response(bucket.policy if bucket else b"", mimetype="application/json")
        self._backend.put_policy(call.bucket, call.body if call.method == "PUT" else None)
        return Response(status=204)

    def _simulate(self, call: Call, judgement: Judgement) -> Response | None:
        """Answer IAM's simulator as far as organizations are concerned, which is all that anybody asks of it here."""
        if call.form.get("Action") != "SimulatePrincipalPolicy" or judgement.caller is None:
            return None
        allowed = self._gate.organization_allows(
            judgement.caller, call.form["ActionNames.member.1"], call.form["ResourceArns.member.1"]
        )
        body = _SIMULATED.format(allowed=str(allowed).lower())
        return Response(body, mimetype="application/xml")

    def _tell_payer(self, bucket: str) -> Response:
        payer = "Requester" if bucket in self._backend.planted.requester_pays else "BucketOwner"
        body = f"<RequestPaymentConfiguration><Payer>{payer}</Payer></RequestPaymentConfiguration>"
        return Response(body, mimetype="application/xml")

    def _forward(self, call: Call, judgement: Judgement, environ: WSGIEnvironment) -> Response:
        """Hand the call to moto, with nothing in it that would make moto decide for itself who calls or for what."""
        app = self._apps.get(judgement.service)
        if app is None:
            app = self._apps[judgement.service] = self._backend.application(judgement.service)
        inner = {**environ, "wsgi.input": BytesIO(call.body), "CONTENT_LENGTH": str(len(call.body))}
        for name in ("wsgi.input_terminated", "HTTP_TRANSFER_ENCODING"):
            inner.pop(name, None)
        if judgement.service == "s3" and inner.get("CONTENT_TYPE", "").startswith(_FORMS):
            inner["CONTENT_TYPE"] = "binary/octet-stream"  # or moto takes the object for the query
        inner["HTTP_HOST"] = "localhost"  # any other host name could be taken for a bucket's
        inner.setdefault("HTTP_AUTHORIZATION", "anonymous")  # or moto looks for public ACLs
        if judgement.caller is not None:
            inner["HTTP_X_MOTO_ACCOUNT_ID"] = judgement.caller.account
        if judgement.needs[0].action == "s3:CreateBucket":  # the default since April 2023
            inner.setdefault("HTTP_X_AMZ_OBJECT_OWNERSHIP", "BucketOwnerEnforced")
        return Response.from_app(app, inner, buffered=True)

    def _note(self, call: Call, judgement: Judgement, response: Response) -> None:
        """Keep what moto does not: which account owns a new object, and the ACL of an upload until it is completed."""
        own, bucket = judgement.needs[0], self._backend.bucket(call.bucket)
        if own.action not in ("s3:PutObject", "s3:PutObjectAcl") or bucket is None or "partNumber" in call.query:
            return
        acl = call.headers.get("x-amz-acl")
        if "uploads" in call.query:
            found = _UPLOAD_ID.search(response.get_data(as_text=True))
            self._backend.note_upload(found[1] if found else "", acl)
            return
        if "uploadId" in call.query:
            acl = self._backend.upload_acl(call.query["uploadId"])
        writer = judgement.caller.account if judgement.caller else bucket.account
        if own.action == "s3:PutObjectAcl":  # changes who reads, not who owns
            present = self._backend.holding(own.bucket, own.key)
            writer = present.owner if present else writer
        self._backend.note_holding(own.bucket, own.key, holding(bucket.ownership, writer, bucket.account, acl))


class _QuietHandler(MotoRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        _LOG.debug("%s %s %s", self.requestline, code, size)


def _read_call(environ: WSGIEnvironment) -> Call:
    length = environ.get("CONTENT_LENGTH")
    stream = environ["wsgi.input"]
    body = stream.read() if environ.get("wsgi.input_terminated") else stream.read(int(length or 0))
    return Call(environ["REQUEST_METHOD"], environ["RAW_URI"], _headers(environ), body)


def _headers(environ: WSGIEnvironment) -> dict[str, str]:
    kept: dict[str, str] = environ.get(PRESERVED_HEADER_NAMES_ENVIRON_KEY) or {}
    headers = {"content-type": environ.get("CONTENT_TYPE"), "content-length": environ.get("CONTENT_LENGTH")}
    for name, value in environ.items():
        if name.startswith("HTTP_"):
            headers[kept.get(name, name.removeprefix("HTTP_").replace("_", "-")).lower()] = value
    return {name: value for name, value in headers.items() if value is not None}


def _refuse(judgement: Judgement) -> Response:
    found = judgement.refusal or refusal.INTERNAL
    if judgement.service != "s3" and found is refusal.UNKNOWN_KEY:  # the query services have their own word
        found = Refusal("InvalidClientTokenId", "The security token included in the request is invalid.")
    return _error(found, judgement.service)


def _error(found: Refusal, service: str) -> Response:
    return Response(found.document(service), found.status, mimetype="application/xml")
