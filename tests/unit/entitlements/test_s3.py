"""What S3 adds to policies, rule by rule: the numbers are those of the rule list in the design notes."""

from dataclasses import replace
from typing import Any

import pytest

from cloudtranscode.entitlements.bucket import (
    FULL_CONTROL,
    Bucket,
    Encryption,
    Ownership,
    is_account_id,
    is_creatable,
    owner_of_written,
)
from cloudtranscode.entitlements.compiled import compile_policies
from cloudtranscode.entitlements.evaluate import Decision, Effect, PolicySet, Principal, Request, evaluate
from cloudtranscode.entitlements.operation import is_operation
from cloudtranscode.entitlements.policy import Policy
from cloudtranscode.entitlements.s3 import Call, decide, missing_key_status
from cloudtranscode.errors import InvalidDocument

STACK, CLIENT, THIRD = "111122223333", "444455556666", "777788889999"
ROLE = Principal.from_arn(f"arn:aws:iam::{STACK}:role/stack_prod")
OWNER = Principal.from_arn(f"arn:aws:iam::{CLIENT}:role/owner")
KEY, BUCKET = "arn:aws:s3:::in/a/film.mov", "arn:aws:s3:::in"
KMS = f"arn:aws:kms:eu-west-1:{CLIENT}:key/abcd"
ALLOW, IMPLICIT, EXPLICIT, UNKNOWN = Effect.ALLOW, Effect.IMPLICIT_DENY, Effect.EXPLICIT_DENY, Effect.UNKNOWN
PLAIN = Bucket.plain(CLIENT)
GET = Call("GetObject", ROLE, KEY)
PUT = Call("PutObject", ROLE, KEY)


def policy(*statements: dict[str, Any]) -> Policy:
    filled = [{"Effect": "Allow", "Action": "*", "Resource": "*", **statement} for statement in statements]
    return Policy.parse({"Version": "2012-10-17", "Statement": filled})


def to(principal: Principal | str, **elements: Any) -> dict[str, Any]:
    return {"Principal": {"AWS": principal if isinstance(principal, str) else str(principal.arn)}, **elements}


ALL = policy({})
OPEN = PolicySet.closed(identity=(ALL,), resource=policy(to(ROLE)))


def granting(*actions: str, resource: str = f"{BUCKET}/*") -> PolicySet:
    """Let the role do ``actions``, by its own policy as by the bucket's."""
    narrowed = to(ROLE, Action=list(actions), Resource=resource)
    return PolicySet.closed(identity=(ALL,), resource=policy(narrowed))


def effect(call: Call, policies: PolicySet = OPEN, bucket: Bucket = PLAIN) -> Effect:
    return decide(call, policies, bucket).effect


def test_compiled_policies_decide_every_call_as_fresh_ones_do() -> None:
    ready = compile_policies(OPEN)
    key = encrypted(policy(to(ROLE)))
    foreign = [replace(PLAIN, ownership=None, object_owner=owner) for owner in (None, STACK, THIRD)]
    for bucket in (PLAIN, key, replace(key, encryption=Encryption(KMS)), *foreign, Bucket()):
        for call in (GET, PUT, replace(GET, principal=OWNER), Call("AbortMultipartUpload", ROLE, KEY)):
            assert decide(call, ready, bucket) == decide(call, OPEN, bucket)


@pytest.mark.parametrize(("name", "action"), [("ListBucket", "s3:ListBucket"), ("GetBucketLocation",) * 2])
def test_rule_20_bucket_actions_need_the_buckets_arn(name: str, action: str) -> None:
    action = action if ":" in action else f"s3:{action}"
    assert effect(Call(name, ROLE, BUCKET), granting(action, resource=BUCKET)) is ALLOW
    assert effect(Call(name, ROLE, BUCKET), granting(action)) is IMPLICIT


def test_rule_20_object_actions_need_the_keys_arn() -> None:
    assert effect(GET, granting("s3:GetObject")) is ALLOW
    assert effect(GET, granting("s3:GetObject", resource=BUCKET)) is IMPLICIT


