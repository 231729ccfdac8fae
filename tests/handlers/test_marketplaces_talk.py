"""“Sàn postmart còn không?”: what became of it, from where that is known, and the guide."""

from __future__ import annotations

import pytest

from bot.testing import World

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


@pytest.mark.parametrize("words", ["sàn postmart còn không", "san post mart con hoat dong ko"])
async def test_who_asks_for_a_marketplace_hears_what_became_of_it(world: World, words: str) -> None:
    talk = world.talk()
    await talk.says("menu")
    await talk.says(words)
    assert "Buudien.vn (tên cũ: Postmart): đã đổi tên, vẫn bán được. Nguồn: Bưu điện Việt Nam" in talk.heard
    assert "Vỏ Sò" not in talk.heard
    await talk.picks("Bán hàng trên Buudien.vn (tên cũ: Postmart)")
    assert "Bác muốn mở gian hàng bằng cách nào?" in talk.heard


async def test_words_between_the_news_of_one_and_its_guide_are_asked_back_with_both(world: World) -> None:
    talk = world.talk()
    await talk.says("menu")
    await talk.says("Postmart đổi tên rồi à?")
    assert "Bán hàng trên Buudien.vn (tên cũ: Postmart)" in talk.choices
    await talk.picks("Sàn bán hàng nào còn")
    assert "Buudien.vn (tên cũ: Postmart): đã đổi tên, vẫn bán được. Nguồn: Bưu điện Việt Nam" in talk.heard


async def test_all_of_them_are_listed_with_their_guides(world: World) -> None:
    talk = world.talk()
    await talk.says("/santmdt")
    assert "Vỏ Sò (tên cũ: Voso): đã ngừng từ 2023. Nguồn: bài" in talk.heard
    assert "Sàn khác thì bác hỏi xã trước khi đăng ký" in talk.heard
    assert talk.choices[-2] == "Chọn sàn bán hàng trên mạng"


@pytest.mark.parametrize("words", ["bán hàng trên postmart", "mở gian hàng vỏ sò thế nào"])
async def test_how_to_sell_there_is_still_a_guide(world: World, words: str) -> None:
    talk = world.talk()
    await talk.says("menu")
    await talk.says(words)
    assert "Sàn bán hàng trên mạng:" not in talk.heard
