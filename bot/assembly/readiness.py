"""`/readyz`: whether this process can do its work: write, and reach its messengers. Part of bot.assembly.parts."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from pathlib import Path

from aiohttp import web
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.machine import clock
from bot.core.platform import Clock, account_of
from bot.features.notices import delivery_channels
from bot.storage.sql import Sql

PATIENCE = 5.0
"""Seconds until a database counts as one that does not answer."""
GOOD_FOR = 5.0
"""Seconds for which a good answer is given again: who asks often must not make the disk work."""
_BLOCK = b"\0" * 4096
_CANNOT = "không ghi được dữ liệu ({where}): đĩa đầy, hỏng, hoặc bot không có quyền; nhật ký của bot nói rõ\n"
_OFF = "{name} không chạy: {why}\n"
_REFUSED = "mã của bot ở đó không còn dùng được; thay mã mới rồi khởi động lại"
log = logging.getLogger(__name__)


class Readiness:
    """A row is written to the database and a block to the data folder, where pictures and sound go.

    A database alone would not tell: SQLite goes on for a while in the room that its log already has.
    """

    def __init__(self, db: BaseDBAsyncClient, folder: Path, clock: Clock) -> None:
        self._sql = Sql(db)
        self._file = folder / "readyz.part"
        self._clock = clock
        self._asking = asyncio.Lock()
        self._good_until = 0.0
        self._was: str | None = None

    async def fault(self) -> str | None:
        """Return the place that cannot be written; None when all can."""
        async with self._asking:
            if self._clock.monotonic() < self._good_until:
                return None
            fault = await self._look()
            if fault is None:
                self._good_until = self._clock.monotonic() + GOOD_FOR
                if self._was is not None:
                    log.info("ready again (%s)", self._was)
            self._was = fault
            return fault

    async def _look(self) -> str | None:
        try:
            async with asyncio.timeout(PATIENCE):
                await self._sql.rows(
                    "insert into platform_values (platform, key, value) values ('installation', 'written', ?)"
                    " on conflict (platform, key) do update set value = excluded.value returning value",
                    [clock.now().isoformat()],
                )
        except Exception as error:  # whatever it is, no row was written
            return self._described("cơ sở dữ liệu", error)
        try:
            await asyncio.to_thread(self._write)
        except OSError as error:
            return self._described("thư mục dữ liệu", error)
        return None

    def _write(self) -> None:
        try:
            self._file.write_bytes(_BLOCK)
        finally:
            self._file.unlink(missing_ok=True)

    def _described(self, where: str, error: Exception) -> str:
        if self._was != where:
            log.error("not ready (%s): %s: %s", where, type(error).__name__, error)
        return where


def add_readiness(pages_app: web.Application, readiness: Readiness, off: Mapping[str, str]) -> None:
    """Add `/readyz`. `off` maps the messengers that ended to what the operator has to mend."""

    async def readyz(request: web.Request) -> web.Response:
        where = await readiness.fault()
        if where is not None:
            return web.Response(status=503, text=_CANNOT.format(where=where))
        # A further account that ended is its commune's matter and no reason to take this process out of service.
        told = dict.fromkeys(sorted(await delivery_channels.refused()), _REFUSED) | dict(off)
        told = {name: why for name, why in told.items() if not account_of(name)}
        if told:
            lines = [_OFF.format(name=name, why=why) for name, why in sorted(told.items())]
            return web.Response(status=503, text="".join(lines))
        return web.Response(text="ok\n")

    pages_app.router.add_get("/readyz", readyz)