@pytest.mark.parametrize(
    ("name", "resource"),
    [
        ("GetObject", BUCKET),
        ("ListObjectsV2", KEY),
        ("GetObject", f"arn:aws:sqs:eu-west-1:{CLIENT}:q/a"),
        ("GetObject", f"arn:aws:s3:eu-west-1:{CLIENT}:accesspoint/a/object/b"),
    ],
)
def test_rule_20_a_call_on_what_it_cannot_be_made_on_is_refused(name: str, resource: str) -> None:
    with pytest.raises(InvalidDocument, match=r"is not made on"):
        Call(name, ROLE, resource)


@pytest.mark.parametrize(
    ("name", "action", "resource"),
    [
        ("HeadObject", "s3:GetObject", KEY),
        ("HeadBucket", "s3:ListBucket", BUCKET),
        ("ListObjectsV2", "s3:ListBucket", BUCKET),
        ("ListMultipartUploads", "s3:ListBucketMultipartUploads", BUCKET),
        ("headobject", "s3:GetObject", KEY),
        ("PutBucketPolicy", "s3:PutBucketPolicy", BUCKET),
        ("GetObjectTorrent", "s3:GetObjectTorrent", KEY),
        ("RestoreObject", "s3:RestoreObject", KEY),
    ],
)
def test_rule_21_calls_need_the_permission_behind_them(name: str, action: str, resource: str) -> None:
    where = BUCKET if resource == BUCKET else f"{BUCKET}/*"
    assert effect(Call(name, ROLE, resource), granting(action, resource=where)) is ALLOW
    assert effect(Call(name, ROLE, resource), granting("s3:DeleteBucket", resource=where)) is IMPLICIT


@pytest.mark.parametrize(("name", "known"), [("HEADobject", True), ("GetObjekt", False)])
def test_rule_21_calls_have_the_names_of_the_api(name: str, known: bool) -> None:
    assert is_operation(name) is known


def test_rule_21_a_copy_also_needs_its_source() -> None:
    source = decide(GET, granting("s3:GetObject"), PLAIN)
    copy = Call("UploadPartCopy", ROLE, "arn:aws:s3:::out/a")
    write = granting("s3:PutObject", resource="arn:aws:s3:::out/*")
    assert effect(copy, write) is UNKNOWN
    assert effect(replace(copy, source=source), write) is ALLOW
    assert effect(replace(copy, source=Decision(EXPLICIT, ())), write) is EXPLICIT


@pytest.mark.parametrize(
    ("read", "listing", "status"),
    [
        (ALLOW, ALLOW, 404),
        (ALLOW, IMPLICIT, 403),
        (IMPLICIT, ALLOW, 403),
        (UNKNOWN, EXPLICIT, 403),
        (UNKNOWN, ALLOW, None),
        (ALLOW, UNKNOWN, None),
    ],
)
def test_rule_22_a_missing_key_is_404_only_to_who_may_list(read: Effect, listing: Effect, status: int | None) -> None:
    assert missing_key_status(Decision(read, ()), Decision(listing, ())) == status


@pytest.mark.parametrize("name", ["CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload"])
def test_rule_23_multipart_needs_put_object(name: str) -> None:
    assert effect(Call(name, ROLE, KEY), granting("s3:PutObject")) is ALLOW
    assert effect(Call(name, ROLE, KEY), granting("s3:AbortMultipartUpload")) is IMPLICIT


@pytest.mark.parametrize(
    ("name", "action"),
    [("AbortMultipartUpload", "s3:AbortMultipartUpload"), ("ListParts", "s3:ListMultipartUploadParts")],
)
def test_rule_23_abort_and_list_parts_are_implicit_for_the_initiator(name: str, action: str) -> None:
    def by(initiator: bool | None, policies: PolicySet) -> Effect:
        return effect(Call(name, ROLE, KEY, initiator=initiator), policies)

    only_put = granting("s3:PutObject")
    assert by(False, granting(action)) is ALLOW
    assert by(False, only_put) is IMPLICIT
    assert by(True, only_put) is ALLOW
    assert by(None, only_put) is UNKNOWN
    denied = PolicySet.closed(identity=(ALL,), resource=policy(to("*", Effect="Deny", Action=action)))
    assert by(True, denied) is EXPLICIT
    capped = replace(only_put, endpoint=(policy(to("*", Action="s3:PutObject")),))
    assert by(True, capped) is IMPLICIT
    assert by(None, capped) is IMPLICIT
    assert by(True, replace(only_put, identity=None)) is UNKNOWN
    assert by(True, replace(only_put, resource=None, identity=(policy({"Action": "s3:PutObject"}),))) is UNKNOWN


