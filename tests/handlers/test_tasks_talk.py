"""A task from the leader's words to its result: given, taken, refused, handed over, volunteered for, overdue."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.actions import pack
from bot.features.calendar.vietnam import VIETNAM
from bot.features.notices.mail import Mail
from bot.features.people import people
from bot.features.people.accounts import Account
from bot.features.tasks.actions import DropTask, FinishTask, GiveTo, NameSource, TakeTask
from bot.features.tasks.notices import TaskNotices
from bot.features.tasks.scheduled_work import TaskSchedule
from bot.handlers.kit.base import Content
from bot.storage.tables.audit import AuditRow
from bot.storage.tables.tasks import Task, TaskSource
from bot.testing import FakePlatform, Participant
from tests.features.village import somebody

from .announcing_world import LAC_HIEN, Yard, yard

# What differs between the databases is tested below the conversations.
pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


@pytest.fixture
async def here(db: BaseDBAsyncClient, platform: FakePlatform, shipped: Content) -> Yard:
    """Tu leads Lạc Hiền, with Hoa and Ba as members; it is Tuesday, the 24th, 15:00."""
    made = await yard(db, platform, shipped)
    for name in ("hoa", "ba"):
        await somebody(name, "member", made.at.village, made.world.clock.now())
    return made


async def written(here: Yard, day: str = "thứ Sáu", title: str = "Dán áp phích") -> Participant:
    """The leader has said what is to be done and is asked by whom."""
    tu = here.world.talk("tu")
    await tu.says("giao việc")
    await tu.says(title)
    await tu.says(day)
    await tu.says("đủ 20 tờ")
    return tu


async def given(here: Yard, to: str = "hoa") -> Participant:
    """Hoa, with a task in her chat."""
    tu = await written(here)
    await tu.picks(f"{to} (0)")
    await here.sends()
    return here.world.talk(to)


async def task() -> Task:
    return await Task.get()


def clock(here: Yard) -> TaskSchedule:
    return TaskSchedule(TaskNotices(Mail(here.features.outbox)))


async def leaves(here: Yard, name: str) -> None:
    """Somebody's role ends."""
    now = here.world.clock.now()
    who = await people.who(Account("fake", f"id-{name}"), now)
    assert await people.end(who.grants[0].id, who.person_id or 0, now)


async def evening(here: Yard, day: int) -> None:
    """The worker's clock strikes in the evening of that day of November."""
    here.world.clock.time = datetime(2026, 11, day, 19, 0, tzinfo=VIETNAM).astimezone(UTC)
    await clock(here).tick(here.world.clock.now())
    await clock(here).tick(here.world.clock.now())
    await here.sends()


async def test_a_task_is_given_taken_and_done(here: Yard) -> None:
    tu = await written(here)
    assert "thứ Sáu, 27/11/2026" in tu.heard
    assert "Xong khi: đủ 20 tờ" in tu.heard
    assert "hoa (0)" in tu.choices
    await tu.picks("hoa (0)")
    assert "Đã giao “Dán áp phích” cho hoa" in tu.heard
    await here.sends()
    hoa = here.world.talk("hoa")
    assert "Bác được giao một việc" in here.texts("chat-hoa")[-1]
    await hoa.picks("Nhận")
    assert "đã nhận việc này" in hoa.heard
    await hoa.picks("Xong")
    await hoa.restarts()
    await hoa.says("22 tờ, ở nhà văn hóa")
    assert "là xong" in hoa.heard
    await here.sends()
    assert "hoa đã nhận việc" in here.texts("chat-tu")[-2]
    assert "22 tờ, ở nhà văn hóa" in here.texts("chat-tu")[-1]
    assert ((await task()).state, (await task()).note) == ("done", "22 tờ, ở nhà văn hóa")
    assert await AuditRow.filter(act="task_given").count() == 1


async def test_of_two_tasks_that_come_at_once_each_can_be_taken(here: Yard) -> None:
    """Without buttons too: a number that is on both would take the second one, whichever is meant."""
    for title, doer in (("Dán áp phích", "hoa (0)"), ("Quét đường", "hoa (1)")):
        tu = await written(here, title=title)
        await tu.picks(doer)
    await here.sends()
    hoa = here.world.talk("hoa")
    for shown, title in zip(hoa.shown[-2:], ("Dán áp phích", "Quét đường"), strict=True):
        assert title in shown.message.text.plain
        if shown.message.buttons:
            await hoa.presses(shown.message.buttons[0], shown.id)
        else:
            await hoa.says(shown.message.text.plain.split(". Nhận")[0][-1])
        assert "đã nhận việc này" in hoa.heard
        assert title in hoa.heard


