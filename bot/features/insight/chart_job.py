"""The job behind “Vẽ biểu đồ”: draws how far people came in a guide and sends it to the officer who asked."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta

from tortoise.transactions import in_transaction

from bot.core.messages import Attachment
from bot.core.text import Text
from bot.features.guides.library import Library
from bot.features.guides.markdown import plain
from bot.features.guides.model import Guide
from bot.features.jobs import temporary_files
from bot.features.jobs.queue import JobRefused, chat_of
from bot.features.notices.mail import Mail
from bot.i18n import msg, short_date

from .chart import Bar, ChartWords, draw
from .hiding import FEWEST, shown
from .tallies import Tallies, Use, first_day, last_day

JOB = "guide-use"
KEPT = timedelta(days=7)
"""So long the picture stays on the server."""
StoreAs = Callable[[str, bytes], Awaitable[str]]


class ChartJob:
    """Implements JobFunction. The body: `guide`, `commune` (a code), `weeks` (separated by spaces), `event`."""

    def __init__(self, library: Library, tallies: Tallies, mail: Mail, store_as: StoreAs) -> None:
        self._library = library
        self._tallies = tallies
        self._mail = mail
        self._store_as = store_as

    async def __call__(self, body: Mapping[str, str], now: datetime) -> None:
        """Make the chart. Raises JobRefused when the guide is gone or there is no chat that waits."""
        chat, guide = chat_of(body), self._library.get(body["guide"])
        if chat is None or guide is None:
            raise JobRefused(msg("Bài hướng dẫn này nay không còn nữa."))
        weeks = body["weeks"].split()
        used = await self._tallies.of_commune(body["commune"], weeks, {guide.slug: guide.start})
        words = self._words(guide, weeks)
        data = await asyncio.to_thread(draw, words, bars(guide, used.get(guide.slug, Use())))
        media = await self._store_as(f"{guide.slug}.png", data)
        alt = self._t(msg("Biểu đồ số lượt xem tới từng bước; các số có trong tin “thống kê”.")).plain
        await temporary_files.keep(media, now + KEPT)
        async with in_transaction("default"):
            await self._mail.send_file(
                chat,
                Text.verbatim(f"{words.title}\n{words.subtitle}"),
                Attachment("photo", media, alt, len(data)),
                key=f"use:{body['event']}",
                now=now,
            )

    def _words(self, guide: Guide, weeks: list[str]) -> ChartWords:
        locale = self._mail.locale
        span = self._t(
            msg("Số lượt tới từng bước, từ {first} đến {last}"),
            first=short_date(first_day(weeks[0]), locale),
            last=short_date(last_day(weeks[-1]), locale),
        )
        foot = self._t(
            msg("“ẩn”: dưới {fewest} lượt. Người xem rẽ nhánh khác nhau nên số không giảm đều."), fewest=FEWEST
        )
        return ChartWords(guide.title, span.plain, self._mail.word(msg("ẩn")), foot.plain)

    def _t(self, template: str, **values: str | int) -> Text:
        return self._mail.t(template, **values)


def bars(guide: Guide, use: Use) -> list[Bar]:
    """Return bars of the steps that anybody reached, in the order of the file."""
    reached = [step.filled() for step in guide.steps.values() if use.reached[step.id]]
    return [Bar(plain(step.title), shown(use.reached[step.id])) for step in reached]
