"""The job behind “hôm nay thành ảnh”: draws the first page as it is then, and sends it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta

from bot.core.context import Translate
from bot.core.messages import Attachment, Message
from bot.core.text import Text
from bot.features.calendar.vietnam import VIETNAM
from bot.features.desk import seats, today_picture
from bot.features.desk.today_picture import GRADES, PictureLine, PictureWords
from bot.features.jobs import temporary_files
from bot.features.jobs.queue import JobRefused, chat_of
from bot.features.outbox.box import Outbox
from bot.features.people import people
from bot.handlers.desk.picture import NO_DESK
from bot.handlers.kit.joints import Hook
from bot.handlers.kit.media import NO_WAY, StoreAs, reaches
from bot.handlers.kit.pages import Today
from bot.i18n import msg, short_date, short_time
from bot.office.desk.visit import HOME, Visit

from .today import lines_of

KEPT = timedelta(days=1)
"""So long the picture stays on the server: it has what is late, and names of villages."""
_TITLE = msg("Hôm nay ở {place}")
_BELOW = msg("Lúc {time} ngày {day}")
_NOTHING = msg("Không có việc gì trễ, thiếu hay đang chờ.")
_LEFT_OUT = msg("Còn {count} việc nữa, xem ở bàn làm việc.")


class TodayPictureJob:
    """Implements JobFunction. Rights are read when it is drawn, as they are when the page is opened."""

    def __init__(self, lines: Hook[Today], outbox: Outbox, store_as: StoreAs, translate: Translate) -> None:
        self._lines = lines
        self._outbox = outbox
        self._store_as = store_as
        self._translate = translate

    async def __call__(self, body: Mapping[str, str], now: datetime) -> None:
        chat, person_id, locale = chat_of(body), int(body["person"]), body["locale"]
        who = await people.who_is(person_id, now)
        commune = await seats.commune_of(who, now)
        if chat is None or commune is None:
            raise JobRefused(NO_DESK)
        visit = Visit(who, commune, locale, self._translate, now, HOME, {}, {})
        found = await lines_of(self._lines, visit)
        local = now.astimezone(VIETNAM)
        words = PictureWords(
            visit.t(_TITLE, place=commune.full_name).plain,
            visit.t(_BELOW, time=short_time(local.time(), locale), day=short_date(local.date(), locale)).plain,
            visit.word(_NOTHING),
            visit.word(_LEFT_OUT),
            {grade: visit.word(word) for grade, word in GRADES.items()},
        )
        shown = [PictureLine(one.grade, one.text.plain, one.more.plain) for one in found]
        data = await asyncio.to_thread(today_picture.draw, words, shown)
        media = await self._store_as("hom-nay.png", data)
        await temporary_files.keep(media, now + KEPT)
        text = Text.verbatim(words.title)
        alt = "\n".join([words.below, *(one.text for one in shown)]) if shown else words.nothing
        message = Message(text, attachment=Attachment("photo", media, alt[:1000], len(data)))
        if not reaches(self._outbox, chat, media, len(data)):
            message = Message(text + Text.verbatim("\n\n") + visit.t(NO_WAY))
        async with self._outbox.rows.transaction():
            await self._outbox.add(chat, [message], key=body["key"], now=now, answering=True, locale=locale)
