"""Opening, migrating and closing the database; SQLite in the data folder, PostgreSQL by URL."""

from __future__ import annotations

import contextlib
import pkgutil
import shutil
import sqlite3
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypedDict

from tortoise import Tortoise
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.backends.base.config_generator import expand_db_url
from tortoise.connection import get_connections
from tortoise.exceptions import BaseORMException, DBConnectionError
from tortoise.utils import get_schema_sql

from bot.core.machine import clock
from bot.core.text import Told, msg

from . import apps, schema
from .server.addresses import machines, with_first
from .transactions import make_cancellable

if TYPE_CHECKING:
    import asyncpg

_SQLITE = "sqlite://"
MEMORY = f"{_SQLITE}:memory:"
_schemas: dict[tuple[bool, tuple[str, ...]], str] = {}
"""Scripts for `created`, by whether they are for SQLite and by the apps: making one takes longer than running it."""
_MIGRATION_LOCK = 7_203_114
# The write-ahead log is written over from its start, not cut off and made longer again: that halves a commit's wait.
# What is deleted is overwritten: a file that is copied or found later shows nothing of who was erased.
_SQLITE_PRAGMAS = "busy_timeout=10000&synchronous=FULL&journal_size_limit=67108864&secure_delete=ON"
_MIGRATION_PRAGMAS = "foreign_keys=OFF&busy_timeout=10000&secure_delete=ON"

_SERVER_SETTINGS = {
    "jit": "off",
    "tcp_keepalives_idle": "3",
    "tcp_keepalives_interval": "2",
    "tcp_keepalives_count": "3",
}
"""Settings of our sessions. Compiling takes 40 ms for a statement of 1 ms, where the planner takes the tree of units
for larger than it is. A machine that vanishes says no goodbye: its open transaction would keep its locks for two hours,
by the system's own patience; so after some nine seconds of silence the server ends the session."""

_WRITES = "primary"
"""Of several servers the one that is no standby."""

_NO_ROOM = ("disk I/O error", "database or disk is full")
"""SQLite's errors on a full disk: which of them depends on what it was writing."""


_NOT_OURS = ("unable to open database file", "attempt to write a readonly database")
"""SQLite's errors for a file of another user, and on a disk that is read-only."""
_LOCKED = ("database is locked",)
_DAMAGED = ("malformed", "not a database")
"""What SQLite says of a file whose pages do not fit together."""
_MOST_LOOKED_THROUGH = 500_000_000
"""Bytes, three seconds. In a larger file a damaged page is found when it is read: told as plainly, but later."""


_MOST_FREE, _SHARE_FREE = 50_000_000, 0.3
"""Bytes, and the share of a file, that may be free in it without the file being made smaller."""


class DatabaseError(Told):
    """The database cannot be used as it is; the text says what to do."""

    @classmethod
    def of(cls, why: Told | str) -> DatabaseError:
        """Return the error of a database that cannot be opened."""
        return cls(msg("the database cannot be opened: {why}"), why=why)


class ServerState(NamedTuple):
    """A PostgreSQL server: its major version, its time, and how many connections it has and may have."""

    version: int
    clock: datetime
    connections: int
    most: int


Known = Mapping[str, apps.App] | None
"""The apps whose tables a database has; None: all that `bot.storage.apps` knows."""


class Config(TypedDict):
    """The configuration of Tortoise."""

    connections: dict[str, str | dict[str, object]]
    apps: dict[str, apps.App]
    use_tz: bool
    timezone: str


def _apps(known: Known) -> dict[str, apps.App]:
    return apps.known() if known is None else dict(known)


def file_url(path: Path) -> str:
    return f"{_SQLITE}{path}"


def is_sqlite(url: str) -> bool:
    return url.startswith(_SQLITE)


def _path(url: str) -> Path:
    return Path(url.removeprefix(_SQLITE))


def config(url: str, pragmas: str = _SQLITE_PRAGMAS, known: Known = None) -> Config:
    """Return the configuration for the tables of `known` apps; None: all that `bot.storage.apps` knows."""
    return {
        "connections": {"default": _sqlite(url, pragmas) if is_sqlite(url) else _connection(url)},
        "apps": _apps(known),
        "use_tz": True,
        "timezone": "UTC",
    }


