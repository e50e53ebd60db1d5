"""The main job on a real S3 server: refused, entitled, verified, transcoded, delivered, refused again."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from cloudtranscode.cli.exit_codes import ExitCode
from cloudtranscode.media.tools.programs import Tools, find_tools
from support.ceph import Rgw
from support.chromium import play_hls
from support.ct import SMALLEST_JOB, Ct, content, ct_as, download, unfinished_uploads
from support.media import real_clip
from support.reference import INPUT, OUTPUT, Client, Stack, reference_policy
from support.web import serving

KEY = "input/video1.mp4"
RATE, FRAMES = 6, 36
FILM = "bbb_1080p24_56s.mp4"
FILM_FRAMES = 1340
LADDER = {"1080p": (1920, 1080), "720p": (1280, 720), "480p": (854, 480), "360p": (640, 360)}


@pytest.fixture(scope="session")
def tools() -> Tools:
    return find_tools()


@pytest.fixture(scope="session")
def clip(tools: Tools, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six seconds, long enough for a poster at the fifth; 480 lines, so that 720p comes out smaller and 360p below."""
    path = tmp_path_factory.mktemp("source") / "video1.mp4"
    picture = ["-f", "lavfi", "-i", f"testsrc2=size=854x480:rate={RATE}:duration={FRAMES // RATE}"]
    sound = ["-f", "lavfi", "-i", f"sine=frequency=440:duration={FRAMES // RATE}"]
    coding = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac"]
    run([str(tools.ffmpeg), "-v", "error", *picture, *sound, *coding, str(path)])
    return path


@pytest.fixture
def ct(rgw: Rgw, client: Client, stack: Stack, tmp_path: Path) -> Ct:
    """The stack's ``ct``, which knows ClientA; ClientA has not entitled it to anything."""
    ct = ct_as(stack.keys, stack.arn, rgw.endpoint, tmp_path / "home")
    ct.register("ClientA", client.user.name, f"s3://{INPUT}", f"s3://{OUTPUT}")
    return ct


