"""What the bot of the little town does for those who try its core: pictures, long work, what no process outlives."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from bot.core.context import Context
from bot.core.events import Chat
from bot.core.messages import Attachment
from bot.core.pacing import Pacer, PacingSlot
from bot.core.platform import Capabilities, Clock
from bot.core.router import Router
from bot.core.text import Text

if TYPE_CHECKING:
    from tests.world.life import Life
    from tests.world.world import World

BLOCKS = {"ngan": 1.75, "dai": 2.5}
"""Seconds for which a handler keeps its whole process; from two on the log says so."""
DAWDLES = {"ngan": 9.5, "dai": 10.5}
"""The same of one that waits; from ten on the log says so."""
OUR_BUG = "a bug of ours"


def add(router: Router, life: Life, world: World) -> None:
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
