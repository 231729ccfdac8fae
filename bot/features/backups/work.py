"""The job that keeps the plan of the backups, and tells the chair when none succeeds any more."""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime
from pathlib import Path

from msgspec import Struct
from tortoise.transactions import in_transaction

from bot.core.platform import KeyValue
from bot.core.text import Text
from bot.features import units
from bot.features.backups.making import make_planned
from bot.features.backups.schedule import AGAIN, OLD, BackupPlan, BackupState, read_plan, read_state
from bot.features.calendar.vietnam import VIETNAM, local_day
from bot.features.notices.mail import Mail
from bot.features.people import people
from bot.features.rights.table import CHAIR, OFFICER
from bot.i18n import msg
from bot.storage.backup import BackupError

log = logging.getLogger(__name__)

_SINCE = "watched since"
_FAILED = msg(
    "⚠ Tôi không sao lưu được dữ liệu của xã: {why}. {last} Bác chuyển tin này cho người phụ trách máy. Người ấy gõ "
    "lệnh `doctor` là thấy cách sửa."
)
_OLD = msg(
    "⚠ Dữ liệu của xã lâu rồi chưa được sao lưu. {last} Máy hỏng là mất hết. Bác nhờ người phụ trách máy gõ lệnh "
    "`backup --every`, từ đó tôi tự làm mỗi đêm."
)
_LAST = msg("Bản gần nhất là của ngày {day}.")
_NEVER = msg("Chưa có bản nào.")


class Backups(Struct, frozen=True):
    """The backups of a data folder. `memory` keeps since when they are watched."""

    data: Path
    memory: KeyValue
    mail: Mail

    async def tick(self, now: datetime) -> float | None:
        """Make the backup that is due, and tell what has to be told. Raises StoreUnavailable."""
        try:
            plan = await asyncio.to_thread(read_plan, self.data)
            if plan is not None and _is_due(plan, read_state(self.data), now):
                made = await asyncio.to_thread(make_planned, self.data, plan, now)
                log.info("backup: %s, %d bytes, restored for a trial", made.file, made.bytes)
        except (BackupError, OSError) as error:
            log.error("backup: %s", error)
        await self._tell(await asyncio.to_thread(read_state, self.data), now)
        return None

    async def _tell(self, state: BackupState, now: datetime) -> None:
        """Tell a failure once a day, and once a week that the last backup is old; the keys keep it from repeating."""
        today = local_day(now)
        if state.failed_at is not None:
            await self._to_chairs(_FAILED, f"backup-failed:{today:%Y%m%d}", state, now)
        elif state.is_ahead(now) or now - (state.good_at or await self._watched_since(now)) >= OLD:
            year, week, _ = today.isocalendar()
            await self._to_chairs(_OLD, f"backup-old:{year}-{week}", state, now)

    async def _watched_since(self, now: datetime) -> datetime:
        """Return when the first look was: a bot that was installed this week is given time."""
        known = await self.memory.get(_SINCE)
        if known is None:
            await self.memory.swap(_SINCE, None, now.isoformat())
            return now
        return datetime.fromisoformat(known)

    async def _to_chairs(self, template: str, key: str, state: BackupState, now: datetime) -> None:
        """Tell the chairs of each commune; where none can be reached, its officers."""
        t = self.mail.t
        last = t(_NEVER) if state.good_at is None else t(_LAST, day=f"{state.good_at.astimezone(VIETNAM):%d/%m/%Y}")
        text = t(template, why=Text.of("{why}", why=state.why.rstrip(".")), last=last)
        async with in_transaction("default"):
            for commune in await units.communes(local_day(now)):
                for role in (CHAIR, OFFICER):
                    whom = [one.person_id for one in await people.holders(role, commune.id, now)]
                    if await self.mail.tell_all(whom, text, key=key, now=now):
                        break


def _is_due(plan: BackupPlan, state: BackupState, now: datetime) -> bool:
    # A clock that was ahead has left times to come: waiting for them, nothing would be backed up for years.
    if state.failed_at is not None and abs(now - state.failed_at) < AGAIN:
        return False
    due = plan.due(None if state.is_ahead(now) else state.good_at)
    return due is None or now >= due
