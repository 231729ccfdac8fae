"""Learning: trainings, quizzes in groups, the question of the day, certificates."""

from __future__ import annotations

from collections.abc import Sequence

from bot.features.jobs import temporary_files
from bot.features.jobs.queue import JobFunction
from bot.features.learning import certificate_job, files, personal_data, training_file, training_personal_data
from bot.features.learning.daily import DailyQuestionSchedule
from bot.features.learning.shipped import Shipped
from bot.features.learning.topics import Topics
from bot.features.learning.training_notices import TrainingNotices
from bot.features.learning.training_schedule import TrainingSchedule
from bot.features.privacy.personal_table import PersonalTable
from bot.features.privacy.retention import Rule
from bot.handlers.kit.base import Base
from bot.handlers.kit.family import Contribution, Family, FindGuide, Work
from bot.handlers.kit.hooks import Hooks
from bot.handlers.kit.joints import Given
from bot.handlers.kit.meanings import Meaning
from bot.handlers.kit.pages import DeskPage
from bot.handlers.kit.provisions import CONSENT, HOME, TAKE_FIGURES
from bot.i18n import msg

from . import certificates, for_group, learning, training_common, training_plan

MEANINGS = (
    Meaning("wish:quiz", msg("Đố vui"), command="dovui"),
    Meaning("official:quiz", msg("Ngân hàng câu hỏi"), command="nganhang"),
)
"""What free words may mean beside a guide."""


def build(base: Base, given: Given, hooks: Hooks) -> Contribution:
    services, content, notices = base.services, base.content, TrainingNotices(base.services.mail)
    taught = training_plan.make(
        training_common.TrainingService(
            Topics(content.guides, content.search.find),
            notices,
            services.audit,
            services.jobs,
            training_common.Pass(base.links_at, base.store_media, temporary_files.keep, base.leaflet),
            given[TAKE_FIGURES],
        ),
        given[CONSENT],
    )
    shipped = Shipped(content.guides)
    quiz = for_group.QuizToForward(shipped)
    for kind in quiz.kinds:
        hooks.forwards.add(kind)
    hooks.work.add(taught.plan.menu_items, order=30)
    hooks.links.add(taught.seat.open_link, order=20)
    hooks.understand.add(taught.seat.understand, order=20)
    routers = [
        training_plan.build(taught),
        certificates.build(certificates.CertificateConversation(content.guides, given[HOME].here, services.jobs)),
        learning.build(content.guides, given[HOME], services.jobs, shipped, quiz),
    ]
    hooks.passed_quiz.add(certificates.offer)
    jobs: dict[str, JobFunction] = {
        certificate_job.JOB: certificate_job.CertificateJob(services.outbox, base.store_as),
        training_file.JOB: training_file.TrainingFiles(services.mail, base.store_as).make,
        **files.QuestionFiles(base.by_name, services.outbox, base.store_as, content.guides).kinds,
    }
    work = [
        Work("training", 300.0, TrainingSchedule(notices).tick),
        Work("daily questions", 300.0, DailyQuestionSchedule(services.outbox, Shipped(content.guides)).tick),
    ]
    for meaning in MEANINGS:
        hooks.meanings.add(meaning)
    return Contribution(
        routers,
        jobs=jobs,
        work=work,
        desk=_desk,
    )


def _desk() -> Sequence[DeskPage]:
    from .desk import page, session

    return [page.LearningPage().page(), session.TrainingPage().page(page.ADDRESS)]


def personal(find_guide: FindGuide) -> list[PersonalTable]:
    return [*training_personal_data.personal_tables(), *personal_data.personal_tables()]


def kept_until() -> list[Rule]:
    return [*training_personal_data.rules(), *personal_data.rules()]


FAMILY = Family(
    "learning",
    build,
    tables="bot.features.learning.tables",
    needs=(HOME, CONSENT, TAKE_FIGURES),
    personal=personal,
    kept_until=kept_until,
)
