"""Tasks below the conversations: reading a day, one taker of an open task, what an erased person leaves behind."""

from __future__ import annotations

import asyncio
from datetime import date, datetime

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.features.calendar.vietnam import VIETNAM
from bot.features.tasks import board
from bot.features.tasks.dates import PAST, TOO_FAR, UNCLEAR, problem, read_day, split_due
from bot.features.tasks.sources import Source, read_source, split_source
from bot.storage.tables.tasks import Task

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
        ("mùng 5", date(2026, 12, 5)),
        ("trước ngày 30", date(2026, 11, 30)),
        ("ngày 45", None),
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


@pytest.mark.parametrize(
    ("words", "work", "source"),
    [
        (
            "dán áp phích, tỉnh giao, số 793/BTTTT-THH ngày 05/3/2022, hạn thứ Sáu",
            "dán áp phích, hạn thứ Sáu",
            Source("tỉnh", "văn bản số 793/BTTTT-THH", date(2022, 3, 5)),
        ),
        (
            "dán áp phích theo công văn số 793/BTTTT-THH ngày 05/3/2022 của Bộ Thông tin và Truyền thông, hạn mai",
            "dán áp phích, hạn mai",
            Source("Bộ Thông tin và Truyền thông", "công văn số 793/BTTTT-THH", date(2022, 3, 5)),
        ),
        (
            "dan ap phich, cong an giao, cv 12/ubnd-vhxh ngay 5/3, han mai",
            "dan ap phich, han mai",
            Source("ngành công an", "công văn số 12/UBND-VHXH", date(2026, 3, 5)),
        ),
        (
            "dán áp phích CV số: 793 / BTTTT - THH ngày 05 tháng 3 năm 2022",
            "dán áp phích",
            Source("", "công văn số 793/BTTTT-THH", date(2022, 3, 5)),
        ),
        (
            "lập danh sách (kế hoạch 20/KH-UBND), hạn 28/11",
            "lập danh sách, hạn 28/11",
            Source("", "kế hoạch số 20/KH-UBND"),
        ),
        ("học theo NQ 57-NQ/TW", "học", Source("", "nghị quyết số 57-NQ/TW")),
        ("học 13/2023/NĐ-CP, bộ công an giao", "học", Source("bộ công an", "văn bản số 13/2023/NĐ-CP")),
        ("đọc quyet dinh so 06/qd-ttg ngay 6/1/22", "đọc", Source("", "quyết định số 06/QĐ-TTg", date(2022, 1, 6))),
        ("dán áp phích. Xã giao. Công văn số 15 ngày 31/2/2026", "dán áp phích", Source("xã", "công văn số 15")),
        ("tuyên truyền do ngành y tế giao hạn mai", "tuyên truyền hạn mai", Source("ngành y tế")),
        ("tuyên truyền theo chỉ đạo của tỉnh, hạn mai", "tuyên truyền, hạn mai", Source("tỉnh")),
        ("tỉnh giao: dán áp phích, hạn mai", "dán áp phích, hạn mai", Source("tỉnh")),
        ("dán áp phích, ngành ngân hàng", "dán áp phích", Source("ngành ngân hàng")),
        ("làm tờ rơi theo công văn 12 của xã hạn mai", "làm tờ rơi hạn mai", Source("xã", "công văn số 12")),
        # Nothing of these is a paper or somebody who gives work.
        ("phát 5/thôn tờ rơi, hạn mai.", "phát 5/thôn tờ rơi, hạn mai.", Source()),
        ("phát 20 tờ/ngày trước 28/11", "phát 20 tờ/ngày trước 28/11", Source()),
        ("làm theo kế hoạch 2 buổi tập huấn", "làm theo kế hoạch 2 buổi tập huấn", Source()),
        ("dạy kỹ năng xã giao cho Tổ", "dạy kỹ năng xã giao cho Tổ", Source()),
        ("nhận việc xã giao", "nhận việc xã giao", Source()),
        ("hỏi công an giao thông, hạn mai", "hỏi công an giao thông, hạn mai", Source()),
        ("dán số 4 và số 5 trước ngày 28/11", "dán số 4 và số 5 trước ngày 28/11", Source()),
    ],
)
def test_who_wants_it_and_on_what_paper_is_taken_out_of_the_words(words: str, work: str, source: Source) -> None:
    assert split_source(words, TUESDAY.date()) == (work, source)


@pytest.mark.parametrize(
    ("words", "source"),
    [
        ("Tỉnh", Source("tỉnh")),
        ("cap tinh giao", Source("tỉnh")),
        ("TW", Source("trung ương")),
        ("ngành Công an, công văn 12", Source("ngành công an", "công văn số 12")),
        ("793/BTTTT-THH", Source("", "văn bản số 793/BTTTT-THH")),
        ("hội phụ nữ xã", Source("hội phụ nữ xã")),
        ("không nhớ số, tỉnh giao", Source("tỉnh")),
        ("UBND tỉnh, quyết định 897/QĐ-UBND", Source("UBND tỉnh", "quyết định số 897/QĐ-UBND")),
        ("", Source()),
        ("x" * 61, None),
    ],
)
def test_who_wants_it_is_read_from_an_answer(words: str, source: Source | None) -> None:
    assert read_source(words, TUESDAY.date()) == source


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
