"""Whatever is wrong with a job ends in one error that says what happened, who must act and what to do."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from cloudtranscode.cli.exit_codes import ExitCode
from cloudtranscode.devstack.scenario import two_accounts
from cloudtranscode.devstack.server import Devstack
from cloudtranscode.media.tools.programs import find_tools
from support.ceph import Keys, Rgw, User
from support.clips import Clips
from support.ct import SMALLEST_JOB, Ct, Ended, content, ct_as, unfinished_uploads
from support.reference import INPUT, OUTPUT, Client
from support.web import listening

KEY = "input/video1.mp4"
STACK_ROLE = "arn:aws:iam::111122223333:role/stack_prod"


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Clips:
    return Clips(tmp_path_factory.mktemp("clips"), find_tools().ffmpeg)


@dataclass(frozen=True)
class Bench:
    """A stack with a worker, and the policies by which ClientA would entitle it."""

    ct: Ct
    user: User
    log: Path
    policies: dict[str, str]

    def entitle(self, client: Client) -> None:
        for bucket, policy in self.policies.items():
            client.attach(bucket, policy)


@pytest.fixture(scope="module")
def bench(rgw: Rgw, client_user: User, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    user = rgw.create_user()
    ct = ct_as(user.keys, user.arn, rgw.endpoint, tmp_path_factory.mktemp("home"))
    ct.register("ClientA", client_user.name, f"s3://{INPUT}", f"s3://{OUTPUT}")
    ct.register("Nowhere", client_user.name, "s3://no-such-bucket", f"s3://{OUTPUT}")
    ct.register("NoWayOut", client_user.name, f"s3://{INPUT}", "s3://no-such-bucket")
    buckets = ct("grant", "ClientA", "--json").data["buckets"]
    with ct.worker() as log:
        yield Bench(ct, user, log, {one["bucket"]: json.dumps(one["policy"]) for one in buckets})


def job(client: str = "ClientA", source: str = INPUT, target: str = OUTPUT, **changes: Any) -> str:
    output = {"type": "mp4", "preset": "360p", "to": f"s3://{target}/video1/360p.mp4"}
    return json.dumps({"client": client, "input": f"s3://{source}/{KEY}", "outputs": [output], **changes})


def assert_one_clear_error(ended: Ended, code: str, side: str, exit_code: ExitCode) -> dict[str, Any]:
    """One JSON object on stdout, nothing of Python's on stderr; returns the error."""
    error: dict[str, Any] = ended.data["error"]
    assert (error["code"], error["side"], ended.code) == (code, side, exit_code), ended
    for sentence in (error["message"], error["remedy"]):
        assert sentence.endswith("."), sentence
        assert len(sentence.split()) > 2, sentence
    assert "Traceback" not in ended.err
    return error


def assert_failed_job(ended: Ended) -> None:
    assert (ended.data["state"], ended.data["outputs"], ended.data["receipt"]) == ("failed", [], None)


def assert_nothing_left(client: Client, bench: Bench) -> None:
    assert content(client.s3, OUTPUT) == {}
    assert unfinished_uploads(client.s3, OUTPUT) == []
    assert [path for path in (bench.ct.home / "scratch").rglob("*") if path.is_file()] == []
    assert "Traceback" not in bench.log.read_text()


def no_tracks(clips: Clips) -> Path:
    """A valid MP4 that was ended before anything came."""
    return converted(clips, "no_tracks.mp4", ["-t", "0"])


def no_samples(clips: Clips) -> Path:
    """A valid MP4 with a video and an audio track of no length: the beginning of a recording without the rest."""
    path = converted(clips, "no_samples.mp4", ["-c", "copy", "-movflags", "empty_moov+frag_keyframe"])
    whole = path.read_bytes()
    path.write_bytes(whole[: whole.index(b"moof") - 4])
    return path


