"""A commune's report says how people found the help and how the commune's questions were answered, if many did."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.features import units
from bot.features.audit import Audit
from bot.features.calendar.periods import CutOff, period
from bot.features.checkins.reading import values
from bot.features.commune import settings as commune
from bot.features.learning.tables import BankQuestion, QuestionAnswer, QuestionBank
from bot.features.quality.for_report import QualityOf
from bot.features.quality.opinions import Opinions
from bot.features.quality.tables import OpinionTally
from bot.features.reports import ReportData, Reports
from bot.features.reports.draft import draft
from bot.features.reports.report import report
from tests.features.reports.reading import text_of
from tests.features.village import KEY, NOW, Places, places

# What differs between the databases is tested with the storage.
pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
LATER = datetime(2027, 1, 5, 3, 0, tzinfo=UTC)


@pytest.fixture
async def at(db: BaseDBAsyncClient) -> Places:
    return await places()


async def tally(month: str, good: int, fair: int, poor: int, *, about: str = "help", unit: str = "lac-hien") -> None:
    for mood, count in (("good", good), ("fair", fair), ("poor", poor)):
        await OpinionTally.create(unit=unit, month=month, about=about, mood=mood, count=count)


async def answers(at: Places, when: datetime, right: int, wrong: int) -> None:
    """Each of another person, to the commune's one question."""
    bank, _ = await QuestionBank.get_or_create(commune_id=at.commune, name="An toàn", defaults={"updated_at": NOW})
    question, _ = await BankQuestion.get_or_create(
        bank_id=bank.id, text="Ai hỏi mã OTP?", defaults={"place": 1, "choices": "[]", "right": 0}
    )
    for number in range(right + wrong):
        await QuestionAnswer.create(
            platform="fake", person=f"{when:%d%m}-{number}", question_id=question.id, occasion=f"d{when:%Y-%m-%d}",
            unit_id=at.village, right=number < right, answered_at=when,
        )  # fmt: skip


async def gathered(
    db: BaseDBAsyncClient, at: Places, of: str, now: datetime = NOW, *, cut: CutOff = "calendar", unit: int = 0
) -> ReportData:
    reports = Reports(db, Audit(KEY), lambda code: commune.DEMO, cut, quality=QualityOf(Opinions(db, cut)))
    place = await units.by_id(unit or at.commune)
    assert place is not None
    return await reports.gather(place, period(of, cut), now)


async def test_a_month_says_how_people_found_it_and_how_questions_were_answered(
    db: BaseDBAsyncClient, at: Places
) -> None:
    await tally("2026-10", 18, 4, 3)
    await tally("2026-10", 2, 1, 1, about="guide")
    await answers(at, datetime(2026, 10, 20, 3, tzinfo=UTC), 15, 6)
    await answers(at, datetime(2026, 10, 31, 17, 30, tzinfo=UTC), 5, 0)  # already November on the clocks of Vietnam
    data = await gathered(db, at, "2026-10")
    text = text_of(report(data))
    assert (
        "Ý kiến của người dân sau khi được Tổ công nghệ số cộng đồng giúp: 25 lượt trả lời, 18 lượt đánh giá "
        "“Tốt”, đạt 72%."
    ) in text
    assert "tự xem bài hướng dẫn" not in text
    assert "Có 21 người trả lời câu hỏi kiến thức số của xã, tỷ lệ trả lời đúng 71%." in text


async def test_few_answers_are_not_told(db: BaseDBAsyncClient, at: Places) -> None:
    await tally("2026-10", 9, 3, 1)
    await answers(at, datetime(2026, 10, 20, 3, tzinfo=UTC), 3, 1)
    assert "trả lời" not in text_of(report(await gathered(db, at, "2026-10")))


async def test_few_wrong_answers_hide_the_share(db: BaseDBAsyncClient, at: Places) -> None:
    await answers(at, datetime(2026, 10, 20, 3, tzinfo=UTC), 9, 1)
    assert "Có 10 người trả lời câu hỏi kiến thức số của xã." in text_of(report(await gathered(db, at, "2026-10")))


async def test_what_is_not_over_waits(db: BaseDBAsyncClient, at: Places) -> None:
    """Figures that grow from draft to draft would tell who answered in between. NOW is a Tuesday."""
    await tally("2026-11", 18, 4, 3)
    await answers(at, datetime(2026, 11, 22, 16, 59, tzinfo=UTC), 6, 5)
    await answers(at, datetime(2026, 11, 23, 3, tzinfo=UTC), 6, 5)
    text = text_of(report(await gathered(db, at, "2026-11")))
    assert "lượt đánh giá" not in text
    assert "Có 11 người" in text
    assert "(tính từ ngày 01/11/2026 đến ngày 22/11/2026)" in text


