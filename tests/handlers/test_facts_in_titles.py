"""A fact in a step's title, a choice or a question is shown as its value, wherever the title is told again."""

from __future__ import annotations

import pytest

from bot.testing import World


@pytest.fixture
def database_kind() -> str:
    """What people see does not depend on the database."""
    return "sqlite"


async def test_the_title_of_a_step_is_told_with_the_number_when_the_guide_is_opened_again(world: World) -> None:
    talk = world.talk("Hoa")
    await talk.says("/start g_cuoc-goi-lua-dao-156_goi-156")
    assert "Gọi 156" in talk.heard
    await talk.says("/start g_cuoc-goi-lua-dao-156")
    assert "ở bước “Gọi 156”" in talk.heard


async def test_a_person_s_data_name_the_step_with_the_number(world: World) -> None:
    talk = world.talk("Hoa")
    await talk.says("/start g_cuoc-goi-lua-dao-156_goi-156")
    await talk.says("dữ liệu của tôi")
    assert "“Gọi 156”" in talk.heard
    assert "{" not in talk.heard


async def test_a_choice_shows_the_days_and_is_chosen_by_them(world: World) -> None:
    talk = world.talk("Hoa")
    await talk.says("/start g_thong-bao-luu-tru_khach-la-ai")
    assert "Người Việt, ở từ 30 ngày" in talk.choices
    await talk.picks("Người Việt, ở từ 30 ngày")
    assert "tạm trú" in talk.heard


async def test_a_right_answer_that_is_a_fact_is_right_in_both_languages(world: World) -> None:
    talk = world.talk("Hoa")
    await talk.says("/start g_thue-dat-phi-nong-nghiep_cau-1")
    await talk.picks("31/10")
    assert "✅ Đúng rồi!" in talk.heard
    assert "chậm nhất 31/10." in talk.heard
    reader = world.talk("Ann")
    await reader.says("language")
    await reader.picks("English")
    await reader.says("/start g_thue-dat-phi-nong-nghiep_cau-1")
    assert "31 October" in reader.choices
