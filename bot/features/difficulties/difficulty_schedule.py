"""Overdue difficulties: notify their owner, then the chair; once a month show everybody the oldest ones."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from tortoise.transactions import in_transaction

from bot.core.messages import Button
from bot.core.text import Text
from bot.features import units
from bot.features.calendar.periods import is_working
from bot.features.calendar.vietnam import VIETNAM
from bot.features.checkins.actions import OpenDifficulty
from bot.features.difficulties.owners import owners
from bot.features.notices.mail import Mail
from bot.features.people import people
from bot.features.rights.table import CHAIR, OFFICER
from bot.features.units import Place
from bot.i18n import msg, short_date

from .answers import AnswerWatch
from .difficulties import Difficulty, ageing
from .grades import GRADES

MORNING = (time(8), time(10))
TO_CHAIR = timedelta(days=2)
"""So long after its deadline a difficulty is the chair's matter too."""
_MONTH, _OLD = 30, 7
_SHOWN = 8

_LATE = msg("**Khó khăn đã quá hạn trả lời**, bác xem giúp:")
_LATE_CHAIR = msg("Kính báo cáo: {count} khó khăn của thôn quá hạn trả lời, chưa xong:")
_AGED = msg(
    "**Khó khăn tồn đọng của {unit}, tháng {month}:** {count} việc chờ; trên {month_days} ngày: {oldest}, "
    "{old_days}–{month_days} ngày: {old}, mới: {fresh}. Lâu nhất:"
)


class DifficultySchedule:
    """A job of the worker. Idempotent: a key of the person and the day, or the month, makes it tell once."""

    def __init__(self, mail: Mail) -> None:
        self._mail = mail

    async def tick(self, now: datetime) -> None:
        await AnswerWatch(self._mail).tick(now)
        local = now.astimezone(VIETNAM)
        if not (MORNING[0] <= local.time() <= MORNING[1]) or not is_working(local.date()):
            return
        for commune in await units.communes(local.date()):
            below = await units.descendants(commune.id, local.date())
            names = {one.id: one.full_name for one in (commune, *below)}
            rows = [one for one in await ageing(list(names)) if not one.same_as]
            async with in_transaction("default"):
                await self._escalate(commune, rows, names, local.date(), now)
                if local.day <= 7:
                    await self._month(commune, rows, names, local.date(), now)

    async def _escalate(
        self, commune: Place, rows: Sequence[Difficulty], names: dict[int, str], today: date, now: datetime
    ) -> None:
        late = [one for one in rows if one.overdue(today)]
        key = f"kk:late:{commune.id}:{today:%Y%m%d}"
        whose: dict[int, list[Difficulty]] = {}
        for one in late:
            for person_id in await owners(one, commune.id, now):
                whose.setdefault(person_id, []).append(one)
        for person_id, own in whose.items():
            text = Text.join("\n", [self._mail.t(_LATE), *self._lines(own, names, today)])
            await self._mail.tell(person_id, text, self._buttons(own), key=key, now=now)
        grave = [one for one in late if today > one.due_on + TO_CHAIR]
        if grave:
            head = self._mail.t(_LATE_CHAIR, count=len(grave))
            text = Text.join("\n", [head, *self._lines(grave, names, today)])
            chairs = [holder.person_id for holder in await people.holders(CHAIR, commune.id, now)]
            await self._mail.tell_all(chairs, text, self._buttons(grave), key=f"{key}:ct", now=now)

    async def _month(
        self, commune: Place, rows: Sequence[Difficulty], names: dict[int, str], today: date, now: datetime
    ) -> None:
        if not rows:
            return
        ages = [one.age(today) for one in rows]
        oldest, old = sum(age > _MONTH for age in ages), sum(_OLD <= age <= _MONTH for age in ages)
        head = self._mail.t(
            _AGED, unit=commune.full_name, month=f"{today:%m/%Y}", count=len(rows), month_days=_MONTH, old_days=_OLD,
            oldest=oldest, old=old, fresh=len(rows) - oldest - old,
        )  # fmt: skip
        aged = sorted(rows, key=lambda one: (one.created_at, one.id))
        text = Text.join("\n", [head, *self._lines(aged, names, today)])
        told = [holder.person_id for role in (CHAIR, OFFICER) for holder in await people.holders(role, commune.id, now)]
        key = f"kk:aged:{commune.id}:{today:%Y%m}"
        await self._mail.later.tell_all(told, text, self._buttons(aged), key=key, now=now)

    def _lines(self, rows: Sequence[Difficulty], names: dict[int, str], today: date) -> list[Text]:
        locale = self._mail.locale
        return [
            self._mail.t(
                "• Số {id}, {village}, {days} ngày, hạn {due}: {text}",
                id=one.id, village=names[one.unit_id], days=one.age(today), due=short_date(one.due_on, locale),
                text=(f"{self._mail.word(GRADES[one.grade])}: " if one.grade == "urgent" else "") + one.text[:100],
            )
            for one in rows[:_SHOWN]
        ]  # fmt: skip

    def _buttons(self, rows: Sequence[Difficulty]) -> list[Button]:
        return [Button.to(self._mail.word("Mở số") + f" {one.id}", OpenDifficulty(one.id)) for one in rows[:_SHOWN]]
