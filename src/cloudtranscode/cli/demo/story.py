"""The demo's story, step by step: refused, entitled, verified, transcoded, delivered; and a stranger refused."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cloudtranscode.bootstrap import stack
from cloudtranscode.cli.demo.client_side import ClientSide, Fetched, compare
from cloudtranscode.cli.demo.process import INTERRUPTIONS, capture
from cloudtranscode.cli.demo.stage import Stage, unexpected
from cloudtranscode.cli.demo.world import Account, World, embedded_world
from cloudtranscode.cli.exit_codes import ExitCode
from cloudtranscode.cli.render import duration, media_seconds, note, out, size
from cloudtranscode.errors import ControlUnproven, LocationNotAllowed
from cloudtranscode.location import S3Location
from cloudtranscode.media.tools.jail import isolation_problem

_CHECKS = {"read-input", "write-output", "client-can-read-output", "control"}
_PASSED = re.compile(r"^pass +([\w-]+):", re.MULTILINE)

_JOB = """\
client: {client}
input: {source}
outputs:
  - {{type: mp4, preset: 720p, to: "s3://{bucket}/video1/720p.mp4"}}
  - {{type: hls, presets: [720p, 360p], to: "s3://{bucket}/video1/hls/"}}
  - {{type: poster, at: 5s, to: "s3://{bucket}/video1/poster.jpg"}}
"""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the user asked for: a ``source`` of their own or a test picture of so many ``seconds``; what stays after."""

    source: Path | None
    seconds: float
    keep: bool
    keep_running: bool


def perform(wishes: Wishes) -> None:
    """Run the demo in a folder of its own. Errors: the base of the tree when a step does not go as told."""
    began = time.monotonic()
    with _interruptible(), _folder(keep=wishes.keep) as folder, embedded_world(folder) as world:
        _enter(world)
        story = Story(Stage(world), wishes)
        story.tell()
        story.sum_up(time.monotonic() - began)
        if wishes.keep_running:
            _stay(world)


class Story:
    """The steps, in order; each raises when it does not go as told."""

    def __init__(self, stage: Stage, wishes: Wishes) -> None:
        self._stage = stage
        self._world = stage.world
        self._wishes = wishes
        self._client = self._world.clients["ClientA"]
        self._stranger = self._world.clients["ClientB"]
        self._source = S3Location(self._client.bucket_in, "input/video1.mp4")
        self._job: dict[str, Any] = {}
        self._fetched: list[Fetched] = []

    def tell(self) -> None:
        """Do all steps."""
        self._introduce()
        self._upload()
        self._register()
        self._refuse()
        self._entitle()
        self._transcode()
        self._deliver()
        self._refuse_stranger()

    def _introduce(self) -> None:
        self._stage.welcome(
            "The main job of Cloud Transcode, on this machine alone; your own AWS setup is not touched."
        )
        if problem := isolation_problem():
            self._stage.welcome(f"Note: {problem} The demo goes on without isolation.")
        self._stage.headline("Three AWS accounts on an embedded S3 that enforces bucket policies")
        self._stage.say(f"{self._world.stack_account}  the stack, under {self._world.stack_arn}")
        for client in self._world.clients.values():
            self._stage.say(f"{client.account}  {client.name} with the buckets {client.bucket_in}, {client.bucket_out}")
        self._stage.say("Nobody has entitled the stack to anything yet.")

    def _upload(self) -> None:
        self._stage.headline("ClientA puts a source into its own bucket, with its own credentials")
        path = self._wishes.source or _make_clip(self._world, self._wishes.seconds)
        if self._wishes.source:
            self._source = S3Location(self._client.bucket_in, f"input/{path.name}")
        with ClientSide(self._client.profile) as hands:
            hands.upload(path, self._source)
        self._stage.say(f"{self._source.uri}  {size(path.stat().st_size)}")

    def _register(self) -> None:
        self._stage.headline("The stack's admin looks up the ARN that clients name, and registers two clients")
        self._stage.ct("whoami")
        for client in (self._client, self._stranger):
            places = ("--input", f"s3://{client.bucket_in}/", "--output", f"s3://{client.bucket_out}/")
            self._stage.ct("client", "add", client.name, "--account", client.account, *places)

    def _refuse(self) -> None:
        self._stage.headline("A job before ClientA has shown that its buckets are its own: refused")
        self._stage.say(f"job.yaml:\n{self._write_job('job.yaml', self._client)}", "dim")
        self._stage.refused(ControlUnproven.code, "submit", "job.yaml", "--wait")

    def _entitle(self) -> None:
        self._stage.headline("ClientA attaches these policies with its own credentials, and the stack proves them")
        self._stage.ct("verify", self._client.name, expect=ExitCode.FAILED)
        self._stage.ct("grant", self._client.name, "--apply", "--profile", self._client.profile)
        passed = _PASSED.findall(self._stage.ct("verify", self._client.name))
        if set(passed) != _CHECKS:
            raise unexpected(f"after the grant only these checks pass: {', '.join(passed) or 'none'}")

    def _transcode(self) -> None:
        self._stage.headline("The same job again")
        self._stage.ct("submit", "job.yaml", "--wait")
        self._job = self._stage.ask("job", "list", "--state", "done", "--limit", "1")[0]

    def _deliver(self) -> None:
        self._stage.headline("ClientA lists and downloads the results with its own credentials")
        with ClientSide(self._client.profile) as hands:
            self._fetched = hands.fetch_all(self._client.bucket_out, self._results)
        compare(self._job["receipt"], self._fetched)
        for one in self._fetched:
            self._stage.say(f"{size(one.size):>9}  {one.sha256[:12]}  {one.location.key}")
        self._stage.say(f"All {len(self._fetched)} objects have the SHA-256 of the job's receipt.", "green")

    def _refuse_stranger(self) -> None:
        self._stage.headline("ClientB's job names ClientA's bucket, which the stack may read: refused all the same")
        self._write_job("stranger.yaml", self._stranger)
        self._stage.say(
            f"stranger.yaml: the same input, but client: {self._stranger.name}, outputs to {self._stranger.bucket_out}",
            "dim",
        )
        self._stage.refused(LocationNotAllowed.code, "submit", "stranger.yaml", "--wait")

    def sum_up(self, took_s: float) -> None:
        """Say what was made, where, how big and how fast, and what to try next."""
        kinds, media_s = [one["type"] for one in self._job["outputs"]], media_seconds(self._job["receipt"]) or 0.0
        work_s = self._job["finished_at"] - self._job["started_at"]
        total = size(sum(one.size for one in self._fetched))
        fields = [
            ("source", f"{self._source.uri}, {duration(media_s)}"),
            ("made", f"{', '.join(kinds)}: {len(self._fetched)} objects, {total}"),
            ("where", f"s3://{self._client.bucket_out}/video1/"),
            ("took", f"{work_s:.1f} s for {media_s:.1f} s of video, {media_s / work_s:.1f}x real time"),
        ]
        if self._wishes.keep or self._wishes.keep_running:
            fields.append(("copies", str(self._results)))
        if not self._wishes.keep:
            fields.append(("to keep", "`ct demo --keep` keeps the downloaded files"))
        if not self._wishes.keep_running:
            fields.append(("to try", "`ct demo --keep-running` leaves the S3 with its accounts up, for work by hand"))
        self._stage.summary(f"Every step went as told, in {took_s:.0f} s.", fields)

    @property
    def _results(self) -> Path:
        return self._world.folder / "results"

    def _write_job(self, name: str, client: Account) -> str:
        """Write the smallest job document and return it; the source is ClientA's, whoever the client is."""
        text = _JOB.format(client=client.name, source=json.dumps(self._source.uri), bucket=client.bucket_out)
        (self._world.folder / name).write_text(text)
        return text.rstrip()


