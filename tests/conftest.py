"""Databases for the tests: SQLite in memory, and the same on PostgreSQL where a server is found."""

from __future__ import annotations

import os
import socket
import uuid
from collections.abc import AsyncIterator, Iterator, Mapping
from urllib.parse import urlsplit

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.backends.base.executor import EXECUTOR_CACHE

from bot.core.events import ChatKind
from bot.core.platform import Capabilities
from bot.storage import database
from bot.testing import PLAIN, RICH, FakePlatform

POSTGRES = os.environ.get("TEST_POSTGRES_URL", "postgres://postgres@127.0.0.1:5432/postgres")
REDIS = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/9")
CHROMIUM = os.environ.get("TEST_CHROMIUM", "/usr/bin/chromium")
REQUIRED = bool(os.environ.get("CI"))


def _listens(url: str) -> bool:
    parts = urlsplit(url)
    try:
        socket.create_connection((parts.hostname or "127.0.0.1", parts.port or 0), timeout=1).close()
    except OSError:
        return False
    return True


MISSING = {
    mark: why
    for mark, there, why in (
        ("postgres", _listens(POSTGRES), f"no PostgreSQL at {POSTGRES}"),
        ("redis", _listens(REDIS), f"no Redis at {REDIS}"),
        ("browser", os.path.exists(CHROMIUM), f"no Chromium at {CHROMIUM}"),
    )
    if not there
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        for mark, why in MISSING.items():
            if mark in item.keywords and not REQUIRED:
                item.add_marker(pytest.mark.skip(reason=why))


def pytest_sessionstart() -> None:
    if REQUIRED and MISSING:
        pytest.exit("CI needs: " + "; ".join(MISSING.values()), returncode=1)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for why in MISSING.values():
        terminalreporter.write_line(f"left out: {why}")


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """An empty database of its own for each test."""
    if request.param == "sqlite":
        yield database.MEMORY
        return
    import asyncio

    name = f"langso_{uuid.uuid4().hex[:12]}"
    asyncio.run(_postgres(f'create database "{name}"'))
    yield POSTGRES.rsplit("/", 1)[0] + f"/{name}"
    asyncio.run(_postgres(f'drop database "{name}" with (force)'))


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[BaseDBAsyncClient]:
    # Tortoise keeps compiled statements by table only; those of the other database would be wrong.
    EXECUTOR_CACHE.clear()
    async with database.created(database_url) as client:
        yield client


@pytest.fixture(params=[RICH, PLAIN], ids=["rich", "plain"])
def platform(request: pytest.FixtureRequest) -> FakePlatform:
    """One messenger with buttons and one without: every conversation is held on both."""
    capabilities: Mapping[ChatKind, Capabilities] = request.param
    return FakePlatform(capabilities)


async def _postgres(statement: str) -> None:
    import asyncpg

    connection = await asyncpg.connect(POSTGRES)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
