"""Thôn Lạc Hiền with a group, an officer, a leader, banks that came by Excel, and a worker that really works."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import xlsxwriter
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.features.groups import channels
from bot.features.jobs.queue import JobRunner
from bot.features.learning.daily import DailyQuestionSchedule
from bot.features.learning.reading import COLUMNS
from bot.features.learning.shipped import Shipped
from bot.handlers.kit.base import Content
from bot.testing import FakePlatform, Participant, World
from tests.conversations import joined

from .help_world import Neighbours, neighbours

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
GROUP = "nhom-lac-hien"
Rows = Sequence[Sequence[str]]
SAFETY: Rows = (
    ("Ai được hỏi mã OTP?", "Ngân hàng", "Công an", "Không ai cả", "", "C", "Mã OTP chỉ mình bác biết.", ""),
    ("Có link lạ gửi đến, bác làm gì?", "Bấm xem", "Không bấm", "", "", "B", "Link lạ hay lấy tài khoản.", ""),
    (
        "VNeID là gì?", "Ứng dụng định danh", "Trò chơi", "Ngân hàng", "", "A", "VNeID của Bộ Công an.",
        "vneid-cai-dat-muc-2",
    ),
)  # fmt: skip


def workbook(sheets: Mapping[str, Rows]) -> bytes:
    """As an officer would fill it in."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        for name, rows in sheets.items():
            page = book.add_worksheet(name)
            for at, column in enumerate(COLUMNS):
                page.write_string(0, at, column.key.capitalize())
            for number, row in enumerate(rows, start=1):
                for at, value in enumerate(row):
                    page.write_string(number, at, value)
    return out.getvalue()


@dataclass
class School:
    """`files` are those that the worker made, by name."""

    village: Neighbours
    jobs: JobRunner
    files: dict[str, bytes]
    daily: DailyQuestionSchedule

    @property
    def world(self) -> World:
        return self.village.world

    def of(self, name: str) -> Participant:
        return self.village.of(name)

    def in_group(self, name: str) -> Participant:
        return self.world.talk(name, chat=GROUP, kind="group")

    async def works(self) -> None:
        """The worker does what waits, and the outbox leaves."""
        while await self.jobs.run() == 0.0:
            pass
        await self.village.sends()

    async def day_comes(self, days: int = 1) -> None:
        """The same hour of a later day."""
        self.world.clock.passes(days=days)
        await self.daily.tick(self.world.clock.now())
        await self.village.sends()

    async def imports(self, sheets: Mapping[str, Rows], *, confirm: bool = True) -> Participant:
        """The officer sends a workbook, and says "Đúng"."""
        lan = self.of("lan")
        await lan.says("ngân hàng câu hỏi")
        await lan.picks("Gửi tệp Excel")
        await lan.sends(workbook(sheets), "cau-hoi.xlsx", XLSX)
        await self.works()
        if confirm:
            await lan.picks("Đúng")
        return lan


async def school(db: BaseDBAsyncClient, platform: FakePlatform, shipped: Content, *, bank: bool = True) -> School:
    village = await neighbours(db, platform, shipped)
    now = village.world.clock.now()
    await channels.register(platform.name, GROUP, village.at.village, "village", "Thôn Lạc Hiền", now)
    files: dict[str, bytes] = {}

    async def store_media(data: bytes, mime: str) -> str:
        raise AssertionError(f"{len(data)} bytes of {mime}")

    async def store_as(name: str, data: bytes) -> str:
        files[name] = data
        return name

    kinds = joined(shipped, village.services, [platform], store_media, store_as).jobs
    jobs = JobRunner(kinds, db, village.services.tell_refused, village.world.clock.now)
    here = School(village, jobs, files, DailyQuestionSchedule(village.services.outbox, Shipped(shipped.guides)))
    if bank:
        await here.imports({"An toàn": SAFETY})
    return here
