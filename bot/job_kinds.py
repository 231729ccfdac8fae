"""The kinds of long work: what each is called, and what does it.

Part of the composition root, with bot.app and bot.services: nobody else imports it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.core.platform import Platform
from bot.features import visit_files
from bot.features.announcements import evidence
from bot.features.announcements import files as announcement_files
from bot.features.checkins import photos as figure_photos
from bot.features.checkins.period_files import PeriodFiles
from bot.features.checkins.rollup import RollUps
from bot.features.help import photos as help_photos
from bot.features.insight import Tallies, chart_job
from bot.features.jobs import JobFunction
from bot.features.learning import certificate_job, training_file
from bot.features.learning import files as learning_files
from bot.features.loudspeaker import making, voice
from bot.features.papers import files as paper_files
from bot.features.showcase import photos as product_photos
from bot.features.upkeep import incoming as guide_texts_sent
from bot.features.upkeep import outgoing as guide_texts_given
from bot.features.upkeep.letters import Letters as UpkeepLetters
from bot.handlers import (
    documents,
    inviting,
    listed_slips,
    loudspeaker_texts,
    meeting_papers,
    report_files,
    reporting,
    rollups,
)
from bot.services import Content, Services


def job_kinds(
    content: Content,
    services: Services,
    platforms: Sequence[Platform],
    *,
    store_media: inviting.StoreMedia,
    store_as: report_files.StoreAs,
    anonymous: frozenset[str] = frozenset(),
) -> Mapping[str, JobFunction]:
    """What the worker can do, by the kind that conversations ask for. `anonymous` as in `build_router`."""
    by_name = {platform.name: platform for platform in platforms}
    sound = making.Making(by_name, voice.installed(), store_as, services.outbox, loudspeaker_texts.heard)
    drawn = documents.PaperPost(services.reports, services.outbox, store_as, content.catalogues.translate)
    papers = report_files.ReportJob(services.reports, services.outbox, store_as, content.catalogues.translate)
    receipt_files = evidence.ReceiptFiles(services.outbox, store_as)
    upkeep = UpkeepLetters(services.outbox)
    slips = listed_slips.SlipJob(services.invites, services.outbox, store_as, inviting.links_of(platforms, anonymous))
    incoming = announcement_files.TakeFile(by_name, store_media, services.announcements.drafts, services.outbox)
    return {
        making.KIND: sound.call,
        reporting.KIND: papers,
        documents.KIND: documents.DocumentJob(drawn),
        meeting_papers.KIND: meeting_papers.MeetingPaperJob(drawn),
        listed_slips.KIND: slips,
        certificate_job.JOB: certificate_job.CertificateJob(services.outbox, store_as),
        training_file.JOB: training_file.TrainingFiles(services.mail, store_as).make,
        evidence.JOB: receipt_files.make,
        chart_job.JOB: chart_job.ChartJob(content.guides, Tallies(services.jobs.db), services.mail, store_as),
        visit_files.JOB: visit_files.VisitFiles(services.mail, store_as).make,
        announcement_files.KIND: incoming.run,
        paper_files.KIND: paper_files.TakePaper(by_name, store_as, services.outbox, services.audit).run,
        figure_photos.KIND: figure_photos.TakePhotos(by_name, store_media, services.outbox).run,
        help_photos.KIND: help_photos.TakePhoto(by_name, store_media, services.help).run,
        product_photos.KIND: product_photos.TakePhoto(by_name, store_media, services.mail).run,
        guide_texts_sent.KIND: guide_texts_sent.TakeText(by_name, services.shown, upkeep).run,
        guide_texts_given.KIND: guide_texts_given.GiveText(services.shown, upkeep, store_as).run,
        rollups.WORKBOOK: period_workbooks(content, services, store_as),
        **learning_files.QuestionFiles(by_name, services.outbox, store_as, content.guides).kinds,
    }


def period_workbooks(content: Content, services: Services, store_as: report_files.StoreAs) -> JobFunction:
    """What makes the workbook of a period."""
    translate, cut_off = content.catalogues.translate, content.commune.cut_off
    return PeriodFiles(RollUps(services.jobs.db), store_as, services.outbox, translate, cut_off).make
