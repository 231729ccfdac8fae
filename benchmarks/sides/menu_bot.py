"""Our guide, with all the rest of the bot around it, on Telegram."""

from __future__ import annotations

import asyncio

from benchmarks import menu, ours, telegram_stub, worker
from benchmarks.menu_walk import Walk
from benchmarks.sides.engine_telegram import OPTIONS, Webhook
from benchmarks.traffic import CONVERSATIONS, FIRST_CHAT, text_update
from bot import app
from bot.features import commune
from bot.settings import Settings


async def main(given: worker.Arguments) -> None:
    answers = telegram_stub.Answers()
    telegram_stub.install(answers.came)
    guides = given.folder / "guides"
    guides.mkdir()
    (guides / f"{menu.SLUG}.md").write_text(menu.markdown(), "utf-8")
    content = app.read_content(Settings(guides_dir=guides, data_dir=given.folder), default=commune.DEMO)
    router = app.build_router(content)
    translate = content.catalogues.translate
    async with ours.running(given.database, given.folder, "telegram", OPTIONS, router, translate=translate) as bot:
        hook = Webhook(bot, answers)
        for chat in range(FIRST_CHAT, FIRST_CHAT + CONVERSATIONS):
            await hook.brings(chat, text_update(10**8 + chat, chat, "/menu"))  # the introduction, once for each person
        await bot.engine.idle()
        walk = Walk(hook.brings)

        async def round_(count: int) -> worker.Figures:
            return await walk.round(count, given.lanes, bot.engine.idle)

        await worker.serve(("aiogram", "tortoise-orm", "aiosqlite"), await bot.settings(), {"round": round_})


if __name__ == "__main__":
    asyncio.run(main(worker.arguments()))
