"""Pairs of a policy and a request, put to a real gateway and to the evaluator; a world with accounts to ask them in.

Tenants of the gateway stand for accounts. What is said of a request in its context is read off the bytes that are
sent, as AWS's reference of S3's condition keys tells:
https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html
"""

import http.client
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from types_boto3_iam import IAMClient

from cloudtranscode.entitlements.bucket import Bucket, Encryption, Ownership
from cloudtranscode.entitlements.compiled import CompiledPolicies, compile_policies
from cloudtranscode.entitlements.evaluate import Decision, Effect, PolicySet
from cloudtranscode.entitlements.policy import Policy
from cloudtranscode.entitlements.principal import Principal, PrincipalKind
from cloudtranscode.entitlements.s3 import Call, decide, missing_key_status
from support.ceph import REGION, Keys, Rgw

Json = dict[str, Any]
BUCKET = "film"
HOME, AWAY = "111122223333", "444455556666"
OWNER = f"arn:aws:iam::{HOME}:user/owner"
# Who assumes which role.
ASSUMED_BY = {"clerk": f"arn:aws:iam::{HOME}:user/chief", "agent": f"arn:aws:iam::{AWAY}:user/boss"}
# The objects that are there, each with its tags. A "${" is an ordinary character of a key.
OBJECTS: Mapping[str, Mapping[str, str]] = {
    "reel.mov": {},
    "a/reel.mov": {"stage": "final"},
    "a/b/reel.mov": {"stage": "draft", "owner": "ann"},
    "A/reel.mov": {},
    "ann/reel.mov": {"stage": "Final"},
    "anonymous/reel.mov": {},
    "${aws:username}/reel.mov": {},
    "what?*.mov": {"owner": "bob"},
    "é/1:2 3+4.mov": {},
}
MISSING = ("gone.mov", "a/gone.mov")
BEGUN = "upload/reel.mov"  # what the owner has begun to upload
UPLOAD = "the-upload"  # stands for its id, which the gateway makes up


class Answer(StrEnum):
    """What a request comes to; a missing key that is owned up to (404) counts as allowed."""

    ALLOWED = "allowed"
    REFUSED = "refused"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Sent:
    """A request as it goes over the wire; ``operation`` is its name in the S3 API, ``key`` ``None`` for the bucket."""

    operation: str
    method: str
    key: str | None = None
    query: str = ""
    headers: Mapping[str, str] | None = None
    body: bytes = b""

    @property
    def all_headers(self) -> dict[str, str]:
        return {"User-Agent": "ct", **(self.headers or {})}

    def context(self, now: datetime) -> dict[str, tuple[str, ...]]:
        """The condition keys that S3 makes of this request, and those of every request from here by plain HTTP."""
        headers = {name.lower(): value for name, value in self.all_headers.items()}
        query = dict(parse_qsl(self.query, keep_blank_values=True))
        values = {
            "aws:SecureTransport": "false",
            "aws:CurrentTime": now.isoformat(timespec="seconds"),
            "aws:EpochTime": str(int(now.timestamp())),
            "aws:SourceIp": "127.0.0.1",
            "aws:UserAgent": headers["user-agent"],
        }
        values |= {f"s3:{name}": query[name] for name in ("prefix", "delimiter", "max-keys") if name in query}
        values |= {f"s3:{name}": headers[name] for name in ("x-amz-acl", "x-amz-storage-class") if name in headers}
        if "referer" in headers:
            values["aws:Referer"] = headers["referer"]
        values |= {f"s3:RequestObjectTag/{key}": value for key, value in self._tags(headers).items()}
        if self.operation in {"GetObject", "HeadObject", "GetObjectAcl", "GetObjectTagging", "PutObjectTagging"}:
            tags = OBJECTS.get(self.key or "", {})
            values |= {f"s3:ExistingObjectTag/{key}": value for key, value in tags.items()}
        return {key: (value,) for key, value in values.items()}

    def _tags(self, headers: Mapping[str, str]) -> Mapping[str, str]:
        if self.operation == "PutObjectTagging":
            return OBJECTS[self.key or ""]
        return dict(parse_qsl(headers.get("x-amz-tagging", "")))


