"""What several processes do at once on one PostgreSQL: notes of a chat in order, many saves in one commit."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from bot.core.events import Chat, Sender, TextSent
from bot.core.sessions import Key, Session, VersionConflict
from bot.storage.server.shared_store import SharedStore, _lock_of
from bot.storage.sql import Row, Sql, Value

pytestmark = pytest.mark.parametrize("database_kind", [pytest.param("postgres", marks=pytest.mark.postgres)])
NOW = datetime(2026, 11, 29, 8, tzinfo=UTC)


def _said(chat: str, name: str) -> TextSent:
    return TextSent(name, Chat("x", chat, "private"), Sender("s", "S"), NOW, text="chào")


def _listened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the list to which each statement is added from now on."""
    statements: list[str] = []
    rows = Sql.rows

    async def told(
        self: Sql, text: str, values: Sequence[Value] = (), on: BaseDBAsyncClient | None = None
    ) -> list[Row]:
        statements.append(text)
        return await rows(self, text, values, on)

    monkeypatch.setattr(Sql, "rows", told)
    return statements


async def test_notes_of_a_chat_wait_for_each_other_and_for_no_other_chat(db: BaseDBAsyncClient) -> None:
    """A later number that is seen first would hide an earlier one behind `done_seq`."""
    store = SharedStore(db)
    async with in_transaction("default") as another:
        await another.execute_query_dict("select pg_advisory_xact_lock($1)::text", [_lock_of(Key("x", "a"))])
        waiting = asyncio.create_task(store.record([_said("a", "1")]))
        for name in "2345":
            (noted,) = await store.record([_said("b", name)])
        assert not waiting.done()
    (later,) = await waiting
    assert later.seq > noted.seq


async def test_the_sessions_of_many_chats_are_saved_in_one_statement_and_one_commit(
    db: BaseDBAsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = SharedStore(db)
    sessions = [Session(Key("x", f"c{number}")) for number in range(20)]
    statements = _listened(monkeypatch)
    for _ in range(2):  # new ones, then known ones
        statements.clear()
        for session in sessions:
            session.facts = {"saved": str(session.version)}
        await asyncio.gather(*(store.save(session) for session in sessions))
        assert len(statements) == 1
    monkeypatch.undo()
    for session in sessions:
        assert (await store.load(session.key, "private")).facts == {"saved": "1"}


async def test_of_two_saves_of_one_session_in_a_batch_one_is_told_to_read_it_again(db: BaseDBAsyncClient) -> None:
    store = SharedStore(db)
    first, second = Session(Key("x", "a")), Session(Key("x", "a"))
    for expected in (1, 2):
        outcomes = await asyncio.gather(store.save(first), store.save(second), return_exceptions=True)
        assert [type(one) for one in outcomes] == [type(None), VersionConflict]
        assert first.version == expected
        second.version = first.version


async def test_a_number_leads_to_all_that_its_chat_has_above_the_last_event_handled(db: BaseDBAsyncClient) -> None:
    store = SharedStore(db)
    noted = await store.record([_said("a", name) for name in "1234"] + [_said("b", "5")])
    session = Session(Key("x", "a"), done_seq=noted[0].seq)
    await store.save(session)
    (chat,) = await store.read([noted[3].seq, noted[0].seq])
    assert chat.session.key == Key("x", "a")
    assert [one.event.id for one in chat.events] == ["2", "3", "4"]
    assert sorted(chat.numbers) == [noted[0].seq, noted[3].seq]
    assert await store.read([10**9]) == []


async def test_what_is_lost_is_found_by_its_age_and_an_unsent_reply_by_its_session(db: BaseDBAsyncClient) -> None:
    store = SharedStore(db)
    await store.record([_said("a", "1")])
    await store.save(Session(Key("x", "b"), out_seq=1))
    early, late = datetime(2020, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
    assert await store.lost(early, 10, unsent=False) == []
    found = await store.lost(late, 10, unsent=True)
    assert [key.chat_id for key, _ in found] == ["a", "b"]
    assert found[1][1] < 0
    chats = await store.read([number for _, number in found])
    assert {chat.session.key.chat_id: chat.session.out_seq for chat in chats} == {"a": 0, "b": 1}


async def test_a_note_brings_the_session_of_its_chat_along(db: BaseDBAsyncClient) -> None:
    """Without a broker the process goes on with it: handled with a new one the event would begin twice each time."""
    store = SharedStore(db)
    session = Session(Key("x", "a"), facts={"saved": "1"})
    await store.save(session)
    (noted,) = await store.record([_said("a", "1")])
    assert (noted.session.version, noted.session.facts) == (session.version, {"saved": "1"})


async def test_of_new_sessions_that_are_saved_together_only_that_one_is_refused_whose_event_was_handled(
    db: BaseDBAsyncClient,
) -> None:
    store = SharedStore(db)
    handled, new = [(await store.record([_said(chat, chat)]))[0] for chat in ("a", "b")]
    for one in (handled, new):
        one.session.done_seq = one.seq
    theirs = handled.session.copy()
    await store.save(theirs)
    await store.save(theirs, moves_to=Key("x", "elsewhere"))
    saved = await asyncio.gather(*(store.save(one.session) for one in (handled, new)), return_exceptions=True)
    assert isinstance(saved[0], VersionConflict)
    assert saved[1] is None
    assert [(await store.load(one.session.key, "private")).version for one in (handled, new)] == [0, 1]


async def test_what_leads_to_a_chat_is_read_without_being_planned_each_time(db: BaseDBAsyncClient) -> None:
    """A plan made anew took PostgreSQL three times as long as reading, and a quarter of its time for an event."""
    store = SharedStore(db)
    (noted,) = await store.record([_said("a", "1")])
    async with in_transaction("default") as one:  # on one connection: each has its own plans
        on_it = SharedStore(one)
        for _ in range(20):
            (chat,) = await on_it.read([noted.seq])
            assert chat.numbers == [noted.seq]
        known = await one.execute_query_dict("select statement, custom_plans from pg_prepared_statements")
    planned = max(row["custom_plans"] for row in known if "string_agg" in row["statement"])
    assert planned <= 5  # five, which PostgreSQL compares with the one that it keeps


async def test_many_numbers_lead_to_their_chats_as_few_do(db: BaseDBAsyncClient) -> None:
    store = SharedStore(db)
    noted = await store.record([_said(f"c{number % 7}", str(number)) for number in range(50)])
    session = Session(Key("x", "c0"))
    await store.save(session)
    (row,) = await db.execute_query_dict("select id from sessions")
    numbers = [*(one.seq for one in noted), -int(str(row["id"])), 10**9]
    together = {chat.session.key: sorted(chat.numbers) for chat in await store.read(numbers)}
    one_by_one: dict[Key, list[int]] = {}
    for number in numbers:
        for chat in await store.read([number]):
            one_by_one.setdefault(chat.session.key, []).extend(chat.numbers)
    assert together == {key: sorted(named) for key, named in one_by_one.items()}
    assert await store.read([]) == []


async def test_who_notes_an_event_for_another_process_reads_no_session(
    db: BaseDBAsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = SharedStore(db)
    (known,) = await store.record([_said("b", "2")])
    statements = _listened(monkeypatch)
    noted = await store.note([_said("a", "1"), _said("b", "2"), _said("c", "3")])
    assert [event.id for event, _ in noted] == ["1", "3"]
    first, second = [number for _, number in noted]
    assert known.seq < first < second
    assert "sessions" not in "".join(statements)
