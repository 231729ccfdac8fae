"""Difficulties as a whole: told twice and answered once, directed from above, late, and aged at the month's end."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.actions import pack
from bot.features.calendar.vietnam import VIETNAM
from bot.features.checkins.actions import (
    AnswerDifficulty,
    AskGrade,
    DirectDifficulty,
    GradeDifficulty,
    MergeDifficulty,
    OpenDifficulty,
)
from bot.features.difficulties import difficulties
from bot.features.difficulties.difficulty_schedule import DifficultySchedule
from bot.features.difficulties.tables import Difficulty, DifficultyGrade
from bot.features.notices.mail import Mail
from bot.features.people import people
from bot.handlers.kit.base import Content
from bot.storage.tables.audit import AuditRow
from bot.storage.tables.people import Person
from bot.testing import FakePlatform
from tests.features.village import somebody

from .announcing_world import DONG_CAO, LAC_HIEN, Yard, yard

# What differs between the databases is tested below the conversations.
pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


@pytest.fixture
async def here(db: BaseDBAsyncClient, platform: FakePlatform, shipped: Content) -> Yard:
    """Two villages tell that there is no signal; Son is of the steering committee for Lạc Hiền."""
    made = await yard(db, platform, shipped)
    now = made.world.clock.now()
    await somebody("ba", "leader", made.at.other_village, now)
    await somebody("son", "steering", made.at.village, now)
    for name, words in (("tu", "mất sóng ở cuối thôn"), ("ba", "không có sóng ở xóm mới")):
        await made.world.talk(name).says(f"khó khăn {words}")
    await made.sends()
    return made


async def rows() -> list[Difficulty]:
    return await Difficulty.all().order_by("id")


async def strikes(here: Yard, month: int, day: int, hour: int = 8) -> None:
    """The worker's clock, twice."""
    here.world.clock.time = datetime(2026, month, day, hour, 15, tzinfo=VIETNAM).astimezone(UTC)
    for _ in range(2):
        await DifficultySchedule(Mail(here.features.outbox)).tick(here.world.clock.now())
    await here.sends()


async def test_two_villages_tell_the_same_and_one_answer_goes_to_both(here: Yard) -> None:
    first, second = await rows()
    lan = here.world.talk("lan")
    await lan.forges(pack(MergeDifficulty(second.id, second.version, 0)))
    assert "sẽ gửi cho cả hai nơi" in lan.heard
    await lan.picks("1. Lạc Hiền: mất sóng ở cuối thôn")
    assert "Đã gộp khó khăn số 2 vào số 1" in lan.heard
    assert await AuditRow.filter(act="difficulty_merged").count() == 1
    await lan.says("khó khăn")
    assert "chờ xử lý: 1" in lan.heard
    await lan.picks("Mở số 1")
    assert "Cùng nội dung: 2." in lan.heard
    await lan.picks("Trả lời")
    await lan.says("Tháng sau có trạm mới. " * 50)
    assert "viết gọn trong 1.000 chữ cái" in lan.heard, "nothing of an answer is cut off"
    await lan.says("Tháng sau có trạm mới")
    await here.sends()
    for chat, number in (("chat-tu", 1), ("chat-ba", 2), (LAC_HIEN, 1), (DONG_CAO, 2)):
        assert f"Xã trả lời khó khăn số {number}" in here.texts(chat)[-1]
        assert "Tháng sau có trạm mới" in here.texts(chat)[-1]
    assert [row.state for row in await rows()] == ["answered", "answered"]
    ba = here.world.talk("ba")
    await ba.picks("Chưa xong")
    assert [(row.state, row.same_as) for row in await rows()] == [("answered", 0), ("working", 0)]
    assert first.id == 1


async def test_none_is_merged_into_itself_or_what_is_merged_or_answered(here: Yard) -> None:
    first, second = [await difficulties.get(row.id) for row in await rows()]
    assert first is not None
    assert second is not None
    now = here.world.clock.now()
    assert not await difficulties.merge(first, first, now)
    assert await difficulties.merge(second, first, now)
    assert not await difficulties.merge(second, first, now), "as it was shown before"
    lan = here.world.talk("lan")
    row = (await rows())[0]
    await lan.forges(pack(MergeDifficulty(row.id, row.version, 2)))
    assert "Không còn khó khăn nào khác" in lan.heard
    await lan.forges(pack(AnswerDifficulty(row.id, row.version, "solved")))
    await lan.says("Xong rồi")
    row = (await rows())[0]
    await lan.forges(pack(MergeDifficulty(row.id, row.version, 2)))
    assert "Đã có người cập nhật trước" in lan.heard


