"""Workbooks of questions: what is wrong with a row is said by its cell, one sentence each; what differs changes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import pytest

from bot.features.learning import results
from bot.features.learning.banks import QuizQuestion
from bot.features.learning.files import to_edit
from bot.features.learning.reading import read_banks
from bot.features.learning.results import AnonymousAnswer, ResultCell
from bot.features.learning.spacing import Once, choose, due
from bot.features.workbook import UnreadableFile
from tests.handlers.learning_world import SAFETY, workbook

GUIDES = {"cai-vneid": "Cài VNeID mức 2"}
GOOD = ("Ai được hỏi mã OTP?", "Ngân hàng", "Công an", "Không ai", "", "C", "Chỉ mình bác biết.", "")
TODAY = date(2026, 11, 24)


def row(**changed: str) -> list[str]:
    keys = ("text", "a", "b", "c", "d", "right", "why", "guide")
    return [changed.get(key, value) for key, value in zip(keys, GOOD, strict=True)]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (row(right="A, C"), "ô F2: có 2 đáp án đúng; mỗi câu chỉ một."),
        (row(right="B và C"), "ô F2: có 2 đáp án đúng; mỗi câu chỉ một."),
        (row(right=""), "ô F2: chưa có đáp án đúng."),
        (row(right="E"), "ô F2: đáp án phải là A, B, C hoặc D, đang là “E”."),
        (row(right="D"), "ô F2: đáp án là D nhưng ý D để trống."),
        (row(b="ngân  HÀNG"), "ô C2: ý A và ý B giống nhau."),
        (row(text=""), "ô A2: thiếu câu hỏi."),
        (row(why=""), "ô G2: thiếu giải thích."),
        (row(b="", c="", right="A"), "ô C2: cần ít nhất hai ý để chọn."),
        (row(b=""), "ô C2: ý B để trống nhưng sau đó còn ý khác."),
        (row(text="x" * 281), "ô A2: câu hỏi dài quá 280 chữ."),
        (row(a="x" * 101), "ô B2: a dài quá 100 chữ."),
        (row(why="x" * 201), "ô G2: giải thích dài quá 200 chữ."),
        (row(guide="bài lạ"), "ô H2: không có bài hướng dẫn “bài lạ”."),
    ],
)
async def test_what_is_wrong_with_a_row_is_one_sentence_with_its_cell(wrong: Sequence[str], said: str) -> None:
    read = await read_banks(workbook({"An toàn": [wrong]}), GUIDES)
    assert read.faults == (f"Bảng “An toàn”, {said}",)


async def test_every_fault_of_a_workbook_is_found_at_once() -> None:
    read = await read_banks(workbook({"Một": [row(right=""), row(), row()], "Hai": []}), GUIDES)
    assert read.faults == (
        "Bảng “Một”, ô F2: chưa có đáp án đúng.",
        "Bảng “Một”, ô A4: câu này đã có ở dòng 3.",
        "Bảng “Hai”, ô A2: chưa có câu hỏi nào.",
    )


async def test_a_guide_is_known_by_its_title_and_by_its_code() -> None:
    both = [row(guide="cài vneid MỨC 2"), row(text="Khác?", guide="cai-vneid")]
    read = await read_banks(workbook({"An toàn": both}), GUIDES)
    assert [line.guide for line in read.sheets[0].lines] == ["cai-vneid", "cai-vneid"]


async def test_what_is_no_workbook_is_refused() -> None:
    with pytest.raises(UnreadableFile):
        await read_banks(b"PK\x03\x04 nothing", GUIDES)


async def test_the_template_can_be_sent_back_as_it_is() -> None:
    assert (await read_banks(to_edit([]), GUIDES)).faults == ()


# Spacing.


def answers(*days: tuple[int, bool]) -> list[Once]:
    return [Once(TODAY + timedelta(days=day), right) for day, right in days]


def test_what_was_missed_comes_back_after_one_three_and_seven_days_and_then_is_known() -> None:
    """The mechanism: `AGAIN`."""
    assert due(answers((0, True))) is None
    assert due(answers((0, False))) == TODAY + timedelta(days=1)
    assert due(answers((0, False), (1, True))) == TODAY + timedelta(days=4)
    assert due(answers((0, False), (1, True), (4, True))) == TODAY + timedelta(days=11)
    assert due(answers((0, False), (1, True), (4, True), (11, True))) is None
    assert due(answers((0, False), (1, True), (4, False))) == TODAY + timedelta(days=5)


def test_the_question_of_a_day_is_the_same_whoever_asks_and_new_before_old() -> None:
    pool = [QuizQuestion(number, f"Câu {number}?", ("a", "b"), 0, "vì") for number in range(1, 9)]
    first = choose(pool, {}, TODAY, "fake:hoa")
    assert first is not None
    assert first == choose(list(reversed(pool)), {}, TODAY, "fake:hoa")
    assert len({choose(pool, {}, TODAY, f"fake:{name}") for name in range(30)}) > 3
    seen = {one.id: answers((-1, True)) for one in pool if one != first}
    assert choose(pool, seen, TODAY, "fake:hoa") == first
    missed = {**seen, 3: answers((-1, False))}
    assert choose(pool, missed, TODAY, "fake:hoa") == pool[2]
    assert choose([], {}, TODAY, "fake:hoa") is None


# Results.


def given(people: int, right: int) -> list[AnonymousAnswer]:
    return [AnonymousAnswer(f"p{number}", 1, 1, number < right) for number in range(people)]


@pytest.mark.parametrize(
    ("people", "right", "shown"),
    [
        (4, 4, ResultCell(None, None, None)),
        (12, 6, ResultCell(12, 12, 6)),
        (12, 12, ResultCell(12, 12, None)),
        (12, 9, ResultCell(12, 12, None)),
        (12, 3, ResultCell(12, 12, None)),
    ],
)
def test_no_count_stands_for_fewer_than_five_people(people: int, right: int, shown: ResultCell) -> None:
    """Neither those who were right nor, by subtraction, those who were wrong."""
    assert results.cell(given(people, right)) == shown


def of(unit: int, people: int, right: int) -> list[AnonymousAnswer]:
    return [AnonymousAnswer(f"{unit}-{number}", unit, 1, number < right) for number in range(people)]


def test_what_is_missing_from_a_sum_tells_nothing_of_few_people() -> None:
    """The same answers are summed by village and by question, so what one page hides stands in the other's sum."""
    parts = {1: of(1, 40, 20), 2: of(2, 12, 6), 3: of(3, 3, 3)}
    assert results.cells(parts) == {
        1: ResultCell(40, 40, 20),
        2: ResultCell(None, None, None),
        3: ResultCell(None, None, None),
    }
    # All of the second were right: their number may be known, but then nobody's beside it whose sum would tell.
    parts = {1: of(1, 40, 20), 2: of(2, 12, 12), 3: of(3, 14, 7)}
    assert results.cells(parts) == {1: ResultCell(40, 40, 20), 2: ResultCell(12, 12, None), 3: ResultCell(14, 14, None)}
    parts = {1: of(1, 40, 20), 2: of(2, 12, 12), 3: of(3, 6, 6)}
    assert [cell.right for cell in results.cells(parts).values()] == [None, None, None]
    assert results.cells({1: of(1, 40, 20), 2: of(2, 12, 6)}) == {1: ResultCell(40, 40, 20), 2: ResultCell(12, 12, 6)}


def test_many_answers_of_few_people_are_still_few_peoples() -> None:
    assert results.cell([*given(3, 3)] * 10) == ResultCell(None, None, None)


async def test_the_shipped_bank_of_the_tests_is_without_fault() -> None:
    assert (await read_banks(workbook({"An toàn": SAFETY}), {"vneid-cai-dat-muc-2": "x"})).faults == ()
