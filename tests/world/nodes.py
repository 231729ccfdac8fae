"""Several processes of the little town on one database, which share the work by a broker.

SQLite stands behind the port for PostgreSQL: docs/world.md lists what that hides.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.carrier import WaitingChat
from bot.core.events import Event
from bot.core.platform import Clock
from bot.core.sessions import Key
from bot.framework.sharing import SWEEP_TICK, Sharing
from bot.framework.worker import Job
from bot.storage.platform_store import PlatformValues
from bot.storage.sql import Row
from bot.storage.store import PACKED_SESSION, ConversationStore, session_of

PARTITIONS = 4
"""Fewer queues than the bot has: with a handful of chats each has its turn."""
_READ = f"""
select i.platform, i.chat_id, i.seq, i.body, i.attempts, {PACKED_SESSION.format(table="i")} from inbox i
left join sessions d on d.platform = i.platform and d.chat_id = i.chat_id
where i.platform = ? and i.chat_id = ? and i.body is not null and i.failed is null and i.seq > coalesce(d.done_seq, 0)
order by i.seq"""
_LOST = """
select i.platform, i.chat_id, i.seq as number from inbox i
left join sessions d on d.platform = i.platform and d.chat_id = i.chat_id
where i.body is not null and i.failed is null and i.noted_at <= ? and i.seq > coalesce(d.done_seq, 0)
order by i.seq limit ?"""
_UNSENT = "select platform, chat_id, -id as number from sessions where out_seq > sent_seq order by id limit ?"
_OF_SESSION = (
    "select id, version || ' ' || done_seq || ' ' || out_seq || ' ' || sent_seq || ' ' || state as session"
    " from sessions where platform = ? and chat_id = ?"
)


class NodeStore(ConversationStore):
    """What bot.storage.server.shared_store promises, on SQLite; notes of one chat become visible in their order there
    by a lock, here because one statement follows the other."""

    async def note(self, events: Sequence[Event]) -> list[tuple[Event, int]]:
        return [(one.event, one.seq) for one in await self.record(events)]

    async def read(self, numbers: Sequence[int]) -> list[WaitingChat]:
        named: dict[Key, list[int]] = {}
        for number in numbers:
            table, column = ("inbox", "seq") if number > 0 else ("sessions", "id")
            found = await self._sql.rows(f"select platform, chat_id from {table} where {column} = ?", [abs(number)])
            for row in found:
                named.setdefault(Key(str(row["platform"]), str(row["chat_id"])), []).append(number)
        return [await self._chat(key, own) for key, own in named.items()]

    async def _chat(self, key: Key, numbers: Sequence[int]) -> WaitingChat:
        noted = await self._noted(await self._sql.rows(_READ, [*key]))
        if noted:
            return WaitingChat(noted[0].session, noted, numbers)
        rows = await self._sql.rows(_OF_SESSION, [*key])
        return WaitingChat(session_of(key, "private", rows[0] if rows else {"session": None}), noted, numbers)

    async def lost(self, noted_before: datetime, most: int, *, unsent: bool) -> list[tuple[Key, int]]:
        rows: list[Row] = await self._sql.rows(_LOST, [noted_before, most])
        if unsent:
            rows += await self._sql.rows(_UNSENT, [most])
        return [(Key(str(row["platform"]), str(row["chat_id"])), int(str(row["number"]))) for row in rows]


@dataclass(frozen=True)
class NodeSharing(Sharing):
    def store(self) -> ConversationStore:
        return NodeStore(self.db, strict=self.strict)


@asynccontextmanager
async def shared_by(db: BaseDBAsyncClient, clock: Clock) -> AsyncIterator[Sharing]:
    """Share the work as bot.framework.sharing does where a broker is set."""
    from bot.framework.rabbit import Rabbit

    store = NodeStore(db, strict=True)
    rabbit = Rabbit("amqp://broker", "world", store, PARTITIONS, PlatformValues(db, "broker"))  # type: ignore[arg-type]
    sweeping = Job("sweep", SWEEP_TICK, rabbit.sweep, rabbit.sweep_woken, by_all=True)
    async with rabbit.connected():
        yield NodeSharing(db, clock, shared=True, wakes=rabbit, strict=True, carrier=rabbit, sweeping=[sweeping])
