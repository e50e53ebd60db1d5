"""The matrix of faults for ``ct explain``: what is wrong between stack and client, and the cause to be found."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from cloudtranscode.entitlements.explain.evidence import Access
from support.faults import Bench, Fault

WRITE = Access.WRITE
ELSEWHERE = "arn:aws:s3:::somebody-elses"


def _read(**changes: Any) -> Callable[[Bench], object]:
    """Grant reading with these changes to the statement; texts are filled in from the bench."""

    def plant(bench: Bench) -> None:
        bench.policy(bench.bucket_in, bench.read(**_filled(bench, changes)))

    return plant


def _named(principal: Callable[[Bench], str], *, checked: bool = True) -> Callable[[Bench], object]:
    def plant(bench: Bench) -> None:
        attach = bench.policy if checked or bench.server is None else bench.unchecked
        attach(bench.bucket_in, bench.read(Principal={"AWS": principal(bench)}))

    return plant


def _denied(bucket: str = "in", **changes: Any) -> Callable[[Bench], object]:
    """Leave the grant and deny besides."""

    def plant(bench: Bench) -> None:
        name = bench.bucket_in if bucket == "in" else bench.bucket_out
        granted = (bench.read(), bench.look()) if bucket == "in" else (bench.write(),)
        bench.policy(name, *granted, bench.deny(name, **_filled(bench, changes)))

    return plant


def _filled(bench: Bench, changes: Any) -> Any:
    text = json.dumps(changes)
    for name in ("bucket_in", "bucket_out", "principal"):
        text = text.replace(f"<{name}>", getattr(bench, name))
    return json.loads(text)


def _condition(operator: str, key: str, value: str) -> dict[str, Any]:
    return {"Condition": {operator: {key: value}}}


def _other_kind(bench: Bench) -> str:
    role = ":role/" in bench.principal
    return bench.principal.replace(":role/", ":user/") if role else bench.principal.replace(":user/", ":role/")


def _account(account: str) -> Callable[[Bench], str]:
    return lambda bench: ":".join([*bench.principal.split(":")[:4], account, bench.principal.split(":")[5]])


def _grant_on_other_bucket(bench: Bench) -> None:
    bench.policy(bench.bucket_in)
    bench.policy(bench.bucket_out, bench.write(), bench.read())


def _wrong_case(bench: Bench) -> None:
    bench.policy(bench.bucket_in, bench.read(Resource=f"arn:aws:s3:::{bench.bucket_in}/Media/*"))


def _key_in_other_case(bench: Bench) -> None:
    bench.key = "media/FILM.mov"


def _missing_key(bench: Bench) -> None:
    bench.policy(bench.bucket_in, bench.read())
    bench.key = "media/not-there.mov"


def _no_bucket(bench: Bench) -> None:
    bench.bucket_in += "-misspelt"


def _foreign_object(bench: Bench) -> None:
    """An object that somebody of a third account wrote into a bucket that lets writers keep their objects."""
    rule: Any = {"Rules": [{"ObjectOwnership": "ObjectWriter"}]}
    bench.admin.put_bucket_ownership_controls(Bucket=bench.bucket_in, OwnershipControls=rule)
    upload = {"Principal": "*", "Action": "s3:PutObject", "Resource": f"arn:aws:s3:::{bench.bucket_in}/*"}
    bench.policy(bench.bucket_in, bench.read(), bench.look(), bench.read(**upload))
    assert bench.stranger is not None
    bench.key = "media/theirs.mov"
    bench.stranger.put_object(Bucket=bench.bucket_in, Key=bench.key, Body=b"theirs")
    bench.policy(bench.bucket_in, bench.read(), bench.look())


def _deleted_keys(bench: Bench) -> None:
    bench.keys = {**bench.keys, "AWS_ACCESS_KEY_ID": "AKIAGONEGONEGONEGONE"}


def _wrong_secret(bench: Bench) -> None:
    bench.keys = {**bench.keys, "AWS_SECRET_ACCESS_KEY": "not-the-secret"}


def _wrong_clock(bench: Bench) -> None:
    bench.clock_ahead = timedelta(hours=1)


def _detached_a_moment_ago(bench: Bench) -> None:
    """The policy that everybody sees is not yet the policy that is enforced."""
    attached = [bench.read(), bench.look()]
    bench.policy(bench.bucket_in)
    bench.during = lambda: bench.policy(bench.bucket_in, *attached)


# What every server can be brought to do.
EVERYWHERE = [
    Fault("no policy at all", "policy-missing", lambda bench: bench.policy(bench.bucket_in)),
    Fault("no policy, writing", "policy-missing", lambda bench: bench.policy(bench.bucket_out), WRITE),
    Fault(
        "grant for a third party alone",
        "grant-missing",
        _named(lambda _: "arn:aws:iam::999988887777:user/partner", checked=False),
    ),
    Fault("user instead of role", "principal-kind", _named(_other_kind, checked=False)),
    Fault("resource without /*", "resource-whole-bucket", _read(Resource="arn:aws:s3:::<bucket_in>")),
    Fault("another prefix", "resource-prefix", _read(Resource="arn:aws:s3:::<bucket_in>/video/*")),
    Fault(
        "another prefix, writing",
        "resource-prefix",
        lambda bench: bench.policy(bench.bucket_out, bench.write(Resource=f"arn:aws:s3:::{bench.bucket_out}/video/*")),
        WRITE,
    ),
    Fault("prefix in other capitals", "resource-case", _wrong_case),
    Fault("s3:GetObjectVersion alone", "action-missing", _read(Action="s3:GetObjectVersion")),
    Fault("s3:ListBucket alone", "action-missing", lambda bench: bench.policy(bench.bucket_in, bench.look())),
    Fault("Deny to everybody", "deny-principal", _denied()),
    Fault(
        "Deny outside a range of addresses",
        "deny-address",
        _denied(**_condition("NotIpAddress", "aws:SourceIp", "203.0.113.0/24")),
    ),
    Fault(
        "Deny of writes without the ACL",
        "deny-without-acl",
        _denied("out", **_condition("StringNotEquals", "s3:x-amz-acl", "bucket-owner-full-control")),
        WRITE,
    ),
    Fault("a key that is not there", "key-missing", _missing_key),
    Fault("a key in other capitals", "key-case", _key_in_other_case),
    Fault("a bucket that is not there", "bucket-missing", _no_bucket),
    Fault("keys that were deleted", "credentials-unknown", _deleted_keys),
    Fault("a secret of another key", "credentials-wrong", _wrong_secret),
    Fault("a policy attached a moment ago", "propagation", _detached_a_moment_ago),
]


ON_GATEWAY = [Fault("a clock that is an hour off", "clock-skewed", _wrong_clock)]


# --- what takes AWS, as the embedded server imitates it --------------------------------------------------------------


def _own_policy(*statements: dict[str, Any]) -> Callable[[Bench], object]:
    """Give the stack's role these statements in the place of its own."""

    def plant(bench: Bench) -> None:
        mine = [
            {"Effect": "Allow", "Action": ["iam:Get*", "iam:List*", "iam:Simulate*"], "Resource": "*"},
            *_filled(bench, list(statements)),
        ]
        bench.server.role_policy(bench.principal, json.dumps({"Version": "2012-10-17", "Statement": mine}))

    return plant


