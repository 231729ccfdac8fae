"""Yên Mô with three small guides that may be changed, an officer, a chair, and an outbox that really sends."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from tortoise.backends.base.client import BaseDBAsyncClient

from bot.assembly import app
from bot.assembly.services import make_services
from bot.core.events import FileSent, Incoming
from bot.core.lean.values import replace
from bot.core.pacing import Pacer
from bot.features.commune import settings as commune
from bot.features.guides import library
from bot.features.jobs.queue import JobRunner
from bot.features.outbox.send import OutboxSender
from bot.features.outbox.turn import Alone
from bot.features.upkeep.notices import UpkeepNotices as UpkeepLetters
from bot.features.upkeep.scheduled_work import UpkeepSchedule
from bot.handlers.kit.base import Content, Services
from bot.storage.store import ConversationStore
from bot.storage.tables.places import Unit
from bot.testing import FakePlatform, Participant, World
from tests.conversations import KEY, build_router, joined
from tests.features.outbox_rig import PatientClock
from tests.features.village import Places, places, somebody

COMMUNE = commune.Commune(code="yen-mo", name="Yên Mô", province="Ninh Bình", phone="0229 111 111")
SLUG, STEP = "cai-ung-dung", "mo-kho"
GUIDE = """---
title: Cài ứng dụng
area: chính quyền số
audience: người dân
sources: [Tổ công nghệ số]
owner: cb-vhxh
verified: 2026-08-01
review_every: 90d
keywords: [cài ứng dụng]
minutes: 5
stuck: to-cong-nghe-thon
redirects: {}
---

# Mở kho ứng dụng {#mo-kho}

Bác bấm hình tam giác nhiều màu.

- [Đã mở](#tai-ve)
- [Không thấy](!stuck)

# Tải về {#tai-ve}

Bác bấm chữ **Cài đặt**.

# Câu đố {#cau-do quiz}

- [ ] Đọc mã cho người gọi
- [x] Không đọc cho ai

> [!GIẢI THÍCH]
> Mã chỉ bác được biết.

## Kịch bản

- mo-kho=Đã mở → Tiếp → cau-do
"""
FRESH = GUIDE.replace("Cài ứng dụng", "Chụp màn hình").replace("2026-08-01", "2026-11-20")
NEVER = GUIDE.replace("Cài ứng dụng", "Gửi ảnh").replace("2026-08-01", "chưa kiểm tra").replace("cb-vhxh", "cong-an-xa")


@dataclass
class Office:
    """`folder` holds the guides."""

    world: World
    at: Places
    services: Services
    sender: OutboxSender
    jobs: JobRunner
    folder: Path
    files: dict[str, bytes]
    """What was made to be handed out, by its name."""

    def of(self, name: str) -> Participant:
        return self.world.talk(name, chat=f"chat-{name}")

    async def works(self) -> None:
        """The worker reads what was sent and sends what may leave now."""
        await self.jobs.run()
        for _ in range(100):
            delay = await self.sender.run()
            if delay is None or delay > 60:
                return
            self.world.clock.passes(seconds=delay)
        raise AssertionError("the outbox never runs out")

    async def ticks(self) -> None:
        await UpkeepSchedule(self.services.shown, UpkeepLetters(self.services.outbox)).tick(self.world.clock.now())
        await self.works()

    def texts(self, name: str) -> list[str]:
        return [shown.message.text.plain for shown in self.world.platform.chats.get(f"chat-{name}", [])]

    async def sends_file(self, talk: Participant, data: bytes, name: str = "bai.docx") -> None:
        ref = f"file-{self.world.next_id()}"
        self.world.platform.files[ref] = data
        file = Incoming(ref, "application/octet-stream", len(data), name)
        event = self.world.next_id(), talk.chat, talk.sender, self.world.clock.now()
        await self.world.happens(FileSent(*event, file=file))
        await self.works()


def small(shipped: Content, folder: Path, guide: str = GUIDE) -> Content:
    """What a bot reads at its start from a folder with these three guides."""
    for slug, text in ((SLUG, guide), ("chup-man-hinh", FRESH), ("gui-anh", NEVER)):
        (folder / f"{slug}.md").write_text(text, "utf-8")
    shelf = library.load(folder)
    index = app.index_of(shelf)
    return replace(shipped, guides=shelf, index=index, commune=COMMUNE, communes=commune.Communes(COMMUNE))


async def office(
    db: BaseDBAsyncClient,
    platform: FakePlatform,
    shipped: Content,
    folder: Path,
    *,
    several: bool = False,
    guide: str = GUIDE,
) -> Office:
    """With `several` communes nobody's guides are their own."""
    content = small(shipped, folder, guide)
    clock = PatientClock()
    world = World(db, lambda: build_router(content, platform), shipped.catalogues.translate, platform, clock)
    at = await places()
    if not several:
        await Unit.filter(code__in=["khanh-thien", "phu-long"]).update(valid_to=date(2025, 12, 31))
    await somebody("lan", "officer", at.commune, clock.now() - timedelta(days=1))
    await somebody("nam", "chair", at.commune, clock.now())
    await somebody("tu", "leader", at.village, clock.now())
    services = make_services(
        KEY, db, content, {platform.name: platform.capabilities},
        link_to=lambda name: f"https://xa.example/media/{name}", locale="vi", now=clock.now, wake=lambda *_: None,
    )  # fmt: skip
    await services.commune_settings.refresh(clock.now())

    files: dict[str, bytes] = {}

    async def store(data: bytes, mime: str) -> str:
        return "x"

    async def store_as(name: str, data: bytes) -> str:
        files[name] = data
        return name

    kinds = joined(content, services, [platform], store, store_as).jobs
    sender = OutboxSender(
        platform=platform, pacer=Pacer(1000.0, clock), rows=services.outbox.rows, store=ConversationStore(db),
        turn=Alone(), clock=clock, report=lambda event: world.engine.receive([event]),
    )  # fmt: skip
    jobs = JobRunner(kinds, db, services.tell_refused, clock.now)
    return Office(world, at, services, sender, jobs, folder, files)
