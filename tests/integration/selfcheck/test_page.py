"""What a client's admin meets: a file opened in a browser, policies pasted, a verdict, a text to copy; no network."""

import functools
import http.server
import json
import re
import time
from collections.abc import Mapping
from http import HTTPStatus
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from cloudtranscode.entitlements.grant import grant_sheet, merge
from support.corpus import ORDER, ROLE
from support.devtools import Tab
from support.reference import reference_policy
from support.visitor import Visitor
from support.web import listening

SHEET = grant_sheet(ORDER)
FOREIGN = {
    "Sid": "Auditors",
    "Effect": "Allow",
    "Principal": {"AWS": "arn:aws:iam::777788889999:role/auditor"},
    "Action": "s3:GetObject",
    "Resource": "arn:aws:s3:::clienta/in/*",
}
OWN = json.dumps({"Version": "2012-10-17", "Statement": [FOREIGN]}, indent=2)
MARKUP = "<img src=x onerror=document.title='broken'><script>document.title='broken'</script>"


def test_a_policy_without_the_stack_gets_a_verdict_and_the_text_that_ct_grant_would_attach(client: Visitor) -> None:
    client.paste(OWN)
    report = client.check()
    assert "Not entitled" in report
    assert "Read the sources" in report
    assert "arn:aws:iam::777788889999:role/auditor" in report
    mended = merge(OWN, SHEET.of("clienta"))
    assert (
        client.tab.run("[...document.querySelectorAll('pre > :not(del)')].map(e => e.textContent).join('')") == mended
    )
    assert "CloudTranscodeReadClientA" in client.text("ins")


def test_the_text_of_the_grant_sheet_entitles_and_nothing_has_to_be_changed(client: Visitor) -> None:
    client.paste(SHEET.documents["clienta"])
    report = client.check()
    assert "Entitled" in report
    assert "Nothing is to be added" in report
    assert "not granted" not in report


def test_a_deny_is_named_with_its_statement_and_said_to_outrank_every_grant(client: Visitor) -> None:
    deny = {
        **FOREIGN,
        "Sid": "Shut",
        "Effect": "Deny",
        "Principal": {"AWS": ROLE},
        "Resource": "arn:aws:s3:::clienta/*",
    }
    client.paste(json.dumps({"Version": "2012-10-17", "Statement": [FOREIGN, deny]}))
    report = client.check()
    assert "Decided by Statement[1] (Shut)" in report
    assert "exempt" in report


def test_what_is_known_of_the_bucket_changes_what_is_needed(client: Visitor) -> None:
    client.paste(SHEET.documents["clienta"])
    assert "Hand the results over to you" in client.check()
    client.tab.run("byId('ownership').value = 'enforced'; byId('ownership').dispatchEvent(new Event('change'))")
    client.tab.until("byId('result').hidden && !/PutObjectAcl/.test(byId('sheet').innerText)")
    assert "Hand the results over to you" not in client.check()
    client.tab.run("byId('ownership').value = ''; byId('ownership').dispatchEvent(new Event('change'))")
    client.tab.until("/PutObjectAcl/.test(byId('sheet').innerText)")


def test_the_copied_text_is_the_corrected_policy(client: Visitor) -> None:
    client.paste(OWN)
    client.check()
    client.tab.run(
        "Object.defineProperty(navigator, 'clipboard', {value: {writeText: async text => {window.copied = text}}})"
    )
    client.tab.run("document.querySelector('button.copy').click()")
    client.tab.until("window.copied")
    assert client.tab.run("window.copied") == merge(OWN, SHEET.of("clienta"))
    client.tab.until("/Copied/.test(byId('report').innerText)")


class Listener(http.server.BaseHTTPRequestHandler):
    """Answers whoever asks, from whatever page, and remembers for what."""

    def __init__(self, met: list[str], *args: Any, **kwargs: Any) -> None:
        self._met = met
        super().__init__(*args, **kwargs)

    def do_GET(self) -> None:
        self._met.append(self.path)
        self.send_response(HTTPStatus.OK)
        self.send_header("Access-Control-Allow-Origin", "*")
        self.end_headers()

    do_POST = do_GET  # noqa: N815 - as above

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name that the base class gives it
        """Say nothing."""


