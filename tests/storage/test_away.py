"""A database that is away, wherever somebody meets it, and words that a killed process left behind."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from datetime import UTC, datetime

import asyncpg
import pytest
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.exceptions import OperationalError, TransactionManagementError

from bot.core.events import Chat, Sender, TextSent
from bot.core.own_fault import OwnFault
from bot.core.sessions import Key, StoreUnavailable
from bot.features.at_once import each
from bot.framework.worker import Job, Worker
from bot.storage.core_tables.conversation import InboxEvent
from bot.storage.platform_store import PlatformValues
from bot.storage.postgres import RememberingClient
from bot.storage.server.addresses import Machine
from bot.storage.sql import available
from bot.storage.store import ConversationStore
from bot.testing import TestClock
from tests.ports import unused_port

AT = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
KEY = Key("fake", "1")


def _said(event_id: str) -> TextSent:
    return TextSent(event_id, Chat(*KEY, "private"), Sender("p", "Hoa"), AT, text="chào")


async def test_a_start_clears_the_words_of_what_was_handled_before_a_kill(db: BaseDBAsyncClient) -> None:
    """Else nothing ever deletes them, and when the session is deleted after its time they would be handled again.

    What failed was handled, too; what cannot be read was not.
    """
    store = ConversationStore(db)
    first, odd, failing, last = await store.record([_said("a"), _said("b"), _said("c"), _said("d")])
    await InboxEvent.filter(seq=odd.seq).update(body={})
    assert [one.seq for one in await store.unfinished()] == [first.seq, failing.seq, last.seq]
    session = first.session
    session.done_seq = first.seq
    await store.save(session)
    session.done_seq = failing.seq
    await store.save_failed(session, failing.seq, "a handler: ZeroDivisionError")
    await store.clear_handled()
    assert [(row.event_id, row.body is None) for row in await InboxEvent.all().order_by("seq")] == [
        ("a", True),
        ("b", False),
        ("c", True),
        ("d", False),
    ]
    assert [one.seq for one in await store.unfinished()] == [last.seq]


@pytest.mark.parametrize("error", [OperationalError, TransactionManagementError, sqlite3.OperationalError])
def test_a_broken_disk_is_a_store_that_is_away(error: type[Exception]) -> None:
    with pytest.raises(StoreUnavailable), available():
        raise error("disk I/O error")


async def test_what_a_handler_asks_by_itself_meets_a_store_that_is_away(db: BaseDBAsyncClient) -> None:
    """Its event waits, instead of failing."""
    with pytest.raises(StoreUnavailable), ConversationStore(db).reading():
        raise OperationalError("database or disk is full")


async def test_a_server_that_cannot_be_reached_is_away_and_no_fault_of_who_asks(db: BaseDBAsyncClient) -> None:
    """An OSError among an event's work would pass for its own, and the event would be set aside."""
    client = RememberingClient(
        machines=[Machine("127.0.0.1", unused_port())], user="nobody", database="none", connection_name="default"
    )
    with pytest.raises(StoreUnavailable, match="ConnectionRefusedError"), ConversationStore(db).reading():
        await client._connect(user="nobody", database="none")


async def test_a_server_that_does_not_answer_ends_no_read_of_an_event_beside_it_for_good(
    db: BaseDBAsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The library's limit of time cancels its task. In that of the event it was a fault of the handler's own."""

    async def connect(**options: object) -> None:
        async with asyncio.timeout(0):
            await asyncio.Event().wait()

    monkeypatch.setattr(asyncpg, "connect", connect)
    client = RememberingClient(machines=[Machine("a", 1)], user="nobody", database="none", connection_name="default")
    with pytest.raises(StoreUnavailable, match="TimeoutError"), OwnFault(), ConversationStore(db).reading():
        await each([client._connect(user="nobody", database="none"), asyncio.sleep(0)])


def test_a_server_with_too_many_connections_is_away() -> None:
    with pytest.raises(StoreUnavailable), available(around_work=True):
        raise asyncpg.TooManyConnectionsError("sorry, too many clients already")


async def test_a_job_that_meets_it_waits_for_the_database(
    db: BaseDBAsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    async def work() -> float | None:
        raise OperationalError("disk I/O error")

    job = Job("reminders", 15.0, work)
    assert await Worker([job], TestClock(), PlatformValues(db, "worker"))._do(job) is None
    assert [record.levelname for record in caplog.records] == ["WARNING"]


def test_the_pool_s_own_words_about_an_outage_are_not_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    """It tells each try to reach each server with a traceback, once a second."""
    asyncpg.pool.logger.warning("Failed to restore the pool connection floor; retrying")
    asyncpg.pool.logger.error("told")
    assert [record.message for record in caplog.records if record.levelno >= logging.WARNING] == ["told"]
