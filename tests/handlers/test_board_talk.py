"""The village's board: who wants to be seen is, others are counts, and a name goes as soon as it is taken back."""

from __future__ import annotations

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.features.learning import board
from bot.features.learning.tables import BoardName
from bot.handlers.kit.base import Content
from bot.testing import FakePlatform, Participant

from .learning_world import SAFETY, School, school


@pytest.fixture
async def here(db: BaseDBAsyncClient, platform: FakePlatform, shipped: Content) -> School:
    one = await school(db, platform, shipped, bank=False)
    await one.imports({"An toàn": SAFETY[:1]})
    return one


async def opens(here: School, name: str) -> Participant:
    talk = here.of(name)
    await talk.says("/start xa_lac-hien")
    await talk.says("bảng đố vui")
    return talk


async def wants_to_be_seen(here: School, name: str, shown: str) -> Participant:
    talk = await opens(here, name)
    await talk.picks("Cho hiện tên tôi")
    await talk.says(shown)
    return talk


async def all_answer(here: School, count: int) -> Participant:
    leader = here.in_group("hoa")
    await leader.says("đố vui")
    for number in range(count):
        await here.in_group(f"dan{number}").picks("Không ai cả")
    return leader


async def test_only_who_agreed_is_named_and_the_rest_is_a_count(here: School) -> None:
    talk = await wants_to_be_seen(here, "dan0", "Bác Hoa")
    assert "Bảng sẽ hiện tên bác là “Bác Hoa”." in talk.heard
    leader = await all_answer(here, 7)
    await leader.says("bảng đố vui")
    assert "1. Bác Hoa: 1 câu đúng" in leader.heard
    assert "Và 6 người khác: 6 câu đúng." in leader.heard
    assert "dan1" not in leader.heard


async def test_fewer_than_five_others_are_not_even_a_count(here: School) -> None:
    await wants_to_be_seen(here, "dan0", "Bác Hoa")
    leader = await all_answer(here, 4)
    await leader.says("bảng đố vui")
    assert "người khác" not in leader.heard
    assert "1. Bác Hoa" in leader.heard


async def test_a_name_is_taken_back_at_any_time(here: School) -> None:
    await wants_to_be_seen(here, "dan0", "Bác Hoa")
    leader = await all_answer(here, 7)
    talk = await opens(here, "dan0")
    assert "Bảng hiện tên bác là “Bác Hoa”." in talk.heard
    await talk.picks("Thôi hiện tên tôi")
    await leader.says("bảng đố vui")
    assert "Bác Hoa" not in leader.heard
    assert "Và 7 người khác: 7 câu đúng." in leader.heard


@pytest.mark.parametrize("said", ["", "https://lua.example", "Hoa 0912 345 678", "x" * 41, "<b>Hoa</b>", "@hoa"])
async def test_a_name_is_a_name(here: School, said: str) -> None:
    assert board.clean_name(said) is None
    if said:
        talk = await wants_to_be_seen(here, "dan0", said)
        assert "Bác gõ tên muốn hiện" in talk.heard
        assert await BoardName.all().count() == 0


def test_vietnamese_names_are_names() -> None:
    for name in ("Bác Hoa", "Nguyễn Thị Hòa", "Bà Ba T.", "Y-Moan Ênuôl", "Ông Tư"):
        assert board.clean_name(f" {name} ") == name


async def test_each_month_has_its_own_board(here: School) -> None:
    await wants_to_be_seen(here, "dan0", "Bác Hoa")
    leader = await all_answer(here, 7)
    here.world.clock.passes(days=10)
    await leader.says("bảng của thôn")
    assert "tháng 12/2026" in leader.heard
    assert "Chưa đủ số liệu" in leader.heard
    await leader.picks("Tháng trước")
    assert "tháng 11/2026" in leader.heard
    assert "Bác Hoa" in leader.heard
    await leader.forges("lbo|2026-99")
    assert "tháng 12/2026" in leader.heard


async def test_nobody_looks_into_another_village(here: School) -> None:
    await wants_to_be_seen(here, "dan0", "Bác Hoa")
    await all_answer(here, 7)
    talk = here.of("la")
    await talk.says("/start xa_dong-cao")
    await talk.says("bảng đố vui")
    assert "thôn Đông Cao" in talk.heard
    assert "Bác Hoa" not in talk.heard
    homeless = here.of("khach")
    await homeless.says("/start xa_yen-mo")
    await homeless.says("bảng đố vui")
    assert "chưa biết bác ở thôn nào" in homeless.heard


async def test_a_name_is_shown_and_erased_with_everything_else(here: School) -> None:
    talk = await wants_to_be_seen(here, "dan0", "Bác Hoa")
    await talk.says("/dulieu")
    assert "Bác Hoa" in talk.heard
    await talk.says("/xoadulieu")
    await talk.picks(talk.choices[0])
    assert await BoardName.all().count() == 0
