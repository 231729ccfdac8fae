"""A world of two communes in which the conversations about people and privacy are held."""

from __future__ import annotations

from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.router import Router
from bot.core.text import Text
from bot.features import commune, passing
from bot.features.audit import Audit
from bot.features.invites import Created, Invites
from bot.features.jobs import Jobs
from bot.features.privacy import Privacy, chats, holdings
from bot.handlers import inviting, listed, me, people, privacy, roster, safety, start
from bot.testing import FakePlatform, Talk, World
from tests.features.village import KEY, Places, places
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

    async def talk_as(self, name: str, role: str, unit_id: int) -> Talk:
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
    kept = Privacy(KEY, audit, [*chats.holdings(), *holdings.holdings(invites.subjects)])
    stored: list[bytes] = []

    async def store_media(data: bytes, mime: str) -> str:
        assert mime == "image/png"
        stored.append(data)
        return f"{len(stored)}.png"

    told: list[tuple[int, str]] = []

    async def tell(person_id: int, text: Text) -> None:
        told.append((person_id, text.plain))

    def group_links(code: str) -> list[str]:
        link = platform.group_link(code)
        return [] if link is None else [link]

    def links(code: str) -> list[str]:
        link = platform.link(code)
        return [] if link is None else [link]

    def router() -> Router:
        talk = privacy.PrivacyTalk(kept, lambda ctx: commune.DEMO, ZoneInfo("Asia/Ho_Chi_Minh"))
        codes = inviting.Codes(store_media, links, group_links=group_links, keep_until=passing.keep)
        own = people.PeopleTalk(invites, audit, talk, codes, is_messenger=lambda name: messenger, tell=tell)
        root = Router()
        root.include(
            safety.build(),
            privacy.build(talk),
            people.build(own),
            inviting.build(inviting.InviteTalk(invites, codes)),
            listed.build(listed.ListedTalk(invites, codes, Jobs(db))),
            roster.build(roster.RosterTalk(audit, tell)),
            me.build(me.MeTalk(audit, ZoneInfo("Asia/Ho_Chi_Minh"))),
            start.build(
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
