"""Quality: whether help was good, and which guides are used how."""

from __future__ import annotations

from collections.abc import Sequence

from bot.features.insight import Tallies, chart_job
from bot.features.quality.opinions import Opinions
from bot.handlers.kit.base import Base
from bot.handlers.kit.family import Contribution, Family
from bot.handlers.kit.hooks import Hooks
from bot.handlers.kit.joints import Given
from bot.handlers.kit.meanings import Meaning
from bot.handlers.kit.pages import DeskPage
from bot.handlers.kit.provisions import AFTER_GUIDE, AFTER_HELP, COUNT_STEP, HOME
from bot.i18n import msg

from . import insight, opinions, quality

MEANINGS = (
    Meaning("official:stats", msg("Thống kê"), command="thongke"),
    Meaning("official:survey", msg("Hỏi ý kiến"), command="hoiykien"),
)
"""What free words may mean beside a guide."""


def build(base: Base, given: Given, hooks: Hooks) -> Contribution:
    services, home, db = base.services, given[HOME], base.services.jobs.db
    tallies = Tallies(db)
    heard = Opinions(db, base.content.commune.cut_off)
    felt = opinions.OpinionConversation(heard, home.unit_code, base.anonymous)
    for meaning in MEANINGS:
        hooks.meanings.add(meaning)
    return Contribution(
        [
            opinions.build(felt),
            quality.build(quality.QualityConversation(heard)),
            insight.build(insight.InsightConversation(base.content.guides, tallies, services.jobs)),
        ],
        {
            COUNT_STEP: insight.Counting(tallies, home.unit_code),
            AFTER_GUIDE: felt.after_guide,
            AFTER_HELP: felt.after_help,
        },
        {chart_job.JOB: chart_job.ChartJob(base.content.guides, tallies, services.mail, base.store_as)},
        desk=lambda: _desk(base, tallies),
    )


def _desk(base: Base, tallies: Tallies) -> Sequence[DeskPage]:
    from .desk import use

    return [use.GuideUsePage(base.content.guides, tallies).page()]


FAMILY = Family(
    "quality",
    build,
    tables="bot.features.quality.tables",
    needs=(HOME,),
    provides=(COUNT_STEP, AFTER_GUIDE, AFTER_HELP),
)
