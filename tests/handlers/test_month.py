"""A commune of 24 villages and 3,000 messages a month: what an announcement costs is said before, and kept to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.events import Chat
from bot.core.messages import Message
from bot.core.platform import Sent, Usage
from bot.features import units
from bot.handlers.kit.base import Content
from bot.testing import FakePlatform, Participant

from .announcing_world import Yard, yard

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)

SINCE = date(2025, 7, 1)
LONG = "Họp thôn\n" + "Bà con mang theo giấy tờ tùy thân và sổ hộ khẩu cũ nếu còn. " * 40
"""Several parts on a poor messenger, one on a rich one."""


class Metered(FakePlatform):
    """Counts what it takes, answers too; `counted` may be set to what the month has had so far."""

    counted = 0

    async def usage(self) -> Usage | None:
        return Usage(self.counted, 3000)

    async def send(self, chat: Chat, message: Message, *, replacing: str | None = None, key: str = "") -> Sent:
        sent = await super().send(chat, message, replacing=replacing, key=key)
        self.counted += 1
        return sent


@dataclass
class Town:
    here: Yard
    platform: Metered

    @property
    def villages(self) -> list[str]:
        return [f"g-{number}" for number in range(24)]

    async def written(self, text: str = LONG) -> Participant:
        lan = self.here.world.talk("lan")
        await lan.says("/thongbao")
        await lan.picks("Soạn mới")
        await lan.picks("Tự viết")
        await lan.says(text)
        await lan.picks("Nơi nhận")
        await lan.picks("Tất cả các thôn (24)")
        await lan.picks("Xong")
        return lan

    async def approved(self, lan: Participant) -> Participant:
        await lan.picks("Xin duyệt")
        await self.here.sends()
        nam = self.here.world.talk("nam")
        await nam.picks("Duyệt")
        assert "Đã duyệt cho 24 nhóm" in nam.heard
        await self.here.sends()
        return nam

    @property
    def parts(self) -> int:
        return 1 if self.platform.capabilities["private"].buttons else 2

    def has_all(self) -> list[str]:
        return [name for name in self.villages if len(self.here.texts(name)) == self.parts]


@pytest.fixture
async def town(db: BaseDBAsyncClient, platform: FakePlatform, shipped: Content) -> Town:
    metered = Metered(platform.capabilities)
    here = await yard(db, metered, shipped)
    ids = [here.at.village, here.at.other_village]
    for number in range(22):
        place = await units.create(f"thon-{number}", "thôn", f"Thôn {number}", parent="yen-mo", valid_from=SINCE)
        ids.append(place.id)
    await here.world.db.execute_query("delete from channels")
    for number, unit in enumerate(ids):
        await here.group(f"g-{number}", unit)
    return Town(here, metered)


async def test_what_it_costs_is_read_before_it_is_asked_for_and_before_it_is_approved(town: Town) -> None:
    lan = await town.written()
    cost = 24 * town.parts
    assert f"Fake: tin này cần {cost} tin, tháng này còn 2." in lan.heard
    assert "⚠️" not in lan.heard
    town.platform.counted = 1000
    await lan.picks("Xem trước")
    assert f"Fake: tin này cần {cost} tin, tháng này còn 2.000 trong 3.000 (giữ 450 cho tin khẩn)." in lan.heard
    await lan.picks("Xin duyệt")
    await town.here.sends()
    nam = town.here.world.talk("nam")
    seen = town.here.texts("chat-nam")[-1]
    assert f"tin này cần {cost} tin" in seen
    await nam.picks("Duyệt")
    await town.here.sends()
    assert town.has_all() == town.villages


async def test_one_that_does_not_fit_is_warned_of_and_the_reserve_stays(town: Town) -> None:
    """Groups have all of it or wait with a reason on the receipt; what is urgent goes."""
    lan = await town.written()
    missing = 24 * town.parts - 20
    town.platform.counted = 3000 - 450 - 20
    await lan.picks("Xem trước")
    assert f"⚠️ Fake thiếu {missing} tin, phần thiếu phải chờ sang tháng." in lan.heard
    assert "Bác rút ngắn tin, bỏ bớt tệp, hoặc báo qua ứng dụng khác." in lan.heard
    nam = await town.approved(lan)
    # Answers and the question to the chair are messages of this month, too, and so what is told her of it.
    assert 0 < len(town.has_all()) <= 20 // town.parts
    assert all(len(town.here.texts(name)) in (0, town.parts) for name in town.villages), "no village has a half"
    assert 3000 - 450 - town.parts < town.platform.counted <= 3000 - 450 + 2
    await nam.picks("Biên nhận")
    assert "hết số tin của tháng" in nam.heard
    assert "Chờ sang tháng" in nam.heard

    lan = await town.written("Bão\nBão số 5 đổ bộ tối nay. Bà con ở trong nhà.")
    await lan.picks("Sửa thêm")
    await lan.picks("Đổi thành tin khẩn")
    assert "tin này cần 24 tin" in lan.heard
    assert "thiếu" not in lan.heard
    before = {name: len(town.here.texts(name)) for name in town.villages}
    await town.approved(lan)
    assert all(len(town.here.texts(name)) == before[name] + 1 for name in town.villages)


async def test_what_waits_for_its_turn_is_counted_first(town: Town) -> None:
    lan = await town.written()
    await lan.picks("Giờ gửi")
    await lan.says("mai 7:30")
    await town.approved(lan)
    lan = await town.written("Ngắn\nMai bà con đi quét đường.")
    assert f"Trước đó còn {24 * town.parts} tin khác đang chờ gửi." in lan.heard


async def test_a_pace_that_ends_above_the_plan_is_said(town: Town) -> None:
    """The 24th of November: 2,300 messages come to some 2,940 by its end, 2,450 to more than 3,000."""
    lan = await town.written("Ngắn\nMai bà con đi quét đường.")
    town.platform.counted = 2300
    await lan.picks("Xem trước")
    assert "Theo đà này" not in lan.heard
    town.platform.counted = 2450
    await lan.picks("Xem trước")
    assert "Theo đà này, hết tháng Fake cần khoảng 3." in lan.heard
    assert "quá 3.000. Bác nên gửi ít tin hơn." in lan.heard


async def test_an_urgent_one_that_does_not_fit_either_is_told_so(town: Town) -> None:
    town.platform.counted = 2990
    lan = await town.written("Bão\nBão số 5 đổ bộ tối nay. Bà con ở trong nhà.")
    await lan.picks("Sửa thêm")
    await lan.picks("Gửi khẩn, không chờ duyệt")
    assert "tin, đã tính cả phần giữ cho tin khẩn. Bác báo thêm bằng loa và điện thoại." in lan.heard


async def test_what_is_planned_for_next_month_costs_nothing_of_this_one(town: Town) -> None:
    town.platform.counted = 2990
    lan = await town.written("Ngắn\nMai bà con đi quét đường.")
    await lan.picks("Giờ gửi")
    await lan.says("2/12 7:30")
    assert "Fake: tin này cần 24 tin, tính vào tháng 12/2026." in lan.heard
    assert "thiếu" not in lan.heard


async def test_where_nothing_is_counted_nothing_is_said(
    db: BaseDBAsyncClient, platform: FakePlatform, shipped: Content
) -> None:
    here = await yard(db, platform, shipped)
    lan = here.world.talk("lan")
    await lan.says("/thongbao")
    await lan.picks("Soạn mới")
    await lan.picks("Tự viết")
    await lan.says(LONG)
    await lan.picks("Nơi nhận")
    await lan.picks("Tất cả các thôn (2)")
    await lan.picks("Xong")
    assert "tin này cần" not in lan.heard