def _make_clip(world: World, seconds: float) -> Path:
    """Make a moving test picture with a tone."""
    path = world.folder / "video1.mp4"
    picture = ["-f", "lavfi", "-i", f"testsrc2=size=1280x720:rate=24:duration={seconds:g}"]
    sound = ["-f", "lavfi", "-i", f"sine=frequency=440:sample_rate=48000:duration={seconds:g}"]
    codecs = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac", "-ac", "2"]
    ffmpeg = str(stack.open_stack().tools.ffmpeg)
    quiet = ["-nostdin", "-loglevel", "error"]
    capture([ffmpeg, *quiet, *picture, *sound, *codecs, str(path)], world.folder, world.environment)
    return path


def _enter(world: World) -> None:
    """Make this process a part of the demo's world: nothing that it does can reach the user's accounts."""
    os.environ.clear()
    os.environ.update(world.environment)


def _stay(world: World) -> None:
    """Leave the embedded S3 up until Ctrl-C."""
    out().print(
        f"\nThe embedded S3 stays up at {world.endpoint} until Ctrl-C. In another terminal:\n"
        f"  cd {world.folder} && . ./env.sh\n"
        "  ct up\n"
        "and in one more, after the same first line:\n"
        "  ct submit job.yaml --wait\n"
        "  ct job list",
        soft_wrap=True,
    )
    sys.stdout.flush()
    try:
        signal.pause()
    except KeyboardInterrupt:
        note("Stopped.")


@contextmanager
def _folder(*, keep: bool) -> Iterator[Path]:
    """A folder of the demo's own; removed after the block unless it is to be kept."""
    folder = Path(tempfile.mkdtemp(prefix="ct-demo-"))
    try:
        yield folder
    finally:
        if keep:
            note(f"The demo's files are in {folder}.")
        else:
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _interruptible() -> Iterator[None]:
    """Let every signal to stop end the block in order."""

    def on_signal(_number: int, _frame: Any) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, on_signal) for number in INTERRUPTIONS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
