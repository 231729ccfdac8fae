"""Papers: reports in Word and Excel, decisions and letters, and the archive of what was signed."""

from __future__ import annotations

from collections.abc import Sequence

from bot.features.jobs.queue import JobFunction
from bot.features.papers import files as paper_files
from bot.features.papers import personal_data
from bot.handlers.kit.base import Base
from bot.handlers.kit.family import Contribution, Family
from bot.handlers.kit.hooks import Hooks
from bot.handlers.kit.joints import Given
from bot.handlers.kit.meanings import Meaning
from bot.handlers.kit.media import reaches
from bot.handlers.kit.pages import DeskPage
from bot.i18n import msg

from . import archive, documents, legal_bases, recording, report_files, reports

MEANINGS = (
    Meaning("official:report", msg("Xuất báo cáo"), command="xuatbaocao"),
    Meaning("official:archive", msg("Kho văn bản"), command="luutru"),
)
"""What free words may mean beside a guide."""


def build(base: Base, given: Given, hooks: Hooks) -> Contribution:
    services, outbox, translate = base.services, base.services.outbox, base.content.catalogues.translate
    asked = reports.ReportingConversation(services.jobs, services.reports.cut_off)
    kept = archive.ArchiveConversation(lambda ctx, media, size: reaches(outbox, ctx.chat, media, size))
    bases = legal_bases.LegalBasesConversation(services.commune_settings.of)
    hooks.menu.add(asked.menu_items, order=60)
    hooks.understand.add(asked.understand, order=170)
    hooks.elsewhere.add(asked.understand, order=80)
    hooks.report_wanted.add(asked.wanted)
    issued = documents.DocumentConversation(services.jobs, [kept.menu_items, bases.menu_items], kept.shown)
    routers = [
        reports.build(asked),
        documents.build(issued),
        archive.build(kept),
        recording.build(recording.PaperRecordingConversation(kept, services.jobs, services.audit, outbox)),
        legal_bases.build(bases),
    ]
    notice_outbox = documents.PaperNotices(services.reports, outbox, base.store_as, translate)
    jobs: dict[str, JobFunction] = {
        reports.KIND: report_files.ReportJob(services.reports, outbox, base.store_as, translate),
        documents.KIND: documents.DocumentJob(notice_outbox),
        paper_files.KIND: paper_files.TakePaper(base.by_name, base.store_as, outbox, services.audit).run,
    }
    for meaning in MEANINGS:
        hooks.meanings.add(meaning)
    return Contribution(routers, jobs=jobs, desk=_desk)


def _desk() -> Sequence[DeskPage]:
    from .desk import page

    return [page.PapersPage().page()]


FAMILY = Family(
    "papers", build, tables="bot.features.papers.tables", personal=lambda find_guide: personal_data.personal_tables()
)
