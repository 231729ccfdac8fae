"""Guides: read step by step, quizzes, where people are stuck, and the upkeep of the texts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bot.features.insight import Tallies
from bot.features.upkeep import incoming, outgoing, personal_data
from bot.features.upkeep.notices import UpkeepNotices
from bot.features.upkeep.scheduled_work import UpkeepSchedule
from bot.handlers.kit.base import Base
from bot.handlers.kit.desk_hooks import DeskHooks
from bot.handlers.kit.family import Contribution, Family, Work
from bot.handlers.kit.hooks import Hooks
from bot.handlers.kit.joints import Given
from bot.handlers.kit.meanings import Meaning
from bot.handlers.kit.pages import DeskPage
from bot.handlers.kit.provisions import (
    AFTER_GUIDE,
    CONSENT,
    COUNT_STEP,
    DISPATCH,
    GUIDE_READER,
    HAND_OVER,
    HOME,
    MISHEARD,
    ask_nothing,
    count_nothing,
)
from bot.i18n import msg

from . import (
    audio,
    checks,
    choosing,
    demonstrating,
    flags,
    marketplaces,
    new_texts,
    options,
    quiz,
    reading,
    stuck,
    upkeep,
)
from .pages import PAGES

MEANINGS = (
    Meaning("wish:progress", msg("Làm tiếp việc dở"), command="tieptuc"),
    Meaning("official:guide-review", msg("Kiểm bài hướng dẫn"), command="kiembai"),
    Meaning("leader:teach", msg("Cách dạy bà con"), command="lammau"),
)
"""What free words may mean beside a guide."""


def build(base: Base, given: Given, hooks: Hooks) -> Contribution:
    services, library, here = base.services, base.content.guides, given[HOME].here
    aloud = audio.GuideAudioConversation(library, base.content.recordings)
    counting = given.get(COUNT_STEP) or count_nothing
    reader = reading.GuideConversation(
        library,
        base.content.search.find,
        here,
        aloud,
        counting,
        given.get(AFTER_GUIDE) or ask_nothing,
        hooks.passed_quiz,
        given.get(MISHEARD),
    )
    halted = stuck.StuckConversation(library, reader, here, counting, given[HAND_OVER], base.content.search)
    markets = marketplaces.MarketplaceConversation(library, here)
    service = upkeep.GuideUpkeepService(services.shown, UpkeepNotices(services.outbox), services.audit)
    demonstrated = demonstrating.DemonstrationConversation(
        library, base.content.search.find, here, Tallies(services.jobs.db)
    )
    chosen = options.OptionConversation(library, base.content.search, given[DISPATCH])
    hooks.menu.add(reader.menu_items, order=80)
    hooks.links.add(reader.open_link, order=10)
    answered = choosing.GuideChoiceConversation(library, reader, halted)
    hooks.understand.add(answered.understand, order=5)
    hooks.understand.add(chosen.understand, order=263)
    hooks.understand.add(halted.understand, order=210)
    hooks.understand.add(reader.turn_back, order=230)
    hooks.understand.add(reader.understand, order=270)
    newer = new_texts.GuideTextConversation(service, services.jobs, lambda: services.commune_settings.several)
    routers = [
        reading.build(reader, given[HAND_OVER]),
        audio.build(aloud),
        demonstrating.build(demonstrated),
        quiz.build(quiz.GuideQuizConversation(library, reader)),
        stuck.build(halted),
        flags.build(flags.GuideFlagConversation(library, given[CONSENT])),
        checks.build(checks.GuideCheckConversation(service, here)),
        new_texts.build(newer),
        marketplaces.build(markets),
    ]
    notices = UpkeepNotices(services.outbox)
    jobs = {
        incoming.KIND: incoming.TakeText(base.by_name, services.shown, notices).run,
        outgoing.KIND: outgoing.GiveText(services.shown, notices, base.store_as).run,
    }
    for meaning in (*MEANINGS, *_at_page(halted, reader, answered, markets)):
        hooks.meanings.add(meaning)
    return Contribution(
        routers,
        {GUIDE_READER: reader},
        jobs,
        [Work("upkeep", 600.0, UpkeepSchedule(services.shown, notices).tick)],
        lambda: _desk(base, service, newer, hooks.desk),
    )


def _desk(
    base: Base, service: upkeep.GuideUpkeepService, newer: new_texts.GuideTextConversation, desk: DeskHooks
) -> Sequence[DeskPage]:
    from .desk import all_pages

    return all_pages.build(service, newer, base.services.commune_settings, desk)


def _at_page(
    halted: stuck.StuckConversation,
    reader: reading.GuideConversation,
    answered: choosing.GuideChoiceConversation,
    markets: marketplaces.MarketplaceConversation,
) -> Sequence[Meaning]:
    """Return what words may mean on a page of a guide."""
    return (
        Meaning("wish:stuck", msg("Tôi bị kẹt"), does=halted.help_in_words),
        Meaning("wish:repeat", does=reader.same_page),
        Meaning("wish:next", does=answered.next),
        Meaning("wish:unsure", does=answered.unsure),
        Meaning("wish:back", does=reader.back_one),
        Meaning("wish:marketplace", msg("Sàn bán hàng nào còn"), does=markets.understand),
    )


FAMILY = Family(
    "guides",
    build,
    needs=(HOME, CONSENT, DISPATCH, HAND_OVER),
    wants=(COUNT_STEP, AFTER_GUIDE, MISHEARD),
    provides=(GUIDE_READER,),
    always=True,
    personal=personal_data.personal_tables,
    kept_until=personal_data.rules,
    pages=PAGES,
    templates=Path(__file__).parent / "desk",
)
