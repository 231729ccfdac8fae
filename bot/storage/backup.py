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
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct

from bot.core.machine import clock

from .data_folder import KEY, KEY_LENGTH

DATABASE = "bot.sqlite3"
KEPT = (KEY, "commune.toml")
COMMUNES = "communes"
TAKEN_AT = "taken-at"
MEDIA = "media"
INCOMING = f"{DATABASE}.incoming"
"""What is to take the database's place; it is looked for by this name to be removed."""
_QUICK = 1
"""Of the levels of compression: a third of the time, a tenth more bytes."""
UNFINISHED = ("pending", "leased", "sending", "held")
RESTORED = "restored"
_RESTORING = ".restoring-"
_UNREADABLE = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, sqlite3.Error)
"""Errors of a damaged file; RuntimeError for one with a password or an unknown compression."""
_TO_DO = {
    ("disk is full", "disk I/O"): "đĩa đầy hoặc hỏng; dọn chỗ rồi chạy lại",
    ("unable to open", "readonly"): "không có quyền; mọi tệp phải là của người dùng chạy bot (chown -R)",
    ("is locked",): "có lệnh khác đang ghi; chờ nó xong rồi chạy lại",
}


class Restored(Struct, frozen=True):
    """`held` messages wait for a person; the data is as of `taken_at`."""

    held: int
    taken_at: datetime


class BackupError(Exception):
    """The backup cannot be made or restored; the text says why and what to do."""


class Checked(Struct, frozen=True):
    """A backup was restored for a trial: so many files beside the database came back, and so many people in it.

    `key` tells whether a file of the secret key is among them.
    """

    files: int
    people: int
    key: bool


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
        with (
            os.fdopen(descriptor, "wb") as file,
            zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=_QUICK) as archive,
        ):
            # Before the copy: what is erased from now on has to be erased again after a restore.
            archive.writestr(TAKEN_AT, clock.now().isoformat())
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
        raise BackupError(f"{source}: không sao lưu được: {_said(error)}") from error
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


def restore(source: Path, folder: Path, settle: Callable[[Path, datetime], None] = lambda *_: None) -> Restored:
    """Unpack a backup into `folder`, which must be empty or absent, or have no more than a killed restore unpacked.

    Messages that were not finished then may have been sent since: none leaves until somebody decides. `settle` is
    called with the folder where the data are before they are in their place, and with the time they are of. Raises
    BackupError and OSError; then the folder is as it was.
    """
    there = sorted(folder.iterdir()) if folder.exists() else []
    if other := [path.name for path in there if not path.name.startswith(_RESTORING)]:
        raise BackupError(f"{folder}: không trống (có {other[0]}); khôi phục vào thư mục trống (BOT_DATA_DIR)")
    try:
        with zipfile.ZipFile(source) as archive:
            names = archive.namelist()
            if DATABASE not in names or TAKEN_AT not in names or not all(_is_ours(name) for name in names):
                raise BackupError(f"{source}: không phải bản sao lưu của bot này")
            taken_at = _moment(archive.read(TAKEN_AT).decode("ascii", "replace"), source)
            for left in there:
                shutil.rmtree(left)
            with _emptied_on_failure(folder), _unpacked(archive, names, folder) as unpacked:
                held = _hold(unpacked / DATABASE)
                settle(unpacked, taken_at)
    except _UNREADABLE as error:
        why = f"tệp hỏng, không phải bản sao lưu, hoặc đĩa đầy ({error})"
        raise BackupError(f"{source}: không khôi phục được: {why}") from error
    return Restored(held, taken_at)


def check(source: Path, folder: Path, scratch: Path) -> Checked:
    """Restore a backup of `folder` into `scratch`, which must be absent, look at all that came back, and delete it.

    Raises BackupError for what would not do as a data folder, and OSError.
    """
    try:
        restore(source, scratch)
        key, own = scratch / KEY, folder / KEY
        if own.exists() and (not key.exists() or key.read_bytes() != own.read_bytes()):
            raise BackupError(f"{source}: khôi phục thử không ra đúng khóa bí mật")
        if key.exists() and len(key.read_bytes().strip()) < KEY_LENGTH:
            # The bot at work still knows the key; what is kept of it would open nothing.
            raise BackupError(f"{own}: khóa bí mật trống hoặc bị cắt cụt; chép lại tệp này từ bản sao lưu cũ")
        with contextlib.closing(sqlite3.connect(scratch / DATABASE)) as connection:
            (found,) = connection.execute("pragma quick_check(1)").fetchone()
            if found != "ok":
                raise BackupError(f"{source}: khôi phục thử ra cơ sở dữ liệu hỏng ({found.splitlines()[-1]})")
            if connection.execute("select 1 from sqlite_master where name = 'people'").fetchone() is None:
                raise BackupError(f"{source}: khôi phục thử ra cơ sở dữ liệu trống")
            (people,) = connection.execute("select count(*) from people").fetchone()
        files = sum(path.is_file() for path in scratch.rglob("*") if path.name != DATABASE)
        held = key.exists()
    except sqlite3.Error as error:
        raise BackupError(f"{source}: khôi phục thử không mở được cơ sở dữ liệu ({error})") from error
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return Checked(files, int(people), held)


