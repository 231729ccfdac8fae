"""Numbers that people type: those to call in need, and those of lines, in any state."""

from __future__ import annotations

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.features.search.emergency import dialled
from bot.handlers.kit.base import Content
from bot.storage.tables.help import HelpMessage
from bot.testing import FakePlatform, Participant, World

from .help_world import Neighbours, neighbours

IN_NEED = ("113", "114", "115")


@pytest.mark.parametrize(
    ("said", "number"),
    [("115", "115"), ("goi 115", "115"), ("gọi 115 giúp tôi với", "115"), ("113!", "113"), ("114", "114"),
     ("111", "111"), ("1 1 5", "115"), ("một một lăm", "115"), ("gọi một một ba", "113"), ("số 115", "115")],
)  # fmt: skip
async def test_a_number_to_call_in_need_is_heard(world: World, said: str, number: str) -> None:
    hoa = world.talk()
    await hoa.says("menu")
    await hoa.says(said)
    assert f"gọi ngay {number}" in hoa.heard.replace("*", "")
    assert "chưa hiểu" not in hoa.heard
    assert "Không có số" not in hoa.heard


async def test_a_number_to_call_in_need_is_heard_in_the_middle_of_something_that_goes_on(world: World) -> None:
    hoa = world.talk()
    await hoa.says("hướng dẫn")
    await hoa.picks(hoa.choices[0])
    await hoa.picks(hoa.choices[0])
    page = hoa.choices
    await hoa.says("115")
    assert "gọi ngay 115" in hoa.heard.replace("*", "")
    await hoa.says("đọc lại")
    assert hoa.choices == page


@pytest.mark.parametrize("said", ["1150", "115 hộ", "nhà tôi ở số 115 đường Láng", "11 5 2026", "vneid 115"])
def test_a_number_among_other_words_is_none_to_call(said: str) -> None:
    assert dialled(said) is None


@pytest.mark.parametrize("said", ["blabla xyz qwe", "tìm blabla xyz qwe"])
async def test_where_nothing_was_understood_the_numbers_to_call_in_need_are_named(world: World, said: str) -> None:
    hoa = world.talk()
    await hoa.says("menu")
    await hoa.says(said)
    assert all(number in hoa.heard for number in IN_NEED)


async def test_a_stranger_who_only_types_the_number_hears_it_at_once(world: World) -> None:
    """Also where the village or anything else would be asked first."""
    stranger = world.talk("Lạ")
    await stranger.says("115")
    assert "gọi ngay 115" in stranger.heard.replace("*", "")


async def _asks(hoa: Participant) -> list[str]:
    await hoa.says("hướng dẫn")
    assert len(hoa.choices) > 3
    return hoa.choices


@pytest.mark.parametrize("said", ["-1", "1 2", "1 và 2", "hai mốt", "số 29", "100"])
async def test_a_number_that_is_no_line_is_asked_about_with_the_choices(world: World, said: str) -> None:
    """Seen: “-1” opened the first line, and “1 2” was looked up as a guide."""
    hoa = world.talk()
    choices = await _asks(hoa)
    await hoa.says(said)
    assert "chưa hiểu" not in hoa.heard
    assert hoa.choices == choices


@pytest.mark.parametrize("said", ["cái thứ hai", "số 2", "2", "hai", "mục thứ 2 ạ"])
async def test_a_line_may_be_counted(world: World, said: str) -> None:
    hoa = world.talk()
    choices = await _asks(hoa)
    await hoa.picks(choices[1])
    second = hoa.choices
    await _asks(hoa)
    await hoa.says(said)
    assert hoa.choices == second


async def test_in_a_quiz_only_answers_have_numbers(world: World) -> None:
    hoa = world.talk()
    await hoa.says("/start g_phong-lua-dao-gia-danh_cau-1")
    page = hoa.heard
    answers = [label for label in hoa.choices if label not in ("Quay lại", "Đọc lại", "Tôi bị kẹt", "Thoát")]
    if not world.platform.capabilities["private"].buttons:
        assert len(hoa.choices) == len(answers)
        assert "THOÁT" in page
        assert f"{len(answers) + 1}. " not in page
    await hoa.says(str(len(answers) + 1))
    assert f"Không có số {len(answers) + 1}" in hoa.heard
    assert hoa.choices[: len(answers)] == answers
    await hoa.says("thoát")
    assert "Đã thoát" in hoa.heard or "dừng" in hoa.heard


@pytest.fixture
async def village(db: BaseDBAsyncClient, platform: FakePlatform, shipped: Content) -> Neighbours:
    return await neighbours(db, platform, shipped)


@pytest.mark.parametrize("said", ["7", "1 2", "hai mốt", "-1"])
async def test_a_number_under_open_choices_is_never_kept_as_somebodys_words(village: Neighbours, said: str) -> None:
    """Seen: “7” under three choices went to the helper as what the resident had to say."""
    sau = await village.stuck()
    choices = sau.choices
    await sau.says(said)
    assert await HelpMessage.all().count() == 0
    assert sau.choices == choices
    await sau.says("Tôi bấm mãi mà nó báo sai")
    assert [one.text for one in await HelpMessage.all()] == ["Tôi bấm mãi mà nó báo sai"]
