"""The library's bot in aiogram_dialog."""

import asyncio
import os
from operator import itemgetter

from aiogram import Bot, Dispatcher, F, Router, html
from aiogram.filters import Command
from aiogram.fsm.state import State, StatesGroup
from aiogram.types import CallbackQuery, Message
from aiogram_dialog import Dialog, DialogManager, StartMode, Window, setup_dialogs
from aiogram_dialog.widgets.input import ManagedTextInput, TextInput
from aiogram_dialog.widgets.kbd import Select
from aiogram_dialog.widgets.text import Const, Format

dispatcher = Dispatcher()
others = Router()


class Form(StatesGroup):
    days = State()
    title = State()
    card = State()


def digits(text: str) -> str:
    if not (text.isdecimal() and len(text) == 4):
        raise ValueError
    return text


async def borrow(query: CallbackQuery, select: Select, manager: DialogManager, days: str) -> None:
    manager.dialog_data["days"] = days
    await manager.next()


async def titled(message: Message, widget: ManagedTextInput, manager: DialogManager, text: str) -> None:
    await manager.next()


async def wrong(message: Message, widget: ManagedTextInput, manager: DialogManager, error: ValueError) -> None:
    await message.answer("A card has four digits. Please look again.")


async def card(message: Message, widget: ManagedTextInput, manager: DialogManager, text: str) -> None:
    book, days = html.quote(manager.find("title").get_value()), manager.dialog_data["days"]
    await message.answer(f"<b>{book}</b> is yours for {days} days.", parse_mode="HTML")
    await manager.done()


periods = Select(
    Format("{item[0]}"), id="days", item_id_getter=itemgetter(1), items=[("A week", 7), ("A month", 30)],
    on_click=borrow,
)  # fmt: skip
dialog = Dialog(
    Window(Const("For how long?"), periods, state=Form.days),
    Window(Const("Which book?"), TextInput(id="title", on_success=titled), state=Form.title),
    Window(
        Const("The number on your card?"),
        TextInput(id="card", type_factory=digits, on_success=card, on_error=wrong),
        state=Form.card,
    ),
)


@dispatcher.message(Command("start", "menu", "hello"))
@dispatcher.message(F.text.lower().in_({"menu", "hello"}))
async def menu(message: Message, dialog_manager: DialogManager) -> None:
    await dialog_manager.start(Form.days, mode=StartMode.RESET_STACK)


@others.message(F.text)
async def echo(message: Message) -> None:
    await message.answer(f"You said: {message.text}")


dispatcher.include_routers(dialog, others)
setup_dialogs(dispatcher)

if __name__ == "__main__":
    asyncio.run(dispatcher.start_polling(Bot(os.environ["BOT_TOKEN"])))
