"""Loudspeaker: recordings, when they are played, and who presses play."""

from __future__ import annotations

from collections.abc import Sequence

from bot.features.loudspeaker import making, personal_data
from bot.features.loudspeaker.plan_notices import PlanNotices
from bot.features.loudspeaker.reminding import PlanReminders
from bot.handlers.kit.base import Base
from bot.handlers.kit.family import Contribution, Family, Work
from bot.handlers.kit.hooks import Hooks
from bot.handlers.kit.joints import Given
from bot.handlers.kit.meanings import Meaning
from bot.handlers.kit.pages import DeskPage
from bot.handlers.kit.provisions import HOME
from bot.i18n import msg

from . import plan, planning, plays, recordings, wording
from .pages import PAGES

MEANINGS = (Meaning("official:loudspeaker", msg("Loa truyền thanh"), command="loa"),)
"""What free words may mean beside a guide."""


def build(base: Base, given: Given, hooks: Hooks) -> Contribution:
    services, outbox = base.services, base.services.outbox
    played = plays.LoudspeakerPlayConversation(outbox, outbox.link_to)
    notices = PlanNotices(services.mail)
    writing = planning.PlanWriting(notices, services.audit)
    planned = plan.LoudspeakerPlanConversation(writing, notices, services.audit, given[HOME].village)
    loud = recordings.LoudspeakerConversation(
        services.jobs, played, planned, has_voice=base.voice is not None, url_of=outbox.link_to
    )
    hooks.menu.add(loud.menu_items, order=70)
    hooks.understand.add(planned.understand, order=40)
    sound = making.Making(base.by_name, base.voice, base.store_as, outbox, wording.heard)
    for meaning in MEANINGS:
        hooks.meanings.add(meaning)
    return Contribution(
        [recordings.build(loud), plays.build(played), plan.build(planned), planning.build(writing)],
        jobs={making.KIND: sound.call},
        work=[Work("loudspeakers", 60.0, PlanReminders(outbox).tick)],
        desk=_desk,
    )


def _desk() -> Sequence[DeskPage]:
    from .desk import page

    return [page.LoudspeakerPage().page()]


FAMILY = Family(
    "loudspeaker",
    build,
    tables="bot.features.loudspeaker.tables",
    needs=(HOME,),
    personal=lambda find_guide: personal_data.personal_tables(),
    pages=PAGES,
)
