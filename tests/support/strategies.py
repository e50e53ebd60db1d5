"""Policies and requests for hypothesis to draw from: few names, so that they often meet."""

from typing import Any

from hypothesis import strategies as st

from cloudtranscode.entitlements.evaluate import PolicySet, Request
from cloudtranscode.entitlements.policy import Policy
from cloudtranscode.entitlements.principal import Principal

STACK, CLIENT = "111122223333", "444455556666"
NAMES = [
    f"arn:aws:iam::{STACK}:role/stack",
    f"arn:aws:sts::{STACK}:assumed-role/stack/job",
    f"arn:aws:iam::{STACK}:user/ann",
    f"arn:aws:iam::{STACK}:root",
    f"arn:aws:iam::{CLIENT}:role/owner",
]
CONDITIONS: list[dict[str, Any]] = [
    {},
    {"Bool": {"aws:SecureTransport": "true"}},
    {"BoolIfExists": {"aws:SecureTransport": "false"}},
    {"StringNotEquals": {"aws:PrincipalAccount": STACK}},
    {"StringLike": {"s3:prefix": ["a/${aws:username}*", "b?"]}},
    {"ForAnyValue:StringEquals": {"aws:TagKeys": ["x", "y"]}},
    {"ForAllValues:StringNotEquals": {"aws:TagKeys": "x"}},
    {"Null": {"s3:prefix": "true"}},
    {"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}},
]
PRINCIPALS: list[Any] = [
    *("*", {"CanonicalUser": "abc"}, {"Service": "s3.amazonaws.com", "AWS": CLIENT}),
    *({"AWS": name} for name in [*NAMES, STACK, CLIENT, "AROAEXAMPLEEXAMPLE22"]),
]
ACTIONS = ["*", "s3:*", "s3:Get*", "s3:GetObject", "s3:PutObject"]
RESOURCES = [
    *("*", "arn:aws:s3:::in/*", "arn:aws:s3:::in/a", "arn:aws:s3:::in/a*", "arn:aws:s3:::in/a*n", "arn:aws:s3:::out/*"),
    *(
        "arn:aws:s3:::i?/a?n",
        "arn:aws:s3:*::in/a",
        "arn:*:s3:::*/b",
        "arn:aws:s3:::",
        "arn:aws:s3:::out/${aws:SourceIp}",
    ),
    *("arn:aws:s3:::in/${aws:username}", "arn:aws:s3:::in/${s3:prefix, 'a'}*"),
]


@st.composite
def statements(draw: st.DrawFn, verdicts: tuple[str, ...] = ("Allow", "Deny")) -> dict[str, Any]:
    verdict = draw(st.sampled_from(verdicts))
    principal = "NotPrincipal" if verdict == "Deny" and draw(st.booleans()) else "Principal"
    action, resource = (draw(st.sampled_from([name, f"Not{name}"])) for name in ("Action", "Resource"))
    written = {
        "Effect": verdict,
        action: draw(st.lists(st.sampled_from(ACTIONS), min_size=1, max_size=2)),
        resource: draw(st.lists(st.sampled_from(RESOURCES), min_size=1, max_size=2)),
        "Condition": draw(st.sampled_from(CONDITIONS)),
    }
    return {**written, principal: draw(st.sampled_from(PRINCIPALS))} if draw(st.integers(0, 7)) else written


LISTS = st.lists(statements(), min_size=1, max_size=5)
CONTEXTS = st.fixed_dictionaries(
    {},
    optional={
        "aws:SecureTransport": st.sampled_from([("true",), ("false",)]),
        "s3:prefix": st.sampled_from([("a/ann",), ("bx",), ("c",)]),
        "aws:TagKeys": st.sampled_from([("x",), ("x", "y"), ("z",)]),
        "aws:SourceIp": st.sampled_from([("10.1.1.1",), ("203.0.113.9",)]),
    },
)
PEOPLE = st.sampled_from(
    [*map(Principal.from_arn, NAMES), Principal.session(NAMES[1], NAMES[0]), Principal.anonymous()],
)
REQUESTS = st.builds(
    Request,
    PEOPLE,
    st.sampled_from(["s3:GetObject", "s3:PutObject"]),
    st.sampled_from(["arn:aws:s3:::in/a", "arn:aws:s3:::in/ann", "arn:aws:s3:::out/b"]),
    st.sampled_from([CLIENT, STACK, None]),
    CONTEXTS,
    st.sampled_from([frozenset[str](), frozenset({"aws:SourceIp"}), frozenset({"s3:prefix", "aws:TagKeys"})]),
)


def policy(written: list[dict[str, Any]]) -> Policy:
    return Policy.parse({"Version": "2012-10-17", "Statement": written})


ATTACHED = st.lists(LISTS.map(policy), max_size=2).map(tuple)
LEVELS = st.lists(ATTACHED, max_size=2).map(tuple)
POLICY_SETS = st.builds(
    PolicySet,
    *(st.none() | ATTACHED for _ in ("identity", "resource", "boundary", "session", "endpoint")),
    *(st.none() | LEVELS for _ in ("scps", "rcps")),
)
