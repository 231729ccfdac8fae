"""Who teaches at somebody's home reads how: show it, let them do it, what to warn of, what to ask."""

from __future__ import annotations

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.actions import pack
from bot.features.guides.demonstration import MOST
from bot.handlers.guides.demonstrating import Demonstrate
from bot.handlers.kit.base import Content
from bot.storage.tables.learning import GuideTally
from bot.testing import FakePlatform

from .announcing_world import Yard, yard

# What differs between the databases is tested below the conversations.
pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)

VNEID = "vneid-cai-dat-muc-2"
TITLE = "Cài và kích hoạt VNeID mức 2"


@pytest.fixture
async def here(db: BaseDBAsyncClient, platform: FakePlatform, shipped: Content) -> Yard:
    return await yard(db, platform, shipped)


async def test_a_member_reads_how_to_teach_a_guide_before_they_knock(here: Yard) -> None:
    tu = here.world.talk("tu")
    await tu.says("làm mẫu cài vneid")
    assert f"Làm mẫu: {TITLE}" in tu.heard
    assert tu.heard.index("Bác làm trước trên máy của bác") < tu.heard.index("Bà con tự làm trên máy của bà con")
    assert "Mật khẩu, mã OTP (mã số gửi vào tin nhắn): bà con tự gõ" in tu.heard
    assert "Dừng lại nếu có người đòi tiền, hoặc hỏi mã OTP" in tu.heard
    assert "Muốn có VNeID mức 2, bác phải làm gì? → Đến công an làm trực tiếp" in tu.heard
    assert "kẹt ở" not in tu.heard, "nobody was stuck yet"
    await tu.picks("Xem bài")
    assert "Bác đã ra công an làm định danh mức 2 chưa?" in tu.heard


async def test_without_a_name_it_is_the_guide_that_is_open(here: Yard) -> None:
    tu = here.world.talk("tu")
    await tu.says("lam mau")
    assert "Bác gõ “làm mẫu” rồi tên việc cần dạy" in tu.heard
    await tu.says("cai vneid")
    await tu.picks(TITLE)
    await tu.says("làm mẫu")
    assert f"Làm mẫu: {TITLE}" in tu.heard


async def test_several_guides_that_fit_are_offered_and_none_is_said_to_be_none(here: Yard) -> None:
    tu = here.world.talk("tu")
    await tu.says("làm mẫu vneid")
    assert "Bác dạy bài nào?" in tu.heard
    await tu.picks(TITLE)
    assert f"Làm mẫu: {TITLE}" in tu.heard
    await tu.says("làm mẫu xyzzy")
    assert "Tôi chưa có bài nào về việc này" in tu.heard
    assert tu.choices == ["Hướng dẫn"]


async def test_where_people_of_the_commune_were_stuck_comes_first_and_a_few_are_not_told_of(here: Yard) -> None:
    for step, count, week in (
        ("nhap-otp", 9, "2026-W47"), ("kho-ung-dung", 30, "2026-W46"), ("chuan-bi", 4, "2026-W47"),
        ("cai-dat", 50, "2026-W48"), ("nhap-so", 50, "2026-W20"),
    ):  # fmt: skip
        await GuideTally.create(unit="lac-hien", week=week, guide=VNEID, step=step, what="stuck", count=count)
    tu = here.world.talk("tu")
    await tu.says("làm mẫu cài vneid")
    hard = tu.heard.split("Bà con xã mình hay kẹt ở:")[1].split("Dặn kỹ:")[0].split("• ")[1:]
    assert [line.strip() for line in hard] == ["Mở kho ứng dụng", "Nhập mã OTP"]


async def test_what_is_kept_for_reference_only_is_not_taught(here: Yard) -> None:
    tu = here.world.talk("tu")
    await tu.forges(pack(Demonstrate("pc-covid-luu-tru")))
    assert "nay không còn nữa" in tu.heard
    await tu.says("làm mẫu pc covid")
    assert "Làm mẫu:" not in tu.heard


async def test_no_guide_makes_a_script_longer_than_a_doorstep_allows(here: Yard, shipped: Content) -> None:
    tu = here.world.talk("tu")
    for guide in shipped.guides:
        if guide.archival:
            continue
        await tu.forges(pack(Demonstrate(guide.slug)))
        assert f"Làm mẫu: {guide.title}" in tu.heard
        assert tu.heard.count("• ") <= 2 * MOST
        assert len(tu.heard) < 2500
        assert not {"{", "**", "None"} & set(tu.heard.split())
