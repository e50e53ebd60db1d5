"""Somebody before a page of `ct selfcheck`: fills in, pastes, presses, reads."""

import json
from pathlib import Path

from support.devtools import Tab


class Visitor:
    """A client's admin before the page."""

    def __init__(self, tab: Tab, page: Path) -> None:
        self.tab = tab
        tab.open(page.as_uri())

    def fill(self, **fields: str) -> None:
        """Type into fields by their id."""
        for name, text in fields.items():
            self.tab.run(
                f"byId({json.dumps(name)}).value = {json.dumps(text)};"
                f"byId({json.dumps(name)}).dispatchEvent(new Event('input', {{bubbles: true}}))"
            )

    def paste(self, *texts: str) -> None:
        """Paste a policy into each text area."""
        self.tab.until(f"document.querySelectorAll('textarea').length == {len(texts)}")
        self.fill(**{f"text-{number}": text for number, text in enumerate(texts)})

    def check(self) -> str:
        """Press the button; returns the report's text."""
        self.tab.run("byId('report').replaceChildren(); byId('check').click()")
        self.tab.until("document.querySelector('.verdict') || /fail/.test(byId('status').textContent)")
        return self.text("#report")

    def text(self, selector: str) -> str:
        return str(self.tab.run(f"document.querySelector({json.dumps(selector)})?.innerText ?? ''"))
