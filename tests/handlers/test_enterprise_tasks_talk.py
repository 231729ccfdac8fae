"""A task for an enterprise: given by an official, seen by whom it was given and by nobody else."""

from __future__ import annotations

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.actions import pack
from bot.features.notices.mail import Mail
from bot.features.people import people
from bot.features.people.accounts import Account
from bot.features.tasks import board
from bot.features.tasks.actions import GiveTo, HandOver, NewTask, OpenTask, TakeTask
from bot.features.tasks.model import Task
from bot.features.tasks.notices import TaskNotices
from bot.features.tasks.scheduled_work import TaskSchedule
from bot.handlers.kit.base import Content
from bot.testing import FakePlatform, Participant
from tests.features.village import somebody

from .announcing_world import Yard, yard

# What differs between the databases is tested below the conversations.
pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
ENTERPRISES = "g-doanh-nghiep"


@pytest.fixture
async def here(db: BaseDBAsyncClient, platform: FakePlatform, shipped: Content) -> Yard:
    """Two enterprises take part in Yên Mô, a third one in another commune; it is Tuesday, the 24th, 15:00."""
    made = await yard(db, platform, shipped)
    now = made.world.clock.now()
    for name, unit in (("mang", made.at.commune), ("buu", made.at.commune), ("xa", made.at.other_commune)):
        await somebody(name, "enterprise", unit, now)
    await made.group(ENTERPRISES, made.at.commune, "enterprise")
    return made


async def written(here: Yard, words: str = "giao việc lắp thêm trạm sóng, tỉnh giao, hạn thứ Sáu") -> Participant:
    """The officer has said what is to be done and is asked by whom."""
    lan = here.world.talk("lan")
    await lan.says(words)
    assert "Giao việc cho doanh nghiệp hay thôn nào?" in lan.heard
    await lan.picks("Doanh nghiệp")
    await lan.says("bỏ qua")
    return lan


async def task() -> Task:
    one = await board.get(1)
    assert one is not None
    return one


async def test_an_official_gives_a_task_to_one_enterprise_which_alone_sees_it_and_reports_back(here: Yard) -> None:
    lan = await written(here)
    assert [label for label in lan.choices if label.endswith("(0)")] == ["mang (0)", "buu (0)"]
    await lan.picks("mang (0)")
    assert "Đã giao “lắp thêm trạm sóng” cho mang" in lan.heard
    await here.sends()
    assert "Bác được giao một việc" in here.texts("chat-mang")[-1]
    assert "xã Yên Mô: lắp thêm trạm sóng" in here.texts("chat-mang")[-1]
    assert "Nơi giao: tỉnh" in here.texts("chat-mang")[-1]
    assert not here.texts(ENTERPRISES)
    mang, buu = here.world.talk("mang"), here.world.talk("buu")
    await mang.picks("Nhận")
    assert "Chuyển cho người khác" not in mang.choices
    one = await task()
    for action in (OpenTask(1), TakeTask(1, one.version), HandOver(1, one.version, 0)):
        for talk in (buu, here.world.talk("xa"), here.world.talk("tu")):
            await talk.forges(pack(action))
            assert "trạm sóng" not in talk.heard
            assert "mang" not in talk.heard
    await buu.says("công việc")
    assert "Bác chưa có việc nào đang chờ." in buu.heard
    await mang.says("cong viec")
    assert "• Số 1 (đang làm, việc của bác)" in mang.heard
    await mang.picks("Mở số 1")
    await mang.picks("Xong")
    await mang.says("đã lắp 2 trạm")
    await here.sends()
    assert "đã lắp 2 trạm" in here.texts("chat-lan")[-1]