async def test_what_was_merged_before_follows(here: Yard) -> None:
    await here.world.talk("tu").says("khó khăn mạng yếu ở nhà văn hóa")
    now = here.world.clock.now()

    async def fresh(number: int) -> difficulties.Difficulty:
        one = await difficulties.get(number)
        assert one is not None
        return one

    assert await difficulties.merge(await fresh(1), await fresh(2), now)
    assert await difficulties.merge(await fresh(2), await fresh(3), now)
    assert [row.same_as for row in await rows()] == [3, 3, 0]
    assert [one.id for one in await difficulties.same(3)] == [1, 2]


@pytest.mark.parametrize(("name", "role"), [("nam", "chair"), ("son", "steering")])
async def test_a_directive_goes_to_the_village_and_to_who_works_on_it(here: Yard, name: str, role: str) -> None:
    talk = here.world.talk(name)
    await talk.says("khó khăn")
    await talk.picks("Mở số 1")
    assert ("[Trả lời]" in talk.heard or "Trả lời\n" in talk.heard) == (role == "chair")
    await talk.picks("Ý kiến chỉ đạo")
    await talk.restarts()
    await talk.says("Làm việc với nhà mạng trong tuần này")
    assert "Đã gửi ý kiến" in talk.heard
    await here.sends()
    for chat in ("chat-tu", LAC_HIEN):
        assert "Ý kiến chỉ đạo về khó khăn số 1" in here.texts(chat)[-1]
    assert "Ý kiến chỉ đạo: Làm việc với nhà mạng trong tuần này" in here.texts("chat-lan")[-1]
    assert [row.state for row in await rows()] == ["new", "new"]


async def test_a_member_of_the_committee_sees_their_own_village_alone(here: Yard) -> None:
    son = here.world.talk("son")
    await son.says("khó khăn")
    assert "mất sóng ở cuối thôn" in son.heard
    assert "xóm mới" not in son.heard
    other = (await rows())[1]
    await son.forges(pack(DirectDifficulty(other.id, other.version)))
    assert "là của cán bộ xã" in son.heard
    lan = here.world.talk("lan")
    await lan.forges(pack(DirectDifficulty(1, 1)))
    assert "là của cán bộ xã" in lan.heard


async def test_what_is_late_is_told_the_owner_and_then_the_chair_once_a_day(here: Yard) -> None:
    """Raised on Tuesday the 24th of November, so due on Tuesday the 1st of December."""
    before = (len(here.texts("chat-lan")), len(here.texts("chat-nam")))
    await strikes(here, 11, 30)
    assert (len(here.texts("chat-lan")), len(here.texts("chat-nam"))) == before
    await strikes(here, 12, 2)
    told = [text for text in here.texts("chat-lan") if "đã quá hạn trả lời" in text]
    assert len(told) == 1
    assert "Số 1, thôn Lạc Hiền, 8 ngày, hạn 01/12/2026: mất sóng ở cuối thôn" in told[0]
    assert not [text for text in here.texts("chat-nam") if "quá hạn trả lời" in text]
    await strikes(here, 12, 4, hour=15)
    assert len([text for text in here.texts("chat-lan") if "đã quá hạn trả lời" in text]) == 1, "in the morning only"
    await strikes(here, 12, 4)
    assert len([text for text in here.texts("chat-lan") if "đã quá hạn trả lời" in text]) == 2
    assert len([text for text in here.texts("chat-nam") if "2 khó khăn của thôn quá hạn" in text]) == 1


async def test_its_owner_is_an_official_whom_a_message_reaches(here: Yard) -> None:
    """Somebody may hold the role by the workbook and never have written. Red without the look at who is reachable."""
    now, (lan,) = here.world.clock.now(), await people.holders("officer", here.at.commune, here.world.clock.now())
    await people.end(lan.grant_id, lan.person_id, now)
    silent = await Person.create(name="Vân", created_at=now)
    await people.grant(silent.id, "officer", here.at.commune, now)
    await people.grant(lan.person_id, "officer", here.at.commune, now)
    await here.world.talk("tu").says("khó khăn cầu yếu")
    assert [row.owner_id for row in await Difficulty.filter(text="cầu yếu")] == [lan.person_id]  # type: ignore[attr-defined]


