"""A form of the desk that is sent twice at once does once what it says, on both databases."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from bot.features.desk import forms
from bot.features.desk.tables import DeskForm
from bot.storage.sql import asked
from bot.storage.tables.people import Person

NOW = datetime(2026, 11, 29, 2, tzinfo=UTC)


async def test_of_two_that_come_at_once_one_acts_and_neither_fails(db: BaseDBAsyncClient) -> None:
    """Red with a look and an insert after it: on PostgreSQL the later one ended in an error page."""
    lan = await Person.create(name="Lan", created_at=NOW)
    noted, comes = asyncio.Event(), asyncio.Event()

    async def first() -> bool:
        async with in_transaction():
            acts = await forms.note("f" * 32, lan.id, "/ban", NOW)
            noted.set()
            await comes.wait()
            for _ in range(50):  # until the other one has looked, and waits for this commit
                await asked("select 1 as one")
            return acts

    async def second() -> bool:
        await noted.wait()
        comes.set()
        async with in_transaction():
            return await forms.note("f" * 32, lan.id, "/ban", NOW)

    assert list(await asyncio.gather(first(), second())) == [True, False]
    assert await DeskForm.all().count() == 1


async def test_what_failed_is_not_noted_and_may_be_sent_again(db: BaseDBAsyncClient) -> None:
    lan = await Person.create(name="Lan", created_at=NOW)
    try:
        async with in_transaction():
            assert await forms.note("a" * 32, lan.id, "/ban", NOW)
            raise ValueError
    except ValueError:
        pass
    async with in_transaction():
        assert await forms.note("a" * 32, lan.id, "/ban", NOW)
