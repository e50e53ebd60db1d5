"""The client is told how its job ended, in a message that it can verify."""

import json

from standardwebhooks import Webhook

from cloudtranscode.jobs.state import JobState
from support.web import Message
from support.world import World


def test_ends_are_announced_and_signed(world: World, received: tuple[str, list[Message]]) -> None:
    url, messages = received
    job_id = world.submit(1, callback=url)
    world.start_worker(CT_CALLBACK_ALLOW_PRIVATE="true")
    assert world.wait_for_end(job_id).state is JobState.DONE
    failed = world.submit(2, callback=url, input="s3://ClientA_bucket_in/missing.mp4")
    assert world.wait_for_end(failed).state is JobState.FAILED
    world.wait(failed, lambda _: len(messages) == 2)
    verifier = Webhook(world.stack.webhook_secret("ClientA"))
    done, missing = (verifier.verify(body, headers) for headers, body in messages)
    assert (done["type"], done["job"]["id"], len(done["job"]["outputs"])) == ("job.done", job_id, 3)
    assert (missing["type"], missing["job"]["error"]["code"]) == ("job.failed", "source_not_found")
    assert not any("s3cret" in json.dumps(body) for _, body in messages)


def test_private_addresses_are_not_called(world: World, received: tuple[str, list[Message]]) -> None:
    url, messages = received
    job_id = world.submit(1, callback=url)
    world.start_worker()
    assert world.wait_for_end(job_id).state is JobState.DONE
    assert world.wait_for_end(world.submit(2)).state is JobState.DONE
    assert messages == []
