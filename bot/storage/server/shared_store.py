"""The engine's store on a PostgreSQL that several processes share: each notes, saves and reads for many chats at once.

Notes of one chat wait for each other, so that its numbers become visible in their order: a later one that is handled
first would hide an earlier one behind `done_seq`. Notes of different chats wait for nobody.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from hashlib import blake2b

from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.batches import Batches
from bot.core.carrier import WaitingChat
from bot.core.events import Event
from bot.core.machine import clock
from bot.core.sessions import Key, RecordedEvent, Session, VersionConflict
from bot.storage.sql import Row, Value, current
from bot.storage.store import (
    HANDLED,
    PACKED_SESSION,
    UNREADABLE,
    ConversationStore,
    noted_values,
    numbered,
    recorded_of,
    session_of,
    session_to_json,
    to_json,
)

_EVENT = "(?::text, ?::text, ?::text, ?::text, ?::timestamptz, 0)"
# In the order of the locks, so that two statements with the same chats do not wait for each other in a circle.
_NOTE = """
with turn as materialized (
  select count(pg_advisory_xact_lock(l.key)) from (
    select k::bigint as key from unnest(string_to_array(?, ' ')) k order by 1
  ) l
)
insert into inbox (platform, event_id, chat_id, body, noted_at, attempts) select v.* from turn, (values {events}) as v
on conflict (platform, event_id) do nothing returning seq, platform, event_id{session}"""
_SESSION = "(?::text, ?::text, ?::bigint, ?::bigint, ?::bigint, ?::bigint, ?::text, ?::timestamptz)"
_SAVE = """
with v(platform, chat_id, version, done_seq, out_seq, sent_seq, state, at) as (values {sessions}), old as (
  update sessions s set version = s.version + 1, done_seq = v.done_seq, out_seq = v.out_seq,
    sent_seq = greatest(s.sent_seq, v.sent_seq), state = v.state, updated_at = v.at
  from v where s.platform = v.platform and s.chat_id = v.chat_id and s.version = v.version and v.version > 0
  returning s.platform, s.chat_id
), new as (
  insert into sessions (platform, chat_id, version, done_seq, out_seq, sent_seq, state, updated_at)
  select platform, chat_id, 1, done_seq, out_seq, sent_seq, state, at from v where version = 0 and not {handled}
  on conflict (platform, chat_id) do nothing returning platform, chat_id
) select platform, chat_id from old union all select platform, chat_id from new"""
_READ = """
with asked(number) as ({numbers}), named as (
  select platform, chat_id, string_agg(number::text, ' ') as numbers from (
    select i.platform, i.chat_id, a.number from asked a join inbox i on i.seq = a.number
    union all
    select s.platform, s.chat_id, a.number from asked a join sessions s on s.id = -a.number
  ) all_named group by platform, chat_id
)
select n.platform, n.chat_id, n.numbers, i.seq, i.body, i.attempts,
  d.version || ' ' || d.done_seq || ' ' || d.out_seq || ' ' || d.sent_seq || ' ' || d.state as session
from named n left join sessions d on d.platform = n.platform and d.chat_id = n.chat_id
left join inbox i on i.platform = n.platform and i.chat_id = n.chat_id and i.body is not null and i.failed is null
  and i.seq > coalesce(d.done_seq, 0)
