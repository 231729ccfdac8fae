"""Safety: danger first, and calls, links and messages of cheats."""

from __future__ import annotations

from bot.core.context import Context
from bot.core.text import fold
from bot.handlers.kit.base import Base
from bot.handlers.kit.family import Contribution, Family
from bot.handlers.kit.hooks import Hooks
from bot.handlers.kit.joints import Given
from bot.handlers.kit.provisions import DISPATCH, GUIDE_READER, HAND_OVER, MISHEARD, NothingMisheard

from . import calls, danger, links

_OF_THE_DANGER = frozenset({"", "wish:stuck", "wish:human", "wish:sad", "wish:repeat", "wish:next", "wish:test"})
"""“Làm sao đây” right after a danger was told is no page on which somebody is stuck."""


def build(base: Base, given: Given, hooks: Hooks) -> Contribution:
    sent = links.LinkConversation(base.content.guides, given[HAND_OVER])
    called = calls.CallConversation(base.content.guides, given[HAND_OVER])
    hooks.understand.add(sent.understand, order=200)
    hooks.understand.add(called.understand, order=250)
    hooks.asking_for_help.add(called.understand, order=30)
    misheard = given.get(MISHEARD) or NothingMisheard()
    dispatch, search = given[DISPATCH], base.content.search

    def of_itself(ctx: Context, words: str) -> bool:
        """Tell whether words are a choice on the screen, a command, or surely mean something that the bot does."""
        labels = {fold(button.label) for shown in ctx.session.lists for button in shown.buttons}
        plain = words.strip()
        chosen = plain.isdecimal() or fold(plain) in labels or dispatch.knows(plain)
        return chosen or search.surely(words) not in _OF_THE_DANGER

    return Contribution([danger.build(dispatch.wants_prose, of_itself, given[GUIDE_READER].asks, misheard.just_before)])


FAMILY = Family("safety", build, needs=(DISPATCH, HAND_OVER, GUIDE_READER), wants=(MISHEARD,), always=True)
