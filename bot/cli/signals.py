"""Being told to stop: SIGTERM, or Ctrl-C; on Windows Ctrl-C and Ctrl-Break."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

if sys.platform == "win32":
    _TOLD = (signal.SIGINT, signal.SIGBREAK)
else:
    _TOLD = (signal.SIGTERM, signal.SIGINT)


def set_on_signals(stop: asyncio.Event) -> None:
    """Set `stop` when the process is told to end. Called in the running loop of the main thread."""
    loop = asyncio.get_running_loop()

    def told(*_: object) -> None:
        loop.call_soon_threadsafe(stop.set)

    for sign in _TOLD:
        if sys.platform == "win32":
            signal.signal(sign, told)  # its loops have no handlers of signals
        else:
            loop.add_signal_handler(sign, told)


@contextmanager
def interrupted_at_once() -> Iterator[None]:
    """Let Ctrl-C raise KeyboardInterrupt where the loop waits for a keyboard.

    `asyncio.run` only cancels its task the first time, which a read that blocks does not notice.
    """

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