def _sqlite(url: str, pragmas: str) -> dict[str, object]:
    """Return the settings with the literal path: the library would misread a `#` or `?` in a folder's name."""
    known = expand_db_url(f"{MEMORY}?{pragmas}")
    return {**known, "credentials": {**known["credentials"], "file_path": url.removeprefix(_SQLITE)}}


def _connection(url: str) -> dict[str, object]:
    """Return the running bot's connection: on SQLite see bot.storage.sqlite, on PostgreSQL a pool without resets."""
    if is_sqlite(url):
        return {**_sqlite(url, _SQLITE_PRAGMAS), "engine": "bot.storage.sqlite"}
    known = expand_db_url(with_first(url))
    credentials = {**known["credentials"], "reset": _as_it_is, "server_settings": dict(_SERVER_SETTINGS)}
    if len(named := machines(url)) > 1:
        credentials |= {"machines": named, "target_session_attrs": _WRITES}
    return {**known, "engine": "bot.storage.postgres", "credentials": credentials}


async def _as_it_is(connection: asyncpg.Connection) -> None:
    """Leave the connection as it is when it returns to the pool.

    No statement of ours changes a session's settings, so a reset after each one is a needless round trip. The pool has
    already rolled back a transaction that a cancelled task left open.
    """


async def migrate(url: str, known: Known = None) -> None:
    """Bring the schema up to date. A SQLite file is copied beside itself first, when there is something to do.

    A new one gets its schema from a script. On PostgreSQL an advisory lock makes a second process wait. Raises
    DatabaseError.
    """
    if is_sqlite(url):
        path = _path(url)
        try:
            # Looked at before anything connects: that alone makes the file.
            if not _holds_something(path):
                schema.create(path, core_alone=known is not None)
                if await pending(url, known):
                    await run_migrations(url, known)
            else:
                _look_for_damage(path)
                if await pending(url, known):
                    await _step_up(path, known)
            _try_to_write(path)
            _give_room_back(path)
        except sqlite3.Error as error:
            raise DatabaseError.of(_why(error)) from error
        return
    connection = await connected(url)
    try:
        await connection.execute("select pg_advisory_lock($1)", _MIGRATION_LOCK)
        applied = await _applied(connection)
        if applied and _lacking(applied, known):
            await _note(connection, _done_before(applied, await _tables(connection), known))
            applied = await _applied(connection)
        if _lacking(applied, known):
            await run_migrations(url, known)
    finally:
        await connection.close()


async def _step_up(path: Path, known: Known) -> None:
    """Bring a SQLite file up to date; what it was before stays beside it."""
    before, copy = schema.applied(path), _copy_beside(path)
    try:
        schema.note(path, _done_before(before, schema.tables(path), known))
        if await pending(file_url(path), known):
            await run_migrations(file_url(path), known)
    except BaseException:
        # A bot that cannot start is started again and again: as many copies of the same would fill the disk.
        with contextlib.suppress(sqlite3.Error):
            if schema.applied(path) == before:
                copy.unlink(missing_ok=True)
        raise


async def run_migrations(url: str, known: Known = None) -> None:
    """Run what is missing, step by step, each in one commit with its record.

    On SQLite foreign keys are off meanwhile: rebuilding a parent table would otherwise empty its children.
    """
    from .stepping import run

    settings = config(url, _MIGRATION_PRAGMAS, known)
    await run(dict(settings), settings["apps"])


async def connected(url: str) -> asyncpg.Connection:
    """Open a connection of its own; the library's plan would take an unreachable server for an empty database."""
    try:
        import asyncpg
    except ModuleNotFoundError:
        raise DatabaseError(msg("BOT_DATABASE_URL: the package asyncpg is not installed")) from None

    try:
        if len(machines(url)) > 1:
            return await asyncpg.connect(url, target_session_attrs=_WRITES)
        return await asyncpg.connect(url)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise DatabaseError.of(_why(error)) from error