async def test_one_that_waits_for_any_enterprise_is_told_to_all_of_them_and_then_to_none_of_the_others(
    here: Yard,
) -> None:
    lan = await written(here)
    await lan.picks("Ai nhận cũng được")
    assert "Tôi đã báo các doanh nghiệp." in lan.heard
    await here.sends()
    assert "lắp thêm trạm sóng" in here.texts(ENTERPRISES)[-1]
    mang, buu = here.world.talk("mang"), here.world.talk("buu")
    await buu.says("công việc")
    assert "lắp thêm trạm sóng" in buu.heard
    await mang.picks("Nhận việc")
    assert "mang đã nhận việc này" in mang.heard
    await buu.picks("Mở số 1")
    assert "Việc này không còn chờ bác." in buu.heard
    await buu.forges(pack(TakeTask(1, (await task()).version - 1)))
    assert "Việc này không còn chờ bác." in buu.heard
    await here.world.talk("xa").says("công việc")
    assert "trạm sóng" not in here.world.talk("xa").heard


async def test_nothing_about_a_resident_goes_to_an_enterprise(here: Yard) -> None:
    lan = here.world.talk("lan")
    await lan.says("giao việc mở tài khoản cho bà Hoa, hạn mai")
    await lan.picks("Doanh nghiệp")
    assert "hình như nêu tên hoặc số của một người: “bà Hoa”" in lan.heard
    await lan.says("mở tài khoản cho người già")
    await lan.says("gọi 0912 345 678 là xong")
    assert "hình như nêu tên hoặc số của một người: “0912 345 678”" in lan.heard
    await lan.says("đủ 20 người")
    await lan.says("bỏ qua")
    await lan.picks("buu (0)")
    one = await task()
    assert (one.title, one.outcome, one.state) == ("mở tài khoản cho người già", "đủ 20 người", "given")


async def test_a_leader_gives_nothing_to_enterprises(here: Yard) -> None:
    tu = here.world.talk("tu")
    await tu.says("giao việc dán áp phích, hạn mai")
    assert "Làm sao biết là xong" in tu.heard, "the leader has one village and is not asked where"
    await tu.says("hủy")
    await tu.forges(pack(NewTask("yen-mo")))
    assert "doanh nghiệp" not in tu.heard
    lan = await written(here)
    one = await task()
    await tu.forges(pack(GiveTo(1, one.version, 0)))
    assert "trạm sóng" not in tu.heard
    assert (await task()).state == "draft"
    await lan.picks("buu (0)")


async def test_what_an_enterprise_had_goes_back_when_it_takes_part_no_longer(here: Yard) -> None:
    lan = await written(here)
    now = here.world.clock.now()
    who = await people.who(Account("fake", "id-mang"), now)
    assert await people.end(who.grants[0].id, who.person_id or 0, now)
    await lan.picks("mang (0)")
    assert "không còn trong danh sách doanh nghiệp" in lan.heard
    await lan.picks("buu (0)")
    who = await people.who(Account("fake", "id-buu"), now)
    assert await people.end(who.grants[0].id, who.person_id or 0, now)
    await TaskSchedule(TaskNotices(Mail(here.features.outbox))).tick(now)
    await here.sends()
    assert "không còn trong danh sách doanh nghiệp" in here.texts("chat-lan")[-1]
    buu = here.world.talk("buu")
    await buu.forges(pack(OpenTask(1)))
    assert "Việc này không còn chờ bác." in buu.heard


async def test_in_the_group_of_the_enterprises_it_is_for_them_in_the_commune_s_group_for_a_village(here: Yard) -> None:
    lan = here.world.talk("lan", chat=ENTERPRISES, kind="group")
    await lan.says("giao việc lắp thêm trạm sóng, tỉnh giao, hạn mai")
    assert "Làm sao biết là xong" in lan.heard
    await here.group("g-ca-xa", here.at.commune, "commune")
    lan = here.world.talk("lan", chat="g-ca-xa", kind="group")
    await lan.says("giao việc dán áp phích, hạn mai")
    assert "Giao việc cho doanh nghiệp hay thôn nào?" in lan.heard