_ALL = {"Effect": "Allow", "Action": "*", "Resource": "*"}
_NO_READING = {"Effect": "Deny", "Action": "s3:GetObject", "Resource": "*"}


def _document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def _scp(bench: Bench) -> None:
    bench.server.backend.planted.scps[bench.principal.split(":")[4]] = [_document(_ALL, _NO_READING)]


def _rcp(bench: Bench) -> None:
    """The organization of the client lets in nobody from outside; the stack serves other clients well."""
    outside = {"StringNotEquals": {"aws:PrincipalAccount": bench.account}}
    refuse = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*", "Condition": outside}
    everybody = {**_ALL, "Principal": "*"}
    bench.server.backend.planted.rcps[bench.account] = [_document(everybody, refuse)]
    bench.others_served = True


def _endpoint(bench: Bench) -> None:
    """The endpoint lets through to other buckets alone; the stack's other clients are refused, too."""
    other = {"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": f"{ELSEWHERE}/*"}
    bench.server.backend.planted.endpoint.append(_document(other))
    bench.others_served = False


def _session(bench: Bench) -> None:
    """The stack's session is narrowed to looking; IAM may still be asked."""
    narrow = {"Effect": "Allow", "Action": ["s3:ListBucket", "iam:*"], "Resource": "*"}
    bench.keys = bench.server.session(bench.principal, _document(narrow))
    bench.others_served = False


def _boundary(bench: Bench) -> None:
    bench.server.boundary(bench.principal, _document(_ALL, _NO_READING))


def _no_hand_over(bench: Bench) -> None:
    bench.admin.put_bucket_ownership_controls(
        Bucket=bench.bucket_out, OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]}
    )
    bench.policy(bench.bucket_out, bench.write(Action="s3:PutObject"))


def _public_block(bench: Bench) -> None:
    public = bench.read(Principal="*", Resource=f"arn:aws:s3:::{bench.bucket_in}/open/*")
    bench.policy(bench.bucket_in, bench.read(), bench.look(), public)
    bench.admin.put_public_access_block(
        Bucket=bench.bucket_in, PublicAccessBlockConfiguration={"RestrictPublicBuckets": True}
    )


def _requester_pays(bench: Bench) -> None:
    bench.server.backend.planted.requester_pays.add(bench.bucket_in)