async def test_what_is_late_with_an_owner_who_cannot_be_told_is_told_every_official(here: Yard) -> None:
    silent = await Person.create(name="Vân", created_at=here.world.clock.now())
    await people.grant(silent.id, "officer", here.at.commune, here.world.clock.now())
    await Difficulty.all().update(owner_id=silent.id)
    await strikes(here, 12, 2)
    assert len([text for text in here.texts("chat-lan") if "đã quá hạn trả lời" in text]) == 1


async def test_once_a_month_what_has_aged_is_listed(here: Yard) -> None:
    await strikes(here, 12, 1)
    await strikes(here, 12, 2)
    for chat in ("chat-lan", "chat-nam"):
        (told,) = [text for text in here.texts(chat) if "tồn đọng của xã Yên Mô, tháng 12/2026" in text]
        assert "2 việc chờ; trên 30 ngày: 0, 7–30 ngày: 2, mới: 0" in told


async def test_a_group_is_not_shown_what_the_villages_complain_of(here: Yard) -> None:
    """Mechanism: the list is for private talks, and in a group only roles of its commune count."""
    await somebody("mai", "officer", here.at.other_commune, here.world.clock.now())
    await somebody("xuan", "leader", here.at.far_village, here.world.clock.now())
    for name in ("lan", "mai"):
        talk = here.world.talk(name, chat=LAC_HIEN, kind="group")
        await talk.says("khó khăn")
        assert talk.heard, name
        assert "sóng" not in talk.heard, name
    stranger = here.world.talk("xuan", chat=LAC_HIEN, kind="group")
    await stranger.says("khó khăn cầu hỏng")
    assert "Bác nói với Tổ công nghệ số của thôn" in stranger.heard
    assert [row.text for row in await rows()] == ["mất sóng ở cuối thôn", "không có sóng ở xóm mới"]


async def test_in_one_tap_it_is_urgent_and_its_owner_hears_at_once_even_at_night(here: Yard) -> None:
    here.world.clock.time = datetime(2026, 11, 24, 22, 0, tzinfo=VIETNAM).astimezone(UTC)
    before = len(here.texts("chat-lan"))
    tu = here.world.talk("tu")
    await tu.says("khó khăn trạm sóng cháy")
    assert "Việc này gấp đến đâu?" in tu.heard
    await here.sends()
    assert len(here.texts("chat-lan")) == before, "at night a difficulty waits for the morning"
    await tu.restarts()
    await tu.picks("Cần ngay")
    assert "Khó khăn số 3 ghi là “cần ngay”, hạn trả lời 25/11/2026. Tôi đã báo ngay người phụ trách." in tu.heard
    await here.sends()
    (told,) = here.texts("chat-lan")[before:]
    assert told.startswith("⚠️ Khó khăn cần ngay")
    assert "Khó khăn số 3 (mới, cần ngay), thôn Lạc Hiền" in told
    await tu.picks("Cần ngay")
    assert tu.heard.startswith("Khó khăn số 3 ghi là “cần ngay”")
    await here.sends()
    assert len(here.texts("chat-lan")) == before + 1
    assert await AuditRow.filter(act="difficulty_graded").count() == 1
    lan = here.world.talk("lan")
    await lan.picks("Nhận xử lý")
    assert "Đã ghi nhận bác xử lý khó khăn số 3" in lan.heard
    await lan.says("khó khăn")
    shown = [line for line in lan.heard.splitlines() if line.startswith("• Số")]
    assert shown[0] == "• Số 3, thôn Lạc Hiền, 0 ngày, cần ngay, hạn 25/11: trạm sóng cháy"
    assert [line[:6] for line in shown] == ["• Số 3", "• Số 1", "• Số 2"]


async def test_who_takes_it_answers_from_the_same_card(here: Yard) -> None:
    """“Trả lời” after “Nhận xử lý” was refused as “somebody else was first”, and the answer became a search."""
    lan, nam = here.world.talk("lan"), here.world.talk("nam")
    await lan.forges(pack(OpenDifficulty(1)))
    one = await Difficulty.get(id=1)
    await lan.picks("Nhận xử lý")
    assert "Đã ghi nhận bác xử lý khó khăn số 1." in lan.heard
    assert "Trả lời" in lan.choices
    old = pack(AnswerDifficulty(1, one.version, "solved"))
    await nam.forges(old)
    assert "Đã có người cập nhật trước" in nam.heard
    await lan.forges(old)
    await lan.says("Nhà mạng đến kiểm tra trạm thứ Tư.")
    assert "Đã ghi câu trả lời, đang gửi về thôn." in lan.heard
    await here.sends()
    assert "Nhà mạng đến kiểm tra trạm thứ Tư." in here.texts(LAC_HIEN)[-1]