def converted(clips: Clips, name: str, options: list[str]) -> Path:
    path = clips.folder / name
    command = [str(find_tools().ffmpeg), "-v", "error", "-i", str(clips["plain.mp4"]), *options, str(path)]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    return path


BAD_SOURCES: dict[str, tuple[Callable[[Clips], Path] | None, str]] = {
    "missing": (None, "source_not_found"),
    "empty": (lambda clips: clips["empty.mp4"], "source_empty"),
    "text": (lambda clips: clips["text.txt"], "source_not_media"),
    "truncated, index last": (lambda clips: clips["cut_index_last.mp4"], "source_damaged"),
    "truncated, index first": (lambda clips: clips["cut_index_first.mp4"], "source_damaged"),
    "zero length, no tracks": (no_tracks, "source_not_media"),
    "zero length, no samples": (no_samples, "source_unsupported"),
}


@pytest.mark.parametrize("kind", BAD_SOURCES)
def test_a_bad_source(bench: Bench, client: Client, clips: Clips, kind: str) -> None:
    make, code = BAD_SOURCES[kind]
    bench.entitle(client)
    if make:
        client.s3.upload_file(str(make(clips)), INPUT, KEY)

    ended = bench.ct.run(job())

    assert_one_clear_error(ended, code, "source", ExitCode.SOURCE)
    assert_failed_job(ended)
    assert_nothing_left(client, bench)


def test_an_unreadable_bucket(bench: Bench, client: Client, clips: Clips) -> None:
    client.s3.upload_file(str(clips["plain.mp4"]), INPUT, KEY)

    ended = bench.ct.run(job())

    error = assert_one_clear_error(ended, "access_denied", "client", ExitCode.CLIENT)
    assert "s3:GetObject" in error["message"]
    assert "`ct grant ClientA`" in error["remedy"]
    assert_failed_job(ended)
    assert_nothing_left(client, bench)


def test_an_unwritable_bucket(bench: Bench, client: Client, clips: Clips) -> None:
    client.s3.upload_file(str(clips["plain.mp4"]), INPUT, KEY)
    client.attach(INPUT, bench.policies[INPUT])

    ended = bench.ct.run(job())

    error = assert_one_clear_error(ended, "access_denied", "client", ExitCode.CLIENT)
    assert "s3:PutObject" in error["message"]
    assert_failed_job(ended)
    assert_nothing_left(client, bench)


@pytest.mark.parametrize(
    ("name", "places"), [("Nowhere", {"source": "no-such-bucket"}), ("NoWayOut", {"target": "no-such-bucket"})]
)
def test_a_bucket_that_does_not_exist(
    bench: Bench, client: Client, clips: Clips, name: str, places: dict[str, str]
) -> None:
    bench.entitle(client)
    client.s3.upload_file(str(clips["plain.mp4"]), INPUT, KEY)

    ended = bench.ct.run(job(name, **places))

    error = assert_one_clear_error(ended, "bucket_not_found", "client", ExitCode.CLIENT)
    assert "no-such-bucket" in error["message"]
    assert_failed_job(ended)
    assert_nothing_left(client, bench)


BAD_DOCUMENTS = {
    "unknown preset": (SMALLEST_JOB.replace("preset: 720p", "preset: 725p"), "unknown_preset", "725p"),
    "unknown field": (SMALLEST_JOB + "colour: blue\n", "invalid_document", "colour: is not a known field"),
    "not YAML": ("client: [ClientA\ninput: }", "invalid_document", "cannot be read"),
}


@pytest.mark.parametrize("kind", BAD_DOCUMENTS)
def test_a_bad_document(bench: Bench, kind: str) -> None:
    document, code, words = BAD_DOCUMENTS[kind]

    ended = bench.ct.run(document)

    error = assert_one_clear_error(ended, code, "client", ExitCode.CLIENT)
    assert words in error["message"]
    assert ended.data.keys() == {"error"}


