"""Which feature talks to which: services of an installation, and the one router of all conversations.

Part of the composition root, with bot.app: nobody else imports it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4
from zoneinfo import ZoneInfo

from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.events import Chat, ChatKind
from bot.core.fit import LinkTo
from bot.core.messages import Message
from bot.core.platform import Capabilities, Platform
from bot.core.router import Router
from bot.core.text import Text
from bot.features import commune, people, privacy
from bot.features.audit import Audit
from bot.features.checkins import holdings as checkin_holdings
from bot.features.checkins import indicators
from bot.features.checkins.rounds import Rounds
from bot.features.guides import library
from bot.features.invites import Invites
from bot.features.outbox.box import Outbox
from bot.features.outbox.rows import Rows
from bot.features.rights.table import CHAIR, OFFICER
from bot.features.search import Index
from bot.handlers import checkins, difficulties, guides, inviting, safety, start, villages
from bot.handlers import people as people_talk
from bot.handlers import privacy as privacy_talk
from bot.i18n import Catalogues

StoreMedia = inviting.StoreMedia


@dataclass(frozen=True)
class Content:
    """What is read from files at the start."""

    guides: library.Library
    index: Index
    catalogues: Catalogues
    commune: commune.Commune


@dataclass(frozen=True)
class Services:
    """What conversations and jobs share."""

    audit: Audit
    invites: Invites
    privacy: privacy.Privacy
    outbox: Outbox
    rounds: Rounds
    now: Callable[[], datetime]

    async def tell_officers(self, commune_id: int, text: Text) -> None:
        """A notice to each officer and chair of a commune who can be reached; inside the caller's transaction."""
        told: set[tuple[str, str]] = set()
        for role in (OFFICER, CHAIR):
            for holder in await people.holders(role, commune_id, self.now()):
                told.update(await people.accounts_of(holder.person_id))
        news = uuid4().hex
        for platform, chat_id in sorted(told):
            if platform in self.outbox.capabilities:
                chat = Chat(platform, chat_id, "private")
                await self.outbox.add(chat, Message(text), key=f"news:{news}:{platform}:{chat_id}"[:90], now=self.now())


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
) -> Services:
    """`wake` is called when something was put into the outbox."""
    audit = Audit(key)
    invites = Invites(key, audit)
    # In the order in which they can be erased: what names a person goes before the person.
    holdings = [*privacy.chats.holdings(), *checkin_holdings.holdings(), *privacy.holdings.holdings(invites.subjects)]
    kept = privacy.Privacy(key, audit, holdings)
    translate = content.catalogues.translate
    outbox = Outbox(Rows(db, translate), capabilities, translate, link_to, locale=locale, wake=wake)
    return Services(audit, invites, kept, outbox, Rounds(outbox), now)


def build_router(
    content: Content,
    services: Services,
    platforms: Sequence[Platform],
    *,
    store_media: StoreMedia,
    zone: ZoneInfo,
    anonymous: frozenset[str] = frozenset(),
) -> Router:
    """All conversations. On the platforms `anonymous` nobody knows who is who, so no role is given there."""

    def current() -> commune.Commune:
        return content.commune

    def links(code: str) -> Sequence[str]:
        found = (platform.link(code) for platform in platforms if platform.name not in anonymous)
        return [link for link in found if link is not None]

    reader = guides.GuideTalk(content.guides, content.index.find, current)
    consent = privacy_talk.PrivacyTalk(services.privacy, current, zone)
    codes = inviting.Codes(store_media, links)
    own = people_talk.PeopleTalk(
        services.invites, services.audit, consent, codes, is_messenger=lambda name: name not in anonymous
    )
    groups = villages.VillageTalk(
        redeem=services.invites.redeem_channel, tell_officers=services.tell_officers, commune=current, zone=zone
    )
    hard = difficulties.DifficultyTalk(services.outbox)
    figures = checkins.CheckinTalk(
        indicators=indicators.active, rounds=services.rounds, post=services.outbox, raise_difficulty=hard.keep
    )
    router = Router()
    router.include(
        safety.build(),
        privacy_talk.build(consent),
        people_talk.build(own),
        inviting.build(inviting.InviteTalk(services.invites, codes)),
        villages.build(groups),
        checkins.build(figures),
        difficulties.build(hard),
        guides.build(reader),
        start.build(
            commune=current,
            languages=content.catalogues.names,
            menu_items=[figures.menu_items, reader.menu_items, start.settings_items],
            links=[reader.open_link, own.open_link, groups.open_link],
            understand=[own.understand, figures.understand, reader.understand],
        ),
    )
    return router
