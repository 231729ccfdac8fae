"""One process that reads files, as its parent sees it: started, asked, watched and ended."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from . import watchdog
from .frames import Cut, Frame, receive, send
from .limits import ProcessLimits
from .reader import RequestHead

_ENVIRONMENT = ("PATH", "PYTHONPATH", "LANG", "LC_ALL", "SYSTEMROOT")
"""What it is given of ours: no token, no key. Without the last no program starts on Windows."""
START = 60.0
"""Seconds that it may take to be there; a busy machine takes some."""
_CODE = "bot.features.untrusted.child"


class CannotStart(RuntimeError):
    """There is no process to read with; the file has nothing to do with it, so the work may be tried again."""


class Gone(Exception):
    """The process had ended before the file was there: not because of this one."""


class Child:
    """`good` means that it waits for the next file; `network` is what bot.features.untrusted.limits.impose reached."""

    def __init__(self, limits: ProcessLimits) -> None:
        self.limits = limits
        self.files = 0
        self.good = False
        self._process = subprocess.Popen(  # noqa: S603 - our own module, nothing of a file
            [sys.executable, "-B", "-m", _CODE, str(limits.memory), str(limits.seconds)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
            start_new_session=True,  # Ctrl-C at the terminal is for us
        )
        if self._process.stdin is None or self._process.stdout is None:
            raise CannotStart("no pipes")
        self._in, self._out = self._process.stdin.fileno(), self._process.stdout.fileno()
        try:
            with self._watched(START):
                self.network = receive(self._out, 0).head.decode("ascii", "replace")
        except Cut:
            raise CannotStart(f"the process that reads files ended with {self.end()}") from None
        self.good = True

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def ask(self, asked: RequestHead, data: bytes) -> Frame:
        """Ask the process. Raises Cut if it ended over this file, Gone if before."""
        self.files += 1
        self.good = False
        with self._watched(self.limits.patience):
            try:
                send(self._in, Frame(asked.model_dump_json().encode(), data))
            except OSError:
                raise Gone from None
            return receive(self._out, self.limits.answer)

    @contextmanager
    def _watched(self, seconds: float) -> Iterator[None]:
        """After so many it is killed, whatever it does; elsewhere than on Linux also for its memory."""
        timer = threading.Timer(seconds, self.kill)
        timer.daemon = True
        timer.start()
        try:
            with watchdog.on_memory(self.pid, self.limits.memory, self.kill):
                yield
        finally:
            timer.cancel()

    def kill(self) -> None:
        with contextlib.suppress(OSError):
            self._process.kill()

    def end(self) -> str:
        """Kill it if it lives, and say how it ended."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(0.2)  # it is often about to say why by itself
        self.kill()
        code = self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        return signal.Signals(-code).name if code < 0 else str(code)
