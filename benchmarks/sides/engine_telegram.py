"""Our engine behind the Telegram adapter: bytes of the webhook in, a call of the Bot API out."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import cast

from aiohttp import web

from benchmarks import ours, telegram_stub, worker
from benchmarks.traffic import TOKEN, in_lanes, turns, update
from bot.platforms.telegram.adapter import HOOK, SECRET_HEADER

OPTIONS = {"token": TOKEN, "mode": "webhook"}


@dataclass
class Hooked:
    """All that the webhook's handler asks of a request."""

    body: bytes
    headers: dict[str, str]

    async def read(self) -> bytes:
        return self.body


@dataclass
class Webhook:
    """Telegram calling: returns when the person sees the answer."""

    bot: ours.Ours
    answers: telegram_stub.Answers

    def __post_init__(self) -> None:
        self._handler = self.bot.handler("POST", HOOK)
        self._headers = {SECRET_HEADER: self.bot.kit.derive("telegram-webhook")}

    async def brings(self, chat: int, body: bytes) -> telegram_stub.Seen:
        answered = self.answers.expect(chat)
        response = await self._handler(cast("web.Request", Hooked(body, self._headers)))
        if response.status != 200:
            raise RuntimeError(f"the webhook said {response.status}")
        return await answered


async def main(given: worker.Arguments) -> None:
    answers = telegram_stub.Answers()
    telegram_stub.install(answers.came)
    router = ours.table_router(given.routes)
    async with ours.running(given.database, given.folder, "telegram", OPTIONS, lambda *parts: router) as bot:
        hook = Webhook(bot, answers)
        done = 0

        async def round_(count: int) -> worker.Figures:
            nonlocal done
            work = [(turn.chat, update(turn)) for turn in turns(count, given.routes, done)]
            done += count

            async def say(item: tuple[int, bytes]) -> None:
                await hook.brings(*item)

            async def everything() -> None:
                await in_lanes(given.lanes, work, say)
                await bot.engine.idle()

            return await worker.measured(count, everything)

        await worker.serve(("aiogram", "tortoise-orm", "aiosqlite"), await bot.settings(), {"round": round_})


if __name__ == "__main__":
    asyncio.run(main(worker.arguments()))
