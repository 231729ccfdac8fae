"""A messenger that takes nothing for now, in words: the same wherever an official needs to know it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from bot.core.context import ReaderNow
from bot.core.text import Text
from bot.features.calendar.vietnam import VIETNAM
from bot.features.groups.naming import called
from bot.features.outbox import pauses
from bot.features.outbox.pauses import PausedMessenger
from bot.i18n import short_date, short_time

_SHORT = timedelta(minutes=1)
"""A wait that a messenger asks for is no news before it lasts so long."""


async def pause_lines(ctx: ReaderNow, platforms: Collection[str]) -> list[Text]:
    """Return a line for each of these messengers that takes nothing for now."""
    if not platforms:
        return []
    standing = await pauses.standing(ctx.now)
    return [paused_line(ctx, one) for one in standing if one.platform in platforms and stands(ctx, one)]


def stands(ctx: ReaderNow, pause: PausedMessenger | None) -> bool:
    """Whether it is worth telling."""
    return pause is not None and (pause.lifts or pause.until - ctx.now >= _SHORT)


def paused_line(ctx: ReaderNow, pause: PausedMessenger) -> Text:
    """Name the messenger, since when it takes nothing, and when it is tried again."""
    name = called(pause.platform)
    at = _time(ctx, pause.until)
    if pause.since is None:
        return ctx.t("⚠ {name}: phải chờ đến {at} mới được gửi tiếp. Tin đang chờ không mất.", name=name, at=at)
    since = _time(ctx, pause.since)
    if pause.until <= ctx.now:
        return ctx.t(
            "⚠ {name}: từ {since} tạm không nhận tin của tôi. Có tin là tôi thử lại ngay.", name=name, since=since
        )
    return ctx.t(
        "⚠ {name}: từ {since} tạm không nhận tin của tôi. Tôi thử lại lúc {at}, tin khẩn đi trước; tin đang chờ không "
        "mất.",
        name=name, since=since, at=at,
    )  # fmt: skip


def _time(ctx: ReaderNow, moment: datetime) -> str:
    """Put a time in words, with the day if it is not today."""
    here, today = moment.astimezone(VIETNAM), ctx.now.astimezone(VIETNAM).date()
    time_text = short_time(here.time(), ctx.locale)
    return time_text if here.date() == today else f"{time_text} {short_date(here.date(), ctx.locale)}"
