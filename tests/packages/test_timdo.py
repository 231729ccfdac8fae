"""The example of CONTRIBUTING.md: a family in a package of its own, on the bot's real front, database and privacy."""

from __future__ import annotations

from bot.core.actions import pack
from bot.testing import World


async def test_a_resident_tells_what_was_lost_and_closes_it_when_it_is_back(world: World) -> None:
    tam, lan = world.talk("Tâm"), world.talk("Lan")
    await tam.says("mất đồ")
    assert "Chưa có tin tìm đồ nào." in tam.heard
    await tam.picks("Báo mất, báo nhặt được")
    assert "treo tin tìm đồ của bác" in tam.heard
    await tam.picks("Đồng ý")
    await tam.says("Con nghé lông vàng")
    await tam.restarts()
    await tam.says("Bờ đê, hỏi nhà Tâm")
    assert "✅ Đã treo tin." in tam.heard

    await lan.says("/menu")
    await lan.picks("Tìm đồ")
    assert "• Con nghé lông vàng – Bờ đê, hỏi nhà Tâm" in lan.heard
    assert not any("Đã tìm được" in label for label in lan.choices)
    await lan.forges(pack_of_close(1))
    assert "Tin này không còn." in lan.heard

    await tam.says("tìm đồ")
    await tam.picks("Đã tìm được: Con nghé lông vàng")
    assert "✅ Đã gỡ tin." in tam.heard


async def test_it_is_shown_erased_and_said_in_english(world: World) -> None:
    tam = world.talk("Tâm")
    await tam.says("/timdo")
    await tam.picks("Báo mất, báo nhặt được")
    await tam.picks("Đồng ý")
    await tam.says("Ví da")
    await tam.says("Chợ Lạc Hiền")
    await tam.says("dữ liệu của tôi")
    assert "“Ví da”" in tam.heard
    await tam.says("english")
    await tam.says("/timdo")
    assert "**Lost and found**" in tam.heard or "Lost and found" in tam.heard
    await tam.says("tiếng việt")
    await tam.says("xóa dữ liệu")
    await tam.picks("Xóa hết")
    await tam.says("/timdo")
    assert "Ví da" not in tam.heard


def pack_of_close(thing: int) -> str:
    from langso_timdo.conversation import CloseLost

    return pack(CloseLost(thing))
