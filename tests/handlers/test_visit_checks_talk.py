"""Visits of a month ago are drawn, whoever helped asks again, and the leader reports what came of it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.actions import pack
from bot.features.people import people
from bot.features.people.accounts import Account
from bot.features.quality.actions import DrawChecks, NoteCheck, OpenAbilityCheck, RedoCheck, ReportChecks
from bot.features.quality.tables import VisitCheck
from bot.features.visits.tables import Visit
from bot.handlers.kit.base import Content
from bot.storage.tables.checkins import Figure
from bot.testing import FakePlatform, Participant
from tests.features.village import somebody

from .announcing_world import LAC_HIEN, Yard, yard

# What differs between the databases is tested below the conversations.
pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
TODAY = date(2026, 11, 24)


@pytest.fixture
async def here(db: BaseDBAsyncClient, platform: FakePlatform, shipped: Content) -> Yard:
    made = await yard(db, platform, shipped)
    await somebody("hoa", "member", made.at.village, made.world.clock.now())
    await somebody("be", "member", made.at.other_village, made.world.clock.now())
    return made


async def helped(here: Yard, name: str, days_ago: int, *, outcome: str = "done", unit: int = 0, count: int = 1) -> None:
    now = here.world.clock.now()
    who = await people.who(Account("fake", f"id-{name}"), now)
    number = await Visit.all().count()
    await Visit.create(
        unit_id=unit or here.at.village, person_id=who.person_id, role="member", topic="chinh-quyen-so", people=count,
        outcome=outcome, day=TODAY - timedelta(days=days_ago), key=f"k{number}", noted_at=now,
    )  # fmt: skip


async def kept() -> list[tuple[int, str]]:
    rows = await VisitCheck.all().order_by("id")
    return [(row.__dict__["visit_id"], row.result) for row in rows]


async def drawn(here: Yard, *ago: int) -> Participant:
    """The leader has drawn Hoa's visits of so many days ago."""
    for days in ago:
        await helped(here, "hoa", days)
    tu = here.world.talk("tu")
    await tu.says(f"gọi lại {len(ago)} lượt")
    await here.sends()
    return tu


async def test_the_leader_draws_and_the_helper_is_asked_to_ask_again(here: Yard) -> None:
    await helped(here, "hoa", 29)
    await helped(here, "hoa", 30, count=2)
    await helped(here, "hoa", 90)
    await helped(here, "hoa", 91)
    await helped(here, "hoa", 40, outcome="again")
    tu = here.world.talk("tu")
    await tu.says("goi lai 5 luot cua thang truoc")
    assert "Đã lấy 2 lượt, từ ngày 26/08/2026 đến 25/10/2026" in tu.heard
    assert "ngày 25/10/2026, thôn Lạc Hiền, Chính quyền số, 2 người, hoa đã giúp" in tu.heard
    assert [visit for visit, _ in await kept()] == [2, 3]
    await here.sends()
    (notice,) = here.texts("chat-hoa")
    assert "Mời bác hỏi lại bà con mà bác đã giúp" in notice
    assert "ngày 25/10/2026, chính quyền số, 2 người" in notice
    hoa = here.world.talk("hoa")
    await hoa.picks("Xem và ghi kết quả")
    assert "Còn 2 lượt chưa hỏi" in hoa.heard
    await hoa.picks("Lượt ngày 25/10, chính quyền số")
    assert "bà con tự làm được không?" in hoa.heard
    await hoa.picks("Vẫn làm được")
    assert "Đã ghi: Vẫn làm được" in hoa.heard
    assert "able" in {result for _, result in await kept()}
    await hoa.picks("Lượt khác")
    assert "Còn 1 lượt chưa hỏi" in hoa.heard


async def test_pressing_twice_draws_and_notes_once(here: Yard) -> None:
    tu = await drawn(here, 31, 32, 33)
    await tu.forges(pack(DrawChecks(3)))
    assert "Còn đủ lượt chưa hỏi" in tu.heard
    assert len(await kept()) == 3
    await tu.forges(pack(DrawChecks(20)))
    assert "không còn lượt nào" in tu.heard
    first = (await VisitCheck.all().order_by("id"))[0].id
    hoa = here.world.talk("hoa")
    await hoa.forges(pack(NoteCheck(first, "forgot")))
    assert "Bác chỉ lại cho bà con nhé" in hoa.heard
    await hoa.forges(pack(NoteCheck(first, "able")))
    assert "Đã ghi: Đã quên" in hoa.heard
    assert (await VisitCheck.get(id=first)).result == "forgot"
    await hoa.picks("Ghi nhầm, ghi lại")
    await hoa.says("khong gap")
    assert (await VisitCheck.get(id=first)).result == "absent"
    await hoa.forges(pack(RedoCheck(first, "able")))
    await hoa.forges(pack(NoteCheck(first, "nonsense")))
    assert (await VisitCheck.get(id=first)).result == "absent", "a button of another result takes nothing back"


