"""One backup: made, restored for a trial, sealed if a key is set, and noted."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from msgspec import Struct

from bot.core.machine import chance
from bot.features.backups.schedule import (
    BackupPlan,
    BackupState,
    at,
    file_name,
    outdated,
    read_state,
    write_state,
)
from bot.storage import sealing
from bot.storage.backup import BackupError, Checked, backup, check

_SCRATCH = "backup-scratch-"
"""Beside the database, on its disk and with its rights: what lies there is as secret as the database itself."""
_LEFT = timedelta(hours=6)


class MadeBackup(Struct, frozen=True):
    """A backup that was restored for a trial; `bytes` is its size."""

    file: Path
    bytes: int
    checked: Checked


def make(data: Path, target: Path, now: datetime, public: str = "") -> MadeBackup:
    """Back up a data folder into `target`, restore it for a trial, and note it. Raises BackupError and OSError."""
    with _scratch(data, now) as scratch:
        # One that does not come back must not take the place of a good one of the same name.
        plain = scratch / "backup.zip"
        backup(data, plain)
        checked = check(plain, data, scratch / "restored")
        if public:
            sealing.seal(plain, target, public)
        else:
            _move(plain, target)
        size = target.stat().st_size
    apart = read_state(data).apart
    write_state(data, BackupState(good_at=at(now), file=str(target.absolute()), bytes=size, apart=apart))
    return MadeBackup(target, size, checked)


def make_planned(data: Path, plan: BackupPlan, now: datetime, *, first: bool = False) -> MadeBackup:
    """Make the backup of a plan and delete its outdated ones. `first`: a person has just named its folder.

    Raises BackupError and OSError, noted for the doctor and the chair: nobody sits before this work.
    """
    try:
        if not first and _is_pulled_out(data, plan.folder):
            raise BackupError(f"{plan.folder}: không thấy ổ đĩa sao lưu; cắm lại ổ, hoặc gõ lại lệnh backup --every")
        plan.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        made = make(data, plan.folder / file_name(now, sealed=bool(plan.public)), now, plan.public)
        _note_disk(data, plan.folder)
    except (BackupError, OSError) as error:
        if data.is_dir():
            state = read_state(data).model_copy(update={"failed_at": at(now), "why": _short(error)})
            write_state(data, state)
        raise
    for path in outdated(plan, now, made.file.name):
        path.unlink(missing_ok=True)
    return made


def _is_pulled_out(data: Path, folder: Path) -> bool:
    """Tell whether the disk is gone on which the plan's folder lay.

    On the disk of the data a folder of that name would be made anew: what lies there would count, and burn with it.
    """
    there = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    return read_state(data).apart == str(folder.absolute()) and disk_of(there) == disk_of(data)


def _note_disk(data: Path, folder: Path) -> None:
    apart = str(folder.absolute()) if disk_of(folder) != disk_of(data) else ""
    if (state := read_state(data)).apart != apart:
        write_state(data, state.model_copy(update={"apart": apart}))


def disk_of(path: Path) -> int:
    """Return a number that two places have in common when they are on the same disk."""
    return path.stat().st_dev


@contextmanager
def _scratch(data: Path, now: datetime) -> Iterator[Path]:
    """Make a folder for this backup alone, and delete those that a killed process left."""
    for left in data.glob(f"{_SCRATCH}*"):
        if now.timestamp() - left.stat().st_mtime > _LEFT.total_seconds():
            shutil.rmtree(left, ignore_errors=True)
    if not data.is_dir():
        raise BackupError(f"{data}: không có thư mục dữ liệu; kiểm tra BOT_DATA_DIR")
    folder = data / f"{_SCRATCH}{chance.token_hex(4)}"
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _move(source: Path, target: Path) -> None:
    """Move a file, also to another disk: whole, or not at all. Raises BackupError and OSError."""
    if target.is_dir():
        raise BackupError(f"{target}: là thư mục; ghi tên tệp")
    partial = target.with_name(f"{target.name}.part")
    try:
        partial.touch(mode=0o600)
        shutil.copyfile(source, partial)
        with partial.open("rb") as file:
            os.fsync(file.fileno())
        partial.replace(target)
    except OSError as error:
        if error.filename in (None, str(partial)):  # a full disk does not say where
            error.filename = str(target)
        raise
    finally:
        with contextlib.suppress(OSError):
            partial.unlink()


def _short(error: Exception) -> str:
    """Return the reason in a line, for the chair as well."""
    if isinstance(error, OSError):
        return f"{error.filename or 'tệp'}: {error.strerror or type(error).__name__}"
    return " ".join(str(error).split())[:300]
