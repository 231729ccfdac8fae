"""Memory of another process, looked at from outside: for systems whose kernel does not hold a process to a limit.

On Linux it does, and nothing is looked at. Elsewhere the system (`ps` on macOS) is asked for it a few times a second:
what grows faster than that is seen late, so the machine needs some room beyond the limit.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

EVERY = 0.2
NEEDED = not sys.platform.startswith("linux")


def resident(pid: int) -> int | None:
    """Bytes; None when it cannot be told, as for a process that has ended."""
    if sys.platform == "win32":
        from .windows_memory import committed

        return committed(pid)
    asked = subprocess.run(  # noqa: S603 - a number
        ["/bin/ps", "-o", "rss=", "-p", str(pid)], capture_output=True, check=False, timeout=5
    )
    output = asked.stdout.strip()
    return int(output) * 1024 if output.isdigit() else None


@contextmanager
def on_memory(pid: int, most: int, kill: Callable[[], None]) -> Iterator[None]:
    """Meanwhile `kill` is called as soon as the process holds more than `most` bytes."""
    if not NEEDED:
        yield
        return
    over = threading.Event()
    thread = threading.Thread(target=_watch, args=(pid, most, kill, over), daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _watch(pid: int, most: int, kill: Callable[[], None], over: threading.Event) -> None:
    while not over.wait(EVERY):
        held = resident(pid)
        if held is not None and held > most:
            kill()
            return