def _why(error: Exception) -> Told | str:
    """Describe an error with its remedy, if the driver tells only its symptom."""
    if isinstance(error, DBConnectionError) and isinstance(error.__cause__, OSError):
        error = error.__cause__
    if isinstance(error, OSError):
        met = error.strerror or type(error).__name__
        return Told(msg("no server answers; look at BOT_DATABASE_URL, and whether PostgreSQL runs ({met})"), met=met)
    if str(error) in _NO_ROOM:
        return Told(msg("the disk is full or broken; make room and start again ({met})"), met=error)
    if str(error) in _NOT_OURS:
        text = msg("no right to the file: the bot must own the data folder and all files in it (chown -R) ({met})")
        return Told(text, met=error)
    if str(error) in _LOCKED:
        text = msg("another command writes for a long time; wait until it ends and start again ({met})")
        return Told(text, met=error)
    if any(sign in str(error) for sign in _DAMAGED):
        return _what_to_do(str(error))
    return str(error)


async def pending(url: str, known: Known = None) -> list[str]:
    """Return the names of the migrations that this database lacks; raise DatabaseError."""
    if is_sqlite(url):
        path = _path(url)
        try:
            return _lacking(schema.applied(path) if _holds_something(path) else set(), known)
        except sqlite3.Error as error:
            raise DatabaseError.of(_why(error)) from error
    connection = await connected(url)
    try:
        return _lacking(await _applied(connection), known)
    finally:
        await connection.close()


async def server(url: str) -> ServerState:
    """Return how a PostgreSQL server is. Raises DatabaseError when it cannot be reached."""
    connection = await connected(url)
    try:
        row = await connection.fetchrow(
            "select current_setting('server_version_num')::int / 10000 as version, clock_timestamp() as clock,"
            " (select count(*) from pg_stat_activity) as connections, current_setting('max_connections')::int as most"
        )
    finally:
        await connection.close()
    return ServerState(int(row["version"]), row["clock"], int(row["connections"]), int(row["most"]))


def look_for_damage(url: str) -> None:
    """Look through a SQLite file that is not too large for damaged pages. Raises DatabaseError."""
    path = _path(url)
    try:
        if _holds_something(path):
            _look_for_damage(path)
    except sqlite3.Error as error:
        raise DatabaseError.of(_why(error)) from error


async def _applied(connection: asyncpg.Connection) -> set[schema.Step]:
    """Return the migrations that a database on PostgreSQL has had."""
    if await connection.fetchval("select to_regclass($1)", schema.HISTORY) is None:
        return set()
    rows = await connection.fetch(f"select app, name from {schema.HISTORY}")
    return {schema.Step(str(row["app"]), str(row["name"])) for row in rows}


async def _tables(connection: asyncpg.Connection) -> set[str]:
    rows = await connection.fetch("select tablename from pg_tables where schemaname = current_schema()")
    return {str(row["tablename"]) for row in rows}


async def _note(connection: asyncpg.Connection, steps: Sequence[schema.Step]) -> None:
    await connection.executemany(f"insert into {schema.HISTORY} (app, name, applied_at) values ($1, $2, now())", steps)


def _done_before(applied: set[schema.Step], tables: set[str], known: Known = None) -> list[schema.Step]:
    """Return the steps that this database has had as part of other ones; see `bot.storage.moved`."""
    lacking = _known_steps(known) - applied
    if not lacking:
        return []
    from .moved import already_done  # with Tortoise's migrations, which no start needs whose tables are made

    packages = {name: app["migrations"] for name, app in _apps(known).items()}
    return already_done(lacking, applied, tables, packages)


def _lacking(applied: set[schema.Step], known: Known = None) -> list[str]:
    """Return the names of the migrations that this database has not had, as `app.name`.

    Raises DatabaseError when more was applied than this version knows: it would write what the newer one refuses.
    The tables of a package that is gone stay as they are.
    """
    steps = _known_steps(known)
    if {step for step in applied if step.app in _apps(known)} - steps:
        raise DatabaseError(msg("the database is of a newer version: upgrade the program"))
    return [f"{step.app}.{step.name}" for step in sorted(steps - applied)]


def _known_steps(known: Known = None) -> set[schema.Step]:
    return {step for name, app in _apps(known).items() for step in _steps(name, app["migrations"])}


def _steps(app: str, package: str) -> list[schema.Step]:
    """Return the migrations that an app brings along; none of it is imported, not even the package."""
    spec = find_spec(package)
    if spec is None:
        raise ModuleNotFoundError(f"No module named {package!r}", name=package)
    return [schema.Step(app, module.name) for module in pkgutil.iter_modules(spec.submodule_search_locations)]


