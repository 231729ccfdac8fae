"""An event that is stopped while it waits for PostgreSQL: that was the database's time, and not the event's."""

from __future__ import annotations

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.context import Context
from bot.core.engine import EngineLimits
from bot.core.router import Router
from bot.storage.core_tables.conversation import InboxEvent
from bot.storage.sql import asked
from bot.testing import PLAIN, FakePlatform, World
from tests.kit import catalogues

pytestmark = pytest.mark.parametrize("database_kind", [pytest.param("postgres", marks=pytest.mark.postgres)])
LIMITS = EngineLimits(handler_seconds=0.1)


def _world(db: BaseDBAsyncClient, slow: int) -> World:
    """Return a world whose database is slow for so many statements."""
    tries: list[str] = []

    def router() -> Router:
        asking = Router()

        @asking.otherwise
        async def ask(ctx: Context) -> None:
            tries.append(ctx.event.id)
            await asked("select pg_sleep(?::float)", [60.0 if len(tries) <= slow else 0.0])
            ctx.reply(ctx.t("xong"))

        return asking

    return World(db, router, catalogues().translate, FakePlatform(PLAIN), limits=LIMITS)


async def test_it_waits_for_a_database_that_is_slow_for_a_while(db: BaseDBAsyncClient) -> None:
    talk = _world(db, slow=2).talk()
    await talk.says("chào")
    assert talk.heard == "xong"
    assert (await InboxEvent.get()).failed is None


async def test_one_that_is_slow_each_time_fails(db: BaseDBAsyncClient) -> None:
    talk = _world(db, slow=100).talk()
    await talk.says("chào")
    assert str((await InboxEvent.get()).failed).startswith(f"stopped {LIMITS.attempts} times")


async def test_the_server_ends_the_session_of_a_machine_that_is_gone(db: BaseDBAsyncClient) -> None:
    """It says no goodbye, and its open transaction would keep its locks for two hours."""
    found = await asked("select name, setting from pg_settings where name like 'tcp_keepalives%' order by name")
    assert {str(row["name"]): int(str(row["setting"])) for row in found} == {
        "tcp_keepalives_count": 3,
        "tcp_keepalives_idle": 3,
        "tcp_keepalives_interval": 2,
    }
