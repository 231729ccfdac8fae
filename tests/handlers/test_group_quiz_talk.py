"""A quiz in the village's group: polls where there are some, numbers and letters elsewhere; numbers afterwards."""

from __future__ import annotations

import asyncio

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.features.groups import channels
from bot.features.guides.quizzes import choice_id
from bot.features.learning import banks, quiz
from bot.features.learning.shipped import Shipped
from bot.features.learning.tables import GroupQuiz, QuestionAnswer
from bot.features.people import people
from bot.handlers.kit.base import Content
from bot.storage.tables.people import Role
from bot.testing import FakePlatform, Participant

from .learning_world import GROUP, SAFETY, School, school

ANSWERS = {row[0]: row[1 + "ABCD".index(row[5])] for row in SAFETY}


@pytest.fixture
async def here(db: BaseDBAsyncClient, platform: FakePlatform, shipped: Content) -> School:
    return await school(db, platform, shipped)


def group_text(here: School) -> str:
    return "\n".join(shown.message.text.plain for shown in here.world.platform.chats[GROUP])


def asked(here: School) -> str:
    text = group_text(here)
    return max(ANSWERS, key=text.rfind)


def wrong(question: str) -> str:
    row = next(row for row in SAFETY if row[0] == question)
    return next(choice for choice in row[1:5] if choice and choice != ANSWERS[question])


async def starts(here: School) -> Participant:
    leader = here.in_group("hoa")
    await leader.says("đố vui")
    return leader


def has_polls(here: School) -> bool:
    return here.world.platform.capabilities["group"].quiz_poll


async def test_a_quiz_from_its_start_to_its_numbers(here: School) -> None:
    leader = await starts(here)
    assert "Đố vui: An toàn" in leader.heard
    assert "Câu 1/3." in leader.heard
    shown = leader.news[-1]
    assert (shown.poll is not None) == has_polls(here)
    if shown.poll is not None:
        row = next(row for row in SAFETY if row[0] == asked(here))
        assert (shown.poll.choices, shown.poll.why) == (len([one for one in row[1:5] if one]), row[6])
        assert shown.buttons[shown.poll.right].label == ANSWERS[asked(here)]
    for number in range(6):
        await here.in_group(f"dan{number}").picks(ANSWERS[asked(here)] if number < 5 else wrong(asked(here)))
    told = "6 người trả lời, 5 người đúng"
    assert told not in group_text(here)
    await leader.picks("Câu tiếp")
    assert ("Câu 1: đúng là" in leader.heard) != has_polls(here)
    await leader.picks("Câu tiếp")
    await leader.picks("Xem kết quả")
    assert "Đố vui xong: 3 câu, 6 người tham gia." in leader.heard
    assert f"Câu 1: {told}." in leader.heard
    assert "Câu 2: 0 người trả lời." in leader.heard
    assert all(f"dan{number}" not in group_text(here) for number in range(6))


async def test_an_answer_is_met_with_silence_so_that_nobody_is_shown_up(here: School) -> None:
    await starts(here)
    resident = here.in_group("sau")
    await resident.picks(wrong(asked(here)))
    assert resident.heard == ""
    assert [row.right for row in await QuestionAnswer.all()] == [False]


async def test_the_first_answer_of_a_person_counts(here: School) -> None:
    await starts(here)
    resident = here.in_group("sau")
    await resident.picks(ANSWERS[asked(here)])
    await resident.picks(wrong(asked(here)))
    assert [row.right for row in await QuestionAnswer.all()] == [True]


async def test_a_letter_is_an_answer_where_there_are_no_polls(here: School) -> None:
    if has_polls(here):
        return
    await starts(here)
    row = next(row for row in SAFETY if row[0] == asked(here))
    await here.in_group("sau").says(row[5].lower())
    await here.in_group("bay").says(f"Câu {row[5]}")
    assert [one.right for one in await QuestionAnswer.all()] == [True, True]


async def test_of_fewer_than_five_people_it_is_not_told_how_many_were_right(here: School) -> None:
    leader = await starts(here)
    for number in range(4):
        await here.in_group(f"dan{number}").picks(wrong(asked(here)))
    for label in ("Câu tiếp", "Câu tiếp", "Xem kết quả"):
        await leader.picks(label)
    assert "Câu 1: 4 người trả lời." in leader.heard
    assert "người đúng" not in group_text(here)


async def test_a_closed_question_takes_no_more_answers(here: School) -> None:
    leader = await starts(here)
    first, late = asked(here), here.in_group("sau")
    [row] = await GroupQuiz.all()
    one = await quiz.get(row.id)
    assert one is not None
    data = f"lqa|{row.id}|{one.open}|{choice_id(ANSWERS[first])}"
    await leader.picks("Câu tiếp")
    await late.forges(data)
    assert "Câu này đã đóng" in late.heard
    assert await QuestionAnswer.all().count() == 0


