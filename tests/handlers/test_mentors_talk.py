"""An official asks an observer of the level above; the answer is a note, and nothing of a resident goes there."""

from __future__ import annotations

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.actions import pack
from bot.features.checkins.actions import AskMentor
from bot.features.difficulties import difficulties, personal_data
from bot.features.difficulties.tables import Difficulty, MentorQuestion
from bot.features.people import people
from bot.features.people.accounts import Account
from bot.features.privacy.personal_table import Subject
from bot.handlers.difficulties.mentors import AnswerQuestion, PickMentor, SendDifficulty
from bot.handlers.kit.base import Content
from bot.storage.tables.audit import AuditRow
from bot.testing import FakePlatform, Participant
from tests.features.village import somebody

from .announcing_world import Yard, yard

# What differs between the databases is tested below the conversations.
pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


@pytest.fixture
async def here(db: BaseDBAsyncClient, platform: FakePlatform, shipped: Content) -> Yard:
    """Minh observes for the province; Tu has told a difficulty."""
    made = await yard(db, platform, shipped)
    await somebody("minh", "observer", made.at.province, made.world.clock.now())
    minh = made.world.talk("minh")
    await minh.says("menu")
    await minh.picks("xã Yên Mô")
    await made.world.talk("tu").says("khó khăn máy của bà con không cài được VNeID bản mới")
    await made.sends()
    return made


async def number(name: str, here: Yard) -> int:
    found = (await people.who(Account("fake", f"id-{name}"), here.world.clock.now())).person_id
    assert found is not None
    return found


async def opened(here: Yard) -> Participant:
    """The officer, with the card of the difficulty."""
    lan = here.world.talk("lan")
    await lan.says("khó khăn")
    await lan.picks("Mở số 1")
    return lan


async def test_a_difficulty_is_sent_to_a_mentor_whose_answer_stands_beside_it_and_moves_nothing(here: Yard) -> None:
    before = (await Difficulty.get(id=1)).__dict__.copy()
    lan = await opened(here)
    await lan.picks("Hỏi quan sát viên")
    assert "Gửi minh câu này được không?" in lan.heard
    await lan.restarts()
    await lan.picks("Gửi câu này")
    assert "Đã gửi" in lan.heard
    await here.sends()
    told = here.texts("chat-minh")[-1]
    assert "Câu hỏi của xã Yên Mô về một khó khăn ở thôn Lạc Hiền" in told
    assert "máy của bà con không cài được VNeID bản mới" in told
    assert "tu" not in told.replace("thôn", "").split(), "who told it is nobody's matter"
    minh = here.world.talk("minh")
    await minh.picks("Trả lời")
    await minh.restarts()
    await minh.says("Gỡ bản cũ rồi cài lại từ kho ứng dụng")
    assert "Đã gửi ý kiến của bác về xã" in minh.heard
    await here.sends()
    assert "Quan sát viên của Sở trả lời câu hỏi của xã" in here.texts("chat-lan")[-1]
    assert "Ý kiến: Gỡ bản cũ rồi cài lại" in here.texts("chat-lan")[-1]
    await lan.picks("Mở số 1")
    assert "Ý kiến quan sát viên: Gỡ bản cũ rồi cài lại từ kho ứng dụng" in lan.heard
    assert not any("Gỡ bản cũ" in text for text in here.texts("chat-tu")), "the village hears the commune alone"
    after = (await Difficulty.get(id=1)).__dict__
    assert {name: after[name] for name in ("state", "version", "due_on", "response", "owner_id")} == {
        name: before[name] for name in ("state", "version", "due_on", "response", "owner_id")
    }
    assert await AuditRow.filter(act__in=["mentor_asked", "mentor_answered"]).count() == 2
    await minh.forges(pack(AnswerQuestion(1)))
    assert "Bác đã trả lời câu này" in minh.heard


async def test_what_names_a_resident_is_not_sent(here: Yard) -> None:
    await here.world.talk("tu").says("khó khăn cụ Tư mất thẻ, gọi 0912 345 678")
    lan = here.world.talk("lan")
    await lan.forges(pack(AskMentor(2)))
    assert "Bác gõ câu hỏi, không nêu tên" in lan.heard
    await lan.forges(pack(SendDifficulty(2, 1, await number("minh", here))))
    assert "Bác gõ câu hỏi, không nêu tên" in lan.heard
    for words in ("Bà Hoa mất thẻ thì sao?", "Nguyễn Thị Lan mất thẻ", "có người, số 0912.345.678"):
        await lan.says(words)
        assert "hình như nêu tên hoặc số của một người" in lan.heard
    await lan.says("Người già mất thẻ thì đăng nhập bằng gì?")
    assert "Đã gửi" in lan.heard
    assert [row.text for row in await MentorQuestion.all()] == ["Người già mất thẻ thì đăng nhập bằng gì?"]
    await lan.forges(pack(AskMentor(2)))
    await lan.says("Người già mất thẻ thì đăng nhập bằng gì?")
    assert "Bác đã hỏi câu này rồi" in lan.heard


