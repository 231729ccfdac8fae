"""Our engine on a real database, put together as the program does, on a clock that never makes it wait."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from time import monotonic
from types import new_class

from aiohttp import web
from aiohttp.typedefs import Handler as HttpHandler
from tortoise.backends.base.client import BaseDBAsyncClient

from benchmarks import worker
from benchmarks.traffic import BUTTONS, REPLY, action_code, command_name
from bot.core.actions import Action
from bot.core.context import Context, Translate
from bot.core.engine import Engine, EngineLimits
from bot.core.events import Chat
from bot.core.messages import Button
from bot.core.pacing import ChatPace, Pacer
from bot.core.platform import Capabilities, Clock, Platform
from bot.core.router import Router
from bot.core.text import Text
from bot.platforms import Kit, load
from bot.settings import Settings
from bot.storage import database
from bot.storage.media import MediaFiles
from bot.storage.platform_store import PlatformLog, PlatformValues
from bot.storage.server.shared_store import SharedStore
from bot.storage.store import ConversationStore

UNLIMITED = EngineLimits(per_minute=10**9)
HASTE = 1e6
PUBLIC_URL = "http://127.0.0.1:9"
SECRET_KEY = b"benchmark" * 4


class HastyClock:
    """Every pace and limit of the program is applied, but a million of its seconds pass in one."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return monotonic() * HASTE

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / HASTE)


class OpenPacer(Pacer):
    """By the real clock, without limits for a chat.

    On a hasty clock the patience of what is in the outbox is over before its turn comes, and it tries for ever.
    """

    def chat_delay(self, chat: Chat, caps: Capabilities, *, bulk: bool = False) -> float:
        return 0.0


@dataclass(frozen=True)
class _Route:
    """Reads and writes the session, and replies with two buttons."""

    name: str
    action: type[Action]

    async def command(self, ctx: Context) -> None:
        ctx.reply(*self._answer(ctx))

    async def press(self, ctx: Context, action: Action) -> None:
        ctx.replace(*self._answer(ctx))

    def _answer(self, ctx: Context) -> tuple[Text, list[Button]]:
        times = int(ctx.session.facts.get("times", "0")) + 1
        ctx.session.facts["times"] = str(times)
        return ctx.t(REPLY, name=self.name, times=times), [Button.to(label, self.action()) for label in BUTTONS]


def hasty_pacer(per_second: float, clock: Clock, chats: ChatPace) -> Pacer:
    """For the place of `Pacer` in a program whose other work goes by the real clock."""
    return Pacer(per_second, HastyClock(), chats)


def table_router(routes: int) -> Router:
    """Half of the routes are commands, half are buttons."""
    router = Router()
    for number in range(routes // 2):
        action: type[Action] = dataclass(frozen=True)(
            new_class(f"Route{number}", (Action,), {"code": action_code(number)})
        )
        router.command(command_name(number))(_Route(command_name(number), action).command)
        router.action(action)(_Route(action_code(number), action).press)
    return router


@dataclass(frozen=True)
class Ours:
    """An engine that listens on one platform."""

    engine: Engine
    platform: Platform
    kit: Kit
    db: BaseDBAsyncClient

    def handler(self, method: str, path: str) -> HttpHandler:
        """What answers at an address, for requests that never were on a wire."""
        for route in self.kit.web.router.routes():
            if route.method == method and route.resource is not None and route.resource.canonical == path:
                return route.handler
        raise LookupError(path)

    async def settings(self) -> dict[str, str]:
        """What the database says that it does for durability."""
        found: dict[str, str] = {}
        for name, question in worker.DATABASE_SETTINGS[self.db.capabilities.dialect].items():
            row = (await self.db.execute_query_dict(question))[0]
            found[name] = str(next(iter(row.values())))
        return found


MakeRouter = Callable[[Kit, Platform, BaseDBAsyncClient], Router]


def untranslated(locale: str, message: str, context: str | None = None) -> str:
    return message


@asynccontextmanager
async def running(
    url: str,
    folder: Path,
    name: str,
    options: Mapping[str, str],
    make_router: MakeRouter,
    *,
    translate: Translate = untranslated,
    limits: EngineLimits = UNLIMITED,
    guides: Path = Path("guides"),
) -> AsyncIterator[Ours]:
    """`url` is an empty database; leaves when everything in flight is done."""
    await database.migrate(url)
    async with database.opened(url) as db:
        clock = HastyClock()
        kit = Kit(
            settings=Settings(platforms=(name,), data_dir=folder, public_url=PUBLIC_URL),
            options=options,
            values=PlatformValues(db, name),
            log=PlatformLog(db, name),
            media=MediaFiles(folder / "media", guides, PUBLIC_URL),
            pages=cache(web.Application),
            clock=clock,
            secret_key=SECRET_KEY,
        )
        platform = load(name).create(kit)
        engine = Engine(
            router=make_router(kit, platform, db),
            store=ConversationStore(db) if database.is_sqlite(url) else SharedStore(db),  # as `serve` would
            platforms={name: platform},
            pacers={name: Pacer(1e9, clock)},
            translate=translate,
            link_to=kit.media.url,
            clock=clock,
            limits=limits,
        )
        await engine.start()
        listening = asyncio.create_task(platform.listen(engine.receive))
        await asyncio.sleep(0.1)
        gc.collect()
        gc.freeze()
        try:
            yield Ours(engine, platform, kit, db)
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)
            await engine.stop()
            await platform.close()
