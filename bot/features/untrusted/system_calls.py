"""System calls that a reader of files never needs, refused by the kernel (seccomp) until the process ends.

Sockets, other programs, other processes, and every way of changing a file. Any user may install such a filter, also in
a container; where it cannot be installed the other limits stay.
"""

from __future__ import annotations

import ctypes
import platform
import struct
import sys
from collections.abc import Iterable, Mapping
from typing import NamedTuple

_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 38, 22, 2
_LOAD, _JUMP_IF_EQUAL, _JUMP_IF_AT_LEAST, _JUMP_IF_ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOWED, _REFUSED, _UNKNOWN = 0x7FFF_0000, 0x0005_0001, 0x0005_0026
"""The second is: fail with EPERM; the third: with ENOSYS."""
_NUMBER_AT, _ARCHITECTURE_AT, _FIRST_AT, _SECOND_AT, _THIRD_AT = 0, 4, 16, 24, 32
_WRITES = 0o1 | 0o2 | 0o100 | 0o1000
"""O_WRONLY, O_RDWR, O_CREAT and O_TRUNC."""


class _Machine(NamedTuple):
    """`opens` is the call whose third argument are the flags, `opens_old` the one whose second they are."""

    name: int
    refused: tuple[int, ...]
    clone: int
    opens: int
    opens_old: int | None


_CLONE_THREAD, _CLONE3 = 0x1_0000, 435
"""The C library makes its threads by clone where clone3 is not known; the flags of clone can be seen here."""


def _numbers(named: str) -> tuple[int, ...]:
    return tuple(int(pair.rpartition("=")[2]) for pair in named.split())


_EVERYWHERE = _numbers(
    "io_uring_setup=425 io_uring_enter=426 io_uring_register=427 pidfd_open=434 openat2=437 pidfd_getfd=438"
    " process_madvise=440 fchmodat2=452"
)
"""Newer calls have one number on all machines."""
_MACHINES: Mapping[str, _Machine] = {
    "x86_64": _Machine(
        0xC000_003E,
        _numbers(
            "socket=41 connect=42 bind=49 fork=57 vfork=58 execve=59 kill=62 ptrace=101 mount=165 unshare=272 setns=308"
            " process_vm_readv=310 process_vm_writev=311 execveat=322 truncate=76 ftruncate=77 rename=82 mkdir=83"
            " rmdir=84 creat=85 link=86 unlink=87 symlink=88 chmod=90 fchmod=91 chown=92 fchown=93 lchown=94 mknod=133"
            " mkdirat=258 mknodat=259 fchownat=260 unlinkat=263 renameat=264 linkat=265 symlinkat=266 fchmodat=268"
            " renameat2=316"
        ),
        clone=56,
        opens=257,
        opens_old=2,
    ),
    "aarch64": _Machine(
        0xC000_00B7,
        _numbers(
            "socket=198 bind=200 connect=203 execve=221 kill=129 ptrace=117 mount=40 unshare=97 setns=268"
            " process_vm_readv=270 process_vm_writev=271 execveat=281 truncate=45 ftruncate=46 mknodat=33 mkdirat=34"
            " unlinkat=35 symlinkat=36 linkat=37 renameat=38 fchmod=52 fchmodat=53 fchownat=54 fchown=55 renameat2=276"
        ),
        clone=220,
        opens=56,
        opens_old=None,
    ),
}


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("steps", ctypes.c_void_p)]


def install() -> bool:
    """Whether the filter holds from now on."""
    machine = _MACHINES.get(platform.machine())
    if machine is None or not sys.platform.startswith("linux") or sys.maxsize < 2**32:
        return False
    steps = _steps(machine)
    room = ctypes.create_string_buffer(steps, len(steps))
    program = _Program(len(steps) // 8, ctypes.cast(room, ctypes.c_void_p))
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    if prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return False
    return bool(prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0) == 0)


def _steps(machine: _Machine) -> bytes:
    """Return the filter in the kernel's small language; each test that fails jumps over the refusal behind it."""
    steps = [
        _step(_LOAD, _ARCHITECTURE_AT),
        _step(_JUMP_IF_EQUAL, machine.name, when_true=1),
        _step(_RETURN, _REFUSED),
        _step(_LOAD, _NUMBER_AT),
        *_refused(_JUMP_IF_AT_LEAST, [0x4000_0000]),  # the numbers of another way to call on the same machine
        *_refused(_JUMP_IF_EQUAL, [*machine.refused, *_EVERYWHERE]),
        _step(_JUMP_IF_EQUAL, _CLONE3, when_false=1),
        _step(_RETURN, _UNKNOWN),
        *_refused_unless(machine.clone, _FIRST_AT, _CLONE_THREAD),
        *_no_writing(machine.opens, _THIRD_AT),
    ]
    if machine.opens_old is not None:
        steps += _no_writing(machine.opens_old, _SECOND_AT)
    return b"".join([*steps, _step(_RETURN, _ALLOWED)])


def _refused(test: int, numbers: Iterable[int]) -> Iterable[bytes]:
    for number in numbers:
        yield _step(test, number, when_false=1)
        yield _step(_RETURN, _REFUSED)


def _no_writing(number: int, flags_at: int) -> Iterable[bytes]:
    yield _step(_JUMP_IF_EQUAL, number, when_false=4)
    yield _step(_LOAD, flags_at)
    yield _step(_JUMP_IF_ANY_BIT, _WRITES, when_false=1)
    yield _step(_RETURN, _REFUSED)
    yield _step(_LOAD, _NUMBER_AT)


def _refused_unless(number: int, flags_at: int, bit: int) -> Iterable[bytes]:
    yield _step(_JUMP_IF_EQUAL, number, when_false=4)
    yield _step(_LOAD, flags_at)
    yield _step(_JUMP_IF_ANY_BIT, bit, when_true=1)
    yield _step(_RETURN, _REFUSED)
    yield _step(_LOAD, _NUMBER_AT)


def _step(code: int, value: int, *, when_true: int = 0, when_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, when_true, when_false, value)
