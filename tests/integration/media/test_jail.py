"""What a jailed process can and cannot do, tried by real processes."""

from __future__ import annotations

import contextlib
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
from cloudtranscode.media.tools import landlock
from cloudtranscode.media.tools.command import Command, python_command
from cloudtranscode.media.tools.jail import Isolation, Jail, Needs, exposure_problem, isolation_problem
from cloudtranscode.media.tools.landlock import landlock_version
from cloudtranscode.media.tools.limits import Limits
from cloudtranscode.media.tools.programs import Tool, Tools
from cloudtranscode.media.tools.runner import Completed, Runner, Watch

_SOURCES = Path(cloudtranscode.__file__).parents[1]
_NOBODY = 65534
_PYTHON = Path(sys.executable).resolve()
"""The real one: that of a virtual environment wants to read its files, which the jail hides."""
_ENDLESS = Command(Tool.FFMPEG, ("-nostdin", "-progress", "pipe:1", "-f", "lavfi", "-i", "testsrc2", "-f", "null", "-"))

needs_landlock = pytest.mark.skipif(exposure_problem() is not None, reason="the kernel has no Landlock")
needs_isolation = pytest.mark.skipif(isolation_problem() is not None, reason="no unprivileged user namespaces here")


def _output(argv: list[str], folder: Path, jail: Jail | None = None, needs: Needs | None = None) -> str:
    jailed = (jail or Jail()).start(argv, folder, needs or Needs())
    out, _ = jailed.process.communicate(timeout=20)
    jailed.close()
    return out.decode()


def _python(code: str, folder: Path) -> str:
    return _output([str(_PYTHON), "-I", "-c", code], folder).strip()


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
    assert _python(code, scratch) == "101"  # ENETUNREACH
    assert time.monotonic() - began < 5