@dataclass(frozen=True, slots=True)
class Member:
    """One of the cast: who it is, how it signs, and the bucket's address as it has to write it."""

    name: str
    principal: Principal
    keys: Keys | None
    foreign: bool  # of another tenant than the bucket


@dataclass(frozen=True, slots=True)
class Pair:
    """Policies and a request: all that has to be known to ask again."""

    who: str
    sent: Sent
    bucket_policy: Json | None = None
    identity: Json | None = None
    session: Json | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """A pair as the evaluator takes it; documents are JSON, so that they can be read another way than AWS does."""

    principal: Principal
    operation: str
    key: str | None
    context: Mapping[str, tuple[str, ...]]
    resource: tuple[Json, ...]
    identity: tuple[Json, ...]
    session: tuple[Json, ...] = ()
    acl: str | None = None
    exists: bool = True

    @property
    def call(self) -> Call:
        arn = f"arn:aws:s3:::{BUCKET}" + ("" if self.key is None else f"/{self.key}")
        return Call(self.operation, self.principal, arn, self.context, acl=self.acl, initiator=False)

    def decision(self) -> Decision:
        """What the evaluator says about the call itself."""
        bucket = Bucket(HOME, Ownership.WRITER, False, False, Encryption(), HOME, ())
        return decide(self.call, _compiled(json.dumps((self.identity, self.resource, self.session))), bucket)

    def listing(self) -> "Question":
        """Whether the bucket may be listed, on which the answer to a missing key rests."""
        return replace(self, operation="ListBucket", key=None, exists=True)

    def answer(self) -> Answer:
        decision = self.decision()
        if self.exists:
            return _ANSWERS[decision.effect]
        status = missing_key_status(decision, self.listing().decision())
        return {404: Answer.ALLOWED, 403: Answer.REFUSED, None: Answer.UNKNOWN}[status]


@lru_cache(1000)
def _compiled(documents: str) -> CompiledPolicies:
    identity, resource, session = (tuple(map(Policy.parse, layer)) for layer in json.loads(documents))
    return compile_policies(PolicySet(identity, resource, (), session, (), (), ()))


_ANSWERS = {
    Effect.ALLOW: Answer.ALLOWED,
    Effect.EXPLICIT_DENY: Answer.REFUSED,
    Effect.IMPLICIT_DENY: Answer.REFUSED,
    Effect.UNKNOWN: Answer.UNKNOWN,
}


class NotTaken(Exception):
    """The gateway refuses a policy document."""


ADMINISTRATOR: Json = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
}


