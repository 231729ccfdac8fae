"""Reminding those who have not said that their village has an announcement, one step after the other."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from tortoise.transactions import in_transaction

from bot.core.context import Translate
from bot.core.messages import Button, Message
from bot.core.text import Text
from bot.features import people, ways
from bot.features.outbox.hours import VIETNAM
from bot.features.post import Post
from bot.features.rights.table import DEPUTY, LEADER, VILLAGE_HEAD
from bot.i18n import msg
from bot.storage.announcements import Announcement as Row
from bot.storage.announcements import AnnouncementTarget as TargetRow

from .actions import Played, Received
from .letter import PLAYED, RECEIVED, moment
from .model import Announcement, announcement
from .receipt import Delivery, Receipt, receipt
from .receipt_actions import OpenReceipt

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
    """A job of the worker; whoever runs it twice reminds once, for each step is counted before it is taken."""

    def __init__(
        self, post: Post, translate: Translate, locale: str = "vi", ladders: Mapping[str, Sequence[timedelta]] = LADDERS
    ) -> None:
        self._post = post
        self._translate = translate
        self._locale = locale
        self._ladders = ladders

    async def tick(self, now: datetime) -> float | None:
        """Takes the steps that are due; returns the seconds until the next one, None when nobody is silent."""
        following: list[datetime] = []
        rows = await Row.filter(state__in=("sending", "done"), approved_at__gt=now - _LONGEST).order_by("id")
        # Nobody is to confirm, and then to pass on, what was put right or taken back since.
        corrected = {row.corrects for row in rows if row.corrects}
        for one in map(announcement, rows):
            if one.id in corrected or (one.expires_at is not None and one.expires_at <= now):
                continue
            found = await receipt(one.id, now.astimezone(VIETNAM).date())
            if found is not None:
                following += await self._climb(found, now)
        return max(0.0, (min(following) - now).total_seconds()) if following else None

    async def _climb(self, found: Receipt, now: datetime) -> Sequence[datetime]:
        """Returns when those who are silent are to be reminded next."""
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

    async def _taken(self, one: Delivery, step: int) -> bool:
        before = TargetRow.filter(id=one.target.id, reminders=one.target.reminders, ack_at__isnull=True)
        return bool(await before.update(reminders=step))

    async def _remind(self, found: Receipt, one: Delivery, step: int, now: datetime) -> None:
        if step > len(_ASKED):
            await self._tell_author(found, step, now)
            return
        told: set[int] = set()
        for role in _ASKED[step - 1]:
            told.update(holder.person_id for holder in await people.holders(role, one.target.unit_id, now))
        for person_id in sorted(told):
            key = f"tb{found.announcement.id}:{one.target.id}:step{step}:{person_id}"
            await self._tell(
                person_id, self._reminder(found.announcement, one), key, now, urgent=found.announcement.urgent
            )

    def _reminder(self, one: Announcement, delivery: Delivery) -> Message:
        text = self._text(
            _REMIND,
            label=one.label,
            title=one.heading,
            village=delivery.village,
            time=moment(delivery.at or one.speaks_of, self._locale),
        )
        buttons = [Button.to(self._translate(self._locale, RECEIVED), Received(one.id, delivery.target.id))]
        if one.has_audio:
            buttons.append(Button.to(self._translate(self._locale, PLAYED), Played(one.id, delivery.target.id)))
        return Message(text, tuple(buttons))

    async def _tell_author(self, found: Receipt, step: int, now: datetime) -> None:
        """Once, with all villages: the others that reach this step later are on the receipt."""
        one = found.announcement
        silent = [delivery.village for delivery in found.deliveries if delivery.silent]
        if one.author_id is None:
            return
        text = self._text(
            _SILENT, label=one.label, title=one.heading, count=len(silent), villages=", ".join(silent[:30])
        )
        button = Button.to(self._translate(self._locale, _OPEN), OpenReceipt(one.id))
        await self._tell(one.author_id, Message(text, (button,)), f"tb{one.id}:silent:{step}", now, urgent=one.urgent)

    async def _tell(self, person_id: int, message: Message, key: str, now: datetime, *, urgent: bool) -> None:
        """What is urgent may ring at night, and so may the question whether it was heard."""
        for chat in (await ways.to_person(self._post, person_id, now))[:1]:
            try:
                await self._post.add(chat, message, key=key, now=now, answering=urgent)
            except LookupError:
                log.warning("a reminder has no way out: %s is off", chat.platform)

    def _text(self, template: str, **values: str | int) -> Text:
        return Text.of(self._translate(self._locale, template), **values)
