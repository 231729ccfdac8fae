"""The menu of an app's commands, as messengers show it: made from its router, in each language of its catalogue."""

from __future__ import annotations

from bot.core.router import Router
from bot.i18n import Catalogues
from bot.platforms import Menu, MenuEntry


def menu_of(router: Router, catalogue: Catalogues, written_in: str) -> Menu:
    """Return the commands that have a line about themselves, in the order in which they were registered.

    `written_in` is the language of the texts in the code. A language that would read the same is left out.
    """

    def entries(language: str) -> list[MenuEntry]:
        return [
            MenuEntry(one.name, catalogue.translate(language, one.about))
            for one in router.commands.values()
            if one.about
        ]

    usual = entries(catalogue.source)
    others = {language: entries(language) for language in sorted({*catalogue.finished, written_in})}
    return {"": usual} | {language: found for language, found in others.items() if found != usual} if usual else {}
