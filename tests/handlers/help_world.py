"""Thôn Lạc Hiền with its team, an officer, a resident who is stuck, and an outbox that really sends."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass

from tortoise.backends.base.client import BaseDBAsyncClient

from bot.assembly.services import make_services
from bot.core.events import Incoming, PhotoSent
from bot.core.lean.values import replace
from bot.core.pacing import Pacer
from bot.features.commune import settings as commune
from bot.features.help.scheduled_work import HelpSchedule
from bot.features.help.service import HelpService
from bot.features.jobs.queue import JobRunner
from bot.features.outbox.send import OutboxSender
from bot.features.outbox.turn import Alone
from bot.handlers.kit.base import Content, Services
from bot.storage.store import ConversationStore
from bot.storage.tables.help import HelpRequest
from bot.testing import FakePlatform, Participant, World
from tests.conversations import KEY, build_router, joined
from tests.features.outbox_rig import PatientClock
from tests.features.village import Places, places, somebody

COMMUNE = commune.Commune(
    code="yen-mo", name="Yên Mô", province="Ninh Bình", phone="0229 111 111", hours="giờ hành chính"
)
TEAM = (("ba", "member"), ("tu", "deputy"), ("hoa", "leader"))
STEP = "/start g_vneid-cai-dat-muc-2_mat-khau"
CONSENT = "Đồng ý"


@dataclass
class Neighbours:
    world: World
    at: Places
    services: Services
    sender: OutboxSender
    jobs: JobRunner
    stored: list[bytes]

    @property
    def help(self) -> HelpService:
        return self.services.help

    def of(self, name: str) -> Participant:
        return self.world.talk(name, chat=f"chat-{name}")

    async def sends(self) -> None:
        """The worker sends what may leave now."""
        for _ in range(100):
            delay = await self.sender.run()
            if delay is None or delay > 60:
                return
            self.world.clock.passes(seconds=delay)
        raise AssertionError("the outbox never runs out")

    async def passes(self, **time: float) -> None:
        """Time goes by and the worker's clock strikes."""
        self.world.clock.passes(**time)
        await HelpSchedule(self.help).tick(self.world.clock.now())
        await self.sends()

    def last(self, name: str) -> str:
        """What stands last on somebody's screen."""
        shown = self.world.platform.chats.get(f"chat-{name}", [])
        return shown[-1].message.text.plain if shown else ""

    def texts(self, name: str) -> str:
        return "\n".join(shown.message.text.plain for shown in self.world.platform.chats.get(f"chat-{name}", []))

    async def stuck(self, name: str = "sau", step: str = STEP, village: str = "lac-hien") -> Participant:
        """A resident of Lạc Hiền who is stuck, agrees, and has an iPhone."""
        talk = self.of(name)
        await talk.says(f"/start xa_{village}")
        await talk.says(step)
        await talk.picks("Tôi bị kẹt")
        await talk.picks("Nhờ người giúp")
        await talk.picks(CONSENT)
        await talk.picks("iPhone")
        await self.sends()
        return talk

    async def shows(self, talk: Participant, picture: bytes, meanwhile: Awaitable[object] | None = None) -> None:
        """Somebody sends a photo, and the worker takes it in after what happens `meanwhile`."""
        self.world.platform.files["photo-1"] = picture
        file = Incoming("photo-1", "image/jpeg", len(picture))
        event = self.world.next_id(), talk.chat, talk.sender, self.world.clock.now()
        await self.world.happens(PhotoSent(*event, files=(file,)))
        if meanwhile is not None:
            await meanwhile
        await self.jobs.run()
        await self.sends()

    async def request(self) -> HelpRequest:
        return await HelpRequest.get()


async def neighbours(
    db: BaseDBAsyncClient, platform: FakePlatform, shipped: Content, *, team: bool = True, officer: bool = True
) -> Neighbours:
    content = replace(shipped, commune=COMMUNE, communes=commune.Communes(COMMUNE))
    clock = PatientClock()
    world = World(db, lambda: build_router(content, platform), shipped.catalogues.translate, platform, clock)
    at = await places()
    for name, role in TEAM if team else ():
        await somebody(name, role, at.village, clock.now())
    if officer:
        await somebody("lan", "officer", at.commune, clock.now())
    services = make_services(
        KEY, db, content, {platform.name: platform.capabilities},
        link_to=lambda name: f"https://xa.example/media/{name}", locale="vi", now=clock.now, wake=lambda *_: None,
    )  # fmt: skip
    await services.commune_settings.refresh(clock.now())

    stored: list[bytes] = []

    async def store_media(data: bytes, mime: str) -> str:
        assert mime == "image/jpeg"
        stored.append(data)
        return f"{len(data)}.jpg"

    async def store_as(name: str, data: bytes) -> str:
        return name

    kinds = joined(content, services, [platform], store_media, store_as).jobs
    sender = OutboxSender(
        platform=platform, pacer=Pacer(1000.0, clock), rows=services.outbox.rows, store=ConversationStore(db),
        turn=Alone(), clock=clock, report=lambda event: world.engine.receive([event]),
    )  # fmt: skip
    return Neighbours(world, at, services, sender, JobRunner(kinds, db, services.tell_refused, clock.now), stored)
