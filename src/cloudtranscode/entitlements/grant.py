"""The least policies by which a client entitles the stack to read its input and write its output, in each mode."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import replace

from cloudtranscode.entitlements.arn import Arn
from cloudtranscode.entitlements.order import ClientRole, GrantMode, GrantOrder
from cloudtranscode.entitlements.seal import ACTION, FOLDER, REASON
from cloudtranscode.entitlements.sheet import Attachment, Bound, GrantSheet, GrantStatement, Place, merge, revoke
from cloudtranscode.errors import InvalidDocument, Side
from cloudtranscode.location import S3Location

__all__ = ["OWNER_ACL", "GrantOrder", "GrantSheet", "GrantStatement", "grant_sheet", "merge", "revoke"]

# The canned ACL with which a writer of another account gives the bucket's owner the object (rules 25 and 26).
OWNER_ACL = "bucket-owner-full-control"
_TAG, _TAG_REASON = "sts:TagSession", "Name client and job in the audit log of the account that owns the role."


def grant_sheet(order: GrantOrder, *, minimal: bool = False) -> GrantSheet:
    """Write the policies for ``order``; ``minimal`` leaves out the statements that jobs may do without.

    Across accounts both sides have to allow (rule 3), so the stack's own policy says the same as the client's; with a
    role in the client's account the stack's own policy lets it assume that role and nothing else.
    Errors: :class:`InvalidDocument` when the role is not of the client's account.
    """
    write = {
        GrantMode.BUCKET_POLICY: _by_bucket_policy,
        GrantMode.ASSUME_ROLE: _by_role,
        GrantMode.SAME_ACCOUNT: _within_account,
    }
    sheet = _ending(write[order.mode](order), order.expires)
    return sheet.minimal() if minimal else sheet


# --- the three modes ----------------------------------------------------------------------------------------------


def _by_bucket_policy(order: GrantOrder) -> GrantSheet:
    wanted = (*_access(order), *_hand_over(order), *_seals(order))
    buckets = dict.fromkeys(bucket for bucket, _ in wanted)
    policies = tuple(
        Attachment(
            Place.BUCKET,
            bucket,
            Side.CLIENT,
            tuple(replace(one, principal=order.principal) for where, one in wanted if where == bucket),
        )
        for bucket in buckets
    )
    own = (*(one for _, one in (*_access(order), *_hand_over(order))), *_use_keys(order), *_try_seals(order))
    stack = Attachment(Place.STACK, order.principal, Side.STACK, own)
    explanation = f"Account {order.client_account} entitles {order.principal} of account {order.stack_account}."
    keys = _key_policies(order, order.principal)
    return GrantSheet(order.client, order.mode, explanation, (*policies, *keys, stack))


def _by_role(order: GrantOrder) -> GrantSheet:
    """The role belongs to the buckets' account: no bucket policy is needed, and what it writes is the account's."""
    role = _checked(order)
    statements = (*(one for _, one in _access(order)), *_use_keys(order))
    attachments = (
        Attachment(Place.TRUST, role.arn, Side.CLIENT, (_trust(order, role), _tag(order))),
        Attachment(Place.ROLE, role.arn, Side.CLIENT, statements),
        *_key_policies(order, role.arn, optional=True),
        Attachment(Place.STACK, order.principal, Side.STACK, _assume(order, role)),
    )
    explanation = (
        f"Account {order.client_account} has the role {role.arn}, which {order.principal} of account "
        f"{order.stack_account} may assume when it says the ExternalId."
    )
    return GrantSheet(order.client, order.mode, explanation, attachments, role.external_id)


def _within_account(order: GrantOrder) -> GrantSheet:
    statements = (*(one for _, one in _access(order)), *_use_keys(order))
    stack = Attachment(Place.STACK, order.principal, Side.STACK, statements)
    explanation = (
        f"Stack and client share account {order.client_account}: the stack's own identity policy is enough, no bucket "
        "policy is needed. A Deny in the bucket's policy and a KMS key's policy still apply."
    )
    keys = (replace(key, side=Side.STACK) for key in _key_policies(order, order.principal, optional=True))
    return GrantSheet(order.client, order.mode, explanation, (*keys, stack))


def _checked(order: GrantOrder) -> ClientRole:
    role = order.role
    arn = Arn.parse(role.arn) if role else None
    if role is None or arn is None or (arn.partition, arn.account) != (order.partition, order.client_account):
        raise InvalidDocument(
            f"{role.arn if role else None!r} is not a role of account {order.client_account} in {order.partition}.",
            remedy="Name a role in the account that owns the client's buckets.",
        )
    return role


def _ending(sheet: GrantSheet, expires: str | None) -> GrantSheet:
    """Let every statement end with the grant."""
    if expires is None:
        return sheet
    until = Bound("DateLessThan", "aws:CurrentTime", (expires,))
    ending = [
        replace(place, statements=tuple(replace(one, bounds=(*one.bounds, until)) for one in place.statements))
        for place in sheet.attachments
    ]
    explanation = f"{sheet.explanation} Every statement ends at {expires}."
    return replace(sheet, attachments=tuple(ending), explanation=explanation)


# --- what jobs do in the buckets ------------------------------------------------------------------------------------


def _access(order: GrantOrder) -> tuple[tuple[str, GrantStatement], ...]:
    """What the stack does as whoever it is there, bucket by bucket."""
    source, result = order.input.bucket, order.output.bucket
    return (source, _read(order)), (source, _look(order)), (result, _write(order)), (result, _sweep(order))


def _read(order: GrantOrder) -> GrantStatement:
    return GrantStatement(
        _sid("Read", order.client),
        ("s3:GetObject",),
        ("Read the sources, by ranges.",),
        (_objects(order.input, order.partition),),
    )


def _look(order: GrantOrder) -> GrantStatement:
    folder = _folder(order.input)
    return GrantStatement(
        _sid("Look", order.client),
        ("s3:ListBucket",),
        ("Tell a source that is missing from a grant that is missing: without it both read 403.",),
        (S3Location(order.input.bucket).arn(order.partition),),
        bounds=(Bound("StringLike", "s3:prefix", (f"{_escaped(folder)}*",)),) if folder else (),
        optional=True,
    )


def _write(order: GrantOrder) -> GrantStatement:
    return GrantStatement(
        _sid("Write", order.client),
        ("s3:PutObject", "s3:AbortMultipartUpload"),
        (
            "Write the results, in parts.",
            "Take back the parts of a job that crashed or was cancelled, so that they do not stay on the bill.",
        ),
        (_objects(order.output, order.partition),),
    )


def _sweep(order: GrantOrder) -> GrantStatement:
    """Between the start of an upload and the note of its id a worker can be killed; only a listing finds it then.

    S3 offers no condition key for the prefix here, so the stack could see the keys of others' unfinished uploads.
    """
    return GrantStatement(
        _sid("Sweep", order.client),
        ("s3:ListBucketMultipartUploads",),
        ("Find the parts that a killed worker left, so that they can be taken back.",),
        (S3Location(order.output.bucket).arn(order.partition),),
        optional=True,
    )


def _hand_over(order: GrantOrder) -> Iterator[tuple[str, GrantStatement]]:
    """Writing with :data:`OWNER_ACL` needs ``s3:PutObjectAcl`` on AWS beside ``s3:PutObject``.

    A BucketOwnerEnforced bucket owns what anybody writes, so it needs neither. On any other bucket the client could
    not read what the stack wrote without that ACL. So the permission is left out where ownership is known to be
    enforced, is a must where it is known not to be, and optional where nobody knows; its condition admits this one ACL
    only. https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html
    """
    if not order.ownership_enforced:
        statement = GrantStatement(
            _sid("HandOver", order.client),
            ("s3:PutObjectAcl",),
            ("Give the bucket's owner full control of the results, where the bucket does not take it by itself.",),
            (_objects(order.output, order.partition),),
            bounds=(Bound("StringEquals", "s3:x-amz-acl", (OWNER_ACL,)),),
            optional=order.ownership_enforced is None,
        )
        yield order.output.bucket, statement


def _seals(order: GrantOrder) -> Iterator[tuple[str, GrantStatement]]:
    """Where the stack may write it may abort uploads, too: there a seal is what it may not."""
    for seal in order.seals:
        opens, shuts = seal.statements(order.principal, order.partition)
        done, written = ("Denied", shuts) if order.output.contains(seal.location) else ("Allowed", opens)
        reasons = (f"{done}, {REASON}",)
        statement = GrantStatement(written["Sid"], (ACTION,), reasons, (written["Resource"],), effect=written["Effect"])
        yield seal.location.bucket, statement


def _try_seals(order: GrantOrder) -> Iterator[GrantStatement]:
    """The stack's own policy names no seal: one that it makes itself would prove nothing."""
    folders = dict.fromkeys(_objects(seal.location.child(FOLDER), order.partition) for seal in order.seals)
    if folders:
        reason = "Look for the seals with which clients prove that their buckets are theirs."
        yield GrantStatement(_sid("LookForSeals", order.client), (ACTION,), (reason,), tuple(folders))