# --- encryption -------------------------------------------------------------------------------------------------


def encrypted(*key_policies: Policy, key: str = KMS) -> Bucket:
    return replace(PLAIN, encryption=Encryption(key, key_policies))


@pytest.mark.parametrize(
    ("name", "actions"),
    [
        ("GetObject", ["kms:Decrypt"]),
        ("PutObject", ["kms:GenerateDataKey"]),
        ("UploadPart", ["kms:Decrypt", "kms:GenerateDataKey"]),
        ("CompleteMultipartUpload", ["kms:Decrypt", "kms:GenerateDataKey"]),
    ],
)
def test_rule_24_reads_decrypt_and_writes_make_data_keys(name: str, actions: list[str]) -> None:
    call = Call(name, ROLE, KEY)
    assert effect(call, bucket=encrypted(policy(to(ROLE, Action=actions)))) is ALLOW
    for left in actions:
        fewer = ["kms:DescribeKey", *(action for action in actions if action != left)]
        decision = decide(call, OPEN, encrypted(policy(to(ROLE, Action=fewer))))
        assert decision.effect is IMPLICIT
        assert {(finding.layer, finding.action) for finding in decision.trace if finding.effect is IMPLICIT} == {
            ("key", left)
        }


def test_rule_24_across_accounts_key_policy_and_identity_both_have_to_allow() -> None:
    no_kms = replace(OPEN, identity=(policy({"Action": "s3:*"}),))
    assert effect(GET, no_kms, encrypted(policy(to(ROLE)))) is IMPLICIT
    assert effect(GET, OPEN, encrypted(policy(to(STACK)))) is ALLOW
    assert effect(GET, OPEN, encrypted()) is IMPLICIT


def test_rule_24_in_the_keys_account_the_key_policy_has_to_delegate_or_grant() -> None:
    layers, none = PolicySet.closed(identity=(ALL,)), PolicySet.closed(identity=(policy({"Action": "s3:*"}),))
    get = replace(GET, principal=OWNER)
    assert effect(get, layers, encrypted()) is IMPLICIT
    assert effect(get, layers, encrypted(policy(to(f"arn:aws:iam::{CLIENT}:root")))) is ALLOW
    assert effect(get, none, encrypted(policy(to(f"arn:aws:iam::{CLIENT}:root")))) is IMPLICIT
    assert effect(get, none, encrypted(policy(to(OWNER)))) is ALLOW
    root = replace(GET, principal=Principal.from_arn(f"arn:aws:iam::{CLIENT}:root"))
    assert effect(root, layers, encrypted()) is IMPLICIT


def test_rule_24_what_is_not_known_of_the_key_never_allows() -> None:
    assert effect(GET, bucket=replace(PLAIN, encryption=None)) is UNKNOWN
    unread = decide(GET, OPEN, replace(PLAIN, encryption=Encryption(KMS)))
    assert (unread.effect, unread.unknown) == (UNKNOWN, ("key",))
    elsewhere = KMS.replace(CLIENT, THIRD)
    assert effect(GET, bucket=encrypted(policy(to(ROLE)), key=elsewhere)) is UNKNOWN  # its owner's RCPs


def test_rule_24_the_key_sees_a_call_by_way_of_s3() -> None:
    def under(operator: str, key: str, value: str) -> Effect:
        return effect(GET, bucket=encrypted(policy(to(ROLE, Condition={operator: {key: value}}))))

    assert under("StringEquals", "kms:ViaService", "s3.eu-west-1.amazonaws.com") is ALLOW
    assert under("StringEquals", "kms:ViaService", "s3.us-east-1.amazonaws.com") is IMPLICIT
    assert under("StringEquals", "kms:CallerAccount", STACK) is ALLOW
    assert under("StringEquals", "aws:ResourceAccount", CLIENT) is ALLOW
    assert under("StringLike", "kms:EncryptionContext:aws:s3:arn", "arn:aws:s3:::in*") is UNKNOWN
    assert under("IpAddress", "aws:SourceIp", "10.0.0.0/8") is UNKNOWN


