"""What a jailed process can and cannot do, tried by real processes."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest

import cloudtranscode
from cloudtranscode.errors import EncodeFailed, IsolationUnavailable, JobCancelled, ToolMissing
from cloudtranscode.media.tools.command import Command, python_command
from cloudtranscode.media.tools.jail import Isolation, Jail, Needs, exposure_problem, isolation_problem
from cloudtranscode.media.tools.limits import Limits
from cloudtranscode.media.tools.programs import Tool, Tools
from cloudtranscode.media.tools.runner import Completed, Runner, Watch
from support.jailed import PYTHON, as_ordinary_user, output, python

_SOURCES = Path(cloudtranscode.__file__).parents[1]
_ENDLESS = Command(Tool.FFMPEG, ("-nostdin", "-progress", "pipe:1", "-f", "lavfi", "-i", "testsrc2", "-f", "null", "-"))

needs_isolation = pytest.mark.skipif(isolation_problem() is not None, reason="no unprivileged user namespaces here")


def _gone(pid: int, within_s: float) -> bool:
    """Whether a process ends in time; a zombie that nobody has waited for counts as gone."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except OSError:
            return True
        time.sleep(0.02)
    return False


@needs_isolation
@pytest.mark.parametrize("address", ["1.1.1.1", "169.254.169.254"])
def test_there_is_no_network(address: str, scratch: Path) -> None:
    code = f"import socket; print(socket.socket().connect_ex(('{address}', 80)))"
    began = time.monotonic()
    assert python(code, scratch) == "101"  # ENETUNREACH
    assert time.monotonic() - began < 5


