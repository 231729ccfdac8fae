"""Which process holds which conversation, when several share a PostgreSQL.

A lease exists only while there is work in its chat: it is taken in the statement that notes an event and given back
when the chat is at rest. All writes to the table wait for the lock under which events are noted, so none can deadlock,
and each sees the newest row whatever its snapshot says.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.events import Event
from bot.core.machine import chance, clock
from bot.core.sessions import Key, RecordedEvent

from .sql import Row, Value
from .store import NOTE_LOCK, PACKED_SESSION, ConversationStore, noted_values, session_of

LASTS = 9.0
"""Seconds, by the clock of the database, so that the clocks of the processes do not matter."""

_TURN = f"turn as materialized (select pg_advisory_xact_lock({NOTE_LOCK}))"
_EVENT = "(?::text, ?::text, ?::text, ?::text, ?::timestamptz, 0)"
_NOTE = """
with {turn}, fresh as (
  insert into inbox (platform, event_id, chat_id, body, noted_at, attempts) select v.* from turn, (values {events}) as v
  on conflict (platform, event_id) do nothing returning seq, platform, event_id, chat_id
), held as (
  insert into conversation_leases as l (platform, chat_id, holder, until, noted_seq, left_seq)
  select platform, chat_id, ?::text, {until}, max(seq), 0 from fresh group by platform, chat_id
  on conflict (platform, chat_id) do update set noted_seq = excluded.noted_seq,
    holder = case when l.until <= now() then excluded.holder else l.holder end,
    until = case when l.until <= now() or l.holder = excluded.holder then excluded.until else l.until end,
    left_seq = case when l.until <= now() or l.holder = excluded.holder then l.left_seq else excluded.noted_seq end
  returning platform, chat_id, holder, left_seq
)
select f.seq, f.platform, f.event_id, {session}, h.holder = ?::text as ours, h.left_seq, exists (
    select 1 from conversation_leases b where b.platform = f.platform and b.chat_id = f.chat_id
  ) as held_before
from fresh f join held h on h.platform = f.platform and h.chat_id = f.chat_id"""
# A platform was switched off: nobody takes these over, and what is unhandled there can be adopted when it is back.
_CLEAR = """
with {turn} delete from conversation_leases l using turn where l.until < now() - interval '1 day' returning l.chat_id"""
# What an older program or a restored dump left without a lease gets one that is over.
_ADOPT = """
with {turn}, left_over as (
  select i.platform, i.chat_id, max(i.seq) as seq from inbox i
  left join sessions s on s.platform = i.platform and s.chat_id = i.chat_id
  where i.body is not null and i.failed is null and i.seq > coalesce(s.done_seq, 0) group by i.platform, i.chat_id
  union all select platform, chat_id, done_seq from sessions where out_seq > sent_seq
)
insert into conversation_leases (platform, chat_id, holder, until, noted_seq, left_seq)
select o.platform, o.chat_id, '', now(), max(o.seq), 0 from turn, left_over o group by o.platform, o.chat_id
on conflict (platform, chat_id) do nothing returning chat_id"""


class LeasedStore(ConversationStore):
    """The store of one of several processes on one PostgreSQL."""

    def __init__(self, db: BaseDBAsyncClient, *, strict: bool = False) -> None:
        super().__init__(db, strict=strict)
        self.holder = chance.unique()
        self.holds_for = LASTS
        self._until = f"now() + interval '{self.holds_for:g} seconds'"

    async def record(self, events: Sequence[Event]) -> list[RecordedEvent]:
        statement = _NOTE.format(
            turn=_TURN,
            events=", ".join([_EVENT] * len(events)),
            until=self._until,
            session=PACKED_SESSION.format(table="f"),
        )
        values = [*noted_values(events, clock.now()), self.holder, self.holder]
        rows = await self._sql.rows(statement, values)
        by_id = {(event.chat.platform, event.id): event for event in reversed(events)}
        fresh: list[RecordedEvent] = []
        for row in rows:
            event = by_id[str(row["platform"]), str(row["event_id"])]
            session = session_of(Key(event.chat.platform, event.chat.id), event.chat.kind, row)
            ours, before = bool(row["ours"]), bool(row["held_before"])
            seq, left = int(str(row["seq"])), int(str(row["left_seq"]))
            fresh.append(RecordedEvent(seq, event, session, ours=ours, held_before=before, left_seq=left))
        return sorted(fresh, key=lambda recorded: recorded.seq)

    async def renew(self, keys: Collection[Key]) -> set[Key]:
        return _keys(
            await self._sql.rows(
                f"with {_TURN} update conversation_leases l set until = {self._until}"
                f" from turn, (values {_marks(len(keys))}) as v(platform, chat_id)"
                " where l.platform = v.platform and l.chat_id = v.chat_id and l.holder = ?"
                " returning l.platform, l.chat_id",
                [*_flat(keys), self.holder],
            )
        )

    async def give_back(self, handled: Mapping[Key, int]) -> dict[Key, int]:
        values: list[Value] = [value for key, seq in handled.items() for value in (*key, seq)]
        given = _keys(
            await self._sql.rows(
                f"with {_TURN} delete from conversation_leases l using turn,"
                f" (values {', '.join(['(?::text, ?::text, ?::bigint)'] * len(handled))}) as v(platform, chat_id, seq)"
                " where l.platform = v.platform and l.chat_id = v.chat_id and l.holder = ? and l.noted_seq <= v.seq"
                " returning l.platform, l.chat_id",
                [*values, self.holder],
            )
        )
        if not (kept := handled.keys() - given):
            return {}
        rows = await self._sql.rows(
            f"select l.platform, l.chat_id, l.noted_seq from conversation_leases l"
            f" join (values {_marks(len(kept))}) as v(platform, chat_id)"
            " on l.platform = v.platform and l.chat_id = v.chat_id where l.holder = ?",
            [*_flat(kept), self.holder],
        )
        return _with_seq(rows)

    async def let_go(self) -> None:
        await self._sql.rows(
            f"with {_TURN} update conversation_leases l set until = now() from turn where l.holder = ?"
            " returning l.chat_id",
            [self.holder],
        )

    async def take_over(self, platforms: Collection[str], *, adopt: bool = False) -> dict[Key, int]:
        if adopt:
            await self._sql.rows(_CLEAR.format(turn=_TURN))
            await self._sql.rows(_ADOPT.format(turn=_TURN))
        rows = await self._sql.rows(
            f"with {_TURN} update conversation_leases l set holder = ?, until = {self._until} from turn"
            f" where l.until <= now() and l.platform in ({', '.join('?' * len(platforms))})"
            " returning l.platform, l.chat_id, l.noted_seq",
            [self.holder, *platforms],
        )
        return _with_seq(rows)


def _marks(count: int) -> str:
    return ", ".join(["(?::text, ?::text)"] * count)


def _flat(keys: Collection[Key]) -> list[Value]:
    return [part for key in keys for part in key]


def _keys(rows: Sequence[Row]) -> set[Key]:
    return {Key(str(row["platform"]), str(row["chat_id"])) for row in rows}


def _with_seq(rows: Sequence[Row]) -> dict[Key, int]:
    return {Key(str(row["platform"]), str(row["chat_id"])): int(str(row["noted_seq"])) for row in rows}
