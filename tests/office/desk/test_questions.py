"""The standing questions of a chair, each answered from the first page by following links, without a typed word."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from html import unescape

import pytest
import pytest_asyncio
from tortoise.transactions import in_transaction

from bot.core.platform import Usage
from bot.core.probing import Probe
from bot.features import units
from bot.features.announcements import store
from bot.features.announcements.audience import Audience
from bot.features.announcements.model import Announcement
from bot.features.demo import village
from bot.features.difficulties import difficulties
from bot.features.guides.contacts import Allowed
from bot.features.help import requests
from bot.features.help.requests import Asking
from bot.features.rights.table import CHAIR, OFFICER
from bot.framework.process import CLOCK
from bot.storage.probes import ProbeStore
from bot.storage.tables.checkins import Round
from bot.storage.tables.people import Account

from .news_room import NewsRoom, NewsSeat, commune_id, holder, news_room
from .open_round import open_round

pytestmark = pytest.mark.asyncio(loop_scope="module")

_MOST = 2
_LINK = re.compile(r'<a [^>]*href="([^"]+)"[^>]*>(.*?)</a>', re.DOTALL)
_TAG = re.compile(r"<[^>]+>")


@dataclass
class Walk:
    """An official who only follows links, and counts the clicks."""

    seat: NewsSeat
    clicks: int = 0

    async def begins(self) -> str:
        return await self.seat.reads("/ban")

    async def click(self, label: str) -> str:
        """Follow the first link of this page with these words."""
        for to, inner in _LINK.findall(self.seat.page):
            if label in " ".join(unescape(_TAG.sub(" ", inner)).split()):
                self.clicks += 1
                return await self.seat.reads(unescape(to))
        raise AssertionError(f"no link {label!r} on {self.seat.address}: {self.seat.words}")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def room(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[NewsRoom]:
    """A commune in the middle of its month: something is late, red, unconfirmed, waiting and broken."""
    async with news_room(tmp_path_factory.mktemp("questions")) as made:
        now = CLOCK.now()
        await made.sent()
        place = await units.get(village.VILLAGE)
        assert place is not None
        await open_round(made.bot.services.rounds)
        await Round.filter(state="open").update(due_at=now - timedelta(days=1))
        asker = await Account.create(
            platform="web", native_id="cu-tam", chat_id="cu-tam", reachable=True, last_seen=now
        )
        async with in_transaction():
            for words, days in (("Mất sóng cả thôn", 20), ("Thiếu máy in", 3)):
                at = now - timedelta(days=days)
                await difficulties.raise_one(place.id, words, reporter=None, owner=None, now=at)
            await requests.create(Asking(asker.id, place.id, text="Mã báo sai"), now)
            await _waits_for_approval(made)
        await ProbeStore().swap_probe("plain", None, Probe("plain", now, now + timedelta(hours=1), 3))
        yield made


async def _waits_for_approval(room: NewsRoom) -> Announcement:
    features, lan, now = room.bot.services.announcements, await holder(OFFICER), CLOCK.now()
    made = await features.drafts.create(
        await commune_id(), lan, now, title="Họp chợ", text="Mai họp chợ.", source="", audience=Audience(every=True)
    )
    assert isinstance(made, Announcement)
    asked = await features.approval.ask(made, lan, Allowed(), now)
    assert isinstance(asked, Announcement)
    return asked


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chair(room: NewsRoom) -> NewsSeat:
    return await room.official(CHAIR)


@dataclass(frozen=True)
class Question:
    """A question, the path of links from the first page, and what is read at its end."""

    asks: str
    path: tuple[str, ...]
    reads: tuple[str, ...]


_QUESTIONS = (
    Question("Thôn nào trễ số liệu?", ("trễ hạn báo cáo",), ("thôn Cầu Đá", "Nhắc ")),
    Question("Thôn nào chưa xác nhận TB-0001?", ("thôn chưa xác nhận",), ("TB-0001", "chưa xác nhận", "Lạc Hiền")),
    Question("Chỉ tiêu nào đỏ, từ bao giờ?", (), ("Hồ sơ nộp trực tuyến do Tổ hỗ trợ: chậm từ tháng",)),
    Question("Chỉ tiêu đỏ ấy kẹt ở thôn nào?", ("chậm từ",), ("Hồ sơ nộp trực tuyến", "thôn Lạc Hiền", "Chậm")),
    Question("Ai đã xem nhật ký?", ("Nhật ký", "Ai đã xem nhật ký"), ("Xem nhật ký xã Yên Mô", "Ông Nam")),
    Question("Khó khăn nào lâu nhất?", ("khó khăn",), ("Mất sóng cả thôn", "20 ngày")),
    Question("Bà con nào đang chờ giúp?", ("bà con chờ người giúp",), ("Yêu cầu giúp số 1", "Tôi giúp")),
    Question("Việc gì chờ tôi duyệt?", ("chờ duyệt",), ("Họp chợ", "Duyệt")),
    Question("Thôn nào chưa có tổ trưởng?", ("chưa có tổ trưởng",), ("thôn Cầu Đá",)),
    Question("Ứng dụng nào đang tạm dừng?", ("tạm không nhận tin",), ("tạm không nhận tin", "Gửi lại ngay")),
    Question("Gói tháng này còn bao nhiêu tin?", (), ("Web : tháng này còn gửi được 2.400 trên 3.000 tin.",)),
)


@pytest.mark.parametrize("question", _QUESTIONS, ids=lambda one: one.asks)
async def test_a_standing_question_is_answered_in_at_most_two_clicks(
    room: NewsRoom, chair: NewsSeat, monkeypatch: pytest.MonkeyPatch, question: Question
) -> None:
    async def usage() -> Usage:
        return Usage(sent=600, sent_limit=3000)

    web = next(one for one in room.bot.running if one.name == "web")
    monkeypatch.setattr(web, "usage", usage)
    walk = Walk(chair)
    words = await walk.begins()
    for label in question.path:
        words = await walk.click(label)
    for part in question.reads:
        assert part in words
    assert walk.clicks <= _MOST


async def test_an_announcement_goes_from_empty_to_asked_in_six_clicks_and_its_text(room: NewsRoom) -> None:
    """One box ticked and one button pressed after two links; the chair then sees it on the first page."""
    walk = Walk(await room.official(OFFICER))
    await walk.begins()
    await walk.click("Thông báo")
    await walk.click("Soạn thông báo")
    words = await walk.seat.sends(
        walk.seat.path, {"noi-dung": "Chiều nay bà con tiêm phòng cho đàn gà.", "noi": "all", "lam": "duyet"}
    )
    clicks = walk.clicks + len(("all villages ticked", "Gửi duyệt"))
    assert clicks <= 6
    (one,) = await store.listed(await commune_id(), limit=1)
    assert one.state == "waiting"
    assert walk.seat.path == f"/ban/thong-bao/{one.label}"
    assert "chờ duyệt" in words
