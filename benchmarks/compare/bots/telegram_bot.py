"""The library's bot in python-telegram-bot."""

import os

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.ext import (
    Application,
    CallbackQueryHandler,
    CommandHandler,
    ContextTypes,
    ConversationHandler,
    MessageHandler,
    PicklePersistence,
    filters,
)
from telegram.helpers import escape_markdown

TITLE, CARD = range(2)
WORDS = filters.TEXT & ~filters.COMMAND
MENU = filters.Regex("(?i)^/?(start|menu|hello)$")


async def menu(update: Update, context: ContextTypes.DEFAULT_TYPE) -> int:
    week, month = InlineKeyboardButton("A week", callback_data="7"), InlineKeyboardButton("A month", callback_data="30")
    await update.message.reply_text("For how long?", reply_markup=InlineKeyboardMarkup([[week], [month]]))
    return ConversationHandler.END


async def borrow(update: Update, context: ContextTypes.DEFAULT_TYPE) -> int:
    await update.callback_query.answer()
    context.user_data["days"] = update.callback_query.data
    await update.callback_query.message.reply_text("Which book?")
    return TITLE


async def title(update: Update, context: ContextTypes.DEFAULT_TYPE) -> int:
    context.user_data["title"] = update.message.text
    await update.message.reply_text("The number on your card?")
    return CARD


async def card(update: Update, context: ContextTypes.DEFAULT_TYPE) -> int:
    if not (update.message.text.isdecimal() and len(update.message.text) == 4):
        await update.message.reply_text("A card has four digits. Please look again.")
        return CARD
    book, days = escape_markdown(context.user_data["title"], version=2), context.user_data["days"]
    await update.message.reply_text(f"*{book}* is yours for {days} days\\.", parse_mode="MarkdownV2")
    return ConversationHandler.END


async def echo(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    await update.message.reply_text(f"You said: {update.message.text}")


if __name__ == "__main__":
    persistence = PicklePersistence("states.pickle")
    application = Application.builder().token(os.environ["BOT_TOKEN"]).persistence(persistence).build()
    form = ConversationHandler(
        entry_points=[CallbackQueryHandler(borrow, "^(7|30)$")],
        states={TITLE: [MessageHandler(WORDS & ~MENU, title)], CARD: [MessageHandler(WORDS & ~MENU, card)]},
        fallbacks=[MessageHandler(MENU, menu)],
        allow_reentry=True,
        name="form",
        persistent=True,
    )
    application.add_handlers([form, CommandHandler("start", menu), MessageHandler(MENU, menu)])
    application.add_handler(MessageHandler(WORDS, echo))
    application.run_polling()
