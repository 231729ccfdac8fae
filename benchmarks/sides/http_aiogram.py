"""The peer over HTTP: aiogram's own webhook, its FSM in SQLite, and the role of whoever speaks in a table.

`--option grouped`: statements that wait at the same time share a commit, as thirty lines of one's own would do it.
"""

from __future__ import annotations

import asyncio
import gc
import os
from typing import Any

import aiosqlite
from aiogram import Bot, Dispatcher, types
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.fsm.context import FSMContext
from aiogram.webhook.aiohttp_server import SimpleRequestHandler
from aiohttp import web

from benchmarks import worker
from benchmarks.sides.aiogram_fsm import SqliteStorage
from benchmarks.traffic import CONVERSATIONS

MENU = ("Hướng dẫn", "Cần giúp", "Tin của xã", "Việc của tôi", "Hỏi đáp", "Cài đặt")
STEP = "Bước {number}: bác bấm vào nút màu xanh, chờ màn hình hiện ra rồi bấm Tiếp. " * 4


class GroupedStorage(SqliteStorage):
    """One commit for all statements that wait while another commit is under way."""

    def __init__(self, db: aiosqlite.Connection) -> None:
        super().__init__(db)
        self._waiting: list[tuple[str, tuple[object, ...], asyncio.Future[Any]]] = []
        self._task: asyncio.Task[None] | None = None

    async def rows(self, statement: str, *values: object) -> Any:
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting.append((statement, values, future))
        if self._task is None:
            self._task = asyncio.create_task(self._commit())
        return await future

    async def _commit(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            done = await self._db._execute(self._together, batch)  # type: ignore[no-untyped-call]  # noqa: SLF001
            for (_, _, future), found in zip(batch, done, strict=True):
                future.set_result(found)
        self._task = None

    def _together(self, batch: list[tuple[str, tuple[object, ...], asyncio.Future[Any]]]) -> list[Any]:
        connection = self._db._conn  # noqa: SLF001
        connection.execute("begin")
        found = [connection.execute(statement, values).fetchall() for statement, values, _ in batch]
        connection.execute("commit")
        return found


def dispatcher(storage: SqliteStorage) -> Dispatcher:
    dp = Dispatcher(storage=storage)

    @dp.message()
    async def menu(message: types.Message, state: FSMContext) -> None:
        role = (await storage.rows("select role from roles where person = ?", message.chat.id))[0][0]
        await state.set_data({**await state.get_data(), "at": "menu"})
        rows = [[types.InlineKeyboardButton(text=label, callback_data=f"m|{label}")] for label in MENU]
        text = f"Chào bác ({role}). Bác cần gì thì bấm một nút, hoặc gõ vài chữ."
        await message.answer(text, reply_markup=types.InlineKeyboardMarkup(inline_keyboard=rows))

    @dp.callback_query()
    async def step(query: types.CallbackQuery, state: FSMContext) -> None:
        await query.answer()
        number = (await state.get_data()).get("step", 0) + 1
        await state.set_data({"step": number})
        labels = ("Tiếp", "Quay lại", "Tôi bị vướng", "Về menu")
        rows = [[types.InlineKeyboardButton(text=label, callback_data=f"s|{number}")] for label in labels]
        assert isinstance(query.message, types.Message)
        await query.message.answer(
            STEP.format(number=number), reply_markup=types.InlineKeyboardMarkup(inline_keyboard=rows)
        )

    return dp


async def main(given: worker.Arguments) -> None:
    kind = GroupedStorage if given.option == "grouped" else SqliteStorage
    storage = await kind.opened(str(given.folder / "fsm.sqlite3"))
    await storage.rows("create table roles (person bigint primary key, role text)")
    for first in (7_000_001, 7_000_301, 1001):
        for number in range(CONVERSATIONS):
            await storage.rows("insert or ignore into roles values (?, 'resident')", first + number)
    server = TelegramAPIServer.from_base(os.environ["BOT_TELEGRAM_API_BASE"])
    bot = Bot(os.environ["BOT_TELEGRAM_TOKEN"], session=AiohttpSession(api=server))
    application = web.Application()
    SimpleRequestHandler(dispatcher(storage), bot, secret_token="peer").register(  # noqa: S106 - of a server of ours
        application, path="/hooks/telegram"
    )
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    await bot.set_webhook(f"{url}/hooks/telegram", secret_token="peer")  # noqa: S106
    gc.collect()
    gc.freeze()
    questions = worker.DATABASE_SETTINGS["sqlite"]
    settings = {name: str((await storage.rows(question))[0][0]) for name, question in questions.items()}
    await worker.serve(("aiogram", "aiohttp", "aiosqlite"), {"url": url, **settings}, {"cpu": worker.cpu})
    await runner.cleanup()
    await storage.close()
    await bot.session.close()


if __name__ == "__main__":
    asyncio.run(main(worker.arguments()))