def put_back(copy: Path, folder: Path, aside: Path, settle: Callable[[Path], None]) -> int:
    """Let a copy of the database take the place of the present one, which goes to `aside`; return the held messages.

    The bot must not run. Messages that were on their way at the copy's time may have been sent since, so they are held.
    `settle` is called with the copy before it is in its place: until then, and if the process is killed, the present
    database stays. Raises BackupError and OSError.
    """
    present, incoming = folder / DATABASE, folder / INCOMING
    _remove_incoming(folder)
    try:
        _copy_database(copy, incoming)
        held = _hold(incoming)
        settle(incoming)
        _cut_log(incoming)
        _cut_log(present)
        for side in ("-wal", "-shm"):
            present.with_name(f"{DATABASE}{side}").unlink(missing_ok=True)
        incoming.chmod(0o600)
        _name_as_well(present, aside)
        incoming.replace(present)
    except sqlite3.Error as error:
        raise BackupError(f"{copy}: không đưa trở lại được: {_said(error)}") from error
    finally:
        _remove_incoming(folder)
    return held


def _name_as_well(present: Path, aside: Path) -> None:
    """Give the present database its new name beside the old one.

    There shall be no moment without a database, for a bot that is started then would begin with an empty one.
    """
    try:
        aside.hardlink_to(present)
    except OSError:  # a disk on which a file has one name only, as exFAT
        present.rename(aside)


def _remove_incoming(folder: Path) -> None:
    for path in folder.glob(f"{INCOMING}*"):
        path.unlink(missing_ok=True)


def _cut_log(database: Path) -> None:
    """Write all of SQLite's log into the file itself."""
    with contextlib.closing(sqlite3.connect(database)) as connection:
        connection.execute("pragma wal_checkpoint(truncate)")


@contextlib.contextmanager
def _unpacked(archive: zipfile.ZipFile, names: list[str], folder: Path) -> Iterator[Path]:
    """Unpack into a folder inside `folder`, as often no other place on its disk is writable, and yield it.

    Afterwards the database is moved to its place last: a bot never finds one that may send.
    """
    with tempfile.TemporaryDirectory(prefix=_RESTORING, dir=folder) as inside:
        unpacked = Path(inside)
        for name in names:
            if name == TAKEN_AT:
                continue
            path = unpacked / name
            path.parent.mkdir(parents=True, exist_ok=True)
            with archive.open(name) as packed, path.open("wb") as file:
                shutil.copyfileobj(packed, file)
            path.chmod(0o600)
        yield unpacked
        for path in sorted(unpacked.iterdir(), key=lambda path: path.name == DATABASE):
            path.rename(folder / path.name)


@contextlib.contextmanager
def _emptied_on_failure(folder: Path) -> Iterator[None]:
    """Empty the folder again after an error (or remove it, if it was absent)."""
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
    """Tell whether a name is one of a backup's. The file may have been tampered with: no path may leave the folder."""
    if name in (DATABASE, TAKEN_AT, *KEPT):
        return True
    ours = rf"{MEDIA}/([0-9a-f]{{32}}/)?(?!\.)[^/]+|{COMMUNES}/[a-z0-9-]+\.toml"
    return re.fullmatch(ours, name) is not None


def _copy_database(source: Path, target: Path) -> None:
    """Copy the database; raise sqlite3.Error, also for a damaged one: its copy must not replace a good backup."""
    with (
        contextlib.closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as old,
        contextlib.closing(sqlite3.connect(target)) as new,
    ):
        # A copy that breaks off is thrown away; who answers meanwhile needs the disk.
        new.execute("pragma journal_mode = off").fetchall()
        new.execute("pragma synchronous = off")
        old.backup(new)
        (found,) = new.execute("pragma quick_check(1)").fetchone()
        if found != "ok":
            raise sqlite3.DatabaseError(f"cơ sở dữ liệu bị hỏng: {found.splitlines()[-1]}")


def _said(error: sqlite3.Error) -> str:
    """Return what SQLite says, with what to do about it where a person at the machine can."""
    for signs, what in _TO_DO.items():
        if any(sign in str(error) for sign in signs):
            return f"{what} ({error})"
    return str(error)


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
