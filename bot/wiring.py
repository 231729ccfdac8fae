"""Which feature talks to which: services of an installation, and the one router of all conversations.

Part of the composition root, with bot.app: nobody else imports it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from uuid import uuid4
from zoneinfo import ZoneInfo

from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.dispatch import Dispatcher
from bot.core.events import Chat, ChatKind
from bot.core.fit import LinkTo
from bot.core.messages import Message
from bot.core.platform import Capabilities, Platform, Usage
from bot.core.router import Router
from bot.core.text import Text
from bot.features import commune, passing, people, practices, privacy, remarks, units, visit_files, visits, ways
from bot.features.announcements import evidence
from bot.features.announcements import files as announcement_files
from bot.features.announcements import holdings as announcement_holdings
from bot.features.announcements import store as announcement_store
from bot.features.announcements.reminding import LADDERS, Reminders
from bot.features.announcements.service import Announcements
from bot.features.audit import Audit
from bot.features.checkins import holdings as checkin_holdings
from bot.features.checkins import indicators
from bot.features.checkins.difficulty_clock import DifficultyClock
from bot.features.checkins.period_files import PeriodFiles
from bot.features.checkins.rollup import RollUps
from bot.features.checkins.rounds import Rounds
from bot.features.commune import Communes
from bot.features.commune_book import CommuneBook
from bot.features.commune_quiet import CommuneDigest, CommuneQuiet
from bot.features.guides import library
from bot.features.guides.contacts import Allowed
from bot.features.guides.recordings import Recordings
from bot.features.health import Health
from bot.features.help import holdings as help_holdings
from bot.features.help import photos as help_photos
from bot.features.help.clock import HelpClock
from bot.features.help.service import Help
from bot.features.help.words import Words as HelpWords
from bot.features.insight import Tallies, chart_job
from bot.features.invites import Invites
from bot.features.jobs import JobFunction, JobRefused, Jobs, chat_of
from bot.features.learning import certificate_job, training_file, training_holdings
from bot.features.learning import files as learning_files
from bot.features.learning import holdings as learning_holdings
from bot.features.learning.topics import Topics
from bot.features.learning.training_letters import TrainingLetters
from bot.features.loudspeaker import holdings as loudspeaker_holdings
from bot.features.loudspeaker import making, voice
from bot.features.mail import Mail
from bot.features.moving_groups import GroupMoves
from bot.features.outbox import stop_words
from bot.features.outbox.box import Outbox
from bot.features.outbox.hours import VIETNAM
from bot.features.outbox.row import Stop
from bot.features.outbox.rows import Rows
from bot.features.reports import Reports
from bot.features.rights.table import CHAIR, OFFICER
from bot.features.search import Index
from bot.features.second_way import ALONE
from bot.features.speech import recogniser
from bot.features.tasks import holdings as task_holdings
from bot.features.tasks.clock import TaskClock
from bot.features.tasks.letters import Letters as TaskLetters
from bot.features.upkeep import holdings as upkeep_holdings
from bot.features.upkeep import incoming as guide_texts_sent
from bot.features.upkeep.clock import UpkeepClock
from bot.features.upkeep.letters import Letters as UpkeepLetters
from bot.features.upkeep.shown import Shown
from bot.handlers import (
    announce_audience,
    announce_deciding,
    announce_desk,
    announce_files,
    announce_writing,
    announcing,
    assigning,
    certificates,
    checkins,
    commune_settings,
    difficulties,
    difficulty_more,
    directory,
    documents,
    genuine,
    guide_audio,
    guide_checks,
    guide_desk,
    guide_flags,
    guide_quiz,
    guide_stuck,
    guide_texts,
    guides,
    health,
    help_desk,
    help_own,
    help_rota,
    home,
    inviting,
    learning,
    loudspeaker,
    loudspeaker_plays,
    loudspeaker_texts,
    me,
    practice_desk,
    practice_review,
    receipts,
    report_files,
    reporting,
    rollups,
    roster,
    rounds,
    safety,
    start,
    target_lists,
    task_desk,
    task_giving,
    tasks,
    training,
    training_desk,
    village_moves,
    villages,
    visit_log,
    voice_notes,
)
from bot.handlers import help as help_talk
from bot.handlers import insight as insight_talk
from bot.handlers import people as people_talk
from bot.handlers import practices as practice_talk
from bot.handlers import privacy as privacy_talk
from bot.handlers import remarks as remark_talk
from bot.handlers import visits as visit_talk
from bot.handlers.checkin_desk import Desk
from bot.i18n import Catalogues

StoreMedia = inviting.StoreMedia


@dataclass(frozen=True)
class Content:
    """What is read from files at the start."""

    guides: library.Library
    index: Index
    catalogues: Catalogues
    commune: commune.Commune
    communes: Communes
    recordings: Recordings


@dataclass(frozen=True)
class Services:
    """What conversations and jobs share."""

    audit: Audit
    invites: Invites
    privacy: privacy.Privacy
    outbox: Outbox
    book: CommuneBook
    rounds: Rounds
    jobs: Jobs
    reminders: Reminders
    reports: Reports
    help: Help
    shown: Shown
    now: Callable[[], datetime]

    @property
    def announcements(self) -> Announcements:
        return Announcements(self.outbox, self.audit)

    @property
    def mail(self) -> Mail:
        return Mail(self.outbox)

    @property
    def task_clock(self) -> TaskClock:
        return TaskClock(TaskLetters(self.mail))

    @property
    def upkeep_clock(self) -> UpkeepClock:
        return UpkeepClock(self.shown, UpkeepLetters(self.outbox))

    @property
    def difficulty_clock(self) -> DifficultyClock:
        return DifficultyClock(self.mail)

    async def allowed_in(self, commune_id: int) -> Allowed:
        """What texts of a commune may name."""
        place = await units.by_id(commune_id)
        found = None if place is None else self.book.of(place.code)
        return Allowed() if found is None else found.allowed

    async def tell_refused(self, body: Mapping[str, str], refusal: JobRefused) -> None:
        """Say to whoever waits for a job that nothing will come, and why; inside the caller's transaction."""
        chat = chat_of(body)
        if chat is None or chat.platform not in self.outbox.capabilities:
            return
        template = self.outbox.translate(body.get("locale", self.outbox.locale), refusal.template)
        message = Message(Text.of(template, **refusal.values))
        await self.outbox.add(chat, message, key=f"refused:{uuid4().hex}", now=self.now(), answering=True)

    async def tell_stop(self, stop: Stop) -> None:
        """The officials whose announcement it is, or all of them, hear that rows wait; in the caller's transaction."""
        one = await announcement_store.get(stop.announcement) if stop.announcement else None
        now = self.now()
        whose = [one.commune_id] if one is not None else [place.id for place in await units.communes(now.date())]
        label = "" if one is None else one.label
        for commune_id in whose:
            text = stop_words.words(stop, label, self.outbox.translate, self.outbox.locale)
            await self.tell_officers(commune_id, text, at_once=True)

    async def tell_officers(self, commune_id: int, text: Text, *, at_once: bool = False) -> None:
        """A notice to each officer and chair of a commune who can be reached, once; inside the caller's transaction.

        `at_once`: also in quiet hours, for somebody is waiting for what has stopped.
        """
        told: set[Chat] = set()
        for role in (OFFICER, CHAIR):
            for holder in await people.holders(role, commune_id, self.now()):
                told.update((await ways.to_person(self.outbox, holder.person_id, self.now()))[:1])
        await self._notify(told, text, at_once=at_once)

    async def tell_person(self, person_id: int, text: Text) -> None:
        """That somebody's role changed, on every messenger of theirs: one of them may be in other hands."""
        await self._notify(set(await ways.to_person(self.outbox, person_id, self.now())), text, prefix=ALONE)

    async def _notify(self, told: set[Chat], text: Text, *, prefix: str = "", at_once: bool = False) -> None:
        news, now = uuid4().hex, self.now()
        for chat in sorted(told, key=lambda one: (one.platform, one.id)):
            key = f"{prefix}news:{news}:{chat.platform}:{chat.id}"[:90]
            await self.outbox.add(chat, Message(text), key=key, now=now, answering=at_once)


