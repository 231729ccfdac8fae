"""The rest of each messenger's monthly quota, by the messenger's own count and the rows that wait."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

from msgspec import Struct

from bot.core.events import Chat, ChatKind
from bot.core.platform import Usage

from . import quota
from .quota import Need
from .rows import Rows


class Months(Struct, frozen=True):
    """`usage` asks a platform what it has used of its month."""

    rows: Rows
    usage: Mapping[str, Callable[[], Awaitable[Usage | None]]]

    async def counts(self, chat: Chat) -> bool:
        """Tell whether messages to this chat count against the monthly quota."""
        usage = await self._used(chat.platform)
        return usage is not None and usage.sent_limit is not None and chat.kind in usage.kinds

    async def need(self, platform: str, calls: Mapping[ChatKind, int], unreachable: int, now: datetime) -> Need:
        """Return what `calls` (by kind of chat) would use of the platform's month, with the rows that wait."""
        usage, in_all = await self._used(platform), sum(calls.values())
        for_bulk = None if usage is None else quota.left_for_bulk(usage)
        if usage is None or usage.sent_limit is None or for_bulk is None or not usage.kinds & calls.keys():
            return Need(platform, in_all, unreachable)
        waiting = await self.rows.waiting(platform)
        planned = await self.rows.planned(platform, quota.next_month(now))
        return Need(
            platform, in_all, unreachable, waiting,
            left=max(0, usage.sent_limit - usage.sent),
            for_bulk=max(0, for_bulk - waiting),
            counted=sum(count for kind, count in calls.items() if kind in usage.kinds),
            limit=usage.sent_limit,
            reserve=quota.reserve(usage.sent_limit),
            expected=quota.expected(usage.sent, planned, now, usage.since),
        )  # fmt: skip

    async def _used(self, platform: str) -> Usage | None:
        return await self.usage[platform]() if platform in self.usage else None
