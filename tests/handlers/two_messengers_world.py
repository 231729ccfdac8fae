"""Yên Mô on two messengers at once: the one with buttons is free, of the poor one each message is one of a plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from bot.assembly.services import make_services
from bot.core.lean.values import replace
from bot.core.pacing import Pacer
from bot.core.router import Router
from bot.features import units
from bot.features.groups import channels
from bot.features.invites import Created
from bot.features.notices.fallback import NoticeFallback
from bot.features.outbox.send import OutboxSender
from bot.features.outbox.turn import Alone
from bot.handlers.kit.base import Content, Services
from bot.storage.store import ConversationStore
from bot.testing import PLAIN, RICH, FakePlatform, Participant, World
from tests.conversations import KEY, joined
from tests.features.outbox_rig import PatientClock
from tests.features.village import Places

CHAT, POOR = "chat", "poor"
SINCE = date(2025, 7, 1)


@dataclass
class Two:
    """`worlds` are the same bot, seen from either messenger; `lan` is the officer of Yên Mô, on the rich one."""

    worlds: Mapping[str, World]
    at: Places
    services: Services
    senders: list[OutboxSender]
    off: dict[str, str]

    @property
    def clock(self) -> PatientClock:
        clock = self.worlds[CHAT].clock
        assert isinstance(clock, PatientClock)
        return clock

    def talk(self, on: str, name: str, *, group: str = "") -> Participant:
        return self.worlds[on].talk(name, chat=group, kind="group") if group else self.worlds[on].talk(name)

    async def joins(self, on: str, name: str, role: str, unit_id: int) -> Participant:
        """Somebody who came with a code and agreed."""
        made = await self.services.invites.create(role, unit_id, by=None, now=self.clock.now())
        assert isinstance(made, Created)
        talk = self.talk(on, name)
        await talk.says(f"/start {made.code}")
        await talk.picks("Đồng ý")
        return talk

    async def code(self, unit_id: int) -> str:
        made = await self.services.invites.create_channel("village", unit_id, by=None, now=self.clock.now())
        assert isinstance(made, Created)
        return made.code

    async def has_group(self, on: str, name: str, unit_id: int) -> int:
        now = self.clock.now()
        async with in_transaction("default"):
            made = await channels.register(on, name, unit_id, "village", f"Nhóm {name}", now)
        assert isinstance(made, channels.Registered)
        return made.channel.id

    async def works(self) -> None:
        """Senders and clock, until nothing moves any more."""
        for _ in range(5):
            for sender in self.senders:
                await sender.run()
            await self.services.announcements.schedule.tick(self.clock.now())
            await NoticeFallback(self.services.outbox).tick(self.clock.now())

    def texts(self, on: str, chat: str) -> list[str]:
        return [shown.message.text.plain for shown in self.worlds[on].platform.chats.get(chat, [])]


def two(db: BaseDBAsyncClient, shipped: Content, at: Places) -> Two:
    clock = PatientClock()
    off: dict[str, str] = {}
    metered = {kind: replace(caps, cost="metered") for kind, caps in PLAIN.items()}
    platforms = [FakePlatform(RICH, CHAT), FakePlatform(metered, POOR)]
    services = make_services(
        KEY,
        db,
        shipped,
        {one.name: one.capabilities for one in platforms},
        link_to=lambda name: None,
        locale="vi",
        now=clock.now,
        wake=lambda *_: None,
        off=off,
    )

    async def store_media(data: bytes, mime: str) -> str:
        return f"{len(data)}.png"

    def router() -> Router:
        return joined(shipped, services, platforms, store_media, off=off).router

    translate = shipped.catalogues.translate
    worlds = {one.name: World(db, router, translate, one, clock) for one in platforms}
    senders = [
        OutboxSender(
            platform=one, pacer=Pacer(1000, clock), rows=services.outbox.rows, store=ConversationStore(db),
            turn=Alone(), clock=clock, report=worlds[one.name].happens,
        )
        for one in platforms
    ]  # fmt: skip
    return Two(worlds, at, services, senders, off)


async def two_messengers(db: BaseDBAsyncClient, shipped: Content) -> Two:
    """One commune: where there are several, each messenger asks first which one it is."""

    async def unit(code: str, kind: str, name: str, parent: str | None) -> int:
        return (await units.create(code, kind, name, parent=parent, valid_from=SINCE)).id

    province = await unit("ninh-binh", "tỉnh", "Ninh Bình", None)
    commune = await unit("yen-mo", "xã", "Yên Mô", "ninh-binh")
    villages = [
        await unit("lac-hien", "thôn", "Lạc Hiền", "yen-mo"),
        await unit("dong-cao", "thôn", "Đông Cao", "yen-mo"),
    ]
    return two(db, shipped, Places(province, commune, villages[0], villages[1], 0, 0))
