"""How much a reader of somebody's file may take, and how a process gives up what it does not need for that.

On Linux the kernel holds the process to it; elsewhere its parent watches (bot.features.untrusted.watchdog). `impose` is
called once, before the first byte of a file is there, `allow` before each file.
"""

from __future__ import annotations

import contextlib
import os
import sys
from typing import Literal

from msgspec import Struct

MEGABYTE = 1_000_000
Network = Literal["none", "filtered", "open"]
"""`none`: it sees no interface at all; `filtered`: it gets no socket; `open`: this system permits neither."""

_CLONE_NEWUSER, _CLONE_NEWNET = 0x1000_0000, 0x4000_0000
_OPEN_FILES = 64


class ProcessLimits(Struct, frozen=True):
    """`memory` in bytes of address space, `seconds` of processor time for one file, `answer` in bytes.

    `patience` in seconds on the wall for one file: a machine that is busy gives a process a part of its time.
    """

    memory: int = 256 * MEGABYTE
    seconds: int = 10
    answer: int = 32 * MEGABYTE
    patience: float = 40.0


SMALL = ProcessLimits()


def impose(limits: ProcessLimits) -> Network:
    """No more memory, no file written, no core left behind, no other program, no network where that is permitted."""
    if sys.platform == "win32":
        return "open"  # the parent watches time and memory
    import resource

    from . import system_calls  # a bot that has others read imports none of it

    os.nice(10)  # conversations come first
    _keep_to_one_processor()
    network = _leave_the_network()
    if system_calls.install() and network == "open":
        network = "filtered"
    for kind, most in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, _OPEN_FILES),
        (resource.RLIMIT_AS, limits.memory),
    ):
        with contextlib.suppress(ValueError, OSError):  # macOS refuses some of them, its parent watches instead
            resource.setrlimit(kind, (most, most))
    return network


def allow(limits: ProcessLimits) -> None:
    """So much processor time from now on: what earlier files took does not count."""
    if sys.platform == "win32":
        return
    import resource

    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    soft = int(used.ru_utime + used.ru_stime) + 1 + limits.seconds
    resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))


def _keep_to_one_processor() -> None:
    """Let libraries begin no threads: FFmpeg has one for each processor, with 8 MB of the address space each."""
    if sys.platform.startswith("linux"):
        allowed = sorted(os.sched_getaffinity(0))
        with contextlib.suppress(OSError):
            os.sched_setaffinity(0, {allowed[os.getpid() % len(allowed)]})


def _leave_the_network() -> Network:
    """Enter a network namespace without any interface, where need be in a user namespace of its own."""
    if not sys.platform.startswith("linux"):
        return "open"
    import ctypes

    unshare = ctypes.CDLL(None, use_errno=True).unshare
    ways = (_CLONE_NEWNET, _CLONE_NEWUSER | _CLONE_NEWNET)
    return "none" if any(unshare(flags) == 0 for flags in ways) else "open"