class World:
    """The bucket ``film`` of the account ``HOME``, and who may ask for it: people and roles of three accounts.

    ``owner`` owns the bucket, which stands for a policy that allows everything. ``carl`` is of the default tenant.
    ``chief`` and ``boss``, who is of ``AWAY``, assume the roles ``clerk`` and ``agent`` and ask nothing themselves.
    Both roles are of ``HOME``: a session on this gateway cannot name another tenant's bucket.
    """

    def __init__(self, rgw: Rgw) -> None:
        self._rgw = rgw
        self._host = rgw.endpoint.removeprefix("http://")
        self._connection = http.client.HTTPConnection(self._host, timeout=30)
        users = {name: self._user(HOME, name) for name in ("owner", "ann", "chief")}
        users |= {name: self._user(AWAY, name) for name in ("bob", "boss")}
        self._users = users | {"carl": self._user("", "carl")}
        self._warden = self._user(HOME, "warden", "--admin")
        caps = ("--caps", "user-policy=*;roles=*")
        self._iam = {tenant: rgw.iam(self._user(tenant, "iam", *caps)) for tenant in ("", HOME, AWAY)}
        self._roles = {name: self._role(name, trusted) for name, trusted in ASSUMED_BY.items()}
        self._sts = {name: rgw.sts(self._users[trusted.rpartition("/")[2]]) for name, trusted in ASSUMED_BY.items()}
        self._attached: dict[str, str] = {}
        self._sessions: dict[tuple[str, str], Keys] = {}
        self.cast = {name: self._member(name) for name in ("owner", "ann", "bob", "carl", "clerk", "agent")}
        self.cast["nobody"] = Member("nobody", Principal.anonymous(), None, foreign=True)
        self._upload = ""
        self._furnish()

    def close(self) -> None:
        self._connection.close()

    def question(self, pair: Pair) -> Question:
        """The pair for the evaluator, with everything known that the request carries."""
        sent, principal = pair.sent, self.cast[pair.who].principal
        return Question(
            principal,
            sent.operation,
            sent.key,
            sent.context(datetime.now(UTC)),
            resource=(pair.bucket_policy,) if pair.bucket_policy else (),
            identity=((ADMINISTRATOR,) if pair.who == "owner" else ()) + ((pair.identity,) if pair.identity else ()),
            session=(pair.session,) if pair.session else (),
            acl=(sent.headers or {}).get("x-amz-acl"),
            exists=not (sent.operation in {"GetObject", "HeadObject"} and sent.key in MISSING),
        )

    def ask(self, pair: Pair) -> Answer:
        """Attach the pair's policies where they are not yet, send the request and read the answer.

        Errors: :class:`NotTaken`; ``AssertionError`` for an answer that says neither yes nor no.
        """
        self._attach_to_bucket(pair.bucket_policy)
        self._attach_to_identity(pair.who, pair.identity)
        member = self.cast[pair.who]
        keys = self._session(pair.who, pair.session) if pair.session else member.keys
        status, body = self._send(keys, pair.sent, foreign=member.foreign)
        text = body.decode(errors="replace")
        if status == 403 and (not text or "<Code>AccessDenied<" in text):
            return Answer.REFUSED
        assert status in {200, 204, 404, 412}, (pair, status, text)
        assert "NoSuchBucket" not in text, (pair, status, text)
        return Answer.ALLOWED

    # --- setting up -----------------------------------------------------------------------------------------------

    def _user(self, tenant: str, name: str, *more: str) -> Keys:
        keys = Keys(f"{name}-of-{tenant}", f"secret-of-{name}")
        given = ["--access-key", keys.access, "--secret-key", keys.secret, *more]
        self._rgw.admin("user", "create", "--tenant", tenant, "--uid", name, "--display-name", name, *given)
        return keys

    def _role(self, name: str, trusted: str) -> str:
        trust = {"Effect": "Allow", "Principal": {"AWS": trusted}, "Action": "sts:AssumeRole"}
        document = _compact({"Version": "2012-10-17", "Statement": [trust]})
        self._iam[HOME].create_role(RoleName=name, AssumeRolePolicyDocument=document)
        return f"arn:aws:iam::{HOME}:role/{name}"

    def _member(self, name: str) -> Member:
        if name in self._roles:
            principal = Principal.session(f"arn:aws:sts::{HOME}:assumed-role/{name}/night", self._roles[name])
            return Member(name, principal, self._session(name, None), foreign=False)
        tenant = {"bob": AWAY, "carl": ""}.get(name, HOME)
        principal = Principal.from_arn(f"arn:aws:iam::{tenant}:user/{name}")
        return Member(name, principal, self._users[name], foreign=tenant != HOME)

    def _session(self, name: str, policy: Json | None) -> Keys:
        text = _compact(policy) if policy else ""
        if (name, text) not in self._sessions:
            sts = self._sts[name]
            narrowed: dict[str, Any] = {"Policy": text} if text else {}
            try:
                answer = sts.assume_role(RoleArn=self._roles[name], RoleSessionName="night", **narrowed)
            except sts.exceptions.ClientError as error:
                raise NotTaken(text) from error
            found = answer["Credentials"]
            self._sessions[name, text] = Keys(found["AccessKeyId"], found["SecretAccessKey"], found["SessionToken"])
        return self._sessions[name, text]

    def _furnish(self) -> None:
        owner = self.cast["owner"].keys
        assert self._send(owner, Sent("CreateBucket", "PUT"))[0] == 200
        for key, tags in OBJECTS.items():
            put = Sent("PutObject", "PUT", key, headers={"x-amz-tagging": urlencode(tags)} if tags else {}, body=b"x")
            assert self._send(owner, put)[0] == 200, key
        begun = self._send(owner, Sent("CreateMultipartUpload", "POST", BEGUN, "uploads"))[1].decode()
        self._upload = begun.partition("<UploadId>")[2].partition("<")[0]

    # --- policies and requests ------------------------------------------------------------------------------------

    def _attach_to_bucket(self, policy: Json | None) -> None:
        text = _compact(policy) if policy else ""
        if self._attached.get("bucket", "") == text:
            return
        method = "PUT" if policy else "DELETE"
        status, body = self._send(self._warden, Sent("BucketPolicy", method, query="policy", body=text.encode()))
        if status == 400:
            raise NotTaken(text, body)
        assert status in {200, 204}, (text, status, body)
        self._attached["bucket"] = text

    def _attach_to_identity(self, name: str, policy: Json | None) -> None:
        text = _compact(policy) if policy else ""
        if name == "nobody" or self._attached.get(name, "") == text:
            return
        iam = self._iam[self.cast[name].principal.account or ""]
        try:
            _put_inline(iam, self.cast[name], text)
        except iam.exceptions.ClientError as error:
            raise NotTaken(text) from error
        self._attached[name] = text

    def _send(self, keys: Keys | None, sent: Sent, *, foreign: bool = False) -> tuple[int, bytes]:
        bucket = quote(f"{HOME}:{BUCKET}" if foreign else BUCKET)
        path = f"/{bucket}" + ("" if sent.key is None else f"/{quote(sent.key, safe='/~')}")
        query = sent.query.replace(UPLOAD, self._upload)
        target = f"{path}?{query}" if query else path
        request = AWSRequest(sent.method, self._rgw.endpoint + target, headers=sent.all_headers, data=sent.body)
        if keys:
            S3SigV4Auth(Credentials(keys.access, keys.secret, keys.token), "s3", REGION).add_auth(request)
        self._connection.request(sent.method, target, body=sent.body, headers=dict(request.headers.items()))
        answer = self._connection.getresponse()
        return answer.status, answer.read()


