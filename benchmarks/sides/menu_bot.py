"""Our guide, with all the rest of the bot around it, on Telegram."""

from __future__ import annotations

import asyncio

from tortoise.backends.base.client import BaseDBAsyncClient

from benchmarks import menu, ours, telegram_stub, worker
from benchmarks.menu_walk import Walk
from benchmarks.sides.engine_telegram import OPTIONS, Webhook
from benchmarks.traffic import CONVERSATIONS, FIRST_CHAT, text_update
from bot.assembly import app, families
from bot.assembly.services import make_services
from bot.core.platform import Platform
from bot.core.router import Router
from bot.features.commune import settings as commune
from bot.handlers.kit.base import Base, Content
from bot.platforms import Kit
from bot.settings import Settings


async def _not_kept(name: str, data: bytes) -> str:
    return name


def make_router(content: Content) -> ours.MakeRouter:
    """The conversations as the program has them."""

    def made(kit: Kit, platform: Platform, db: BaseDBAsyncClient) -> Router:
        services = make_services(
            ours.SECRET_KEY,
            db,
            content,
            {platform.name: platform.capabilities},
            link_to=kit.media.url,
            locale="vi",
            now=kit.clock.now,
            wake=lambda *_: None,
        )
        media, zone = kit.media, kit.settings.zone
        base = Base(content, services, [platform], media.store, _not_kept, zone=zone)
        return families.join(families.discover(), base).router

    return made


async def main(given: worker.Arguments) -> None:
    answers = telegram_stub.Answers()
    telegram_stub.install(answers.came)
    guides = given.folder / "guides"
    guides.mkdir()
    (guides / f"{menu.SLUG}.md").write_text(menu.markdown(), "utf-8")
    content = app.read_content(Settings(guides_dir=guides, data_dir=given.folder), default=commune.DEMO)
    translate = content.catalogues.translate
    router = make_router(content)
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