def run(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return done.stdout


def decode(tools: Tools, path: Path) -> dict[str, Any]:
    """Decode a file or playlist to its end, which must go without a word, and return its best video stream."""
    run([str(tools.ffmpeg), "-v", "error", "-i", str(path), "-map", "0", "-f", "null", "-"])
    what = ["-select_streams", "v", "-count_frames", "-show_streams", "-of", "json"]
    streams = json.loads(run([str(tools.ffprobe), "-v", "error", *what, str(path)]))["streams"]
    best: dict[str, Any] = max(streams, key=lambda stream: stream["width"])
    return best


def assert_video(tools: Tools, path: Path, size: tuple[int, int], frames: int) -> None:
    stream = decode(tools, path)
    assert (stream["width"], stream["height"], int(stream["nb_read_frames"])) == (*size, frames), path


def picture_hash(tools: Tools, path: Path) -> str:
    """A digest of the coded pictures, the same in every container."""
    return run([str(tools.ffmpeg), "-v", "error", "-i", str(path), "-map", "0:v:0", "-c", "copy", "-f", "md5", "-"])


def attach_as_printed(ct: Ct, client: Client) -> None:
    for bucket in ct("grant", "ClientA", "--json").data["buckets"]:
        client.attach(bucket["bucket"], json.dumps(bucket["policy"]))


def assert_refused(ct: Ct, client: Client) -> None:
    ended = ct.run(SMALLEST_JOB)

    assert ended.code == ExitCode.CLIENT, ended
    assert ended.data["state"] == "failed"
    assert ended.data["outputs"] == []
    error = ended.data["error"]
    assert (error["code"], error["side"]) == ("access_denied", "client")
    assert "`ct grant ClientA`" in error["remedy"]
    assert content(client.s3, OUTPUT) == {}
    assert unfinished_uploads(client.s3, OUTPUT) == []


def assert_done(ct: Ct, client: Client, tools: Tools, folder: Path) -> None:
    ended = ct.run(SMALLEST_JOB)

    assert (ended.code, ended.data["state"], ended.data["error"]) == (ExitCode.DONE, "done", None), ended
    assert_delivered(ended.data["outputs"], client, tools, folder)


def assert_verified(ct: Ct, client: Client) -> None:
    ended = ct("verify", "ClientA", "--key", KEY, "--json")

    assert (ended.code, ended.data["ok"]) == (ExitCode.DONE, True), ended
    assert set(statuses(ended.data["checks"]).values()) == {"pass"}
    assert content(client.s3, OUTPUT) == {}


def statuses(checks: list[dict[str, str]]) -> dict[str, str]:
    return {check["name"]: check["status"] for check in checks}


def test_with_the_policies_that_ct_prints(
    ct: Ct, client: Client, stack: Stack, tools: Tools, clip: Path, tmp_path: Path
) -> None:
    client.s3.upload_file(str(clip), INPUT, KEY)
    assert_refused(ct, client)
    before = ct("verify", "ClientA", "--json")
    assert (before.code, before.data["ok"]) == (ExitCode.FAILED, False), before
    assert statuses(before.data["checks"])["write-output"] == "fail"

    attach_as_printed(ct, client)

    assert_verified(ct, client)
    assert_done(ct, client, tools, tmp_path / "delivered")


def test_with_the_reference_example_as_written(
    ct: Ct, client: Client, stack: Stack, tools: Tools, clip: Path, tmp_path: Path
) -> None:
    """Two policies of 2008: READ, WRITE and not one permission more."""
    client.s3.upload_file(str(clip), INPUT, KEY)
    client.attach(INPUT, reference_policy(stack.arn, "s3:GetObject", INPUT))
    client.attach(OUTPUT, reference_policy(stack.arn, "s3:PutObject", OUTPUT))

    assert_verified(ct, client)
    assert_done(ct, client, tools, tmp_path / "delivered")

    for bucket in (INPUT, OUTPUT):
        client.detach(bucket)
    for key in content(client.s3, OUTPUT):
        client.s3.delete_object(Bucket=OUTPUT, Key=key)
    assert_refused(ct, client)


def assert_delivered(outputs: list[dict[str, Any]], client: Client, tools: Tools, folder: Path) -> None:
    """What the job tells is what the client finds, with its own keys."""
    sizes = content(client.s3, OUTPUT)
    mp4, hls, poster = outputs
    assert [output["to"] for output in outputs] == [
        f"s3://{OUTPUT}/video1/720p.mp4",
        f"s3://{OUTPUT}/video1/hls/",
        f"s3://{OUTPUT}/video1/poster.jpg",
    ]
    assert mp4["bytes"] == sizes["video1/720p.mp4"]
    assert poster["bytes"] == sizes["video1/poster.jpg"]
    assert hls["bytes"] == sum(size for key, size in sizes.items() if key.startswith("video1/hls/"))
    assert [output["duration_s"] for output in (mp4, hls)] == [pytest.approx(FRAMES / RATE, abs=0.1)] * 2
    assert all(output["checks"] and all(check["ok"] for check in output["checks"]) for output in outputs)
    assert unfinished_uploads(client.s3, OUTPUT) == []

    video1 = download(client.s3, OUTPUT, folder) / "video1"
    assert_video(tools, video1 / "720p.mp4", (854, 480), FRAMES)
    assert_video(tools, video1 / "hls/master.m3u8", (854, 480), FRAMES)
    assert_video(tools, video1 / "poster.jpg", (854, 480), 1)


@pytest.mark.parametrize("stack", ["role"], indirect=True)
def test_a_refused_job_shows_the_policies_to_attach(ct: Ct, client: Client, stack: Stack) -> None:
    ended = ct("submit", "-", "--wait", stdin=SMALLEST_JOB)

    assert ended.code == ExitCode.CLIENT
    assert "ClientA has not entitled the stack" in ended.err
    for expected in (f"Bucket {INPUT}", f"Bucket {OUTPUT}", stack.arn, "s3:GetObject", "s3:PutObject"):
        assert expected in ended.out


@pytest.fixture
def film() -> Path:
    return real_clip(FILM)


def film_job() -> str:
    to = f"s3://{OUTPUT}/bbb"
    outputs = [
        *({"type": "mp4", "preset": name, "to": f"{to}/{name}.mp4"} for name in LADDER),
        {"type": "hls", "presets": list(LADDER), "to": f"{to}/hls/"},
        {"type": "poster", "at": "10s", "to": f"{to}/poster.jpg"},
    ]
    return json.dumps({"client": "ClientA", "input": f"s3://{INPUT}/{FILM}", "outputs": outputs})


@pytest.mark.timeout(900)
@pytest.mark.parametrize("stack", ["role"], indirect=True)
def test_a_real_film(ct: Ct, client: Client, stack: Stack, tools: Tools, film: Path, tmp_path: Path) -> None:
    """A ladder of four as files and as HLS, all from one encode of each rung."""
    client.s3.upload_file(str(film), INPUT, FILM)
    attach_as_printed(ct, client)

    ended = ct.run(film_job(), seconds=800)

    assert (ended.code, ended.data["error"]) == (ExitCode.DONE, None)
    assert_encoded_once(ct("job", "show", ended.data["id"], "--json").data["receipt"])
    bbb = download(client.s3, OUTPUT, tmp_path / "delivered") / "bbb"
    for name, size in LADDER.items():
        assert_video(tools, bbb / f"{name}.mp4", size, FILM_FRAMES)
    assert_video(tools, bbb / "poster.jpg", LADDER["1080p"], 1)
    assert_ladder(tools, bbb)
    with serving(bbb) as url:
        played = play_hls(f"{url}/hls/master.m3u8", seconds=8)
    assert played.error == ""
    assert played.duration == pytest.approx(FILM_FRAMES / 24, abs=0.1)
    assert played.frames_decoded > 0
    assert unfinished_uploads(client.s3, OUTPUT) == []


def assert_encoded_once(receipt: dict[str, Any]) -> None:
    """Eight videos and a poster are wanted; four are encoded, all by the one command that reads the source."""
    reading = [one for one in receipt["commands"] if any(word.endswith("/source") for word in one["args"])]
    assert len(reading) == 1
    assert reading[0]["args"].count("libx264") == len(LADDER)
    plan = receipt["plan"]
    rungs = {item["id"]: tuple(item["geometry"]["frame"]) for item in plan["video"]}
    assert sorted(rungs.values(), reverse=True) == list(LADDER.values())
    files, ladder = plan["packages"][:4], plan["packages"][4]
    assert [rungs[package["video"]] for package in files] == list(LADDER.values())
    assert sorted((rungs[name] for name in ladder["video"]), reverse=True) == list(LADDER.values())


def assert_ladder(tools: Tools, bbb: Path) -> None:
    """Every rung decodes to the last frame, and its coded pictures are those of the MP4 of its size."""
    rungs = {}
    for playlist in (bbb / "hls").glob("*/index.m3u8"):
        probed = run([str(tools.ffprobe), "-v", "error", "-show_streams", "-of", "json", str(playlist)])
        if json.loads(probed)["streams"][0]["codec_type"] == "video":
            stream = decode(tools, playlist)
            rungs[stream["width"], stream["height"]] = playlist
            assert int(stream["nb_read_frames"]) == FILM_FRAMES
    assert set(rungs) == set(LADDER.values())
    for name, size in LADDER.items():
        assert picture_hash(tools, rungs[size]) == picture_hash(tools, bbb / f"{name}.mp4")
