"""A commune in which something of every kind waits, so that each page has the buttons that it ever shows."""

from __future__ import annotations

import json
from datetime import timedelta

from tortoise.transactions import in_transaction

from bot.core.probing import Probe
from bot.features import units
from bot.features.announcements.audience import Audience
from bot.features.announcements.model import Announcement
from bot.features.calendar import periods
from bot.features.calendar.vietnam import today
from bot.features.demo import village
from bot.features.difficulties import difficulties
from bot.features.groups import channels
from bot.features.groups.channels import RETIRED
from bot.features.guides import library
from bot.features.guides.contacts import Allowed
from bot.features.help import requests
from bot.features.help.requests import Asking
from bot.features.insight import FEWEST, Tallies
from bot.features.learning import sessions
from bot.features.learning.tables import TrainingSession
from bot.features.meetings import book
from bot.features.papers import archive
from bot.features.people import people
from bot.features.practices import practices
from bot.features.rights.table import LEADER, MEMBER, OBSERVER, OFFICER
from bot.features.showcase.tables import Product
from bot.features.tasks import board
from bot.features.unheard.tables import UnheardWord
from bot.features.upkeep import flags, texts
from bot.framework.process import CLOCK
from bot.storage.core_tables.outbox import OutboxRow
from bot.storage.probes import ProbeStore
from bot.storage.sql import current
from bot.storage.tables.announcements import Announcement as News
from bot.storage.tables.checkins import Round
from bot.storage.tables.people import Account
from bot.storage.tables.places import Channel
from tests.conversations import GUIDES
from tests.features.village import group

from .news_room import NewsRoom, commune_id, holder
from .open_round import open_round

GUIDE = "bhyt-vneid-vssid"


async def fill(room: NewsRoom) -> None:
    """Fill the demo's commune."""
    await _news(room)
    await open_round(room.bot.services.rounds)
    async with in_transaction():
        await _people()
        await _work(room)
        await _villages_work(room)
    await _words(room)
    await _groups()


async def _place() -> int:
    place = await units.get(village.VILLAGE)
    assert place is not None
    return place.id


async def _news(room: NewsRoom) -> None:
    """One that was sent and has a group of which nothing is known, one to be approved, one that is late, a draft."""
    features, lan, now = room.bot.services.announcements, await holder(OFFICER), CLOCK.now()
    sent = await room.sent()
    one = await OutboxRow.filter(announcement=sent.id, chat_kind="group").first()
    assert one is not None
    await OutboxRow.filter(id=one.id).update(state="uncertain", updated_at=CLOCK.now())
    async with in_transaction():
        for title in ("Chờ duyệt", "Lỡ giờ", "Nháp"):
            made = await features.drafts.create(
                await commune_id(), lan, now, title=title, text="Mai họp chợ.", source="", audience=Audience(every=True)
            )
            assert isinstance(made, Announcement)
            if title != "Nháp":
                assert isinstance(await features.approval.ask(made, lan, Allowed(), now), Announcement)
            if title == "Lỡ giờ":
                await News.filter(id=made.id).update(state="late")


async def _people() -> None:
    now = CLOCK.now()
    commune, holders = await commune_id(), [("Anh Chưa", MEMBER, await _place())]
    holders += [(name, OBSERVER, commune) for name in ("Bà Sở", "Ông Sở")]
    for name, role, unit in holders:
        await people.grant(await people.create(name, now, phone="0900000001", listed=True), role, unit, now)


async def _work(room: NewsRoom) -> None:
    now, lan, unit = CLOCK.now(), await room.office.person(OFFICER), await _place()
    for words in ("Mất sóng cả thôn", "Máy in hỏng"):
        await difficulties.raise_one(unit, words, reporter=None, owner=None, now=now - timedelta(days=20))
    mine, free = [await board.draft(unit, "Phát tờ rơi", "", today(now), giver=lan, now=now) for _ in range(2)]
    assert await board.give(mine, lan, now, giver=lan)
    assert await board.open_up(free, now, giver=lan)
    place = await commune_id()
    assert await archive.record(place, "qd", 12, "KH-UBND", today(now), "Chuyển đổi số", by=lan, now=now)
    draft = await texts.write(place, GUIDE, "0", "---\n", author=lan, now=now)
    assert await texts.move(draft, "waiting", by=lan, now=now)
    await texts.write(place, GUIDE, "0", (GUIDES / f"{GUIDE}.md").read_text("utf-8"), author=lan, now=now)
    start = next(one.start for one in library.load(GUIDES) if one.slug == GUIDE)
    await flags.raise_flag(GUIDE, start, now)
    for _ in range(FEWEST):
        await Tallies(current()).add("reached", GUIDE, start, village.VILLAGE, now - timedelta(weeks=1))
    key = "cu-tam"
    asker = await Account.create(platform="web", native_id=key, chat_id=key, reachable=True, last_seen=now)
    for _ in range(2):
        await requests.create(Asking(asker.id, unit, guide=GUIDE, text="Mã báo sai"), now)
    await UnheardWord.create(key="k1", commune="", text="giay bi mat", offered="", at=now, person_id=lan)


async def _villages_work(room: NewsRoom) -> None:
    now, unit = CLOCK.now(), await _place()
    leader, soon = await room.office.person(LEADER, village.VILLAGE), now + timedelta(hours=1)
    for _ in range(2):
        one = await practices.write(unit, "Đọc loa", "Hai lần", "Ai cũng nghe", author=leader, now=now)
        assert await practices.hand_in(one, named=False)
    handed = await practices.get(one.id)
    assert handed is not None
    assert await practices.publish(handed, await room.office.person(OFFICER), now)
    await Product.create(
        unit_id=unit, owner_id=leader, behalf=False, name="Mật ong", text="Ngon", price=None, per="",
        contact="0912345678", state="waiting", changed_at=now,
    )  # fmt: skip
    lan = await room.office.person(OFFICER)
    for _ in range(2):
        event = await sessions.plan(unit, lan, "people", GUIDE, "Dùng VNeID", "Nhà văn hóa", soon, now)
    await TrainingSession.filter(id=event.id).update(state="closed", present=20)
    await book.call(unit, "team", "Bàn việc tuần", soon, "Nhà văn hóa", "", by=leader, now=now)


async def _groups() -> None:
    """A village with two groups, and one that it has left; nothing is on its way to any of them."""
    now = CLOCK.now()
    villages = await units.villages(await commune_id(), today(now))
    known = await channels.of_each([one.id for one in villages], today(now), active_only=False)
    unit = next(one.id for one in villages if not known[one.id])
    await group("web", "g-moi", unit, "Nhóm mới", now)
    await group("telegram", "-100", unit, "Nhóm thứ hai", now)
    old = await group("zalo", "g-cu", unit, "Nhóm cũ", now)
    await Channel.filter(id=old.id).update(active=False, inactive_reason=RETIRED)


async def _words(room: NewsRoom) -> None:
    now = CLOCK.now()
    await ProbeStore().swap_probe("plain", None, Probe("plain", now, now + timedelta(hours=1), 3))
    one = await Round.filter(state="open").first()
    assert one is not None
    month = periods.before(periods.at(today(now), "month"))
    await Round.create(
        plan_id=one.key_of("plan"), period=month.name, state="closed", opened_at=now, due_at=now, closed_at=now,
        missing=json.dumps([village.VILLAGE]),
    )  # fmt: skip