@needs_isolation
def test_the_hosts_loopback_is_out_of_reach(scratch: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        code = f"import socket; print(socket.socket().connect_ex({server.getsockname()}))"
        assert _python(code, scratch) == "111"  # ECONNREFUSED: the jail's own, empty loopback


@needs_isolation
def test_the_door_is_the_only_server(scratch: Path) -> None:
    code = "import socket; s = socket.create_connection(('127.0.0.1', 8080)); print(s.recv(9).decode())"
    jailed = Jail().start([str(_PYTHON), "-I", "-c", code], scratch, Needs(door=True))
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
    jail = Jail(Isolation.PREFER)
    assert _output([shutil.which("env") or "/usr/bin/env"], scratch, jail).split() == ["LC_ALL=C", f"TMPDIR={scratch}"]


def test_no_descriptor_is_inherited(scratch: Path) -> None:
    with (scratch / "open").open("w") as file:
        os.set_inheritable(file.fileno(), True)
        code = "import os; print([n for n in range(3, 256) if os.path.exists(f'/proc/self/fd/{n}')])"
        assert _python(code, scratch) == "[]"


@needs_isolation
def test_it_has_no_capabilities_and_cannot_gain_any(scratch: Path) -> None:
    code = (
        "print(*[l.split()[1] for l in open('/proc/self/status') if l.startswith(('CapEff', 'CapPrm', 'NoNewPrivs'))])"
    )
    assert _python(code, scratch) == "0000000000000000 0000000000000000 1"


def _tried(action: str, folder: Path) -> str:
    """What comes of an action of a jailed process: its value, or the name of the error."""
    code = f"import os, socket\ntry: print({action})\nexcept OSError as error: print(type(error).__name__)"
    return _output([str(_PYTHON), "-I", "-c", code], folder, Jail(Isolation.PREFER)).strip()


@needs_landlock
def test_no_file_outside_the_scratch_folder_can_be_read(scratch: Path) -> None:
    secret = scratch.parent / "stack.key"
    secret.write_text("SECRET")
    (scratch / "link").symlink_to(secret)
    for action in (f"open({str(secret)!r}).read()", "open('link').read()", f"os.listdir({str(scratch.parent)!r})"):
        assert _tried(action, scratch) == "PermissionError"
    for path in ("/etc/passwd", f"/proc/{os.getpid()}/environ", _SOURCES / "cloudtranscode" / "errors.py"):
        assert _tried(f"open({str(path)!r}).read(1)", scratch) == "PermissionError"


@needs_landlock
def test_no_file_outside_the_scratch_folder_can_be_made_or_changed(scratch: Path) -> None:
    outside = scratch.parent / "outside"
    assert _tried(f"open({str(outside)!r}, 'w')", scratch) == "PermissionError"
    outside.write_text("whole")
    for action in ("open({0!r}, 'a')", "os.truncate({0!r}, 0)", "os.unlink({0!r})", "os.link({0!r}, 'hard')"):
        assert _tried(action.format(str(outside)), scratch) in {"PermissionError", "OSError"}
    assert outside.read_text() == "whole"


@needs_landlock
def test_within_the_scratch_folder_everything_is_allowed_but_programs(scratch: Path) -> None:
    actions = ("os.mkdir('a')", "open('a/b', 'w').write('x')", "os.rename('a/b', 'c')", "open('c').read()")
    assert [_tried(action, scratch) for action in actions] == ["None", "1", "None", "x"]
    shutil.copy("/bin/true", scratch / "program")
    assert _tried("os.execv('program', ['program'])", scratch) == "PermissionError"


@needs_landlock
def test_a_tool_within_a_hidden_folder_runs(scratch: Path, tools: Tools) -> None:
    folder = scratch.parent / "venv" / "bin"
    folder.mkdir(parents=True)
    (folder / "ffprobe").symlink_to(tools.ffprobe)
    assert "ffprobe version" in _output([str(folder / "ffprobe"), "-version"], scratch, Jail(Isolation.PREFER))


@pytest.mark.skipif(landlock_version() < 6, reason="the kernel's Landlock leaves signals and sockets alone")
def test_nobody_outside_can_be_signalled_or_called(scratch: Path) -> None:
    assert _tried(f"os.kill({os.getpid()}, 0)", scratch) == "PermissionError"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("\0cloudtranscode-test")
        server.listen()
        action = "socket.socket(socket.AF_UNIX).connect('\\0cloudtranscode-test')"
        assert _tried(action, scratch) in {"PermissionError", "ConnectionRefusedError"}


def test_a_kernel_without_landlock_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(landlock, "_call", lambda *_: -1)
    assert "the kernel has no Landlock" in (landlock.hide_files("/bin/true", ".") or "")


def test_limits_hold(scratch: Path) -> None:
    needs = Needs(limits=Limits(file_bytes=4096))
    code = "f = open('big', 'wb', 0); print(f.write(bytes(9000)))"
    assert _output([str(_PYTHON), "-I", "-c", code], scratch, Jail(Isolation.PREFER), needs).strip() == "4096"


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
    """Run Python code in a tool's place."""
    runner = Runner(Tools(_PYTHON, _PYTHON, _PYTHON), Jail(Isolation.PREFER), scratch, stall_s)
    return runner.run(Command(tool, ("-I", "-S", "-c", code)), Watch())


def test_a_process_that_left_the_group_and_holds_the_pipes_is_not_waited_for(scratch: Path) -> None:
    code = "import os, time\nprint('done', flush=True)\nif not os.fork(): os.setsid(); time.sleep(10)"
    began = time.monotonic()
    assert _run(code, scratch).output == "done\n"
    assert time.monotonic() - began < 5


def test_what_a_tool_leaves_running_in_its_group_is_ended(scratch: Path) -> None:
    code = "import os, time\npid = os.fork()\nif pid: print(pid, flush=True)\nelse: time.sleep(60)"
    assert _gone(int(_run(code, scratch).output), within_s=2)


@pytest.mark.parametrize("stream", [1, 2])
def test_a_line_without_an_end_does_not_fill_the_memory(scratch: Path, stream: int) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    done = _run(f"import os\nfor n in range(1000): os.write({stream}, b'x' * 100_000)", scratch, tool=Tool.FFMPEG)
    assert done.exit_code == 0
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50 << 10  # KiB


def test_a_tool_that_writes_files_is_alive(scratch: Path) -> None:
    code = "import time\nfor n in range(15): time.sleep(0.2); open('segment', 'ab', 0).write(b'x')"
    assert _run(code, scratch, stall_s=1.5).exit_code == 0


def test_a_tool_that_only_repeats_itself_is_stuck(scratch: Path) -> None:
    code = "import time\nwhile True: time.sleep(0.05); print('frame=1\\nprogress=continue', flush=True)"
    with pytest.raises(EncodeFailed, match="made no progress"):
        _run(code, scratch, tool=Tool.FFMPEG, stall_s=1.5)


@needs_isolation
def test_an_ordinary_user_can_isolate() -> None:
    """Root becomes nobody for this; everybody else is an ordinary user already."""
    if os.geteuid() != 0:
        assert isolation_problem() is None
        return
    code = "from cloudtranscode.media.tools.jail import isolation_problem; print(isolation_problem())"
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        shutil.copytree(_SOURCES / "cloudtranscode", f"{folder}/cloudtranscode")
        done = _as_nobody(_python_for_everybody(), "-B", "-c", code, PYTHONPATH=folder)
    assert done.stdout.strip() == "None", done.stderr


def _python_for_everybody() -> str:
    for python in (sys.executable, "/usr/bin/python3", "/usr/local/bin/python3"):
        with contextlib.suppress(OSError):
            if _as_nobody(python, "-c", "").returncode == 0:
                return python
    pytest.skip("needs a Python that every user may run")


def _as_nobody(*argv: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        argv,
        user=_NOBODY,
        group=_NOBODY,
        extra_groups=[],
        env=environment,
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )


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
    assert message.startswith("Tools cannot be isolated on this machine: user and network namespaces")


@needs_isolation
def test_without_namespaces_prefer_warns_and_uses_a_free_port() -> None:
    warning, substituted = _where_namespaces_are_forbidden("prefer")
    assert "not available" in warning
    assert substituted == "True"


def test_the_refusal_says_what_to_do() -> None:
    assert "CT_ISOLATION=prefer" in IsolationUnavailable("").remedy
