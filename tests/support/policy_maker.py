"""Policies and requests made up from a seed: wide enough to allow something, odd enough to find errors."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any
from urllib.parse import quote, urlencode

from support.differential import AWAY, BEGUN, BUCKET, HOME, MISSING, OBJECTS, UPLOAD, Json, Pair, Sent

_ACTIONS = (
    *("s3:*",) * 4,
    *("s3:GetObject",) * 4,
    *("*", "s3:Get*", "S3:getobject", "s3:?etObject", "s3:GetObject*", "s3:*Object", "s3:*ObjectT*", "s3:Put*"),
    *("s3:PutObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload", "s3:List*", "s3:listbucket"),
    *("s3:ListBucket", "s3:ListBucket*", "s3:GetBucketLocation", "s3:GetObjectAcl", "s3:GetObjectTagging", "s3:*Put*"),
    *("s3:PutObjectAcl", "s3:PutObjectTagging", "s3:ListMultipartUploadParts", "s3:ListBucketVersions", "iam:*"),
)
_ARN = f"arn:aws:s3:::{BUCKET}"
_RESOURCES = (
    *("*", "arn:aws:s3:::*", "arn:aws:s3:::fi*", "arn:aws:s3:::f?lm/*", "arn:aws:s3:::FILM/*", "arn:aws:s3:::other/*"),
    *("arn:*:s3:::film/a/*", "arn:aws:*:*:*:film*"),
    *(f"{_ARN}{rest}" for rest in ("", "*", "/", "/*", "/*", "/a/*", "/a*", "/A/*", "/a/b*", "/g*", "/é/*", "/new/*")),
    *(f"{_ARN}{rest}" for rest in ("/upload/*", "/reel.mov", "/*.mov", "/*/reel.mov", "/????.mov", "/?/*", "/??/*")),
    *(f"{_ARN}{rest}" for rest in ("/what${?}*", "/what${*}*", "/${$}*")),
)
PEOPLE = {
    "owner": f"arn:aws:iam::{HOME}:user/owner",
    "ann": f"arn:aws:iam::{HOME}:user/ann",
    "chief": f"arn:aws:iam::{HOME}:user/chief",
    "bob": f"arn:aws:iam::{AWAY}:user/bob",
    "carl": "arn:aws:iam:::user/carl",
    "clerk": f"arn:aws:iam::{HOME}:role/clerk",
    "boss": f"arn:aws:iam::{AWAY}:user/boss",
    "agent": f"arn:aws:iam::{HOME}:role/agent",
    "clerk's night": f"arn:aws:sts::{HOME}:assumed-role/clerk/night",
    "agent's night": f"arn:aws:sts::{HOME}:assumed-role/agent/night",
    "clerk's day": f"arn:aws:sts::{HOME}:assumed-role/clerk/day",
    "home": f"arn:aws:iam::{HOME}:root",
    "away": f"arn:aws:iam::{AWAY}:root",
    "home's number": HOME,
    "away's number": AWAY,
    "stranger": "arn:aws:iam::999988887777:user/ann",
}
_SUBJECTS = ("owner", "ann", "ann", "bob", "bob", "carl", "clerk", "clerk", "agent", "nobody")
_Values = Mapping[str, Sequence[str]]
# Condition keys and the values to compare them with, as operators of their family take them.
_STRINGS: _Values = {
    "s3:prefix": ("a/", "a/b", "A/", "", "a/*", "?/"),
    "s3:delimiter": ("/", "-"),
    "s3:x-amz-acl": ("private", "bucket-owner-full-control", "bucket-*", "public-read"),
    "aws:UserAgent": ("ct", "CT", "c?", "*", "other"),
    "aws:Referer": ("https://films.example/", "https://*", "HTTPS://FILMS.EXAMPLE/", "*/", "arn:*"),
    "aws:username": ("ann", "bob", "a*", "owner", "carl", "anonymous", "chief"),
    "s3:ExistingObjectTag/stage": ("final", "draft", "Final", "f*", "*"),
    "s3:ExistingObjectTag/owner": ("ann", "${aws:username}", "bob"),
    "s3:RequestObjectTag/stage": ("final", "draft", "?raft"),
    "aws:SourceIp": ("127.0.0.1", "127.*"),
    "aws:PrincipalType": ("User", "AssumedRole", "Anonymous"),
    "aws:PrincipalAccount": (HOME, AWAY),
    "aws:PrincipalArn": (PEOPLE["ann"], PEOPLE["clerk"], "arn:aws:iam::*:user/*"),
    "aws:FederatedProvider": ("nobody",),
}
_NUMBERS: _Values = {"s3:max-keys": ("1", "10", "10.0", "1000", "0", "ten")}
_DATES: _Values = {
    "aws:CurrentTime": ("2020-01-01T00:00:00Z", "2037-12-31T23:59:59Z", "1262304000", "4102444800", "2020-01-01"),
    "aws:EpochTime": ("1262304000", "4102444800", "2020-01-01T00:00:00Z"),
}
_ADDRESSES: _Values = {
    "aws:SourceIp": ("127.0.0.1", "127.0.0.0/8", "127.0.0.1/32", "10.0.0.0/8", "0.0.0.0/0", "::1", "::/0")
}
_BOOLEANS: _Values = {"aws:SecureTransport": ("true", "false"), "aws:MultiFactorAuthPresent": ("true", "false")}
_ARNS: _Values = {
    "aws:PrincipalArn": _STRINGS["aws:PrincipalArn"],
    "aws:Referer": ("arn:aws:s3:::studio", "arn:aws:*:::studio", "arn:aws:s3:::*", "arn:aws:s3:::"),
}
_COMPARED = ("LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals", "Equals", "NotEquals")
_FAMILIES: tuple[tuple[Sequence[str], _Values], ...] = (
    *((("StringEquals", "StringLike", "StringNotEquals", "StringNotLike"), _STRINGS),) * 5,
    (("StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase"), _STRINGS),
    (tuple(f"Numeric{name}" for name in _COMPARED), _NUMBERS),
    (tuple(f"Date{name}" for name in _COMPARED), _DATES),
    (("IpAddress", "NotIpAddress"), _ADDRESSES),
    (("Bool",), _BOOLEANS),
    (("ArnLike", "ArnNotLike", "ArnEquals", "ArnNotEquals"), _ARNS),
)
_SEVERAL = ("StringEquals", "StringEqualsIgnoreCase", "StringLike")


@dataclass(frozen=True, slots=True)
class PolicyMaker:
    """Makes one of each thing after another; the same ``random`` makes the same."""

    random: Random

    def batch(self, size: int) -> Iterator[Pair]:
        """Pairs that share their policies, so that these need not be attached anew each time."""
        made = self.focused if self.random.random() < 0.4 else lambda: self.policy(principals=True)
        bucket_policy = self._maybe(0.95, made)
        identities = {
            name: self._maybe(0.35, self.policy) for name in ("ann", "bob", "clerk", "agent", "carl", "owner")
        }
        sessions = {name: self._maybe(0.5, self.session_policy) for name in ("clerk", "agent")}
        for _ in range(size):
            who = self.random.choice(_SUBJECTS)
            session = sessions.get(who) if self.random.random() < 0.5 else None
            yield Pair(who, self.sent(), bucket_policy, identities.get(who), session)

    def policy(self, *, principals: bool = False) -> Json:
        statements = [self._statement(principals=principals) for _ in range(self.random.choice((1, 1, 2, 2, 3, 4, 6)))]
        version = self.random.choice(("2012-10-17", "2012-10-17", "2012-10-17", "2008-10-17", None))
        return ({"Version": version} if version else {}) | {"Statement": statements}

    def focused(self) -> Json:
        """Everything for everybody but for one condition, on which it then rests."""
        operator, key, values = self._condition()
        wide = {"Principal": "*", "Action": "s3:*", "Resource": "*"}
        tested = {**wide, "Condition": {operator: {key: values}}}
        granting = [{"Effect": "Allow", **tested}]
        denying = [{"Effect": "Allow", **wide}, {"Effect": "Deny", **tested}]
        return {"Version": "2012-10-17", "Statement": self.random.choice((granting, denying))}

    def session_policy(self) -> Json:
        """Mostly a wide one; else hardly a session would be allowed anything."""
        if self.random.random() < 0.5:
            return self.policy()
        wide = {"Effect": "Allow", "Action": "s3:*", "Resource": self.random.choice(("*", f"{_ARN}/*", f"{_ARN}*"))}
        return {"Version": "2012-10-17", "Statement": [wide]}

    def sent(self) -> Sent:
        return self._with_headers(self._request())

    # --- policies -------------------------------------------------------------------------------------------------

    def _statement(self, *, principals: bool) -> Json:
        effect = "Allow" if self.random.random() < 0.72 else "Deny"
        written: Json = {"Effect": effect}
        if principals:
            written["NotPrincipal" if self.random.random() < 0.07 else "Principal"] = self._principal()
        wide = effect == "Allow" and self.random.random() < 0.5
        actions = ["s3:*"] if wide else self._some(_ACTIONS)
        written["NotAction" if self.random.random() < 0.06 else "Action"] = self._listed(actions)
        resources = self._some((_ARN, f"{_ARN}/*", f"{_ARN}*", "*")) if wide else self._some(_RESOURCES)
        written["NotResource" if self.random.random() < 0.08 else "Resource"] = self._listed(resources)
        conditions = self._conditions()
        return written | ({"Condition": conditions} if conditions else {})

    def _principal(self) -> Any:
        if self.random.random() < 0.3:
            return self.random.choice(("*", {"AWS": "*"}, {"AWS": ["*"]}, {"AWS": ["*", PEOPLE["ann"]]}))
        return {"AWS": self._listed(self._some(tuple(PEOPLE.values()), most=6))}

    def _conditions(self) -> Json:
        written: Json = {}
        for _ in range(self.random.choice((0, 0, 0, 1, 1, 2))):
            operator, key, values = self._condition()
            written.setdefault(operator, {})[key] = self._listed(values)
        return written

    def _condition(self) -> tuple[str, str, list[str]]:
        operators, keys = self.random.choice(_FAMILIES)
        operator, key = self.random.choice(operators), self.random.choice(tuple(keys))
        values = self._some(keys[key], most=2)
        if self.random.random() < 0.07:
            return "Null", key, [self.random.choice(("true", "false"))]
        if operator in _SEVERAL and self.random.random() < 0.15:
            operator = f"{self.random.choice(('ForAllValues', 'ForAnyValue'))}:{operator}"
        elif self.random.random() < 0.15:
            operator += "IfExists"
        return operator, key if self.random.random() < 0.97 else key.lower(), values

    # --- requests -------------------------------------------------------------------------------------------------

    def _request(self) -> Sent:
        key = self.random.choice(tuple(OBJECTS))
        place = self.random.choice(("new/reel.mov", "a/new.mov", "ann/new.mov"))
        tags = "".join(f"<Tag><Key>{name}</Key><Value>{value}</Value></Tag>" for name, value in OBJECTS[key].items())
        tagging = f"<Tagging><TagSet>{tags}</TagSet></Tagging>".encode()
        return self.random.choice(
            (
                *(Sent("GetObject", "GET", key),) * 6,
                *(Sent("HeadObject", "HEAD", key),) * 2,
                Sent(*self.random.choice((("GetObject", "GET"), ("HeadObject", "HEAD"))), self.random.choice(MISSING)),
                *(self._put(place),) * 4,
                Sent("DeleteObject", "DELETE", self.random.choice((*MISSING, place))),
                *(Sent("ListObjectsV2", "GET", query=f"list-type=2{self._listing()}"),) * 3,
                Sent("ListObjectVersions", "GET", query=f"versions{self._listing()}"),
                Sent("ListMultipartUploads", "GET", query="uploads"),
                Sent("HeadBucket", "HEAD"),
                Sent("GetBucketLocation", "GET", query="location"),
                Sent("GetObjectAcl", "GET", key, "acl"),
                Sent("GetObjectTagging", "GET", key, "tagging"),
                Sent("PutObjectTagging", "PUT", key, "tagging", body=tagging),
                Sent("CreateMultipartUpload", "POST", place, "uploads"),
                Sent("UploadPart", "PUT", BEGUN, f"partNumber=1&uploadId={UPLOAD}", body=b"x"),
                Sent("AbortMultipartUpload", "DELETE", place, "uploadId=none-such"),
                Sent("ListParts", "GET", BEGUN, f"uploadId={UPLOAD}"),
            )
        )

    def _put(self, key: str) -> Sent:
        """A real write now and then; mostly one whose precondition cannot hold, which leaves nothing."""
        headers = {"If-Match": '"none"'}
        if self.random.random() < 0.2:
            key, headers = f"{key}.{self.random.randrange(10**9)}", {}
        if self.random.random() < 0.4:
            headers["x-amz-acl"] = self.random.choice(("private", "bucket-owner-full-control"))
        if self.random.random() < 0.4:
            headers["x-amz-tagging"] = urlencode({"stage": self.random.choice(("final", "draft"))})
        return Sent("PutObject", "PUT", key, headers=headers, body=b"x")

    def _listing(self) -> str:
        asked = {"max-keys": self.random.choice(("1", "10", "1000"))} if self.random.random() < 0.8 else {}
        if self.random.random() < 0.7:
            asked["prefix"] = self.random.choice(("a/", "A/", "a/b", "new/"))
        if self.random.random() < 0.4:
            asked["delimiter"] = "/"
        return "".join(f"&{name}={quote(value, safe='')}" for name, value in asked.items())

    def _with_headers(self, sent: Sent) -> Sent:
        headers = dict(sent.headers or {})
        if self.random.random() < 0.3:
            headers["Referer"] = self.random.choice(("https://films.example/", "arn:aws:s3:::studio"))
        return Sent(sent.operation, sent.method, sent.key, sent.query, headers, sent.body)

    # --- choosing -------------------------------------------------------------------------------------------------

    def _maybe(self, chance: float, make: Any) -> Any:
        return make() if self.random.random() < chance else None

    def _some(self, items: Sequence[str], most: int = 3) -> list[str]:
        return self.random.sample(items, min(len(items), self.random.randint(1, most)))

    def _listed(self, items: list[str]) -> Any:
        return items[0] if len(items) == 1 and self.random.random() < 0.5 else items