def make_services(
    key: bytes,
    db: BaseDBAsyncClient,
    content: Content,
    capabilities: Mapping[str, Mapping[ChatKind, Capabilities]],
    *,
    link_to: LinkTo,
    locale: str,
    now: Callable[[], datetime],
    wake: Callable[[], None],
    zone: ZoneInfo = VIETNAM,
    usage: Mapping[str, Callable[[], Awaitable[Usage | None]]] | None = None,
    ladders: Mapping[str, Sequence[timedelta]] = LADDERS,
    off: Mapping[str, str] = MappingProxyType({}),
) -> Services:
    """`wake` is called when something was put into the outbox; `usage` asks a platform what its month has used.

    `ladders` are the steps by which those are reminded who have not confirmed an announcement. `off` as in
    `build_router`.
    """
    audit = Audit(key)
    invites = Invites(key, audit)
    kept = make_privacy(key, audit, invites)
    translate = content.catalogues.translate
    book = CommuneBook(content.communes)
    quiet = CommuneQuiet(book, zone)
    outbox = Outbox(
        Rows(db, translate), capabilities, translate, link_to, locale=locale, quiet=quiet, wake=wake, usage=usage or {},
        digest=CommuneDigest(book, zone), off=off,
    )  # fmt: skip
    return Services(
        audit,
        invites,
        kept,
        outbox,
        book,
        Rounds(outbox, content.commune.cut_off),
        Jobs(db),
        Reminders(outbox, translate, locale, ladders),
        Reports(db, audit, book.of, content.commune.cut_off, practices.for_report, remarks.for_report),
        Help(outbox, HelpWords(translate, content.guides, zone, locale), book.of, zone),
        Shown(content.guides, content.index),
        now,
    )


