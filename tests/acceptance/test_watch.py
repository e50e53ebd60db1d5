"""Entitlements that change while jobs wait: seen by hand and by the workers, and told for each change."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from standardwebhooks import Webhook

from support.ct import Ct, Ended
from support.web import Message
from support.world import OUTPUT, World

Endpoint = tuple[str, list[Message]]


def freeze(world: World) -> str:
    """Let the client deny every write to its output bucket; returns the policy as it was."""
    before = world.s3.get_bucket_policy(Bucket=OUTPUT)["Policy"]
    policy = json.loads(before)
    everything = f"arn:aws:s3:::{OUTPUT}/*"
    policy["Statement"].append(
        {"Sid": "Freeze", "Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": everything}
    )
    world.s3.put_bucket_policy(Bucket=OUTPUT, Policy=json.dumps(policy))
    return before


def watching(url: str) -> dict[str, Any]:
    """What lets a worker look every second and tell ``url``."""
    return {"CT_WATCH": "* * * * * *", "CT_EVENTS_URL": url, "CT_CALLBACK_ALLOW_PRIVATE": "true"}


def kinds(ended: Ended) -> list[tuple[str, str]]:
    return [(change["kind"], change["weight"]) for change in ended.data[0]["changes"]]


def wait_until(there: Callable[[], Any], logs: Callable[[], str], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not there():
        assert time.monotonic() < deadline, logs()
        time.sleep(0.05)


def test_by_hand_each_change_is_shown_once_with_the_first_job_that_will_fail(world: World) -> None:
    ct = Ct(world.environment)
    world.s3.put_object(Bucket="ClientA_bucket_in", Key="a", Body=b"a")
    first = ct("watch", "ClientA")
    assert (first.code, "first look" in first.out) == (0, True)
    assert "nothing has changed" in ct("watch").out
    waiting = world.submit(1)
    before = freeze(world)
    seen = ct("watch", "--json")
    assert seen.code == 1
    assert ("check_failed", "breaks") in kinds(seen)
    assert seen.data[0]["first_job"] == {"id": waiting, "state": "queued"}
    later = ct("watch")
    assert (later.code, "Still failing: write-output" in later.out, waiting in later.out) == (1, True, True)
    world.s3.put_bucket_policy(Bucket=OUTPUT, Policy=before)
    again = ct("watch")
    assert again.code == 0
    assert "passes now" in again.out
    assert len(ct("watch", "--history", "--json").data) == 2


def test_with_the_clients_own_profile_the_policy_and_the_settings_are_seen(world: World) -> None:
    ct = Ct(world.environment)
    assert "read-input pass" in ct("watch", "--profile", "ClientA").out
    freeze(world)
    world.s3.put_bucket_ownership_controls(
        Bucket=OUTPUT, OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]}
    )
    seen = dict(kinds(ct("watch", "ClientA", "--profile", "ClientA", "--json")))
    assert seen["access_lost"] in {"breaks", "weakens"}
    assert seen["policy_changed"] == seen["ownership_changed"] == "notes"


def test_the_workers_look_by_schedule_and_tell_the_stacks_admin(world: World, received: Endpoint) -> None:
    _watched(world, received)


def test_of_a_fleet_one_worker_looks(fleet: World, received: Endpoint) -> None:
    _watched(fleet, received, workers=3)


def _watched(world: World, received: Endpoint, workers: int = 1) -> None:
    url, messages = received
    for _ in range(workers):
        world.start_worker(**watching(url))
    views = world.stack.watch("workers").views
    wait_until(lambda: views.latest("ClientA", "workers"), world.logs)
    freeze(world)
    wait_until(lambda: messages, world.logs)
    time.sleep(2.5)  # two more looks, which find nothing new
    assert len(messages) == 1
    headers, body = messages[0]
    event = Webhook(world.stack.events_secret).verify(body, headers)
    assert (event["type"], event["client"]) == ("entitlement.changed", "ClientA")
    assert "breaks" in {change["weight"] for change in event["changes"]}


def test_a_schedule_that_is_none_stops_the_worker_with_the_variables_name(world: World) -> None:
    worker = world.start_worker(CT_WATCH="sometimes")
    assert worker.wait(30) == 5
    assert "CT_WATCH" in world.logs()


@pytest.mark.parametrize("kills", [3])
def test_a_change_is_told_although_the_worker_that_saw_it_dies(world: World, received: Endpoint, kills: int) -> None:
    url, messages = received
    worker = world.start_worker(**watching(url))
    views = world.stack.watch("workers").views
    wait_until(lambda: views.latest("ClientA", "workers"), world.logs)
    freeze(world)
    for number in range(kills):
        time.sleep(0.4 * number)
        world.kill(worker)
        worker = world.start_worker(**watching(url))
    wait_until(lambda: messages, world.logs, 60)
    assert len({json.loads(body)["id"] for _, body in messages}) == 1