def test_rule_24_who_signs_nothing_uses_no_key() -> None:
    everyone = PolicySet.closed(resource=policy(to("*")))
    unsigned = replace(GET, principal=Principal.anonymous())
    bucket = replace(encrypted(policy(to("*"))), restricts_public=False)
    assert effect(unsigned, everyone, bucket) is IMPLICIT
    assert effect(unsigned, everyone, replace(PLAIN, restricts_public=False)) is ALLOW


def test_rule_24_a_key_in_china() -> None:
    role = Principal.from_arn(f"arn:aws-cn:iam::{STACK}:role/r")
    condition = {"StringEquals": {"kms:ViaService": "s3.cn-north-1.amazonaws.com.cn"}}
    key = encrypted(policy(to(role, Condition=condition)), key=f"arn:aws-cn:kms:cn-north-1:{CLIENT}:key/a")
    layers = PolicySet.closed(identity=(ALL,), resource=policy(to(role)))
    assert effect(Call("GetObject", role, "arn:aws-cn:s3:::in/a"), layers, key) is ALLOW


# --- ownership --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ownership", "acl", "expected"),
    [
        (Ownership.ENFORCED, None, ALLOW),
        (Ownership.ENFORCED, FULL_CONTROL, ALLOW),
        (Ownership.ENFORCED, "private", IMPLICIT),
        (Ownership.WRITER, "private", ALLOW),
        (Ownership.WRITER, "public-read", UNKNOWN),
        (None, "private", UNKNOWN),
        (None, FULL_CONTROL, ALLOW),
    ],
)
def test_rule_25_enforced_ownership_takes_no_other_acl(
    ownership: Ownership | None, acl: str | None, expected: Effect
) -> None:
    assert effect(replace(PUT, acl=acl), bucket=replace(PLAIN, ownership=ownership)) is expected


def test_rule_25_setting_an_acl_afterwards() -> None:
    assert effect(Call("PutObjectAcl", ROLE, KEY, acl="private")) is IMPLICIT
    assert effect(Call("PutObjectAcl", ROLE, KEY)) is IMPLICIT
    assert effect(Call("PutObjectAcl", ROLE, KEY, acl=FULL_CONTROL)) is UNKNOWN


def test_rule_25_an_acl_takes_a_permission_of_its_own() -> None:
    call = replace(PUT, acl=FULL_CONTROL)
    assert effect(call, granting("s3:PutObject")) is IMPLICIT
    assert effect(call, granting("s3:PutObject", "s3:PutObjectAcl")) is ALLOW


def test_tags_take_a_permission_of_their_own() -> None:
    call = replace(PUT, context={"s3:RequestObjectTag/stage": ("final",)})
    assert effect(call, granting("s3:PutObject")) is IMPLICIT
    assert effect(call, granting("s3:PutObject", "s3:PutObjectTagging")) is ALLOW


@pytest.mark.parametrize(
    ("ownership", "acl", "owner"),
    [
        (Ownership.WRITER, None, STACK),
        (Ownership.WRITER, FULL_CONTROL, STACK),
        (Ownership.PREFERRED, None, STACK),
        (Ownership.PREFERRED, FULL_CONTROL, CLIENT),
        (Ownership.ENFORCED, None, CLIENT),
        (None, None, None),
    ],
)
def test_rule_26_who_owns_what_the_stack_writes(
    ownership: Ownership | None, acl: str | None, owner: str | None
) -> None:
    assert owner_of_written(Bucket(CLIENT, ownership), STACK, acl) == owner


def test_rule_26_in_its_own_bucket_a_writer_owns_all() -> None:
    assert owner_of_written(Bucket(STACK), STACK, None) == STACK


def foreign(owner: str | None, readers: tuple[str, ...] | None, **settings: Any) -> Bucket:
    return replace(PLAIN, ownership=Ownership.WRITER, object_owner=owner, object_readers=readers, **settings)


