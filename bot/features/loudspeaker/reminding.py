"""Reminders to press play, before the time: with the file, and the button that says that it was played."""

from __future__ import annotations

import logging
from datetime import datetime

from tortoise.transactions import in_transaction

from bot.core.messages import Button, Message
from bot.core.text import Text
from bot.features.calendar.vietnam import VIETNAM
from bot.features.notices import delivery_channels
from bot.features.notices.notice_outbox import NoticeOutbox
from bot.i18n import msg, time_in_words

from . import due, plans
from .actions import NotePlay
from .due import DueRecordings

log = logging.getLogger(__name__)

_SOON = msg("**{time}** đến giờ phát loa {village}. Bản cần phát: {items}.")
_NOW = msg("**Tin khẩn**, bác phát loa {village} ngay giúp tôi: {items}.")
_THEN = msg("Phát xong, bác chọn “Đã phát”.")
_NOBODY = msg("Thôn chưa ghi ai bật loa nên tôi nhắc bác. Bác gõ “lịch loa” để ghi người bật.")
_UNREACHED = msg("Tôi chưa nhắn được cho người bật loa ghi trong lịch nên tôi nhắc bác.")
_ITEM = msg("{label} “{title}”")


class PlanReminders:
    """A job of the worker; whoever runs it twice writes once, for each time of a plan has a key of its own."""

    def __init__(self, outbox: NoticeOutbox) -> None:
        self._outbox = outbox

    async def tick(self, now: datetime) -> None:
        for one in await due.now_due(now):
            async with in_transaction("default"):
                await self._remind(one, now)

    async def _remind(self, one: DueRecordings, now: datetime) -> None:
        """Remind the named player if still of the village; if they cannot be reached, those who lead it."""
        named = one.plan.player_id
        if named is not None and await plans.is_player(named, one.place.id, now) and await self._tell(named, one, now):
            return
        for person_id in await plans.leaders(one.place.id, now):
            await self._tell(person_id, one, now)

    async def _tell(self, person_id: int, one: DueRecordings, now: datetime) -> bool:
        """Remind them, in quiet hours too: they asked for a reminder at half past five; later it is of no use."""
        key = f"lichloa{one.plan.id}:{int(one.turn.at.timestamp()) // 60}:{one.newest}:{person_id}"
        for chat in await delivery_channels.to_person(self._outbox, person_id, now):
            try:
                await self._outbox.add(
                    chat, self._letter(one, person_id), key=key, now=now, expires_at=one.turn.until, answering=True
                )
            except LookupError:
                log.warning("a reminder of the loudspeaker has no way out: %s is off", chat.platform)
                continue
            return True
        return False

    def _letter(self, one: DueRecordings, person_id: int) -> list[Message]:
        """Ask one question for all of it, so that a number means one recording; several files go before it."""
        time = time_in_words(one.turn.at.astimezone(VIETNAM).time(), self._outbox.locale)
        village = one.place.full_name + (f", {one.plan.spot}" if one.plan.spot else "")
        titles = {item.label: self._t(_ITEM, label=item.label, title=item.notice.title) for item in one.items}
        asked = _NOW if one.turn.at_once else _SOON
        lines = [self._t(asked, time=time, village=village, items=Text.join(", ", titles.values()))]
        if one.plan.player_id != person_id:
            lines.append(self._t(_NOBODY if one.plan.player_id is None else _UNREACHED))
        lines.append(self._t(_THEN))
        played = self._word(msg("Đã phát"))
        numbers = {item.label: NotePlay(one.place.code, item.notice.number, 0) for item in one.items}
        buttons = tuple(Button.to(f"{played} {label}", action) for label, action in numbers.items())
        text = Text.join("\n", lines)
        if len(one.items) == 1:
            return [Message(text, buttons, one.items[0].recording.attachment)]
        files = [Message(titles[item.label], attachment=item.recording.attachment) for item in one.items]
        return [*files, Message(text, buttons)]

    def _t(self, template: str, **values: Text | str | int) -> Text:
        return Text.of(self._word(template), **values)

    def _word(self, label: str) -> str:
        return self._outbox.translate(self._outbox.locale, label)