# --- KMS and STS ------------------------------------------------------------------------------------------------------


def _use_keys(order: GrantOrder) -> tuple[GrantStatement, ...]:
    """What the caller's own policy says about the keys (rule 24)."""
    return (_use(order, order.kms_keys, order.kms_keys),) if order.kms_keys else ()


def _key_policies(order: GrantOrder, principal: str, *, optional: bool = False) -> Iterator[Attachment]:
    """A statement for each key's policy, where ``*`` stands for the key itself.

    It is optional where the user of the key is of the key's own account: a key's policy usually leaves those to IAM.
    https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
    """
    for key in order.kms_keys:
        left_to_iam = optional and Arn.parse(key).account == Arn.parse(principal).account
        statement = replace(_use(order, (key,), ("*",)), principal=principal, optional=left_to_iam)
        yield Attachment(Place.KEY, key, Side.CLIENT, (statement,))


def _use(order: GrantOrder, keys: tuple[str, ...], resources: tuple[str, ...]) -> GrantStatement:
    """Which key protects which bucket is not told, so each may serve both; through S3 alone, in the key's region.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
    """
    domain = "amazonaws.com.cn" if order.partition == "aws-cn" else "amazonaws.com"
    through = dict.fromkeys(f"s3.{Arn.parse(key).region}.{domain}" for key in keys)
    return GrantStatement(
        _sid("UseKey", order.client),
        ("kms:Decrypt", "kms:GenerateDataKey"),
        (
            "Read sources that the key protects, and put together results that were uploaded in parts.",
            "Write results that the key protects.",
        ),
        resources,
        bounds=(Bound("StringEquals", "kms:ViaService", tuple(through)),),
    )


