"""Taking what was deleted out of the database's files, where a copy of the disk would still show it."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.machine import clock

from .lite import free_room
from .portions import PORTION
from .sql import Sql, available
from .sqlite import SharingClient

COPIES_KEPT = 14
"""Days after which the copy of a database that was made before it was brought up to date is no use any more."""
_DAY = 24 * 3600.0
_PATIENCE = 50
"""Milliseconds."""


async def scrub(db: BaseDBAsyncClient) -> bool:
    """Overwrite what is free in the database; nobody may have a transaction open in this task.

    On SQLite deleted rows are overwritten at once, but copies of them stay where pages were divided and in the
    write-ahead log: so the room that is free inside pages is overwritten, in portions, and the log cut to nothing.
    False while another process reads: it must be done again. On PostgreSQL the space of deleted rows is given free.
    Raises StoreUnavailable.
    """
    sql = Sql(db)
    if sql.postgres:
        names = await sql.rows(
            "select quote_ident(c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace"
            " where c.relkind = 'r' and n.nspname = current_schema() and pg_get_userbyid(c.relowner) = current_user"
        )
        with available():
            await db.execute_script(f"vacuum {', '.join(str(row['name']) for row in names)}")
        return True
    if isinstance(db, SharingClient) and await db.in_connection(free_room.can_be_overwritten):
        page = 1
        while page:
            began = clock.elapsed()
            page = await db.in_connection(free_room.overwrite, page, PORTION)
            await asyncio.sleep(clock.elapsed() - began)
        return await db.in_connection(_cut_log)
    await sql.rows("vacuum")
    return (await sql.rows("pragma wal_checkpoint(truncate)"))[0]["busy"] == 0


def _cut_log(connection: sqlite3.Connection) -> bool:
    """Cut the write-ahead log to nothing; False, soon, while somebody reads: everybody else waits meanwhile."""
    connection.execute("pragma wal_checkpoint(passive)").fetchall()
    (patience,) = connection.execute("pragma busy_timeout").fetchone()
    connection.execute(f"pragma busy_timeout = {_PATIENCE}")
    try:
        return bool(connection.execute("pragma wal_checkpoint(truncate)").fetchone()[0] == 0)
    finally:
        connection.execute(f"pragma busy_timeout = {patience}")


async def remove_old_copies(path: Path) -> None:
    """Remove old copies that an upgrade or the way back left beside a SQLite file: they hold who was erased since."""
    await asyncio.to_thread(_remove_old_copies, path)


def _remove_old_copies(path: Path) -> None:
    for copy in [*path.parent.glob(f"{path.name}.before-*"), *path.parent.glob(f"{path.name}.after-*")]:
        if clock.now().timestamp() - copy.stat().st_mtime > COPIES_KEPT * _DAY:
            copy.unlink(missing_ok=True)