@asynccontextmanager
async def opened(url: str, known: Known = None) -> AsyncIterator[BaseDBAsyncClient]:
    """Open the database, ready for use; raise DatabaseError. Always closed, or the interpreter would hang at exit."""
    try:
        settings = config(url, known=known)
        settings["connections"]["default"] = _connection(url)
        await Tortoise.init(config=dict(settings), _enable_global_fallback=True)
        client = get_connections().get("default")
        await client.create_connection(with_db=True)
    except (BaseORMException, sqlite3.Error, OSError) as error:
        await Tortoise.close_connections()
        raise DatabaseError.of(_why(error)) from error
    make_cancellable(client)
    try:
        yield client
    finally:
        await Tortoise.close_connections()


@asynccontextmanager
async def created(url: str, known: Known = None) -> AsyncIterator[BaseDBAsyncClient]:
    """Open an empty database with the schema of the models, for tests: no migration runs."""
    async with opened(url, known) as client:
        kind = (is_sqlite(url), tuple(_apps(known)))
        if kind not in _schemas:
            _schemas[kind] = get_schema_sql(client, safe=True)
        await client.execute_script(_schemas[kind])
        yield client


@contextlib.contextmanager
def damage_told() -> Iterator[None]:
    """Within, what stops SQLite and a person can mend is a DatabaseError, also if it comes in the middle of the work.

    Such are a damaged page, a full disk, a file of another user, and another command that does not end.
    """
    try:
        yield
    except (BaseORMException, sqlite3.DatabaseError) as error:
        if not any(sign in str(error) for sign in (*_DAMAGED, *_NO_ROOM, *_NOT_OURS, *_LOCKED)):
            raise
        raise DatabaseError.of(_why(error)) from error


def _look_for_damage(path: Path) -> None:
    """Look for damaged pages now, not in the middle of a conversation. Raises DatabaseError."""
    if path.stat().st_size > _MOST_LOOKED_THROUGH:
        return
    with contextlib.closing(sqlite3.connect(path)) as connection:
        (found,) = connection.execute("pragma quick_check(1)").fetchone()
    if found != "ok":
        raise DatabaseError.of(_what_to_do(found.splitlines()[-1]))


def _what_to_do(damage: str) -> Told:
    return Told(
        msg("the file is damaged; keep this data folder, and restore the last backup into an empty one ({met})"),
        met=damage,
    )


def _holds_something(path: Path) -> bool:
    return path.exists() and path.stat().st_size > 0


def _try_to_write(path: Path) -> None:
    """Raise DatabaseError if the file is read-only, as one of another user is, before the first message fails.

    A full disk passes by itself, so it is not checked.
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
                    msg("{file}: the bot may not write; it must own the data folder and all files in it (chown -R)"),
                    file=path,
                ) from None


def _give_room_back(path: Path) -> None:
    """Make a file smaller of which a large part is free, now that nobody waits for an answer.

    Raises sqlite3.Error; a disk without room for it leaves the file as it is.
    """
    with contextlib.closing(sqlite3.connect(path)) as connection:
        (size,) = connection.execute("pragma page_size").fetchone()
        (free,) = connection.execute("pragma freelist_count").fetchone()
        (pages,) = connection.execute("pragma page_count").fetchone()
        room = shutil.disk_usage(path.parent).free
        if free * size < _MOST_FREE or free < pages * _SHARE_FREE or room < 2 * pages * size:
            return
        connection.execute("pragma secure_delete = on")
        connection.execute("vacuum")


def _copy_beside(path: Path) -> Path:
    """Copy a file whole or not at all: the way back takes each copy for one that the data can come from."""
    copy = path.with_name(f"{path.name}.before-{clock.now():%Y%m%d-%H%M%S}")
    partial = path.with_name(f"{path.name}.copying")
    try:
        _remove_partial(partial)  # of a process that was killed
        with (
            contextlib.closing(sqlite3.connect(path)) as source,
            contextlib.closing(sqlite3.connect(partial)) as target,
        ):
            source.backup(target)
        shutil.copymode(path, partial)
        partial.replace(copy)
    finally:
        _remove_partial(partial)
    return copy


def _remove_partial(partial: Path) -> None:
    for path in partial.parent.glob(f"{partial.name}*"):
        path.unlink(missing_ok=True)
