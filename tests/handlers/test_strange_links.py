"""A link that somebody was sent and asks about."""

from __future__ import annotations

import pytest

from bot.testing import Participant, World

BEFORE, AFTER = "Nhận biết lừa đảo: giả công an, giả VNeID, giả ngân hàng", "Lỡ bấm đường dẫn lạ thì xử lý thế nào"


@pytest.fixture
def database_kind() -> str:
    """What people see does not depend on the database."""
    return "sqlite"


async def met(world: World) -> Participant:
    talk = world.talk("Hoa")
    await talk.says("menu")
    return talk


@pytest.mark.parametrize(
    "said",
    [
        "bấm vào cái này dc ko https://nhanqua.example",
        "có khách gửi cái này http://giao-hang.example/a?b=1 bảo bấm vào để nhận tiền",
        "www.gov.vn.example có thật không",
        "bit.ly/3abc",
    ],
)
async def test_whoever_asks_about_a_link_is_told_not_to_press_it(world: World, said: str) -> None:
    """The second got the guide on packing parcels as the answer, the first “Tôi chưa hiểu”."""
    talk = await met(world)
    await talk.says(said)
    assert "đừng bấm" in talk.heard
    assert talk.choices == [BEFORE, AFTER, "Hỏi người trong thôn", "Về menu"]


async def test_who_has_pressed_it_is_told_what_to_do_now(world: World) -> None:
    talk = await met(world)
    await talk.says("bà lỡ bấm vào https://nhanqua.example rồi")
    assert "đừng nhập thêm gì" in talk.heard
    assert talk.choices[:2] == [AFTER, BEFORE]


async def test_a_page_of_the_state_is_asked_about_as_such(world: World) -> None:
    talk = await met(world)
    await talk.says("https://dichvucong.gov.vn vào không được")
    assert "Đăng nhập Cổng Dịch vụ công quốc gia bằng VNeID" in talk.choices


async def test_in_a_group_the_link_is_answered_without_a_private_matter(world: World) -> None:
    talk = world.talk("Hoa", chat="g", kind="group")
    await talk.says("https://nhanqua.example cái này thật ko")
    assert "đừng bấm" in talk.heard
    assert "Hỏi người trong thôn" not in talk.choices
