"""A data folder as one file, and back: made while the bot runs, restored only into an empty folder."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import sqlite3
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

DATABASE = "bot.sqlite3"
KEPT = ("secret_key", "commune.toml")
COMMUNES = "communes"
TAKEN_AT = "taken-at"
MEDIA = "media"
UNFINISHED = ("pending", "leased", "sending", "held")
RESTORED = "restored"
_UNREADABLE = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, sqlite3.Error)
"""What a damaged file raises; RuntimeError for one with a password or a way of packing that nobody knows."""


@dataclass(frozen=True, slots=True)
class Restored:
    """`held` messages wait for a person; the data is as of `taken_at`."""

    held: int
    taken_at: datetime


class BackupError(Exception):
    """The backup cannot be made or restored; the text says why and what to do."""


def backup(folder: Path, target: Path) -> int:
    """Write everything that must survive into `target` (a zip file, readable by its owner only); returns its bytes.

    The database is copied as of one moment, also while others write. Raises BackupError and OSError; then `target` is
    as it was.
    """
    source = folder / DATABASE
    if not source.exists():
        raise BackupError(f"{folder}: không có {DATABASE} để sao lưu; kiểm tra BOT_DATA_DIR")
    if target.is_dir():
        raise BackupError(f"{target}: là thư mục; ghi tên tệp")
    partial = target.with_name(f"{target.name}.part")
    try:
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            # Before the copy: what is erased from now on has to be erased again after a restore.
            archive.writestr(TAKEN_AT, datetime.now(UTC).isoformat())
            # Where the backup has room the copy has it, too; the system's temporary folder is often small.
            with tempfile.TemporaryDirectory(prefix=f".{target.name}-", dir=target.parent) as scratch:
                copy = Path(scratch) / DATABASE
                _copy_database(source, copy)
                archive.write(copy, DATABASE)
            others = [*sorted((folder / COMMUNES).glob("*.toml")), *sorted((folder / MEDIA).rglob("*"))]
            for path in [folder / name for name in KEPT] + others:
                if path.is_file() and path.suffix != ".part":
                    archive.write(path, str(path.relative_to(folder)))
        partial.replace(target)
    except sqlite3.Error as error:
        raise BackupError(f"{source}: không sao lưu được: {error}") from error
    except ValueError as error:
        raise BackupError(f"{target}: {error}") from error
    except OSError as error:
        if error.filename in (None, str(partial)):  # a full disk does not say where
            error.filename = str(target)
        raise
    finally:
        with contextlib.suppress(OSError):
            partial.unlink()
    return target.stat().st_size


def restore(source: Path, folder: Path) -> Restored:
    """Unpack a backup into `folder`, which must be empty or absent.

    Messages that were not finished then may have been sent since: none leaves until somebody decides. Raises
    BackupError and OSError; then the folder is as it was.
    """
    if folder.exists() and any(folder.iterdir()):
        raise BackupError(f"{folder}: không trống; khôi phục vào thư mục trống (BOT_DATA_DIR)")
    try:
        with zipfile.ZipFile(source) as archive:
            names = archive.namelist()
            if DATABASE not in names or TAKEN_AT not in names or not all(_is_ours(name) for name in names):
                raise BackupError(f"{source}: không phải bản sao lưu của bot này")
            taken_at = _moment(archive.read(TAKEN_AT).decode("ascii", "replace"), source)
            with _emptied_on_failure(folder):
                held = _unpack(archive, [name for name in names if name != TAKEN_AT], folder)
    except _UNREADABLE as error:
        why = f"tệp hỏng, không phải bản sao lưu, hoặc đĩa đầy ({error})"
        raise BackupError(f"{source}: không khôi phục được: {why}") from error
    return Restored(held, taken_at)


def _unpack(archive: zipfile.ZipFile, names: list[str], folder: Path) -> int:
    """Into a folder inside `folder`, because often nothing else is on its disk or may be written; returns the held.

    The database comes to its place last, with everything held: a bot never finds one that may send.
    """
    with tempfile.TemporaryDirectory(prefix=".restoring-", dir=folder) as inside:
        unpacked = Path(inside)
        for name in names:
            path = unpacked / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(archive.read(name))
            path.chmod(0o600)
        held = _hold(unpacked / DATABASE)
        for path in sorted(unpacked.iterdir(), key=lambda path: path.name == DATABASE):
            path.rename(folder / path.name)
    return held


@contextlib.contextmanager
def _emptied_on_failure(folder: Path) -> Iterator[None]:
    """For a folder that was empty or absent: after an error it is so again."""
    absent = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    try:
        yield
    except BaseException:
        for path in folder.iterdir():
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()
        if absent:
            folder.rmdir()
        raise


def _moment(text: str, source: Path) -> datetime:
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except ValueError:
        raise BackupError(f"{source}: không phải bản sao lưu của bot này") from None


def _is_ours(name: str) -> bool:
    """Names come from a file that may have been tampered with: nothing may leave the folder."""
    if name in (DATABASE, TAKEN_AT, *KEPT):
        return True
    ours = rf"{MEDIA}/([0-9a-f]{{32}}/)?(?!\.)[^/]+|{COMMUNES}/[a-z0-9-]+\.toml"
    return re.fullmatch(ours, name) is not None


def _copy_database(source: Path, target: Path) -> None:
    """Raises sqlite3.Error, also for a damaged database: its copy must not take the place of a good backup."""
    with (
        contextlib.closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as old,
        contextlib.closing(sqlite3.connect(target)) as new,
    ):
        old.backup(new)
        (found,) = new.execute("pragma quick_check(1)").fetchone()
        if found != "ok":
            raise sqlite3.DatabaseError(f"cơ sở dữ liệu bị hỏng: {found.splitlines()[-1]}")


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
