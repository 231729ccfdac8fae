"""One question with three taps after somebody was helped or has read a guide; counted, and never twice in a week."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.actions import pack
from bot.core.sessions import Key
from bot.features.quality.asking import too_soon_elsewhere
from bot.features.quality.tables import OpinionTally
from bot.handlers.kit.base import Content
from bot.handlers.quality.opinions import Opine
from bot.storage.core_tables.conversation import SessionRow
from bot.storage.tables.people import Account, Person
from bot.testing import FakePlatform, Participant

from .help_world import Neighbours, neighbours
from .two_messengers_world import CHAT, POOR, two_messengers

# What differs between the databases is tested below the conversations.
pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)

MOODS = ["Tốt", "Tạm được", "Chưa được"]
NOW = datetime(2026, 11, 2, 3, tzinfo=UTC)
GUIDE = "Tham gia nhóm Zalo của thôn"


@pytest.fixture
async def village(db: BaseDBAsyncClient, platform: FakePlatform, shipped: Content) -> Neighbours:
    return await neighbours(db, platform, shipped)


async def kept() -> dict[tuple[str, str, str, str], int]:
    return {(one.unit, one.month, one.about, one.mood): one.count for one in await OpinionTally.all()}


async def helped(village: Neighbours, name: str = "sau") -> Participant:
    """Somebody was stuck, was answered by the first who was asked, and says that it is done."""
    talk = await village.stuck(name)
    ba = village.of("ba")
    await ba.picks("Tôi giúp")
    await ba.says("Bác viết hoa chữ đầu nhé")
    await village.sends()
    await talk.picks("Xong rồi")
    return talk


async def reads(talk: Participant, title: str = GUIDE) -> None:
    """A guide to its end, the short way: without its questions."""
    await talk.says(f"tim {title}")
    await talk.picks(title)
    for _ in range(12):
        if "Xong" in talk.choices:
            break
        await talk.picks(talk.choices[0])
    await talk.picks("Xong")


async def test_who_was_helped_is_asked_once_and_only_counted(village: Neighbours) -> None:
    sau = await helped(village)
    assert "Tốt quá!" in sau.heard
    assert "Bác thấy lần giúp này thế nào? Tôi chỉ đếm, không ghi tên bác." in sau.heard
    assert sau.choices[:3] == MOODS
    assert not await kept()
    await sau.picks("Tốt")
    assert "Cảm ơn bác. Tôi đã ghi: Tốt." in sau.heard
    assert await kept() == {("lac-hien", "2026-11", "help", "good"): 1}
    assert not {"person", "platform", "account", "asker"} & set(OpinionTally._meta.fields)


async def test_the_answer_stands_nowhere_in_the_conversation(village: Neighbours) -> None:
    sau = await helped(village)
    await sau.says("chưa được")
    assert "Cảm ơn bác đã nói thật" in sau.heard
    assert "Hỏi người trong thôn" in sau.choices
    await sau.says("/menu")
    row = await SessionRow.get(chat_id="chat-sau")
    assert "ykien" in row.state
    assert "poor" not in row.state
    await sau.says("dữ liệu của tôi")
    assert "Hỏi bác thấy thế nào lần cuối: 24/11/2026" in sau.heard


async def test_a_second_press_or_a_forged_one_counts_nothing(village: Neighbours) -> None:
    sau = await helped(village)
    for forged in (Opine("good", "2026-11-01"), Opine("great", "2026-11-24")):
        await sau.forges(pack(forged))
    assert not await kept()
    await sau.forges(pack(Opine("fair", "2026-11-24")))
    await sau.forges(pack(Opine("good", "2026-11-24")))
    assert "Câu này tôi đã ghi rồi, hoặc đã qua rồi" in sau.heard
    assert await kept() == {("lac-hien", "2026-11", "help", "fair"): 1}
    bay = village.of("bay")
    await bay.says("/start xa_lac-hien")
    await bay.forges(pack(Opine("poor", "2026-11-24")))
    assert len(await kept()) == 1, "nobody asked him"


async def test_nobody_is_asked_twice_in_a_week(village: Neighbours) -> None:
    """Whether they answered or not; the mechanism is the day in the session."""
    sau = await helped(village)
    await reads(sau)
    assert "Bác đã xem xong bài" in sau.heard
    assert "thế nào?" not in sau.heard
    village.world.clock.passes(days=6)
    await reads(sau)
    assert "thế nào?" not in sau.heard
    village.world.clock.passes(days=1)
    await reads(sau)
    assert "Bác thấy bài này thế nào?" in sau.heard
    await sau.picks("Tạm được")
    assert await kept() == {("lac-hien", "2026-12", "guide", "fair"): 1}


async def test_who_reads_a_guide_to_the_end_is_asked_about_it(village: Neighbours) -> None:
    sau = village.of("sau")
    await sau.says("/start xa_lac-hien")
    await reads(sau)
    assert "Bác thấy bài này thế nào?" in sau.heard
    assert sau.choices[:3] == MOODS
    await sau.picks("Chưa được")
    assert await kept() == {("lac-hien", "2026-11", "guide", "poor"): 1}


async def test_the_result_of_a_quiz_is_enough_for_one_message(village: Neighbours) -> None:
    sau = village.of("sau")
    await sau.says("/start xa_lac-hien")
    await sau.says("/start g_phong-lua-dao-gia-danh")
    for _ in range(30):
        if "Bác đã xem xong bài" in sau.heard:
            break
        await sau.picks(next((one for one in sau.choices if one in ("Tiếp", "Xem kết quả")), sau.choices[0]))
    assert "Câu đố: bác đúng" in sau.heard
    assert "thế nào?" not in sau.heard


async def test_who_managed_alone_is_not_asked(village: Neighbours) -> None:
    sau = await village.stuck()
    await sau.says("thôi, tôi làm được rồi")
    assert "Tốt quá!" in sau.heard
    assert "thế nào?" not in sau.heard


async def test_who_has_a_role_does_not_judge_the_own_team(village: Neighbours) -> None:
    hoa = village.of("hoa")
    await hoa.says("/start xa_lac-hien")
    await reads(hoa)
    assert "Bác đã xem xong bài" in hoa.heard
    assert "thế nào?" not in hoa.heard


@pytest.mark.parametrize(
    ("said", "mood"),
    [
        ("Tốt lắm", "good"),
        ("rat tot a", "good"),
        ("cũng được", "fair"),
        ("Chưa tốt lắm", "poor"),
        ("ko hai long", "poor"),
    ],
)
async def test_the_answer_in_ones_own_words(village: Neighbours, said: str, mood: str) -> None:
    sau = await helped(village)
    await sau.says(said)
    assert await kept() == {("lac-hien", "2026-11", "help", mood): 1}


async def test_other_words_are_what_the_person_wants_now(village: Neighbours) -> None:
    sau = await helped(village)
    await sau.says("menu")
    assert "Hướng dẫn" in sau.choices
    await sau.says("tốt")
    assert not await kept(), "the question is no longer the last one"


async def test_after_a_restart_the_answer_still_counts(village: Neighbours) -> None:
    sau = await helped(village)
    await village.world.restarts()
    await sau.picks("Tốt")
    assert await kept() == {("lac-hien", "2026-11", "help", "good"): 1}


async def test_one_person_on_two_messengers_is_asked_once(db: BaseDBAsyncClient, shipped: Content) -> None:
    here = await two_messengers(db, shipped)
    talk, other = here.talk(CHAT, "Hoa"), here.talk(POOR, "Hoa")
    await talk.says("/lienket")
    await talk.picks("Đồng ý")
    found = re.search(r"/lienket ([A-Z0-9-]+)", talk.heard)
    assert found is not None
    await other.says(f"/lienket {found[1]}")
    await reads(talk)
    assert "Bác thấy bài này thế nào?" in talk.heard
    await reads(other, "Điện thoại thông minh cho người mới: cỡ chữ, mạng, pin")
    assert "Bác đã xem xong bài" in other.heard
    assert "thế nào?" not in other.heard


async def test_what_cannot_be_read_of_another_messenger_keeps_nobody_from_being_asked(village: Neighbours) -> None:
    person = await Person.create(created_at=NOW)
    await Account.create(platform="telegram", native_id="7", chat_id="7", person=person, last_seen=NOW)
    await SessionRow.create(
        platform="telegram", chat_id="7", version=1, done_seq=0, out_seq=0, sent_seq=0, state="{}", updated_at=NOW
    )
    assert not await too_soon_elsewhere(person.id, Key("zalo", "9"), NOW)
