"""A world of two communes in which the conversations about people and privacy are held."""

from __future__ import annotations

from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.router import Router
from bot.core.text import Text
from bot.features.audit import Audit
from bot.features.commune import settings as commune
from bot.features.desk.sessions import DeskSessions
from bot.features.groups.plans import Plans
from bot.features.invites import Created, Invites
from bot.features.jobs import temporary_files
from bot.features.jobs.queue import Jobs
from bot.features.privacy import Privacy, chats, personal_data
from bot.framework.process import CLOCK
from bot.handlers.front import start
from bot.handlers.people import accounts as people
from bot.handlers.people import group_codes, inviting, listed, me, privacy, refusals, roster
from bot.handlers.safety import danger as safety
from bot.testing import FakePlatform, Participant, World
from tests.features.village import KEY, Places, places
from tests.front import front
from tests.kit import catalogues


@dataclass
class Village:
    """The world, its units, and what the conversations are built from."""

    world: World
    at: Places
    invites: Invites
    privacy: Privacy
    stored: list[bytes] = field(default_factory=list)
    told: list[tuple[int, str]] = field(default_factory=list)

    async def code(self, role: str, unit_id: int) -> str:
        made = await self.invites.create(role, unit_id, by=None, now=self.world.clock.now())
        assert isinstance(made, Created)
        return made.code

    async def talk_as(self, name: str, role: str, unit_id: int) -> Participant:
        """Somebody who came with a code and agreed."""
        talk = self.world.talk(name)
        await talk.says(f"/start {await self.code(role, unit_id)}")
        if "Đồng ý" in talk.choices:
            await talk.picks("Đồng ý")
        assert "Chào mừng bác!" in talk.heard
        return talk


async def village(db: BaseDBAsyncClient, platform: FakePlatform, *, messenger: bool = True) -> Village:
    audit = Audit(KEY)
    invites = Invites(KEY, audit)
    kept = Privacy(KEY, audit, [*chats.personal_tables(), *personal_data.personal_tables(invites.subjects)])
    stored: list[bytes] = []

    async def store_media(data: bytes, mime: str) -> str:
        assert mime == "image/png"
        stored.append(data)
        return f"{len(stored)}.png"

    told: list[tuple[int, str]] = []

    async def tell(person_id: int, text: Text) -> None:
        told.append((person_id, text.plain))

    async def group_links(code: str, unit_id: int) -> list[str]:
        link = platform.group_link(code)
        return [] if link is None else [link]

    async def links(code: str, unit_id: int) -> list[str]:
        link = platform.link(code)
        return [] if link is None else [link]

    def router() -> Router:
        talk = privacy.PrivacyConversation(kept, lambda ctx: commune.DEMO, ZoneInfo("Asia/Ho_Chi_Minh"))
        plans = Plans({platform.name: platform.capabilities}, {platform.name: platform.usage}, {})
        codes = inviting.Codes(store_media, links, group_links, keep_until=temporary_files.keep)
        own = people.AccountsConversation(invites, audit, talk, codes, is_messenger=lambda name: messenger, tell=tell)
        root = Router()
        root.include(
            safety.build(),
            privacy.build(talk),
            people.build(own),
            inviting.build(inviting.InviteConversation(invites, codes)),
            group_codes.build(group_codes.GroupCodeConversation(invites, codes, plans, Jobs(db))),
            listed.build(listed.ListedPeopleConversation(invites, codes, Jobs(db))),
            roster.build(roster.RosterConversation(audit, tell)),
            refusals.build(audit),
            me.build(me.OwnEntryConversation(audit, DeskSessions(KEY, CLOCK.now), ZoneInfo("Asia/Ho_Chi_Minh"))),
            front(
                commune=lambda ctx: commune.DEMO,
                languages={},
                menu_items=[start.settings_items],
                links=[own.open_link],
                understand=[own.understand],
            ),
        )
        return root

    world = World(db, router, catalogues().translate, platform)
    return Village(world, await places(), invites, kept, stored, told)
