"""Opening, migrating and closing the database; SQLite in the data folder, PostgreSQL by URL."""

from __future__ import annotations

import contextlib
import pkgutil
import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from tortoise import Tortoise
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.backends.base.config_generator import expand_db_url
from tortoise.connection import get_connections
from tortoise.exceptions import BaseORMException
from tortoise.utils import get_schema_sql

from . import schema
from .transactions import make_cancellable

if TYPE_CHECKING:
    import asyncpg

_SQLITE = "sqlite://"
MEMORY = f"{_SQLITE}:memory:"
APP = "bot"
_schemas: dict[bool, str] = {}
"""What `created` runs, by whether it is for SQLite: making it takes longer than running it."""
_MIGRATION_LOCK = 7_203_114
# The write-ahead log is written over from its start, not cut off and made longer again: that halves a commit's wait.
_SQLITE_PRAGMAS = "busy_timeout=10000&synchronous=FULL&journal_size_limit=67108864"

_NO_ROOM = ("disk I/O error", "database or disk is full")
"""What SQLite says on a full disk: which of them depends on what it was writing."""


class DatabaseError(Exception):
    """The database cannot be used as it is; the text says what to do."""


class _AppConfig(TypedDict):
    models: list[str]
    default_connection: str
    migrations: str


class Config(TypedDict):
    """What Tortoise wants to know."""

    connections: dict[str, str | dict[str, object]]
    apps: dict[str, _AppConfig]
    use_tz: bool
    timezone: str


def file_url(path: Path) -> str:
    return f"{_SQLITE}{path}"


def is_sqlite(url: str) -> bool:
    return url.startswith(_SQLITE)


def _path(url: str) -> Path:
    return Path(url.removeprefix(_SQLITE))


def config(url: str, pragmas: str = _SQLITE_PRAGMAS) -> Config:
    return {
        "connections": {"default": _sqlite(url, pragmas) if is_sqlite(url) else url},
        "apps": {
            APP: {
                "models": ["bot.storage.models"],
                "default_connection": "default",
                "migrations": "bot.storage.migrations",
            }
        },
        "use_tz": True,
        "timezone": "UTC",
    }


def _sqlite(url: str, pragmas: str) -> dict[str, object]:
    """The path as it is: the library would take what follows a `#` or `?` in a folder's name for something else."""
    known = expand_db_url(f"{MEMORY}?{pragmas}")
    return {**known, "credentials": {**known["credentials"], "file_path": url.removeprefix(_SQLITE)}}


def _connection(url: str) -> dict[str, object]:
    """The connection of the running bot: on SQLite see bot.storage.sqlite, on PostgreSQL a pool that resets nothing."""
    if is_sqlite(url):
        return {**_sqlite(url, _SQLITE_PRAGMAS), "engine": "bot.storage.sqlite"}
    known = expand_db_url(url)
    return {**known, "credentials": {**known["credentials"], "reset": _as_it_is}}


async def _as_it_is(connection: asyncpg.Connection) -> None:
    """No statement of ours changes a session's settings, so resetting them after each one is a round trip for nothing.

    What was left open by a cancelled task is rolled back by the pool before it asks this.
    """


TORTOISE_ORM = config(MEMORY)
"""For the command `tortoise makemigrations`."""


async def migrate(url: str) -> None:
    """Bring the schema up to date. A SQLite file is copied beside itself first, when there is something to do.

    A new one gets its schema from a script. On PostgreSQL an advisory lock makes a second process wait. Raises
    DatabaseError.
    """
    if is_sqlite(url):
        path = _path(url)
        try:
            # Looked at before anything connects: that alone makes the file.
            if not _holds_something(path):
                schema.create(path)
            elif await pending(url):
                _copy_beside(path)
            if await pending(url):
                await run_migrations(url)
            _try_to_write(path)
        except sqlite3.Error as error:
            raise DatabaseError(f"không mở được cơ sở dữ liệu: {_why(error)}") from error
        return
    connection = await _connected(url)
    try:
        await connection.execute("select pg_advisory_lock($1)", _MIGRATION_LOCK)
        if _lacking(await _applied(connection)):
            await run_migrations(url)
    finally:
        await connection.close()


async def run_migrations(url: str) -> None:
    """Run what is missing, step by step.

    On SQLite foreign keys are off meanwhile: rebuilding a parent table would otherwise empty its children.
    """
    from tortoise.migrations.api import migrate as run

    settings = config(url, "foreign_keys=OFF&busy_timeout=10000")
    try:
        await run(config=dict(settings))
    finally:
        await Tortoise.close_connections()


