"""The evaluator against a real S3 server: thousands of made-up policies and requests, and both must give one answer.

``CT_TEST_DIFFERENTIAL_PAIRS`` and ``CT_TEST_DIFFERENTIAL_SEED`` ask for more pairs, and for others.
"""

import json
import os
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from random import Random

import pytest

from support import rgw_differences
from support.ceph import Rgw
from support.differential import HOME, Answer, NotTaken, Pair, Sent, World, shrink
from support.policy_maker import PolicyMaker
from support.rgw_differences import DIFFERENCES, Difference, as_gateway, causes

PAIRS = int(os.environ.get("CT_TEST_DIFFERENTIAL_PAIRS", "5000"))
SEED = os.environ.get("CT_TEST_DIFFERENTIAL_SEED", "1")
BATCH = 25  # pairs that share their policies
SHOWN = 3  # disagreements that are made small and shown


@pytest.fixture(scope="module")
def world(rgw: Rgw) -> Iterator[World]:
    with closing(World(rgw)) as world:
        yield world


@dataclass
class Tally:
    """What came out: how often which answers met, which differences decided, and what nothing explains."""

    answers: Counter[tuple[Answer, Answer]] = field(default_factory=Counter)
    causes: Counter[str] = field(default_factory=Counter)
    unexplained: list[Pair] = field(default_factory=list)

    def add(self, world: World, pair: Pair) -> None:
        gateway, question = world.ask(pair), world.question(pair)
        evaluator = question.answer()
        self.answers[evaluator, gateway] += 1
        assert evaluator is not Answer.UNKNOWN or not question.decision().unknown, "everything is told here"
        if as_gateway(question).answer() is not gateway:
            self.unexplained.append(pair)
        elif evaluator is not gateway:
            self.causes.update(causes(question))

    def __str__(self) -> str:
        met = [
            f"{count:6} evaluator {ours}, gateway {theirs}" for (ours, theirs), count in sorted(self.answers.items())
        ]
        explained = [f"{count:6} {name}" for name, count in self.causes.most_common()]
        return "\n".join(
            [f"{self.answers.total():6} pairs, seed {SEED}", *met, "differences that decided:", *explained]
        )


def disagrees(world: World, pair: Pair) -> bool:
    try:
        return world.ask(pair) is not as_gateway(world.question(pair)).answer()
    except NotTaken:
        return False


def report(world: World, pair: Pair) -> str:
    """All that is needed to see the cause: the pair made small, both answers, and the evaluator's trace."""
    small = shrink(pair, lambda one: disagrees(world, one))
    question, gateway = world.question(small), world.ask(small)
    read = as_gateway(question)
    title = "FALSE ALLOW" if read.answer() is Answer.ALLOWED else "disagreement"
    documents = {name: getattr(small, name) for name in ("bucket_policy", "identity", "session")}
    return "\n".join(
        [
            f"{title}: {small.who} sends {small.sent}",
            *(f"{name}: {json.dumps(document)}" for name, document in documents.items()),
            f"the gateway: {gateway}; by AWS's rules: {question.answer()}; with all differences: {read.answer()}",
            *(f"  {finding}" for finding in read.decision().trace),
        ]
    )


@pytest.mark.timeout(300 + PAIRS // 20)
def test_the_evaluator_answers_as_the_server_does(world: World) -> None:
    tally = Tally()
    for batch in range(-(-PAIRS // BATCH)):
        for pair in PolicyMaker(Random(f"{SEED}/{batch}")).batch(BATCH):
            tally.add(world, pair)

    sys.stdout.write(f"{tally}\n")
    reports = [report(world, pair) for pair in tally.unexplained[:SHOWN]]
    assert not tally.unexplained, "\n\n".join([f"{len(tally.unexplained)} pairs disagree", *reports])
    assert tally.answers.total() >= PAIRS
    theirs = Counter(gateway for (_, gateway), count in tally.answers.items() for _ in range(count))
    assert min(theirs[Answer.ALLOWED], theirs[Answer.REFUSED]) > PAIRS / 5, "one answer is hardly ever asked for"
    unknown = sum(count for (ours, _), count in tally.answers.items() if ours is Answer.UNKNOWN)
    assert unknown < PAIRS / 200, "everything is known here but what AWS leaves open"


@pytest.mark.parametrize("difference", DIFFERENCES, ids=lambda difference: difference.name)
def test_each_difference_is_there_and_decides_alone(world: World, difference: Difference) -> None:
    question = world.question(difference.witness)
    gateway, aws = difference.answers

    assert world.ask(difference.witness) is gateway
    assert question.answer() is aws
    assert difference.read(question).answer() is gateway
    assert list(causes(question)) == [difference.name]


def test_each_difference_has_a_name_and_says_what_it_is() -> None:
    assert len({difference.name for difference in DIFFERENCES}) == len(DIFFERENCES)
    for difference in DIFFERENCES:
        assert difference.gateway.endswith(".")
        assert difference.aws.endswith(".")
        assert difference.source.startswith("https://docs.aws.amazon.com/")


def test_the_same_seed_makes_the_same_pairs() -> None:
    once, again, other = (list(PolicyMaker(Random(seed)).batch(BATCH)) for seed in ("1/0", "1/0", "1/1"))
    assert once == again != other


def test_an_undocumented_disagreement_is_found_and_shown_small(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    ann = f"arn:aws:iam::{HOME}:user/ann"
    guilty = {"Effect": "Allow", "Principal": {"AWS": ann}, "NotAction": "s3:PutObject", "Resource": "*"}
    innocent = [
        {"Effect": "Deny", "Principal": "*", "Action": "s3:DeleteObject", "Resource": "*"},
        {"Effect": "Allow", "Principal": {"AWS": HOME}, "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::film"},
    ]
    policy = {"Version": "2012-10-17", "Statement": [innocent[0], guilty, innocent[1]]}
    pair = Pair("ann", Sent("GetObject", "GET", "reel.mov"), policy)
    monkeypatch.setattr(rgw_differences, "DIFFERENCES", ())
    tally = Tally()

    tally.add(world, pair)

    assert tally.unexplained == [pair]
    shown = report(world, pair)
    assert shown.startswith("FALSE ALLOW: ann sends")
    assert json.dumps({"Version": "2012-10-17", "Statement": [guilty]}) in shown
    assert "resource policy 0 statement 0: Allow" in shown
