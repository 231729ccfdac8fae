"""The commands of an app stand in the menu of the messenger, in each language of its catalogue."""

from __future__ import annotations

from pathlib import Path

from bot.framework import App, Context, Router
from bot.framework.catalogue import catalogue_of
from bot.framework.menu import menu_of
from bot.platforms import MenuEntry
from tests.platforms.fake_telegram import FakeTelegram

VIETNAMESE = """
msgid ""
msgstr "Content-Type: text/plain; charset=utf-8\\n"

msgid "Borrow a book"
msgstr "Mượn sách"
"""
PRIVATE, GROUPS = "all_private_chats", "all_group_chats"


def library() -> Router:
    router = Router()

    @router.command("borrow", "lend me", about="Borrow a book")
    async def borrow(ctx: Context) -> None:
        ctx.reply("Which one?")

    @router.command("cancel", about="Stop what you began")
    async def cancel(ctx: Context) -> None:
        ctx.stop()

    @router.command("secret")
    async def secret(ctx: Context) -> None:
        ctx.reply("You found it.")

    return router


def translated(folder: Path) -> Path:
    (folder / "vi/LC_MESSAGES").mkdir(parents=True)
    (folder / "vi/LC_MESSAGES/messages.po").write_text(VIETNAMESE, "utf-8")
    return folder


async def test_telegram_shows_the_commands_that_have_a_line_about_themselves(tmp_path: Path) -> None:
    app = App(library(), platforms=["telegram"], data=tmp_path / "data", locales=translated(tmp_path / "locales"))
    async with FakeTelegram() as telegram:
        settings = {"BOT_TELEGRAM_TOKEN": telegram.token, "BOT_TELEGRAM_API_BASE": telegram.base}
        async with app.serving(settings):
            await telegram.until(lambda: len(telegram.menus) == 4)
        for scope in (PRIVATE, GROUPS):
            english = {"borrow": "Borrow a book", "cancel": "Stop what you began"}
            assert telegram.menus[scope, ""] == english
            assert telegram.menus[scope, "vi"] == english | {"borrow": "Mượn sách"}


def test_a_language_with_the_same_words_is_not_offered_and_no_line_makes_no_menu(tmp_path: Path) -> None:
    """The framework's own Vietnamese says nothing of an app's commands."""
    assert menu_of(library(), catalogue_of("en"), "en") == {
        "": [MenuEntry("borrow", "Borrow a book"), MenuEntry("cancel", "Stop what you began")]
    }
    assert menu_of(Router(), catalogue_of("en"), "en") == {}


def test_an_app_that_is_set_to_another_language_keeps_the_one_it_was_written_in(tmp_path: Path) -> None:
    menu = menu_of(library(), catalogue_of("vi", translated(tmp_path)), "en")
    assert {language: entries[0].about for language, entries in menu.items()} == {
        "": "Mượn sách", "en": "Borrow a book"
    }  # fmt: skip
