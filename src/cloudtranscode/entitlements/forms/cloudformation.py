"""A grant sheet as CloudFormation templates in YAML."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from cloudtranscode.entitlements.arn import Arn
from cloudtranscode.entitlements.forms.wording import by_hand, headline, mark, places, policy_name, reasons, replaces
from cloudtranscode.entitlements.present import Present
from cloudtranscode.entitlements.sheet import Attachment, GrantSheet, Place
from cloudtranscode.errors import Side

_FORM = "cloudformation"
_WIDTH = 1_000_000  # a text is never folded
_DESCRIPTION = 1000  # of 1024 characters of a role's description and a template's
_ROLE = "ClientRole"
# What some reader takes for a number, a time or a boolean and SafeDumper does not: 089988887777, 1e3, 0o17, .5, y.
# https://yaml.org/type/ (1.1) and https://yaml.org/spec/1.2.2/#1032-tag-resolution (1.2)
_AMBIGUOUS = re.compile(r"[-+.]*\d.*|[yYnN]", re.DOTALL)


def cloudformation(sheet: GrantSheet, side: Side, present: Present) -> str:
    """Write the template of one side; ``""`` when that side has nothing that CloudFormation can attach.

    Each resource carries the reasons for its permissions as metadata. Errors: those of :meth:`Attachment.merged`.
    """
    resources = dict(_resources(sheet, side, present))
    if not resources:
        return ""
    template: dict[str, Any] = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": f"Cloud Transcode: {sheet.explanation}"[:_DESCRIPTION],
        "Resources": resources,
    }
    if _ROLE in resources:
        template["Outputs"] = {
            "RoleArn": {"Description": "The role that the stack assumes.", "Value": {"Fn::GetAtt": [_ROLE, "Arn"]}}
        }
    dumped = yaml.dump(
        template, Dumper=_Dumper, sort_keys=False, default_flow_style=False, allow_unicode=True, width=_WIDTH
    )
    return "".join(f"# {line}\n" for line in _remarks(sheet, side, present)) + str(dumped)


def _remarks(sheet: GrantSheet, side: Side, present: Present) -> Iterator[str]:
    yield headline(sheet, side)
    if places(sheet, side, Place.ROLE, Place.STACK):
        yield "Deploy it with --capabilities CAPABILITY_NAMED_IAM."
    for bucket in places(sheet, side, Place.BUCKET):
        yield f"AWS::S3::BucketPolicy: {replaces(sheet, bucket, present, _FORM)}"
    for key in places(sheet, side, Place.KEY):
        yield "CloudFormation cannot change the policy of a key that exists."
        yield from by_hand(key)


def _resources(sheet: GrantSheet, side: Side, present: Present) -> Iterator[tuple[str, dict[str, Any]]]:
    for bucket in places(sheet, side, Place.BUCKET):
        properties = {"Bucket": bucket.target, "PolicyDocument": json.loads(present.merged(bucket))}
        yield _logical("Policy", bucket.target), _resource("AWS::S3::BucketPolicy", properties, bucket)
    trust, role = places(sheet, side, Place.TRUST), places(sheet, side, Place.ROLE)
    if trust and role:
        yield _ROLE, _role(trust[0])
        yield f"{_ROLE}Policy", _inline(sheet, role[0], {"Roles": [{"Ref": _ROLE}]})
    for own in places(sheet, side, Place.STACK):
        arn = Arn.parse(own.target)
        yield "StackPolicy", _inline(sheet, own, {"Users" if arn.is_user else "Roles": [arn.name]})


def _role(trust: Attachment) -> dict[str, Any]:
    arn = Arn.parse(trust.target)
    properties = {"RoleName": arn.name, "Path": arn.path, "AssumeRolePolicyDocument": trust.document}
    return _resource("AWS::IAM::Role", properties, trust)


def _inline(sheet: GrantSheet, place: Attachment, whose: Mapping[str, Any]) -> dict[str, Any]:
    properties = {"PolicyName": policy_name(sheet), **whose, "PolicyDocument": place.document}
    return _resource("AWS::IAM::Policy", properties, place)


def _resource(kind: str, properties: Mapping[str, Any], place: Attachment) -> dict[str, Any]:
    why = {statement.sid: list(reasons(statement)) for statement in place.statements}
    return {"Type": kind, "Metadata": {"Reasons": why}, "Properties": dict(properties)}


def _logical(kind: str, name: str) -> str:
    """A name that CloudFormation takes, and that no other bucket's has: `a-b` and `a.b` differ in their marks."""
    words = "".join(word[0].upper() + word[1:] for word in re.findall(r"[A-Za-z0-9]+", name))
    return f"{kind}{words}{mark(name)}"


class _Dumper(yaml.SafeDumper):
    """YAML without anchors, which a reader has to look up, and with strings that every reader takes for strings."""

    def ignore_aliases(self, _data: Any) -> bool:
        return True

    def represent_str(self, data: str) -> yaml.ScalarNode:
        style = "'" if _AMBIGUOUS.fullmatch(data) else None
        return self.represent_scalar("tag:yaml.org,2002:str", data, style)


_Dumper.add_representer(str, _Dumper.represent_str)
