"""Tasks below the conversations: reading a day, one taker of an open task, what an erased person leaves behind."""

from __future__ import annotations

import asyncio
from datetime import date, datetime

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.features.outbox.hours import VIETNAM
from bot.features.tasks import board
from bot.features.tasks.dates import PAST, TOO_FAR, UNCLEAR, problem, read_day, split_due
from bot.storage.tasks import Task

from .village import NOW, places, somebody

TUESDAY = datetime(2026, 11, 24, 9, tzinfo=VIETNAM)


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("mai", date(2026, 11, 25)),
        ("hôm nay", date(2026, 11, 24)),
        ("thứ Sáu", date(2026, 11, 27)),
        ("thứ 6 này", date(2026, 11, 27)),
        ("thu sau tuan sau", date(2026, 12, 4)),
        ("thứ ba", date(2026, 11, 24)),
        ("Chủ nhật", date(2026, 11, 29)),
        ("hạn trước ngày 28/11", date(2026, 11, 28)),
        ("28 tháng 11", date(2026, 11, 28)),
        ("5/1", date(2027, 1, 5)),
        ("1/12/2026.", date(2026, 12, 1)),
        ("20/11", date(2026, 11, 20)),
        ("30/2", None),
        ("", None),
        ("sau", None),
        ("khi nào rảnh", None),
    ],
)
def test_a_day_is_read_as_people_write_it(words: str, day: date | None) -> None:
    assert read_day(words, TUESDAY) == day


def test_a_day_that_is_over_too_far_or_unclear_is_said_so() -> None:
    assert problem(date(2026, 11, 23), TUESDAY) == PAST
    assert problem(date(2028, 11, 23), TUESDAY) == TOO_FAR
    assert problem(None, TUESDAY) == UNCLEAR
    assert problem(date(2026, 11, 24), TUESDAY) is None


def test_the_day_at_the_end_of_the_words_is_taken_off() -> None:
    assert split_due("dán áp phích, hạn thứ Sáu", TUESDAY) == ("dán áp phích", date(2026, 11, 27))
    assert split_due("quét dọn trước 28/11", TUESDAY) == ("quét dọn", date(2026, 11, 28))
    assert split_due("dán áp phích trước cổng chợ", TUESDAY) == ("dán áp phích trước cổng chợ", None)
    assert split_due("dán áp phích, hạn 1/11", TUESDAY) == ("dán áp phích, hạn 1/11", None)


async def test_of_those_who_take_an_open_task_at_once_one_has_it(db: BaseDBAsyncClient) -> None:
    at = await places()
    people = [await somebody(name, "member", at.village) for name in ("hoa", "ba", "tu")]
    one = await board.draft(at.village, "Dán áp phích", "", date(2026, 11, 27), giver=None, now=NOW)
    assert await board.open_up(one, NOW, giver=None)
    shown = await board.get(one.id)
    assert shown is not None
    ids = [who.person_id for who in people if who.person_id is not None]
    taken = await asyncio.gather(*(board.take(shown, person_id, NOW) for person_id in ids))
    assert sorted(taken) == [False, False, True]
    row = await Task.get(id=one.id)
    assert row.__dict__["doer_id"] == ids[taken.index(True)]
    assert not await board.drop(shown, NOW), "the version has changed"
