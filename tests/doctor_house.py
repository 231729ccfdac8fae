"""A whole installation in which nothing is wrong, and whose every part a test can break: for `doctor`."""

from __future__ import annotations

import os
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic

from aiohttp import web
from tortoise.backends.base.client import BaseDBAsyncClient

from bot import platforms
from bot.assembly.doctor import Doctor
from bot.features import units
from bot.features.backups.schedule import BackupPlan, BackupState, write_plan, write_state
from bot.features.doctor.diagnosis import Diagnosis
from bot.features.people import people
from bot.features.people.accounts import Account
from bot.settings import load
from bot.storage import database
from tests.platforms.fake_telegram import FakeTelegram
from tests.platforms.fake_zalo import FakeZalo
from tests.ports import unused_port

CERTIFICATES = Path(__file__).parent / "data" / "certificates"
"""Each with its key, for `localhost` if its name says nothing else; made once for these tests, secret to nobody."""


class Hours:
    """The real time, as vendors answer with it, and what a test adds to it."""

    def __init__(self) -> None:
        self.wrong = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.wrong

    def monotonic(self) -> float:
        return monotonic()

    async def sleep(self, seconds: float) -> None:
        del seconds


@dataclass
class Page:
    """A small server: what it answers to the paths that are asked."""

    status: int = 200
    text: str = "ok\n"
    base: str = ""

    async def answer(self, request: web.Request) -> web.Response:
        return web.Response(status=self.status, text=self.text)


@dataclass
class House:
    """Telegram by webhook and Zalo by polling, a page behind a proxy, the bot at work, a backup of today."""

    data: Path
    env: Path
    telegram: FakeTelegram
    zalo: FakeZalo
    public: Page
    at_work: Page
    clock: Hours
    environ: dict[str, str] = field(default_factory=dict)
    trusted: str = "good.pem"

    @property
    def url(self) -> str:
        return database.file_url(self.data / "bot.sqlite3")

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[BaseDBAsyncClient]:
        async with database.opened(self.url) as db:
            yield db

    def doctor(self) -> Doctor:
        settings = load(self.environ, [name for name in ("telegram", "zalo", "web") if platforms.exists(name)])
        trusted = ssl.create_default_context(cafile=CERTIFICATES / self.trusted)
        return Doctor(settings, self.environ, self.clock, self.env, trusted)

    async def examined(self) -> list[Diagnosis]:
        return await self.doctor().from_outside()


@asynccontextmanager
async def house(folder: Path, certificate: str = "good.pem") -> AsyncIterator[House]:
    """Build it; every file is closed to others as the bot itself makes them."""
    with _closed():
        data, env, clock = folder / "data", folder / ".env", Hours()
        data.mkdir()
        env.write_text("BOT_PLATFORMS=telegram,zalo\n")
        (data / "secret_key").write_text("s" * 64)
        async with AsyncExitStack() as stack:
            telegram = await stack.enter_async_context(FakeTelegram())
            zalo = await stack.enter_async_context(FakeZalo())
            public = await stack.enter_async_context(_served(certificate))
            at_work = await stack.enter_async_context(_served(None))
            one = House(data, env, telegram, zalo, public, at_work, clock, trusted=certificate)
            one.environ = {
                "BOT_DATA_DIR": str(data),
                "BOT_PLATFORMS": "telegram,zalo",
                "BOT_PORT": at_work.base.rpartition(":")[2],
                "BOT_PUBLIC_URL": public.base,
                "BOT_TELEGRAM_TOKEN": telegram.token,
                "BOT_TELEGRAM_API_BASE": telegram.base,
                "BOT_TELEGRAM_MODE": "webhook",
                "BOT_ZALO_TOKEN": zalo.token,
                "BOT_ZALO_API_BASE": zalo.base,
                "BOT_ZALO_MODE": "polling",
            }
            telegram.webhook = f"{public.base}/hooks/telegram", "secret"
            await _furnish(one)
            yield one


async def _furnish(one: House) -> None:
    now = one.clock.now()
    await database.migrate(one.url)
    async with one.opened():
        since = (now - timedelta(days=30)).date()
        province = await units.create("ninh-binh", "tỉnh", "Ninh Bình", valid_from=since)
        commune = await units.create("yen-mo", "xã", "Yên Mô", parent=province.code, valid_from=since)
        chair = await people.remember(Account("telegram", "1"), "1", "Chủ tịch", now)
        await people.grant(chair, "chair", commune.id, now)
    write_state(one.data, BackupState(good_at=now - timedelta(hours=20), file="/backup/langso.zip", bytes=1))
    (one.data / "backups").mkdir()
    write_plan(one.data, BackupPlan(folder=one.data / "backups"))


@asynccontextmanager
async def _served(certificate: str | None) -> AsyncIterator[Page]:
    page, app, context = Page(), web.Application(), None
    app.router.add_get("/{path:.*}", page.answer)
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(CERTIFICATES / certificate)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    port = unused_port()
    await web.TCPSite(runner, "127.0.0.1", port, ssl_context=context).start()
    page.base = f"http://127.0.0.1:{port}" if context is None else f"https://localhost:{port}"
    try:
        yield page
    finally:
        await runner.cleanup()


@contextmanager
def _closed() -> Iterator[None]:
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)