@pytest.mark.parametrize(
    ("words", "grade", "due"),
    [
        ("gap lam", "cần ngay", "25/11/2026"),
        ("Không gấp đâu", "không gấp", "08/12/2026"),
        ("binh thuong", "bình thường", "01/12/2026"),
    ],
)
async def test_in_words_too(here: Yard, words: str, grade: str, due: str) -> None:
    tu = here.world.talk("tu")
    await tu.says("khó khăn trạm sóng cháy")
    await tu.says(words)
    assert f"Khó khăn số 3 ghi là “{grade}”, hạn trả lời {due}" in tu.heard


async def test_what_says_how_urgent_it_is_is_not_asked_about(here: Yard) -> None:
    tu = here.world.talk("tu")
    await tu.says("kho khan gap: tram song chay")
    assert "Việc này gấp đến đâu?" not in tu.heard
    assert "Khó khăn số 3 ghi là “cần ngay”" in tu.heard
    await here.sends()
    assert here.texts("chat-lan")[-1].startswith("⚠️ Khó khăn cần ngay")
    assert "“tram song chay”" in here.texts("chat-lan")[-1]


async def test_of_several_in_a_report_the_urgent_one_is_chosen(here: Yard) -> None:
    tu = here.world.talk("tu")
    await tu.says(
        "bc vneid +2\nkhó khăn: trạm sóng cháy\nkhó khăn không gấp: xin thêm loa\nkhó khăn: cụ Tư quên mật khẩu"
    )
    await tu.says("đúng")
    assert "Khó khăn số 4 ghi là “không gấp”" in tu.heard
    assert "Có việc nào cần ngay thì bác chọn việc ấy." in tu.heard
    await tu.picks("Cần ngay: trạm sóng cháy")
    assert "Khó khăn số 3 ghi là “cần ngay”" in tu.heard


async def test_the_official_changes_how_urgent_it_is_and_the_village_hears(here: Yard) -> None:
    lan, tu = here.world.talk("lan"), here.world.talk("tu")
    await lan.says("khó khăn")
    await lan.picks("Mở số 1")
    await lan.picks("Đổi mức gấp")
    assert "Khó khăn số 1 ghi là “bình thường”, hạn trả lời 01/12/2026." in lan.heard
    await lan.picks("Không gấp")
    assert "Khó khăn số 1 ghi là “không gấp”, hạn trả lời 08/12/2026." in lan.heard
    await here.sends()
    assert "Xã xem lại mức gấp." in here.texts("chat-tu")[-1]
    assert "“mất sóng ở cuối thôn”" in here.texts("chat-tu")[-1]
    await tu.forges(pack(GradeDifficulty(1, "normal", "urgent")))
    assert "Mức này vừa có người đổi." in tu.heard
    await tu.picks("Cần ngay")
    assert "“cần ngay”, hạn trả lời 25/11/2026" in tu.heard


async def test_nobody_else_says_how_urgent_it_is_nor_of_what_is_answered(here: Yard) -> None:
    for name in ("ba", "son", "stranger"):
        talk = here.world.talk(name)
        await talk.forges(pack(GradeDifficulty(1, "normal", "urgent")))
        assert "là của cán bộ xã" in talk.heard, name
        await talk.forges(pack(AskGrade(1)))
        assert "là của cán bộ xã" in talk.heard, name
    lan = here.world.talk("lan")
    await lan.forges(pack(AnswerDifficulty(1, 1, "solved")))
    await lan.says("Đã sửa trạm")
    tu = here.world.talk("tu")
    await tu.forges(pack(GradeDifficulty(1, "normal", "urgent")))
    assert "Đã có người cập nhật trước" in tu.heard
    await lan.forges(pack(AskGrade(1)))
    assert "Đã có người cập nhật trước" in lan.heard
    await lan.forges(pack(GradeDifficulty(2, "normal", "x")))
    assert "Bác đổi thành:" in lan.heard
    assert await DifficultyGrade.all().count() == 0


async def test_what_is_merged_into_another_takes_its_hurry_along(here: Yard) -> None:
    await here.world.talk("ba").forges(pack(GradeDifficulty(2, "normal", "urgent")))
    lan = here.world.talk("lan")
    await lan.forges(pack(MergeDifficulty(2, 1, 1)))
    one = await difficulties.get(1)
    assert one is not None
    assert (one.grade, one.due_on) == ("urgent", date(2026, 11, 25))