def _kms(bench: Bench) -> None:
    key = f"arn:aws:kms:us-east-1:{bench.account}:key/11111111-2222-3333-4444-555555555555"
    owner = {"AWS": f"arn:aws:iam::{bench.account}:root"}
    bench.server.backend.planted.keys[key] = _document({**_ALL, "Principal": owner, "Action": "kms:*"})
    bench.key = "media/sealed.mov"
    bench.admin.put_object(
        Bucket=bench.bucket_in, Key=bench.key, Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=key
    )


def _wrong_owner(bench: Bench) -> None:
    bench.registered_account = "999988887777"


def _expired(bench: Bench) -> None:
    bench.server.hours_later(24)


def _elsewhere(bench: Bench) -> None:
    bench.keys = {**bench.keys, "AWS_REGION": "eu-central-1", "AWS_DEFAULT_REGION": "eu-central-1"}


def _somebody_else(bench: Bench) -> None:
    """The stack was given the keys of another user of its account."""
    bench.keys = bench.server.other_user(bench.principal)


def _archived(bench: Bench) -> None:
    bench.key = "media/old.mov"
    bench.admin.put_object(Bucket=bench.bucket_in, Key=bench.key, Body=b"x", StorageClass="GLACIER")


ON_AWS = [
    # RADOS Gateway 16 does not know aws:SecureTransport, and lets a bucket's policy grant the objects of others.
    Fault("Deny unless through TLS", "deny-transport", _denied(**_condition("Bool", "aws:SecureTransport", "false"))),
    Fault("an object of another account", "object-foreign", _foreign_object),
    Fault("15 digits", "principal-digits", _named(_account("000111333444555"), checked=False)),
    Fault("another account", "principal-account", _named(_account("999988887777"), checked=False)),
    Fault("an id of a deleted role", "principal-deleted", _named(lambda _: "AROA" + "Q" * 17, checked=False)),
    Fault("another role of the account", "principal-name", _named(lambda bench: f"{bench.principal}-2", checked=False)),
    Fault("policy on the wrong bucket", "grant-on-other-bucket", _grant_on_other_bucket),
    Fault("resource of another bucket", "resource-other-bucket", _read(Resource=f"{ELSEWHERE}/*")),
    Fault(
        "ExternalId in a bucket policy",
        "condition-never",
        _read(**_condition("StringEquals", "sts:ExternalId", "it")),
    ),
    Fault(
        "a grant that has ended",
        "condition-expired",
        _read(**_condition("DateLessThan", "aws:CurrentTime", "2020-01-01T00:00:00Z")),
    ),
    Fault(
        "a grant to one VPC endpoint",
        "condition-unmet",
        _read(**_condition("StringEquals", "aws:SourceVpce", "vpce-1a2b3c4d")),
    ),
    Fault(
        "variables under version 2008-10-17",
        "variables-literal",
        lambda bench: bench.policy(
            bench.bucket_in,
            bench.read(Resource=f"arn:aws:s3:::{bench.bucket_in}/" + "${aws:username, 'media'}/*"),
            version="2008-10-17",
        ),
    ),
    Fault(
        "Deny with NotPrincipal",
        "deny-not-principal",
        lambda bench: bench.policy(
            bench.bucket_in,
            bench.read(),
            bench.deny(bench.bucket_in, Principal=None, NotPrincipal={"AWS": [bench.principal]}),
        ),
    ),
    Fault(
        "Deny unless through a VPC endpoint",
        "deny-network",
        _denied(**_condition("StringNotEquals", "aws:SourceVpce", "vpce-1a2b3c4d")),
    ),
    Fault(
        "Deny to other organizations",
        "deny-condition",
        _denied(**_condition("StringNotEquals", "aws:PrincipalOrgID", "o-a1b2c3d4e5")),
    ),
    Fault(
        "Deny of writes without encryption",
        "deny-unencrypted",
        _denied("out", **_condition("StringNotEquals", "s3:x-amz-server-side-encryption", "AES256")),
        WRITE,
    ),
    Fault(
        "no right to hand results over",
        "action-missing",
        _no_hand_over,
        Access.CLIENT_READ,
    ),
    Fault("a KMS key that is not for the stack", "key-policy", _kms),
    Fault("RestrictPublicBuckets and a public statement", "public-access-block", _public_block),
    Fault("Requester Pays", "requester-pays", _requester_pays),
    Fault("registered with another account", "owner-unexpected", _wrong_owner),
    Fault("a role without a policy for S3", "identity-policy", _own_policy()),
    Fault("a role whose own policy denies", "identity-deny", _own_policy(_ALL, _NO_READING)),
    Fault("a permissions boundary", "permissions-boundary", _boundary),
    Fault("a narrow session", "session-policy", _session),
    Fault("a service control policy", "service-control-policy", _scp),
    Fault("a resource control policy", "resource-control-policy", _rcp),
    Fault("the policy of a VPC endpoint", "endpoint-policy", _endpoint),
    Fault("keys of somebody else", "principal-unexpected", _somebody_else),
    Fault("an archived object", "object-archived", _archived),
    Fault("a session that has ended", "credentials-expired", _expired),
    Fault("another region", "region-wrong", _elsewhere),
]