async def test_a_question_about_nothing_in_particular_is_asked_in_words_and_found_again(here: Yard) -> None:
    await somebody("van", "observer", here.at.commune, here.world.clock.now())
    lan = here.world.talk("lan")
    await lan.says("hoi y kien có nên gộp hai Tổ của một thôn không?")
    assert "Bác hỏi ai?" in lan.heard
    await lan.picks("minh")
    assert "Đã gửi" in lan.heard
    minh = here.world.talk("minh")
    await minh.says("menu")
    assert "Trả lời xã" in minh.choices
    await minh.says("câu hỏi của xã")
    assert "Câu 1: có nên gộp hai Tổ" in minh.heard
    await minh.picks("Trả lời câu 1")
    assert "Câu hỏi của xã Yên Mô:" in minh.heard
    await minh.says("Nên gộp")
    await here.sends()
    assert "Ý kiến: Nên gộp" in here.texts("chat-lan")[-1]
    await minh.says("câu hỏi của xã")
    assert "Chưa có câu nào chờ bác" in minh.heard


async def test_only_who_was_asked_answers_and_only_officials_ask(here: Yard) -> None:
    await somebody("van", "observer", here.at.commune, here.world.clock.now())
    await somebody("xa", "officer", here.at.other_commune, here.world.clock.now())
    minh, van = await number("minh", here), here.world.talk("van")
    lan = here.world.talk("lan")
    await lan.forges(pack(PickMentor(1, minh)))
    await lan.picks("Gửi câu này")
    await van.forges(pack(AnswerQuestion(1)))
    assert "không còn chờ bác" in van.heard
    for name in ("tu", "van", "xa", "stranger"):
        talk = here.world.talk(name)
        await talk.forges(pack(SendDifficulty(1, 1, minh)))
        assert "là của cán bộ xã" in talk.heard, name
    tu = here.world.talk("tu")
    await tu.says("hỏi ý kiến")
    assert "Việc hỏi ý kiến quan sát viên là của cán bộ xã." in tu.heard
    talk = here.world.talk("minh")
    await talk.forges(pack(AnswerQuestion(1)))
    who = await people.who(Account("fake", "id-minh"), here.world.clock.now())
    assert await people.end(who.grants[0].id, minh, here.world.clock.now())
    await talk.says("Ý kiến muộn")
    assert "không còn chờ bác" in talk.heard
    assert [row.answer for row in await MentorQuestion.all()] == [""]


async def test_of_a_mentor_who_has_left_nobody_else_gets_the_question(here: Yard) -> None:
    lan = await opened(here)
    await lan.picks("Hỏi quan sát viên")
    now = here.world.clock.now()
    who = await people.who(Account("fake", "id-minh"), now)
    assert await people.end(who.grants[0].id, who.person_id or 0, now)
    await lan.picks("Gửi câu này")
    assert "Xã chưa có quan sát viên nào để hỏi" in lan.heard
    await somebody("van", "observer", here.at.commune, now)
    await lan.forges(pack(SendDifficulty(1, 1, who.person_id or 0)))
    assert "Gửi van câu này được không?" in lan.heard
    assert await MentorQuestion.all().count() == 0


async def test_a_commune_without_a_mentor_has_no_button_for_one(here: Yard) -> None:
    who = await people.who(Account("fake", "id-minh"), here.world.clock.now())
    assert await people.end(who.grants[0].id, who.person_id or 0, here.world.clock.now())
    lan = await opened(here)
    assert "Hỏi quan sát viên" not in lan.choices
    assert "Trả lời" in lan.choices


async def test_when_the_reporter_is_erased_what_was_told_of_it_goes_from_the_question_too(here: Yard) -> None:
    lan = await opened(here)
    await lan.picks("Hỏi quan sát viên")
    await lan.picks("Gửi câu này")
    subject = Subject((), await number("tu", here))
    for one in personal_data.personal_tables():
        await one.erase(subject)
    assert (await difficulties.get(1)) is not None
    assert [(row.text, row.answer) for row in await MentorQuestion.all()] == [("", "")]
    minh = here.world.talk("minh")
    await minh.forges(pack(AnswerQuestion(1)))
    assert "không còn chờ bác" in minh.heard
