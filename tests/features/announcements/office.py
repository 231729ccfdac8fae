"""Announcements without conversations: an officer writes, chairs approve, villages have groups."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from bot.core.context import Translate
from bot.core.lean.values import replace
from bot.core.messages import Attachment
from bot.features.announcements import store
from bot.features.announcements.audience import Audience
from bot.features.announcements.model import Announcement, AnnouncementRefused
from bot.features.announcements.service import Announcements
from bot.features.audit import Audit
from bot.features.groups import channels
from bot.features.guides.contacts import Allowed
from bot.features.outbox.box import Outbox
from bot.features.outbox.rows import Rows
from bot.features.people.people import Who
from bot.storage.core_tables.outbox import OutboxRow
from bot.storage.tables.audit import AuditRow
from bot.testing import RICH
from tests.features.outbox_rig import NAME, same
from tests.features.village import KEY, NOW, Places, group, places, somebody

AUDIO = Attachment("audio", "a.mp3", "bản đọc loa", 1000)


@dataclass
class Office:
    """`lan` writes, `nam` and `hoa` approve. `now` stands still until a test moves it."""

    at: Places
    features: Announcements
    lan: Who
    nam: Who
    hoa: Who
    now: datetime = NOW
    ids: dict[str, int] = field(default_factory=dict)

    async def group(self, name: str, unit: int, purpose: channels.Purpose = "village") -> int:
        made = await group(NAME, name, unit, f"Nhóm {name}", self.now, purpose)
        self.ids[name] = made.id
        return made.id

    async def draft(self, text: str = "Mời bà con quét đường.", audience: Audience | None = None) -> Announcement:
        async with in_transaction("default"):
            made = await self.features.drafts.create(
                self.at.commune, self.lan, self.now, title="Quét đường", text=text, source="Ủy ban nhân dân xã Yên Mô",
                audience=audience or Audience(every=True),
            )  # fmt: skip
        assert isinstance(made, Announcement)
        return made

    async def fresh(self, one: Announcement) -> Announcement:
        found = await store.get(one.id)
        assert found is not None
        return found

    async def planned(self, one: Announcement, later: timedelta) -> Announcement:
        async with in_transaction("default"):
            assert await self.features.drafts.set_plan(one, self.lan, self.now + later, self.now) is None
        return await self.fresh(one)

    async def ask(self, one: Announcement) -> Announcement:
        asked = await self.try_to_ask(one)
        assert isinstance(asked, Announcement), asked
        return asked

    async def try_to_ask(self, one: Announcement) -> Announcement | AnnouncementRefused:
        async with in_transaction("default"):
            return await self.features.approval.ask(one, self.lan, Allowed(), self.now)

    async def approve(self, one: Announcement, who: Who | None = None) -> Announcement | AnnouncementRefused:
        async with in_transaction("default"):
            fresh = await store.get(one.id)
            assert fresh is not None
            return await self.features.approval.approve(fresh, one.version, who or self.nam, self.now)

    async def approved(self, one: Announcement) -> Announcement:
        done = await self.approve(await self.ask(one))
        assert isinstance(done, Announcement), done
        return done

    async def override(
        self, one: Announcement, reason: str = "Nước đang lên nhanh"
    ) -> Announcement | AnnouncementRefused:
        async with in_transaction("default"):
            return await self.features.approval.override(one, one.version, self.lan, reason, Allowed(), self.now)

    async def ticks(self, later: timedelta = timedelta()) -> float | None:
        self.now += later
        return await self.features.schedule.tick(self.now)

    async def rows(self, one: Announcement) -> Mapping[str, int]:
        """`state(reason)` → rows of the frozen audience."""
        found: dict[str, int] = {}
        for row in await OutboxRow.filter(announcement=one.id, resend_of=0):
            name = f"{row.state}({row.reason})" if row.reason else row.state
            found[name] = found.get(name, 0) + 1
        return found

    async def acts(self, one: Announcement) -> list[str]:
        rows = await AuditRow.filter(object=f"announcement:{one.id}").order_by("id")
        return [row.act.removeprefix("announcement.") for row in rows]

    async def notices(self) -> list[str]:
        """What was written to single persons."""
        return [row.message for row in await OutboxRow.filter(klass="notice").order_by("id")]


async def office(db: BaseDBAsyncClient, *, groups: bool = True, translate: Translate = same) -> Office:
    at = await places()
    lan, nam, hoa = [
        await somebody(name, role, at.commune)
        for name, role in (("lan", "officer"), ("nam", "chair"), ("hoa", "chair"))
    ]
    outbox = Outbox(Rows(db, translate), {NAME: RICH}, translate, lambda name: f"https://xa.example/media/{name}")
    made = Office(at, Announcements(outbox, Audit(KEY)), lan, nam, hoa)
    if groups:
        await made.group("lac-hien", at.village)
        await made.group("dong-cao", at.other_village)
    return made


def with_audio(one: Announcement) -> Announcement:
    return replace(one, attachments=(AUDIO,))
