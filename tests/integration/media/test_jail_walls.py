"""What a jailed process can reach of the machine: each wall, tried from inside."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

import cloudtranscode
from cloudtranscode.media.tools import kernel, landlock, seccomp, view
from cloudtranscode.media.tools.jail import Isolation, Jail, Needs, exposure_problem, isolation_problem, missing_walls
from cloudtranscode.media.tools.landlock import landlock_version
from cloudtranscode.media.tools.limits import Limits
from cloudtranscode.media.tools.programs import Tools
from support.jailed import PYTHON, output, python, tried

_SOURCES = Path(cloudtranscode.__file__).parents[1]
_REFUSED = {"PermissionError", "FileNotFoundError", "OSError"}

needs_isolation = pytest.mark.skipif(isolation_problem() is not None, reason="no unprivileged user namespaces here")
needs_hiding = pytest.mark.skipif(exposure_problem() is not None, reason="neither mounts nor Landlock here")
needs_view = pytest.mark.skipif("view" in missing_walls(), reason="no mounts in user namespaces here")
needs_landlock = pytest.mark.skipif(landlock_version() < 1, reason="the kernel has no Landlock")
needs_seccomp = pytest.mark.skipif("seccomp" in missing_walls(), reason="the kernel has no seccomp")


@needs_isolation
def test_it_has_no_capabilities_and_cannot_gain_any(scratch: Path) -> None:
    code = (
        "print(*[l.split()[1] for l in open('/proc/self/status') if l.startswith(('CapEff', 'CapPrm', 'NoNewPrivs'))])"
    )
    assert python(code, scratch) == "0000000000000000 0000000000000000 1"


@needs_isolation
@pytest.mark.parametrize("kind", ["user", "net", "mnt", "pid", "ipc", "uts"])
def test_every_namespace_is_its_own(scratch: Path, kind: str) -> None:
    place = f"/proc/self/ns/{kind}"
    assert python(f"import os; print(os.readlink({place!r}))", scratch) not in {"", str(Path(place).readlink())}


@needs_isolation
def test_it_sees_no_process_but_its_own(scratch: Path) -> None:
    assert python("import os; print(os.getpid(), os.getppid())", scratch) == "1 0"
    assert tried(f"os.kill({os.getpid()}, 0)", scratch) == "ProcessLookupError"


# --- files ------------------------------------------------------------------------------------------------


@needs_hiding
def test_no_file_outside_the_scratch_folder_can_be_read(scratch: Path) -> None:
    secret = scratch.parent / "stack.key"
    secret.write_text("SECRET")
    (scratch / "link").symlink_to(secret)
    for action in (f"open({str(secret)!r}).read()", "open('link').read()", f"os.listdir({str(scratch.parent)!r})"):
        assert tried(action, scratch) in _REFUSED
    for path in ("/etc/passwd", f"/proc/{os.getpid()}/environ", _SOURCES / "cloudtranscode" / "errors.py"):
        assert tried(f"open({str(path)!r}).read(1)", scratch) in _REFUSED


@needs_hiding
def test_no_file_outside_the_scratch_folder_can_be_made_or_changed(scratch: Path) -> None:
    outside = scratch.parent / "outside"
    assert tried(f"open({str(outside)!r}, 'w')", scratch) in _REFUSED
    outside.write_text("whole")
    for action in ("open({0!r}, 'a')", "os.truncate({0!r}, 0)", "os.unlink({0!r})", "os.link({0!r}, 'hard')"):
        assert tried(action.format(str(outside)), scratch) in _REFUSED
    assert outside.read_text() == "whole"


@needs_hiding
def test_libraries_and_what_is_readable_cannot_be_written(scratch: Path) -> None:
    given = scratch.parent / "fonts"
    given.mkdir()
    (given / "font").write_text("letters")
    needs = Needs(readable=(given,))
    assert tried(f"open({str(given / 'font')!r}).read()", scratch, needs) == "letters"
    for path in (given / "font", given / "new", "/usr/lib/new", "/new", "/proc/cpuinfo"):
        assert tried(f"open({str(path)!r}, 'a')", scratch, needs) in _REFUSED
    assert (given / "font").read_text() == "letters"


@needs_hiding
def test_within_the_scratch_folder_everything_is_allowed_but_programs(scratch: Path) -> None:
    actions = ("os.mkdir('a')", "open('a/b', 'w').write('x')", "os.rename('a/b', 'c')", "open('c').read()")
    assert [tried(action, scratch) for action in actions] == ["None", "1", "None", "x"]
    shutil.copy("/bin/true", scratch / "program")
    assert tried("os.execv('program', ['program'])", scratch) == "PermissionError"


@needs_hiding
def test_a_tool_within_a_hidden_folder_runs(scratch: Path, tools: Tools) -> None:
    folder = scratch.parent / "venv" / "bin"
    folder.mkdir(parents=True)
    (folder / "ffprobe").symlink_to(tools.ffprobe)
    assert "ffprobe version" in output([str(folder / "ffprobe"), "-version"], scratch)


@needs_view
def test_what_is_not_its_business_does_not_exist(scratch: Path) -> None:
    home, etc = Path.home(), Path("/etc/passwd")
    for path in (etc, "/var", "/run", "/sys/kernel", "/bin/sh", "/usr/bin", _SOURCES):
        assert python(f"import os; print(os.path.exists({str(path)!r}))", scratch) == "False"
    assert home.exists()
    assert python("import os; print(os.statvfs('/').f_flag & os.ST_RDONLY)", scratch) == "1"


@needs_view
def test_the_scratch_folder_may_lie_within_a_readable_one(scratch: Path) -> None:
    (scratch.parent / "beside").write_text("seen")
    needs = Needs(readable=(scratch.parent,))
    assert tried("open('../beside').read()", scratch, needs) == "seen"
    assert tried("open('../beside', 'w')", scratch, needs) in _REFUSED
    assert tried("open('own', 'w').write('x')", scratch, needs) == "1"


@needs_view
def test_a_readable_link_leads_to_what_it_names(scratch: Path) -> None:
    (scratch.parent / "real").mkdir()
    (scratch.parent / "real" / "file").write_text("seen")
    (scratch.parent / "link").symlink_to(scratch.parent / "real")
    needs = Needs(readable=(scratch.parent / "link",))
    assert tried(f"open({str(scratch.parent / 'link' / 'file')!r}).read()", scratch, needs) == "seen"


# --- each wall by itself ----------------------------------------------------------------------------------


def _behind(wall: str, action: str, scratch: Path) -> str:
    """What comes of an action behind one wall alone, without namespaces."""
    code = (
        "import os, socket, sys\nfrom cloudtranscode.media.tools import kernel, landlock, seccomp\n"
        f"kernel.prctl(38, 1)\n{wall}\ntry: print({action})\nexcept OSError as error: print(type(error).__name__)"
    )
    argv = [sys.executable, "-c", code]
    done = subprocess.run(argv, cwd=scratch, capture_output=True, text=True, check=False, timeout=20)
    return done.stdout.strip() or done.stderr


@needs_landlock
def test_landlock_alone_hides_files(scratch: Path) -> None:
    (scratch / "own").write_text("own")
    wall = "landlock.hide_files('/bin/true', '.')"
    assert _behind(wall, "open('own').read()", scratch) == "own"
    for action in ("open('/etc/passwd')", "os.listdir('..')", "open('../new', 'w')", "os.execv('/bin/sh', ['sh'])"):
        assert _behind(wall, action, scratch) == "PermissionError"


@pytest.mark.skipif(landlock_version() < 6, reason="the kernel's Landlock leaves signals and sockets alone")
def test_landlock_alone_keeps_signals_and_calls_inside(scratch: Path) -> None:
    wall = "landlock.hide_files('/bin/true', '.')"
    assert _behind(wall, f"os.kill({os.getpid()}, 0)", scratch) == "PermissionError"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("\0cloudtranscode-test")
        server.listen()
        action = "socket.socket(socket.AF_UNIX).connect('\\0cloudtranscode-test')"
        assert _behind(wall, action, scratch) == "PermissionError"


def test_a_kernel_without_landlock_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel, "call", lambda *_: -1)
    assert "the kernel has no Landlock" in (landlock.hide_files("/bin/true", ".") or "")


@pytest.mark.parametrize("wall", ["view", "seccomp"])
def test_a_machine_that_is_not_known_is_told(monkeypatch: pytest.MonkeyPatch, wall: str) -> None:
    monkeypatch.setattr(os, "uname", lambda: os.uname_result(("Linux", "", "6.18.0", "", "vax")))
    reason = view.enter("/bin/true", "/tmp") if wall == "view" else seccomp.restrict(processes=False)  # noqa: S108
    assert "vax" in (reason or "")


# --- system calls -----------------------------------------------------------------------------------------

_CALL = "__import__('ctypes').CDLL(None, use_errno=True).{0} and os.strerror(__import__('ctypes').get_errno())"


@needs_seccomp
@pytest.mark.parametrize(
    "call",
    [
        "ptrace(0, 0, 0, 0)",
        "unshare(0x10000000)",
        "mount(None, b'/', None, 0x44000, None)",
        "syscall(250, 0, -3, 0)" if os.uname().machine == "x86_64" else "syscall(219, 0, -3, 0)",  # keyctl
        "syscall(425, 8, 0)",  # io_uring_setup
    ],
)
def test_calls_that_break_out_of_jails_are_refused(scratch: Path, call: str) -> None:
    assert tried(_CALL.format(call), scratch) == "Operation not permitted"


@needs_seccomp
def test_sockets_are_of_the_internet_or_local(scratch: Path) -> None:
    for family in ("AF_INET", "AF_INET6", "AF_UNIX"):
        assert tried(f"socket.socket(socket.{family}) and 'open'", scratch) == "open"
    for family in ("AF_VSOCK", "AF_ALG", "AF_NETLINK", "AF_PACKET"):
        action = f"[socket.socket(socket.{family}, socket.SOCK_RAW) for _ in [0]]"
        code = f"import socket\ntry: {action}\nexcept OSError as error: print(error.errno)"
        assert python(code, scratch) == "97"  # EAFNOSUPPORT


@needs_seccomp
def test_a_tool_starts_threads_and_no_process_unless_it_may(scratch: Path) -> None:
    code = "import threading; t = threading.Thread(target=print, args=('thread',)); t.start(); t.join()"
    assert python(code, scratch) == "thread"
    fork = "os.fork() and os.waitpid(-1, 0)[1]"
    assert tried(fork, scratch) == "PermissionError"
    assert tried(fork, scratch, Needs(limits=Limits(processes=2))).splitlines()[-1] == "0"


# --- limits -----------------------------------------------------------------------------------------------


def test_a_file_ends_at_its_limit(scratch: Path) -> None:
    code = "f = open('big', 'wb', 0); print(f.write(bytes(9000)))"
    assert python(code, scratch, Needs(limits=Limits(file_bytes=4096))) == "4096"


def test_memory_ends_at_its_limit(scratch: Path) -> None:
    code = "try: print(len(bytearray({} << 20)))\nexcept MemoryError: print('no more')"
    needs = Needs(limits=Limits(memory_bytes=100 << 20))
    assert [python(code.format(size), scratch, needs) for size in (20, 120)] == [str(20 << 20), "no more"]


def test_cpu_time_ends_at_its_limit(scratch: Path) -> None:
    needs = Needs(limits=Limits(cpu_seconds=1))
    jailed = Jail(Isolation.PREFER).start([str(PYTHON), "-I", "-c", "while True: pass"], scratch, needs)
    try:
        assert jailed.ended(within_s=15)
    finally:
        jailed.close()
    assert (jailed.process.returncode or 0) < 0


def test_open_files_end_at_their_limit(scratch: Path) -> None:
    needs = Needs(limits=Limits(open_files=20))
    assert tried("[open('/dev/null') for _ in range(30)]", scratch, needs) == "OSError"


def test_when_memory_runs_out_the_tool_is_ended_first(scratch: Path) -> None:
    assert python("print(open('/proc/self/oom_score_adj').read())", scratch) == "1000"
