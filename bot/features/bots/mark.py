"""A file of the data folder whose time says when a command has last changed the accounts: looking at it is one stat."""

from __future__ import annotations

import contextlib
from pathlib import Path

FILE = "accounts.changed"


def touch(folder: Path) -> None:
    """Say that accounts were changed; without it a bot at work sees so a little later, so nothing fails for it."""
    with contextlib.suppress(OSError):
        (folder / FILE).touch(mode=0o600)


def at(folder: Path) -> int:
    """Return the time of the last change in nanoseconds, 0 for none."""
    try:
        return (folder / FILE).stat().st_mtime_ns
    except OSError:
        return 0