@pytest.mark.parametrize(
    ("owner", "readers", "expected"),
    [
        (CLIENT, (), ALLOW),  # no foreign object: the bucket's policy grants
        (THIRD, (), IMPLICIT),
        (THIRD, (STACK,), ALLOW),
        (STACK, (), ALLOW),
        (STACK, None, ALLOW),
        (THIRD, None, UNKNOWN),
        (None, None, UNKNOWN),
        (None, (), UNKNOWN),
    ],
)
def test_rule_27_a_foreign_object_is_not_granted_by_the_buckets_policy(
    owner: str | None, readers: tuple[str, ...] | None, expected: Effect
) -> None:
    assert effect(GET, bucket=foreign(owner, readers)) is expected


def test_rule_27_a_deny_of_the_buckets_policy_counts_and_keeps_its_number() -> None:
    resource = policy(to(ROLE), to("*", Effect="Deny", Action="s3:GetObject"))
    decision = decide(GET, PolicySet.closed(identity=(ALL,), resource=resource), foreign(STACK, ()))
    assert decision.effect is EXPLICIT
    assert [finding.statement for finding in decision.trace] == [1]


def test_rule_27_the_buckets_owner_cannot_read_what_another_wrote() -> None:
    get, layers = replace(GET, principal=OWNER), PolicySet.closed(identity=(ALL,))
    assert effect(get, layers, foreign(STACK, ())) is IMPLICIT
    assert effect(get, layers, foreign(STACK, (CLIENT,))) is ALLOW
    assert effect(get, PolicySet.closed(), foreign(STACK, (CLIENT,))) is IMPLICIT  # an ACL names accounts only
    assert effect(get, layers, foreign(None, (CLIENT,))) is ALLOW
    assert effect(get, replace(layers, resource=None), foreign(STACK, (CLIENT,))) is UNKNOWN
    direct = PolicySet.closed(resource=policy(to(OWNER)))
    assert effect(get, direct, foreign(None, (CLIENT,))) is UNKNOWN


def test_rule_27_the_right_to_read_is_no_right_to_more() -> None:
    call = Call("GetObjectAcl", ROLE, KEY)
    assert effect(call, bucket=foreign(THIRD, (STACK,))) is UNKNOWN
    assert effect(call, bucket=foreign(STACK, ())) is ALLOW


def test_rule_27_an_object_of_unknown_owner_and_who_signs_nothing() -> None:
    everyone = PolicySet.closed(resource=policy(to("*")))
    unsigned = replace(GET, principal=Principal.anonymous())
    assert effect(unsigned, everyone, foreign(None, None, restricts_public=False)) is UNKNOWN
    assert effect(unsigned, everyone, foreign(THIRD, None, restricts_public=False)) is IMPLICIT


# --- public access, payment, expectation -------------------------------------------------------------------------


