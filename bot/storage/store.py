"""The engine's store: two round trips on the hot path, the same statements on SQLite and PostgreSQL."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractContextManager, asynccontextmanager
from datetime import datetime
from types import TracebackType

import msgspec
from msgspec.json import Encoder
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from bot.core.actions import token_of
from bot.core.events import Event, UnreadableEvent, event_from_json, event_to_json
from bot.core.machine import clock
from bot.core.sessions import (
    Key,
    RecordedEvent,
    Session,
    StoreTooSlow,
    VersionConflict,
    chosen_in,
    session_from_json,
    session_state,
)

from .event_reads import current_reads, in_changes, remembered
from .group_commit import NotFound
from .probes import ProbeStore
from .sql import Row, Sql, Value, available, current, moment
from .sqlite import SharingClient
from .unit_of_work import UnitOfWork

PACKED_SESSION = (
    "(select version || ' ' || done_seq || ' ' || out_seq || ' ' || sent_seq || ' ' || state"
    " from sessions s where s.platform = {table}.platform and s.chat_id = {table}.chat_id) as session"
)
_RETURNING = f" on conflict (platform, event_id) do nothing returning seq, platform, event_id, {PACKED_SESSION}".format(
    table="inbox"
)
# A session that moved away took its number along: that its event was handled there, before, only the inbox tells.
HANDLED = "exists (select 1 from inbox i where i.seq = {seq} and (i.body is null or i.failed is not null))"
_INSERT_SESSION = (
    "insert into sessions (platform, chat_id, version, done_seq, out_seq, sent_seq, state, updated_at)"
    f" select ?, ?, 1, ?, ?, ?, ?, ? where not {HANDLED.format(seq='?')}"
    " on conflict (platform, chat_id) do nothing returning version"
)
_UPDATE_SESSION = (
    "update sessions set version = version + 1, done_seq = ?, out_seq = ?, sent_seq = {greatest}(sent_seq, ?),"
    " state = ?, updated_at = ? where platform = ? and chat_id = ? and version = ? returning version"
)
_CLAIM_SESSION = "update sessions set version = version + 1 where platform = ? and chat_id = ? and version = ?"


UNREADABLE = "cannot be read"
"""What is set aside unhandled: its words stay for whoever looks into it."""
_MARKED_AT_ONCE = 1000
"""Rows of one statement: SQLite takes 32,766 values."""
_UNHANDLED = (
    f"select i.seq, i.body, i.attempts, {PACKED_SESSION.format(table='i')} from inbox i"
    " left join sessions d on d.platform = i.platform and d.chat_id = i.chat_id"
    " where i.body is not null and i.failed is null and i.seq > coalesce(d.done_seq, 0)"
)


_logger = logging.getLogger(__name__)


def _plain(value: object) -> str:
    """Return a word of a class of its own, as that of a refusal, as the characters that it is."""
    if isinstance(value, str):
        return str.__str__(value)
    raise TypeError(f"{type(value).__name__} is nothing that JSON has")


_JSON = Encoder(enc_hook=_plain)


def to_json(value: object) -> str:
    """Return the JSON that Python's own encoder writes, in a sixth of its time: each event is written twice."""
    return _JSON.encode(value).decode()


def _from_json(text: str) -> object:
    """Return what Python's own decoder does, in a fifth of its time, and raise its errors."""
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return json.loads(text)


def session_to_json(session: Session) -> str:
    """Return the state column, as `bot.core.sessions.session_to_json` does."""
    return to_json(session_state(session))


class _Reading:
    """The reads of one event. Whatever its handler asks by itself, a database that is away makes the event wait."""

    __slots__ = ("_available", "_reads", "_remembered")

    def __init__(self, *, strict: bool) -> None:
        self._remembered = remembered(strict=strict)
        self._available = available(around_work=True)

    def __enter__(self) -> None:
        self._reads = self._remembered.__enter__()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._remembered.__exit__(kind, error, trace)
        if error is None:
            return
        if isinstance(error, TimeoutError) and self._reads.stopped:
            raise StoreTooSlow("the database gave no answer while the event had time") from error
        self._available.__exit__(kind, error, trace)


