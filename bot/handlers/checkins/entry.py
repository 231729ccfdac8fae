"""Check-ins: a leader's figures, read from words, read back, recorded after “Đúng”."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from bot.features.checkins import personal_data
from bot.features.checkins import photos as figure_photos
from bot.features.checkins.rollup import RollUps
from bot.handlers.kit.base import Base
from bot.handlers.kit.desk_hooks import DeskHooks
from bot.handlers.kit.family import Contribution, Family, Work
from bot.handlers.kit.hooks import Hooks
from bot.handlers.kit.joints import Given
from bot.handlers.kit.meanings import Meaning
from bot.handlers.kit.pages import DeskPage
from bot.handlers.kit.provisions import KEEP_DIFFICULTY, TAKE_FIGURES
from bot.i18n import msg

from . import common, for_group, history, meant, notes, offers, photos, questions, report

MEANINGS = (
    Meaning("leader:my-figures", msg("Số đã báo"), command="sodabao"),
    Meaning("leader:photo", msg("Thêm ảnh báo cáo"), command="themanh"),
)
"""What free words may mean beside a guide."""


def build(base: Base, given: Given, hooks: Hooks) -> Contribution:
    services = base.services
    service = common.CheckinService(services.rounds, services.outbox, services.audit, base.content.commune.cut_off)
    figures = report.CheckinConversation(
        service,
        given.get(KEEP_DIFFICULTY),
        services.jobs,
        hooks.elsewhere,
        hooks.about_figures,
        hooks.report_wanted,
    )
    pictures = photos.CheckinPhotoConversation(service, figures, services.jobs)
    offered = offers.CheckinOfferConversation(service, figures.answers, pictures)
    reported = history.CheckinHistoryConversation(service, RollUps(services.jobs.db), figures)
    told = questions.CheckinQuestionConversation(service, reported, figures)
    hooks.menu.add(figures.menu_items, order=10)
    hooks.at_menu.add(figures.at_menu, order=10)
    hooks.drops.add(figures.drops)
    hooks.photos.add(offered.unasked)
    hooks.aside.add(figures)
    for kind in for_group.KINDS:
        hooks.forwards.add(kind)
    hooks.about_figures.add(told.understand)
    hooks.understand.add(told.understand, order=30)
    hooks.understand.add(figures.understand, order=50)
    for meaning in (*MEANINGS, *meant.LeaderWordsConversation(service, figures).meanings):
        hooks.meanings.add(meaning)
    return Contribution(
        [
            report.build(figures),
            notes.build(notes.CheckinNoteConversation(service, figures.answers)),
            photos.build(pictures),
            offers.build(offered),
            history.build(reported),
        ],
        {TAKE_FIGURES: figures.take},
        {figure_photos.KIND: figure_photos.TakePhotos(base.by_name, base.store_media, services.outbox).run},
        [Work("rounds", 60.0, services.rounds.tick)],
        desk=lambda: _desk(service, RollUps(services.jobs.db), hooks.desk),
    )


def _desk(service: common.CheckinService, totals: RollUps, desk: DeskHooks) -> Sequence[DeskPage]:
    from .desk import drafts, entering, reports_of, table
    from .desk.ground import FiguresGround

    ground = FiguresGround(service, totals)
    desk.of_person.add(partial(reports_of.of_person, ground), order=10)
    return [
        table.TablePage(ground).page(),
        table.CellPage(ground).page(),
        entering.EnterPage(ground).page(),
        entering.PastePage(ground).page(),
        *drafts.DraftPage(ground).pages(),
    ]


FAMILY = Family(
    "checkins",
    build,
    wants=(KEEP_DIFFICULTY,),
    provides=(TAKE_FIGURES,),
    always=True,
    erase_order=20,
    personal=lambda find_guide: personal_data.personal_tables(),
    templates=Path(__file__).parent / "desk",
)
