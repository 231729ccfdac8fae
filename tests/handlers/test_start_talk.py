"""A resident asks in words: after a greeting too, and for what no guide tells there is a person to ask."""

from __future__ import annotations

import pytest

from bot.storage.core_tables.conversation import InboxEvent, SessionRow
from bot.testing import World

PHONE = "0229 000 0000"


@pytest.mark.parametrize(
    "asked", ["giá vàng hôm nay", "bao giờ họp phụ huynh", "hàng xóm lấn đất nhà tôi", "qwer tyui"]
)
async def test_what_no_guide_tells_is_said_so_and_leads_to_a_person(world: World, asked: str) -> None:
    hoa = world.talk("Hoa")
    await hoa.says(asked)
    assert "Tôi chưa hiểu" in hoa.heard
    assert PHONE in hoa.heard
    assert "Hỏi người trong thôn" in hoa.choices


async def test_asking_with_the_word_for_it_leads_to_a_person_too(world: World) -> None:
    hoa = world.talk("Hoa")
    await hoa.says("hỏi giá vàng")
    assert "Tôi chưa có bài nào về việc này" in hoa.heard
    await hoa.picks("Hỏi người trong thôn")
    assert "Bác có đồng ý không?" in hoa.heard


@pytest.mark.parametrize("greeting", ["chào xã", "Xin chào", "alo cho hỏi", "hello"])
async def test_a_question_after_a_greeting_is_answered(world: World, greeting: str) -> None:
    hoa = world.talk("Hoa")
    await hoa.says(f"{greeting} tôi muốn xem điểm của cháu")
    assert "Sổ liên lạc điện tử với nhà trường" in hoa.choices


async def test_a_greeting_alone_gets_the_menu_and_a_strange_question_after_it_an_honest_answer(world: World) -> None:
    hoa = world.talk("Hoa")
    for greeting in ("chào cháu", "alo alo", "xin chào"):
        await hoa.says(greeting)
        assert "Bác cần việc gì?" in hoa.heard
    await hoa.says("chào cháu bác hỏi giá vàng hôm nay")
    assert "Tôi chưa hiểu ý bác, hoặc chưa có bài về việc này." in hoa.heard
    assert PHONE in hoa.heard


async def test_thanks_in_more_words_are_thanks(world: World) -> None:
    hoa = world.talk("Hoa")
    await hoa.says("cảm ơn cháu nhé")
    assert "Không có gì ạ." in hoa.heard


@pytest.mark.parametrize("said", ["báo cáo xã đường thôn tôi hỏng hết rồi", "khó khăn quá cháu ơi"])
async def test_who_has_no_role_and_reports_a_trouble_finds_a_person(world: World, said: str) -> None:
    hoa = world.talk("Hoa")
    await hoa.says(said)
    await hoa.picks("Hỏi người trong thôn")
    assert "Bác có đồng ý không?" in hoa.heard


@pytest.mark.parametrize("said", ["bốn tám hai chín một ba", "4 8 2 9 1 3", "mã OTP là bốn tám hai chín"])
async def test_a_code_that_is_read_out_is_hidden_before_anything_is_written(world: World, said: str) -> None:
    hoa = world.talk("Hoa")
    await hoa.says(said)
    assert "Tôi đã ẩn số vừa gõ và không lưu lại" in hoa.heard
    stored = [str(row) for kind in (InboxEvent, SessionRow) for row in await kind.all().values()]
    assert not [row for row in stored if said in row or "tám" in row]


async def test_who_is_not_understood_twice_is_shown_another_way(world: World) -> None:
    """The same sentence once more led nowhere; after something that is understood it begins anew."""
    hoa = world.talk()
    await hoa.says("menu")
    menu = hoa.choices
    heard = []
    for words in ("qwrt plmk zzz", "bnmq wert xxk", "lkjh gfds vvv"):
        await hoa.says(words)
        heard.append(hoa.heard)
        if len(heard) == 2:
            assert "ta thử cách khác" in hoa.heard
            assert set(menu) <= set(hoa.choices)
            await hoa.restarts()
    assert heard[0] != heard[1] != heard[2]
    await hoa.says("menu")
    await hoa.says("qwrt plmk zzz")
    assert "Tôi chưa hiểu ý bác" in hoa.heard