async def test_in_one_message_with_its_day(here: Yard) -> None:
    tu = here.world.talk("tu")
    await tu.says("giao việc dán áp phích ở chợ, hạn 28/11")
    assert "Làm sao biết là xong" in tu.heard
    await tu.says("bỏ qua")
    await tu.picks("Ai nhận cũng được")
    assert ((await task()).title, (await task()).due_on) == ("dán áp phích ở chợ", date(2026, 11, 28))


async def test_what_cannot_be_done_goes_back_with_its_reason_and_to_somebody_else(here: Yard) -> None:
    hoa = await given(here)
    await hoa.picks("Chưa làm được")
    await hoa.says("tôi đi viện")
    assert "báo lại người giao" in hoa.heard
    await here.sends()
    tu = here.world.talk("tu")
    assert "tôi đi viện" in here.texts("chat-tu")[-1]
    await tu.picks("Giao cho người khác")
    assert "ba (0)" in tu.choices
    await tu.picks("ba (0)")
    await here.sends()
    assert "Dán áp phích" in here.texts("chat-ba")[-1]
    assert (await task()).state == "given"


async def test_a_task_is_handed_over_to_a_colleague_who_has_to_take_it(here: Yard) -> None:
    hoa = await given(here)
    await hoa.picks("Chuyển cho người khác")
    assert not any("hoa" in label for label in hoa.choices)
    await hoa.picks("ba (0)")
    assert "cho ba" in hoa.heard
    await here.sends()
    await here.world.talk("ba").picks("Nhận")
    assert (await task()).state == "taken"
    await hoa.forges(pack(FinishTask((await task()).id, (await task()).version)))
    assert "không phải của bác" in hoa.heard


async def test_of_two_volunteers_the_first_one_has_it(here: Yard) -> None:
    tu = await written(here)
    await tu.picks("Ai nhận cũng được")
    await here.sends()
    hoa, ba = here.world.talk("hoa"), here.world.talk("ba")
    await ba.picks("Nhận việc")
    assert "ba đã nhận việc này" in ba.heard
    await hoa.picks("Nhận việc")
    assert "vừa thay đổi" in hoa.heard
    assert "Người làm: ba" in hoa.heard
    assert (await Task.get().select_related("doer")).doer.name == "ba"  # type: ignore[union-attr]


async def test_a_pressed_button_of_before_changes_nothing(here: Yard) -> None:
    hoa = await given(here)
    old = await task()
    await hoa.picks("Nhận")
    await hoa.forges(pack(TakeTask(old.id, old.version)))
    assert "vừa thay đổi" in hoa.heard
    tu = here.world.talk("tu")
    await tu.forges(pack(DropTask(old.id, old.version)))
    assert "vừa thay đổi" in tu.heard
    assert (await task()).state == "taken"


@pytest.mark.parametrize(
    ("day", "answer"),
    [
        ("1/11", "đã qua rồi"),
        ("30/2", "chưa rõ ngày nào"),
        ("bao giờ cũng được", "chưa rõ ngày nào"),
        ("24/11/2028", "xa quá một năm"),
    ],
)
async def test_a_wrong_day_is_asked_again(here: Yard, day: str, answer: str) -> None:
    tu = here.world.talk("tu")
    await tu.says("giao việc dán áp phích")
    await tu.says(day)
    assert answer in tu.heard
    await tu.says("mai")
    assert "Làm sao biết là xong" in tu.heard


async def test_too_long_a_text_is_said_so(here: Yard) -> None:
    tu = here.world.talk("tu")
    await tu.says("giao việc")
    await tu.says("x" * 301)
    assert "viết gọn trong 300 chữ" in tu.heard
    await tu.says("Dán áp phích")
    assert "Đến bao giờ" in tu.heard


async def test_who_may_not_give_tasks_hears_why(here: Yard) -> None:
    hoa = here.world.talk("hoa")
    await hoa.says("giao việc")
    assert "là của Tổ trưởng, Tổ phó và cán bộ xã" in hoa.heard
    await here.world.talk("stranger").says("giao việc")
    tu = await written(here)
    one = await task()
    await hoa.forges(pack(GiveTo(one.id, one.version, 0)))
    assert "không phải của bác" in hoa.heard
    await somebody("xa", "leader", here.at.far_village, here.world.clock.now())
    far = here.world.talk("xa")
    await far.forges(pack(GiveTo(one.id, one.version, 0)))
    assert "một thôn khác" in far.heard
    assert (await task()).state == "draft"
    await tu.picks("hoa (0)")


