"""The entitlements of the reference example, end to end as written apart from the principal."""

import pytest

from support.reference import INPUT, OUTPUT, Client, Stack, outcome, reference_policy

DENIED = (403, "AccessDenied")


@pytest.fixture
def source(client: Client) -> str:
    client.s3.put_object(Bucket=INPUT, Key="film.mp4", Body=b"the source")
    return "film.mp4"


def test_read_follows_the_input_policy(client: Client, stack: Stack, source: str) -> None:
    read = {"Bucket": INPUT, "Key": source}
    assert outcome(stack.s3.get_object, **read) == DENIED

    client.attach(INPUT, reference_policy(stack.arn, "s3:GetObject", INPUT))
    assert stack.s3.get_object(Bucket=INPUT, Key=source)["Body"].read() == b"the source"

    client.detach(INPUT)
    assert outcome(stack.s3.get_object, **read) == DENIED


def test_write_follows_the_output_policy(client: Client, stack: Stack) -> None:
    write = {"Bucket": OUTPUT, "Key": "film.m3u8", "Body": b"the output"}
    assert outcome(stack.s3.put_object, **write) == DENIED

    client.attach(OUTPUT, reference_policy(stack.arn, "s3:PutObject", OUTPUT))
    assert outcome(stack.s3.put_object, **write) == (200, "")
    assert client.has(OUTPUT, "film.m3u8")

    client.detach(OUTPUT)
    assert outcome(stack.s3.put_object, **write) == DENIED


def test_read_permits_nothing_else(client: Client, stack: Stack, source: str) -> None:
    client.attach(INPUT, reference_policy(stack.arn, "s3:GetObject", INPUT))

    assert outcome(stack.s3.put_object, Bucket=INPUT, Key=source, Body=b"") == DENIED
    assert outcome(stack.s3.delete_object, Bucket=INPUT, Key=source) == DENIED
    assert outcome(stack.s3.list_objects_v2, Bucket=INPUT) == DENIED


def test_a_missing_key_looks_like_a_missing_grant(client: Client, stack: Stack) -> None:
    client.attach(INPUT, reference_policy(stack.arn, "s3:GetObject", INPUT))

    assert outcome(stack.s3.get_object, Bucket=INPUT, Key="no-such-key") == DENIED
    assert outcome(stack.s3.head_object, Bucket=INPUT, Key="no-such-key") == (403, "403")


def test_the_other_kind_of_principal_opens_nothing(client: Client, stack: Stack, source: str) -> None:
    other = stack.arn.replace(":user/", ":role/") if ":user/" in stack.arn else stack.arn.replace(":role/", ":user/")
    client.attach(INPUT, reference_policy(other, "s3:GetObject", INPUT))

    assert outcome(stack.s3.get_object, Bucket=INPUT, Key=source) == DENIED


def test_the_policies_as_printed_are_taken_and_open_nothing(client: Client, stack: Stack, source: str) -> None:
    """The server stores a principal that cannot exist (15 digits) without a word: a linter has to tell."""
    client.attach(INPUT, reference_policy("arn:aws:iam::000111333444555:role/stack_prod", "s3:GetObject", INPUT))
    client.attach(OUTPUT, reference_policy("arn:aws:iam::000111333444555:user/stack_prod", "s3:PutObject", OUTPUT))

    assert outcome(stack.s3.get_object, Bucket=INPUT, Key=source) == DENIED
    assert outcome(stack.s3.put_object, Bucket=OUTPUT, Key="a", Body=b"") == DENIED


def test_the_client_reads_what_the_stack_wrote_only_by_acl(client: Client, stack: Stack) -> None:
    client.attach(OUTPUT, reference_policy(stack.arn, "s3:PutObject", OUTPUT))

    stack.s3.put_object(Bucket=OUTPUT, Key="without", Body=b"x")
    stack.s3.put_object(Bucket=OUTPUT, Key="with", Body=b"x", ACL="bucket-owner-full-control")

    assert outcome(client.s3.get_object, Bucket=OUTPUT, Key="without") == DENIED
    assert client.s3.get_object(Bucket=OUTPUT, Key="with")["Body"].read() == b"x"


def test_the_policy_comes_back_byte_for_byte(client: Client, stack: Stack) -> None:
    policy = reference_policy(stack.arn, "s3:GetObject", INPUT).replace('"Statement"', '\n  "Statement"')

    client.attach(INPUT, policy)

    assert client.s3.get_bucket_policy(Bucket=INPUT)["Policy"] == policy
