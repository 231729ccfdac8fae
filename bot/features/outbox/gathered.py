"""Notices that wait for the day's digest of their chat: rows as they were said, not fitted yet (part 0)."""

from __future__ import annotations

from datetime import datetime

from bot.core.events import Chat

from .row import COLUMNS, Leased, leased
from .states import DIGEST, JOINED, RESTORED, check
from .upkeep import Upkeep


class Gathered(Upkeep):
    async def digests_due(self, now: datetime) -> list[tuple[Chat, str]]:
        """Chats, each with a language, whose hour has come."""
        rows = await self._run(
            "select distinct platform, chat_id, chat_kind, locale from outbox"
            " where state = 'held' and reason = ? and not_before <= ? order by platform, chat_id, locale",
            [DIGEST, now],
        )
        return [
            (
                Chat(str(row["platform"]), str(row["chat_id"]), "group" if row["chat_kind"] == "group" else "private"),
                str(row["locale"]),
            )
            for row in rows
        ]

    async def take_gathered(self, chat: Chat, locale: str, now: datetime) -> list[Leased]:
        """What waits there, in order; inside the transaction that puts it into one message."""
        check(["held"], "cancelled")
        rows = await self._run(
            "update outbox set state = 'cancelled', reason = ?, updated_at = ? where state = 'held' and reason = ?"
            f" and platform = ? and chat_id = ? and locale = ? and not_before <= ? returning {COLUMNS}",
            [JOINED, now, DIGEST, chat.platform, chat.id, locale, now],
        )
        return sorted((leased(row) for row in rows), key=lambda row: row.id)

    async def gather_again(self, announcement: int, now: datetime) -> None:
        """After a restore a person lets the notices go: those that were gathered are gathered once more."""
        check(["held"], "held")
        await self._run(
            "update outbox set reason = ?, updated_at = ?"
            " where announcement = ? and state = 'held' and reason = ? and part = 0 returning id",
            [DIGEST, now, announcement, RESTORED],
        )