def test_neither_the_page_nor_its_worker_makes_a_request_or_could(pages: Mapping[str, Path], browser: Tab) -> None:
    visitor = Visitor(browser, pages["client"])
    visitor.paste(OWN)
    visitor.check()
    assert [url for url in browser.requests if not url.startswith("blob:null/")] == [pages["client"].as_uri()]
    met: list[str] = []
    with listening(functools.partial(Listener, met)) as url:
        refused, tried = browser.run(_ATTEMPTS.replace("@AWAY@", url))
        assert [one for one in browser.requests if one.startswith(url)] == []
        assert met == []
        browser.open(f"{url}/reached")  # it was there to be met
    assert "/reached" in met
    assert refused == [
        *("connect-src", "frame-src", "img-src", "script-src", "script-src-elem", "style-src-elem", "undefined")
    ]
    assert set(tried.values()) == {"shut"}
    assert set(tried) == {"fetch", "script", "eval", "request", "socket"}


def test_what_is_pasted_is_shown_as_text_and_never_becomes_markup(client: Visitor) -> None:
    statement = {**FOREIGN, "Sid": MARKUP, "Action": f"s3:{MARKUP}", "Resource": f"arn:aws:s3:::clienta/{MARKUP}"}
    for text in (
        json.dumps({"Version": "2012-10-17", "Statement": statement}),
        MARKUP,
        OWN.replace("Auditors", MARKUP[:46]),
    ):
        client.paste(text)
        client.check()
        assert client.tab.run("document.querySelectorAll('main img, main script').length") == 0
        assert client.tab.run("document.title") == "Bucket policy self-check"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"Version": "2012-10-17", "Statement": [', r"not JSON at line 1 column \d+"),
        (OWN.replace('"Effect"', '"Efect"'), r"Statement\[0\]\.Efect"),
        (OWN.replace('"Allow"', '"Permit"'), r"Statement\[0\]\.Effect"),
        (OWN.replace('"Version"', '"Version": "2012-10-17", "Version"'), r"'Version' is written twice"),
        ("[" * 100_000, "nested too deep"),
        ("x" * 300_000, "larger than"),
        ("\ud800", "not JSON"),
    ],
    ids=["cut", "misspelt", "wrong value", "twice", "deep", "huge", "surrogate"],
)
def test_what_is_no_policy_is_told_precisely(client: Visitor, text: str, expected: str) -> None:
    client.paste(text)
    report = client.check()
    assert re.search(expected, report)
    assert "unreadable" in report
    assert "The stack's statements alone" in report
    assert client.text("#status") == ""


def test_a_policy_of_20_kilobytes_leaves_the_page_fluid(client: Visitor) -> None:
    many = [
        {**FOREIGN, "Sid": f"S{number}", "Resource": f"arn:aws:s3:::clienta/in/{number}/*"} for number in range(112)
    ]
    text = json.dumps({"Version": "2012-10-17", "Statement": many})
    assert 18_000 < len(text) < 20_000
    client.paste(text)
    client.check()  # has waited for the start
    client.tab.run(
        "window.longest = 0; let last = performance.now();"
        "setInterval(() => { const now = performance.now(); longest = Math.max(longest, now - last); last = now }, 10)"
    )
    began = time.monotonic()
    report = client.check()
    assert time.monotonic() - began < 10
    assert client.tab.run("longest") < 1_000
    assert "Not entitled" in report


def test_without_a_name_the_page_asks_and_says_what_is_wrong_with_an_answer(anybody: Visitor) -> None:
    anybody.fill(client="ClientA", stack_arn="arn:aws:iam::111122223333:policy/x", account="444455556666")
    anybody.fill(input="s3://clienta-in", output="s3://x")
    anybody.tab.until("document.querySelectorAll('[aria-invalid]').length == 2")
    assert "names neither a role nor a user" in anybody.text("#stack_arn-problem")
    assert "'x' is not a bucket name" in anybody.text("#output-problem")
    assert anybody.tab.run("byId('paste').hidden")
    anybody.fill(stack_arn=ROLE, output="s3://clienta-out")
    anybody.paste(
        reference_policy(ROLE, "s3:GetObject", "clienta-in"),
        reference_policy(ROLE.replace("role", "user"), "s3:PutObject", "clienta-out"),
    )
    report = anybody.check()
    assert "Not allowed: write the results, take back unfinished parts." in report
    assert "Version 2008-10-17" in report


