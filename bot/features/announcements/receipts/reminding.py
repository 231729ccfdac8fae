"""Reminders for those who have not confirmed that their village has an announcement, in escalating steps."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from tortoise.transactions import in_transaction

from bot.core.context import Translate
from bot.core.messages import Button, Message
from bot.core.text import Text
from bot.features.announcements import store
from bot.features.announcements.actions import OpenReceipt, Received, TellPlayed
from bot.features.announcements.letter import PLAYED, RECEIVED, moment
from bot.features.announcements.model import RECALL, Announcement, announcement
from bot.features.calendar.vietnam import today
from bot.features.notices import delivery_channels
from bot.features.notices.notice_outbox import NoticeOutbox
from bot.features.people import people
from bot.features.rights.table import DEPUTY, LEADER, VILLAGE_HEAD
from bot.i18n import msg
from bot.storage.tables.announcements import Announcement as Row
from bot.storage.tables.announcements import AnnouncementTarget as TargetRow

from .delivery import AudienceDelivery
from .receipt import Receipt, receipt

log = logging.getLogger(__name__)

LADDERS: Mapping[str, Sequence[timedelta]] = {
    "routine": (timedelta(hours=2), timedelta(hours=20), timedelta(hours=44)),
    "urgent": (timedelta(minutes=15), timedelta(minutes=30), timedelta(minutes=60)),
}
"""How long after its arrival each step is taken: the leader, all who lead the village, the author."""

_ASKED: Sequence[Sequence[str]] = ((LEADER,), (LEADER, DEPUTY, VILLAGE_HEAD))
_LONGEST = timedelta(days=4)

_REMIND = msg(
    "Thông báo {label} “{title}” đã tới nhóm của {village} lúc {time}, chưa ai xác nhận. "
    "Bác xem giúp, rồi chọn “Đã nhận”."
)
_SILENT = msg("{label} “{title}”: {count} thôn chưa xác nhận: {villages}. Bác gọi điện cho tổ trưởng giúp.")
_OPEN = msg("Xem biên nhận")


class Reminders:
    """A job of the worker. Idempotent: each step is counted before it is taken, so running it twice reminds once."""

    def __init__(
        self,
        outbox: NoticeOutbox,
        translate: Translate,
        locale: str = "vi",
        ladders: Mapping[str, Sequence[timedelta]] = LADDERS,
    ) -> None:
        self._outbox = outbox
        self._translate = translate
        self._locale = locale
        self._ladders = ladders

    async def tick(self, now: datetime) -> float | None:
        """Send the reminders that are due; return the seconds until the next one, None if nobody is silent."""
        following: list[datetime] = []
        for one in await to_confirm(now):
            seen = await receipt(one.id, today(now))
            if seen is not None:
                following += await self._climb(seen, now)
        return max(0.0, (min(following) - now).total_seconds()) if following else None

    async def ask_again(self, found: Receipt, now: datetime) -> int:
        """Remind who leads the silent villages, as an official wishes; return how many villages that is.

        It counts as no step, and reminds each person once within an hour of the clock.
        """
        told = 0
        for one in (each for each in found.deliveries if each.silent):
            people_told = [
                await self._tell(
                    person_id,
                    self._reminder(found.announcement, one),
                    f"tb{found.announcement.id}:{one.target.id}:asked{now:%d%H}:{person_id}",
                    now,
                    urgent=found.announcement.urgent,
                )
                for person_id in await self._leading(one, _ASKED[-1], now)
            ]
            told += any(people_told)
        return told

    async def _leading(self, one: AudienceDelivery, roles: Sequence[str], now: datetime) -> Sequence[int]:
        held = [await people.holders(role, one.target.unit_id, now) for role in roles]
        return sorted({holder.person_id for holders in held for holder in holders})

    async def _climb(self, found: Receipt, now: datetime) -> Sequence[datetime]:
        """Send the due reminders of one announcement; return the times of the next ones for those who are silent."""
        following: list[datetime] = []
        ladder = self._ladders[found.announcement.klass]
        for one in found.deliveries:
            arrived = one.at
            if not one.silent or arrived is None:
                continue
            step = sum(1 for gap in ladder if arrived + gap <= now)
            if step > one.target.reminders:
                async with in_transaction("default"):
                    if await self._taken(one, step):
                        await self._remind(found, one, step, now)
            following += [arrived + gap for gap in ladder[step : step + 1]]
        return following

    async def _taken(self, one: AudienceDelivery, step: int) -> bool:
        before = TargetRow.filter(id=one.target.id, reminders=one.target.reminders, ack_at__isnull=True)
        return bool(await before.update(reminders=step))

    async def _remind(self, found: Receipt, one: AudienceDelivery, step: int, now: datetime) -> None:
        if step > len(_ASKED):
            await self._tell_author(found, step, now)
            return
        for person_id in await self._leading(one, _ASKED[step - 1], now):
            key = f"tb{found.announcement.id}:{one.target.id}:step{step}:{person_id}"
            await self._tell(
                person_id, self._reminder(found.announcement, one), key, now, urgent=found.announcement.urgent
            )

    def _reminder(self, one: Announcement, delivery: AudienceDelivery) -> Message:
        text = self._text(
            _REMIND,
            label=one.label,
            title=one.heading,
            village=delivery.village,
            time=moment(delivery.at or one.speaks_of, self._locale),
        )
        buttons = [Button.to(self._translate(self._locale, RECEIVED), Received(one.id, delivery.target.id))]
        if one.has_audio:
            buttons.append(Button.to(self._translate(self._locale, PLAYED), TellPlayed(one.id, delivery.target.id)))
        return Message(text, tuple(buttons))

    async def _tell_author(self, found: Receipt, step: int, now: datetime) -> None:
        """Tell the author once, with all villages; those that reach this step later are on the receipt."""
        one = found.announcement
        silent = [delivery.village for delivery in found.deliveries if delivery.silent]
        if one.author_id is None:
            return
        text = self._text(
            _SILENT, label=one.label, title=one.heading, count=len(silent), villages=", ".join(silent[:30])
        )
        button = Button.to(self._translate(self._locale, _OPEN), OpenReceipt(one.id))
        await self._tell(one.author_id, Message(text, (button,)), f"tb{one.id}:silent:{step}", now, urgent=one.urgent)

    async def _tell(self, person_id: int, message: Message, key: str, now: datetime, *, urgent: bool) -> bool:
        """Send it to a person. An urgent message may ring at night, and so may the question whether it was heard."""
        for chat in (await delivery_channels.to_person(self._outbox, person_id, now))[:1]:
            try:
                return await self._outbox.add(chat, message, key=key, now=now, answering=urgent)
            except LookupError:
                log.warning("a reminder has no way out: %s is off", chat.platform)
        return False

    def _text(self, template: str, **values: str | int) -> Text:
        return Text.of(self._translate(self._locale, template), **values)


async def to_confirm(now: datetime) -> Sequence[Announcement]:
    """Return the announcements of the last days that villages are still to confirm, the oldest first."""
    rows = await Row.filter(state__in=("sending", "done"), approved_at__gt=now - _LONGEST).order_by("id")
    # Nobody is to confirm, and then to pass on, what was put right or taken back since.
    found = [announcement(row) for row in rows]
    corrected = {one.corrects for one in found if one.corrects}
    for recall in (one for one in found if one.template == RECALL):
        corrected |= {each.id for each in await store.chain(recall) if each.id != recall.id}
    return [one for one in found if one.id not in corrected and (one.expires_at is None or one.expires_at > now)]


async def is_to_confirm(one: Announcement, now: datetime) -> bool:
    """Tell whether villages are still to confirm it: it is not over, and nothing that was sent puts it right."""
    if one.expires_at is not None and one.expires_at <= now:
        return False
    return not any(each.rows for each in await store.standing(one))
