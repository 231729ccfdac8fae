"""Unheard: words that were not understood, kept with consent for a month, and named by an officer."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bot.core.messages import Button
from bot.features.unheard import personal_data, second_look
from bot.handlers.kit.base import Base
from bot.handlers.kit.desk_hooks import DeskHooks
from bot.handlers.kit.family import Contribution, Family
from bot.handlers.kit.hooks import Hooks
from bot.handlers.kit.joints import Given
from bot.handlers.kit.pages import DeskPage
from bot.handlers.kit.provisions import HOME, MISHEARD
from bot.handlers.kit.speaker import NotThis
from bot.i18n import msg

from . import keeping, naming


def build(base: Base, given: Given, hooks: Hooks) -> Contribution:
    services = base.services
    kept = keeping.KeepingConversation(given[HOME].here, services.jobs if base.choose is not None else None)
    named = naming.NamingConversation(base.content.guides, base.content.search, hooks.meanings, services.audit)
    look = second_look.SecondLook(base.choose, named.offers, no_button, services.mail)
    return Contribution(
        [keeping.build(kept), naming.build(named)],
        {MISHEARD: kept},
        {second_look.KIND: look.run},
        desk=lambda: _desk(named, hooks.desk),
    )


def no_button(word: Callable[[str], str]) -> Button:
    return Button.to(word(msg("Không phải")), NotThis())


def _desk(named: naming.NamingConversation, desk: DeskHooks) -> Sequence[DeskPage]:
    from .desk import page

    unheard = page.UnheardPage(named)
    desk.today.add(unheard.today_lines, order=60)
    return [unheard.page()]


FAMILY = Family(
    "unheard",
    build,
    tables="bot.features.unheard.tables",
    needs=(HOME,),
    provides=(MISHEARD,),
    personal=lambda find_guide: personal_data.personal_tables(),
    kept_until=personal_data.rules,
)
