"""When the bot backs itself up and where to, and how the last backups went; two small files of the data folder.

They are no part of a backup: on another machine there may be no such place.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from bot.core.lean import patterns
from bot.features.calendar.vietnam import VIETNAM, local_day, moment
from bot.storage.backup import BackupError

PLAN, STATE = "backup-plan.json", "backup-state.json"
FOLDER = "backups"
"""In the data folder, when no other place is named."""
NIGHT = time(2, 15)
"""A backup of each day, or of several, is made when nobody writes."""
AGAIN = timedelta(hours=1)
"""After a backup that failed."""
OLD = timedelta(days=7)
AHEAD = timedelta(days=1)
"""More than a clock that is set right goes back."""
MOST_HOURS, MOST_DAYS = 24 * 7, 3650
_NAME = patterns.compile(r"langso-\d{4}-\d\d-\d\d-\d{4}\.zip(\.age)?(\.part)?")
"""Also of one that was not finished: a process was killed, or the disk was pulled out."""
_M = TypeVar("_M", bound=BaseModel)


class BackupPlan(BaseModel, defer_build=True):
    """Every so many hours into `folder`; files older than `keep_days` go. `public` is the key they are sealed for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    hours: Annotated[int, Field(ge=1, le=MOST_HOURS)] = 24
    folder: Path
    keep_days: Annotated[int, Field(ge=1, le=MOST_DAYS)] = 30
    public: str = ""

    def due(self, last: datetime | None) -> datetime | None:
        """Return when the next one is due after the last good one; None is at once."""
        if last is None:
            return None
        if self.hours % 24:
            return last + timedelta(hours=self.hours)
        return moment(local_day(last) + timedelta(days=self.hours // 24), NIGHT)


class BackupState(BaseModel, defer_build=True):
    """The last good backup, made by the bot or by the command, and the last that failed since, with the reason.

    `apart` is the plan's folder when it lay on another disk than the data: on that of the data it is another folder.
    """

    model_config = ConfigDict(frozen=True)

    good_at: AwareDatetime | None = None
    file: str = ""
    bytes: int = 0
    failed_at: AwareDatetime | None = None
    why: str = ""
    apart: str = ""

    def is_old(self, now: datetime) -> bool:
        return self.good_at is None or now - self.good_at >= OLD or self.is_ahead(now)

    def is_ahead(self, now: datetime) -> bool:
        """Tell whether the last good one is of a time to come: the clock was wrong, and nobody knows its age."""
        return self.good_at is not None and self.good_at - now >= AHEAD


def read_plan(data: Path) -> BackupPlan | None:
    """Return the plan; None for none. Raises BackupError for a file that cannot be read."""
    return _read(data / PLAN, BackupPlan)


def write_plan(data: Path, plan: BackupPlan | None) -> None:
    """Keep a plan; None ends it. Raises OSError."""
    if plan is None:
        (data / PLAN).unlink(missing_ok=True)
    else:
        _write(data / PLAN, plan)


def read_state(data: Path) -> BackupState:
    """Return how the last backups went; one that cannot be read says nothing of any."""
    try:
        return _read(data / STATE, BackupState) or BackupState()
    except BackupError:
        return BackupState()


def write_state(data: Path, state: BackupState) -> None:
    _write(data / STATE, state)


def file_name(now: datetime, *, sealed: bool) -> str:
    return f"langso-{now.astimezone(VIETNAM):%Y-%m-%d-%H%M}.zip{'.age' if sealed else ''}"


def outdated(plan: BackupPlan, now: datetime, newest: str) -> list[Path]:
    """Return the plan's files that are older than it keeps; never `newest`, and nothing that is not its own."""
    until = (now - timedelta(days=plan.keep_days)).timestamp()
    return [
        path
        for path in sorted(plan.folder.iterdir())
        if _NAME.fullmatch(path.name) and path.name != newest and path.stat().st_mtime < until
    ]


def _read(path: Path, model: type[_M]) -> _M | None:
    try:
        return model.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except ValidationError:
        raise BackupError(f"{path}: không đọc được; gõ lại lệnh backup --every") from None


def _write(path: Path, value: BaseModel) -> None:
    """Replace a file atomically, closed to others."""
    partial = path.with_name(f"{path.name}.part")
    partial.touch(mode=0o600)
    partial.write_text(value.model_dump_json(indent=1) + "\n", "utf-8")
    partial.replace(path)


def at(now: datetime) -> datetime:
    """Return a time without fractions, as the files hold it."""
    return now.astimezone(UTC).replace(microsecond=0)
