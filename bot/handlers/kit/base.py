"""The ground that every family stands on: what the installation read at its start, and what its parts share."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from types import MappingProxyType
from zoneinfo import ZoneInfo

from msgspec import Struct, field

from bot.core.events import Chat, Event
from bot.core.machine import chance
from bot.core.messages import Button, Message
from bot.core.platform import Platform
from bot.core.text import Text
from bot.features import privacy, units
from bot.features.announcements import store as announcement_store
from bot.features.announcements.receipts.reminding import Reminders
from bot.features.announcements.relays.asking import ReadAt, nowhere
from bot.features.announcements.service import Announcements
from bot.features.audit import Audit
from bot.features.bots.door import AccountDoor
from bot.features.calendar.vietnam import VIETNAM
from bot.features.checkins.rounds import Rounds
from bot.features.commune import settings as commune
from bot.features.commune.commune_settings import CommuneSettings
from bot.features.commune.settings import Communes
from bot.features.desk.sessions import DeskSessions
from bot.features.doctor.kept import Examined, never
from bot.features.groups.plans import Plans
from bot.features.guides import library
from bot.features.guides.contacts import Allowed
from bot.features.guides.recordings import Recordings
from bot.features.help.service import HelpService
from bot.features.invites import Invites
from bot.features.jobs.queue import JobRefused, Jobs, chat_of
from bot.features.notices import delivery_channels
from bot.features.notices.fallback import ALONE
from bot.features.notices.mail import Mail
from bot.features.notices.news import News, NewsNotices
from bot.features.outbox import stop_words
from bot.features.outbox.box import Outbox
from bot.features.outbox.homes import Homes
from bot.features.outbox.row import RowStop
from bot.features.outbox.states import OUTAGE
from bot.features.people import people
from bot.features.programs.deliveries import Post, nowhere_to_post
from bot.features.programs.tokens import Tokens
from bot.features.programs.webhooks import Webhooks
from bot.features.reports import Reports
from bot.features.rights.table import CHAIR, OFFICER
from bot.features.search.index import Index
from bot.features.unheard.second_look import Choose
from bot.features.upkeep.shown import LibrarySync
from bot.features.voice.port import Voice
from bot.handlers.kit.media import NoUploads, StoreAs, StoreMedia, Uploads
from bot.handlers.kit.unkept import Forget
from bot.i18n import Catalogues
from bot.understanding.ranking import Ranking


class Content(Struct, frozen=True, dict=True):
    """Hold everything that is read from files at the start."""

    guides: library.Library
    index: Index
    catalogues: Catalogues
    commune: commune.Commune
    communes: Communes
    recordings: Recordings

    @cached_property
    def search(self) -> Ranking:
        """Return the search for the guides that words may mean."""
        return Ranking(self.index)


class Services(Struct, frozen=True):
    """Hold the services that conversations and jobs share."""

    desk: DeskSessions
    audit: Audit
    invites: Invites
    privacy: privacy.Privacy
    outbox: Outbox
    commune_settings: CommuneSettings
    rounds: Rounds
    jobs: Jobs
    reminders: Reminders
    reports: Reports
    help: HelpService
    shown: LibrarySync
    tokens: Tokens
    webhooks: Webhooks
    now: Callable[[], datetime]
    read_at: ReadAt = nowhere
    homes: Homes = field(default_factory=dict)

    @property
    def announcements(self) -> Announcements:
        return Announcements(self.outbox, self.audit, self.read_at)

    @property
    def mail(self) -> Mail:
        return Mail(self.outbox)

    @property
    def plans(self) -> Plans:
        return Plans(self.outbox.capabilities, self.outbox.usage, self.outbox.off)

    async def allowed_in(self, commune_id: int) -> Allowed:
        """Return the names, numbers and addresses that texts of this commune may contain."""
        place = await units.by_id(commune_id)
        found = None if place is None else self.commune_settings.of(place.code)
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
        await self.outbox.add(chat, message, key=f"refused:{chance.unique()}", now=self.now(), answering=True)

    async def tell_stop(self, stop: RowStop) -> None:
        """Tell the officials whose announcement it is, or all of them, that rows of the outbox are on hold.

        It runs inside the caller's transaction.
        """
        if stop.reason == OUTAGE:
            await self._tell_outage(stop)
            return
        one = await announcement_store.get(stop.announcement) if stop.announcement else None
        now = self.now()
        today = now.astimezone(VIETNAM).date()
        home = self.homes.get(stop.platform)
        if one is not None:
            whose = [one.commune_id]
        else:
            whose = [home.unit_id] if home is not None else [place.id for place in await units.communes(today)]
        label = "" if one is None else one.label
        for commune_id in whose:
            text = stop_words.words(stop, label, self.outbox.translate, self.outbox.locale)
            await self.tell_officers(commune_id, text, at_once=True)

    async def _tell_outage(self, stop: RowStop) -> None:
        """Tell only the communes whose announcements are being sent on that platform; the others wait for nothing."""
        found = [await announcement_store.get(number) for number in await self.outbox.rows.running(stop.platform)]
        labels: dict[int, list[str]] = {}
        for one in found:
            if one is not None:
                labels.setdefault(one.commune_id, []).append(one.label)
        for commune_id, names in labels.items():
            text = stop_words.words(stop, ", ".join(names), self.outbox.translate, self.outbox.locale)
            await self.tell_officers(commune_id, text, at_once=True)

    async def tell_officers(self, commune_id: int, reply: Text | News, *, at_once: bool = False) -> None:
        """Send one notice to each reachable officer and chair of a commune, inside the caller's transaction.

        `at_once`: also in quiet hours, for somebody is waiting for a service that has stopped.
        """
        told: set[Chat] = set()
        for role in (OFFICER, CHAIR):
            for holder in await people.holders(role, commune_id, self.now()):
                chats = await delivery_channels.to_person(
                    self.outbox, holder.person_id, self.now(), commune_id=commune_id
                )
                told.update(chats[:1])
        if isinstance(reply, Text):
            await self._notify(told, reply, at_once=at_once)
            return
        for chat in sorted(told, key=lambda one: (one.platform, one.id)):
            await NewsNotices(self.outbox).tell(chat, reply, self.now())

    async def tell_person(self, person_id: int, text: Text) -> None:
        """Tell a person on all their messengers that their role changed: one account may be in other hands."""
        await self._notify(
            set(await delivery_channels.to_person(self.outbox, person_id, self.now(), everywhere=True)),
            text,
            prefix=ALONE,
        )

    async def _notify(self, told: set[Chat], text: Text, *, prefix: str = "", at_once: bool = False) -> None:
        news, now = chance.unique(), self.now()
        for chat in sorted(told, key=lambda one: (one.platform, one.id)):
            key = f"{prefix}news:{news}:{chat.platform}:{chat.id}"[:90]
            await self.outbox.add(chat, Message(text), key=key, now=now, answering=at_once)


class _ByName(Mapping[str, Platform]):
    """Messengers by name as they are whenever somebody looks: accounts join and leave while the bot is at work."""

    def __init__(self, platforms: Sequence[Platform]) -> None:
        self._platforms = platforms

    def __getitem__(self, name: str) -> Platform:
        for platform in self._platforms:
            if platform.name == name:
                return platform
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return (platform.name for platform in self._platforms)

    def __len__(self) -> int:
        return len(self._platforms)


HOME_LINK = "xa_"
"""`/start xa_UNIT` says where the link was found: a commune or a village."""


async def _nowhere(event: Event) -> None:
    """Drop an event where no engine is at work."""


class Base(Struct, frozen=True):
    """Hold everything that the installation gives to every family.

    On the platforms `anonymous` people cannot be identified, so no role is given there. `off` names, as it stands
    at any moment, the platforms that ended, and why. `links(code)` are the addresses that say a code to the bot in
    private, `group_links(code)` those that add it to a group. `leaflet(slug)`, `shop`, `poster(commune, label)` and
    `notice(commune, label)` are public pages, None without a public address. `receive` handles an event as if a
    messenger had brought it; `forget` deletes orphan files from the page, None without a page. `voice` reads aloud,
    None where nothing does. `choose` asks an endpoint which meaning is meant, None where none is set. `examined` is
    what the bot last found about its machine. `desk` is the public address of the officials' pages, None without one.
    `uploads` keeps files that somebody sent to a page. `post` tells other programs what has happened.
    `accounts` looks at further accounts before they are kept, None where none can run.
    """

    content: Content
    services: Services
    platforms: Sequence[Platform]
    store_media: StoreMedia
    store_as: StoreAs
    zone: ZoneInfo = VIETNAM
    anonymous: frozenset[str] = frozenset()
    off: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    leaflet: Callable[[str], str | None] = lambda slug: None
    shop: str | None = None
    poster: Callable[[str, str], str | None] = lambda code, label: None
    notice: Callable[[str, str], str | None] = lambda code, label: None
    receive: Callable[[Event], Awaitable[None]] = _nowhere
    forget: Forget | None = None
    voice: Voice | None = None
    choose: Choose | None = None
    examined: Examined = never
    desk: str | None = None
    uploads: Uploads = field(default_factory=NoUploads)
    post: Post = nowhere_to_post
    accounts: AccountDoor | None = None

    @property
    def by_name(self) -> Mapping[str, Platform]:
        """Return the messengers by name, those too that join later."""
        return _ByName(self.platforms)

    @property
    def _of_all(self) -> Sequence[Platform]:
        return [one for one in self.platforms if one.name not in self.services.homes]

    def links(self, code: str) -> Sequence[str]:
        """Return the addresses that say a code to a bot of all communes; that of one bot is no address for all."""
        found = (platform.link(code) for platform in self._of_all if platform.name not in self.anonymous)
        return [link for link in found if link is not None]

    async def links_at(self, code: str, unit_id: int) -> Sequence[str]:
        """Return `links` behind those of the bots that the unit's commune has to itself."""
        own = [one.link(code) for one in await self._own_bots(unit_id)]
        return [*(link for link in own if link is not None), *self.links(code)]

    async def add_links_at(self, code: str, unit_id: int) -> Sequence[str]:
        """Return `group_links` behind those of the bots that the unit's commune has to itself."""
        own = [one.group_link(code) for one in await self._own_bots(unit_id)]
        return [*(link for link in own if link is not None), *self.group_links(code)]

    async def _own_bots(self, unit_id: int) -> Sequence[Platform]:
        homes = self.services.homes
        commune = await units.commune_of(unit_id) if homes else None
        if commune is None:
            return []
        return [one for one in self.platforms if one.name in homes and homes[one.name].unit_id == commune.id]

    def chat_of(self, village: str) -> str | None:
        """Return the address at which the people of a village talk to the bot without an account; None without one."""
        found = (one.link(f"{HOME_LINK}{village}") for one in self.platforms if one.name in self.anonymous)
        return next((link for link in found if link is not None), None)

    def group_links(self, code: str) -> Sequence[str]:
        found = (platform.group_link(code) for platform in self._of_all)
        return [link for link in found if link is not None]
