"""The peer: the same guide with aiogram_dialog, its state in the same storage as the other peer's."""

from __future__ import annotations

import asyncio
import gc
from typing import Any

from aiogram import Bot, Dispatcher, types
from aiogram.filters import CommandStart
from aiogram.fsm.state import State, StatesGroup
from aiogram_dialog import (  # type: ignore[import-not-found,unused-ignore]  # it lives in the peer's environment
    Dialog,
    DialogManager,
    StartMode,
    Window,
    setup_dialogs,
)
from aiogram_dialog.widgets.kbd import (  # type: ignore[import-not-found,unused-ignore]
    Back,
    Button,
    Cancel,
    Next,
    Row,
    SwitchTo,
)
from aiogram_dialog.widgets.text import Const  # type: ignore[import-not-found,unused-ignore]

from benchmarks import telegram_stub, worker
from benchmarks.menu import AGAIN, BACK, DONE, FINISHED, LEAVE, NEXT, STEPS, STUCK
from benchmarks.menu_walk import Walk
from benchmarks.sides.aiogram_fsm import SqliteStorage
from benchmarks.traffic import TOKEN


class Page(StatesGroup):
    p1, p2, p3, p4, p5, p6, p7 = State(), State(), State(), State(), State(), State(), State()


PAGES = (Page.p1, Page.p2, Page.p3, Page.p4, Page.p5, Page.p6, Page.p7)


def windows() -> list[Any]:
    made = []
    for number, (title, words) in enumerate(STEPS):
        onward = Next(Const(NEXT if number + 1 < len(STEPS) else DONE), id="next")
        back = [Back(Const(BACK), id="back")] if number else []
        again = SwitchTo(Const(AGAIN), id="again", state=PAGES[number])
        row = Row(onward, *back, again, Button(Const(STUCK), id="stuck"), Cancel(Const(LEAVE), id="leave"))
        made.append(Window(Const(f"Bước {number + 1}/{len(STEPS)}: {title}"), Const(words), row, state=PAGES[number]))
    made.append(Window(Const(FINISHED), Cancel(Const(LEAVE), id="leave"), state=PAGES[len(STEPS)]))
    return made


async def main(given: worker.Arguments) -> None:
    answers = telegram_stub.Answers()
    telegram_stub.install(answers.came)
    storage = await SqliteStorage.opened(given.database)
    bot = Bot(TOKEN)
    dp = Dispatcher(storage=storage)
    dp.include_router(Dialog(*windows()))

    @dp.message(CommandStart())
    async def start(message: types.Message, dialog_manager: DialogManager) -> None:
        await dialog_manager.start(Page.p1, mode=StartMode.RESET_STACK)

    setup_dialogs(dp)
    gc.collect()
    gc.freeze()

    async def brings(chat: int, body: bytes) -> telegram_stub.Seen:
        seen = answers.expect(chat)
        await dp.feed_update(bot, types.Update.model_validate_json(body, context={"bot": bot}))
        return await seen

    walk = Walk(brings)

    async def round_(count: int) -> worker.Figures:
        return await walk.round(count, given.lanes, lambda: asyncio.sleep(0))

    questions = worker.DATABASE_SETTINGS["sqlite"]
    settings = {name: str((await storage.rows(question))[0][0]) for name, question in questions.items()}
    await worker.serve(("aiogram", "aiogram-dialog", "aiosqlite"), settings, {"round": round_})
    await storage.close()
    await bot.session.close()


if __name__ == "__main__":
    asyncio.run(main(worker.arguments()))