async def test_only_the_team_starts_a_quiz_and_turns_its_pages(here: School) -> None:
    resident = here.in_group("sau")
    await resident.says("đố vui")
    assert "do Tổ công nghệ số hoặc cán bộ xã mở" in resident.heard
    await starts(here)
    await resident.picks("Câu tiếp")
    assert "do Tổ công nghệ số hoặc cán bộ xã mở" in resident.heard
    assert (await GroupQuiz.get()).at == 0
    await resident.forges("lqe|1")
    assert (await GroupQuiz.get()).state == "running"


async def test_a_leader_whose_role_ended_in_between_leads_no_more_and_another_goes_on(here: School) -> None:
    leader = await starts(here)
    await Role.filter(role="leader").update(ended_at=here.world.clock.now())
    await leader.picks("Câu tiếp")
    assert "do Tổ công nghệ số hoặc cán bộ xã mở" in leader.heard
    await here.in_group("tu").picks("Câu tiếp")
    assert (await GroupQuiz.get()).at == 1


async def test_the_same_press_twice_is_one_question(here: School) -> None:
    leader = await starts(here)
    await leader.forges("lqn|1|0")
    await leader.forges("lqn|1|0")
    assert leader.heard == ""
    assert (await GroupQuiz.get()).at == 1
    one = await quiz.get(1)
    assert one is not None
    assert sorted(await asyncio.gather(_advances(one), _advances(one))) == [False, True]


async def _advances(one: quiz.GroupQuizState) -> bool:
    return await quiz.advance(one) is not None


async def test_a_second_quiz_waits_for_the_end_of_the_first(here: School) -> None:
    leader = await starts(here)
    await leader.says("đố vui")
    assert "Nhóm đang có đố vui, đến câu 1" in leader.heard
    await leader.picks("Dừng đố vui")
    assert "Đố vui xong: 1 câu" in leader.heard
    await leader.says("đố vui 3")
    assert "Câu 1/3." in leader.heard


async def test_of_several_banks_one_is_chosen_and_a_strange_one_is_refused(here: School) -> None:
    await here.imports({"An toàn": SAFETY, "Y tế": SAFETY[:2]})
    leader = await starts(here)
    assert leader.choices == ["An toàn", "Y tế"]
    await leader.forges("lqs|99|5")
    assert "không còn" in leader.heard
    await leader.says("đố vui")
    await leader.picks("Y tế")
    assert "Câu 1/2." in leader.heard


async def test_without_a_bank_of_the_commune_the_questions_of_the_guides_are_asked(
    db: BaseDBAsyncClient, platform: FakePlatform, shipped: Content
) -> None:
    bare = await school(db, platform, shipped, bank=False)
    leader = await starts(bare)
    assert "Đố vui: Bài hướng dẫn" in leader.heard
    assert "Câu 1/5." in leader.heard
    one = await quiz.running(leader.chat)
    assert one is not None
    [question] = (await banks.questions([one.open])).values()
    assert shipped.guides.get(question.guide) is not None
    await bare.in_group("sau").picks(question.choices[question.right])
    assert [row.right for row in await QuestionAnswer.all()] == [True]
    await leader.picks("Câu tiếp")
    assert "Câu 2/5." in leader.heard


async def test_without_questions_or_outside_of_a_group_it_says_so(
    db: BaseDBAsyncClient, platform: FakePlatform, shipped: Content, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Shipped, "_wanted", lambda self: {})
    bare = await school(db, platform, shipped, bank=False)
    leader = await starts(bare)
    assert "chưa có bộ câu hỏi" in leader.heard
    alone = bare.of("hoa")
    await alone.says("đố vui")
    assert "trong nhóm của thôn" in alone.heard


async def test_an_answer_from_another_group_is_not_counted(here: School) -> None:
    """The mechanism: `_belongs`. Data of a button can be sent from anywhere."""
    await starts(here)
    now = here.world.clock.now()
    await channels.register(here.world.platform.name, "khac", here.village.at.other_village, "village", "Khác", now)
    stranger = here.world.talk("la", chat="khac", kind="group")
    one = await quiz.get(1)
    assert one is not None
    await stranger.forges(f"lqa|1|{one.open}|{choice_id(ANSWERS[asked(here)])}")
    await here.of("la").forges(f"lqa|1|{one.open}|{choice_id(ANSWERS[asked(here)])}")
    assert await QuestionAnswer.all().count() == 0


async def test_a_restart_in_the_middle_loses_nothing(here: School) -> None:
    leader = await starts(here)
    await here.in_group("sau").picks(ANSWERS[asked(here)])
    await leader.restarts()
    await here.in_group("bay").picks(wrong(asked(here)))
    await leader.picks("Câu tiếp")
    assert "Câu 2/3." in leader.heard
    assert await QuestionAnswer.all().count() == 2


async def test_answers_in_a_group_are_erased_with_the_person(here: School) -> None:
    await starts(here)
    await here.in_group("sau").picks(ANSWERS[asked(here)])
    await here.in_group("bay").picks(ANSWERS[asked(here)])
    alone = here.of("sau")
    await alone.says("/dulieu")
    assert asked(here) in alone.heard
    await alone.says("/xoadulieu")
    await alone.picks(alone.choices[0])
    assert [row.person for row in await QuestionAnswer.all()] == ["id-bay"]
    assert await people.who_is(1, here.world.clock.now()) is not None