async def test_somebody_who_left_is_not_given_a_task_and_loses_what_they_had(here: Yard) -> None:
    tu = await written(here)
    await leaves(here, "hoa")
    await tu.picks("hoa (0)")
    assert "không còn trong Tổ" in tu.heard
    await tu.picks("ba (0)")
    await leaves(here, "ba")
    await clock(here).tick(here.world.clock.now())
    await clock(here).tick(here.world.clock.now())
    await here.sends()
    told = [text for text in here.texts("chat-tu") if "không còn trong Tổ" in text and "chưa có người làm" in text]
    assert len(told) == 1
    assert (await task()).state == "returned"


async def test_reminders_come_on_the_evening_before_and_on_the_day_once_each_and_then_the_leader_hears(
    here: Yard,
) -> None:
    hoa = await given(here)
    await hoa.picks("Nhận")
    before = len(here.texts("chat-hoa"))
    await evening(here, 25)
    assert len(here.texts("chat-hoa")) == before
    await evening(here, 26)
    assert "mai (thứ Sáu, 27/11/2026) là hạn" in here.texts("chat-hoa")[-1]
    await evening(here, 27)
    assert "hôm nay (thứ Sáu, 27/11/2026) là hạn" in here.texts("chat-hoa")[-1]
    assert len(here.texts("chat-hoa")) == before + 2
    told = len(here.texts("chat-tu"))
    await evening(here, 28)
    assert "đã quá hạn" in here.texts("chat-tu")[-1]
    assert len(here.texts("chat-tu")) == told + 1
    tu = here.world.talk("tu")
    await tu.says("/nhiemvu")
    assert "hạn thứ Sáu, 27/11/2026 quá hạn: Dán áp phích" in tu.heard
    assert "đang làm, hoa" in tu.heard


async def test_nothing_is_said_outside_the_evening(here: Yard) -> None:
    await given(here)
    before = len(here.texts("chat-hoa"))
    here.world.clock.time = datetime(2026, 11, 27, 10, 0, tzinfo=VIETNAM).astimezone(UTC)
    await clock(here).tick(here.world.clock.now())
    await here.sends()
    assert len(here.texts("chat-hoa")) == before


async def test_my_tasks_come_before_my_duties_and_lead_to_them(here: Yard) -> None:
    hoa = here.world.talk("hoa")
    await hoa.says("/nhiemvu")
    assert "(1/" in hoa.heard
    await given(here)
    await hoa.says("nhiệm vụ của tôi")
    assert "Số 1 (chờ trả lời, việc của bác)" in hoa.heard
    await hoa.picks("Nhiệm vụ theo vai trò")
    assert "(1/" in hoa.heard


async def test_the_load_of_each_member_is_shown_to_who_gives(here: Yard) -> None:
    await given(here)
    tu = await written(here, title="Việc thứ hai")
    assert "hoa (1)" in tu.choices
    assert "ba (0)" in tu.choices


async def test_an_officer_gives_a_task_in_a_village_of_the_commune(here: Yard) -> None:
    lan = here.world.talk("lan")
    await lan.says("giao việc lập danh sách hộ chưa có VNeID, hạn mai")
    await lan.picks("thôn Lạc Hiền")
    await lan.says("đủ các xóm")
    await lan.says("bỏ qua")
    await lan.picks("tu (0)")
    await here.sends()
    assert "lập danh sách hộ" in here.texts("chat-tu")[-1]


async def test_in_the_group_of_the_village_the_village_is_known_and_any_member_may_take_it(here: Yard) -> None:
    lan = here.world.talk("lan", chat=LAC_HIEN, kind="group")
    await lan.says("giao việc quét dọn nhà văn hóa, hạn mai")
    assert "Làm sao biết là xong" in lan.heard
    await lan.says("sạch sân")
    await lan.says("bỏ qua")
    assert "hoa" in lan.choices, "how busy somebody is, is not said in the group"
    await lan.picks("Ai nhận cũng được")
    await here.sends()
    await here.world.talk("ba").picks("Nhận việc")
    assert (await task()).state == "taken"


async def test_a_name_as_long_as_they_come_is_still_a_button(here: Yard) -> None:
    long = await somebody("x" * 20, "member", here.at.village, here.world.clock.now())
    await people.rename(long.person_id or 0, "Nguyễn " * 17)
    tu = await written(here)
    label = next(label for label in tu.choices if label.startswith("Nguyễn"))
    await tu.picks(label)
    assert "Đã giao" in tu.heard
    assert (await task()).state == "given"


