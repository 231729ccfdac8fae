"""Practices: what villages do well, ways of working, and remarks on their reports."""

from __future__ import annotations

from collections.abc import Sequence

from bot.features.practices import practices as good
from bot.features.practices import remarks as kept_remarks
from bot.features.privacy.personal_table import PersonalTable
from bot.handlers.kit.base import Base
from bot.handlers.kit.desk_hooks import DeskHooks
from bot.handlers.kit.family import Contribution, Family, FindGuide
from bot.handlers.kit.hooks import Hooks
from bot.handlers.kit.joints import Given
from bot.handlers.kit.meanings import Meaning
from bot.handlers.kit.pages import DeskPage
from bot.handlers.kit.provisions import HOME
from bot.i18n import msg

from . import common, methods, practices, remarks, review

MEANINGS = (Meaning("leader:practice", msg("Cách làm hay"), command="cachlamhay"),)
"""What free words may mean beside a guide."""


def build(base: Base, given: Given, hooks: Hooks) -> Contribution:
    services = base.services
    service = common.PracticeService(services.mail, services.audit)
    shared = practices.PracticeConversation(service)
    ways = methods.MethodConversation(services.audit, given[HOME].village)
    hooks.work.add(shared.menu_items, order=20)
    hooks.work.add(ways.menu_items, order=50)
    for meaning in MEANINGS:
        hooks.meanings.add(meaning)
    reviews = review.PracticeReviewConversation(service)
    return Contribution(
        [
            practices.build(shared),
            methods.build(ways),
            review.build(reviews),
            remarks.build(remarks.RemarkConversation(services.mail, services.audit, services.reports.cut_off)),
        ],
        desk=lambda: _desk(service, reviews, hooks.desk),
    )


def _desk(
    service: common.PracticeService, reviews: review.PracticeReviewConversation, desk: DeskHooks
) -> Sequence[DeskPage]:
    from .desk import by_phone, page

    good_ones = page.PracticesPage(service)
    desk.today.add(good_ones.today_lines, order=70)
    desk.in_chat.add(by_phone.PracticesByPhone(reviews).kind())
    return [good_ones.page()]


def personal(find_guide: FindGuide) -> list[PersonalTable]:
    return [*good.personal_tables(), *kept_remarks.personal_tables()]


FAMILY = Family("practices", build, tables="bot.features.practices.tables", needs=(HOME,), personal=personal)
