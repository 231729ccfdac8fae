"""The one router of all conversations: who talks to whom.

Part of the composition root, with bot.app and bot.services: nobody else imports it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from zoneinfo import ZoneInfo

from bot.core.dispatch import Dispatcher
from bot.core.platform import Platform
from bot.core.router import Router
from bot.features import passing
from bot.features.checkins.rollup import RollUps
from bot.features.health import Health
from bot.features.help.clock import HelpClock
from bot.features.insight import Tallies
from bot.features.learning.topics import Topics
from bot.features.learning.training_letters import TrainingLetters
from bot.features.loudspeaker import voice
from bot.features.loudspeaker.plan_letters import PlanLetters
from bot.features.moving_groups import GroupMoves
from bot.features.quality.opinions import Opinions
from bot.features.showcase.letters import Letters as ProductLetters
from bot.features.speech import recogniser
from bot.features.tasks.letters import Letters as TaskLetters
from bot.features.upkeep.letters import Letters as UpkeepLetters
from bot.handlers import (
    announce_audience,
    announce_deciding,
    announce_desk,
    announce_files,
    announce_stopping,
    announce_ways,
    announce_writing,
    announcing,
    assigning,
    certificates,
    channel_news,
    checkin_notes,
    checkin_offers,
    checkin_own,
    checkin_photos,
    checkin_said,
    checkins,
    commune_settings,
    demonstrating,
    difficulties,
    difficulty_grades,
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
    indicator_changes,
    inviting,
    learning,
    legal_bases,
    listed,
    loudspeaker,
    loudspeaker_plan,
    loudspeaker_planning,
    loudspeaker_plays,
    marketplaces,
    me,
    meeting_minutes,
    meetings,
    mentors,
    methods,
    office_words,
    opinions,
    paper_desk,
    practice_desk,
    practice_review,
    product_desk,
    product_editing,
    product_review,
    product_writing,
    products,
    quality,
    receipts,
    report_files,
    reporting,
    rollup_groups,
    rollups,
    roster,
    rounds,
    safety,
    setting_history,
    small_talk,
    start,
    strange_calls,
    strange_links,
    target_lists,
    task_desk,
    task_giving,
    tasks,
    training,
    training_desk,
    village_moves,
    villages,
    visit_checks,
    visit_details,
    visit_log,
    voice_notes,
    volunteer_log,
)
from bot.handlers import help as help_talk
from bot.handlers import insight as insight_talk
from bot.handlers import papers as paper_archive
from bot.handlers import people as people_talk
from bot.handlers import practices as practice_talk
from bot.handlers import privacy as privacy_talk
from bot.handlers import remarks as remark_talk
from bot.handlers import visits as visit_talk
from bot.handlers.checkin_desk import Desk
from bot.services import Content, Services

StoreMedia = inviting.StoreMedia


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
    shop: str | None = None,
    poster: Callable[[str, str], str | None] = lambda code, label: None,
) -> Router:
    """All conversations. On the platforms `anonymous` nobody knows who is who, so no role is given there.

    `off` names, as it stands at any moment, the platforms that ended, and why. `leaflet` is the address of a guide's
    leaflet, None where there is no page; `shop` that of the page of products; `poster` that of an announcement's.
    """

    links = inviting.links_of(platforms, anonymous)

    def group_links(code: str) -> Sequence[str]:
        found = (platform.group_link(code) for platform in platforms)
        return [link for link in found if link is not None]

    at_home = home.HomeTalk(services.book, zone)
    settings = commune_settings.SettingsTalk(services.book, services.audit, services.outbox.quiet_changed)
    aloud = guide_audio.AudioTalk(content.guides, content.recordings)
    tallies = Tallies(services.jobs.db)
    counting = insight_talk.Counting(tallies, at_home.unit_code)
    contacts = directory.DirectoryTalk(at_home.here, store_media, passing.keep)
    heard = Opinions(services.jobs.db, content.commune.cut_off)
    felt = opinions.OpinionTalk(heard, at_home.unit_code, anonymous)
    reader = guides.GuideTalk(content.guides, content.index.find, at_home.here, aloud, counting, felt.after_guide)
    consent = privacy_talk.PrivacyTalk(services.privacy, at_home.here, zone)
    codes = inviting.Codes(store_media, links, group_links=group_links, keep_until=passing.keep)
    invites = inviting.InviteTalk(services.invites, codes)
    work_desk = task_desk.TaskDesk(TaskLetters(services.mail), services.audit)
    helped, young = visit_talk.VisitTalk(), volunteer_log.VolunteerTalk()
    helpers = help_desk.HelpDesk(services.help, HelpClock(services.help))
    asked = help_own.OwnRequests(services.help, services.jobs, felt.after_help)
    stuck = help_talk.HelpTalk(services.help, asked, content.guides, consent, at_home, helpers.list_for_helpers)
    reviewing = practice_desk.PracticeDesk(services.mail, services.audit)
    shared = practice_talk.PracticeTalk(reviewing)
    shown_goods = product_desk.ProductDesk(ProductLetters(services.mail), services.audit, at_home)
    hard = difficulties.DifficultyTalk(services.outbox)
    advice = mentors.MentorTalk(hard, services.mail, services.audit)
    urgency = difficulty_grades.GradeTalk(hard, services.audit)
    desk = Desk(services.rounds, services.outbox, services.audit, content.commune.cut_off)
    figures = checkins.CheckinTalk(desk, hard.keep, services.jobs)
    pictures = checkin_photos.PhotoTalk(desk, figures, services.jobs)
    offers = checkin_offers.OfferTalk(desk, figures.answers, pictures)
    hard.report = figures
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
    ways_of_working = methods.MethodTalk(services.audit, at_home.village)
    gathering = meetings.MeetingTalk(services.mail, services.audit)
    work = tasks.TaskTalk(
        work_desk,
        more=[
            helped.menu_items,
            shared.menu_items,
            taught.plan.menu_items,
            gathering.menu_items,
            ways_of_working.menu_items,
        ],
    )
    giving = task_giving.GiveTalk(work_desk)
    minutes = meeting_minutes.MinutesTalk(services.jobs, services.audit, giving, hard.keep, figures.take)
    own = people_talk.PeopleTalk(
        services.invites,
        services.audit,
        consent,
        codes,
        is_messenger=lambda name: name not in anonymous,
        tell=services.tell_person,
        belongs=at_home.belongs,
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
    reported = checkin_own.OwnTalk(desk, RollUps(services.jobs.db), figures)
    told = checkin_said.SaidTalk(desk, reported, figures)
    upkeep = guide_desk.GuideDesk(services.shown, UpkeepLetters(services.outbox), services.audit)
    played = loudspeaker_plays.PlayTalk(services.outbox, services.outbox.link_to)
    plan_letters = PlanLetters(services.mail)
    planning = loudspeaker_planning.PlanWriting(plan_letters, services.audit)
    planned = loudspeaker_plan.PlanTalk(planning, plan_letters, services.audit, at_home.village)
    loud = loudspeaker.LoudspeakerTalk(
        services.jobs, played, planned, has_voice=voice.installed() is not None, url_of=services.outbox.link_to
    )
    papers = reporting.ReportingTalk(services.jobs, services.reports.cut_off)
    kept_papers = paper_archive.ArchiveTalk(
        lambda ctx, media, size: report_files.reaches(services.outbox, ctx.chat, media, size)
    )
    bases = legal_bases.BasesTalk(services.book.of)
    markets = marketplaces.MarketTalk(content.guides, at_home.here)
    receipt = receipts.ReceiptTalk(services.outbox, services.jobs)
    news = announcing.AnnounceTalk(
        announce_desk.Desk(
            services.announcements,
            services.allowed_in,
            services.outbox.capabilities,
            services.outbox.link_to,
            poster,
        ),
        here=at_home.here,
        village=at_home.village,
    )
    stopping = announce_stopping.StopTalk(news.desk)
    halted = guide_stuck.StuckTalk(content.guides, reader, at_home.here, counting, stuck.hand_over)
    sent = strange_links.LinkTalk(content.guides, stuck.hand_over)
    called = strange_calls.CallTalk(content.guides, stuck.hand_over)
    small = small_talk.SmallTalk(
        at_home.communes_named,
        lambda ctx: start.whom_to_meet(ctx, at_home.here(ctx)),
        stuck.hand_over,
        reader.menu_items,
    )
    consent.ask_which = stopping.ask_which
    figures.about_figures = told.understand
    figures.elsewhere = [
        own.understand,
        hard.understand,
        gathering.understand,
        contacts.understand,
        invites.understand,
        receipt.understand,
        receipt.hear_received,
        papers.understand,
        news.understand,
        stuck.understand,
    ]
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
        setting_history.build(setting_history.HistoryTalk(services.book, settings.entrance, settings.change, zone)),
        channel_news.build(channel_news.ChannelNews(settings.entrance, services.announcements.drafts)),
        directory.build(contacts),
        health.build(health.HealthTalk(Health(platforms, off, services.outbox.rows.planned))),
        inviting.build(invites),
        listed.build(listed.ListedTalk(services.invites, codes, services.jobs)),
        villages.build(groups, checks=[genuine.verify]),
        village_moves.build(moving),
        receipts.build(receipt),
        genuine.build(),
        announcing.build(news),
        announce_stopping.build(stopping),
        announce_writing.build(announce_writing.WritingTalk(news.desk, services.jobs)),
        announce_files.build(announce_files.FileTalk(news.desk, services.jobs)),
        announce_audience.build(announce_audience.AudienceTalk(news.desk)),
        announce_ways.build(announce_ways.WaysTalk(news.desk, services.audit)),
        announce_deciding.build(announce_deciding.DecidingTalk(news.desk)),
        checkins.build(figures),
        checkin_notes.build(checkin_notes.NoteTalk(desk, figures.answers)),
        checkin_photos.build(pictures),
        checkin_offers.build(offers),
        checkin_own.build(reported),
        assigning.build(assigning.AssignTalk(desk, goals)),
        target_lists.build(goals),
        rollups.build(sums),
        rollup_groups.build(rollup_groups.GroupTalk(sums)),
        indicator_changes.build(indicator_changes.ChangesTalk(desk)),
        rounds.build(rounds.RoundTalk(desk)),
        difficulties.build(hard),
        difficulty_grades.build(urgency),
        mentors.build(advice),
        difficulty_more.build(difficulty_more.DifficultyMore(hard, services.audit)),
        tasks.build(work),
        task_giving.build(giving),
        meetings.build(gathering),
        meeting_minutes.build(minutes),
        training.build(taught),
        certificates.build(certificates.CertificateTalk(content.guides, at_home.here, services.jobs)),
        visit_talk.build(helped),
        visit_details.build(visit_details.DetailTalk()),
        visit_log.build(visit_log.LogTalk(services.jobs, first=[young.first], more=[young.menu_items])),
        volunteer_log.build(young),
        visit_checks.build(visit_checks.CheckTalk(services.mail, figures.take, content.commune.cut_off)),
        practice_talk.build(shared),
        methods.build(ways_of_working),
        practice_review.build(practice_review.ReviewTalk(reviewing)),
        products.build(products.ProductTalk(shown_goods, shop)),
        product_writing.build(product_writing.WritingTalk(shown_goods, consent, anonymous)),
        product_editing.build(product_editing.EditingTalk(shown_goods, services.jobs)),
        product_review.build(product_review.ReviewTalk(shown_goods)),
        remark_talk.build(remark_talk.RemarkTalk(services.mail, services.audit, services.reports.cut_off)),
        reporting.build(papers),
        documents.build(
            documents.DocumentTalk(services.jobs, [kept_papers.menu_items, bases.menu_items], kept_papers.shown)
        ),
        paper_archive.build(kept_papers),
        paper_desk.build(paper_desk.RecordTalk(kept_papers, services.jobs, services.audit, services.outbox)),
        legal_bases.build(bases),
        marketplaces.build(markets),
        learning.build(content.guides, at_home, services.jobs),
        loudspeaker.build(loud),
        loudspeaker_plays.build(played),
        loudspeaker_plan.build(planned),
        loudspeaker_planning.build(planning),
        voice_notes.build(spoken, hears=recogniser.installed() is not None),
        guides.build(reader, stuck.hand_over),
        opinions.build(felt),
        quality.build(quality.QualityTalk(heard)),
        guide_audio.build(aloud),
        demonstrating.build(demonstrating.DemonstrationTalk(content.guides, content.index.find, at_home.here, tallies)),
        insight_talk.build(insight_talk.InsightTalk(content.guides, tallies, services.jobs)),
        guide_quiz.build(guide_quiz.QuizTalk(content.guides, reader)),
        guide_stuck.build(halted),
        guide_flags.build(guide_flags.FlagTalk(content.guides, consent)),
        guide_checks.build(guide_checks.CheckTalk(upkeep, at_home.here)),
        guide_texts.build(guide_texts.TextTalk(upkeep, services.jobs, lambda: services.book.several)),
        help_talk.build(stuck),
        help_own.build(asked),
        help_desk.build(helpers),
        help_rota.build(help_rota.RotaTalk()),
        small_talk.build(small),
        start.build(
            commune=at_home.here,
            home=at_home,
            again=lambda ctx, words: Dispatcher(router).again(ctx, words),
            after_help=[office_words.after_help, at_home.ask_village_once],
            unfinished=reader.unfinished,
            nearest=reader.nearest,
            hand_over=stuck.hand_over,
            outstanding=[stopping.outstanding, asked.outstanding],
            at_menu=figures.at_menu,
            drops=figures.drops,
            of_photo=asked.of_photo,
            ask_which=stopping.ask_which,
            of_group=groups.set_language,
            take_photo=offers.unasked,
            languages=content.catalogues.names,
            menu_items=[
                figures.menu_items,
                sums.menu_items,
                work.menu_items,
                young.menu_items,
                advice.menu_items,
                papers.menu_items,
                loud.menu_items,
                reader.menu_items,
                news.menu_items,
                at_home.menu_items,
                settings.menu_items,
                start.settings_items,
            ],
            links=[reader.open_link, taught.seat.open_link, stuck.open_link, own.open_link, groups.open_link],
            understand=[
                own.understand,
                taught.seat.understand,
                told.understand,
                planned.understand,
                figures.understand,
                urgency.understand,
                hard.understand,
                gathering.understand,
                helped.understand,
                settings.understand,
                contacts.understand,
                consent.understand,
                at_home.understand,
                invites.understand,
                receipt.understand,
                receipt.hear_received,
                papers.understand,
                news.understand,
                stuck.understand,
                sent.understand,
                halted.understand,
                markets.understand,
                reader.turn_back,
                small.call_first,
                called.understand,
                small.understand,
                reader.understand,
                small.after_danger,
                small.thanked,
                stuck.understand_at_last,
                contacts.advise_the_ill,
            ],
        ),
    )
    return router