async def test_when_the_giver_is_no_leader_any_more_the_new_one_decides(here: Yard) -> None:
    hoa = await given(here)
    await leaves(here, "tu")
    await somebody("moi", "leader", here.at.village, here.world.clock.now())
    await hoa.picks("Chưa làm được")
    await hoa.says("bận quá")
    await here.sends()
    assert "bận quá" in here.texts("chat-moi")[-1]
    moi = here.world.talk("moi")
    await moi.picks("Để ai nhận cũng được")
    assert (await task()).state == "open"


async def test_a_draft_that_nobody_gave_is_gone_after_a_week(here: Yard) -> None:
    await written(here)
    await clock(here).tick(here.world.clock.now() + timedelta(days=6))
    assert await Task.all().count() == 1
    await clock(here).tick(here.world.clock.now() + timedelta(days=8))
    assert await Task.all().count() == 0


async def test_who_gave_it_and_the_number_of_its_paper_are_read_from_the_message_and_shown_to_who_does_it(
    here: Yard,
) -> None:
    tu = here.world.talk("tu")
    await tu.says("giao viec dan ap phich, tinh giao, cv so 793/BTTTT-THH ngay 05/3/2022, han thu sau")
    assert "Làm sao biết là xong" in tu.heard
    await tu.says("bo qua")
    assert "Nơi giao: tỉnh" in tu.heard
    assert "Theo: công văn số 793/BTTTT-THH ngày 05/03/2022" in tu.heard
    await tu.picks("hoa (0)")
    await here.sends()
    told = here.texts("chat-hoa")[-1]
    assert "thôn Lạc Hiền: dan ap phich\n" in told, "what names the paper is no part of the work"
    assert "Theo: công văn số 793/BTTTT-THH ngày 05/03/2022" in told
    hoa = here.world.talk("hoa")
    await hoa.says("công việc")
    assert "dan ap phich (tỉnh, công văn số 793/BTTTT-THH)" in hoa.heard
    await evening(here, 26)
    assert "Nơi giao: tỉnh" in here.texts("chat-hoa")[-1]


async def test_an_official_is_asked_once_for_whom_it_is_and_the_answer_outlives_a_restart(here: Yard) -> None:
    lan = here.world.talk("lan")
    await lan.says("giao việc lập danh sách hộ chưa có VNeID, hạn mai")
    await lan.picks("thôn Lạc Hiền")
    await lan.says("đủ các xóm")
    assert "Cấp nào, ngành nào giao việc này?" in lan.heard
    await lan.restarts()
    await lan.says("x" * 80)
    assert "viết gọn trong 60 chữ cái" in lan.heard
    await lan.says(".")
    assert "Cấp nào, ngành nào giao việc này?" in lan.heard
    await lan.says("ngành Công an, kế hoạch số 20 ngày 2/11")
    assert "Nơi giao: ngành công an" in lan.heard
    assert "Theo: kế hoạch số 20 ngày 02/11/2026" in lan.heard
    await lan.picks("tu (0)")
    assert "Đã giao" in lan.heard


async def test_who_gave_it_can_be_said_later_by_who_leads_and_takes_no_button_away(here: Yard) -> None:
    hoa = await given(here)
    one = await task()
    await hoa.forges(pack(NameSource(one.id, one.version)))
    assert "không phải của bác" in hoa.heard
    tu = here.world.talk("tu")
    await tu.says("việc")
    await tu.picks(f"Mở số {one.id}")
    await tu.picks("Ghi nơi giao, số văn bản")
    await tu.says("hủy")
    await tu.forges(pack(NameSource(one.id, one.version)))
    await tu.says("hội phụ nữ xã")
    assert "Nơi giao: hội phụ nữ xã" in tu.heard
    await hoa.picks("Nhận")
    assert "Nơi giao: hội phụ nữ xã" in hoa.heard
    assert (await task()).state == "taken"
    await tu.forges(pack(NameSource(one.id, one.version)))
    assert "vừa thay đổi" in tu.heard


async def test_of_a_task_that_is_gone_by_then_nobody_is_told_a_source(here: Yard) -> None:
    tu = await written(here)
    await tu.picks("Ghi nơi giao, số văn bản")
    one = await task()
    await tu.forges(pack(DropTask(one.id, one.version)))
    await tu.says("tỉnh")
    assert "vừa thay đổi" in tu.heard
    assert await TaskSource.all().count() == 0