def _trust(order: GrantOrder, role: ClientRole) -> GrantStatement:
    return GrantStatement(
        _sid("Trust", order.client),
        ("sts:AssumeRole",),
        ("Let the stack, and nobody else, act as this role, and only when it says this ExternalId.",),
        principal=order.principal,
        bounds=(Bound("StringEquals", "sts:ExternalId", (role.external_id,)),),
    )


def _tag(order: GrantOrder) -> GrantStatement:
    """A statement of its own, because this action does not carry the ExternalId; it lets nobody in by itself.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html#id_session-tags_permissions-required
    """
    return GrantStatement(
        _sid("Tag", order.client),
        (_TAG,),
        (_TAG_REASON,),
        principal=order.principal,
        bounds=(Bound("ForAllValues:StringEquals", "aws:TagKeys", ("client", "job")),),
        optional=True,
    )


def _assume(order: GrantOrder, role: ClientRole) -> tuple[GrantStatement, ...]:
    reason = f"Act as {order.client}'s role in {order.client}'s account, and as no other one."
    return (
        GrantStatement(_sid("Assume", order.client), ("sts:AssumeRole",), (reason,), (role.arn,)),
        GrantStatement(_sid("Tag", order.client), (_TAG,), (_TAG_REASON,), (role.arn,), optional=True),
    )


# --- names and patterns ---------------------------------------------------------------------------------------------


def _sid(purpose: str, client: str) -> str:
    """A name that stays the same: letters and digits only, with a mark where that would make two clients one."""
    words = re.findall(r"[A-Za-z0-9]+", client)
    name = "".join(word[0].upper() + word[1:] for word in words)
    mark = "" if name == client else hashlib.sha256(client.encode()).hexdigest()[:6]
    return f"CloudTranscode{purpose}{name}{mark}"


def _folder(location: S3Location) -> str:
    """The prefix of the keys below a location, with its slash: ``video`` must not grant ``video2``."""
    key = location.key.rstrip("/")
    return f"{key}/" if key else ""


def _objects(location: S3Location, partition: str) -> str:
    return f"arn:{partition}:s3:::{location.bucket}/{_escaped(_folder(location))}*"


def _escaped(key: str) -> str:
    """A key that stands for itself in a policy of version 2012-10-17 (rule 13)."""
    return re.sub(r"[*?]|\$(?=\{)", lambda found: f"${{{found[0]}}}", key)
