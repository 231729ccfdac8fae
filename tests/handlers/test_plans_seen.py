"""What a messenger's plan allows is seen before it is used up, and what to do instead stands beside it."""

from __future__ import annotations

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.platform import Usage
from bot.features.groups import channels
from bot.features.outbox.states import TOGETHER
from bot.handlers.kit.base import Content
from bot.storage.core_tables.outbox import OutboxRow
from bot.storage.tables.places import Channel
from bot.testing import FakePlatform
from tests.features.village import somebody

from .announcing_world import DONG_CAO, LAC_HIEN, Yard, yard
from .test_group_codes_talk import _code, _in_group
from .test_month import Metered
from .test_relays import asked

# What differs between the databases is tested below the conversations.
pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)

FULL = Usage(0, 3000, groups=2, groups_limit=2)


@pytest.fixture
async def here(db: BaseDBAsyncClient, platform: FakePlatform, shipped: Content) -> Yard:
    return await yard(db, platform, shipped)


async def notices(chat: str) -> list[bool]:
    """Of what officials are told of full plans, whether each waits to be joined with what comes within a minute."""
    rows = await OutboxRow.filter(package__startswith="news:full:", chat_id=chat).order_by("id")
    return [row.reason == TOGETHER for row in rows]


async def test_who_invites_sees_which_group_of_the_plan_the_next_one_is(here: Yard) -> None:
    here.world.platform.used = Usage(0, 3000, groups=2, groups_limit=3)
    lan = here.world.talk("lan")
    await lan.says("/moi")
    await lan.picks("Mã đăng ký nhóm")
    assert "đây là nhóm thứ 3 trên 3 của gói đang dùng, sau đó hết chỗ." in lan.heard
    assert "người ấy dán vào nhóm sẵn có của thôn" in lan.heard


async def test_when_it_is_full_a_person_is_offered_in_place_of_the_group(here: Yard) -> None:
    here.world.platform.used = FULL
    lan = here.world.talk("lan")
    await lan.says("/moi")
    await lan.picks("Mã đăng ký nhóm")
    assert "Chưa lấy mã được: Fake" in lan.heard
    await lan.picks("Mời Tổ trưởng Tổ công nghệ số đưa tin")
    assert "của đơn vị nào?" in lan.heard
    leader = here.world.talk("tu")
    await leader.says("/moi")
    await leader.picks("Mã đăng ký nhóm")
    assert not [choice for choice in leader.choices if choice.endswith("đưa tin")], "a leader invites no leader"


async def test_a_group_that_found_no_room_is_told_to_officials_once(here: Yard) -> None:
    code = await _code(here, "tu", "Nhóm của Tổ")
    here.world.platform.used = FULL
    talk = _in_group(here, "tu")
    for _ in range(3):
        await talk.says(f"đăng ký {code}")
        assert "Mã vẫn còn nguyên" in talk.heard
        assert "tới người ấy để dán" in talk.heard
    assert (await notices("chat-lan"), await notices("chat-nam")) == ([False], [False])
    told = (await OutboxRow.filter(chat_id="chat-lan").get()).message
    for words in ("Nhóm Tổ công nghệ số của thôn Lạc Hiền", "Fake", "đã đủ", "Tin của xã tới", "tu", "Cách xử lý"):
        assert words in told


async def test_several_groups_without_room_are_one_notice(here: Yard) -> None:
    await somebody("bay", "leader", here.at.other_village, here.world.clock.now())
    codes = [await _code(here, name, "Nhóm của Tổ") for name in ("tu", "bay")]
    await somebody("chau", "leader", here.at.village, here.world.clock.now())
    codes.append(await _code(here, "chau", "Nhóm của Tổ"))
    here.world.platform.used = FULL
    for number, (name, code) in enumerate(zip(("tu", "bay", "chau"), codes, strict=True)):
        await _in_group(here, name, f"g-new-{number}").says(f"đăng ký {code}")
    assert await notices("chat-lan") == [False, True, True]


async def test_the_status_says_what_is_full_and_what_to_do_and_which_villages_a_person_tells(here: Yard) -> None:
    here.world.platform.used = Usage(0, 3000, 50, 50, 3, 3)
    now = here.world.clock.now()
    for name in (LAC_HIEN, DONG_CAO):
        await channels.left("fake", name, channels.LEFT, now)
    lan = here.world.talk("lan")
    await lan.says("/trangthai")
    assert "Đã đủ 3 nhóm của gói: nhóm mới chưa vào được." in lan.heard
    assert "Người ấy dán tin vào nhóm sẵn có." in lan.heard
    assert "Đã đủ 50 người của gói" in lan.heard
    assert "sắp hết chỗ" not in lan.heard
    assert "Qua người đưa tin: thôn Lạc Hiền." in lan.heard
    assert "Chưa có kênh nào tới được: thôn Đông Cao." in lan.heard


async def test_where_the_month_runs_low_a_person_s_messages_leave_before_a_group_s(
    db: BaseDBAsyncClient, platform: FakePlatform, shipped: Content
) -> None:
    """Three are left: a notice to the author, two to Tu, who tells Lạc Hiền. Đông Cao's group waits and is said to."""
    metered = Metered(platform.capabilities)
    here = await yard(db, metered, shipped)
    await Channel.filter(native_id=LAC_HIEN).delete()
    tu = here.world.talk("tu")
    await tu.says("menu")
    metered.counted = 3000 - 450 - 2
    _, nam = await asked(here)
    assert "Tin nhờ người đưa tin đi trước; thiếu thì nhóm có bot chờ." in "\n".join(here.texts("chat-nam"))
    await nam.picks("Duyệt")
    metered.counted = 3000 - 450 - 3
    before = len(here.texts("chat-tu"))
    await here.sends()
    assert len(here.texts("chat-tu")) == before + 2
    assert here.texts(DONG_CAO) == []
    # An answer is no bulk: it comes whatever is left of the month.
    await tu.says("menu")
    assert tu.heard
    # Nor does the stand-in wait behind the group that was there first.
    await somebody("mai", "deputy", here.at.village, here.world.clock.now())
    await tu.says("chưa dán được")
    metered.counted = 3000 - 450 - 2
    await here.sends()
    assert len(here.texts("chat-mai")) == 2
    assert here.texts(DONG_CAO) == []
    metered.counted = 100
    here.world.clock.passes(seconds=120)
    await here.sends()
    assert len(here.texts(DONG_CAO)) == 1
