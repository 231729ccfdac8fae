"""Who runs a shop or a firm sees the guides for them."""

from __future__ import annotations

import pytest

from bot.core.actions import pack
from bot.handlers.guides.audiences import ListFor
from bot.testing import World

# What differs between the databases is tested below the conversations.
pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)

TAX = "Thuế hộ kinh doanh từ 2026: tự khai trên eTax Mobile"


@pytest.mark.parametrize(
    "said", ["hướng dẫn cho hộ kinh doanh", "huong dan cho ho kinh doanh", "tim bai cho tiểu thương"]
)
async def test_a_shopkeeper_asks_in_own_words_and_gets_the_list(world: World, said: str) -> None:
    talk = world.talk()
    await talk.says(said)
    assert "Bài dành cho hộ kinh doanh:" in talk.heard
    await talk.picks(next(one for one in talk.choices if one.startswith("Kinh tế số (")))
    assert TAX in talk.choices
    assert "Sổ sức khỏe điện tử trên VNeID" not in talk.choices
    await talk.picks(TAX)
    assert "Hướng dẫn: Thuế hộ kinh doanh" in talk.heard


async def test_the_lists_of_businesses_stand_beside_the_areas(world: World) -> None:
    talk = world.talk()
    await talk.says("hướng dẫn")
    await talk.picks(next(one for one in talk.choices if one.startswith("Dành cho doanh nghiệp (")))
    assert "Chọn sàn bán hàng trên mạng" in talk.choices
    assert TAX not in talk.choices
    await talk.picks("Mục khác")
    assert any(one.startswith("Chính quyền số (") for one in talk.choices)


async def test_the_many_guides_of_residents_are_asked_for_by_area(world: World) -> None:
    talk = world.talk()
    await talk.says("hướng dẫn cho người dân")
    assert "Bài dành cho người dân:" in talk.heard
    areas = [one.partition(" (")[0] for one in talk.choices]
    assert areas == ["Chính quyền số", "Kinh tế số", "Xã hội số", "An toàn thông tin", "Bản lưu", "Mục khác"]
    await talk.picks(talk.choices[1])
    assert "Giới thiệu sản phẩm trên Zalo, Facebook" in talk.choices
    assert TAX not in talk.choices


async def test_a_forged_audience_gets_the_areas(world: World) -> None:
    talk = world.talk()
    await talk.forges(pack(ListFor("ai-do", "9")))
    assert "Bác cần hướng dẫn về việc gì?" in talk.heard
    await talk.forges(pack(ListFor("ho-kinh-doanh", "9")))
    await talk.picks(next(one for one in talk.choices if one.startswith("Kinh tế số (")))
    assert TAX in talk.choices