async def _connected(url: str) -> asyncpg.Connection:
    """One connection of its own; the library's plan would take a server that is away for an empty database."""
    try:
        import asyncpg
    except ModuleNotFoundError:
        raise DatabaseError(
            "BOT_DATABASE_URL: chưa cài phần postgres; xem mục Cài đặt trong docs/operations.md"
        ) from None

    try:
        return await asyncpg.connect(url)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise DatabaseError(f"không mở được cơ sở dữ liệu: {_why(error)}") from error


def _why(error: Exception) -> str:
    """With what to do, where the driver only tells what it met."""
    if isinstance(error, OSError):
        met = error.strerror or type(error).__name__
        return f"không tới được máy chủ; kiểm tra BOT_DATABASE_URL, và PostgreSQL có đang chạy không ({met})"
    if str(error) in _NO_ROOM:
        return f"đĩa đầy hoặc hỏng; dọn chỗ rồi chạy lại ({error})"
    return str(error)


async def pending(url: str) -> list[str]:
    """Names of the migrations that this database lacks; raises DatabaseError."""
    if is_sqlite(url):
        path = _path(url)
        try:
            return _lacking(schema.applied(path) if _holds_something(path) else set())
        except sqlite3.Error as error:
            raise DatabaseError(f"không mở được cơ sở dữ liệu: {_why(error)}") from error
    connection = await _connected(url)
    try:
        return _lacking(await _applied(connection))
    finally:
        await connection.close()


async def _applied(connection: asyncpg.Connection) -> set[str]:
    """Names of the migrations that a database on PostgreSQL has had."""
    if await connection.fetchval("select to_regclass($1)", schema.HISTORY) is None:
        return set()
    return {str(row["name"]) for row in await connection.fetch(f"select name from {schema.HISTORY}")}


def _lacking(applied: set[str]) -> list[str]:
    """Raises DatabaseError when more was applied than this version knows: it would write what the newer one refuses."""
    known = set(_names())
    if applied - known:
        raise DatabaseError("cơ sở dữ liệu là của bản chương trình mới hơn: nâng cấp chương trình")
    return [f"{APP}.{name}" for name in sorted(known - applied)]


def _names() -> list[str]:
    """The migrations that this version brings along."""
    package = import_module(config(MEMORY)["apps"][APP]["migrations"])
    return [module.name for module in pkgutil.iter_modules(package.__path__)]


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[BaseDBAsyncClient]:
    """The database, ready for use; raises DatabaseError. Always closed, or the interpreter would hang at exit."""
    try:
        settings = config(url)
        settings["connections"]["default"] = _connection(url)
        await Tortoise.init(config=dict(settings), _enable_global_fallback=True)
        client = get_connections().get("default")
        await client.create_connection(with_db=True)
    except (BaseORMException, sqlite3.Error, OSError) as error:
        await Tortoise.close_connections()
        raise DatabaseError(f"không mở được cơ sở dữ liệu: {_why(error)}") from error
    make_cancellable(client)
    try:
        yield client
    finally:
        await Tortoise.close_connections()


@asynccontextmanager
async def created(url: str) -> AsyncIterator[BaseDBAsyncClient]:
    """An empty database with the schema of the models, for tests: no migration runs."""
    async with opened(url) as client:
        kind = is_sqlite(url)
        if kind not in _schemas:
            _schemas[kind] = get_schema_sql(client, safe=True)
        await client.execute_script(_schemas[kind])
        yield client


def _holds_something(path: Path) -> bool:
    return path.exists() and path.stat().st_size > 0


def _try_to_write(path: Path) -> None:
    """Whoever begins work on a file of somebody else's would only notice with the first message. Raises DatabaseError.

    A full disk passes by itself, so it is not looked for.
    """
    with contextlib.closing(sqlite3.connect(path)) as connection:
        try:
            connection.execute("begin immediate")  # on a file that may only be read it only reads, and says nothing
            (number,) = connection.execute("pragma user_version").fetchone()
            connection.execute(f"pragma user_version = {number}")
            connection.rollback()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_READONLY:
                raise DatabaseError(
                    f"{path}: bot không có quyền ghi; thư mục dữ liệu và mọi tệp trong đó phải là của người dùng"
                    " chạy bot (chown -R)"
                ) from None


def _copy_beside(path: Path) -> None:
    copy = path.with_name(f"{path.name}.before-{datetime.now(UTC):%Y%m%d-%H%M%S}")
    source = sqlite3.connect(path)
    try:
        target = sqlite3.connect(copy)
        with target:
            source.backup(target)
        target.close()
    finally:
        source.close()
    shutil.copymode(path, copy)
