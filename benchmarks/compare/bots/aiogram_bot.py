"""The library's bot in aiogram."""

import asyncio
import os

from aiogram import Bot, Dispatcher, F, html
from aiogram.filters import Command
from aiogram.filters.callback_data import CallbackData
from aiogram.fsm.context import FSMContext
from aiogram.fsm.state import State, StatesGroup
from aiogram.types import CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, Message

dispatcher = Dispatcher()


class Borrow(CallbackData, prefix="borrow"):
    days: int


class Form(StatesGroup):
    title = State()
    card = State()


@dispatcher.message(Command("start", "menu", "hello"))
@dispatcher.message(F.text.lower().in_({"menu", "hello"}))
async def menu(message: Message) -> None:
    week = InlineKeyboardButton(text="A week", callback_data=Borrow(days=7).pack())
    month = InlineKeyboardButton(text="A month", callback_data=Borrow(days=30).pack())
    await message.answer("For how long?", reply_markup=InlineKeyboardMarkup(inline_keyboard=[[week], [month]]))


@dispatcher.callback_query(Borrow.filter())
async def borrow(query: CallbackQuery, callback_data: Borrow, state: FSMContext) -> None:
    await query.answer()
    await state.update_data(days=callback_data.days)
    await state.set_state(Form.title)
    await query.message.answer("Which book?")


@dispatcher.message(Form.title, F.text)
async def title(message: Message, state: FSMContext) -> None:
    await state.update_data(title=message.text)
    await state.set_state(Form.card)
    await message.answer("The number on your card?")


@dispatcher.message(Form.card, F.text)
async def card(message: Message, state: FSMContext) -> None:
    if not (message.text.isdecimal() and len(message.text) == 4):
        await message.answer("A card has four digits. Please look again.")
        return
    data = await state.get_data()
    await state.clear()
    await message.answer(f"<b>{html.quote(data['title'])}</b> is yours for {data['days']} days.", parse_mode="HTML")


@dispatcher.message(F.text)
async def echo(message: Message) -> None:
    await message.answer(f"You said: {message.text}")


if __name__ == "__main__":
    asyncio.run(dispatcher.start_polling(Bot(os.environ["BOT_TOKEN"])))