def make_privacy(key: bytes, audit: Audit, invites: Invites) -> privacy.Privacy:
    """What all features keep of people, in the order in which it can be erased: what names a person goes first."""
    own = privacy.holdings.holdings(invites.subjects)
    return privacy.Privacy(
        key,
        audit,
        [
            *privacy.chats.holdings(),
            *checkin_holdings.holdings(),
            *announcement_holdings.holdings(),
            *loudspeaker_holdings.holdings(),
            *help_holdings.holdings(),
            *upkeep_holdings.holdings(),
            *task_holdings.holdings(),
            *training_holdings.holdings(),
            *visits.holdings(),
            *practices.holdings(),
            *remarks.holdings(),
            *learning_holdings.holdings(),
            *own,
        ],
    )


def job_kinds(
    content: Content,
    services: Services,
    platforms: Sequence[Platform],
    *,
    store_media: StoreMedia,
    store_as: report_files.StoreAs,
) -> Mapping[str, JobFunction]:
    """What the worker can do, by the kind that conversations ask for."""
    by_name = {platform.name: platform for platform in platforms}
    sound = making.Making(by_name, voice.installed(), store_as, services.outbox, loudspeaker_texts.heard)
    letters = documents.DocumentJob(services.reports, services.outbox, store_as, content.catalogues.translate)
    papers = report_files.ReportJob(services.reports, services.outbox, store_as, content.catalogues.translate)
    receipt_files = evidence.ReceiptFiles(services.outbox, store_as)
    incoming = announcement_files.TakeFile(by_name, store_media, services.announcements.drafts, services.outbox)
    return {
        making.KIND: sound.call,
        reporting.KIND: papers,
        documents.KIND: letters,
        certificate_job.JOB: certificate_job.CertificateJob(services.outbox, store_as),
        training_file.JOB: training_file.TrainingFiles(services.mail, store_as).make,
        evidence.JOB: receipt_files.make,
        chart_job.JOB: chart_job.ChartJob(content.guides, Tallies(services.jobs.db), services.mail, store_as),
        visit_files.JOB: visit_files.VisitFiles(services.mail, store_as).make,
        announcement_files.KIND: incoming.run,
        help_photos.KIND: help_photos.TakePhoto(by_name, store_media, services.help).run,
        guide_texts_sent.KIND: guide_texts_sent.TakeText(by_name, services.shown, UpkeepLetters(services.outbox)).run,
        rollups.WORKBOOK: period_workbooks(content, services, store_as),
        **learning_files.QuestionFiles(by_name, services.outbox, store_as, content.guides).kinds,
    }