def test_for_people_there_is_one_error_with_its_remedy(bench: Bench) -> None:
    ended = bench.ct("submit", "-", stdin=BAD_DOCUMENTS["unknown preset"][0])

    assert (ended.code, ended.out) == (ExitCode.CLIENT, "")
    assert ended.err.count("Error: ") == 1
    for label in ("who acts", "the client", "what to do", "unknown_preset"):
        assert label in ended.err


@pytest.fixture(scope="module")
def alone(bench: Bench, client_user: User, tmp_path_factory: pytest.TempPathFactory) -> Ct:
    """The same stack in a home where no worker is alive."""
    ct = bench.ct.with_variables(CT_HOME=str(tmp_path_factory.mktemp("alone")))
    ct.register("ClientA", client_user.name, f"s3://{INPUT}", f"s3://{OUTPUT}")
    return ct


class TestWithoutAWorker:
    """Faults of the stack's own settings: ``--wait`` runs the job itself, with the settings at fault."""

    def test_no_keys(self, alone: Ct) -> None:
        ended = alone.with_variables(AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY="").run(job())

        assert_one_clear_error(ended, "credentials_missing", "stack", ExitCode.STACK)

    def test_another_region(self, alone: Ct) -> None:
        """A RADOS Gateway serves every region alike, so this server answers as AWS does."""
        with listening(AnotherRegion) as url:
            ended = alone.with_variables(AWS_ENDPOINT_URL=url).run(job())

        error = assert_one_clear_error(ended, "wrong_region", "stack", ExitCode.STACK)
        assert "eu-central-1" in error["message"]
        assert "AWS_REGION" in error["remedy"]

    def test_a_wrong_secret_on_a_server_that_does_not_tell(self, alone: Ct, bench: Bench, client: Client) -> None:
        """To a RADOS Gateway keys that it does not know are the same 403 as a missing grant."""
        bench.entitle(client)

        ended = alone.with_variables(AWS_SECRET_ACCESS_KEY="wrong").run(job())

        assert_one_clear_error(ended, "access_denied", "client", ExitCode.CLIENT)
        assert_failed_job(ended)

    @pytest.mark.parametrize(
        ("fault", "word"), [("expired", "ExpiredToken"), ("wrong secret", "SignatureDoesNotMatch")]
    )
    def test_keys_that_the_server_says_are_no_good(self, alone: Ct, fault: str, word: str) -> None:
        """As AWS says it; a RADOS Gateway's sessions last 15 minutes at least, here the clock is turned on."""
        ahead = timedelta()
        with Devstack(clock=lambda: datetime.now(UTC) + ahead) as devstack:
            stack = two_accounts(devstack).stack
            secret = "wrong" if fault == "wrong secret" else stack.secret_key
            ahead = timedelta(days=1 if fault == "expired" else 0)
            keys = Keys(stack.access_key, secret, stack.session_token)
            ended = ct_as(keys, STACK_ROLE, devstack.endpoint, alone.home).run(job())

        error = assert_one_clear_error(ended, "credentials_expired", "stack", ExitCode.STACK)
        assert word in error["message"]
        assert_failed_job(ended)


class AnotherRegion(BaseHTTPRequestHandler):
    """https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html, AuthorizationHeaderMalformed."""

    protocol_version = "HTTP/1.1"

    def do_HEAD(self) -> None:
        self._answer(b"")

    def do_GET(self) -> None:
        self._answer(
            b"<Error><Code>AuthorizationHeaderMalformed</Code><Message>The authorization header is malformed; "
            b"the region 'us-east-1' is wrong; expecting 'eu-central-1'</Message><Region>eu-central-1</Region></Error>"
        )

    def do_PUT(self) -> None:
        self.do_GET()

    def do_POST(self) -> None:
        self.do_GET()

    def do_DELETE(self) -> None:
        self.do_GET()

    def _answer(self, body: bytes) -> None:
        self.send_response(400)
        self.send_header("Content-Type", "application/xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        pass