def test_every_field_has_a_label_and_the_keyboard_reaches_all(anybody: Visitor) -> None:
    anybody.fill(
        client="ClientA", stack_arn=ROLE, account="444455556666", input="s3://clienta-in", output="s3://clienta-out"
    )
    anybody.paste("", "")
    anybody.check()
    unlabelled = "[...document.querySelectorAll('input, select, textarea')].filter(one => !one.labels.length).length"
    assert anybody.tab.run(unlabelled) == 0
    assert anybody.tab.run("document.activeElement.id") == "result"
    assert anybody.tab.run("[...document.querySelectorAll('pre')].every(one => one.tabIndex === 0)")
    levels = anybody.tab.run("[...document.querySelectorAll('h1, h2, h3, h4')].map(one => Number(one.tagName[1]))")
    assert all(after - before <= 1 for before, after in pairwise(levels))


@pytest.mark.parametrize("dark", [False, True])
def test_every_text_stands_out_from_its_ground(client: Visitor, *, dark: bool) -> None:
    client.paste(OWN)
    client.check()
    client.tab.picture(dark=dark)
    assert client.tab.run(_FAINT) == []


_ATTEMPTS = """
(async () => {
  const refused = [], away = "@AWAY@/";
  document.addEventListener("securitypolicyviolation", event => refused.push(event.effectiveDirective));
  const add = (tag, properties) => document.body.append(Object.assign(document.createElement(tag), properties));
  add("img", {src: away + "x.png"});
  add("iframe", {src: away});
  add("style", {textContent: `@import "${away}"`});
  add("script", {textContent: "window.ran = true"});
  try { new Function("window.ran = true")(); } catch {}
  try { new WebSocket(away.replace("http", "ws")); } catch {}
  navigator.sendBeacon(away, "text");
  await fetch(away).then(() => refused.push("fetched"), () => null);
  const inside = new Blob([`
    const tried = {};
    const attempt = async (name, work) => {
      try { await work(); tried[name] = "open"; } catch { tried[name] = "shut"; }
    };
    const socket = () => new WebSocket("${away}".replace("http", "ws"));
    (async () => {
      await attempt("fetch", () => fetch("${away}"));
      await attempt("script", () => importScripts("${away}"));
      await attempt("eval", () => eval("1"));
      await attempt("request", () => { const r = new XMLHttpRequest(); r.open("GET", "${away}", false); r.send(); });
      await attempt("socket", () => new Promise((yes, no) => { socket().onerror = no; }));
      postMessage(tried);
    })()`], {type: "text/javascript"});
  const worker = new Worker(URL.createObjectURL(inside));
  const tried = await new Promise(resolve => { worker.onmessage = event => resolve(event.data); });
  return [[...new Set(refused), String(window.ran)].sort(), tried];
})()
"""
# WCAG 2.2, success criterion 1.4.3: contrast of at least 4.5.
_FAINT = """
(() => {
  const channel = value => (value /= 255) <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const colour = text => text.match(/[\\d.]+/g).map(Number);
  const ground = one => {
    for (; one; one = one.parentElement) {
      const found = colour(getComputedStyle(one).backgroundColor);
      if (found.length === 3 || found[3] === 1) return found;
    }
    return colour(getComputedStyle(document.body).backgroundColor);
  };
  const shown = [...document.querySelectorAll('body *')].filter(one =>
    one.checkVisibility() && [...one.childNodes].some(node => node.nodeType === 3 && node.data.trim()));
  return shown.filter(one => {
    const [a, b] = [light(colour(getComputedStyle(one).color)), light(ground(one))].sort((x, y) => y - x);
    return (a + 0.05) / (b + 0.05) < 4.5;
  }).map(one => one.textContent.slice(0, 40));
})()
"""
