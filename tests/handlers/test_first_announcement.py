"""What was written at the machine waits for a group and an official, and leaves with an official's word alone."""

from __future__ import annotations

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from bot.features.announcements.from_console.first import LOOK_AGAIN, FirstAnnouncement, write_first
from bot.features.announcements.model import Announcement
from bot.features.groups import channels
from bot.features.guides.contacts import Allowed
from bot.handlers.kit.base import Content
from bot.storage.tables.announcements import Announcement as Row
from bot.testing import FakePlatform

from .announcing_world import DONG_CAO, LAC_HIEN, Yard, yard

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)

TEXT = "Từ nay tin của xã tới nhóm này."


@pytest.fixture
async def here(db: BaseDBAsyncClient, platform: FakePlatform, shipped: Content) -> Yard:
    return await yard(db, platform, shipped)


async def _written(here: Yard, text: str = TEXT, village: int | None = None) -> Announcement:
    async with in_transaction("default"):
        one = await write_first(
            here.features.drafts, here.at.commune, village or here.at.village, text, here.world.clock.now()
        )
    assert isinstance(one, Announcement)
    return one


async def _ticks(here: Yard) -> float | None:
    async def allowed(commune: int) -> Allowed:
        return Allowed()

    first = FirstAnnouncement(here.features.approval, here.features.outbox, allowed)
    wish = await first.tick(here.world.clock.now())
    await here.sends()
    return wish


async def test_the_chair_sees_it_approves_and_the_one_village_gets_it(here: Yard) -> None:
    await _written(here)
    assert await _ticks(here) == LOOK_AGAIN
    nam = here.world.talk("nam")
    assert "Tin đầu tiên cho thôn Lạc Hiền chờ bác duyệt. Bà con sẽ thấy:" in nam.heard
    assert TEXT in nam.heard
    await nam.picks("Duyệt")
    assert "✅ Đã duyệt cho 1 nhóm, 1 tin." in nam.heard
    await here.sends()
    assert any(TEXT in text for text in here.texts(LAC_HIEN))
    assert await _ticks(here) is None, "nothing is asked for twice"


async def test_an_officer_does_not_approve_it(here: Yard) -> None:
    one = await _written(here)
    await _ticks(here)
    lan = here.world.talk("lan")
    await lan.says("/thongbao")
    await lan.picks(f"{one.label} Nhóm nhận tin của xã")
    assert "chờ duyệt" in lan.heard
    assert "Duyệt" not in lan.choices


async def test_it_waits_for_the_group_of_its_village(here: Yard) -> None:
    platform, now = here.world.platform.name, here.world.clock.now()
    await channels.left(platform, DONG_CAO, channels.LEFT, now)
    one = await _written(here, village=here.at.other_village)
    assert await _ticks(here) == LOOK_AGAIN
    assert (await Row.get(id=one.id)).state == "draft"
    await channels.joined(platform, DONG_CAO, "", now)
    await _ticks(here)
    await here.world.talk("nam").picks("Duyệt")
    await here.sends()
    assert any(TEXT in text for text in here.texts(DONG_CAO))


async def test_one_that_was_refused_is_not_written_again_in_the_same_words(here: Yard) -> None:
    one = await _written(here)
    await _ticks(here)
    nam = here.world.talk("nam")
    await nam.picks("Từ chối")
    await nam.says("chưa cần gửi tin này")
    assert "người cài đặt máy sửa lời bằng lệnh init" in nam.heard.lower()
    assert (await _written(here)).id == one.id
    assert await _ticks(here) is None
    assert (await _written(here, "Lời khác cho bà con.")).id != one.id


async def test_one_that_was_given_back_waits_for_other_words(here: Yard) -> None:
    one = await _written(here)
    await _ticks(here)
    nam = here.world.talk("nam")
    await nam.picks(f"Mở {one.label}")
    await nam.picks("Trả lại để sửa")
    await nam.says("viết rõ hơn cho bà con")
    assert await _ticks(here) is None, "the same words are not put before them again"
    await _written(here, "Lời rõ hơn cho bà con.")
    await _ticks(here)
    assert any("Lời rõ hơn cho bà con." in text for text in here.texts("chat-nam"))


async def test_other_words_take_the_place_of_those_that_wait(here: Yard) -> None:
    one = await _written(here)
    await _ticks(here)
    again = await _written(here, "Lời khác cho bà con.")
    assert (again.id, again.state) == (one.id, "draft")
    nam = here.world.talk("nam")
    await nam.picks("Duyệt")
    assert "✅ Đã duyệt" not in nam.heard, "the old words are no longer what is approved"