def test_rule_28_one_public_statement_cuts_every_other_account() -> None:
    public = PolicySet.closed(identity=(ALL,), resource=policy(to(ROLE), to("*", Action="s3:ListBucket")))
    assert effect(GET, public) is IMPLICIT
    assert effect(GET, public, replace(PLAIN, restricts_public=False)) is ALLOW
    assert effect(GET, public, replace(PLAIN, restricts_public=None)) is UNKNOWN
    assert effect(GET, OPEN, replace(PLAIN, restricts_public=None)) is ALLOW
    assert effect(replace(GET, principal=OWNER), public) is ALLOW


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (to("*"), IMPLICIT),
        (to("*", Effect="Deny", Action="s3:DeleteObject"), ALLOW),
        (to("*", Condition={"Bool": {"aws:SecureTransport": "true"}}), IMPLICIT),
        (to("*", Condition={"StringEquals": {"aws:PrincipalOrgID": "o-1"}}), ALLOW),
        (to("*", Condition={"StringLike": {"aws:PrincipalOrgID": "*"}}), UNKNOWN),
        (to("*", Condition={"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}), UNKNOWN),
        (to("*", Condition={"StringEqualsIfExists": {"aws:SourceVpce": "vpce-1"}}), UNKNOWN),
        (to("*", Condition={"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}), ALLOW),
        (to("*", Condition={"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "0.0.0.0/1"]}}), IMPLICIT),
        (to("*", Condition={"IpAddress": {"aws:SourceIp": "2000::/3"}}), IMPLICIT),
        (to("*", Condition={"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}), UNKNOWN),
        ({"NotPrincipal": {"AWS": THIRD}}, IMPLICIT),
        ({}, ALLOW),
    ],
)
def test_rule_28_what_counts_as_public(statement: dict[str, Any], expected: Effect) -> None:
    layers = PolicySet.closed(identity=(ALL,), resource=policy(to(ROLE), statement))
    assert effect(GET, layers) is expected


@pytest.mark.parametrize(
    ("pays", "asked", "who", "expected"),
    [
        (True, False, ROLE, IMPLICIT),
        (True, True, ROLE, ALLOW),
        (None, False, ROLE, UNKNOWN),
        (None, True, ROLE, ALLOW),
        (True, False, OWNER, ALLOW),
        (True, True, Principal.anonymous(), IMPLICIT),
    ],
)
def test_rule_29_the_requester_agrees_to_pay(pays: bool | None, asked: bool, who: Principal, expected: Effect) -> None:
    layers = PolicySet.closed(identity=(ALL,), resource=policy(to("*")))
    bucket = replace(PLAIN, requester_pays=pays, restricts_public=False)
    assert effect(replace(GET, pays=asked, principal=who), layers, bucket) is expected


def test_rule_30_the_bucket_belongs_to_whom_the_caller_expects() -> None:
    assert effect(replace(GET, expected_owner=CLIENT)) is ALLOW
    assert effect(replace(GET, expected_owner=THIRD)) is IMPLICIT
    assert effect(replace(GET, expected_owner=CLIENT), bucket=Bucket.plain(None)) is UNKNOWN


@pytest.mark.parametrize(
    ("text", "expected"), [(CLIENT, True), ("000111333444555", False), ("4444-5555-6666", False), ("٤" * 12, False)]
)
def test_rule_33_account_ids(text: str, expected: bool) -> None:
    assert is_account_id(text) is expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("client-a.in", True),
        ("a" * 63, True),
        ("ab", False),
        ("a" * 64, False),
        ("ClientA_bucket_in", False),
        ("a..b", False),
        ("-ab", False),
        ("ab-", False),
        ("192.168.5.4", False),
        ("xn--a", False),
        ("a-s3alias", False),
        ("in\n", False),
    ],
)
def test_rule_33_bucket_names(name: str, expected: bool) -> None:
    assert is_creatable(name) is expected


def test_rule_35_external_ids_exist_only_when_a_role_is_assumed() -> None:
    guarded = policy(to(ROLE, Condition={"StringEquals": {"sts:ExternalId": "x"}}))
    layers = PolicySet.closed(identity=(ALL,), resource=guarded)
    assert effect(replace(GET, context={"sts:ExternalId": ("x",)}), layers) is IMPLICIT
    assert effect(replace(GET, unknown_keys=frozenset({"sts:ExternalId"})), layers) is IMPLICIT
    role = f"arn:aws:iam::{CLIENT}:role/for-stack"
    assume = Request(ROLE, "sts:AssumeRole", role, CLIENT, {"sts:ExternalId": ("x",)})
    assert evaluate(assume, layers).effect is ALLOW
    assert evaluate(replace(assume, context={}), layers).effect is IMPLICIT


def test_rule_36_the_owners_account_needs_no_entitlement_but_deny_and_kms_apply() -> None:
    get, own = replace(GET, principal=OWNER), PolicySet.closed(identity=(ALL,))
    assert effect(get, own) is ALLOW
    denied = PolicySet.closed(identity=(ALL,), resource=policy(to("*", Effect="Deny")))
    assert effect(get, denied) is EXPLICIT
    assert effect(get, own, encrypted(policy(to(THIRD)))) is IMPLICIT


def test_nothing_known_of_a_bucket_is_never_allowed() -> None:
    decision = decide(GET, OPEN, Bucket())
    assert decision.effect is UNKNOWN
    assert {"encryption", "requester-pays", "object-ownership"} <= set(decision.unknown)
