"""The outbox in the database: how its statements run, and how rows are written and looked at."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import TypeVar

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.connection import get_connections
from tortoise.transactions import in_transaction

from bot.core.actions import token_of
from bot.core.context import Translate
from bot.core.events import Chat, UnreadableEvent
from bot.core.messages import message_to_json
from bot.core.sessions import Key, Session, VersionConflict, session_from_json
from bot.features.jobs import lease as job_lease
from bot.storage.prepared import marks
from bot.storage.sql import Row, Sql, Value, available, moment

from . import bodies
from .choices import choices_of
from .row import FrozenRows, NewRow, dump
from .states import FOLLOWS

_Item = TypeVar("_Item")
_AT_ONCE = 400
"""Rows, or values of a list, in one statement."""
_NEW = "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '', ?, ?, ?, ?, '', 0, '', ?, ?, ?, {})"
"""One row of the outbox, with its body."""
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
        if not await self._insert_rows(rows[:1], now):
            return False
        if await self._insert_rows(rows[1:], now) < len(rows) - 1:
            return False
        await self._store(actions, now)
        return True

    async def insert_each(self, rows: Sequence[NewRow], now: datetime, actions: Sequence[str] = ()) -> None:
        """Write the rows of several packages of which `present` knew none, and the long actions that they carry.

        Raises VersionConflict when somebody has written one of them meanwhile, JobLost as `insert` does.
        """
        await job_lease.fence()
        if await self._insert_rows(rows, now) < len(rows):
            raise VersionConflict
        await self._store(actions, now)

    async def present(self, keys: Sequence[str]) -> frozenset[str]:
        """Return those of these keys that have a row."""
        found: list[Row] = []
        for some in _portions(keys):
            found += await self._run(f"select key from outbox where key in ({marks(len(some))})", some)
        return frozenset(str(row["key"]) for row in found)

    async def _store(self, actions: Sequence[str], now: datetime) -> None:
        for some in _portions(list(dict.fromkeys(actions))):
            await self._run(
                f"insert into stored_actions (token, packed, created_at) values {', '.join(['(?, ?, ?)'] * len(some))}"
                " on conflict (token) do nothing returning token",
                [value for packed in some for value in (token_of(packed), packed, now)],
            )

    async def _insert_rows(self, rows: Sequence[NewRow], now: datetime) -> int:
        """Write rows, many with one statement, but none whose key is there; return how many are new.

        The words of an announcement go where those of its other rows are.
        """
        parted = [bodies.part(message_to_json(row.message)) if row.announcement else None for row in rows]
        for some in _portions(list({one.digest: one for one in parted if one is not None}.values())):
            await self._run(*bodies.save(some))
        new = 0
        for pairs in _portions(list(zip(rows, parted, strict=True))):
            new_rows = ", ".join([_NEW.format("0" if own is None else bodies.ID) for _, own in pairs])
            found = await self._run(
                "insert into outbox (klass, announcement, package, part, key, platform, chat_id, chat_kind, locale,"
                " message, choices, any_hour, state, reason, decision, resend_of, replacing, not_before, expires_at,"
                f" token, attempts, message_id, gone, created_at, updated_at, body_id) values {new_rows}"
                " on conflict (key) do nothing returning id",
                [value for row, own in pairs for value in _values(row, own, now)],
            )
            new += len(found)
        return new

    async def sessions(self, chats: Sequence[Chat]) -> dict[Chat, Session]:
        """Return the present sessions of these chats; for reading only."""
        found = await self._of_chats("select platform, chat_id, state from sessions", chats)
        states = {Key(str(row["platform"]), str(row["chat_id"])): str(row["state"]) for row in found}
        return {chat: _session(chat, states.get(Key(chat.platform, chat.id), "")) for chat in chats}

    async def numbers_waiting(self, chats: Sequence[Chat]) -> dict[Chat, list[range]]:
        """Return the numbers of lists that are on their way there, in the order in which they were written."""
        rows = await self._of_chats(
            "select platform, chat_id, choices from outbox", chats,
            " and state in ('pending', 'held', 'leased', 'sending') and choices <> '' order by id",
        )  # fmt: skip
        lists: dict[Key, list[range]] = {}
        for row in rows:
            if (item := choices_of(str(row["choices"]))).numbered:
                lists.setdefault(Key(str(row["platform"]), str(row["chat_id"])), []).append(item.numbers)
        return {chat: list(lists.get(Key(chat.platform, chat.id), ())) for chat in chats}

    async def _of_chats(self, select: str, chats: Sequence[Chat], which: str = "") -> list[Row]:
        """Return the rows of these chats that a query finds, each chat's own in its order."""
        ids: dict[str, dict[str, None]] = {}
        for chat in chats:
            ids.setdefault(chat.platform, {})[chat.id] = None
        found: list[Row] = []
        for platform, own in ids.items():
            for some in _portions(list(own)):
                where = f"where platform = ? and chat_id in ({marks(len(some))})"
                found += await self._run(f"{select} {where}{which}", [platform, *some])
        return found

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


def _portions(items: Sequence[_Item]) -> Iterator[Sequence[_Item]]:
    """Part what goes into statements; the values of each are few enough for either database."""
    for at in range(0, len(items), _AT_ONCE):
        yield items[at : at + _AT_ONCE]


def _values(row: NewRow, parted: bodies.Parted | None, now: datetime) -> list[Value]:
    return [
        row.klass, row.announcement, row.package, row.part, row.key, row.chat.platform, row.chat.id, row.chat.kind,
        row.locale, dump(row.message) if parted is None else parted.own, row.choices, row.any_hour, row.state,
        row.reason, row.resend_of, row.replacing, row.not_before, row.expires_at, False, now, now,
        *([] if parted is None else [parted.digest]),
    ]  # fmt: skip


def _session(chat: Chat, state: str) -> Session:
    """Return the session of these bytes; a new one where there are none, or none that can be read."""
    key = Key(chat.platform, chat.id)
    try:
        session = session_from_json(key, 0, 0, 0, 0, state)
    except UnreadableEvent:
        return Session(key, chat.kind)
    session.kind = chat.kind
    return session