def period_workbooks(content: Content, services: Services, store_as: report_files.StoreAs) -> JobFunction:
    """What makes the workbook of a period."""
    translate, cut_off = content.catalogues.translate, content.commune.cut_off
    return PeriodFiles(RollUps(services.jobs.db), indicators.active, store_as, services.outbox, translate, cut_off).make


def build_router(
    content: Content,
    services: Services,
    platforms: Sequence[Platform],
    *,
    store_media: StoreMedia,
    zone: ZoneInfo,
    anonymous: frozenset[str] = frozenset(),
    off: Mapping[str, str] = MappingProxyType({}),
    leaflet: Callable[[str], str | None] = lambda slug: None,
) -> Router:
    """All conversations. On the platforms `anonymous` nobody knows who is who, so no role is given there.

    `off` names, as it stands at any moment, the platforms that ended, and why. `leaflet` is the address of a guide's
    leaflet, None where there is no page.
    """

    def links(code: str) -> Sequence[str]:
        found = (platform.link(code) for platform in platforms if platform.name not in anonymous)
        return [link for link in found if link is not None]

    def group_links(code: str) -> Sequence[str]:
        found = (platform.group_link(code) for platform in platforms)
        return [link for link in found if link is not None]

    at_home = home.HomeTalk(services.book, zone)
    settings = commune_settings.SettingsTalk(services.book, services.audit, services.outbox.quiet_changed)
    aloud = guide_audio.AudioTalk(content.guides, content.recordings)
    tallies = Tallies(services.jobs.db)
    counting = insight_talk.Counting(tallies, at_home.unit_code)
    reader = guides.GuideTalk(content.guides, content.index.find, at_home.here, aloud, counting)
    consent = privacy_talk.PrivacyTalk(services.privacy, at_home.here, zone)
    codes = inviting.Codes(store_media, links, group_links=group_links, keep_until=passing.keep)
    work_desk = task_desk.TaskDesk(TaskLetters(services.mail), services.audit)
    helped = visit_talk.VisitTalk()
    helpers = help_desk.HelpDesk(services.help, HelpClock(services.help))
    asked = help_own.OwnRequests(services.help, services.jobs)
    stuck = help_talk.HelpTalk(services.help, asked, content.guides, consent, at_home, helpers.list_for_helpers)
    reviewing = practice_desk.PracticeDesk(services.mail, services.audit)
    shared = practice_talk.PracticeTalk(reviewing)
    hard = difficulties.DifficultyTalk(services.outbox)
    desk = Desk(services.rounds, services.outbox, services.audit, content.commune.cut_off)
    figures = checkins.CheckinTalk(desk, hard.keep)
    taught = training.make(
        training_desk.TrainingDesk(
            Topics(content.guides, content.index.find),
            TrainingLetters(services.mail),
            services.audit,
            services.jobs,
            training_desk.Pass(links, store_media, passing.keep, leaflet),
            figures.take,
        ),
        consent,
    )
    work = tasks.TaskTalk(work_desk, more=[helped.menu_items, shared.menu_items, taught.plan.menu_items])
    own = people_talk.PeopleTalk(
        services.invites,
        services.audit,
        consent,
        codes,
        is_messenger=lambda name: name not in anonymous,
        tell=services.tell_person,
        first=[work.first],
    )
    moving = village_moves.MoveTalk(GroupMoves(services.outbox, services.audit), services.tell_officers)
    groups = villages.VillageTalk(
        redeem=services.invites.redeem_channel,
        tell_officers=services.tell_officers,
        commune=at_home.here,
        zone=zone,
        audit=services.audit,
        offer=moving.offer,
    )
    goals = target_lists.TargetLists(desk)
    sums = rollups.RollUpTalk(desk, RollUps(services.jobs.db), services.jobs)
    upkeep = guide_desk.GuideDesk(services.shown, UpkeepLetters(services.outbox), services.audit)
    played = loudspeaker_plays.PlayTalk(services.outbox, services.outbox.link_to)
    loud = loudspeaker.LoudspeakerTalk(
        services.jobs, played, has_voice=voice.installed() is not None, url_of=services.outbox.link_to
    )
    papers = reporting.ReportingTalk(services.jobs)
    receipt = receipts.ReceiptTalk(services.outbox, services.jobs)
    news = announcing.AnnounceTalk(
        announce_desk.Desk(
            services.announcements,
            services.allowed_in,
            services.outbox.capabilities,
            services.outbox.link_to,
        ),
        here=at_home.here,
        village=at_home.village,
    )
    router = Router()
    spoken = voice_notes.VoiceTalk(services.jobs, lambda ctx: Dispatcher(router).route(ctx))
    router.include(
        safety.build(),
        home.build(at_home),
        privacy_talk.build(consent),
        people_talk.build(own),
        me.build(me.MeTalk(services.audit, zone)),
        roster.build(roster.RosterTalk(services.audit, services.tell_person)),
        commune_settings.build(settings),
        directory.build(directory.DirectoryTalk(at_home.here)),
        health.build(health.HealthTalk(Health(platforms, off, services.outbox.rows.planned))),
        inviting.build(inviting.InviteTalk(services.invites, codes)),
        villages.build(groups, checks=[genuine.verify]),
        village_moves.build(moving),
        receipts.build(receipt),
        genuine.build(),
        announcing.build(news),
        announce_writing.build(announce_writing.WritingTalk(news.desk, services.jobs)),
        announce_files.build(announce_files.FileTalk(news.desk, services.jobs)),
        announce_audience.build(announce_audience.AudienceTalk(news.desk)),
        announce_deciding.build(announce_deciding.DecidingTalk(news.desk)),
        checkins.build(figures),
        assigning.build(assigning.AssignTalk(desk, goals)),
        target_lists.build(goals),
        rollups.build(sums),
        rounds.build(rounds.RoundTalk(desk)),
        difficulties.build(hard),
        difficulty_more.build(difficulty_more.DifficultyMore(hard, services.audit)),
        tasks.build(work),
        task_giving.build(task_giving.GiveTalk(work_desk)),
        training.build(taught),
        certificates.build(certificates.CertificateTalk(content.guides, at_home.here, services.jobs)),
        visit_talk.build(helped),
        visit_log.build(visit_log.LogTalk(services.jobs)),
        practice_talk.build(shared),
        practice_review.build(practice_review.ReviewTalk(reviewing)),
        remark_talk.build(remark_talk.RemarkTalk(services.mail, services.audit, services.reports.cut_off)),
        reporting.build(papers),
        documents.build(documents.DocumentTalk(services.jobs)),
        learning.build(content.guides, at_home, services.jobs),
        loudspeaker.build(loud),
        loudspeaker_plays.build(played),
        voice_notes.build(spoken, hears=recogniser.installed() is not None),
        guides.build(reader),
        guide_audio.build(aloud),
        insight_talk.build(insight_talk.InsightTalk(content.guides, tallies, services.jobs)),
        guide_quiz.build(guide_quiz.QuizTalk(content.guides, reader)),
        guide_stuck.build(guide_stuck.StuckTalk(content.guides, reader, at_home.here, counting)),
        guide_flags.build(guide_flags.FlagTalk(content.guides, consent)),
        guide_checks.build(guide_checks.CheckTalk(upkeep, at_home.here)),
        guide_texts.build(guide_texts.TextTalk(upkeep, services.jobs, lambda: services.book.several)),
        help_talk.build(stuck),
        help_own.build(asked),
        help_desk.build(helpers),
        help_rota.build(help_rota.RotaTalk()),
        start.build(
            commune=at_home.here,
            home=at_home,
            after_help=[at_home.ask_village_once],
            unfinished=reader.unfinished,
            nearest=reader.nearest,
            hand_over=stuck.hand_over,
            languages=content.catalogues.names,
            menu_items=[
                figures.menu_items,
                sums.menu_items,
                work.menu_items,
                papers.menu_items,
                loud.menu_items,
                reader.menu_items,
                news.menu_items,
                at_home.menu_items,
                settings.menu_items,
                start.settings_items,
            ],
            links=[reader.open_link, taught.seat.open_link, stuck.open_link, own.open_link, groups.open_link],
            understand=[own.understand, taught.seat.understand, figures.understand, reader.understand],
        ),
    )
    return router
