"""One process at work on a PostgreSQL without a broker: others wait for its lock, which ends with its connection."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from bot.framework.installation import AlreadyRunning
from bot.storage.database import DatabaseError, connected

if TYPE_CHECKING:
    import asyncpg

log: logging.Logger = logging.getLogger(__name__)

LOCK = 7_203_115
_TAKEN = "một tiến trình khác đã làm việc với cơ sở dữ liệu này; tiến trình này dừng"
LOOK = 5.0
"""Seconds between looks at the connection that has the lock, and to the next try of one that broke."""
# The server notices within so many seconds that a machine is gone, and gives its lock to another process.
_NOTICED = "set tcp_keepalives_idle = 5; set tcp_keepalives_interval = 3; set tcp_keepalives_count = 3"


@asynccontextmanager
async def at_work_alone(url: str) -> AsyncIterator[None]:
    """Wait until no other process is at work on this database, and keep others waiting until the block ends.

    Raises DatabaseError, and AlreadyRunning when another process got to work while the database was away.
    """
    lock = _Lock(url)
    task = asyncio.current_task()
    try:
        await lock.wait()
        watching = asyncio.create_task(lock.watch())
        if task is not None:
            watching.add_done_callback(lambda done: done.cancelled() or task.cancel())
        try:
            yield
        except asyncio.CancelledError:
            if watching.done():
                raise AlreadyRunning(_TAKEN) from None
            raise
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
    finally:
        lock.release()


class _Lock:
    """An advisory lock of the database, held by a connection of its own."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: asyncpg.Connection | None = None

    async def wait(self) -> None:
        if not await self._try(await connected(self._url)):
            log.warning("another process is at work on this database: this one waits for its end")
            if self._connection is not None:
                await self._connection.execute("select pg_advisory_lock($1)", LOCK)
            log.warning("the other process has ended: this one is at work now")

    async def watch(self) -> None:
        """Keep the lock over broken connections; returns when another process has it."""
        while True:
            await asyncio.sleep(LOOK)
            try:
                if self._connection is not None:
                    await self._connection.execute("select 1", timeout=LOOK)
            except Exception as error:
                log.warning("the connection with the lock broke: %s", type(error).__name__)
                self.release()
                if not await self._try(await self._connected()):
                    return

    def release(self) -> None:
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None

    async def _try(self, connection: asyncpg.Connection) -> bool:
        self._connection = connection
        await connection.execute(_NOTICED)
        return bool(await connection.fetchval("select pg_try_advisory_lock($1)", LOCK))

    async def _connected(self) -> asyncpg.Connection:
        while True:
            try:
                return await connected(self._url)
            except DatabaseError as error:
                log.warning("%s", error)
                await asyncio.sleep(LOOK)
