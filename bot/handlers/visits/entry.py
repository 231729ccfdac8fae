"""Visits: who was helped at home, noted in a word, and the log of volunteers."""

from __future__ import annotations

from bot.features.visits import files as visit_files
from bot.features.visits import log as visits
from bot.handlers.kit.base import Base
from bot.handlers.kit.family import Contribution, Family
from bot.handlers.kit.hooks import Hooks
from bot.handlers.kit.joints import Given
from bot.handlers.kit.meanings import Meaning
from bot.handlers.kit.provisions import TAKE_FIGURES
from bot.i18n import msg

from . import checks, details, log, noting, volunteers

MEANINGS = (Meaning("leader:visit", msg("Ghi lượt hỗ trợ"), command="ghiluot"),)
"""What free words may mean beside a guide."""


def build(base: Base, given: Given, hooks: Hooks) -> Contribution:
    services = base.services
    helped, young = noting.VisitConversation(), volunteers.VolunteerConversation()
    hooks.menu.add(young.menu_items, order=40)
    hooks.work.add(helped.menu_items, order=10)
    hooks.understand.add(helped.understand, order=90)
    for meaning in MEANINGS:
        hooks.meanings.add(meaning)
    return Contribution(
        [
            noting.build(helped),
            details.build(details.VisitDetailConversation()),
            log.build(log.VisitLogConversation(services.jobs, first=[young.first], more=[young.menu_items])),
            volunteers.build(young),
            checks.build(
                checks.VisitCheckConversation(services.mail, given[TAKE_FIGURES], base.content.commune.cut_off)
            ),
        ],
        jobs={visit_files.JOB: visit_files.VisitFiles(services.mail, base.store_as).make},
    )


FAMILY = Family(
    "visits",
    build,
    tables="bot.features.visits.tables",
    needs=(TAKE_FIGURES,),
    personal=lambda find_guide: visits.personal_tables(),
)
