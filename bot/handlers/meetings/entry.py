"""Meetings: called by a village's leader, with minutes, decisions and figures."""

from __future__ import annotations

from collections.abc import Sequence

from bot.features.meetings import personal_data
from bot.handlers.kit.base import Base
from bot.handlers.kit.family import Contribution, Family
from bot.handlers.kit.hooks import Hooks
from bot.handlers.kit.joints import Given
from bot.handlers.kit.meanings import Meaning
from bot.handlers.kit.pages import DeskPage
from bot.handlers.kit.provisions import GIVE_TASK, KEEP_DIFFICULTY, TAKE_FIGURES
from bot.handlers.papers.documents import PaperNotices
from bot.i18n import msg

from . import meetings, minutes, papers

MEANINGS = (Meaning("leader:meeting", msg("Họp tổ"), command="hop"),)
"""What free words may mean beside a guide."""


def build(base: Base, given: Given, hooks: Hooks) -> Contribution:
    services = base.services
    gathering = meetings.MeetingConversation(services.mail, services.audit)
    written = minutes.MinutesConversation(
        services.jobs, services.audit, given[GIVE_TASK], given.get(KEEP_DIFFICULTY), given[TAKE_FIGURES]
    )
    hooks.work.add(gathering.menu_items, order=40)
    hooks.understand.add(gathering.understand, order=80)
    hooks.elsewhere.add(gathering.understand, order=30)
    outbox = PaperNotices(services.reports, services.outbox, base.store_as, base.content.catalogues.translate)
    for meaning in MEANINGS:
        hooks.meanings.add(meaning)
    return Contribution(
        [meetings.build(gathering), minutes.build(written)],
        jobs={papers.KIND: papers.MeetingPaperJob(outbox)},
        desk=_desk,
    )


def _desk() -> Sequence[DeskPage]:
    from .desk import page

    return page.MeetingsPage().pages()


FAMILY = Family(
    "meetings",
    build,
    tables="bot.features.meetings.tables",
    needs=(GIVE_TASK, TAKE_FIGURES),
    wants=(KEEP_DIFFICULTY,),
    personal=lambda find_guide: personal_data.personal_tables(),
    kept_until=personal_data.rules,
)
