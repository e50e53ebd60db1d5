"""The client is told how its job ended, in a message that it can verify."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from standardwebhooks import Webhook

from cloudtranscode.jobs.state import JobState
from support.world import World

Message = tuple[dict[str, str], str]


@pytest.fixture
def received() -> Iterator[tuple[str, list[Message]]]:
    """A client's endpoint, and what it was sent."""
    messages: list[Message] = []

    class Endpoint(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            messages.append((dict(self.headers.items()), body))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Endpoint) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/ended?token=s3cret", messages
        server.shutdown()
        thread.join()


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