@needs_isolation
def test_the_hosts_loopback_is_out_of_reach(scratch: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        code = f"import socket; print(socket.socket().connect_ex({server.getsockname()}))"
        assert python(code, scratch) == "111"  # ECONNREFUSED: the jail's own, empty loopback


@needs_isolation
def test_the_door_is_the_only_server(scratch: Path) -> None:
    code = "import socket; s = socket.create_connection(('127.0.0.1', 8080)); print(s.recv(9).decode())"
    jailed = Jail().start([str(PYTHON), "-I", "-c", code], scratch, Needs(door=True))
    assert jailed.door is not None
    jailed.door.settimeout(10)
    connection, _ = jailed.door.accept()
    with connection:
        connection.sendall(b"through")
    out, _ = jailed.process.communicate(timeout=20)
    jailed.close()
    assert out == b"through\n"


def test_the_environment_is_empty(scratch: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    assert output([shutil.which("env") or "/usr/bin/env"], scratch).split() == ["LC_ALL=C", f"TMPDIR={scratch}"]


def test_no_descriptor_is_inherited(scratch: Path) -> None:
    with (scratch / "open").open("w") as file:
        os.set_inheritable(file.fileno(), True)
        code = "import os; print([n for n in range(3, 256) if os.path.exists(f'/proc/self/fd/{n}')])"
        assert python(code, scratch) == "[]"


def test_a_program_of_ours_finds_its_words_and_packages_and_reads_what_it_is_given(tools: Tools, scratch: Path) -> None:
    program, given, other = (scratch.parent / name for name in ("program.py", "given.txt", "other.txt"))
    program.write_text(
        "import sys, imageio_ffmpeg\nprint(__name__, sys.argv[1:], imageio_ffmpeg.__name__)\n"
        "for path in sys.argv[1:]:\n    try: print(open(path).read())\n    except OSError: print('hidden')\n"
    )
    given.write_text("given")
    other.write_text("other")
    command = python_command(program, str(given), str(other), readable=(given,))
    done = Runner(tools, Jail(Isolation.PREFER), scratch).run(command, Watch()).ok()
    words, *contents = done.output.splitlines()
    assert words == f"__main__ {[str(given), str(other)]} imageio_ffmpeg"
    assert contents == ["given", "other" if exposure_problem() else "hidden"]


def test_a_program_that_is_missing_is_named(scratch: Path) -> None:
    with pytest.raises(ToolMissing, match="nothing cannot be executed: No such file"):
        Jail(Isolation.PREFER).start(["/no/such/nothing"], scratch)


def test_it_dies_with_a_worker_that_is_killed(scratch: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from cloudtranscode.media.tools.jail import Isolation, Jail\n"
        f"jailed = Jail(Isolation.PREFER).start(['/bin/sleep', '60'], Path({str(scratch)!r}))\n"
        "print(jailed.process.pid, flush=True); jailed.process.wait()"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as worker:
        assert worker.stdout is not None
        pid = int(worker.stdout.readline())
        assert Path(f"/proc/{pid}/comm").read_text() == "sleep\n"
        worker.send_signal(signal.SIGKILL)
    assert _gone(pid, within_s=2)


def test_cancelling_takes_less_than_a_second(tools: Tools, scratch: Path) -> None:
    stop = threading.Event()
    set_at: list[float] = []
    pids: list[int] = []

    def cancel(_: object) -> None:
        pids.extend(int(path.name) for path in Path("/proc").iterdir() if _runs_in(path, scratch))
        set_at.append(time.monotonic())
        stop.set()

    with pytest.raises(JobCancelled):
        Runner(tools, Jail(Isolation.PREFER), scratch).run(_ENDLESS, Watch(stop, cancel))
    assert time.monotonic() - set_at[0] < 1
    assert pids
    assert all(_gone(pid, within_s=0.1) for pid in pids)


def _runs_in(process: Path, folder: Path) -> bool:
    try:
        return process.name.isdigit() and (process / "cwd").readlink() == folder
    except OSError:
        return False


def test_what_on_progress_raises_ends_the_command(tools: Tools, scratch: Path) -> None:
    def fail(_: object) -> None:
        raise LookupError

    with pytest.raises(LookupError):
        Runner(tools, Jail(Isolation.PREFER), scratch).run(_ENDLESS, Watch(on_progress=fail))


def _run(code: str, scratch: Path, *, tool: Tool = Tool.PACKAGER, stall_s: float = 300.0) -> Completed:
    """Run Python code in a tool's place; it may start two processes more."""
    runner = Runner(Tools(PYTHON, PYTHON, PYTHON), Jail(Isolation.PREFER), scratch, stall_s)
    return runner.run(Command(tool, ("-I", "-S", "-c", code), limits=Limits(processes=3)), Watch())


def test_a_process_that_left_the_group_and_holds_the_pipes_is_not_waited_for(scratch: Path) -> None:
    code = "import os, time\nprint('done', flush=True)\nif not os.fork(): os.setsid(); time.sleep(10)"
    began = time.monotonic()
    assert _run(code, scratch).output == "done\n"
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("leave", ["pass", pytest.param("os.setsid()", marks=needs_isolation)])
def test_what_a_tool_leaves_running_is_ended(scratch: Path, leave: str) -> None:
    code = (
        "import os, time, pathlib\nif not os.fork():\n"
        f"    {leave}\n    while True: pathlib.Path('alive').write_text(str(time.time_ns())); time.sleep(0.01)\n"
        "while not os.path.exists('alive'): time.sleep(0.01)"
    )
    _run(code, scratch)
    last_words = (scratch / "alive").read_text()
    time.sleep(0.2)
    assert (scratch / "alive").read_text() == last_words


def test_the_scratch_folder_is_where_it_was(scratch: Path) -> None:
    (scratch / "here").write_text("found")
    assert python(f"print(open({str(scratch / 'here')!r}).read())", scratch) == "found"


@pytest.mark.parametrize("stream", [1, 2])
def test_a_line_without_an_end_does_not_fill_the_memory(scratch: Path, stream: int) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    done = _run(f"import os\nfor n in range(1000): os.write({stream}, b'x' * 100_000)", scratch, tool=Tool.FFMPEG)
    assert done.exit_code == 0
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50 << 10  # KiB


def test_a_flood_of_words_ends_a_tool(scratch: Path) -> None:
    began = time.monotonic()
    done = _run("import os\nwhile True: os.write(1, bytes(1 << 20))", scratch)
    assert time.monotonic() - began < 10
    assert done.exit_code == -signal.SIGKILL
    assert done.last_words() == "[error] stopped after 64 MiB of words"


def test_a_tool_that_writes_files_is_alive(scratch: Path) -> None:
    code = "import time\nfor n in range(15): time.sleep(0.2); open('segment', 'ab', 0).write(b'x')"
    assert _run(code, scratch, stall_s=1.5).exit_code == 0


def test_a_tool_that_only_repeats_itself_is_stuck(scratch: Path) -> None:
    code = "import time\nwhile True: time.sleep(0.05); print('frame=1\\nprogress=continue', flush=True)"
    with pytest.raises(EncodeFailed, match="made no progress"):
        _run(code, scratch, tool=Tool.FFMPEG, stall_s=1.5)


_THREADS = """
import threading, time
try:
    for n in range(40): threading.Thread(target=time.sleep, args=(5,), daemon=True).start()
except RuntimeError: print("no more")
"""

_AS_AN_ORDINARY_USER = """
import sys, tempfile
from pathlib import Path
from cloudtranscode.media.tools.jail import Jail, Needs, exposure_problem, isolation_problem
from cloudtranscode.media.tools.limits import Limits
with tempfile.TemporaryDirectory() as folder:
    argv = [str(Path(sys.executable).resolve()), "-I", "-S", "-c", sys.argv[1]]
    jailed = Jail().start(argv, Path(folder), Needs(limits=Limits(threads=10)))
    print(isolation_problem(), exposure_problem(), jailed.process.communicate(timeout=20)[0].decode())
    jailed.close()
"""


@needs_isolation
def test_an_ordinary_user_can_isolate_and_its_threads_are_counted() -> None:
    """Root becomes nobody for this, whose files it may read; everybody else is an ordinary user already."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        shutil.copytree(_SOURCES / "cloudtranscode", f"{folder}/cloudtranscode")
        argv = ["-B", "-c", _AS_AN_ORDINARY_USER, _THREADS]
        done = as_ordinary_user(*argv, PYTHONPATH=folder)
    assert done.stdout.strip() == "None None no more", done.stderr


_FORBIDDEN = """
import sys
import tempfile
from pathlib import Path
from cloudtranscode.errors import IsolationUnavailable
from cloudtranscode.media.tools.jail import Isolation, Jail, Needs
try:
    argv = ["/bin/echo", "http://127.0.0.1:8080/source"]
    jailed = Jail(Isolation(sys.argv[1])).start(argv, Path("/"), Needs(door=True))
except IsolationUnavailable as error:
    print(error.message)
else:
    print(jailed.warning)
    print(jailed.process.communicate()[0].decode().strip() == f"http://127.0.0.1:{jailed.door.getsockname()[1]}/source")
    jailed.close()
"""


def _where_namespaces_are_forbidden(mode: str) -> list[str]:
    """Run in a user namespace that allows no further ones, as a hardened kernel does."""
    unshare = shutil.which("unshare")
    if unshare is None:
        pytest.skip("needs unshare from util-linux")
    forbid = 'echo 0 > /proc/sys/user/max_user_namespaces && exec "$@"'
    argv = [unshare, "--user", "--map-root-user", "sh", "-c", forbid, "sh", sys.executable, "-c", _FORBIDDEN, mode]
    return subprocess.run(argv, capture_output=True, text=True, check=True, timeout=30).stdout.splitlines()


@needs_isolation
def test_without_namespaces_require_refuses() -> None:
    (message,) = _where_namespaces_are_forbidden("require")
    assert message.startswith("Tools cannot be isolated on this machine: namespaces are not available")


@needs_isolation
def test_without_namespaces_prefer_warns_and_uses_a_free_port() -> None:
    warning, substituted = _where_namespaces_are_forbidden("prefer")
    assert "not available" in warning
    assert substituted == "True"


def test_the_refusal_says_what_to_do() -> None:
    assert "CT_ISOLATION=prefer" in IsolationUnavailable("").remedy
