"""A thousand documents that are broken on purpose: a precise error each, or a policy that does not allow."""

import json
import random
import re
from collections.abc import Callable
from typing import Any

import pytest

from cloudtranscode.entitlements.document import merge
from cloudtranscode.entitlements.evaluate import Effect, PolicySet, Principal, Request, evaluate
from cloudtranscode.entitlements.policy import Policy
from cloudtranscode.errors import InvalidPolicy

ROLE = "arn:aws:iam::111122223333:role/stack_prod"
GRANT: dict[str, Any] = {
    "Sid": "Read",
    "Effect": "Allow",
    "Principal": {"AWS": ROLE},
    "Action": "s3:GetObject",
    "Resource": "arn:aws:s3:::in/*",
    "Condition": {"StringEquals": {"aws:PrincipalAccount": "111122223333"}},
}
DOCUMENT: dict[str, Any] = {"Version": "2012-10-17", "Id": "p", "Statement": [GRANT]}
REQUEST = Request(Principal.from_arn(ROLE), "s3:GetObject", "arn:aws:s3:::in/a", "444455556666")
IDENTITY = Policy.parse({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}})

NEEDED = ("Effect", "Principal", "Action", "Resource", "Condition")
WRONG: list[Any] = [None, True, 7, -1.5, "", " ", "x", [], [[]], {}, {"": ""}, [None], {"AWS": {}}, "\ud800", 10**400]
# Letters that look like others, and characters that are not seen at all.
ALIKE = dict(zip("aeosAi", "\u0430\u0435\u043e\u0455\u0391\u0456", strict=True))
FULL_WIDTH = 0xFEE0  # from a character of ASCII to its wide form
UNSEEN = "\u200b\u200d\u00a0\u202e\ufeff\u00ad\x00\t\n"

Break = Callable[[random.Random], str]


def written(**changed: Any) -> str:
    return json.dumps({**DOCUMENT, "Statement": [{**GRANT, **changed}]})


def wrong_type(chance: random.Random) -> str:
    return written(**{chance.choice(NEEDED): chance.choice([one for one in WRONG if one != {}])})


def twice(chance: random.Random) -> str:
    name = chance.choice([*NEEDED, "Sid", "AWS", "aws:PrincipalAccount", "StringEquals", "Version", "Statement"])
    return written().replace(f'"{name}":', f'"{name}": {json.dumps(chance.choice(WRONG))}, "{name}":', 1)


def misnamed(chance: random.Random) -> str:
    name = chance.choice(["Version", "Statement", *NEEDED, "AWS", "StringEquals"])
    other = chance.choice([name.lower(), name.upper(), f"{name} ", f" {name}", name[:-1], f"{name}s", f"{name}\u200b"])
    return written().replace(f'"{name}":', f'"{other if other != name else "-"}":', 1)


def look_alike(chance: random.Random) -> str:
    name, text = chance.choice(
        [("Effect", "Allow"), ("Action", GRANT["Action"]), ("AWS", ROLE), ("Resource", GRANT["Resource"][:-1])]
    )
    at = chance.randrange(len(text))
    odd = chance.choice([ALIKE.get(text[at], chr(ord(text[at]) + FULL_WIDTH)), chance.choice(UNSEEN) + text[at]])
    changed = text[:at] + odd + text[at + 1 :]
    return written(**{"Principal" if name == "AWS" else name: {"AWS": changed} if name == "AWS" else changed})


def deep(chance: random.Random) -> str:
    depth, opening = chance.choice([50, 900, 5_000, 100_000]), chance.choice(["[", '{"AWS":', '{"Statement":['])
    name = chance.choice(NEEDED)
    return json.dumps({**DOCUMENT, "Statement": [{**GRANT, name: "@"}]}).replace('"@"', opening * depth, 1)


def huge(chance: random.Random) -> str:
    name, size = chance.choice(NEEDED), chance.choice([5_000, 100_000, 400_000])
    value = chance.choice(["x", "*", "?", "é", "arn:", "${"]) * size
    return written(**{name: {"StringLike": {value: value}} if name == "Condition" else value})


def cut(chance: random.Random) -> str:
    text = written()
    return text[: chance.randrange(len(text))]


def scrambled(chance: random.Random) -> str:
    text = list(written())
    structure = [at for at, character in enumerate(text) if character in '{}[]":']
    for at in chance.sample(structure, chance.randint(1, 4)):
        text[at] = chance.choice('{}[]",:x\\ \x00')
    broken = "".join(text)
    return "[" if broken == written() else broken


def raw(chance: random.Random) -> str:
    return "".join(chr(chance.choice([chance.randrange(128), chance.randrange(0xD800)])) for _ in range(60))


BREAKS: list[Break] = [wrong_type, twice, misnamed, look_alike, deep, huge, cut, scrambled, raw]


def effect(policy: Policy) -> Effect:
    return evaluate(REQUEST, PolicySet.closed(identity=(IDENTITY,), resource=policy)).effect


def refusal(text: str) -> str | None:
    try:
        Policy.parse(text)
    except InvalidPolicy as error:
        return error.message
    return None


def test_the_document_as_it_stands_allows() -> None:
    assert effect(Policy.parse(written())) is Effect.ALLOW


@pytest.mark.parametrize("how", BREAKS, ids=lambda how: how.__name__)
def test_a_broken_document_is_refused_with_its_place_or_does_not_allow(how: Break) -> None:
    chance = random.Random(how.__name__)
    for _ in range(112):  # a thousand in all
        text = how(chance)
        message = refusal(text)
        if message is None:
            assert effect(Policy.parse(text)) is not Effect.ALLOW, text
        else:
            assert re.match(r".+: .+", message, re.DOTALL)
            assert len(message) < 1_000


@pytest.mark.parametrize(
    "text",
    [
        written(),
        json.dumps(DOCUMENT, indent="\t"),
        f"\r\n {json.dumps(DOCUMENT, separators=(',', ':'))}\n\n",
        json.dumps({"Statement": GRANT, "Id": "é\u2028", "Version": "2012-10-17"}, ensure_ascii=False),
        written().replace("/", "\\/"),
    ],
)
def test_a_document_in_which_nothing_changes_keeps_every_byte(text: str) -> None:
    assert merge(text, ()) == text
    assert merge(text, [GRANT]) == text
