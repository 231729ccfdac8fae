"""All conversations in an installation of two communes: Yên Mô has a file, Khánh Thiện has none."""

from __future__ import annotations

from dataclasses import dataclass

from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.lean.values import replace
from bot.features.audit import Audit
from bot.features.commune import settings as commune
from bot.features.invites import Created, Invites
from bot.handlers.kit.base import Content
from bot.testing import FakePlatform, Participant, World
from tests.conversations import KEY, build_router
from tests.features.village import Places, places

FILE = commune.Commune(code="yen-mo", name="Yên Mô", province="Ninh Bình", phone="0229 111 111", hours="giờ trong tệp")


@dataclass
class Two:
    world: World
    at: Places
    invites: Invites
    content: Content

    async def joins(self, name: str, role: str, unit_id: int) -> Participant:
        """Somebody who came with a code and agreed."""
        made = await self.invites.create(role, unit_id, by=None, now=self.world.clock.now())
        assert isinstance(made, Created)
        talk = self.world.talk(name)
        await talk.says(f"/start {made.code}")
        if "Bác ở xã nào?" in talk.heard:
            await talk.picks("xã Yên Mô")
        await talk.picks("Đồng ý")
        assert "Chào mừng bác!" in talk.heard
        return talk


async def two(db: BaseDBAsyncClient, platform: FakePlatform, shipped: Content) -> Two:
    content = replace(shipped, commune=FILE, communes=commune.Communes(FILE))
    world = World(db, lambda: build_router(content, platform), shipped.catalogues.translate, platform)
    return Two(world, await places(), Invites(KEY, Audit(KEY)), content)
