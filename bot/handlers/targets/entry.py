"""Targets: what the villages are to reach, rounds of reporting, and the sums of the commune."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from bot.features.checkins.rollup import RollUps
from bot.features.jobs.late import late
from bot.features.jobs.queue import JobFunction
from bot.features.reports import Reports
from bot.features.targets import personal_data
from bot.handlers.checkins.common import CheckinService
from bot.handlers.kit.base import Base
from bot.handlers.kit.desk_hooks import DeskHooks
from bot.handlers.kit.family import Contribution, Family
from bot.handlers.kit.hooks import Hooks
from bot.handlers.kit.joints import Given
from bot.handlers.kit.meanings import Meaning
from bot.handlers.kit.pages import DeskPage
from bot.i18n import msg

from . import assigning, indicator_changes, lists, rollup_groups, rollups, rounds

if TYPE_CHECKING:
    from bot.handlers.checkins.desk.ground import FiguresGround

MEANINGS = (
    Meaning("official:rollup", msg("Tổng hợp số liệu"), command="tonghop"),
    Meaning("official:export", msg("Tổng hợp số liệu"), command="tonghop"),
    Meaning("official:targets", msg("Chỉ tiêu"), command="chitieu"),
    Meaning("official:who-missing", msg("Thôn nào chưa báo"), command="tonghop"),
    Meaning("leader:who-missing", msg("Thôn nào chưa báo"), command="tonghop"),
    Meaning("official:chase", msg("Nhắc nơi chưa báo"), command="dotbaocao"),
    Meaning("leader:targets", msg("Chỉ tiêu"), command="chitieu"),
)
"""What free words may mean beside a guide."""


def build(base: Base, given: Given, hooks: Hooks) -> Contribution:
    services, cut_off = base.services, base.content.commune.cut_off
    service = CheckinService(services.rounds, services.outbox, services.audit, cut_off)
    goals = lists.TargetLists(service)
    totals = RollUps(services.jobs.db)
    sums = rollups.RollUpConversation(service, totals, services.jobs)
    hooks.menu.add(sums.menu_items, order=20)
    for meaning in MEANINGS:
        hooks.meanings.add(meaning)
    assigns = assigning.TargetAssigningConversation(service, goals)

    def at_the_desk() -> Sequence[DeskPage]:
        from bot.handlers.checkins.desk.ground import FiguresGround

        from .desk.by_phone import TargetsByPhone

        hooks.desk.in_chat.add(TargetsByPhone(assigns).kind())
        return _desk(FiguresGround(service, totals), services.reports, hooks.desk)

    return Contribution(
        [
            assigning.build(assigns),
            lists.build(goals),
            rollups.build(sums),
            rollup_groups.build(rollup_groups.RollUpGroupConversation(sums)),
            indicator_changes.build(indicator_changes.IndicatorChangeConversation(service)),
            rounds.build(rounds.RoundConversation(service)),
        ],
        jobs={rollups.WORKBOOK: late(partial(_period_files, base, totals))},
        desk=at_the_desk,
    )


def _period_files(base: Base, totals: RollUps) -> JobFunction:
    from bot.features.checkins.period_files import PeriodFiles

    content = base.content
    files = PeriodFiles(
        totals, base.store_as, base.services.outbox, content.catalogues.translate, content.commune.cut_off
    )
    return files.make


def _desk(ground: FiguresGround, reports: Reports, desk: DeskHooks) -> Sequence[DeskPage]:
    """Return the pages for officials, and add what they say of today."""
    from .desk.changes import IndicatorChangesPage
    from .desk.goals import TargetsPage
    from .desk.progress import ProgressPage
    from .desk.report import ReportPage
    from .desk.rounds import RoundsPage

    asked, on_the_way, goals = RoundsPage(ground.service), ProgressPage(ground), TargetsPage(ground)
    desk.today.add(asked.today, order=20)
    desk.today.add(on_the_way.today, order=22)
    desk.today.add(goals.today, order=24)
    return [
        asked.page(),
        on_the_way.page(),
        goals.page(),
        IndicatorChangesPage().page(),
        ReportPage(reports, ground.service.rounds).page(),
    ]


FAMILY = Family(
    "targets",
    build,
    tables="bot.features.targets.tables",
    erase_order=20,
    personal=lambda find_guide: personal_data.personal_tables(),
    templates=Path(__file__).parent / "desk",
)
