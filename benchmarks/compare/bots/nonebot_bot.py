"""The library's bot in NoneBot2, with its adapter for Telegram; the token stands in TELEGRAM_BOTS."""

import nonebot
from nonebot import on_fullmatch, on_message, on_type
from nonebot.adapters.telegram import Adapter, Bot
from nonebot.adapters.telegram.event import CallbackQueryEvent, PrivateMessageEvent
from nonebot.adapters.telegram.message import Entity
from nonebot.adapters.telegram.model import InlineKeyboardButton, InlineKeyboardMarkup
from nonebot.params import ArgPlainText
from nonebot.permission import USER, Permission
from nonebot.typing import T_State

nonebot.init()
nonebot.get_driver().register_adapter(Adapter)
menu = on_fullmatch(("/start", "/menu", "menu", "hello"), ignorecase=True, priority=1, block=True)
borrow = on_type(CallbackQueryEvent, priority=2)
echo = on_message(priority=3)


@menu.handle()
async def show(bot: Bot, event: PrivateMessageEvent) -> None:
    week = InlineKeyboardButton(text="A week", callback_data="7")
    month = InlineKeyboardButton(text="A month", callback_data="30")
    await bot.send(event, "For how long?", reply_markup=InlineKeyboardMarkup(inline_keyboard=[[week], [month]]))


@borrow.permission_updater
async def of_chat(event: CallbackQueryEvent | PrivateMessageEvent) -> Permission:
    chat = event.chat if isinstance(event, PrivateMessageEvent) else event.message.chat
    return USER(f"private_{chat.id}")


@borrow.handle()
async def pressed(bot: Bot, event: CallbackQueryEvent, state: T_State) -> None:
    state["days"] = event.data
    await bot.answer_callback_query(event.id)
    await bot.send_message(event.message.chat.id, "Which book?")


@borrow.got("title")
@borrow.got("card", prompt="The number on your card?")
async def card(state: T_State, title: str = ArgPlainText(), card: str = ArgPlainText()) -> None:
    if not (card.isdecimal() and len(card) == 4):
        await borrow.reject("A card has four digits. Please look again.")
    await borrow.finish(Entity.bold(title) + f" is yours for {state['days']} days.")


@echo.handle()
async def said(event: PrivateMessageEvent) -> None:
    await echo.finish(f"You said: {event.get_plaintext()}")


if __name__ == "__main__":
    nonebot.run()
