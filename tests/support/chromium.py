"""A real browser for tests: load a page that reports back, play a package as a viewer would."""

import functools
import json
import shutil
import signal
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support.daemons import Daemon, require_programs, wait_until
from support.web import PageHandler, listening

NAMES = ("chromium", "chromium-browser", "google-chrome")
SWITCHES = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--mute-audio",
    "--autoplay-policy=no-user-gesture-required",
)
# Chromium plays HLS by itself since version 142, so the page is a <video> element and nothing else. The watchdog is
# the page's own: a playback that stalls is reported with how far it came.
_PLAYER = """<!doctype html><video id="video" muted></video><script>
const video = document.getElementById("video"), wanted = %(wanted)s;
let reported = false;
function report(error) {
  if (reported) return;
  reported = true;
  const quality = video.getVideoPlaybackQuality();
  fetch("/result", {method: "POST", body: JSON.stringify({
    error, duration: Number.isFinite(video.duration) ? video.duration : 0, current_time: video.currentTime,
    video_width: video.videoWidth, video_height: video.videoHeight,
    frames_decoded: quality.totalVideoFrames, frames_dropped: quality.droppedVideoFrames})});
}
video.onerror = () => report(`media error ${video.error.code}: ${video.error.message}`);
video.ontimeupdate = () => { if (video.currentTime >= wanted.seconds) report(""); };
video.onended = () => report("");
if (!video.canPlayType("application/vnd.apple.mpegurl")) report("this browser plays no HLS; Chromium 142 and later do");
setTimeout(() => report("stalled"), wanted.patience * 1000);
video.src = wanted.url;
video.play().catch(error => { if (error.name !== "AbortError") report(String(error)); });
</script>"""


@dataclass(frozen=True, slots=True)
class PlayResult:
    """What the browser saw: times in seconds, ``error`` empty when playback reached the wanted time or the end."""

    error: str
    duration: float
    current_time: float
    video_width: int
    video_height: int
    frames_decoded: int
    frames_dropped: int


def run_page(page: str, seconds: float = 30) -> Any:
    """Load an HTML page in a fresh browser and return the JSON that its script POSTs to ``/result``.

    Skips (in CI: fails) where no Chromium is installed; raises ``DaemonFailed`` when nothing arrives in time.
    """
    browser = next(filter(None, map(shutil.which, NAMES)), None)
    require_programs("Playback in a real browser", [browser or "chromium", "setpriv"])
    results: list[bytes] = []
    arrived = threading.Event()
    handler = functools.partial(PageHandler, page=page, results=results, arrived=arrived)
    with (
        tempfile.TemporaryDirectory(prefix="ct-chromium-", ignore_cleanup_errors=True) as home,
        listening(handler) as url,
    ):
        argv = [str(browser), *SWITCHES, f"--user-data-dir={home}/profile", f"{url}/"]
        daemon = Daemon(argv, Path(home) / "chromium.log")
        try:
            wait_until(arrived.is_set, [daemon], seconds)
        finally:
            daemon.stop(signal.SIGTERM)
    return json.loads(results[0])


def play_hls(url: str, seconds: float, *, patience: float = 30) -> PlayResult:
    """Play a master or media playlist (or an MP4) for ``seconds`` of media time, or to its end if that is earlier.

    A stall or a media error is a result, not an exception. Give up ``patience`` seconds after the page has loaded.
    """
    wanted = json.dumps({"url": url, "seconds": seconds, "patience": patience})
    return PlayResult(**run_page(_PLAYER % {"wanted": wanted}, patience + 30))
