"""What the little town remembers of a chat between two events, and handlers that keep it waiting."""

from __future__ import annotations

import asyncio

from bot.core.context import Context
from bot.core.router import Router
from bot.core.text import Text

STOPPED_AFTER = 90.0
"""Seconds after which a handler is stopped; a slow disk keeps others for half a minute."""
HANGS, DAWDLES = 120.0, 11.0
LOCALES = ("vi", "en", "fr")


def add(router: Router) -> None:
    @router.command("nho", "nhớ", takes_args=True)
    async def remember(ctx: Context) -> None:
        """Count the visits in what is remembered, and change the language and the letters of the chat each time."""
        session = ctx.session
        nth = int(session.facts.get("nth", "0")) + 1
        ctx.reply(Text.verbatim(f"Nhớ {ctx.args}: {nth} {ctx.locale} {session.large}."))
        session.facts["nth"] = str(nth)
        session.locale = LOCALES[nth % len(LOCALES)]
        session.large = nth % 2 == 1

    @router.command("treo", takes_args=True)
    async def hang(ctx: Context) -> None:
        """Never come to an end: a bug that the engine puts an end to."""
        ctx.reply("Không ai đọc.")
        await asyncio.sleep(HANGS)

    @router.command("cham", "chậm", takes_args=True)
    async def dawdle(ctx: Context) -> None:
        """Take so long that the log says so."""
        await asyncio.sleep(DAWDLES)
        ctx.reply(Text.verbatim(f"Chậm {ctx.args}."))