async def test_a_visit_is_drawn_once_and_waits_no_longer_than_it_makes_sense(here: Yard) -> None:
    tu = await drawn(here, 31)
    here.world.clock.passes(days=61)
    await tu.says("gọi lại")
    assert "Không còn lượt nào phải hỏi" in tu.heard
    await tu.picks("Lấy mẫu cho đủ 5 lượt")
    assert "không còn lượt nào" in tu.heard
    assert len(await kept()) == 1


async def test_the_leader_reports_what_came_of_it_and_nothing_counts_before(here: Yard) -> None:
    tu = await drawn(here, 31, 32, 33, 34)
    results = ["able", "able", "forgot", "absent"]
    for row, result in zip(await VisitCheck.all().order_by("id"), results, strict=True):
        await tu.forges(pack(NoteCheck(row.id, result)))
    await tu.says("/nhatky")
    await tu.picks("Hỏi lại sau 30 ngày")
    assert "Thôn Lạc Hiền, quý IV/2026: 2/3 người vẫn làm được" in tu.heard
    assert not await Figure.filter(indicator="CL01").exists()
    await tu.picks("Báo 2/3, thôn Lạc Hiền")
    assert "Người còn dùng được sau 30 ngày" in tu.heard
    assert "2/3" in tu.heard
    assert not await Figure.filter(indicator="CL01").exists()
    await tu.picks("Đúng")
    figure = await Figure.get(indicator="CL01", current=True)
    assert (figure.period, figure.value, figure.out_of) == ("2026-Q4", 2000, 3000)


async def test_after_the_quarter_its_results_can_still_be_reported(here: Yard) -> None:
    tu = await drawn(here, 31, 32)
    for row, result in zip(await VisitCheck.all().order_by("id"), ("able", "forgot"), strict=True):
        await tu.forges(pack(NoteCheck(row.id, result)))
    await tu.says("gọi lại")
    await tu.picks("Báo 1/2, thôn Lạc Hiền")
    await tu.picks("Đúng")
    here.world.clock.passes(days=45)
    await tu.says("gọi lại")
    assert "Thôn Lạc Hiền, quý IV/2026: 1/2 người vẫn làm được" in tu.heard
    await tu.picks("Báo 1/2, thôn Lạc Hiền")
    assert "kỳ quý IV/2026" in tu.heard
    await tu.picks("Đúng")
    figure = await Figure.get(indicator="CL01", current=True)
    assert (figure.period, figure.value, figure.out_of) == ("2026-Q4", 1000, 2000), "the same once more, not twice"


async def test_two_figures_after_the_word_are_a_report_as_before(here: Yard) -> None:
    tu = here.world.talk("tu")
    await tu.says("gọi lại 8/10")
    assert "Người còn dùng được sau 30 ngày" in tu.heard
    assert not await kept()


async def test_the_officer_draws_from_the_whole_commune_and_sees_sums(here: Yard) -> None:
    await helped(here, "hoa", 31)
    await helped(here, "be", 32, unit=here.at.other_village)
    lan = here.world.talk("lan")
    await lan.says("/goilai")
    await lan.picks("Lấy mẫu cho đủ 5 lượt")
    assert "thôn Lạc Hiền" in lan.heard
    assert "thôn Đông Cao" in lan.heard
    for row in await VisitCheck.all():
        await lan.forges(pack(NoteCheck(row.id, "able")))
    await lan.says("/goilai")
    assert "Xã Yên Mô, quý IV/2026: 2/2 người vẫn làm được" in lan.heard
    assert not any(choice.startswith("Báo ") for choice in lan.choices), "the leader reports"


async def test_others_neither_draw_nor_note(here: Yard) -> None:
    await drawn(here, 31, 32)
    await helped(here, "hoa", 33)
    rows = await VisitCheck.all().order_by("id")
    for name in ("be", "sau"):
        talk = here.world.talk(name)
        await talk.says("/start xa_yen-mo")
        for forged in (
            DrawChecks(5), OpenAbilityCheck(rows[0].id), NoteCheck(rows[0].id, "able"), RedoCheck(rows[0].id, "able"),
            ReportChecks("lac-hien", "2026-Q4"),
        ):  # fmt: skip
            await talk.forges(pack(forged))
            assert "hoa" not in talk.heard
    assert [result for _, result in await kept()] == ["", ""]


async def test_a_resident_who_wants_to_be_called_is_led_to_a_person(here: Yard) -> None:
    sau = here.world.talk("sau")
    await sau.says("/start xa_yen-mo")
    await sau.says("gọi lại cho tôi")
    assert "Hỏi người trong thôn" in sau.choices


@pytest.mark.parametrize("said", ["gọi lại 0 lượt", "gọi lại 21", "goi lai 999 luot"])
async def test_a_number_that_cannot_be_is_refused(here: Yard, said: str) -> None:
    tu = here.world.talk("tu")
    await tu.says(said)
    assert "từ 1 đến 20" in tu.heard


async def test_in_a_group_nothing_is_shown(here: Yard) -> None:
    await drawn(here, 31)
    group = here.world.talk("tu", chat=LAC_HIEN, kind="group")
    await group.says("/goilai")
    assert "hoa" not in group.heard
