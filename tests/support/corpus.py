"""Policies at large, made from a seed: as written in the field, generated, misspelt, broken and hostile."""

import json
import random
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from cloudtranscode.entitlements.grant import grant_sheet
from cloudtranscode.entitlements.order import GrantOrder
from cloudtranscode.location import S3Location
from support.reference import reference_policy

STACK, CLIENT = "111122223333", "444455556666"
ROLE = f"arn:aws:iam::{STACK}:role/stack_prod"
ORDER = GrantOrder("ClientA", ROLE, STACK, CLIENT, S3Location("clienta", "in/ä"), S3Location("clienta", "out"))
NAMES = [
    *(ROLE, f"arn:aws:sts::{STACK}:assumed-role/stack_prod/job", f"arn:aws:iam::{STACK}:user/stack_prod", STACK),
    *(
        f"arn:aws:iam::{STACK}:root",
        f"arn:aws:iam::{CLIENT}:role/owner",
        "AROAEXAMPLEEXAMPLE22",
        "arn:aws:iam::1:user/x",
    ),
]
PRINCIPALS: list[Any] = [
    "*",
    {"AWS": "*"},
    {"AWS": NAMES[:3]},
    {"CanonicalUser": "ab12"},
    {"Service": "s3.amazonaws.com"},
]
PRINCIPALS += [{"AWS": name} for name in NAMES]
ACTIONS = [
    *(
        "*",
        "s3:*",
        "s3:Get*",
        "s3:GetObject",
        "S3:putobject",
        "s3:PutObject*",
        "s3:AbortMultipartUpload",
        "s3:List?ucket",
    ),
    *("s3:ListBucket", "s3:GetObjekt", "ec2:RunInstances", "kms:Decrypt", "nosuch:Thing", "s3:PutBucketPolicy"),
]
RESOURCES = [
    *(
        "*",
        "arn:aws:s3:::clienta",
        "arn:aws:s3:::clienta/*",
        "arn:aws:s3:::clienta/in/ä/*",
        "arn:aws:s3:::clienta/out/*",
    ),
    *("arn:aws:s3:::clienta/${aws:username}/*", "arn:aws:s3:::clienta/in/?/${aws:PrincipalTag/x, 'any'}*"),
    *(
        "arn:aws:s3:::clienta/${*}${?}${$}",
        "arn:aws-cn:s3:::clienta/*",
        "arn:aws:s3:::other/in/a\N{COMBINING DIAERESIS}/*",
    ),
]
CONDITIONS: list[dict[str, Any]] = [
    *({}, {}, {"Bool": {"aws:SecureTransport": "true"}}, {"BoolIfExists": {"aws:SecureTransport": False}}),
    *({"StringNotEquals": {"aws:PrincipalAccount": [STACK, CLIENT]}}, {"Null": {"s3:prefix": "true"}}),
    *({"StringLike": {"s3:prefix": ["in/*", "${aws:username}*", "b?"]}}, {"StringEquals": {"sts:ExternalId": "x"}}),
    *({"ForAnyValue:StringEquals": {"aws:TagKeys": ["x", "y"]}}, {"ForAllValues:StringNotLike": {"aws:TagKeys": "x*"}}),
    *(
        {"NotIpAddress": {"aws:SourceIp": ["10.0.0.0/8", "2001:db8::/32"]}},
        {"IpAddress": {"aws:SourceIp": "192.0.2.1"}},
    ),
    *(
        {"DateLessThan": {"aws:CurrentTime": "2027-01-31T18:00:00+01:00"}},
        {"NumericLessThanEquals": {"s3:max-keys": 10}},
    ),
    *(
        {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/st*"}},
        {"StringEqualsIgnoreCase": {"aws:PrincipalType": "USER"}},
    ),
    *({"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control"}}, {"StringLike": {"s3:prefx": "a"}}),
]
CONTEXTS: list[dict[str, list[str]]] = [
    *(
        {},
        {"aws:SecureTransport": ["true"]},
        {"s3:prefix": ["in/a"]},
        {"aws:TagKeys": ["x", "y"]},
        {"aws:TagKeys": ["z"]},
    ),
    *({"aws:SourceIp": ["10.1.1.1"]}, {"aws:SourceIp": ["2001:db8::1"]}, {"aws:CurrentTime": ["2027-01-31T17:00:00Z"]}),
]
ODD: list[Any] = [
    *(
        None,
        True,
        -1,
        1.5,
        1e300,
        "",
        " ",
        "*",
        "::",
        "arn:",
        "arn:aws:s3:::",
        "${",
        "${}",
        "\x00",
        "\ud800",
        "\u202e",
        "İ",
    ),
    *(
        [],
        {},
        [[]],
        {"": ""},
        {"AWS": {}},
        "x" * 3_000,
        "\N{FULLWIDTH DIGIT ONE}" * 12,
        "s3:Get\N{CYRILLIC SMALL LETTER O}bject",
    ),
    *(
        "<img src=x onerror=alert(1)>",
        "</script><script>alert(1)</script>",
        "arn:aws:iam::١٢٣:role/a",
        10**40,
        "\U0001f600",
    ),
]
ELEMENTS = ["Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"]
SHAPES = [
    *("", "null", "1", "NaN", "[]", "{}", '"', "{", '{"Statement":[]}', '{"Statement":[],"Statement":[]}', "\ufeff{}"),
    *(
        "[" * 100_000,
        '{"a":' * 5_000,
        '{"Statement":' + "[" * 900 + "]" * 900 + "}",
        '{"Statement":[' + "{}," * 300 + "{}]}",
    ),
]


