"""The folder that holds everything that must survive a restart: made, closed to others, and with its secret key."""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from bot.core.machine import chance
from bot.core.text import msg

from .database import DatabaseError

KEY = "secret_key"
KEY_LENGTH = 32
"""As many characters a key has at least, set or kept."""
_OURS = ("bot.sqlite3*", "bot.lock", f"{KEY}*", "erased.log*", "media*", "backup*", "bat-dau*")
_KEPT = ("bot.sqlite3*", "erased.log*", "media*")
"""Data of people and of the bot: all but the key, the lock, and what an operator put beside them."""
_OTHERS = 0o077
log = logging.getLogger(__name__)


def prepare(folder: Path) -> None:
    """Make the folder, or take from others what they may read of an older one: people's names and words.

    The folder itself stays open to whom its owner opened it, for example to who looks after backups. Raises OSError.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for path in (path for pattern in _OURS for path in folder.glob(pattern)):
        with contextlib.suppress(FileNotFoundError):  # SQLite's side files come and go
            mode = path.stat().st_mode
            if mode & _OTHERS:
                _close(path, mode & ~_OTHERS)


def empty(folder: Path) -> None:
    """Delete everything that was kept, for a demo that begins anew. The database must not be open. Raises OSError."""
    for path in (path for pattern in _KEPT for path in folder.glob(pattern)):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def exposed(folder: Path) -> list[Path]:
    """Return the files of the bot that others may read; `prepare` closes them at the next start. Raises OSError."""
    if os.name != "posix":
        return []
    return [path for pattern in _OURS for path in sorted(folder.glob(pattern)) if _mode(path) & _OTHERS]


def of_others(folder: Path) -> list[Path]:
    """Return the bot's files that belong to another user than the folder: a command was run as root. Raises OSError."""
    if os.name != "posix":
        return []
    owner = folder.stat().st_uid
    found = [path for pattern in _OURS for path in sorted(folder.glob(pattern))]
    inside = [path for top in found if top.is_dir() for path in sorted(top.rglob("*"))]
    return [path for path in [*found, *inside] if _owner(path, owner) != owner]


def _mode(path: Path) -> int:
    try:
        return path.stat().st_mode
    except FileNotFoundError:  # SQLite's side files come and go
        return 0


def _owner(path: Path, otherwise: int) -> int:
    try:
        return path.stat().st_uid
    except FileNotFoundError:
        return otherwise


@contextlib.contextmanager
def closed_to_others() -> Iterator[None]:
    """Close to others all files made within: the database and SQLite's files beside it, the lock, the key."""
    before = os.umask(_OTHERS)
    try:
        yield
    finally:
        os.umask(before)


def _close(path: Path, mode: int) -> None:
    try:
        path.chmod(mode)
    except PermissionError:
        log.warning("%s: others may read it, and it is not ours: chmod go-rwx", path)


def kept_key(folder: Path) -> bytes:
    """Return the key of this folder, created on first use. Raises DatabaseError and OSError."""
    path = folder / KEY
    if not path.exists():
        # Another process may be making one, too: the file is there with its content, or not at all.
        own = path.with_name(f"{path.name}.{chance.token_hex(4)}")
        try:
            own.touch(mode=0o600)
            with own.open("w", encoding="ascii") as file:
                file.write(chance.token_hex(KEY_LENGTH))
                file.flush()
                os.fsync(file.fileno())
            with contextlib.suppress(FileExistsError):
                path.hardlink_to(own)
        except OSError as error:
            error.filename = error.filename or str(path)  # a full disk does not say where
            raise
        finally:
            own.unlink(missing_ok=True)
    key = path.read_bytes()
    if len(key.strip()) < KEY_LENGTH:
        raise DatabaseError(msg("{file}: empty or cut short; copy this file from a backup and start again"), file=path)
    return key
