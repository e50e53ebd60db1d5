"""A job's session policy allows what the job needs and nothing else, whatever keys look like."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloudtranscode.entitlements.evaluate import Decision, PolicySet, Principal, Request, evaluate
from cloudtranscode.entitlements.narrow import MAX_CHARACTERS, Bounds, client_policies, job_policies, seal_policies
from cloudtranscode.entitlements.needs import Destination, Need, needs
from cloudtranscode.entitlements.policy import Policy
from cloudtranscode.entitlements.seal import ACTION, Seal
from cloudtranscode.location import S3Location, parse_s3

ROLE_ARN = "arn:aws:iam::111122223333:role/stack_prod"
ROLE = Principal.from_arn(ROLE_ARN)
EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}
OWN = Policy.parse({"Version": "2012-10-17", "Statement": EVERYTHING})
OF_KEY = Policy.parse({"Version": "2012-10-17", "Statement": EVERYTHING | {"Principal": {"AWS": ROLE_ARN}}})
KEY = "arn:aws:kms:us-east-1:444455556666:key/1234abcd-12ab-34cd-56ef-1234567890ab"
WHOLE = Bounds(S3Location("clienta-in"), S3Location("clienta-out"))
PART = Bounds(S3Location("shared", "a/in"), S3Location("shared", "a/out"), kms_keys=(KEY,))


def decide(policy: str, action: str, resource: str, **context: str) -> Decision:
    """What a session with this policy may, of a role that may do everything, in its own account."""
    session = (Policy.parse(policy),)
    request = Request(ROLE, action, resource, "111122223333", {key: (text,) for key, text in context.items()})
    attached = OF_KEY if action.startswith("kms:") else None
    return evaluate(request, PolicySet.closed(identity=(OWN,), resource=attached, session=session))


def may(policy: str, action: str, location: S3Location, **context: str) -> bool:
    return decide(policy, action, location.arn(), **context).allowed


def lacking(policy: str, need: Need, kms_keys: tuple[str, ...] = ()) -> list[str]:
    """The permissions of ``need`` that the session does not have."""
    context = {"s3:prefix": need.location.key} if need.permissions == ("s3:ListBucket",) else {}
    missing = [name for name in need.permissions if not may(policy, name, need.resource, **context)]
    keys = [(name, key) for name in need.operation.kms for key in kms_keys]
    return missing + [name for name, key in keys if not decide(policy, name, key).allowed]


def policies(bounds: Bounds, source: str, *outputs: str) -> tuple[str, ...]:
    places = [Destination(parse_s3(uri), below=uri.endswith("/")) for uri in outputs]
    return job_policies(needs([parse_s3(source)], places), bounds)


def test_a_job_may_read_its_source_and_write_its_outputs_and_nothing_else() -> None:
    policy, *_ = policies(WHOLE, "s3://clienta-in/1.mov", "s3://clienta-out/1/a.mp4", "s3://clienta-out/1/hls/")

    assert may(policy, "s3:GetObject", parse_s3("s3://clienta-in/1.mov"))
    assert may(policy, "s3:PutObject", parse_s3("s3://clienta-out/1/a.mp4"))
    assert may(policy, "s3:PutObject", parse_s3("s3://clienta-out/1/hls/720p/0.m4s"))
    for action, uri in (
        ("s3:GetObject", "s3://clienta-in/2.mov"),
        ("s3:GetObject", "s3://clientb-in/1.mov"),
        ("s3:GetObject", "s3://clienta-out/1/a.mp4"),
        ("s3:PutObject", "s3://clienta-in/1.mov"),
        ("s3:PutObject", "s3://clienta-out/1/b.mp4"),
        ("s3:PutObject", "s3://clienta-out/1/hls2/0.m4s"),
        ("s3:DeleteObject", "s3://clienta-out/1/a.mp4"),
        ("s3:PutBucketPolicy", "s3://clienta-out"),
    ):
        assert not may(policy, action, parse_s3(uri)), (action, uri)


def test_the_text_is_json_that_every_server_takes() -> None:
    """STS takes no letter above U+00FF, RADOS Gateway 16 no blank."""
    policy, *_ = policies(WHOLE, "s3://clienta-in/Ein Fílm, 東京.mov", "s3://clienta-out/a b/ö.mp4")

    assert policy.isascii()
    assert " " not in policy
    assert may(policy, "s3:GetObject", parse_s3("s3://clienta-in/Ein Fílm, 東京.mov"))


@pytest.mark.parametrize("name", ["why?", "5*", "${aws:username}", "$5", "a*?${*}"])
def test_what_policies_take_for_patterns_stands_for_itself(name: str) -> None:
    policy, *_ = policies(WHOLE, f"s3://clienta-in/{name}.mov", "s3://clienta-out/1.mp4")

    assert may(policy, "s3:GetObject", S3Location("clienta-in", f"{name}.mov"))
    assert not may(policy, "s3:GetObject", S3Location("clienta-in", f"{name.replace('*', 'x').replace('?', 'x')}x.mov"))
    assert not may(policy, "s3:GetObject", S3Location("clienta-in", "other.mov"))


def test_where_the_server_knows_no_variables_one_character_is_left_open() -> None:
    bounds = Bounds(WHOLE.input, WHOLE.output, variables=False)

    policy, *_ = policies(bounds, "s3://clienta-in/5* at 10:30.mov", "s3://clienta-out/1.mp4")

    assert json.loads(policy)["Statement"][0]["Resource"] == "arn:aws:s3:::clienta-in/5? at 10?30.mov"


def test_keys_are_used_where_the_client_has_some() -> None:
    policy, *_ = policies(PART, "s3://shared/a/in/1.mov", "s3://shared/a/out/1.mp4")

    assert decide(policy, "kms:Decrypt", KEY).allowed
    assert decide(policy, "kms:GenerateDataKey", KEY).allowed
    assert not decide(policy, "kms:Decrypt", KEY.replace("1234abcd", "99999999")).allowed
    assert not decide(policy, "kms:ScheduleKeyDeletion", KEY).allowed
    assert "kms:" not in policies(WHOLE, "s3://clienta-in/1.mov", "s3://clienta-out/1.mp4")[0]


def test_a_listing_shows_the_clients_own_names() -> None:
    policy, *_ = policies(PART, "s3://shared/a/in/1.mov", "s3://shared/a/out/1.mp4")
    bucket = S3Location("shared")

    assert may(policy, "s3:ListBucket", bucket, **{"s3:prefix": "a/in/"})
    for prefix in ("", "a/", "a/in2/", "b/"):
        assert not may(policy, "s3:ListBucket", bucket, **{"s3:prefix": prefix})
    assert not may(policy, "s3:ListBucket", bucket)


def test_what_is_not_the_clients_is_not_granted_whatever_the_job_says() -> None:
    policy, *_ = policies(PART, "s3://shared/b/in/1.mov", "s3://shared/a/in/1.mp4")

    assert not may(policy, "s3:GetObject", parse_s3("s3://shared/b/in/1.mov"))
    assert not may(policy, "s3:PutObject", parse_s3("s3://shared/a/in/1.mp4"))


def test_folders_then_the_clients_locations_where_the_objects_are_too_many() -> None:
    wide = Bounds(S3Location("clienta-in", "media"), S3Location("clienta-out", "results"))
    few = [f"s3://clienta-out/results/{'x' * 20}/{number:050}.mp4" for number in range(60)]
    many = [f"s3://clienta-out/results/{number:050}/{'x' * 20}.mp4" for number in range(60)]

    narrow, widest = policies(wide, "s3://clienta-in/media/a/1.mov", *few)
    (only,) = policies(wide, "s3://clienta-in/media/a/1.mov", *many)

    assert may(narrow, "s3:PutObject", parse_s3(f"s3://clienta-out/results/{'x' * 20}/other.mp4"))
    assert not may(narrow, "s3:PutObject", parse_s3("s3://clienta-out/results/other/1.mp4"))
    assert widest == only
    assert may(only, "s3:PutObject", parse_s3("s3://clienta-out/results/other/1.mp4"))
    assert not may(only, "s3:PutObject", parse_s3("s3://clienta-out/other/1.mp4"))
    assert not may(only, "s3:GetObject", parse_s3("s3://clienta-in/other/1.mov"))


def test_locations_that_no_session_policy_can_name_have_none() -> None:
    long = Bounds(S3Location("clienta-in", "東" * 341), S3Location("clienta-out"))

    assert client_policies(long) == ()


@pytest.mark.parametrize(("variables", "actions"), [(True, ACTION), (False, ["s3:PutObject", ACTION])])
def test_who_looks_for_seals_may_write_only_where_the_server_needs_it(variables: bool, actions: object) -> None:
    bounds = Bounds(WHOLE.input, WHOLE.output, variables=variables)

    (policy,) = seal_policies([Seal("ClientA", WHOLE.input, "input", "token")], bounds)

    assert [one["Action"] for one in json.loads(policy)["Statement"]] == [actions]


def test_work_outside_of_jobs_keeps_to_the_client() -> None:
    (policy,) = client_policies(PART)

    assert may(policy, "s3:GetObject", parse_s3("s3://shared/a/in/any/thing"))
    assert may(policy, "s3:PutObject", parse_s3("s3://shared/a/out/any/thing"))
    assert not may(policy, "s3:GetObject", parse_s3("s3://shared/b/in/any/thing"))
    assert not may(policy, "s3:PutObject", parse_s3("s3://shared/a/in/any/thing"))


# --- whatever the keys ------------------------------------------------------------------------------------------

segments = st.text(st.sampled_from('ab*?${}: +%"\\éß東😀'), min_size=1, max_size=12).filter(
    lambda text: set(text) != {"."}
)
keys = st.lists(segments, min_size=1, max_size=4).map("/".join)
prefixes = st.sampled_from(["", "media", "a*b/c?", "${x}"])


@st.composite
def jobs(draw: st.DrawFn) -> tuple[Bounds, list[S3Location], list[Destination]]:
    bounds = Bounds(
        S3Location("clienta-in", draw(prefixes)),
        S3Location(draw(st.sampled_from(["clienta-in", "clienta-out"])), "to"),
        kms_keys=draw(st.sampled_from([(), (KEY,)])),
    )
    sources = [bounds.input.child(key) for key in draw(st.lists(keys, min_size=1, max_size=3))]
    places = draw(st.lists(st.tuples(keys, st.booleans()), min_size=1, max_size=40))
    return bounds, sources, [Destination(bounds.output.child(key), below) for key, below in places]


@given(jobs())
@settings(max_examples=40, deadline=None)
def test_every_need_is_allowed_by_every_policy_and_each_fits(
    job: tuple[Bounds, list[S3Location], list[Destination]],
) -> None:
    bounds, sources, places = job
    wanted = needs(sources, places)

    found = job_policies(wanted, bounds)

    assert found
    for policy in found:
        assert len(policy) <= MAX_CHARACTERS
        assert {need: lacking(policy, need, bounds.kms_keys) for need in wanted} == {need: [] for need in wanted}


@given(jobs(), keys)
@settings(max_examples=40, deadline=None)
def test_nothing_of_anybody_else_is_allowed(job: tuple[Bounds, list[S3Location], list[Destination]], key: str) -> None:
    bounds, sources, places = job
    found = job_policies(needs(sources, places), bounds)
    elsewhere = [S3Location("clientb-in", key), S3Location("clienta-in", f"other/{key}"), S3Location("clienta-i", key)]
    elsewhere = [place for place in elsewhere if not (bounds.input.contains(place) or bounds.output.contains(place))]

    for policy in found:
        for place in elsewhere:
            assert not may(policy, "s3:GetObject", place)
            assert not may(policy, "s3:PutObject", place)
    if len(found) == 3:  # the first one names the job's own objects
        other = bounds.input.child(f"{key}-another")
        assert may(found[0], "s3:GetObject", other) == (other in sources)
