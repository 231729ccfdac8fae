"""A training session from its plan to its results: joined by code, asked before and after, counted, told."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from python_calamine import CalamineWorkbook
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.actions import pack
from bot.features.calendar.vietnam import VIETNAM
from bot.features.guides.quizzes import choice_id
from bot.features.jobs.queue import JobRefused, JobRunner
from bot.features.learning import seats, sessions, training_personal_data
from bot.features.learning.sessions import TrainingEvent
from bot.features.learning.tables import BankQuestion, QuestionBank, TrainingAnswer, TrainingSeat, TrainingSession
from bot.features.learning.training_actions import (
    AnswerTraining,
    MoveTraining,
    NameSeat,
    NextTrainingQuestion,
    PlanTraining,
)
from bot.features.learning.training_file import JOB, TrainingFiles
from bot.features.learning.training_notices import TrainingNotices
from bot.features.learning.training_schedule import TrainingSchedule
from bot.features.notices.mail import Mail
from bot.features.people import people
from bot.features.people.accounts import Account
from bot.features.privacy import retention
from bot.handlers.kit.base import Content
from bot.testing import FakePlatform, Participant
from tests.features.village import somebody

from .announcing_world import LAC_HIEN, Yard, yard

# What differs between the databases is tested below the conversations.
pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)

FIVE = ("hoa", "chi", "ba", "an", "em")


@pytest.fixture
async def here(db: BaseDBAsyncClient, platform: FakePlatform, shipped: Content) -> Yard:
    """Tu leads Lạc Hiền; it is Tuesday, the 24th, 15:00."""
    return await yard(db, platform, shipped)


async def planned(here: Yard, audience: str = "Bà con") -> Participant:
    tu = here.world.talk("tu")
    await tu.says("tập huấn")
    await tu.picks("Lập buổi mới")
    await tu.picks(audience)
    await tu.says("cài vneid")
    await tu.picks("Cài và kích hoạt VNeID mức 2")
    await tu.says("19:30 26/11")
    await tu.says("nhà văn hóa thôn")
    await tu.picks("Đúng, lập buổi này")
    return tu


async def session() -> TrainingEvent:
    one = await sessions.get((await TrainingSession.get()).id)
    assert one is not None
    return one


async def joins(here: Yard, name: str) -> Participant:
    talk = here.world.talk(name)
    await talk.says(f"vào tập huấn {(await session()).code.lower()}")
    await talk.picks("xã Yên Mô")
    await talk.picks("Đồng ý")
    assert "Bác đã vào buổi tập huấn" in talk.heard
    return talk


async def goes_on(here: Yard, *labels: str) -> Participant:
    """The trainer presses what comes next."""
    tu = here.world.talk("tu")
    await tu.says("tập huấn")
    await tu.picks(f"Mở số {(await session()).id}")
    for label in labels:
        await tu.picks(label)
    await here.sends()
    return tu


async def answers(talk: Participant, right: Sequence[bool]) -> None:
    """Press the right choice or a wrong one, whichever question comes."""
    one = await session()
    await talk.picks("Trả lời câu hỏi")
    for good in right:
        (asked,) = [question for question in one.questions if f" {question.text}" in talk.heard]
        wrong = next(choice for at, choice in enumerate(asked.choices) if at != asked.right)
        await talk.picks(asked.choices[asked.right] if good else wrong)


BEGIN, TEACH = "Bắt đầu, mở câu hỏi đầu buổi", "Đóng câu hỏi, vào học"
AGAIN, END = "Dạy xong, mở câu hỏi cuối buổi", "Đóng buổi tập huấn"


async def test_a_session_is_planned_and_can_be_passed_on(here: Yard, platform: FakePlatform) -> None:
    tu = await planned(here)
    one = await session()
    assert "“Cài và kích hoạt VNeID mức 2”" in tu.heard
    assert "Lúc 19 giờ 30, thứ Năm, 26/11/2026" in tu.heard
    assert f"vào tập huấn {one.code}" in tu.heard
    assert (f"?start=th_{one.code}" in tu.heard) == (platform.link("x") is not None)
    assert (one.place, one.audience, one.state) == ("nhà văn hóa thôn", "people", "planned")
    await tu.forges(pack(PlanTraining()))
    assert await TrainingSession.all().count() == 1, "the same yes twice plans once"


async def test_before_and_after_are_compared_and_each_sees_only_their_own(here: Yard) -> None:
    await planned(here)
    talks = [await joins(here, name) for name in FIVE]
    await goes_on(here, BEGIN)
    assert "Bác trả lời mấy câu hỏi đầu buổi" in here.texts("chat-hoa")[-1]
    for talk in talks:
        await answers(talk, [True, False, False])
        assert "đã đủ 3 câu" in talk.heard
        assert "Đúng rồi" not in talk.heard, "what is right is not told before the lesson"
    tu = await goes_on(here)
    assert "Đầu buổi đúng trung bình 33%" in tu.heard
    await goes_on(here, TEACH, AGAIN)
    for at, talk in enumerate(talks):
        await answers(talk, [True, True, at > 0])
        assert f"Bác đúng {3 if at else 2}/3 câu; đầu buổi bác đúng 1/3" in talk.heard.replace("*", "")
    tu = await goes_on(here)
    assert "cuối buổi 5 người" in tu.heard
    assert "33% đầu buổi, 93% cuối buổi" in tu.heard
    assert "Câu 1: đúng đầu buổi 5/5" in tu.heard
    assert "hoa" not in tu.heard
    await tu.picks(END)
    assert (await session()).state == "closed"


async def test_fewer_than_five_have_no_average_and_no_split(here: Yard) -> None:
    """Mechanism: `Side.shown`."""
    await planned(here)
    talks = [await joins(here, name) for name in FIVE[:4]]
    await goes_on(here, BEGIN)
    for talk in talks:
        await answers(talk, [True, True, True])
    tu = await goes_on(here)
    assert "đầu buổi 4 người" in tu.heard
    assert "Dưới 5 người trả lời hết thì tôi không tính trung bình" in tu.heard
    assert "Câu 1" not in tu.heard
    assert "100" not in tu.heard


async def test_the_second_time_the_questions_come_in_another_order(here: Yard) -> None:
    await planned(here)
    hoa = await joins(here, "hoa")
    await goes_on(here, BEGIN)
    await answers(hoa, [True, True, True])
    one, who = await session(), await people.who(Account("fake", "id-hoa"), here.world.clock.now())
    seat = await seats.find(one.id, who.person_id)
    assert seat is not None
    assert seats.order(one, seat, "before") == [0, 1, 2]
    assert sorted(seats.order(one, seat, "after")) == [0, 1, 2]
    assert seats.order(one, seat, "after") != [0, 1, 2]


async def bank(commune_id: int, name: str, count: int) -> QuestionBank:
    made = await QuestionBank.create(commune_id=commune_id, name=name, updated_at=datetime.now(UTC))
    for at in range(count):
        text = f"Câu thứ {at}?"
        await BankQuestion.create(bank=made, place=at, text=text, choices=json.dumps(["có", "không"]), right=0)
    return made


async def test_a_bank_of_the_commune_can_be_taught_and_its_questions_are_frozen_when_first_asked(here: Yard) -> None:
    """Mechanism: at most ten are chosen and stored with the opening; what is corrected later changes nothing."""
    await bank(here.at.commune, "Mua bán trên mạng", 12)
    await bank(here.at.other_commune, "Của xã khác", 2)
    tu = here.world.talk("tu")
    await tu.says("tập huấn")
    await tu.picks("Lập buổi mới")
    await tu.picks("Bà con")
    assert "Mua bán trên mạng" in tu.choices
    assert "Của xã khác" not in tu.choices
    await tu.says("mua ban")
    await tu.picks("Mua bán trên mạng")
    await tu.says("mai 14:00")
    await tu.says("trường học")
    await tu.picks("Đúng, lập buổi này")
    hoa = await joins(here, "hoa")
    await goes_on(here, BEGIN)
    frozen = (await session()).questions
    assert len(frozen) == 10
    await BankQuestion.all().update(right=1, active=False)
    await answers(hoa, [True] * 10)
    await goes_on(here, TEACH, AGAIN)
    assert (await session()).questions == frozen
    await answers(hoa, [True] * 10)
    assert "Bác đúng 10/10 câu; đầu buổi bác đúng 10/10" in hoa.heard.replace("*", "")


async def test_what_has_no_questions_any_more_is_not_opened(here: Yard) -> None:
    await bank(here.at.commune, "Mua bán", 1)
    tu = here.world.talk("tu")
    await tu.says("tập huấn")
    await tu.picks("Lập buổi mới")
    await tu.picks("Bà con")
    await tu.picks("Mua bán")
    await tu.says("mai 14:00")
    await tu.says("trường học")
    await tu.picks("Đúng, lập buổi này")
    await BankQuestion.all().update(active=False)
    await goes_on(here, BEGIN)
    assert "không còn câu hỏi nào nên chưa mở được" in tu.heard
    assert (await session()).state == "planned"


async def test_after_without_before_is_said_once_and_counts_by_itself(here: Yard) -> None:
    await planned(here)
    await goes_on(here, BEGIN, TEACH, AGAIN)
    hoa = await joins(here, "hoa")
    await hoa.picks("Trả lời câu hỏi")
    assert hoa.heard.count("Bác chưa trả lời hết phần đầu buổi") == 1
    one = await session()
    for question in one.questions:
        right = choice_id(question.choices[question.right])
        await hoa.forges(pack(AnswerTraining(one.code, "after", one.questions.index(question), right)))
        assert "Bác chưa trả lời hết" not in hoa.heard
    assert "Bác đúng 3/3 câu." in hoa.heard.replace("*", "")
    found = await seats.results(one)
    assert (found.after.people, found.before.people, found.both_after.people) == (1, 0, 0)


async def test_joining_twice_and_codes_that_lead_nowhere(here: Yard) -> None:
    await planned(here)
    hoa = await joins(here, "hoa")
    code = (await session()).code
    await hoa.says(f"/start th_{code}")
    assert "Bác đã vào buổi này rồi" in hoa.heard
    assert await TrainingSeat.all().count() == 1
    await hoa.says("vào tập huấn ZZZZZZ")
    assert "Không có buổi tập huấn nào mang mã này" in hoa.heard
    await hoa.says("vào tập huấn")
    assert "rồi mã của buổi" in hoa.heard
    await goes_on(here, BEGIN, TEACH, AGAIN, END)
    ba = here.world.talk("ba")
    await ba.says(f"vào buổi tập huấn {code}")
    await ba.picks("xã Yên Mô")
    assert "đã đóng nên không vào được nữa" in ba.heard
    await hoa.forges(pack(NextTrainingQuestion(code)))
    assert "đã đóng nên không trả lời được nữa" in hoa.heard


async def test_in_a_group_everybody_is_led_to_their_own_chat(here: Yard) -> None:
    await planned(here)
    code = (await session()).code
    hoa = here.world.talk("hoa", chat=LAC_HIEN, kind="group")
    await hoa.says(f"vào tập huấn {code}")
    assert "bác nhắn riêng cho tôi" in hoa.heard
    tu = here.world.talk("tu", chat=LAC_HIEN, kind="group")
    await tu.says("tập huấn")
    assert "cuộc trò chuyện riêng" in tu.heard
    assert await TrainingSeat.all().count() == 0


async def test_what_is_pressed_at_the_wrong_time_changes_nothing(here: Yard) -> None:
    await planned(here)
    hoa = await joins(here, "hoa")
    one = await session()
    await hoa.forges(pack(NextTrainingQuestion(one.code)))
    assert "Câu hỏi chưa mở" in hoa.heard
    await goes_on(here, BEGIN)
    one = await session()
    first = pack(AnswerTraining(one.code, "before", 0, choice_id(one.questions[0].choices[0])))
    await hoa.forges(first)
    await hoa.forges(pack(AnswerTraining(one.code, "before", 0, choice_id(one.questions[0].choices[3]))))
    assert "câu trả lời đầu tiên được tính" in hoa.heard
    assert not (await TrainingAnswer.get()).right, "a second answer does not count"
    await hoa.forges(pack(AnswerTraining(one.code, "after", 1, choice_id(one.questions[1].choices[0]))))
    await hoa.forges(pack(AnswerTraining(one.code, "before", 9, choice_id(one.questions[1].choices[0]))))
    await hoa.forges(pack(AnswerTraining(one.code, "before", 1, "none")))
    assert await TrainingAnswer.all().count() == 1
    await goes_on(here, TEACH)
    await hoa.forges(pack(AnswerTraining(one.code, "before", 1, choice_id(one.questions[1].choices[0]))))
    assert "Câu hỏi đầu buổi đã đóng" in hoa.heard
    assert await TrainingAnswer.all().count() == 1
    stranger = here.world.talk("stranger")
    await stranger.says("menu")
    for forged in (NextTrainingQuestion(one.code), NameSeat(one.code, True)):
        await stranger.forges(pack(forged))
        assert "Bác chưa vào buổi tập huấn này" in stranger.heard


async def test_the_same_press_twice_goes_one_state_further(here: Yard) -> None:
    tu = await planned(here)
    one = await session()
    for _ in range(2):
        await tu.forges(pack(MoveTraining(one.id, one.version)))
    assert "Buổi này vừa thay đổi" in tu.heard
    assert (await session()).state == "before"


async def test_a_trainer_whose_role_has_ended_is_told_and_another_goes_on(here: Yard) -> None:
    tu = await planned(here)
    one, now = await session(), here.world.clock.now()
    who = await people.who(Account("fake", "id-tu"), now)
    assert await people.end(who.grants[0].id, who.person_id or 0, now)
    await tu.forges(pack(MoveTraining(one.id, one.version)))
    assert "là của Tổ công nghệ số và cán bộ xã" in tu.heard
    assert (await session()).state == "planned"
    lan = here.world.talk("lan")
    await lan.says("tập huấn")
    await lan.picks(f"Mở số {one.id}")
    await lan.picks(BEGIN)
    assert (await session()).state == "before"


async def test_a_cancelled_session_is_told_to_those_who_joined(here: Yard) -> None:
    await planned(here)
    await joins(here, "hoa")
    tu = await goes_on(here, "Hủy buổi")
    assert "Hủy buổi “Cài và kích hoạt VNeID mức 2”?" in tu.heard
    assert (await session()).state == "planned"
    await tu.picks("Hủy buổi này")
    await here.sends()
    assert "không tổ chức nữa" in here.texts("chat-hoa")[-1]
    assert (await session()).state == "cancelled"
    ba = here.world.talk("ba")
    await ba.says((await session()).code)
    await ba.picks("xã Yên Mô")
    assert "đã hủy" in ba.heard


@pytest.mark.parametrize(
    ("said", "told"), [("hôm qua", "chưa rõ lúc nào"), ("19:30 23/11", "đã qua rồi"), ("9:00 1/12/2028", "180 ngày")]
)
async def test_a_time_that_cannot_be_is_asked_again(here: Yard, said: str, told: str) -> None:
    tu = here.world.talk("tu")
    await tu.says("tập huấn")
    await tu.picks("Lập buổi mới")
    await tu.picks("Bà con")
    await tu.says("xyzzy")
    assert "chưa có bài nào có câu hỏi" in tu.heard
    await tu.says("vneid")
    await tu.picks("Cài và kích hoạt VNeID mức 2")
    await tu.says(said)
    assert told in tu.heard
    await tu.says("mai 14:00")
    assert "Học ở đâu" in tu.heard


async def test_who_came_is_typed_and_proposed_as_figures(here: Yard) -> None:
    await planned(here)
    tu = await goes_on(here, BEGIN, TEACH, "Ghi số người dự")
    await tu.says("nhiều lắm")
    assert "từ 1 đến 1000" in tu.heard
    await tu.says("23 người")
    assert "Người ngồi dự: 23" in tu.heard
    await tu.picks("Đưa vào số liệu")
    assert "Số buổi hướng dẫn cho người dân" in tu.heard
    assert "Số lượt người dự họp, tập huấn" in tu.heard
    await tu.picks("Đúng")
    assert "Đã ghi 2 số liệu" in tu.heard


async def test_a_session_of_the_team_counts_as_such_and_a_small_one_of_people_does_not(here: Yard) -> None:
    await planned(here, "Thành viên tổ")
    tu = await goes_on(here, BEGIN, TEACH, "Ghi số người dự")
    await tu.says("4")
    await tu.picks("Đưa vào số liệu")
    assert "Số buổi tập huấn cho Tổ" in tu.heard
    assert (await session()).audience == "team"
    await TrainingSession.all().update(audience="people")
    await goes_on(here)
    await tu.picks("Đưa vào số liệu")
    assert "Số lượt người dự họp, tập huấn" in tu.heard


async def test_the_evening_before_those_who_joined_are_reminded_once(here: Yard) -> None:
    await planned(here)
    await joins(here, "hoa")
    clock = TrainingSchedule(TrainingNotices(Mail(here.features.outbox)))
    for day, hour, count in ((24, 18, 0), (25, 9, 0), (25, 18, 1), (25, 19, 1)):
        here.world.clock.time = datetime(2026, 11, day, hour, tzinfo=VIETNAM).astimezone(UTC)
        await clock.tick(here.world.clock.now())
        await here.sends()
        assert sum("mai có buổi tập huấn" in text for text in here.texts("chat-hoa")) == count
    here.world.clock.time = datetime(2026, 11, 30, 9, tzinfo=VIETNAM).astimezone(UTC)
    await clock.tick(here.world.clock.now())
    assert (await session()).state == "closed", "nobody closed it"


async def test_the_results_come_as_excel_with_the_names_of_those_who_agreed(here: Yard, db: BaseDBAsyncClient) -> None:
    await planned(here)
    talks = [await joins(here, name) for name in FIVE]
    await talks[0].picks("Ghi tên tôi vào danh sách")
    await talks[0].says("12345")
    assert "bằng chữ" in talks[0].heard
    await talks[0].says("=Nguyễn Thị Hoa")
    assert "bằng chữ" in talks[0].heard
    await talks[0].says("Nguyễn Thị Hoa")
    assert "Tên bác trong danh sách người dự: Nguyễn Thị Hoa" in talks[0].heard
    await talks[1].picks("Ghi tên tôi vào danh sách")
    await talks[1].says("Lê Chi")
    await talks[1].picks("Bỏ tên tôi")
    await goes_on(here, BEGIN)
    for talk in talks:
        await answers(talk, [True, False, True])
    tu = await goes_on(here, TEACH, "Xuất Excel")
    assert "Đang soạn tệp Excel" in tu.heard
    stored: dict[str, bytes] = {}

    async def store_as(name: str, data: bytes) -> str:
        stored[name] = data
        return f"{'1' * 32}.xlsx"

    async def failed(body: object, refusal: JobRefused) -> None:
        raise AssertionError(refusal)

    files = TrainingFiles(Mail(here.features.outbox), store_as)
    await JobRunner({JOB: files.make}, db, failed, here.world.clock.now).run()
    await here.sends()
    assert "Kết quả buổi tập huấn số" in here.texts("chat-tu")[-1]
    (data,) = stored.values()
    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    sheets = {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}
    counts = {str(label): value for label, value in sheets["Ket qua"]}
    assert counts["Số người vào bằng điện thoại"] == 5
    assert counts["Đúng trung bình, đầu buổi"] == "67%"
    assert counts["Đúng trung bình, cuối buổi"] == "dưới 5 người, không tính"
    assert [row[2:] for row in sheets["Tung cau"][1:]] == [
        ["5/5", "dưới 5 người, không tính"],
        ["0/5", "dưới 5 người, không tính"],
        ["5/5", "dưới 5 người, không tính"],
    ]
    assert sheets["Nguoi du"][1:] == [[1, "Nguyễn Thị Hoa"]]


async def test_the_counts_stay_when_a_person_is_erased_and_the_links_go_after_ninety_days(here: Yard) -> None:
    await planned(here)
    hoa, ba = await joins(here, "hoa"), await joins(here, "ba")
    await ba.picks("Ghi tên tôi vào danh sách")
    await ba.says("Trần Văn Ba")
    await goes_on(here, BEGIN)
    await answers(hoa, [True, True, True])
    await hoa.says("dữ liệu của tôi")
    assert "3 câu trả lời" in hoa.heard
    await hoa.says("xóa dữ liệu")
    await hoa.picks("Xóa hết")
    one = await session()
    found = await seats.results(one)
    assert (found.joined, found.before.people) == (2, 1)
    assert len(await seats.people_in(one.id)) == 1
    here.world.clock.passes(days=91)
    await retention.sweep(training_personal_data.rules(), here.world.clock.now())
    assert await seats.names(one.id) == [await _name()]
    here.world.clock.passes(days=3)
    await retention.sweep(training_personal_data.rules(), here.world.clock.now())
    assert await seats.names(one.id) == []
    assert await seats.people_in(one.id) == []


async def _name() -> str:
    return (await TrainingSeat.exclude(name="").get()).name


async def test_who_may_not_teach_is_told_so(here: Yard) -> None:
    await somebody("vol", "volunteer", here.at.village, here.world.clock.now())
    vol = here.world.talk("vol")
    await vol.says("tập huấn")
    assert "là của Tổ công nghệ số và cán bộ xã" in vol.heard
