"""One question a day: asked for in private, answered, explained, coming back when it was missed, stopped by a word."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.features.guides.library import Library
from bot.features.guides.quizzes import choice_id
from bot.features.learning import banks, daily, personal_data
from bot.features.learning.daily import DailyQuestionSchedule
from bot.features.learning.shipped import Shipped
from bot.features.learning.tables import BankQuestion, DailyReader, QuestionAnswer
from bot.handlers.kit.base import Content
from bot.storage.core_tables.outbox import OutboxRow
from bot.testing import FakePlatform, Participant

from .learning_world import SAFETY, School, school

ANSWERS = {row[0]: row[1 + "ABCD".index(row[5])] for row in SAFETY}


@pytest.fixture
async def here(db: BaseDBAsyncClient, platform: FakePlatform, shipped: Content) -> School:
    return await school(db, platform, shipped)


async def joins(here: School, name: str = "sau", hour: str = "12 giờ trưa") -> Participant:
    talk = here.of(name)
    await talk.says("/start xa_lac-hien")
    await talk.says("câu hỏi mỗi ngày")
    await talk.picks(hour)
    return talk


def question(here: School, name: str = "sau") -> str:
    """The one that stands last on the screen."""
    shown = here.village.texts(name)
    return max(ANSWERS, key=shown.rfind)


async def answers(here: School, talk: Participant, *, right: bool) -> str:
    asked = question(here)
    row = next(row for row in SAFETY if row[0] == asked)
    wrong = next(choice for choice in row[1:5] if choice and choice != ANSWERS[asked])
    await talk.picks(ANSWERS[asked] if right else wrong)
    return asked


async def test_who_asks_for_it_gets_the_first_at_once_and_then_one_a_day(here: School) -> None:
    talk = await joins(here)
    assert "Mỗi ngày lúc 12 giờ" in talk.heard
    assert "Câu hỏi hôm nay" in talk.heard
    first = await answers(here, talk, right=True)
    assert "Đúng rồi" in talk.heard
    assert next(row for row in SAFETY if row[0] == first)[6] in talk.heard
    await here.day_comes(0)
    assert here.village.texts("sau").count("Câu hỏi hôm nay") == 1
    await here.day_comes()
    assert here.village.texts("sau").count("Câu hỏi hôm nay") == 2
    assert question(here) != first
    await here.day_comes(0)
    assert here.village.texts("sau").count("Câu hỏi hôm nay") == 2


async def test_until_the_commune_has_a_bank_the_questions_of_the_guides_are_asked(
    db: BaseDBAsyncClient, platform: FakePlatform, shipped: Content
) -> None:
    """Seen: with 128 questions in the guides “Xã chưa soạn câu hỏi nào” was all that came, for ever."""
    bare = await school(db, platform, shipped, bank=False)
    talk = await joins(bare)
    assert "Xã chưa soạn câu hỏi nào" not in bare.village.texts("sau")
    assert "Câu hỏi hôm nay" in talk.heard
    [reader] = await DailyReader.all()
    asked = await BankQuestion.get(id=reader.asked)
    guide = shipped.guides.get(asked.guide)
    assert guide is not None
    assert asked.text in {step.title for step in guide.steps.values()}
    await talk.picks(json.loads(asked.choices)[asked.right])
    assert "Đúng rồi" in talk.heard
    await talk.picks("Xem bài hướng dẫn")
    assert guide.title in talk.heard
    await bare.day_comes()
    assert bare.village.texts("sau").count("Câu hỏi hôm nay") == 2

    lan = await bare.imports({"An toàn": SAFETY})
    await bare.day_comes()
    assert question(bare) in bare.village.last("sau")
    await lan.says("ngân hàng câu hỏi")
    assert "An toàn: 3 câu" in lan.heard
    assert "Bài hướng dẫn" not in lan.heard


async def test_a_question_that_left_its_guide_is_asked_no_more_and_its_answers_stay(
    db: BaseDBAsyncClient, platform: FakePlatform, shipped: Content
) -> None:
    bare = await school(db, platform, shipped, bank=False)
    guides = [guide for guide in shipped.guides if guide.quiz_steps]
    now, commune = bare.world.clock.now(), bare.village.at.commune
    [before] = await Shipped(Library({one.slug: one for one in guides[:2]})).to_ask(commune, now)
    [after] = await Shipped(Library({guides[0].slug: guides[0]})).to_ask(commune, now)
    assert {one.guide for one in before.questions} == {guides[0].slug, guides[1].slug}
    assert {one.guide for one in after.questions} == {guides[0].slug}
    assert {one.id for one in after.questions} < {one.id for one in before.questions}
    assert set(await banks.questions([one.id for one in before.questions])) == {one.id for one in before.questions}


async def test_where_there_is_no_question_at_all_nothing_is_promised_for_today(
    here: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Shipped, "_wanted", lambda self: {})
    await BankQuestion.all().update(active=False)
    talk = here.of("sau")
    await talk.says("/start xa_lac-hien")
    await talk.says("câu hỏi mỗi ngày")
    assert "Xã chưa soạn câu hỏi nào. Bác đăng ký trước cũng được" in talk.heard
    await talk.picks("12 giờ trưa")
    assert "Xã chưa soạn câu hỏi nào. Khi có" in talk.heard
    await here.day_comes()
    assert "Câu hỏi hôm nay" not in here.village.texts("sau")
    await BankQuestion.all().update(active=True)
    await here.day_comes()
    assert "Câu hỏi hôm nay" in here.village.texts("sau")


async def test_the_guide_that_teaches_it_is_a_press_away(here: School) -> None:
    talk = await joins(here)
    for _ in range(3):
        asked = await answers(here, talk, right=True)
        offered = "Xem bài hướng dẫn" in talk.choices
        assert offered == (asked == "VNeID là gì?")
        if offered:
            await talk.picks("Xem bài hướng dẫn")
            assert "VNeID" in talk.heard
        await here.day_comes()


async def test_a_question_that_was_missed_comes_back_the_next_day(here: School) -> None:
    talk = await joins(here)
    missed = await answers(here, talk, right=False)
    assert f"Câu đúng là: {ANSWERS[missed]}." in talk.heard
    assert "Mai tôi hỏi lại" in talk.heard
    await here.day_comes()
    assert question(here) == missed


async def test_the_first_answer_counts(here: School) -> None:
    talk = await joins(here)
    await answers(here, talk, right=False)
    asked = await QuestionAnswer.get()
    await talk.forges(f"lda|{(await DailyReader.get()).asked}|{asked.occasion[1:]}|0000")
    button = (
        next(button for shown in talk.shown for button in shown.message.buttons if button.data.startswith("lda|"))
        if talk.world.platform.capabilities["private"].buttons
        else None
    )
    if button is not None:
        await talk.presses(button, "m1")
        assert "câu trả lời đầu tiên được tính" in talk.heard
    assert [row.right for row in await QuestionAnswer.all()] == [False]


async def test_an_answer_to_what_was_never_asked_does_not_count(here: School) -> None:
    """The mechanism: `_asked` compares with the question of the day. A button can be forged."""
    talk = await joins(here)
    [bank] = await banks.of_commune(here.village.at.commune)
    today = daily.day_of(here.world.clock.now())
    reader = await DailyReader.get()
    for one in bank.questions:
        if one.id != reader.asked:
            await talk.forges(f"lda|{one.id}|{today}|{choice_id(one.choices[one.right])}")
            assert "không tính" in talk.heard
    await talk.forges(f"lda|{reader.asked}|2026-11-01|{choice_id(bank.questions[0].choices[0])}")
    await talk.forges(f"lda|{reader.asked}|hôm nay|x")
    assert await QuestionAnswer.all().count() == 0


@pytest.mark.parametrize("word", ["thôi hỏi", "/thoihoi", "Thôi nhận câu hỏi"])
async def test_one_word_stops_it(here: School, word: str) -> None:
    talk = await joins(here)
    await talk.says(word)
    assert "tôi thôi hỏi bác mỗi ngày" in talk.heard
    before = here.village.texts("sau")
    await here.day_comes()
    assert here.village.texts("sau") == before


async def test_who_wants_no_message_at_all_gets_no_question_either(here: School) -> None:
    talk = await joins(here, "ba")
    await talk.says("DỪNG")
    before = here.village.texts("ba")
    await here.day_comes()
    assert here.village.texts("ba") == before


async def test_nothing_comes_in_quiet_hours_and_nothing_late_the_next_morning(here: School) -> None:
    """The mechanisms: the outbox holds a notice in quiet hours, and it ends at midnight."""
    await joins(here)
    before = here.village.texts("sau")
    here.world.clock.passes(days=1, hours=8)  # 23:00
    await here.daily.tick(here.world.clock.now())
    await here.village.sends()
    assert here.village.texts("sau") == before
    here.world.clock.passes(hours=8)
    await here.village.sends()
    assert here.village.texts("sau") == before
    assert [row.state for row in await OutboxRow.filter(key__startswith="daily")] == ["expired"]


async def test_two_clocks_ask_once(here: School, shipped: Content) -> None:
    await joins(here)
    here.world.clock.passes(days=1)
    outbox = here.village.services.outbox
    [reader] = await DailyReader.all()
    for _ in range(2):
        await DailyReader.filter(id=reader.id).update(asked_on=reader.asked_on)
        await DailyQuestionSchedule(outbox, Shipped(shipped.guides)).tick(here.world.clock.now())
    assert await OutboxRow.filter(key__startswith="daily").count() == 1


async def test_the_hour_can_be_changed_and_a_strange_one_is_refused(here: School) -> None:
    talk = await joins(here)
    await talk.says("câu hỏi")
    assert "lúc 12 giờ" in talk.heard
    assert talk.choices[:2] == ["7 giờ sáng", "7 giờ tối"]
    await talk.picks("7 giờ tối")
    await talk.forges("ldj|3")
    assert (await DailyReader.get()).hour == 19


async def test_a_question_that_was_changed_meanwhile_is_not_counted(here: School) -> None:
    talk = await joins(here)
    asked = question(here)
    changed = [(row[0], *(f"{choice}!" if choice else "" for choice in row[1:5]), *row[5:]) for row in SAFETY]
    await here.imports({"An toàn": changed})
    await talk.picks(ANSWERS[asked])
    assert "vừa được sửa" in talk.heard
    assert await QuestionAnswer.all().count() == 0


async def test_it_is_shown_and_erased_with_everything_else(here: School) -> None:
    talk = await joins(here)
    await answers(here, talk, right=True)
    await talk.says("/dulieu")
    everything = talk.heard
    assert "Mỗi ngày một câu hỏi" in everything
    assert "Câu hỏi đã trả lời" in everything
    await talk.says("/xoadulieu")
    await talk.picks(talk.choices[0])
    assert await DailyReader.all().count() == 0
    assert await QuestionAnswer.all().count() == 0


async def test_answers_go_after_half_a_year(here: School) -> None:
    talk = await joins(here)
    await answers(here, talk, right=True)
    now = here.world.clock.now()
    [rule, _] = personal_data.rules()
    assert await rule.sweep(now - timedelta(days=1), now) == 0
    assert await rule.sweep(now + timedelta(seconds=1), now) == 1
