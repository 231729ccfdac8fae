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
from bot.core.events import Chat, UnreadableEvent
from bot.core.messages import message_to_json
from bot.core.sessions import Key, Session, session_from_json
from bot.features.jobs import lease as job_lease
from bot.storage.sql import Row, Sql, Value, available, moment

from . import bodies
from .choices import choices_of
from .row import FrozenRows, NewRow, dump
from .states import FOLLOWS

_FROZEN = "resend_of = 0 and not exists (select 1 from detours d where d.package = outbox.package)"


class OutboxRows:
    """Methods join the transaction of their task and may raise StoreUnavailable."""

    def __init__(self, db: BaseDBAsyncClient, translate: Translate) -> None:
        self._sql = Sql(db)
        self._translate = translate

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        with available():
            async with in_transaction("default"):
                yield

    async def insert(self, rows: Sequence[NewRow], now: datetime, actions: Sequence[str] = ()) -> bool:
        """Write the rows and the long actions that they carry; False when the first key is there already.

        Raises JobLost in the work of a job that another process has by now.
        """
        await job_lease.fence()
        for row in rows:
            if not await self._insert_one(row, now):
                return False
        for packed in actions:
            await self._run(
                "insert into stored_actions (token, packed, created_at) values (?, ?, ?)"
                " on conflict (token) do nothing returning token",
                [token_of(packed), packed, now],
            )
        return True

    async def _insert_one(self, row: NewRow, now: datetime) -> bool:
        """Write one row; the words of an announcement go where those of its other rows are."""
        parted = bodies.part(message_to_json(row.message)) if row.announcement else None
        if parted is not None:
            await self._run(f"{bodies.SAVE} returning id", [parted.digest, parted.words])
        found = await self._run(
            "insert into outbox (klass, announcement, package, part, key, platform, chat_id, chat_kind, locale,"
            " message, choices, any_hour, state, reason, decision, resend_of, replacing, not_before, expires_at,"
            " token, attempts, message_id, gone, created_at, updated_at, body_id)"
            " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '', ?, ?, ?, ?, '', 0, '', ?, ?, ?,"
            f" {'0' if parted is None else bodies.ID}) on conflict (key) do nothing returning id",
            [
                row.klass, row.announcement, row.package, row.part, row.key, row.chat.platform, row.chat.id,
                row.chat.kind, row.locale, dump(row.message) if parted is None else parted.own, row.choices,
                row.any_hour, row.state, row.reason, row.resend_of, row.replacing, row.not_before, row.expires_at,
                False, now, now, *([] if parted is None else [parted.digest]),
            ],
        )  # fmt: skip
        return bool(found)

    async def session(self, chat: Chat) -> Session:
        """Return the chat's present session; for reading only."""
        key = Key(chat.platform, chat.id)
        rows = await self._run("select state from sessions where platform = ? and chat_id = ?", [*key])
        if not rows:
            return Session(key, chat.kind)
        try:
            session = session_from_json(key, 0, 0, 0, 0, str(rows[0]["state"]))
        except UnreadableEvent:
            return Session(key, chat.kind)
        session.kind = chat.kind
        return session

    async def numbers_waiting(self, chat: Chat) -> list[range]:
        """Return the numbers of lists that are on their way there, in the order in which they were written."""
        rows = await self._run(
            "select choices from outbox where platform = ? and chat_id = ?"
            " and state in ('pending', 'held', 'leased', 'sending') and choices <> '' order by id",
            [chat.platform, chat.id],
        )
        lists = [choices_of(str(row["choices"])) for row in rows]
        return [item.numbers for item in lists if item.numbered]

    async def counts(self, announcement: int) -> dict[str, int]:
        """Count the frozen audience's rows by state; repeats and detours are not counted a second time."""
        rows = await self._run(
            f"select state, count(*) as n from outbox where announcement = ? and {_FROZEN} group by state",
            [announcement],
        )
        return {str(row["state"]): int(str(row["n"])) for row in rows}

    async def standing(self, announcement: int) -> list[FrozenRows]:
        """Return the frozen rows by state and reason; together they are the frozen count."""
        rows = await self._run(
            "select state, reason, count(*) as n, min(not_before) as t from outbox"
            f" where announcement = ? and {_FROZEN} group by state, reason order by state, reason",
            [announcement],
        )
        return [
            FrozenRows(state, str(row["reason"]), int(str(row["n"])), moment(row["t"]))
            for row in rows
            for state in FOLLOWS
            if state == row["state"]
        ]

    async def waiting(self, platform: str) -> int:
        """Count the routine rows that are still to leave there."""
        rows = await self._run(
            "select count(*) as n from outbox where platform = ? and klass = 'routine'"
            " and state in ('pending', 'held', 'leased')",
            [platform],
        )
        return int(str(rows[0]["n"]))

    async def planned(self, platform: str, until: datetime) -> int:
        """Count the rows of every class that may leave there before this moment."""
        rows = await self._run(
            "select count(*) as n from outbox where platform = ? and not_before < ?"
            " and state in ('pending', 'held', 'leased')",
            [platform, until],
        )
        return int(str(rows[0]["n"]))

    async def is_whole(self, package: str) -> bool:
        """Tell whether each part of it has a row that was sent."""
        missing = await self._run(
            "select 1 as found from outbox o where o.package = ? and o.state <> 'sent' and not exists"
            " (select 1 from outbox s where s.package = o.package and s.part = o.part and s.state = 'sent') limit 1",
            [package],
        )
        return not missing

    async def has_others(self, announcement: int, package: str) -> bool:
        """Tell whether the announcement has another package already."""
        return bool(
            await self._run(
                "select 1 as found from outbox where announcement = ? and package <> ? limit 1", [announcement, package]
            )
        )

    async def _run(self, text: str, values: Sequence[Value]) -> list[Row]:
        return await self._sql.rows(text, values, get_connections().get("default"))