@dataclass(frozen=True, slots=True)
class Case:
    """One policy text, and one request to decide under it."""

    text: str
    who: str | None
    action: str
    resource: str
    owner: str | None
    context: dict[str, list[str]]


def cases(count: int, seed: int = 1) -> Iterator[Case]:
    """Make ``count`` cases, always the same for one seed."""
    chance = random.Random(seed)
    texts = [*as_written(), *SHAPES]
    texts += [(broken if chance.random() < 0.35 else generated)(chance) for _ in range(count - len(texts))]
    for text in texts:
        yield Case(
            text,
            chance.choice([*NAMES[:3], f"arn:aws:iam::{CLIENT}:role/owner", None]),
            chance.choice(["s3:GetObject", "s3:PutObject", "s3:ListBucket"]),
            chance.choice(["arn:aws:s3:::clienta", "arn:aws:s3:::clienta/in/ä/x", "arn:aws:s3:::clienta/out/y"]),
            chance.choice([CLIENT, CLIENT, STACK, None]),
            chance.choice(CONTEXTS),
        )


def as_written() -> list[str]:
    """The reference example, and what the grant sheet makes of the order."""
    sheet = next(iter(grant_sheet(ORDER).documents.values()))
    principals = ["arn:aws:iam::000111333444555:role/stack_prod", "arn:aws:iam::000111333444555:user/stack_prod", ROLE]
    written = [
        reference_policy(who, action, "clienta") for who in principals for action in ("s3:GetObject", "s3:PutObject")
    ]
    return [*written, sheet, sheet.replace("2012-10-17", "2008-10-17"), json.dumps(json.loads(sheet))]


def generated(chance: random.Random) -> str:
    """A policy that parses; often one that IAM would not take all the same."""
    statements = [statement(chance) for _ in range(chance.randint(1, 4))]
    document = {"Version": chance.choice(["2012-10-17", "2012-10-17", "2008-10-17"]), "Statement": statements}
    indent = chance.choice([None, 2, 4, "\t"])
    return json.dumps(document, indent=indent, ensure_ascii=chance.random() < 0.5)


def statement(chance: random.Random) -> dict[str, Any]:
    effect = chance.choice(["Allow", "Allow", "Deny"])
    negated = {name: "Not" if chance.random() < 0.15 else "" for name in ("Principal", "Action", "Resource")}
    made = {
        "Effect": effect,
        f"{negated['Principal']}Principal": chance.choice(PRINCIPALS),
        f"{negated['Action']}Action": chance.sample(ACTIONS, chance.randint(1, 3)),
        f"{negated['Resource']}Resource": chance.choice([chance.choice(RESOURCES), chance.sample(RESOURCES, 2)]),
        "Condition": chance.choice(
            [{}, chance.choice(CONDITIONS), chance.choice(CONDITIONS) | chance.choice(CONDITIONS)]
        ),
    }
    return made | ({"Sid": chance.choice(["A", "CloudTranscodeReadClientA", "é"])} if chance.random() < 0.5 else {})


def broken(chance: random.Random) -> str:
    """A policy with something odd in it, or a text that was one before it was cut."""
    document = json.loads(generated(chance))
    for _ in range(chance.randint(1, 3)):
        holder, key = chance.choice(list(_places(document)))
        if isinstance(holder, dict) and chance.random() < 0.3:
            key = chance.choice([*ELEMENTS, "Sid ", "aws:x"])
        holder[key] = deepcopy(chance.choice(ODD))
    text = json.dumps(document, ensure_ascii=chance.random() < 0.5)
    if chance.random() < 0.3:
        start = chance.randrange(len(text))
        cut = chance.choice(["", "{", "]", '"', "\\", ",", "\x00"])
        text = text[:start] + cut + text[start + chance.randint(0, 9) :]
    return text


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    for key in list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield value, key
        yield from _places(value[key])