async def test_a_quarter_counts_the_months_that_can_be_told_alone(db: BaseDBAsyncClient, at: Places) -> None:
    """Else the quarter less the two months that were told would tell of the third."""
    await tally("2026-10", 18, 4, 3)
    await tally("2026-11", 10, 3, 2)
    await tally("2026-12", 7, 0, 1)
    text = text_of(report(await gathered(db, at, "2026-Q4", LATER)))
    assert "40 lượt trả lời, 28 lượt đánh giá “Tốt”, đạt 70% (không tính những tháng có ít lượt trả lời)." in text


async def test_a_quarter_that_goes_on_says_how_far_it_counts(db: BaseDBAsyncClient, at: Places) -> None:
    await tally("2026-10", 18, 4, 3)
    await tally("2026-11", 9, 9, 9)
    assert "đạt 72%, tính đến ngày 31/10/2026." in text_of(report(await gathered(db, at, "2026-Q4")))


async def test_a_praised_team_is_said_to_be_praised(db: BaseDBAsyncClient, at: Places) -> None:
    await tally("2026-10", 40, 2, 0)
    assert "42 lượt trả lời, hầu hết đánh giá “Tốt”." in text_of(report(await gathered(db, at, "2026-10")))


async def test_a_month_from_the_15th_has_its_own_answers(db: BaseDBAsyncClient, at: Places) -> None:
    await tally("2026-11", 18, 4, 3)
    opinions = Opinions(db, "15-14")
    assert [opinions.month(datetime(2026, 11, day, 3, tzinfo=UTC)).name for day in (14, 15)] == ["2026-11", "2026-12"]
    text = text_of(report(await gathered(db, at, "2026-11", cut="15-14")))
    assert "25 lượt trả lời" in text


async def test_answers_that_are_no_longer_kept_are_not_passed_over_in_silence(
    db: BaseDBAsyncClient, at: Places
) -> None:
    await answers(at, datetime(2026, 10, 20, 3, tzinfo=UTC), 8, 8)
    data = await gathered(db, at, "2026", LATER)
    assert data.quality.quiz is not None
    assert data.quality.quiz.first == LATER.date() - timedelta(days=179)
    assert "tính từ ngày 10/07/2026 đến ngày 31/12/2026" in text_of(report(data))


async def test_a_village_and_who_sees_other_indicators_are_told_nothing(db: BaseDBAsyncClient, at: Places) -> None:
    await tally("2026-10", 18, 4, 3)
    assert not (await gathered(db, at, "2026-10", unit=at.village)).quality.opinions
    place = await units.by_id(at.commune)
    assert place is not None
    reports = Reports(db, Audit(KEY), lambda code: commune.DEMO, quality=QualityOf(Opinions(db, "calendar")))
    police = await reports.gather(place, period("2026-10"), NOW, covers=lambda code: code.startswith("AT"))
    assert not police.quality.opinions


async def test_it_stands_with_the_reported_figures_of_quality(db: BaseDBAsyncClient, at: Places) -> None:
    await tally("2026-10", 18, 4, 3)
    quality = "Về chất lượng hướng dẫn"
    alone = await _results(db, at, "2026-10")
    assert list(alone)[-1] == quality, "nobody has reported, so nothing is compared"
    await tally("2026-09", 9, 4, 3)
    for code, value, out_of in (("CL02", 30, 40), ("CH01", 2, None)):
        new = values.NewFigure(
            at.village, code, period("2026-Q3"), Decimal(value), None if out_of is None else Decimal(out_of), 0
        )
        await values.write([new], source="chat", by=None, now=NOW)
    found = await _results(db, at, "2026-Q3")
    assert list(found).index(quality) < list(found).index("Kết quả so với chỉ tiêu được giao")
    assert "mức hài lòng sau hướng dẫn đạt 75%" in found[quality]
    assert "16 lượt trả lời, 9 lượt đánh giá “Tốt”" in found[quality]


async def _results(db: BaseDBAsyncClient, at: Places, of: str) -> dict[str, str]:
    """Clause → its words, in the section of what was done."""
    section = draft(await gathered(db, at, of)).sections[1]
    return {clause.title: "\n".join(clause.paragraphs) for clause in section.clauses}
