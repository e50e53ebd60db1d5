"""A filter of system calls: what no tool needs and what breaks out of jails. seccomp(2), <linux/filter.h>, bpf(4).

It refuses other families of sockets than IP and UNIX: vsock, for one, belongs to no network namespace, and leads to the
host of a virtual machine. It refuses new processes to a tool that starts none, and everything that opens kernel code
which ordinary programs never enter: namespaces and mounts, tracing, keys, BPF, io_uring.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct

from cloudtranscode.media.tools import kernel

_SET_MODE_FILTER, _SPEC_ALLOW = 1, 4
"""The flag keeps kernels before 5.16 from slowing the tool down against a fault of CPUs that concerns browsers."""

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _KILL, _ERROR = 0x7FFF0000, 0x80000000, 0x00050000
_NUMBER, _ARCHITECTURE, _ARGUMENT = 0, 4, 16
"""Offsets in ``struct seccomp_data``; of an argument the lower half, on a little-endian machine."""

_X32 = 0x40000000
_CLONE_THREAD = 0x00010000
_NAMESPACES = 0x7E020000
"""CLONE_NEW*. <linux/sched.h>"""

_FAMILIES = (1, 2, 10)
"""UNIX, INET, INET6."""

# name, x86_64, aarch64 (0: has no such call). <asm/unistd_64.h>, <asm-generic/unistd.h>
_REFUSED = (
    *(("ptrace", 101, 117), ("process_vm_readv", 310, 270), ("process_vm_writev", 311, 271), ("kcmp", 312, 272)),
    *(("pidfd_getfd", 438, 438), ("process_madvise", 440, 440), ("perf_event_open", 298, 241), ("bpf", 321, 280)),
    *(("mount", 165, 40), ("umount2", 166, 39), ("pivot_root", 155, 41), ("chroot", 161, 51)),
    *(("open_tree", 428, 428), ("move_mount", 429, 429), ("fsopen", 430, 430), ("fsconfig", 431, 431)),
    *(("fsmount", 432, 432), ("fspick", 433, 433), ("mount_setattr", 442, 442)),
    *(("unshare", 272, 97), ("setns", 308, 268), ("name_to_handle_at", 303, 264), ("open_by_handle_at", 304, 265)),
    *(("add_key", 248, 217), ("request_key", 249, 218), ("keyctl", 250, 219), ("userfaultfd", 323, 282)),
    *(("io_uring_setup", 425, 425), ("io_uring_enter", 426, 426), ("io_uring_register", 427, 427)),
    *(("kexec_load", 246, 104), ("init_module", 175, 105), ("finit_module", 313, 273), ("delete_module", 176, 106)),
    *(("swapon", 167, 224), ("swapoff", 168, 225), ("reboot", 169, 142), ("syslog", 103, 116), ("acct", 163, 89)),
    *(("personality", 135, 92), ("quotactl", 179, 60), ("modify_ldt", 154, 0), ("uselib", 134, 0)),
)
_SECCOMP, _CLONE, _SOCKET, _SOCKETPAIR = (317, 277), (56, 220), (41, 198), (53, 199)
_FORKS = (57, 58)
"""fork and vfork, which only x86_64 has."""

_ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
"""Which column of the tables, and AUDIT_ARCH_*."""


def restrict(*, processes: bool) -> str | None:
    """Put the filter on this process and what it becomes; ``processes`` says whether it may start any.

    Return why when it cannot. Needs ``PR_SET_NO_NEW_PRIVS`` or CAP_SYS_ADMIN.
    """
    known = _ARCHITECTURES.get(os.uname().machine)
    if known is None:
        return f"the numbers of {os.uname().machine}'s system calls are not known"
    column, architecture = known
    code = program(column, architecture, processes=processes)
    instructions = ctypes.create_string_buffer(code, len(code))
    header = struct.pack("HxxxxxxQ", len(code) // 8, ctypes.addressof(instructions))
    if kernel.call(_SECCOMP[column], _SET_MODE_FILTER, _SPEC_ALLOW, header) < 0:
        return f"seccomp: {os.strerror(ctypes.get_errno())}"
    return None


def program(column: int, architecture: int, *, processes: bool) -> bytes:
    """Assemble the filter. Each rule is a few instructions that end in a verdict or fall through to the next."""
    refused = [numbers[column] for _, *numbers in _REFUSED if numbers[column]]
    code = [
        *(_word(_LOAD, _ARCHITECTURE), _word(_EQUAL, architecture, 1, 0), _word(_RETURN, _KILL)),
        *(_word(_LOAD, _NUMBER), *_verdict(_AT_LEAST, _X32, _refusal(errno.ENOSYS))),
        *_verdict(_EQUAL, kernel.CLONE3, _refusal(errno.ENOSYS)),  # its flags are out of sight; libc then takes clone
    ]
    for number in refused:
        code += _verdict(_EQUAL, number, _refusal(errno.EPERM))
    if not processes:
        for number in _FORKS if column == 0 else ():
            code += _verdict(_EQUAL, number, _refusal(errno.EPERM))
    threads = [] if processes else [_word(_ANY_BIT, _CLONE_THREAD, 1, 0), _word(_RETURN, _refusal(errno.EPERM))]
    clone = [_word(_LOAD, _ARGUMENT), *_verdict(_ANY_BIT, _NAMESPACES, _refusal(errno.EPERM)), *threads]
    families = [_word(_EQUAL, family, len(_FAMILIES) - place, 0) for place, family in enumerate(_FAMILIES)]
    socket = [_word(_LOAD, _ARGUMENT), *families, _word(_RETURN, _refusal(errno.EAFNOSUPPORT))]
    code += _when(_CLONE[column], clone) + _when(_SOCKET[column], socket) + _when(_SOCKETPAIR[column], socket)
    return b"".join([*code, _word(_RETURN, _ALLOW)])


def _when(number: int, rule: list[bytes]) -> list[bytes]:
    """Apply ``rule`` to one system call, which is allowed at its end; others skip it."""
    rule = [*rule, _word(_RETURN, _ALLOW)]
    return [_word(_EQUAL, number, 0, len(rule)), *rule]


def _verdict(test: int, value: int, verdict: int) -> list[bytes]:
    return [_word(test, value, 0, 1), _word(_RETURN, verdict)]


def _refusal(reason: int) -> int:
    return _ERROR | reason


def _word(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    """``struct sock_filter``: an instruction, where to jump, and its operand."""
    return struct.pack("=HBBI", code, if_true, if_false, value)
