"""The page: one HTML file with the evaluator's own sources, an interpreter for them, and no way to the network."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Any

import cloudtranscode
from cloudtranscode.entitlements.order import GrantOrder
from cloudtranscode.selfcheck.question import write_order
from cloudtranscode.selfcheck.report import describe
from cloudtranscode.selfcheck.runtime import Runtime, pack

# The rooms whose sources run in the browser: the core, and nothing that needs a file, a clock or a network.
_PURE = ("__init__.py", "errors.py", "location.py", "entitlements", "selfcheck")
_SHELL = {"page.py", "runtime.py"}
_EFFORT = 6  # of gzip: the most takes twice as long and saves a hundredth


@dataclass(frozen=True, slots=True)
class Contents:
    """What a page is about: an order, or ``None`` to ask for it; the reference as :func:`reference.export` gave it."""

    order: GrantOrder | None
    reference: Mapping[str, Any]


def sources() -> dict[str, bytes]:
    """Return the Python files that run in the browser, by their path in an archive."""
    root = Path(cloudtranscode.__file__).parent
    found = [path for name in _PURE for path in _modules(root / name)]
    return {f"cloudtranscode/{path.relative_to(root).as_posix()}": path.read_bytes() for path in found}


def build_page(contents: Contents, runtime: Runtime, modules: Mapping[str, bytes]) -> str:
    """Return the HTML; ``modules`` are the Python files that it carries, as :func:`sources` returns them."""
    style, script = _asset("page.css"), _asset("page.js")
    worker = f"{runtime.script}\n{_asset('worker.js')}".encode()
    reference = json.dumps(contents.reference, separators=(",", ":")).encode()
    parts = {"worker.js": worker, **runtime.files, "reference.json": reference, "modules.zip": pack(modules)}
    return Template(_asset("page.html")).substitute(
        policy=_content_policy(script, style),
        style=style,
        script=script,
        order=_json(_prepared(contents.order)),
        parts="\n".join(_part(name, content) for name, content in parts.items()),
        version=cloudtranscode.__version__,
    )


def _modules(place: Path) -> list[Path]:
    if place.is_file():
        return [place]
    return sorted(path for path in place.rglob("*.py") if path.name not in _SHELL)


def _prepared(order: GrantOrder | None) -> dict[str, Any] | None:
    """What the page shows before the interpreter has started."""
    return {"order": write_order(order), "sheet": describe(order)} if order else None


def _part(name: str, content: bytes) -> str:
    packed = base64.b64encode(gzip.compress(content, _EFFORT, mtime=0)).decode()
    return f'<script type="text/plain" data-part="{name}">{packed}</script>'


def _content_policy(script: str, style: str) -> str:
    """Forbid everything but this page's own script and style, and the interpreter in a worker made of its bytes.

    https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Content-Security-Policy
    """
    return "; ".join(
        [
            "default-src 'none'",
            f"script-src {_hash(script)} 'wasm-unsafe-eval'",
            f"style-src {_hash(style)}",
            "worker-src blob:",
            "base-uri 'none'",
            "form-action 'none'",
        ]
    )


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _json(value: Any) -> str:
    """JSON that cannot end the element it stands in."""
    return json.dumps(value).replace("<", "\\u003c")


def _asset(name: str) -> str:
    return (files(__package__) / "assets" / name).read_text("utf-8")
