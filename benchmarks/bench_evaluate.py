"""How many decisions a second, and how that falls from one statement to a policy of 20 KB; run by `make bench`.

A bucket policy grants up to 20 accounts reading, writing and listing under prefixes of their own, under conditions and
with a policy variable, and denies everybody what is not encrypted; the callers have an identity policy.
No two requests are alike: 20 principals, and in each request a key and an address that no other has; every tenth is
for what another client was granted. In every round policies are compiled anew, and what they learn counts. One thread
asks, and its seconds are those of the processor, so that they tell little of what else the machine does.

- ``walked``: the baseline, `evaluate` on the parsed policies, which walks every statement; on a part of the requests.
- ``compiled``: `decide` of compiled policies, on requests made before.
- ``+ Request``: the same, and making each `Request`.
- ``+ stranger``: as ``compiled``, but each request comes from a session that was not seen before.

The answers of all ways are compared. Ratios are taken within a round, where all ways met the same machine; the median
of them is what counts.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

from cloudtranscode.entitlements.compiled import compile_policies
from cloudtranscode.entitlements.evaluate import Decision, PolicySet, Principal, Request, evaluate
from cloudtranscode.entitlements.policy import Policy

BUCKET, OWNER = "arn:aws:s3:::media", "444455556666"
PEOPLE = 20
LIMIT = 20 * 1024  # bytes, AWS's limit of a bucket policy
SIZES = (1, 2, 4, 8, 16, 32, 64, 1000)  # statements; the last is cut at the limit
ENCRYPTED = {
    "Sid": "OnlyEncrypted",
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Resource": [BUCKET, f"{BUCKET}/*"],
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}
IDENTITY = Policy.parse({"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": [BUCKET, f"{BUCKET}/*"]}})


def role(client: int) -> str:
    """Return the role of a client; from the 20th on they come round again."""
    return f"arn:aws:iam::{111122220000 + client % PEOPLE}:role/stack"


def grants(client: int) -> Iterator[dict[str, Any]]:
    """Yield what one client is granted."""
    named = {"Effect": "Allow", "Principal": {"AWS": role(client)}}
    folder = f"{BUCKET}/client{client}"
    read = {"Action": ["s3:GetObject", "s3:GetObjectVersion"], "Resource": f"{folder}/*"}
    write = {"Action": ["s3:PutObject", "s3:AbortMultipartUpload"], "Resource": f"{folder}/*.m*"}
    owned = {"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control"}}
    below = {"StringLike": {"s3:prefix": f"client{client}/*"}, "IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}
    shared = f"{BUCKET}/shared{client}/${{aws:PrincipalAccount}}/*"
    yield {**named, "Sid": f"Read{client}", **read}
    yield {**named, "Sid": f"Write{client}", **write, "Condition": owned}
    yield {**named, "Sid": f"List{client}", "Action": "s3:ListBucket", "Resource": BUCKET, "Condition": below}
    yield {**named, "Sid": f"Shared{client}", "Action": "s3:GetObject", "Resource": shared}


def statements() -> Iterator[dict[str, Any]]:
    """Yield statements for as long as somebody takes them."""
    first, *others = grants(0)
    yield from (first, ENCRYPTED, *others)
    yield from (item for client in count(1) for item in grants(client))


def policy_of(size: int) -> str:
    """Write a policy of ``size`` statements, or of as many as fit."""
    taken: list[dict[str, Any]] = []
    text = ""
    for item in statements():
        taken.append(item)
        longer = json.dumps({"Version": "2012-10-17", "Statement": taken}, separators=(",", ":"))
        if len(taken) > size or len(longer) > LIMIT:
            break
        text = longer
    return text


Question = tuple[Principal, str, str, dict[str, tuple[str, ...]]]


def questions(number: int, chance: random.Random) -> Iterator[Question]:
    """Yield who wants what of which resource, and what the request carries."""
    names = [role(client) for client in range(PEOPLE)]
    people = [
        Principal.session(f"{name.replace('iam', 'sts').replace('role', 'assumed-role')}/job", name) for name in names
    ]
    for index in range(number):
        client = chance.randrange(PEOPLE)
        folder = f"client{client + (chance.random() < 0.1)}"  # noqa: PLR2004  # every tenth
        action = chance.choices(["s3:GetObject", "s3:PutObject", "s3:ListBucket"], [70, 20, 10])[0]
        resource = f"{BUCKET}/{folder}/film-{index}.mov"
        address = f"10.{index >> 16}.{index >> 8 & 255}.{index & 255}"
        carried: dict[str, tuple[str, ...]] = {"aws:SecureTransport": ("true",), "aws:SourceIp": (address,)}
        if action == "s3:PutObject":
            carried["s3:x-amz-acl"] = ("bucket-owner-full-control",)
        elif action == "s3:ListBucket":
            resource, carried["s3:prefix"] = BUCKET, (f"{folder}/{index}",)
        elif index % 7 == 0:
            resource = f"{BUCKET}/shared{client}/{people[client].account}/{index}.mov"
        yield people[client], action, resource, carried


@dataclass(frozen=True, slots=True)
class Round:
    """Seconds that compiling took, and a decision in each way."""

    compiling: float
    walked: float
    compiled: float
    with_request: float
    strangers: float


def timed(decide: Callable[[Request], Decision], requests: Iterable[Request]) -> tuple[float, list[Decision]]:
    """Return the seconds that a decision took, and all decisions."""
    began = time.process_time()
    decisions = [decide(request) for request in requests]
    return (time.process_time() - began) / len(decisions), decisions


def stranger(request: Request, number: int) -> Request:
    """Let another session of the same role ask."""
    who = request.principal
    return replace(request, principal=Principal.session(f"{who.session_arn}-{number}", who.arn))


def measure(policies: PolicySet, asked: Sequence[Question], walking: int) -> Round:
    """Decide in every way, the first ``walking`` requests by walking."""
    requests = [Request(who, action, what, OWNER, carried) for who, action, what, carried in asked]
    strangers = [stranger(request, number) for number, request in enumerate(requests)]
    made = (Request(who, action, what, OWNER, carried) for who, action, what, carried in asked)
    walked, expected = timed(lambda request: evaluate(request, policies), requests[:walking])
    began = time.process_time()
    ready = compile_policies(policies)
    compiling = time.process_time() - began
    compiled, decisions = timed(ready.decide, requests)
    with_request, again = timed(compile_policies(policies).decide, made)
    unseen, as_well = timed(compile_policies(policies).decide, strangers)
    if decisions[:walking] != expected or not decisions == again == as_well:
        raise SystemExit("The ways decide differently.")
    return Round(compiling, walked, compiled, with_request, unseen)


def report(text: str, rounds: Sequence[Round]) -> None:
    """Print one line of the table."""

    def rate(seconds: Callable[[Round], float]) -> str:
        return f"{1 / statistics.median(map(seconds, rounds)):>12,.0f}"

    print(
        f"{text.count('Effect'):>10}{len(text):>8}{statistics.median(one.compiling for one in rounds) * 1000:>12.2f}",
        f"{rate(lambda one: one.walked)}{rate(lambda one: one.compiled)}{rate(lambda one: one.with_request)}"
        f"{rate(lambda one: one.strangers)}{statistics.median(one.walked / one.compiled for one in rounds):>10.1f}",
    )


def main() -> None:
    """Measure every size in turn, round by round."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--requests", type=int, default=10_000)
    options = parser.parse_args()
    asked = list(questions(options.requests, random.Random(1)))  # noqa: S311  # always the same requests
    sizes = {
        text: PolicySet.closed(identity=(IDENTITY,), resource=Policy.parse(text)) for text in map(policy_of, SIZES)
    }
    machine = f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before"
    print(
        f"{options.requests} requests, {options.rounds} rounds; {machine}; decisions a second, of one thread",
        flush=True,
    )
    rounds = [
        {text: measure(policies, asked, options.requests // 50) for text, policies in sizes.items()}
        for _ in range(options.rounds)
    ]
    print(
        f"{'statements':>10}{'bytes':>8}{'ms compiling':>13}{'walked':>12}{'compiled':>12}{'+ Request':>12}"
        f"{'+ stranger':>12}{'ratio':>10}"
    )
    for text in sizes:
        report(text, [one[text] for one in rounds])


if __name__ == "__main__":
    main()
