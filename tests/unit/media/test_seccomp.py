"""The filter of system calls, run by an interpreter of its instructions."""

from __future__ import annotations

import errno
import struct

import pytest

from cloudtranscode.media.tools.seccomp import program

_ALLOW, _KILL, _ERROR = 0x7FFF0000, 0x80000000, 0x00050000
_ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
_NUMBERS = {
    "x86_64": {"read": 0, "clone": 56, "socket": 41, "socketpair": 53, "fork": 57, "vfork": 58, "ptrace": 101},
    "aarch64": {"read": 63, "clone": 220, "socket": 198, "socketpair": 199, "ptrace": 117},
}
_SIGCHLD, _THREAD, _NEW_USER = 17, 0x003D0F00, 0x10000000

both = pytest.mark.parametrize("machine", list(_ARCHITECTURES))


def _verdict(machine: str, call: int | str, argument: int = 0, *, processes: bool = False, known: int = 0) -> int:
    """What the filter says to a call; ``known`` is the architecture that it comes from, if that is another."""
    column, architecture = _ARCHITECTURES[machine]
    number = _NUMBERS[machine][call] if isinstance(call, str) else call
    data = struct.pack("=IIQQ", number, known or architecture, 0, argument) + bytes(40)
    code = list(struct.iter_unpack("=HBBI", program(column, architecture, processes=processes)))
    at = value = 0
    while True:
        operation, if_true, if_false, operand = code[at]
        at += 1
        match operation:
            case 0x20:
                value = struct.unpack_from("=I", data, operand)[0]
            case 0x06:
                return int(operand)
            case 0x15:
                at += if_true if value == operand else if_false
            case 0x35:
                at += if_true if value >= operand else if_false
            case 0x45:
                at += if_true if value & operand else if_false


@both
def test_ordinary_calls_are_allowed(machine: str) -> None:
    assert _verdict(machine, "read") == _ALLOW
    assert _verdict(machine, "clone", _THREAD) == _ALLOW


@both
def test_what_breaks_out_is_refused(machine: str) -> None:
    for call in ("ptrace", 425, 428, 438, 442):
        assert _verdict(machine, call) == _ERROR | errno.EPERM


@both
def test_the_family_decides_about_a_socket(machine: str) -> None:
    for call in ("socket", "socketpair"):
        assert [_verdict(machine, call, family) for family in (1, 2, 10)] == [_ALLOW] * 3
        assert {_verdict(machine, call, family) for family in (0, 3, 16, 17, 38, 40)} == {_ERROR | errno.EAFNOSUPPORT}


@both
def test_processes_are_for_those_who_may(machine: str) -> None:
    assert _verdict(machine, "clone", _SIGCHLD) == _ERROR | errno.EPERM
    assert _verdict(machine, "clone", _SIGCHLD, processes=True) == _ALLOW
    assert _verdict(machine, "clone", _SIGCHLD | _NEW_USER, processes=True) == _ERROR | errno.EPERM
    assert _verdict(machine, "clone", _THREAD | _NEW_USER) == _ERROR | errno.EPERM


def test_the_older_ways_to_start_a_process_are_refused_as_well() -> None:
    assert {_verdict("x86_64", call) for call in ("fork", "vfork")} == {_ERROR | errno.EPERM}
    assert {_verdict("x86_64", call, processes=True) for call in ("fork", "vfork")} == {_ALLOW}


@both
def test_clone3_hides_its_flags_and_is_not_there(machine: str) -> None:
    assert _verdict(machine, 435) == _ERROR | errno.ENOSYS


def test_the_numbers_of_another_architecture_do_not_come_in() -> None:
    assert _verdict("x86_64", "read", known=0x40000003) == _KILL  # i386
    assert _verdict("x86_64", 0x40000000 | 101) == _ERROR | errno.ENOSYS  # x32
