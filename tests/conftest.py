"""Databases for the tests: SQLite in memory, and the same on PostgreSQL where a server is found."""

from __future__ import annotations

import asyncio
import gc
import os
import shutil
import signal
import socket
import uuid
import zlib
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from importlib.util import find_spec
from tempfile import mkdtemp
from urllib.parse import urlsplit

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.assembly import families
from bot.core.events import ChatKind
from bot.core.platform import Capabilities
from bot.framework.loop import Selector
from bot.settings import Settings
from bot.storage import database
from bot.testing import PLAIN, RICH, FakePlatform
from tests.families import OFF, TESTS, marks
from tests.memory import memory
from tests.models import work_out_once
from tests.postgres import SERVER, KeptDatabase, KeptLoop, run_on_postgres, url_of
from tests.shipped import DRAWN, read_once

pytest_plugins = ["bot.testing.contract"]

BROKER = os.environ.get("TEST_BROKER_URL", "amqp://guest:guest@127.0.0.1:5672/")
CHROMIUM = os.environ.get("TEST_CHROMIUM", "/usr/bin/chromium")
REQUIRED = bool(os.environ.get("CI"))


def _listens(url: str) -> bool:
    parts = urlsplit(url)
    try:
        socket.create_connection((parts.hostname or "127.0.0.1", parts.port or 0), timeout=1).close()
    except OSError:
        return False
    return True


LONG = (
    "tests/browser/", "tests/e2e/", "tests/faults/", "tests/framework/", "tests/storage/", "tests/test_",
    "tests/understanding/", "tests/handlers/test_forged_presses.py",
    "tests/platforms/test_telegram_vendor.py",
)  # fmt: skip
"""Where programs, browsers and kills take up to a minute for a test."""
IN_MEMORY = ("tests/assembly/", "tests/core/", "tests/features/", "tests/handlers/", "tests/understanding/")
MISSING = {
    mark: why
    for mark, there, why in (
        ("postgres", _listens(SERVER), f"no PostgreSQL at {SERVER}"),
        (
            "broker",
            _listens(BROKER) and find_spec("aio_pika") is not None,
            "no RabbitMQ, or no aio-pika",
        ),
        ("browser", os.path.exists(CHROMIUM), f"no Chromium at {CHROMIUM}"),
    )
    if not there
}


work_out_once()
read_once()
families.discover()  # the tables that families bring are part of every database
_kept_loop = KeptLoop()

# Modules and tests stay to the end: looking through them for garbage again and again takes a quarter of a run.
gc.disable()


def pytest_collection_finish() -> None:
    gc.freeze()
    # Of a test most is gone at its end; with 5,000 a fifteenth of a run is looking, with 700 half of a migration.
    gc.set_threshold(100_000, 10, 10)
    gc.enable()


def pytest_configure(config: pytest.Config) -> None:
    """Give families their marks, and bots none of those that are switched off.

    Ctrl-C does what Python does, without being Python's own handler. That one asyncio replaces around each test and
    fixture, and when it takes its own away again, Python 3.11 writes a description of all that the test or fixture
    returned, which may take longer than a conversation.
    """
    for family in TESTS:
        config.addinivalue_line("markers", f"family_{family}: needs the family {family}, which may be switched off")
    Settings.model_fields["families_off"].default = OFF
    Settings.model_rebuild(force=True)
    if DRAWN not in os.environ:
        os.environ[DRAWN] = mkdtemp(prefix="drawn-")
        config.add_cleanup(_throw_drawings_away)
    signal.signal(signal.SIGINT, lambda number, frame: signal.default_int_handler(number, frame))


def _throw_drawings_away() -> None:
    shutil.rmtree(os.environ.pop(DRAWN))


def pytest_unconfigure() -> None:
    _kept_loop.end()


def pytest_asyncio_loop_factories() -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    return {"loop": _new_loop}


def _new_loop() -> asyncio.AbstractEventLoop:
    """On PostgreSQL the loop that has the connections, otherwise one of the test's own.

    Where all is in memory it looks at its sockets as seldom as a process that talks does. A vendor in the test's own
    loop must see at once who has hung up.
    """
    test = os.environ.get("PYTEST_CURRENT_TEST", "")
    if "postgres" in test:
        return _kept_loop
    return asyncio.SelectorEventLoop(Selector()) if test.startswith(IN_MEMORY) else asyncio.new_event_loop()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not os.environ.get("ALL_PROFILES"):
        twice = {item for item in items if _is_held_twice(item)}
        config.hook.pytest_deselected(items=[*twice])
        items[:] = [item for item in items if item not in twice]
    items.sort(key=_file_and_database)
    items[:] = _long_ones_first(items, int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")))
    for item in items:
        for name in marks(item.nodeid):
            item.add_marker(name)
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
    yield url_of(name)
    asyncio.run(run_on_postgres(f'drop database "{name}" with (force)'))


@pytest.fixture(scope="session")
def postgres_with_schema() -> Iterator[KeptDatabase]:
    """One database for all tests of this process, for they are many."""
    kept = KeptDatabase()
    asyncio.run(kept.create())
    yield kept
    _kept_loop.run_until_complete(kept.drop())


@pytest.fixture
def kept_database(database_kind: str, request: pytest.FixtureRequest) -> KeptDatabase | None:
    """Where the test's tables are on PostgreSQL; None on SQLite, which needs no server."""
    if database_kind == "sqlite":
        return None
    kept: KeptDatabase = request.getfixturevalue("postgres_with_schema")
    return kept


@pytest.fixture
async def db(kept_database: KeptDatabase | None) -> AsyncIterator[BaseDBAsyncClient]:
    """A database with the schema and nothing in it."""
    async with memory() if kept_database is None else kept_database.opened() as client:
        yield client


@pytest.fixture(params=[RICH, PLAIN], ids=["rich", "plain"])
def platform(request: pytest.FixtureRequest) -> FakePlatform:
    """One messenger with buttons and one without: every conversation is held on both."""
    capabilities: Mapping[ChatKind, Capabilities] = request.param
    return FakePlatform(capabilities)
