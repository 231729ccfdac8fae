"""The day on which everybody reports: 240 leaders of ten communes, each a message of figures and then "Đúng"."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime
from time import perf_counter

from tortoise.transactions import in_transaction

from benchmarks import ours, telegram_stub, worker
from benchmarks.sides.engine_telegram import OPTIONS, Webhook
from benchmarks.sides.menu_bot import make_router
from benchmarks.tails import percentile
from benchmarks.traffic import FIRST_CHAT, press_update, text_update
from bot.assembly import app
from bot.core.engine import EngineLimits
from bot.features import units
from bot.features.commune import settings as commune
from bot.features.people import people
from bot.features.people.accounts import Account
from bot.settings import Settings

COMMUNES, VILLAGES = 10, 24
A_MINUTE = 60.0
YES = "Đúng"


async def fill() -> None:
    """Inside the caller's transaction."""
    since, now = date(2025, 7, 1), datetime.now(UTC)
    await units.create("ninh-binh", "tỉnh", "Ninh Bình", valid_from=since)
    for number in range(COMMUNES):
        code = f"xa-{number}"
        await units.create(code, "xã", f"Số {number}", parent="ninh-binh", valid_from=since)
        for at in range(VILLAGES):
            village = await units.create(f"{code}-{at}", "thôn", f"Số {at}", parent=code, valid_from=since)
            await units.count(village.id, since, households=300, adults=800)
            chat = str(FIRST_CHAT + number * VILLAGES + at)
            person = await people.remember(Account("telegram", chat), chat, f"Tổ trưởng {chat}", now)
            await people.grant(person, "leader", village.id, now)


class Day:
    """What the leaders do; `times` are the seconds until each answer was there."""

    def __init__(self, hook: Webhook) -> None:
        self._hook = hook
        self._count = 0
        self.times: list[float] = []

    async def reports(self, number: int) -> None:
        chat = FIRST_CHAT + number % (COMMUNES * VILLAGES)
        amount = self._count % 90 + 1
        seen = await self._brings(chat, text_update(self._next(), chat, f"bc hồ sơ ={amount}, họp thôn =1"))
        data = seen.buttons()[YES]
        await self._brings(chat, press_update(self._next(), chat, data, seen.message_id))

    def _next(self) -> int:
        self._count += 1
        return self._count

    async def _brings(self, chat: int, body: bytes) -> telegram_stub.Seen:
        began = perf_counter()
        seen = await self._hook.brings(chat, body)
        self.times.append(perf_counter() - began)
        return seen

    def p95(self) -> worker.Figures:
        times, self.times = self.times, []
        return {"milliseconds": 1000 * percentile(times, 95)}


async def main(given: worker.Arguments) -> None:
    answers = telegram_stub.Answers()
    telegram_stub.install(answers.came)
    content = app.read_content(Settings(data_dir=given.folder), default=commune.DEMO)
    translate = content.catalogues.translate
    # The traffic's dates stand still, so what is said is old from the start.
    limits = EngineLimits(per_minute=10**9, stale_after=1e12)
    router = make_router(content)
    async with ours.running(
        given.database, given.folder, "telegram", OPTIONS, router, translate=translate, limits=limits
    ) as bot:
        async with in_transaction():
            await fill()
        hook = Webhook(bot, answers)
        day = Day(hook)
        for chat in range(FIRST_CHAT, FIRST_CHAT + COMMUNES * VILLAGES):
            await hook.brings(chat, text_update(10**8 + chat, chat, "/menu"))  # the introduction, once for each person
        await bot.engine.idle()

        async def busy(count: int) -> worker.Figures:
            """`count` leaders, beginning as densely as 240 in a minute."""
            began, tasks = perf_counter(), []
            for number in range(count):
                due = began + number * A_MINUTE / (COMMUNES * VILLAGES)
                await asyncio.sleep(max(0.0, due - perf_counter()))
                tasks.append(asyncio.create_task(day.reports(number)))
            await asyncio.gather(*tasks)
            return day.p95()

        async def idle(count: int) -> worker.Figures:
            """One leader at a time, nobody else."""
            for number in range(count):
                await day.reports(number)
                await asyncio.sleep(0.02)
            return day.p95()

        commands = {"busy": busy, "idle": idle}
        await worker.serve(("aiogram", "tortoise-orm", "aiosqlite"), await bot.settings(), commands)


if __name__ == "__main__":
    asyncio.run(main(worker.arguments()))
