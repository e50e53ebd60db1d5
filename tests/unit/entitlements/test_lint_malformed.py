"""Whatever a document holds, the linter answers with findings: 1,000 broken documents of many kinds."""

import json
import random
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest

from cloudtranscode.entitlements.lint.case import Surroundings
from cloudtranscode.entitlements.lint.draft import Document
from cloudtranscode.entitlements.lint.finding import Finding
from cloudtranscode.entitlements.lint.linter import lint
from cloudtranscode.location import S3Location
from support.iam_reference import FrozenReference

ROLE = "arn:aws:iam::111122223333:role/stack_prod"
AROUND = Surroundings(ROLE, S3Location("in", "video"), S3Location("in", "results"), ownership_enforced=False)
ODD: list[Any] = [
    *(None, True, False, 0, -1, 1.5, "", " ", "*", "?", "::", "arn:", "arn:::::", "arn:aws:s3:::", "${", "${}", "${a"),
    *([], {}, [[]], [{}], {"": ""}, [None], {"AWS": None}, {"AWS": {}}, {"AWS": [1, []]}, {"*": "*"}, "\x00", "\ud800"),
    *("x" * 30_000, "*" * 5_000, "\N{FULLWIDTH DIGIT ONE}" * 12, "a\N{COMBINING ACUTE ACCENT}", "../../etc/passwd:Get"),
    *("s3:", ":GetObject", "s3:Get\N{CYRILLIC SMALL LETTER O}bject", "arn:aws:iam::١٢٣:role/a", "arn:aws:iam::1:role"),
    *(10**400, "arn:aws:sts::1:assumed-role/", "arn:aws:s3:::b/${aws:username", {"StringEquals": {"": []}}, "S3:*"),
]
KEYS = ["Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"]


def good() -> dict[str, Any]:
    test = {
        "StringLike": {"s3:prefix": ["video/*", "${aws:username}/*"]},
        "IpAddress": {"aws:SourceIp": "192.0.2.0/24"},
    }
    allow = {"Sid": "A", "Effect": "Allow", "Principal": {"AWS": [ROLE, "*"], "Service": "s3.amazonaws.com"}}
    allow |= {"Action": ["s3:GetObject", "s3:List*"], "Resource": ["arn:aws:s3:::in", "arn:aws:s3:::in/video/*"]}
    deny = {"Sid": "B", "Effect": "Deny", "NotPrincipal": {"AWS": ROLE}, "NotAction": "s3:*", "Resource": "*"}
    return {"Version": "2012-10-17", "Id": "I", "Statement": [{**allow, "Condition": test}, deny]}


def spots(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every place of a document where something can be put."""
    for key in list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield value, key
        yield from spots(value[key])


def broken(seed: int) -> str:
    chance = random.Random(seed)
    document = good()
    for _ in range(chance.randint(1, 4)):
        holder, key = chance.choice(list(spots(document)))
        if isinstance(holder, dict) and chance.random() < 0.3:
            holder[chance.choice([*KEYS, "Sid ", "aws:x", "\ud83d", "StringEquals"])] = deepcopy(chance.choice(ODD))
        else:
            holder[key] = deepcopy(chance.choice(ODD))
    text = json.dumps(document, ensure_ascii=chance.random() < 0.5)
    if chance.random() < 0.25:
        start = chance.randrange(len(text))
        text = (
            text[:start] + chance.choice(["", "{", "]", '"', "\\", ",", "\x00"]) + text[start + chance.randint(0, 9) :]
        )
    return text


def well_formed(findings: tuple[Finding, ...]) -> bool:
    texts = [text for finding in findings for text in (finding.path, finding.message, finding.remedy)]
    return all(text.isascii() and text.isprintable() and len(text) < 2_500 for text in texts)


def test_a_thousand_broken_documents_are_answered_with_findings() -> None:
    reference = FrozenReference()
    for seed in range(1_000):
        findings = lint([Document("a", broken(seed)), Document("b", broken(-seed - 1))], reference, AROUND)
        assert findings, seed
        assert well_formed(findings), seed


DEEP = 100_000
SHAPES = {
    "nothing": "",
    "no JSON": "Version: 2012-10-17",
    "a number": "1",
    "not a number": "NaN",
    "deep lists": "[" * DEEP,
    "deep statement": '{"Statement":' + "[" * DEEP + "]" * DEEP + "}",
    "deep condition": '{"Statement":[{"Condition":' + '{"a":' * 500 + "1" + "}" * 501 + "]}",
    "huge": json.dumps({"Statement": "x" * 300_000}),
    "huge number": '{"Statement":[{"Condition":{"NumericEquals":{"aws:x":' + "9" * 10_000 + "}}}]}",
    "a key twice": '{"Statement":[],"Statement":[]}',
    "a byte order mark": '\ufeff{"Statement":[]}',
    "no statement": "{}",
    "empty statement": '{"Statement":[]}',
}


@pytest.mark.parametrize("text", SHAPES.values(), ids=SHAPES)
def test_odd_shapes_are_errors(text: str) -> None:
    findings = lint([Document("a", text)], FrozenReference(), AROUND)
    assert {"not-a-policy", "grammar"} & {finding.id for finding in findings}
    assert well_formed(findings)


def test_many_statements_take_little_time() -> None:
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": ROLE},
        "Action": "s3:*" + "*" * 50,
        "Resource": "arn:aws:s3:::in/*a",
    }
    text = json.dumps({"Version": "2012-10-17", "Statement": [statement] * 250})
    assert len(lint([Document("a", text)], FrozenReference())) >= 250


def test_many_names_in_one_statement_give_no_flood_of_findings() -> None:
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": [f"{ROLE}{number}" for number in range(400)]},
        "Action": ["s3:GetObject"] * 400,
        "Resource": "arn:aws:s3:::in/*",
    }
    text = json.dumps({"Version": "2012-10-17", "Statement": statement})
    assert len(lint([Document("a", text)], FrozenReference())) < 1_000
