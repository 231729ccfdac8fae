"""A village whose group takes no bot: each job runs in its leader's private chat, who passes on what it hears."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.actions import pack
from bot.core.platform import Usage
from bot.features.calendar.periods import Cadence
from bot.features.calendar.vietnam import VIETNAM
from bot.features.checkins.actions import OpenDifficulty
from bot.features.checkins.rounds import Rounds
from bot.features.forwarding.actions import TakeWords
from bot.features.people import people
from bot.handlers.kit.base import Content
from bot.storage.tables.checkins import Figure
from bot.storage.tables.people import Person
from bot.storage.tables.places import Channel
from bot.storage.tables.tasks import Task
from bot.testing import FakePlatform, Participant
from tests.features.village import somebody

from .announcing_world import LAC_HIEN, Yard, yard

# What differs between the databases is tested below the conversations.
pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)

TAKE = "Lấy tin để chuyển vào nhóm"
BOT_TALK = ("nhấn giữ", "Chuyển tiếp", "tôi ", "bot", "bác chọn")


@pytest.fixture
async def here(db: BaseDBAsyncClient, platform: FakePlatform, shipped: Content) -> Yard:
    """Lạc Hiền has a group that takes no bot, a leader, a deputy and a member; Đông Cao a group with the bot."""
    made = await yard(db, platform, shipped)
    await Channel.filter(native_id=LAC_HIEN).delete()
    now = made.world.clock.now()
    await somebody("mai", "deputy", made.at.village, now)
    await somebody("hung", "member", made.at.village, now)
    await somebody("bay", "leader", made.at.other_village, now)
    for name in ("tu", "mai", "hung", "bay"):
        await made.world.talk(name).says("menu")
        made.world.platform.chats[f"chat-{name}"].clear()
    return made


def alone(one: Participant) -> str:
    """What came to be forwarded: the first message after the press, with no button and no word for the leader."""
    words, *rest = one.news
    assert not words.buttons
    assert len(rest) <= 1
    for talk in BOT_TALK:
        assert talk not in words.text.plain
    return words.text.plain


async def asks(here: Yard, day: int, hour: int, cadence: Cadence = "week") -> None:
    rounds = Rounds(here.features.outbox)
    await rounds.plan(here.at.commune, cadence, here.world.clock.now())
    here.world.clock.time = datetime(2026, 11, day, hour, tzinfo=VIETNAM).astimezone(UTC)
    await rounds.tick(here.world.clock.now())
    await here.sends()


async def test_the_question_of_a_round_comes_to_the_leader_who_may_pass_it_on(here: Yard) -> None:
    tu = here.world.talk("tu")
    await asks(here, 25, 8)
    (question,) = here.texts("chat-tu")
    assert "Kính gửi Tổ công nghệ số thôn Lạc Hiền: đã đến lúc báo cáo tuần 48/2026" in question
    assert "nhắc tên tôi" not in question
    assert here.texts("chat-mai") == here.texts("chat-hung") == here.texts("chat-bay") == []
    await tu.picks(TAKE)
    assert "Tổ công nghệ số thôn Lạc Hiền đang gom số liệu tuần 48/2026" in alone(tu)
    await tu.picks("Báo số liệu")
    assert "Lạc Hiền" in tu.heard


async def test_a_village_without_a_leader_is_asked_and_reminded_through_the_deputy(here: Yard) -> None:
    person = await Person.get(name="tu")
    await people.end_all(person.id, "leader", here.at.village, here.world.clock.now())
    await asks(here, 25, 8)
    assert len(here.texts("chat-mai")) == 1
    await asks(here, 26, 20)
    assert "Nhắc nhẹ Tổ công nghệ số thôn Lạc Hiền" in here.texts("chat-mai")[-1]
    assert here.texts("chat-tu") == []


async def test_figures_are_told_in_private_and_their_result_may_be_passed_on(here: Yard) -> None:
    tu = here.world.talk("tu")
    await tu.says("bc loa 5")
    await tu.picks("Đúng")
    assert (await Figure.get()).key_of("unit") == here.at.village
    assert "Đã ghi 1 số liệu" in tu.heard
    await tu.picks(TAKE)
    words = alone(tu)
    assert "Tổ công nghệ số thôn Lạc Hiền đã báo xã" in words
    assert "cảm ơn bà con" in words


async def test_what_the_commune_answers_comes_to_the_leader_also_when_a_member_asked(here: Yard) -> None:
    hung, tu, lan = here.world.talk("hung"), here.world.talk("tu"), here.world.talk("lan")
    await hung.says("khó khăn mất sóng ở cuối thôn")
    await here.sends()
    before = len(here.texts("chat-tu"))
    await lan.forges(pack(OpenDifficulty(1)))
    await lan.picks("Trả lời")
    await lan.says("Xã sẽ cử người xuống xem trạm sóng trong tuần.")
    await here.sends()
    assert "Xã trả lời khó khăn số 1" in here.texts("chat-hung")[-1]
    (answer,) = here.texts("chat-tu")[before:]
    assert "Xã trả lời khó khăn số 1 của thôn Lạc Hiền" in answer
    assert here.texts("chat-mai") == []
    await tu.picks(TAKE)
    assert "cử người xuống xem trạm sóng" in alone(tu)


async def test_a_leader_who_asked_hears_the_answer_once(here: Yard) -> None:
    tu, lan = here.world.talk("tu"), here.world.talk("lan")
    await tu.says("khó khăn mất sóng ở cuối thôn")
    await lan.forges(pack(OpenDifficulty(1)))
    await lan.picks("Trả lời")
    await lan.says("Xã sẽ cử người xuống xem trạm sóng trong tuần.")
    await here.sends()
    assert sum("Xã trả lời khó khăn" in text for text in here.texts("chat-tu")) == 1
    assert here.texts("chat-mai") == []
    await tu.picks(TAKE)
    assert "cử người xuống xem trạm sóng" in alone(tu)


async def test_a_task_open_to_all_is_told_to_each_and_its_news_may_be_passed_on(here: Yard) -> None:
    tu = here.world.talk("tu")
    for words in ("giao việc", "Dán áp phích", "thứ Sáu", "đủ 20 tờ"):
        await tu.says(words)
    await tu.picks("Ai nhận cũng được")
    assert (await Task.get()).state == "open"
    await tu.picks(TAKE)
    words = alone(tu)
    assert "Dán áp phích" in words
    assert "thôn Lạc Hiền" in words
    await here.sends()
    assert "Có việc chờ người nhận" in here.texts("chat-hung")[-1]
    assert TAKE not in here.world.talk("hung").choices


async def test_an_invitation_to_the_village_stands_alone_to_be_forwarded(here: Yard) -> None:
    tu = here.world.talk("tu")
    await tu.says("họp thôn")
    for words in ("bàn việc làm đường", "19 giờ 30 tối mai", "nhà văn hóa thôn", "bỏ qua"):
        await tu.says(words)
    await tu.picks("Đúng, mời họp")
    invitation, note = tu.news
    assert invitation.text.plain.startswith("Kính gửi bà con thôn Lạc Hiền")
    assert not invitation.buttons
    assert "Chuyển tiếp" in note.text.plain


async def test_a_quiz_for_the_group_is_taken_in_private_and_its_answers_later(here: Yard) -> None:
    tu = here.world.talk("tu")
    await tu.says("đố vui")
    assert "thôn Lạc Hiền" in tu.heard
    await tu.picks("Lấy đố vui để chuyển vào nhóm")
    words = alone(tu)
    assert "Đố vui cùng Tổ công nghệ số thôn Lạc Hiền" in words
    assert words.count("A. ") == words.count("B. ") == 3
    await tu.picks("Lấy đáp án để chuyển vào nhóm")
    answers = alone(tu)
    assert "Đáp án đố vui" in answers
    assert answers.count("đúng là") == 3


async def test_the_daily_question_may_be_passed_on_once_it_was_answered(here: Yard) -> None:
    tu, hung = here.world.talk("tu"), here.world.talk("hung")
    for person in (tu, hung):
        await person.says("câu hỏi mỗi ngày")
        await person.picks("7 giờ sáng")
        await person.picks(person.choices[0])
    assert TAKE not in hung.choices
    await tu.picks(TAKE)
    assert "Đố vui cùng Tổ công nghệ số thôn Lạc Hiền" in alone(tu)


async def test_nobody_takes_the_words_of_another_village_or_of_nothing(here: Yard) -> None:
    tu, bay, hung = here.world.talk("tu"), here.world.talk("bay"), here.world.talk("hung")
    await tu.says("khó khăn mất sóng ở cuối thôn")
    lan = here.world.talk("lan")
    await lan.forges(pack(OpenDifficulty(1)))
    await lan.picks("Trả lời")
    await lan.says("Xã sẽ xem.")
    await tu.says("bc loa 5")
    await tu.picks("Đúng")
    await tu.forges(pack(TakeWords("difficulty", "1")))
    assert "mất sóng" in tu.heard
    await tu.forges(pack(TakeWords("figures", "1")))
    assert "đã báo xã" in tu.heard
    for kind, key in (
        ("difficulty", "1"),
        ("difficulty", "99"),
        ("difficulty", "²"),
        ("difficulty", "9" * 40),
        ("round", "1.1"),
        ("round", ""),
        ("figures", "1"),
        ("figures", "x"),
        ("task", "0"),
        ("quiz", "1.2.3"),
        ("quiz", f"{here.at.village}"),
        ("nothing", "1"),
    ):
        for stranger in (bay, hung, here.world.talk("dan")):
            await stranger.forges(pack(TakeWords(kind, key)))
            assert "mất sóng" not in stranger.heard
            assert "không còn để chuyển" in stranger.heard


async def test_where_a_group_has_the_bot_the_leader_is_offered_nothing(here: Yard) -> None:
    await asks(here, 25, 8)
    assert here.texts("chat-bay") == []
    bay = here.world.talk("bay")
    await bay.says("bc loa 5")
    await bay.picks("Đúng")
    assert TAKE not in bay.choices


async def test_on_a_plan_that_counts_messages_the_words_come_without_a_hint(
    db: BaseDBAsyncClient, platform: FakePlatform, shipped: Content
) -> None:
    here = await yard(db, platform, shipped)
    await Channel.filter(native_id=LAC_HIEN).delete()
    platform.used = Usage(sent=100, sent_limit=3000)
    tu = here.world.talk("tu")
    await tu.says("bc loa 5")
    await tu.picks("Đúng")
    await tu.picks(TAKE)
    assert len(tu.news) == 1
