"""What the bot of the little town does for those who try its core: pictures, long work, what no process outlives."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

from bot.core.context import Context
from bot.core.engine import Engine
from bot.core.events import Chat
from bot.core.messages import Attachment, Button
from bot.core.pacing import Pacer, PacingSlot
from bot.core.platform import Capabilities, Clock, Platform
from bot.core.router import Router
from bot.core.sessions import StoreUnavailable
from bot.core.text import Text
from bot.framework import process
from bot.storage.event_reads import Watched, current_reads
from bot.storage.sql import asked
from tests.world import little

if TYPE_CHECKING:
    from tests.world.life import Life
    from tests.world.world import World

BLOCKS = {"ngan": 1.8, "dai": 2.6}
"""Seconds for which a handler keeps its whole process; from two on the log says so."""
DAWDLES = {"ngan": 9.5, "dai": 10.5}
"""The same of one that waits; from ten on the log says so."""
JOINS_AFTER = 4.0
RELIES = 0.6
"""Seconds for which one relies on what was read."""
OUR_BUG = "a bug of ours"


def add(router: Router, life: Life, world: World) -> None:
    _add_work(router, life, world)
    _add_units(router)


def _add_units(router: Router) -> None:
    @router.command("giu", "giữ", takes_args=True)
    async def holds(ctx: Context) -> None:
        """Rely on what stands in another chat, as on a role, until the commit; others write there meanwhile."""
        chat, _, token = ctx.args.partition(" ")
        rows = await asked("select count(*) as n from world_effects where chat = ?", [chat])
        seen = str(rows[0]["n"])
        if (reads := current_reads()) is not None:
            reads.watch(Watched("select cast(count(*) as text) from world_effects where chat = ?", (chat,), seen))
        await asyncio.sleep(RELIES)
        async with ctx.changes():
            await little.effect(ctx, token)
            ctx.reply(Text.verbatim(f"Giữ {token}: {seen} ở {chat}."))

    @router.command("chonlau", "chọn lâu", takes_args=True)
    async def chooses(ctx: Context) -> None:
        """Offer choices that are too long for a messenger, in one commit with an effect."""
        async with ctx.changes():
            await little.effect(ctx, f"{ctx.args} lâu")
            choices = [little.Choose(ctx.args, at, "y" * 60) for at in range(1, 4)]
            buttons = [Button.to(f"Mục {ctx.args}-{one.at}", one) for one in choices]
            ctx.reply(
                Text.verbatim(f"Mời chọn {ctx.args}:"), [*buttons, Button.to("Cách khác", choices[0], apart=True)]
            )

    @router.command("chonben", "chọn bên", takes_args=True)
    async def chooses_aside(ctx: Context) -> None:
        """Offer choices that leave those before them standing."""
        buttons = [Button.to(f"Mục {ctx.args}-{at}", little.Choose(ctx.args, at, "")) for at in range(1, 4)]
        ctx.reply(Text.verbatim(f"Mời chọn {ctx.args}:"), buttons, aside=True)

    @router.command("hoigi", "hỏi gì", takes_args=True)
    async def asked_last(ctx: Context) -> None:
        """Say which choices stand under the last reply."""
        last = ctx.session.asks
        words = "không" if last is None else last.buttons[0].label
        ctx.reply(Text.verbatim(f"Hỏi {ctx.args}: {words}."))


def _add_work(router: Router, life: Life, world: World) -> None:
    @router.command("anh", "ảnh", takes_args=True)
    async def picture(ctx: Context) -> None:
        shown = Attachment("photo", f"m-{ctx.args}", f"hình {ctx.args}", 1000)
        ctx.reply(Text.verbatim(f"Ảnh {ctx.args} đây."), attachment=shown)

    @router.command("no", "nổ", takes_args=True)
    async def dies(ctx: Context) -> None:
        """Take the process along, as a bug in C or want of memory does."""
        world.timeline.after(0.0, partial(world.dies_of, life, ctx.args))
        await asyncio.sleep(60.0)

    @router.command("chan", "chặn", takes_args=True)
    async def blocks(ctx: Context) -> None:
        """Compute without a pause: nothing else of this process goes on meanwhile."""
        how, _, token = ctx.args.partition(" ")
        world.timeline.passes(BLOCKS[how])
        ctx.reply(Text.verbatim(f"Chặn {token}."))

    @router.command("cho", "chờ", takes_args=True)
    async def waits(ctx: Context) -> None:
        how, _, token = ctx.args.partition(" ")
        await asyncio.sleep(DAWDLES[how])
        ctx.reply(Text.verbatim(f"Chờ {token}."))


class FaultyPacer(Pacer):
    """Has an error of our own where the world says so: it costs the queue of a chat, which must begin again."""

    def __init__(self, per_second: float, clock: Clock, world: World) -> None:
        super().__init__(per_second, clock)
        self._world = world

    async def wait(self, chat: Chat, caps: Capabilities) -> PacingSlot:
        if self._world.bugs > 0:
            self._world.bugs -= 1
            raise RuntimeError(OUR_BUG)
        return await super().wait(chat, caps)


@asynccontextmanager
async def joining(engine: Engine, port: Platform, joined: dict[str, Platform], clock: Clock) -> AsyncIterator[None]:
    """Have a messenger join a process that is at work: what an earlier one left there is taken up before it listens."""

    async def join() -> None:
        await clock.sleep(JOINS_AFTER)
        joined[port.name] = port
        while True:
            try:
                await engine.take_up(port.name)
                break
            except StoreUnavailable:
                await clock.sleep(1.0)
        engine.joined()
        await process.listen(port, engine, {})

    task = asyncio.create_task(join())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
