"""Python as it is on Windows, as far as the bot's own code can tell: `python -m tests.windows COMMAND …`.

Modules of the bot find no module that Windows lacks, and no such part of `os`, `signal` and `socket`; the loop has
none of what Windows' loop has not. A file that is open cannot be moved or deleted, a socket is no file that `os.dup`
takes, and what is read or written as text without naming its letters is an error. Libraries are as they are: theirs is
another file for Windows. What this does not show: the drive's letter, ACLs, the service.
"""

from __future__ import annotations

import asyncio
import builtins
import ctypes
import os
import signal
import socket
import stat
import sys
import types
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, Protocol

if TYPE_CHECKING:
    from bot.features.untrusted.windows_memory import _Counters

ABSENT = frozenset({
    "_posixsubprocess", "crypt", "curses", "fcntl", "grp", "nis", "ossaudiodev", "posix", "pty", "pwd",
    "readline", "resource", "spwd", "syslog", "termios", "tty",
})  # fmt: skip
_OF_OS = frozenset({
    "chown", "chroot", "confstr", "ctermid", "fchdir", "fchmod", "fchown", "fork", "forkpty", "fpathconf", "fstatvfs",
    "getegid", "geteuid", "getgid", "getgroups", "getloadavg", "getpgid", "getpgrp", "getpriority", "getresgid",
    "getresuid", "getsid", "getuid", "initgroups", "killpg", "lchown", "lockf", "major", "makedev", "minor", "mkfifo",
    "mknod", "nice", "openpty", "pathconf", "posix_fadvise", "posix_fallocate", "posix_spawn", "pread", "preadv",
    "pwrite", "sched_getaffinity", "sched_setaffinity", "sched_yield", "sendfile", "setegid", "seteuid", "setgid",
    "setgroups", "setpgid", "setpriority", "setregid", "setreuid", "setsid", "setuid", "statvfs", "sync", "sysconf",
    "tcgetpgrp", "tcsetpgrp", "uname", "wait", "wait3", "wait4", "waitid", "writev", "O_CLOEXEC", "O_DIRECTORY",
    "O_NOFOLLOW", "O_NONBLOCK", "O_SYNC", "WNOHANG", "RTLD_LAZY", "fork_exec", "register_at_fork", "pidfd_open",
    "getxattr", "setxattr", "memfd_create", "eventfd",
})  # fmt: skip
_OF_SIGNAL = frozenset(
    name for name in dir(signal) if name.startswith("SIG") and name[3:] not in
    ("ABRT", "FPE", "ILL", "INT", "SEGV", "TERM", "_DFL", "_IGN")
) | {"alarm", "setitimer", "pause", "pthread_kill", "pthread_sigmask", "siginterrupt", "sigwait"}  # fmt: skip
_OF_SOCKET = frozenset({"AF_UNIX", "TCP_USER_TIMEOUT", "SO_REUSEPORT", "SO_PEERCRED", "AF_NETLINK"})
_RESERVED = frozenset({"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))})


def unusable(name: str) -> bool:
    """Tell whether no file may have this name there."""
    return (
        any(sign in '<>:"/\\|?*' or ord(sign) < 32 for sign in name)
        or name.endswith((" ", "."))
        or name.partition(".")[0].lower() in _RESERVED
    )


class _Part(types.ModuleType):
    """A module without some of its names, and with some of another kind."""

    def __init__(self, real: types.ModuleType, without: frozenset[str], other: Mapping[str, object]) -> None:
        super().__init__(real.__name__)
        self._real, self._without = real, without
        self.__dict__.update(other)

    def __getattr__(self, name: str) -> object:
        if name in self._without:
            raise AttributeError(f"there is no {self._real.__name__}.{name} on Windows")
        return getattr(self._real, name)


def _dup(number: int) -> int:
    if stat.S_ISSOCK(os.fstat(number).st_mode):
        raise OSError(9, "a socket is no file on Windows")
    return os.dup(number)


class _OpenProcess:
    restype: object = None

    def __call__(self, rights: int, inherited: int, pid: int) -> int:
        return pid if Path(f"/proc/{pid}").exists() else 0


class Reference(Protocol):
    """What ctypes.byref returns."""

    _obj: _Counters


def _tell_memory(process: ctypes.c_void_p, counters: Reference, size: int) -> bool:
    try:
        pages = int(Path(f"/proc/{process.value}/statm").read_text("ascii").split()[1])
    except (OSError, IndexError):
        return False
    counters._obj.committed = pages * os.sysconf("SC_PAGE_SIZE")
    return size == ctypes.sizeof(counters._obj)


def library(name: str) -> types.SimpleNamespace:
    """Return kernel32, as far as it is asked: how much memory a process has."""
    if name != "kernel32":
        raise OSError(f"there is no {name} on Windows")
    return types.SimpleNamespace(
        OpenProcess=_OpenProcess(), K32GetProcessMemoryInfo=_tell_memory, CloseHandle=lambda process: True
    )


def _import_for_bot() -> None:
    parts = {
        "os": _Part(os, _OF_OS, {"dup": _dup}),
        "ctypes": _Part(ctypes, frozenset({"PyDLL"}), {"CDLL": library}),
        "signal": _Part(signal, _OF_SIGNAL, {"SIGBREAK": signal.SIGQUIT}),
        "socket": _Part(socket, _OF_SOCKET, {}),
        "sys": _Part(sys, frozenset(), {"platform": "win32"}),
    }
    real = builtins.__import__

    def imported(  # the names are Python's
        name: str,
        globals: Mapping[str, object] | None = None,
        locals: Mapping[str, object] | None = None,
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> types.ModuleType:
        asks = str((globals or {}).get("__name__", ""))
        if level == 0 and (asks.partition(".")[0] == "bot" or asks == "__main__"):
            if name.partition(".")[0] in ABSENT:
                raise ModuleNotFoundError(f"there is no {name} on Windows", name=name)
            if name in parts:
                return parts[name]
        return real(name, globals, locals, fromlist or (), level)

    builtins.__import__ = imported


def _hold_open_files() -> None:
    def held(path: str | os.PathLike[str]) -> bool:
        wanted = os.path.realpath(path)
        for number in os.listdir("/proc/self/fd"):
            try:
                if os.readlink(f"/proc/self/fd/{number}") == wanted:
                    return True
            except OSError:
                continue
        return False

    def guarded(real: Callable[..., None]) -> Callable[..., None]:
        def moved(*paths: str | os.PathLike[str], **options: int | None) -> None:
            if options.get("dir_fd") is None and any(map(held, paths)):
                raise PermissionError(13, "another program has the file open", str(paths[0]))
            real(*paths, **options)

        return moved

    for name in ("rename", "replace", "remove", "unlink"):
        setattr(os, name, guarded(getattr(os, name)))


class _Loop(asyncio.SelectorEventLoop):
    def add_signal_handler(self, *_: object) -> NoReturn:
        raise NotImplementedError

    def add_reader(self, *_: object) -> NoReturn:
        raise NotImplementedError

    def add_writer(self, *_: object) -> NoReturn:
        raise NotImplementedError


class _Loops(asyncio.DefaultEventLoopPolicy):
    def new_event_loop(self) -> asyncio.AbstractEventLoop:
        return _Loop()


def pretend() -> None:
    _import_for_bot()
    _hold_open_files()
    asyncio.set_event_loop_policy(_Loops())


def main() -> None:
    pretend()
    sys.argv = ["langso", *sys.argv[1:]]
    from bot.cli.parser import main as langso

    langso()


if __name__ == "__main__":
    # As `python -m bot` is run: beside the folder of data, not in the checkout.
    sys.path.insert(0, str(Path(__file__).parent.parent))
    main()
