"""Databases for the tests: SQLite in memory, and the same on PostgreSQL where a server is found."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import socket
import uuid
import zlib
from collections.abc import AsyncIterator, Iterator, Mapping
from urllib.parse import urlsplit

import pytest
from tortoise.apps import Apps
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


LONG = ("tests/browser/", "tests/e2e/", "tests/faults/", "tests/storage/", "tests/test_")
"""Where programs, browsers and kills take up to a minute for a test."""
MISSING = {
    mark: why
    for mark, there, why in (
        ("postgres", _listens(POSTGRES), f"no PostgreSQL at {POSTGRES}"),
        ("redis", _listens(REDIS), f"no Redis at {REDIS}"),
        ("browser", os.path.exists(CHROMIUM), f"no Chromium at {CHROMIUM}"),
    )
    if not there
}


_finalise = Apps._build_initial_querysets
_finalised: list[object] = []


def _finalise_once(apps: Apps) -> None:
    """What Tortoise works out of the models depends on the kind of database alone, and takes as long as a test."""
    models = [model for app in apps.values() for model in app.values()]
    wanted = [apps._connections.get("default").executor_class if apps._connections is not None else None, *models]
    if wanted != _finalised:
        _finalise(apps)
        _finalised[:] = wanted


Apps._build_initial_querysets = _finalise_once  # type: ignore[method-assign, assignment]


# Modules and tests stay to the end: looking through them for garbage again and again takes a quarter of a run.
gc.disable()


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.set_threshold(5000, 10, 10)  # of a test most is gone at its end; with 700 half of a migration is looking
    gc.enable()


def pytest_configure() -> None:
    """Ctrl-C does what Python does, without being Python's own handler.

    That one asyncio replaces around each test and fixture, and when it takes its own away again, Python 3.11 writes a
    description of all that the test or fixture returned, which may take longer than a conversation.
    """
    signal.signal(signal.SIGINT, lambda number, frame: signal.default_int_handler(number, frame))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not os.environ.get("ALL_PROFILES"):
        twice = [item for item in items if _is_held_twice(item)]
        config.hook.pytest_deselected(items=twice)
        items[:] = [item for item in items if item not in set(twice)]
    items.sort(key=_file_and_database)
    items[:] = _long_ones_first(items, int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")))
    for item in items:
        for mark, why in MISSING.items():
            if mark in item.keywords and not REQUIRED:
                item.add_marker(pytest.mark.skip(reason=why))


def _file_and_database(item: pytest.Item) -> tuple[str, bool]:
    return item.nodeid.partition("::")[0], "postgres" in item.keywords


def _long_ones_first(items: list[pytest.Item], workers: int) -> list[pytest.Item]:
    """Each worker takes its share of the list from the top: files of long tests are dealt out to begin every share.

    Otherwise one worker has them all, in the end alone.
    """
    files: dict[str, list[pytest.Item]] = {}
    others: list[pytest.Item] = []
    for item in items:
        name = item.nodeid.partition("::")[0]
        if name.startswith(LONG):
            files.setdefault(name, []).append(item)
        else:
            others.append(item)
    shares: list[list[pytest.Item]] = [[] for _ in range(workers)]
    for number, same in enumerate(files.values()):
        shares[number % workers] += same
    size = len(items) // workers
    for share in shares[:-1]:
        room = max(0, size - len(share))
        share += others[:room]
        del others[:room]
    shares[-1] += others
    return [item for share in shares for item in share]


def _is_held_twice(item: pytest.Item) -> bool:
    """On PostgreSQL each conversation is held on one of the two profiles, by turns: a database knows no buttons."""
    params = getattr(getattr(item, "callspec", None), "params", {})
    if params.get("database_kind") != "postgres" or params.get("platform") not in (RICH, PLAIN):
        return False
    name = item.nodeid.partition("[")[0]
    return (params["platform"] is RICH) == bool(zlib.crc32(name.encode()) % 2)


def pytest_sessionstart() -> None:
    if REQUIRED and MISSING:
        pytest.exit("CI needs: " + "; ".join(MISSING.values()), returncode=1)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for why in MISSING.values():
        terminalreporter.write_line(f"left out: {why}")


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_kind(request: pytest.FixtureRequest) -> str:
    kind: str = request.param
    return kind


@pytest.fixture
def database_url(database_kind: str) -> Iterator[str]:
    """An empty database without a schema, of its own for the test."""
    if database_kind == "sqlite":
        yield database.MEMORY
        return
    name = f"langso_{uuid.uuid4().hex[:12]}"
    asyncio.run(run_on_postgres(f'create database "{name}"'))
    yield POSTGRES.rsplit("/", 1)[0] + f"/{name}"
    asyncio.run(run_on_postgres(f'drop database "{name}" with (force)'))


@pytest.fixture(scope="session")
def postgres_with_schema() -> Iterator[str]:
    """One database for all tests of this process, for they are many: each finds its tables empty."""
    name = f"langso_{uuid.uuid4().hex[:12]}"
    url = POSTGRES.rsplit("/", 1)[0] + f"/{name}"

    async def create() -> None:
        await run_on_postgres(f'create database "{name}"')
        # What is durable is tested by killing processes; here a commit need not wait for the disk.
        await run_on_postgres(f'alter database "{name}" set synchronous_commit = off')
        async with database.created(url):
            pass

    asyncio.run(create())
    yield url
    asyncio.run(run_on_postgres(f'drop database "{name}" with (force)'))


@pytest.fixture
def postgres_url(database_kind: str, request: pytest.FixtureRequest) -> str | None:
    """Where the test's tables are on PostgreSQL; None on SQLite, which needs no server."""
    if database_kind == "sqlite":
        return None
    url: str = request.getfixturevalue("postgres_with_schema")
    return url


@pytest.fixture
async def db(postgres_url: str | None) -> AsyncIterator[BaseDBAsyncClient]:
    """A database with the schema and nothing in it."""
    # Tortoise keeps compiled statements by table only; those of the other database would be wrong.
    EXECUTOR_CACHE.clear()
    if postgres_url is None:
        async with database.created(database.MEMORY) as client:
            yield client
        return
    async with database.opened(postgres_url) as client:
        tables = await client.execute_query_dict("select tablename from pg_tables where schemaname = 'public'")
        # A truncate waits for the disk, table by table; a delete of nothing does not.
        deletes = "".join(f'delete from "{row["tablename"]}";' for row in tables)
        await client.execute_script(
            f"set session_replication_role = replica; {deletes} set session_replication_role = origin;"
            " select setval(oid::regclass, 1, false) from pg_class where relkind = 'S'"
        )
        yield client


@pytest.fixture(params=[RICH, PLAIN], ids=["rich", "plain"])
def platform(request: pytest.FixtureRequest) -> FakePlatform:
    """One messenger with buttons and one without: every conversation is held on both."""
    capabilities: Mapping[ChatKind, Capabilities] = request.param
    return FakePlatform(capabilities)


async def run_on_postgres(statement: str) -> None:
    """A statement beside all tests, such as `create database`."""
    import asyncpg

    connection = await asyncpg.connect(POSTGRES)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
