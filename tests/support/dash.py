"""A DASH player as small as one can be: appends what a manifest names to a real browser's media source, and plays."""

from __future__ import annotations

import base64
import json

from support.chromium import PlayResult, run_page

# One representation of each kind (the first whose codec begins as wanted, of the last set that has one) is appended
# whole. Where the browser reports an encrypted one, it asks for a key, and gets that of the page: W3C Clear Key.
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
function segments(template) {
  const names = [];
  let number = Number(template.getAttribute("startNumber") || 1);
  for (const entry of template.querySelectorAll("S"))
    for (let times = Number(entry.getAttribute("r") || 0); times >= 0; times--, number++)
      names.push(template.getAttribute("media").replace(/\\$Number%%0(\\d+)d\\$/,
        (_, digits) => String(number).padStart(Number(digits), "0")));
  return [template.getAttribute("initialization"), ...names];
}
async function feed(source, representation) {
  const type = `${representation.getAttribute("mimeType")}; codecs="${representation.getAttribute("codecs")}"`;
  if (!MediaSource.isTypeSupported(type)) throw new Error(`${type} is not supported`);
  const buffer = source.addSourceBuffer(type);
  for (const name of segments(representation.querySelector("SegmentTemplate"))) {
    const answer = await fetch(new URL(name, wanted.url));
    if (!answer.ok) throw new Error(`${name}: ${answer.status}`);
    buffer.appendBuffer(await answer.arrayBuffer());
    await new Promise((done, failed) => { buffer.onupdateend = done; buffer.onerror = failed; });
  }
}
async function unlock() {
  const capability = type => [{contentType: type}];
  const access = await navigator.requestMediaKeySystemAccess("org.w3.clearkey", [{
    initDataTypes: ["cenc", "keyids"],
    videoCapabilities: [{contentType: 'video/mp4; codecs="avc1.640028"', encryptionScheme: wanted.scheme}],
    audioCapabilities: [{contentType: 'audio/mp4; codecs="mp4a.40.2"', encryptionScheme: wanted.scheme}]}]);
  const keys = await access.createMediaKeys();
  await video.setMediaKeys(keys);
  video.onencrypted = event => {
    const session = keys.createSession();
    session.onmessage = () => session.update(new TextEncoder().encode(JSON.stringify({
      keys: [{kty: "oct", kid: wanted.kid, k: wanted.key}], type: "temporary"}))).catch(error => report(String(error)));
    session.generateRequest(event.initDataType, event.initData).catch(error => report(String(error)));
  };
}
async function play() {
  if (wanted.key) await unlock();
  const manifest = new DOMParser().parseFromString(await (await fetch(wanted.url)).text(), "text/xml");
  const chosen = {};
  for (const family of manifest.querySelectorAll("AdaptationSet"))
    for (const one of family.querySelectorAll("Representation"))
      if (family.getAttribute("contentType") !== "text" &&
          (family.getAttribute("contentType") !== "video" || one.getAttribute("codecs").startsWith(wanted.codec)))
        chosen[family.getAttribute("contentType")] ??= one;
  const source = new MediaSource();
  video.src = URL.createObjectURL(source);
  await new Promise(done => source.onsourceopen = done);
  await Promise.all(Object.values(chosen).map(one => feed(source, one)));
  source.endOfStream();
  await video.play();
}
video.onerror = () => report(`media error ${video.error.code}: ${video.error.message}`);
video.ontimeupdate = () => { if (video.currentTime >= wanted.seconds) report(""); };
video.onended = () => report("");
setTimeout(() => report("stalled"), wanted.patience * 1000);
play().catch(error => { if (error.name !== "AbortError") report(String(error)); });
</script>"""


def play_dash(
    url: str, seconds: float, *, codec: str = "avc1", key: tuple[str, str, str] | None = None, patience: float = 20
) -> PlayResult:
    """Play a manifest for ``seconds`` of media time, with the first rung whose codec begins with ``codec``.

    ``key`` is the scheme (``cenc``, ``cbcs``), the key's identifier and the key, in hexadecimal. A stall or an error
    is a result, not an exception.
    """
    scheme, kid, secret = key or ("", "", "")
    said = {"url": url, "seconds": seconds, "codec": codec, "patience": patience, "scheme": scheme}
    wanted = json.dumps({**said, "kid": _of_hex(kid), "key": _of_hex(secret)})
    return PlayResult(**run_page(_PLAYER % {"wanted": wanted}, patience + 30))


def _of_hex(text: str) -> str:
    return base64.urlsafe_b64encode(bytes.fromhex(text)).decode().rstrip("=")
