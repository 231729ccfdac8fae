"""A changed message that replaces nothing which still waits: the person is told once a day that it is not read."""

from __future__ import annotations

from bot.core.context import Context
from bot.core.events import Edited, is_addressed
from bot.core.router import Router

_TOLD = "suatin"
"""The day on which this chat was told."""


def build() -> Router:
    router = Router()

    @router.on(Edited)
    async def not_read(ctx: Context) -> None:
        await say_not_read(ctx)

    return router


async def say_not_read(ctx: Context) -> None:
    day = f"{ctx.now:%Y-%m-%d}"
    if not (ctx.private or is_addressed(ctx.event)) or ctx.session.facts.get(_TOLD) == day:
        return
    ctx.session.facts[_TOLD] = day
    ctx.reply(ctx.t("Tin đã sửa thì tôi không đọc lại. Bác gõ lại thành một tin mới giúp tôi nhé."), aside=True)
