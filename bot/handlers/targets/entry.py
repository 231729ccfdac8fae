"""Targets: what the villages are to reach, rounds of reporting, and the sums of the commune."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bot.features.checkins.period_files import PeriodFiles
from bot.features.checkins.rollup import RollUps
from bot.features.reports import Reports
from bot.features.targets import personal_data
from bot.handlers.checkins.common import CheckinService
from bot.handlers.checkins.desk.ground import FiguresGround
from bot.handlers.kit.base import Base
from bot.handlers.kit.family import Contribution, Family
from bot.handlers.kit.hooks import Hooks
from bot.handlers.kit.joints import Given
from bot.handlers.kit.meanings import Meaning
from bot.handlers.kit.pages import DeskPage
from bot.i18n import msg

from . import assigning, indicator_changes, lists, rollup_groups, rollups, rounds
from .desk.by_phone import TargetsByPhone
from .desk.changes import IndicatorChangesPage
from .desk.goals import TargetsPage
from .desk.progress import ProgressPage
from .desk.report import ReportPage
from .desk.rounds import RoundsPage

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
    files = PeriodFiles(totals, base.store_as, services.outbox, base.content.catalogues.translate, cut_off)
    for meaning in MEANINGS:
        hooks.meanings.add(meaning)
    assigns = assigning.TargetAssigningConversation(service, goals)
    hooks.in_chat.add(TargetsByPhone(assigns).kind())
    return Contribution(
        [
            assigning.build(assigns),
            lists.build(goals),
            rollups.build(sums),
            rollup_groups.build(rollup_groups.RollUpGroupConversation(sums)),
            indicator_changes.build(indicator_changes.IndicatorChangeConversation(service)),
            rounds.build(rounds.RoundConversation(service)),
        ],
        jobs={rollups.WORKBOOK: files.make},
        desk=_pages(FiguresGround(service, totals), services.reports, hooks),
    )


def _pages(ground: FiguresGround, reports: Reports, hooks: Hooks) -> Sequence[DeskPage]:
    """Return the pages for officials, and add what they say of today."""
    asked, on_the_way, goals = RoundsPage(ground.service), ProgressPage(ground), TargetsPage(ground)
    hooks.today.add(asked.today, order=20)
    hooks.today.add(on_the_way.today, order=22)
    hooks.today.add(goals.today, order=24)
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