class ConversationStore(ProbeStore):
    """Implements bot.core.sessions.Store for the only process of a database; others have a SharedStore."""

    def __init__(self, db: BaseDBAsyncClient, *, strict: bool = False) -> None:
        """`strict`: a handler that writes outside of its changes fails."""
        self._strict = strict
        self._sql = Sql(db)
        self._update_session = _UPDATE_SESSION.format(greatest=self._sql.greatest)

    def reading(self) -> AbstractContextManager[None]:
        return _Reading(strict=self._strict)

    async def record(self, events: Sequence[Event]) -> list[RecordedEvent]:
        values = noted_values(events, clock.now())
        return recorded_of(await self._sql.rows(self._note_statement(len(events)), values), events)

    def _note_statement(self, count: int) -> str:
        columns = "(platform, event_id, chat_id, body, noted_at, attempts)"
        return f"insert into inbox {columns} values " + ", ".join(["(?, ?, ?, ?, ?, 0)"] * count) + _RETURNING

    async def load(self, key: Key, kind: str) -> Session:
        rows = await self._sql.rows(
            "select version || ' ' || done_seq || ' ' || out_seq || ' ' || sent_seq || ' ' || state as session"
            " from sessions where platform = ? and chat_id = ?",
            [*key],
            current(),
        )
        return session_of(key, kind, rows[0] if rows else {"session": None})

    async def save(self, session: Session, stored: Sequence[str] = (), moves_to: Key | None = None) -> None:
        if (stored or moves_to or session.joined) and current() is self._sql.db:
            async with self.changes(session):
                await self.save(session, stored, moves_to)
            return
        with in_changes():
            if stored:
                await self._keep_actions(stored)
            await self._mark_joined(session)
            if moves_to:
                await self._move(session, moves_to)
            else:
                await self._save(session)

    @asynccontextmanager
    async def changes(self, session: Session) -> AsyncIterator[None]:
        # The first statement writes: it takes SQLite's lock at once and fences off a second process.
        holds, watched = _still_holds()
        holding = f"select 1 where true{holds}"
        if isinstance(self._sql.db, SharingClient):
            claim = self._claim(session, "", [])
            condition = self._sql.statement(holding, watched, finds=True) if holds else None
            unit = UnitOfWork(self._sql.db, self._sql.statement(*claim, finds=True), condition)
            try:
                with in_changes(), available():
                    async with unit.open():
                        yield
            except NotFound:
                raise VersionConflict from None
            return
        with in_changes():
            async with self._transaction():
                if not await self._sql.rows(*self._claim(session, holds, watched), current()):
                    raise VersionConflict
                if holds and not session.version and not await self._sql.rows(holding, watched, current()):
                    raise VersionConflict
                session.version += 1
                yield

    def _claim(self, session: Session, holds: str, watched: Sequence[Value]) -> tuple[str, list[Value]]:
        """Return the statement that claims the version; a new session has none that could be claimed if `holds`."""
        if not session.version:
            return _INSERT_SESSION, self._new(session)
        return f"{_CLAIM_SESSION}{holds} returning version", [*session.key, session.version, *watched]

    async def save_failed(self, session: Session, seq: int, error: str) -> None:
        async with self._transaction():
            await self._mark_joined(session)
            await self._save(session)
            await self._sql.rows("update inbox set failed = ? where seq = ?", [error, seq], current())

    async def begin_attempt(self, seq: int, known: int | None = None) -> int:
        more = "attempts + 1" if known is None else "case when attempts > ? then attempts else attempts + 1 end"
        values: list[Value] = [seq] if known is None else [known, seq]
        rows = await self._sql.rows(f"update inbox set attempts = {more} where seq = ? returning attempts", values)
        return int(str(rows[0]["attempts"]))

    async def take_back_attempts(self, seqs: Sequence[int]) -> None:
        taken_back = "update inbox set attempts = attempts - 1 where seq = ? and attempts > 0"
        await self._sql.together([(taken_back, [seq]) for seq in seqs])

    async def clear_handled(self, seqs: Sequence[int] | None = None) -> None:
        only = "" if seqs is None else f" and seq in ({', '.join('?' * len(seqs))})"
        await self._sql.rows(
            "update inbox set body = null where body is not null and coalesce(failed, '') <> ? and exists"
            " (select 1 from sessions s where s.platform = inbox.platform and s.chat_id = inbox.chat_id"
            f" and s.done_seq >= inbox.seq){only}",
            [UNREADABLE, *(seqs or ())],
        )

    async def unfinished(self) -> list[RecordedEvent]:
        return await self._noted(await self._sql.rows(f"{_UNHANDLED} order by i.seq"))

    async def left(self, key: Key) -> list[RecordedEvent]:
        own = " and i.platform = ? and i.chat_id = ? order by i.seq"
        return await self._noted(await self._sql.rows(_UNHANDLED + own, [*key]))

    async def unsent(self) -> list[Session]:
        rows = await self._sql.rows(
            "select platform, chat_id,"
            " version || ' ' || done_seq || ' ' || out_seq || ' ' || sent_seq || ' ' || state as session"
            " from sessions where out_seq > sent_seq order by id"
        )
        sessions = [session_of(Key(str(row["platform"]), str(row["chat_id"])), "private", row) for row in rows]
        return [session for session in sessions if session.out_seq > session.sent_seq]  # one that begins anew has none

    async def mark(self, sent: Sequence[tuple[Key, int]], done: Sequence[int]) -> None:
        statements: list[tuple[str, list[Value]]] = []
        for at in range(0, len(sent), _MARKED_AT_ONCE):
            some = sent[at : at + _MARKED_AT_ONCE]
            values: list[Value] = [value for key, seq in some for value in (seq, *key)]
            statements.append((self._sent_statement(len(some)), values))
        for at in range(0, len(done), _MARKED_AT_ONCE):
            seqs = done[at : at + _MARKED_AT_ONCE]
            statements.append((_done_statement(len(seqs)), [*seqs, UNREADABLE]))
        if statements:
            await self._sql.together(statements)

    def _sent_statement(self, count: int) -> str:
        # More replies than a session has said are another's: its chat moved away, by another process, and it is new.
        row = "(?::bigint, ?::text, ?::text)" if self._sql.postgres else "(?, ?, ?)"
        return (
            f"update sessions set sent_seq = {self._sql.greatest}(sent_seq, v.column1)"
            f" from (values {', '.join([row] * count)}) as v"
            " where sessions.platform = v.column2 and sessions.chat_id = v.column3 and sessions.out_seq >= v.column1"
        )

    async def action(self, token: str) -> str | None:
        rows = await self._sql.rows("select packed from stored_actions where token = ?", [token], current())
        return str(rows[0]["packed"]) if rows else None

    async def pause(self, platform: str, chat_id: str, until: datetime) -> None:
        later = f"{self._sql.greatest}(pauses.until, excluded.until)"
        await self._sql.rows(
            "insert into pauses (platform, chat_id, until) values (?, ?, ?)"
            f" on conflict (platform, chat_id) do update set until = {later}",
            [platform, chat_id, until],
        )

    async def pauses(self) -> list[tuple[str, str, datetime]]:
        rows = await self._sql.rows("select platform, chat_id, until from pauses where until > ?", [clock.now()])
        return [(str(row["platform"]), str(row["chat_id"]), moment(row["until"])) for row in rows]

    async def _noted(self, rows: Sequence[Row]) -> list[RecordedEvent]:
        """Return the events of these rows, and set aside those that cannot be read: they would stop every start."""
        recorded: list[RecordedEvent] = []
        unreadable: list[int] = []
        for row in rows:
            seq = int(str(row["seq"]))
            try:
                event = event_from_json(json.loads(str(row["body"])))
            except ValueError:
                unreadable.append(seq)
                continue
            session = session_of(Key(event.chat.platform, event.chat.id), event.chat.kind, row)
            recorded.append(RecordedEvent(seq, event, session, int(str(row["attempts"]))))
        for seq in unreadable:
            _logger.error("event %d cannot be read and is set aside", seq)
            await self._sql.rows("update inbox set failed = ? where seq = ?", [UNREADABLE, seq])
        return recorded

    async def _save(self, session: Session) -> None:
        on = current()
        if isinstance(on, UnitOfWork):
            session.version += on.begun  # by the claim
            on.end_with(self._sql.statement(*self._saving(session, session.version), finds=True))
        elif not await self._sql.rows(*self._saving(session, session.version), on):
            raise VersionConflict
        session.version += 1

    async def _mark_joined(self, session: Session) -> None:
        """Mark what was handled before its turn: no number of the session tells of it."""
        if session.joined:
            await self._sql.write(_done_statement(len(session.joined)), [*session.joined, UNREADABLE])

    async def _move(self, session: Session, new: Key) -> None:
        """Save the session under another key, inside the transaction of `changes`."""
        on, old = current(), session.key
        if isinstance(on, UnitOfWork):
            await on.begin()
            session.version += 1  # by the claim
        if not await self._sql.rows(*self._saving(session, session.version), on):
            raise VersionConflict
        session.version += 1
        # Numbers of events are those of all chats: one that waits in the new chat may be older than those done here.
        moved = await self._sql.rows(
            "update sessions set chat_id = ?, done_seq = 0 where platform = ? and chat_id = ? and not exists"
            " (select 1 from sessions t where t.platform = ? and t.chat_id = ?) returning version",
            [new.chat_id, *old, *new],
            on,
        )
        if not moved:
            session.out.clear()
            await self._sql.rows("delete from sessions where platform = ? and chat_id = ?", [*old], on)
        # Without a session no number tells that these are done.
        await self._sql.rows(
            "update inbox set body = null where platform = ? and chat_id = ? and seq <= ? and body is not null"
            " and coalesce(failed, '') <> ?",
            [*old, session.done_seq, UNREADABLE],
            on,
        )
        session.key = new

    def _saving(self, session: Session, version: int) -> tuple[str, list[Value]]:
        """Return the statement that saves the session if the database has it in this `version` (0: not at all)."""
        if not version:
            return _INSERT_SESSION, self._new(session)
        return self._update_session, [
            session.done_seq, session.out_seq, session.sent_seq, session_to_json(session), clock.now(),
            *session.key, version,
        ]  # fmt: skip

    def _new(self, session: Session) -> list[Value]:
        state, done = session_to_json(session), session.done_seq
        return [*session.key, done, session.out_seq, session.sent_seq, state, clock.now(), done]

    async def _keep_actions(self, stored: Sequence[str]) -> None:
        now = clock.now()
        for packed in stored:
            await self._sql.write(
                "insert into stored_actions (token, packed, created_at) values (?, ?, ?)"
                " on conflict (token) do nothing",
                [token_of(packed), packed, now],
            )

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[None]:
        with available():
            async with in_transaction("default"):
                yield


