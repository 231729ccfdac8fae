"""The outbox in the database: how its statements run, and how rows are written and looked at."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.connection import get_connections
from tortoise.transactions import in_transaction

from bot.core.actions import token_of
from bot.core.context import Translate
from bot.core.events import Chat
from bot.core.sessions import Key, Session, session_from_json
from bot.features import job_lease
from bot.storage.sql import Row, Sql, Value, available, moment

from .choices import choices_of
from .row import New, Standing, dump
from .states import FOLLOWS

_FROZEN = "resend_of = 0 and not exists (select 1 from detours d where d.package = outbox.package)"


class Table:
    """Methods join the transaction of their task and may raise StoreUnavailable."""

    def __init__(self, db: BaseDBAsyncClient, translate: Translate) -> None:
        self._sql = Sql(db)
        self._translate = translate

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        with available():
            async with in_transaction("default"):
                yield

    async def insert(self, rows: Sequence[New], now: datetime, actions: Sequence[str] = ()) -> bool:
        """Write the rows and the long actions that they carry; False when the first key is there already.

        Raises JobLost in the work of a job that another process has by now.
        """
        await job_lease.fence()
        for row in rows:
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
            if not found:
                return False
        for packed in actions:
            await self._run(
                "insert into stored_actions (token, packed, created_at) values (?, ?, ?)"
                " on conflict (token) do nothing returning token",
                [token_of(packed), packed, now],
            )
        return True

    async def session(self, chat: Chat) -> Session:
        """What the chat's session is now; for reading only."""
        key = Key(chat.platform, chat.id)
        rows = await self._run("select state from sessions where platform = ? and chat_id = ?", [*key])
        if not rows:
            return Session(key, chat.kind)
        session = session_from_json(key, 0, 0, 0, 0, str(rows[0]["state"]))
        session.kind = chat.kind
        return session

    async def numbers_waiting(self, chat: Chat) -> list[range]:
        """The numbers of lists that are on their way there, in the order in which they were written."""
        rows = await self._run(
            "select choices from outbox where platform = ? and chat_id = ?"
            " and state in ('pending', 'held', 'leased', 'sending') and choices <> '' order by id",
            [chat.platform, chat.id],
        )
        lists = [choices_of(str(row["choices"])) for row in rows]
        return [item.numbers for item in lists if item.numbered]

    async def counts(self, announcement: int) -> dict[str, int]:
        """State → rows of the frozen audience; repeats and detours are not counted a second time."""
        rows = await self._run(
            f"select state, count(*) as n from outbox where announcement = ? and {_FROZEN} group by state",
            [announcement],
        )
        return {str(row["state"]): int(str(row["n"])) for row in rows}

    async def standing(self, announcement: int) -> list[Standing]:
        """The frozen rows by state and reason; together they are the frozen count."""
        rows = await self._run(
            "select state, reason, count(*) as n, min(not_before) as t from outbox"
            f" where announcement = ? and {_FROZEN} group by state, reason order by state, reason",
            [announcement],
        )
        return [
            Standing(state, str(row["reason"]), int(str(row["n"])), moment(row["t"]))
            for row in rows
            for state in FOLLOWS
            if state == row["state"]
        ]

    async def waiting(self, platform: str) -> int:
        """Routine rows that are still to leave there."""
        rows = await self._run(
            "select count(*) as n from outbox where platform = ? and klass = 'routine'"
            " and state in ('pending', 'held', 'leased')",
            [platform],
        )
        return int(str(rows[0]["n"]))

    async def planned(self, platform: str, until: datetime) -> int:
        """Rows of every class that may leave there before this moment."""
        rows = await self._run(
            "select count(*) as n from outbox where platform = ? and not_before < ?"
            " and state in ('pending', 'held', 'leased')",
            [platform, until],
        )
        return int(str(rows[0]["n"]))

    async def is_whole(self, package: str) -> bool:
        """Whether each part of it has a row that was sent."""
        missing = await self._run(
            "select 1 as found from outbox o where o.package = ? and o.state <> 'sent' and not exists"
            " (select 1 from outbox s where s.package = o.package and s.part = o.part and s.state = 'sent') limit 1",
            [package],
        )
        return not missing

    async def has_others(self, announcement: int, package: str) -> bool:
        """Whether the announcement has another package already."""
        return bool(
            await self._run(
                "select 1 as found from outbox where announcement = ? and package <> ? limit 1", [announcement, package]
            )
        )

    async def _run(self, text: str, values: Sequence[Value]) -> list[Row]:
        return await self._sql.rows(text, values, get_connections().get("default"))