order by i.seq"""
# How many numbers an array has PostgreSQL learns only when it comes: `= any(…)` is planned anew each time, and `unnest`
# counts as ten. By either, reading one chat takes three times as long as by values that stand one by one.
_MANY = "select unnest(string_to_array(?, ' '))::bigint"
_FEW_MOST = 20
# Sessions are named by the negative of their row's number.
_LOST = """
select i.platform, i.chat_id, i.seq as number from inbox i
left join sessions d on d.platform = i.platform and d.chat_id = i.chat_id
where i.body is not null and i.failed is null and i.noted_at <= ? and i.seq > coalesce(d.done_seq, 0)
order by i.seq limit ?"""
# One round trip and no transaction of its own; arrays keep the statement the same for any number of marks.
_MARK = """
with v as (select * from json_to_recordset(?::text::json) as v(platform text, chat_id text, seq bigint)), sent as (
  update sessions s set sent_seq = greatest(s.sent_seq, v.seq)
  from v where s.platform = v.platform and s.chat_id = v.chat_id and s.out_seq >= v.seq
)
update inbox set body = null where seq = any(string_to_array(?, ' ')::bigint[]) and coalesce(failed, '') <> ?"""
_UNSENT = "select platform, chat_id, -id as number from sessions where out_seq > sent_seq order by id limit ?"


class SharedStore(ConversationStore):
    """The store of each process on one PostgreSQL."""

    def __init__(self, db: BaseDBAsyncClient, *, strict: bool = False) -> None:
        super().__init__(db, strict=strict)
        self._saves: Batches[Session, bool] = Batches(self._save_all)

    async def record(self, events: Sequence[Event]) -> list[RecordedEvent]:
        return recorded_of(await self._note(events, ", " + PACKED_SESSION.format(table="inbox")), events)

    async def note(self, events: Sequence[Event]) -> list[tuple[Event, int]]:
        """Write events as `record` does, and leave their sessions to who handles them."""
        return [(event, seq) for seq, event, _ in numbered(await self._note(events, ""), events)]

    async def _note(self, events: Sequence[Event], session: str) -> list[Row]:
        keys = {Key(event.chat.platform, event.chat.id) for event in events}
        values: list[Value] = [" ".join(str(_lock_of(key)) for key in keys), *noted_values(events, clock.now())]
        statement = _NOTE.format(events=", ".join([_EVENT] * len(events)), session=session)
        return await self._sql.rows(statement, values)

    async def read(self, numbers: Sequence[int]) -> list[WaitingChat]:
        """Return the chats that these numbers of events, or negative ones of sessions, lead to, as they are now."""
        by_key: dict[Key, list[Row]] = {}
        for row in await self._sql.rows(*_reading(numbers)):
            by_key.setdefault(Key(str(row["platform"]), str(row["chat_id"])), []).append(row)
        chats: list[WaitingChat] = []
        for key, rows in by_key.items():
            noted = await self._noted([row for row in rows if row["seq"] is not None])
            session = noted[0].session if noted else session_of(key, "private", rows[0])
            named = [int(number) for number in str(rows[0]["numbers"]).split()]
            chats.append(WaitingChat(session, noted, named))
        return chats

    async def lost(self, noted_before: datetime, most: int, *, unsent: bool) -> list[tuple[Key, int]]:
        """Return numbers, with their chats, of what is not handled; with `unsent` also of sessions with replies."""
        rows = await self._sql.rows(_LOST, [noted_before, most])
        if unsent:
            rows += await self._sql.rows(_UNSENT, [most])
        return [(Key(str(row["platform"]), str(row["chat_id"])), int(str(row["number"]))) for row in rows]

    async def _save(self, session: Session) -> None:
        if current() is not self._sql.db:
            await super()._save(session)
            return
        if not await self._saves.add(session):
            raise VersionConflict
        session.version += 1

    async def _save_all(self, sessions: Sequence[Session]) -> Sequence[bool]:
        """Save the sessions of many chats in one statement and one commit; tell which ones were as they had been."""
        now = clock.now()
        values: list[Value] = []
        first = {one.key: one for one in reversed(sessions)}
        for one in (first[key] for key in sorted(first)):
            values += [*one.key, one.version, one.done_seq, one.out_seq, one.sent_seq, session_to_json(one), now]
        rows = await self._sql.rows(
            _SAVE.format(sessions=", ".join([_SESSION] * len(first)), handled=HANDLED.format(seq="v.done_seq")), values
        )
        saved = {Key(str(row["platform"]), str(row["chat_id"])) for row in rows}
        return [one.key in saved and first[one.key] is one for one in sessions]

    async def mark(self, sent: Sequence[tuple[Key, int]], done: Sequence[int]) -> None:
        if sent or done:
            # In the order of the saves, for two statements that take rows in different orders may stop each other.
            rows = [{"platform": key.platform, "chat_id": key.chat_id, "seq": seq} for key, seq in sorted(sent)]
            numbers = " ".join(str(seq) for seq in done)
            await self._sql.rows(_MARK, [to_json(rows), numbers, UNREADABLE])


def _reading(numbers: Sequence[int]) -> tuple[str, list[Value]]:
    if not 0 < len(numbers) <= _FEW_MOST:
        return _READ.format(numbers=_MANY), [" ".join(map(str, numbers))]
    return _READ.format(numbers="values " + ", ".join(["(?::bigint)"] * len(numbers))), [*numbers]


def _lock_of(key: Key) -> int:
    return int.from_bytes(blake2b("\0".join(key).encode(), digest_size=8).digest(), signed=True)
