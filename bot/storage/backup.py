"""A data folder as one file, and back: made while the bot runs, restored only into an empty folder."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import tempfile
import zipfile
from pathlib import Path

DATABASE = "bot.sqlite3"
KEPT = ("secret_key", "commune.toml")
MEDIA = "media"
UNFINISHED = ("pending", "leased", "sending", "held")
RESTORED = "restored"


class BackupError(Exception):
    """The backup cannot be made or restored; the text says why and what to do."""


def backup(folder: Path, target: Path) -> int:
    """Write everything that must survive into `target` (a zip file, readable by its owner only); returns its bytes.

    The database is copied as of one moment, also while others write. Raises BackupError.
    """
    source = folder / DATABASE
    if not source.exists():
        raise BackupError(f"{folder}: there is no {DATABASE} to back up")
    partial = target.with_name(f"{target.name}.part")
    try:
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            with tempfile.TemporaryDirectory() as scratch:
                copy = Path(scratch) / DATABASE
                _copy_database(source, copy)
                archive.write(copy, DATABASE)
            for path in [folder / name for name in KEPT] + sorted((folder / MEDIA).glob("*")):
                if path.is_file() and path.suffix != ".part":
                    archive.write(path, str(path.relative_to(folder)))
        partial.replace(target)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise BackupError(f"{target}: {error.strerror or error}") from error
    return target.stat().st_size


def restore(source: Path, folder: Path) -> int:
    """Unpack a backup into `folder`, which must be empty or absent; returns how many messages now wait for a person.

    Messages that were not finished then may have been sent since: none leaves until somebody decides. Raises
    BackupError; then the folder is as it was.
    """
    if folder.exists() and any(folder.iterdir()):
        raise BackupError(f"{folder}: not empty; restore into an empty folder (BOT_DATA_DIR)")
    try:
        with zipfile.ZipFile(source) as archive:
            names = archive.namelist()
            if DATABASE not in names or not all(_is_ours(name) for name in names):
                raise BackupError(f"{source}: not a backup of this bot")
            folder.mkdir(parents=True, exist_ok=True)
            for name in names:
                path = folder / name
                path.parent.mkdir(exist_ok=True)
                path.write_bytes(archive.read(name))
                path.chmod(0o600)
    except (OSError, zipfile.BadZipFile) as error:
        raise BackupError(f"{source}: {error}") from error
    return _hold(folder / DATABASE)


def _is_ours(name: str) -> bool:
    """Names come from a file that may have been tampered with: nothing may leave the folder."""
    path = Path(name)
    if name in (DATABASE, *KEPT):
        return True
    return len(path.parts) == 2 and path.parts[0] == MEDIA and path.name not in (".", "..")


def _copy_database(source: Path, target: Path) -> None:
    with (
        contextlib.closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as old,
        contextlib.closing(sqlite3.connect(target)) as new,
    ):
        old.backup(new)


def _hold(database: Path) -> int:
    marks = ", ".join("?" * len(UNFINISHED))
    with contextlib.closing(sqlite3.connect(database)) as connection, connection:
        known = connection.execute("select 1 from sqlite_master where name = 'outbox'").fetchone()
        if known is None:
            return 0
        held = connection.execute(
            f"update outbox set state = 'held', reason = ?, token = '' where state in ({marks})",
            [RESTORED, *UNFINISHED],
        )
        return held.rowcount
