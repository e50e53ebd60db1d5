"""Somebody else's bucket, which the stack may use already, is not to be had by registering it first."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, update

from cloudtranscode import database
from cloudtranscode.cli.exit_codes import ExitCode
from cloudtranscode.clients.registry import ClientRegistry
from cloudtranscode.jobs.store import JobStore
from support.ceph import Keys, Rgw, remove_bucket
from support.ct import Ct, content, ct_as, unfinished_uploads
from support.reference import INPUT, OUTPUT, Client, Stack, outcome, reference_policy

MALLORYS = "mallorys-bucket"


@pytest.fixture
def mallory(rgw: Rgw) -> Iterator[Client]:
    user = rgw.create_user()
    s3 = rgw.s3(user.keys)
    s3.create_bucket(Bucket=MALLORYS)
    yield Client(user, s3)
    remove_bucket(s3, MALLORYS)


@pytest.fixture
def ct(rgw: Rgw, client: Client, mallory: Client, stack: Stack, tmp_path: Path) -> Ct:
    """A stack that the client has entitled by hand, before anybody registered it; both parties have a profile."""
    client.attach(INPUT, reference_policy(stack.arn, "s3:GetObject", INPUT))
    client.attach(OUTPUT, reference_policy(stack.arn, "s3:PutObject", OUTPUT))
    credentials = tmp_path / "credentials"
    credentials.write_text(profile("clienta", client.user.keys) + profile("mallory", mallory.user.keys))
    ct = ct_as(stack.keys, stack.arn, rgw.endpoint, tmp_path / "home")
    return ct.with_variables(AWS_SHARED_CREDENTIALS_FILE=str(credentials))


@pytest.fixture
def engine(ct: Ct) -> Iterator[Engine]:
    engine = database.open_database(f"sqlite:///{ct.home / 'cloudtranscode.sqlite'}")
    yield engine
    engine.dispose()


def profile(name: str, keys: Keys) -> str:
    return f"[{name}]\naws_access_key_id = {keys.access}\naws_secret_access_key = {keys.secret}\n"


def add(ct: Ct, name: str, account: str, source: str = INPUT, target: str = OUTPUT, *more: str) -> None:
    places = ("--input", f"s3://{source}", "--output", f"s3://{target}")
    done = ct("client", "add", name, "--account", account, *places, *more)
    assert done.code == ExitCode.DONE, done.err


def document(client: str, source: str = INPUT, target: str = OUTPUT) -> dict[str, Any]:
    output = {"type": "poster", "at": "1s", "to": f"s3://{target}/poster.jpg"}
    return {"client": client, "input": f"s3://{source}/short.mp4", "outputs": [output]}


def prove(ct: Ct, name: str, *options: str) -> tuple[int, str]:
    ran = ct("client", "prove", name, "--json", *options)
    return ran.code, ran.data["check"]["status"] if "check" in ran.data else ran.data["error"]["code"]


@pytest.mark.parametrize("stack", ["role"], indirect=True)
def test_a_bucket_is_its_owners_whoever_registers_it_first(
    ct: Ct, client: Client, mallory: Client, stack: Stack, engine: Engine, sources: dict[str, Path]
) -> None:
    client.s3.upload_file(str(sources["short.mp4"]), INPUT, "short.mp4")
    add(ct, "Mallory", client.user.name)

    # The stack may read and write there, and does neither for Mallory: not at the front desk, nor in a worker.
    assert outcome(stack.s3.head_object, Bucket=INPUT, Key="short.mp4") == (200, "")
    refused = ct.run(json.dumps(document("Mallory")))
    assert (refused.code, refused.data["error"]["code"]) == (ExitCode.CLIENT, "control_unproven")
    JobStore(engine).add("planted", "Mallory", document("Mallory"))
    with ct.worker():
        assert ct("job", "watch", "planted", "--json").data["error"]["code"] == "control_unproven"

    # She knows what to attach, and can attach it only where it proves nothing.
    challenge = ct("client", "challenge", "Mallory", "--json").data["buckets"]
    assert set(challenge) == {INPUT, OUTPUT}
    policy = json.dumps({"Version": "2012-10-17", "Statement": challenge[INPUT]})
    assert outcome(mallory.s3.put_bucket_policy, Bucket=INPUT, Policy=policy) == (403, "AccessDenied")
    mallory.attach(MALLORYS, policy)
    assert prove(ct, "Mallory") == (ExitCode.FAILED, "fail")
    assert prove(ct, "Mallory", "--profile", "mallory") == (ExitCode.CLIENT, "access_denied")

    # Meanwhile the owner is told who is in the way.
    taken = ct(
        "client",
        "add",
        "ClientA",
        "--account",
        client.user.name,
        "--input",
        f"s3://{INPUT}",
        "--output",
        f"s3://{OUTPUT}",
    )
    assert "Mallory" in taken.err
    assert "not proven" in taken.err
    ct("client", "remove", "Mallory")

    # With the owner's own credentials it is proven in one go, and nothing is left in the buckets.
    add(ct, "ClientA", client.user.name)
    assert prove(ct, "ClientA") == (ExitCode.FAILED, "fail")
    assert prove(ct, "ClientA", "--profile", "clienta") == (ExitCode.DONE, "pass")
    assert unfinished_uploads(client.s3, OUTPUT) == []
    done = ct.run(json.dumps(document("ClientA")))
    assert (done.code, done.data["state"]) == (ExitCode.DONE, "done"), done
    assert set(content(client.s3, OUTPUT)) == {"poster.jpg"}
    assert set(content(client.s3, INPUT)) == {"short.mp4"}


@pytest.mark.parametrize("stack", ["user"], indirect=True)
def test_wide_access_is_no_seal_and_does_not_hide_one(ct: Ct, client: Client, stack: Stack) -> None:
    add(ct, "ClientA", client.user.name)
    wide = {"Effect": "Allow", "Principal": {"AWS": stack.arn}, "Action": "s3:*"}
    challenge = ct("client", "challenge", "ClientA", "--json").data["buckets"]
    for bucket in (INPUT, OUTPUT):
        everything = [wide | {"Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]}]
        client.attach(bucket, json.dumps({"Version": "2012-10-17", "Statement": everything}))
    assert prove(ct, "ClientA") == (ExitCode.FAILED, "fail")
    for bucket in (INPUT, OUTPUT):
        everything = [wide | {"Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]}]
        client.attach(bucket, json.dumps({"Version": "2012-10-17", "Statement": [*everything, *challenge[bucket]]}))
    assert prove(ct, "ClientA") == (ExitCode.DONE, "pass")


@pytest.mark.parametrize("stack", ["role"], indirect=True)
def test_the_grant_as_printed_proves_and_an_overlap_in_the_database_is_found(
    ct: Ct, client: Client, mallory: Client, engine: Engine
) -> None:
    add(ct, "ClientA", client.user.name)
    for bucket in ct("grant", "ClientA", "--json").data["buckets"]:
        client.attach(bucket["bucket"], json.dumps(bucket["policy"]))
    checks = {one["name"]: one["status"] for one in ct("verify", "ClientA", "--json").data["checks"]}
    assert checks["control"] == "pass"
    add(ct, "Mallory", mallory.user.name, MALLORYS, MALLORYS, "--trusted")
    audit = ct("audit", "isolation", "--json")
    assert (audit.code, {pair["verdict"] for pair in audit.data["pairs"]}) == (ExitCode.DONE, {"isolated"})

    with database.transaction(engine) as connection:
        clients = database.clients
        theirs = {"input": f"s3://{INPUT}/", "output": f"s3://{MALLORYS}/"}
        proof = ClientRegistry(engine).get("Mallory").to_dict()["proof"] | theirs
        planted = update(clients).where(clients.c.name == "Mallory").values(theirs | {"proof": proof})
        connection.execute(planted)

    audit = ct("audit", "isolation")
    assert audit.code == ExitCode.FAILED
    assert f"OVERLAP ClientA's input s3://{INPUT}/ meets Mallory's input s3://{INPUT}/ (two-accounts)" in audit.out
    job = document("Mallory", target=MALLORYS)
    refused = ct.run(json.dumps(job))
    assert (refused.code, refused.data["error"]["code"]) == (ExitCode.STACK, "location_taken")
    assert "ClientA" not in json.dumps(refused.data).replace(INPUT, "")
    JobStore(engine).add("planted", "Mallory", job)
    with ct.worker():
        assert ct("job", "watch", "planted", "--json").data["error"]["code"] == "location_taken"