def _put_inline(iam: IAMClient, member: Member, text: str) -> None:
    if member.principal.kind is PrincipalKind.ROLE:
        role = {"RoleName": member.name, "PolicyName": "own"}
        iam.put_role_policy(**role, PolicyDocument=text) if text else iam.delete_role_policy(**role)
        return
    tenant = member.principal.account
    user = {"UserName": f"{tenant}${member.name}" if tenant else member.name, "PolicyName": "own"}
    iam.put_user_policy(**user, PolicyDocument=text) if text else iam.delete_user_policy(**user)


def _compact(policy: Json) -> str:
    """Without blanks, which this gateway's IAM and STS take for plus signs."""
    return json.dumps(policy, separators=(",", ":"))


def shrink(pair: Pair, still: Callable[[Pair], bool]) -> Pair:
    """Take away documents, statements, conditions and list items one at a time while ``still`` holds of the rest."""
    for smaller in _smaller(pair):
        if still(smaller):
            return shrink(smaller, still)
    return pair


def _smaller(pair: Pair) -> Iterator[Pair]:
    for layer in ("session", "identity", "bucket_policy"):
        policy = getattr(pair, layer)
        less = [None, *({**policy, "Statement": fewer} for fewer in _fewer(policy["Statement"]))] if policy else []
        for one in less:
            changed: dict[str, Any] = {layer: one}
            yield replace(pair, **changed)


def _fewer(value: Any) -> Iterator[Any]:
    """The same JSON with one part less; no list is emptied, and of a statement only its conditions are taken."""
    if isinstance(value, list):
        for index, item in enumerate(value):
            if len(value) > 1:
                yield value[:index] + value[index + 1 :]
            for less in _fewer(item):
                yield [*value[:index], less, *value[index + 1 :]]
    elif isinstance(value, dict):
        for name, item in value.items():
            rest = {other: kept for other, kept in value.items() if other != name}
            if name == "Condition" or (rest and "Effect" not in value):
                yield rest
            for less in _fewer(item):
                yield {**value, name: less}
