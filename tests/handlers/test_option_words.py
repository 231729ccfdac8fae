"""Words typed at the open page of a guide choose one of its options, as if it was pressed."""

from __future__ import annotations

import pytest

from bot.testing import Participant, World

GUIDE = "vneid-cai-dat-muc-2"
ASKED = "Bác đã ra công an làm định danh mức 2 chưa?"


async def at(world: World, step: str = "muc-2") -> Participant:
    talk = world.talk()
    await talk.says(f"/start g_{GUIDE}_{step}")
    return talk


@pytest.mark.parametrize(
    ("words", "label", "page"),
    [
        ("tôi đã chụp ảnh lăn tay ở công an rồi", "Làm rồi, chưa kích hoạt", "Chuẩn bị"),
        ("nhà tôi chỉ có cục gạch", "Không có điện thoại thông minh", ""),
    ],
)
async def test_words_of_one_s_own_choose_and_one_can_go_back(world: World, words: str, label: str, page: str) -> None:
    talk = await at(world)
    await talk.says(words)
    assert f"Tôi hiểu là: “{label}”." in talk.heard
    assert page in talk.heard
    assert ASKED not in talk.heard
    await talk.picks("Quay lại")
    assert ASKED in talk.heard


async def test_where_it_is_not_sure_just_these_options_are_asked_about(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.understanding.options.TAKEN", 0.95)  # however well these very words are known one day
    talk = await at(world, "cai-dat")
    await talk.says("nó báo rồi đó")
    assert "Tôi chưa rõ ý bác" in talk.heard
    assert talk.choices == ["Máy báo không cài được", "Đã cài xong", "Quay lại bước này"]
    await talk.picks("Máy báo không cài được")
    assert "Tôi hiểu là" not in talk.heard


@pytest.mark.parametrize(
    "words", ["làm sao đăng ký kết hôn", "cho tôi hỏi trợ cấp người già", "cảm ơn cháu nhé", "hôm nay trời mưa quá"]
)
async def test_a_new_question_and_small_talk_choose_nothing(world: World, words: str) -> None:
    talk = await at(world)
    await talk.says(words)
    assert "Tôi hiểu là" not in talk.heard
    assert "Làm rồi, chưa kích hoạt" not in talk.choices


async def test_danger_goes_first(world: World) -> None:
    talk = await at(world)
    await talk.says("nhà tôi cháy rồi cứu với")
    assert "114" in talk.heard
    assert "Tôi hiểu là" not in talk.heard


async def test_who_is_stuck_or_turns_the_page_chooses_nothing(world: World) -> None:
    talk = await at(world)
    await talk.says("vẫn chưa được")
    assert "làm từng việc nhỏ" in talk.heard
    talk = await at(world)
    await talk.says("đọc lại")
    assert ASKED in talk.heard


async def test_a_question_of_a_quiz_is_not_answered_by_what_is_near_to_a_choice(world: World) -> None:
    talk = await at(world, "cau-1")
    await talk.says("ra ngoài công an người ta làm cho")
    assert "Đúng rồi" not in talk.heard
    assert "Tôi hiểu là" not in talk.heard


async def test_words_choose_nothing_once_something_else_was_asked(world: World) -> None:
    talk = await at(world)
    await talk.says("menu")
    await talk.says("nhà tôi chỉ có cục gạch")
    assert "Tôi hiểu là" not in talk.heard


async def test_an_option_that_leads_out_of_the_guide_is_asked_about(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where it is not much surer than others have to be."""
    monkeypatch.setattr("bot.handlers.guides.options._SURER", 1.01)
    talk = await at(world, "khong-nho")
    await talk.says("giờ đang bận lắm, để hôm khác tôi hỏi")
    assert "Tôi hiểu là: “Để tôi hỏi sau”. Đúng thì" in talk.heard
    assert talk.choices == ["Để tôi hỏi sau", "Quay lại bước này"]
