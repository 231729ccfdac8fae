"""Yên Mô with groups of two villages, an officer, two chairs, and an outbox that really sends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.pacing import Pacer
from bot.features.announcements.scheduled_work import AnnouncementSchedule
from bot.features.announcements.service import Announcements
from bot.features.audit import Audit
from bot.features.groups import channels
from bot.features.outbox.box import Outbox
from bot.features.outbox.rows import Rows
from bot.features.outbox.send import OutboxSender
from bot.features.outbox.turn import Alone
from bot.handlers.kit.base import Content
from bot.storage.store import ConversationStore
from bot.testing import FakePlatform, World
from tests.conversations import KEY, build_router
from tests.features.outbox_rig import PatientClock
from tests.features.village import Places, group, places, somebody

LAC_HIEN, DONG_CAO = "g-lac-hien", "g-dong-cao"


@dataclass
class Yard:
    """The world, and what runs beside its conversations."""

    world: World
    at: Places
    features: Announcements
    sender: OutboxSender

    @property
    def clock(self) -> AnnouncementSchedule:
        return self.features.schedule

    async def group(self, name: str, unit: int, purpose: channels.Purpose = "village") -> int:
        now = self.world.clock.now()
        return (await group(self.world.platform.name, name, unit, f"Nhóm {name}", now, purpose)).id

    async def sends(self) -> None:
        """The worker sends what may leave now."""
        for _ in range(100):
            delay = await self.sender.run()
            if delay is None or delay > 60:
                return
            self.world.clock.passes(seconds=delay)
        raise AssertionError("the outbox never runs out")

    async def ticks(self) -> float | None:
        return await self.clock.tick(self.world.clock.now())

    async def states(self, announcement: int) -> Mapping[str, int]:
        return await self.features.outbox.rows.counts(announcement)

    def texts(self, chat: str) -> list[str]:
        return [shown.message.text.plain for shown in self.world.platform.chats.get(chat, [])]


async def yard(
    db: BaseDBAsyncClient,
    platform: FakePlatform,
    shipped: Content,
    *,
    site: str | None = None,
    page: FakePlatform | None = None,
) -> Yard:
    clock = PatientClock()
    router = partial(build_router, shipped, platform, site=site, page=page)
    world = World(db, router, shipped.catalogues.translate, platform, clock)
    at = await places()
    now = clock.now()
    await somebody("lan", "officer", at.commune, now)
    await somebody("nam", "chair", at.commune, now)
    await somebody("tu", "leader", at.village, now)
    translate = shipped.catalogues.translate
    outbox = Outbox(
        Rows(db, translate),
        {platform.name: platform.capabilities},
        translate,
        lambda name: f"https://xa.example/media/{name}",
        usage={platform.name: platform.usage},
    )
    sender = OutboxSender(
        platform=platform,
        pacer=Pacer(1000.0, clock),
        rows=outbox.rows,
        store=ConversationStore(db),
        turn=Alone(),
        clock=clock,
        report=lambda event: world.engine.receive([event]),
    )
    made = Yard(world, at, Announcements(outbox, Audit(KEY)), sender)
    await made.group(LAC_HIEN, at.village)
    await made.group(DONG_CAO, at.other_village)
    return made
