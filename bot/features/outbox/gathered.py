"""Notices that wait for one message of their chat: rows as they were said, not fitted yet (part 0).

They wait for the day's digest, or for the minute of news of one kind, whose packages begin alike.
"""

from __future__ import annotations

from datetime import datetime

from bot.core.events import Chat
from bot.storage.sql import Row, moment

from .row import COLUMNS, Leased, leased
from .states import DIGEST, JOINED, RESTORED, TOGETHER, check
from .upkeep import Upkeep


class Gathered(Upkeep):
    async def digests_due(self, now: datetime) -> list[tuple[Chat, str]]:
        """Return the chats, each with a language, whose hour for the digest has come."""
        rows = await self._run(
            "select distinct platform, chat_id, chat_kind, locale from outbox"
            " where state = 'held' and reason = ? and not_before <= ? order by platform, chat_id, locale",
            [DIGEST, now],
        )
        return [(_chat(row), str(row["locale"])) for row in rows]

    async def take_gathered(self, chat: Chat, locale: str, now: datetime) -> list[Leased]:
        """Take the rows that wait for the chat's digest, in order; call it in the transaction that joins them."""
        check(["held"], "cancelled")
        rows = await self._run(
            "update outbox set state = 'cancelled', reason = ?, updated_at = ? where state = 'held' and reason = ?"
            f" and platform = ? and chat_id = ? and locale = ? and not_before <= ? returning {COLUMNS}",
            [JOINED, now, DIGEST, chat.platform, chat.id, locale, now],
        )
        return sorted((leased(row) for row in rows), key=lambda row: row.id)

    async def begun(self, chat: Chat, packages: str, since: datetime) -> datetime | None:
        """Return when the last package with this prefix was written, of those since then or still to come."""
        rows = await self._run(
            "select max(created_at) as t from outbox where platform = ? and chat_id = ? and package like ? and part > 0"
            " and (created_at > ? or state in ('pending', 'held', 'leased', 'sending'))",
            [chat.platform, chat.id, f"{packages}%", since],
        )
        return None if rows[0]["t"] is None else moment(rows[0]["t"])

    async def together(self, now: datetime) -> list[tuple[Chat, str, str]]:
        """Return (chat, package, language) of news whose minute is over, oldest first."""
        rows = await self._run(
            "select platform, chat_id, chat_kind, package, locale from outbox"
            " where announcement = 0 and state = 'held' and reason = ? and not_before <= ? order by id",
            [TOGETHER, now],
        )
        return [(_chat(row), str(row["package"]), str(row["locale"])) for row in rows]

    async def take_together(self, chat: Chat, packages: str, now: datetime) -> list[Leased]:
        """Take the rows of these packages that wait there, in order; call it in the transaction that joins them."""
        check(["held"], "cancelled")
        rows = await self._run(
            "update outbox set state = 'cancelled', reason = ?, updated_at = ? where state = 'held' and reason = ?"
            f" and platform = ? and chat_id = ? and package like ? returning {COLUMNS}",
            [JOINED, now, TOGETHER, chat.platform, chat.id, f"{packages}%"],
        )
        return sorted((leased(row) for row in rows), key=lambda row: row.id)

    async def gather_again(self, announcement: int, now: datetime) -> None:
        """Gather the notices once more that were gathered before a restore, when a person lets them go."""
        check(["held"], "held")
        await self._run(
            "update outbox set reason = ?, updated_at = ?"
            " where announcement = ? and state = 'held' and reason = ? and part = 0 returning id",
            [DIGEST, now, announcement, RESTORED],
        )


def _chat(row: Row) -> Chat:
    return Chat(str(row["platform"]), str(row["chat_id"]), "group" if row["chat_kind"] == "group" else "private")
