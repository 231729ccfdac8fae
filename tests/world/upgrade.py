"""The version before this one, as far as it left other rows behind: the words of announcements stood in each row.

Of the schema nothing differs for it: a version without the column would need its own code.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.features.outbox.row import NewRow, dump
from bot.features.outbox.rows import Rows


class OldRows(Rows):
    async def _insert_rows(self, rows: Sequence[NewRow], now: datetime) -> int:
        return sum([await self._insert_one(row, now) for row in rows])

    async def _insert_one(self, row: NewRow, now: datetime) -> bool:
        found = await self._run(
            "insert into outbox (klass, announcement, package, part, key, platform, chat_id, chat_kind, locale,"
            " message, choices, any_hour, state, reason, decision, resend_of, replacing, not_before, expires_at,"
            " token, attempts, message_id, gone, created_at, updated_at)"
            " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '', ?, ?, ?, ?, '', 0, '', ?, ?, ?)"
            " on conflict (key) do nothing returning id",
            [
                row.klass, row.announcement, row.package, row.part, row.key, row.chat.platform, row.chat.id,
                row.chat.kind, row.locale, dump(row.message), row.choices, row.any_hour, row.state, row.reason,
                row.resend_of, row.replacing, row.not_before, row.expires_at, False, now, now,
            ],
        )  # fmt: skip
        return bool(found)