def _done_statement(count: int) -> str:
    """Return what clears the words of so many handled events; what cannot be read keeps its own."""
    return f"update inbox set body = null where seq in ({', '.join('?' * count)}) and coalesce(failed, '') <> ?"


def _still_holds() -> tuple[str, list[Value]]:
    """Return conditions, with their values, that what the event has read and relies on is as it was."""
    reads = current_reads()
    watched = [] if reads is None else reads.watched
    conditions = "".join(f" and ({one.expression}) = ?" for one in watched)
    return conditions, [value for one in watched for value in (*one.values, one.was)]


def noted_values(events: Sequence[Event], now: datetime) -> list[Value]:
    """Return five values for each event, as the inbox takes them."""
    values: list[Value] = []
    for event in events:
        values += [event.chat.platform, event.id, event.chat.id, to_json(event_to_json(event)), now]
    return values


def recorded_of(rows: Sequence[Row], events: Sequence[Event]) -> list[RecordedEvent]:
    """Return those of these events that were new, in the order of their numbers."""
    return [
        RecordedEvent(seq, event, session_of(Key(event.chat.platform, event.chat.id), event.chat.kind, row))
        for seq, event, row in numbered(rows, events)
    ]


def numbered(rows: Sequence[Row], events: Sequence[Event]) -> list[tuple[int, Event, Row]]:
    """Return the events that were new, each with its number and its row, in the order of the numbers."""
    by_id = {(event.chat.platform, event.id): event for event in reversed(events)}
    found = [(int(str(row["seq"])), by_id[str(row["platform"]), str(row["event_id"])], row) for row in rows]
    return sorted(found, key=lambda one: one[0])


def session_of(key: Key, kind: str, row: Row) -> Session:
    """Return the session from its packed column, a new one if there is none yet, or if it cannot be read.

    A new one in place of it has no replies on their way, and keeps the language and the size of letters if they can be
    read; nobody would ever be answered in its chat otherwise.
    """
    packed = row["session"]
    if packed is None:
        return Session(key, kind)
    version, done_seq, out_seq, sent_seq, state = str(packed).split(" ", 4)
    try:
        return session_from_json(key, int(version), int(done_seq), int(out_seq), int(sent_seq), state, _from_json)
    except UnreadableEvent:
        _logger.error("what is remembered of a conversation cannot be read; it begins anew")
        locale, large = chosen_in(state)
        return Session(key, kind, int(version), int(done_seq), int(out_seq), int(out_seq), locale, large)
