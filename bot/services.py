"""What the conversations and the jobs of an installation share, and how it is made.

Part of the composition root, with bot.app and bot.wiring: nobody else imports it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from uuid import uuid4
from zoneinfo import ZoneInfo

from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.events import Chat, ChatKind
from bot.core.fit import LinkTo
from bot.core.messages import Button, Message
from bot.core.platform import Capabilities, Usage
from bot.core.text import Text
from bot.features import commune, methods, people, practices, privacy, remarks, units, visits, ways
from bot.features.announcements import holdings as announcement_holdings
from bot.features.announcements import store as announcement_store
from bot.features.announcements.reminding import LADDERS, Reminders
from bot.features.announcements.service import Announcements
from bot.features.audit import Audit
from bot.features.checkins import holdings as checkin_holdings
from bot.features.checkins import mentors
from bot.features.checkins.difficulty_clock import DifficultyClock
from bot.features.checkins.rounds import Rounds
from bot.features.commune import Communes
from bot.features.commune_book import CommuneBook
from bot.features.commune_quiet import CommuneDigest, CommuneQuiet
from bot.features.guides import library
from bot.features.guides.contacts import Allowed
from bot.features.guides.model import Guide
from bot.features.guides.recordings import Recordings
from bot.features.help import holdings as help_holdings
from bot.features.help.service import Help
from bot.features.help.words import Words as HelpWords
from bot.features.invites import Invites
from bot.features.jobs import JobRefused, Jobs, chat_of
from bot.features.learning import holdings as learning_holdings
from bot.features.learning import training_holdings
from bot.features.loudspeaker import holdings as loudspeaker_holdings
from bot.features.loudspeaker.reminding import PlanClock
from bot.features.mail import Mail
from bot.features.meetings import holdings as meeting_holdings
from bot.features.outbox import stop_words
from bot.features.outbox.box import Outbox
from bot.features.outbox.hours import VIETNAM
from bot.features.outbox.row import Stop
from bot.features.outbox.rows import Rows
from bot.features.papers import holdings as paper_holdings
from bot.features.quality.for_report import QualityOf
from bot.features.quality.opinions import Opinions
from bot.features.reports import Reports
from bot.features.rights.table import CHAIR, OFFICER
from bot.features.search import Index
from bot.features.second_way import ALONE
from bot.features.showcase import holdings as product_holdings
from bot.features.showcase.clock import ShowcaseClock
from bot.features.showcase.letters import Letters as ProductLetters
from bot.features.tasks import holdings as task_holdings
from bot.features.tasks.clock import TaskClock
from bot.features.tasks.letters import Letters as TaskLetters
from bot.features.upkeep import holdings as upkeep_holdings
from bot.features.upkeep.clock import UpkeepClock
from bot.features.upkeep.letters import Letters as UpkeepLetters
from bot.features.upkeep.shown import Shown
from bot.i18n import Catalogues


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
    def plan_clock(self) -> PlanClock:
        return PlanClock(self.outbox)

    @property
    def showcase_clock(self) -> ShowcaseClock:
        return ShowcaseClock(ProductLetters(self.mail))

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
        locale = body.get("locale", self.outbox.locale)
        template = self.outbox.translate(locale, refusal.template)
        buttons: tuple[Button, ...] = ()
        if refusal.then is not None:
            label, action = refusal.then
            buttons = (Button.to(self.outbox.translate(locale, label), action),)
        message = Message(Text.of(template, **refusal.values), buttons)
        await self.outbox.add(chat, message, key=f"refused:{uuid4().hex}", now=self.now(), answering=True)

    async def tell_stop(self, stop: Stop) -> None:
        """The officials whose announcement it is, or all of them, hear that rows wait; in the caller's transaction."""
        one = await announcement_store.get(stop.announcement) if stop.announcement else None
        now = self.now()
        today = now.astimezone(VIETNAM).date()
        whose = [one.commune_id] if one is not None else [place.id for place in await units.communes(today)]
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
    kept = make_privacy(key, audit, invites, content.guides.get)
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
        Reports(
            db,
            audit,
            book.of,
            content.commune.cut_off,
            practices.for_report,
            remarks.for_report,
            QualityOf(Opinions(db, content.commune.cut_off)),
            methods.for_report,
        ),
        Help(outbox, HelpWords(translate, content.guides, zone, locale), book.of, zone),
        Shown(content.guides, content.index),
        now,
    )


def make_privacy(
    key: bytes, audit: Audit, invites: Invites, find_guide: Callable[[str], Guide | None] = lambda slug: None
) -> privacy.Privacy:
    """What all features keep of people, in the order in which it can be erased: what names a person goes first."""
    own = privacy.holdings.holdings(invites.subjects)
    return privacy.Privacy(
        key,
        audit,
        [
            *privacy.chats.holdings(find_guide),
            *mentors.holdings(),
            *checkin_holdings.holdings(),
            *announcement_holdings.holdings(),
            *loudspeaker_holdings.holdings(),
            *help_holdings.holdings(),
            *upkeep_holdings.holdings(),
            *task_holdings.holdings(),
            *meeting_holdings.holdings(),
            *paper_holdings.holdings(),
            *training_holdings.holdings(),
            *visits.holdings(),
            *practices.holdings(),
            *product_holdings.holdings(),
            *remarks.holdings(),
            *learning_holdings.holdings(),
            *own,
        ],
    )
