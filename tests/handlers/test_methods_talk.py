"""Each village chooses how its team works; the village and the officials see it, and the commune's report tells it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.actions import pack
from bot.features.calendar.periods import period
from bot.features.practices import methods
from bot.features.practices.methods import ChosenMethods
from bot.features.practices.tables import VillageMethod
from bot.features.reports.data import VillageMethods
from bot.features.units import merge
from bot.handlers.kit.base import Content
from bot.handlers.practices.methods import SetMethod, SetOwn, ShowMethods, WriteOwn
from bot.storage.tables.audit import AuditRow
from bot.testing import FakePlatform
from tests.features.village import somebody

from .announcing_world import LAC_HIEN, Yard, yard

# What differs between the databases is tested below the conversations.
pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


@pytest.fixture
async def here(db: BaseDBAsyncClient, platform: FakePlatform, shipped: Content) -> Yard:
    """Tư leads Lạc Hiền, where Hoa is a member and Sáu a resident; Ba leads Đông Cao, Xa a village elsewhere."""
    made = await yard(db, platform, shipped)
    now = made.world.clock.now()
    await somebody("hoa", "member", made.at.village, now)
    await somebody("ba", "leader", made.at.other_village, now)
    await somebody("xa", "leader", made.at.far_village, now)
    return made


async def chosen(here: Yard, unit: int | None = None) -> ChosenMethods:
    return await methods.of_village(unit or here.at.village, here.world.clock.now().date())


async def test_a_leader_chooses_adds_a_way_of_the_village_and_everybody_there_sees_it(here: Yard) -> None:
    tu = here.world.talk("tu")
    await tu.says("phương thức")
    assert "Thôn Lạc Hiền chưa chọn phương thức" in tu.heard
    assert "xã không bắt buộc cách nào" in tu.heard
    await tu.picks("▫️ Đến từng nhà")
    assert "Thôn Lạc Hiền làm bằng: đến từng nhà." in tu.heard
    assert "✅ Đến từng nhà" in tu.choices
    await tu.picks("▫️ Loa truyền thanh")
    await tu.picks("Thêm cách riêng của thôn")
    assert "Đừng nêu tên ai" in tu.heard
    await tu.restarts()
    await tu.says("Tối thứ Năm ở đình.")
    assert "làm bằng: đến từng nhà, loa truyền thanh, Tối thứ Năm ở đình." in tu.heard
    assert await chosen(here) == ChosenMethods(("den-nha", "loa"), "Tối thứ Năm ở đình")
    assert await AuditRow.filter(act="methods_chosen").count() == 3
    hoa, sau, group = (
        here.world.talk("hoa"),
        here.world.talk("sau"),
        here.world.talk("sau", chat=LAC_HIEN, kind="group"),
    )
    await sau.says("chào xã")
    await sau.picks("xã Yên Mô")
    await sau.says("thôn của tôi")
    await sau.picks("thôn Lạc Hiền")
    for talk, words in ((hoa, "phuong thuc"), (sau, "phương thức của thôn"), (group, "/phuongthuc")):
        await talk.says(words)
        assert "làm bằng: đến từng nhà, loa truyền thanh, Tối thứ Năm ở đình." in talk.heard
        assert "Ngoài chợ" not in talk.heard
    for official in ("lan", "nam"):
        talk = here.world.talk(official)
        await talk.says("phương thức của thôn")
        assert "• thôn Lạc Hiền: đến từng nhà, loa truyền thanh, Tối thứ Năm ở đình" in talk.heard
        assert "Chưa chọn: thôn Đông Cao." in talk.heard
        assert "Ngoài chợ" not in talk.heard, "no plan for all villages from above"


async def test_choosing_again_gives_up_and_pressing_twice_is_once(here: Yard) -> None:
    tu = here.world.talk("tu")
    on = pack(SetMethod("lac-hien", "ngoai-cho", True))
    await tu.forges(on)
    await tu.forges(on)
    assert await chosen(here) == ChosenMethods(("ngoai-cho",), "")
    assert await AuditRow.filter(act="methods_chosen").count() == 1
    await tu.says("phương thức")
    await tu.picks("✅ Ngoài chợ")
    assert not await chosen(here)
    await tu.forges(pack(SetOwn("lac-hien", "ở đình")))
    await tu.says("phương thức")
    await tu.picks("Đổi cách riêng của thôn")
    await tu.says("hủy")
    await tu.picks("Về menu")
    await tu.says("phương thức")
    await tu.picks("✅ Ở đình")
    assert not await chosen(here)
    assert await VillageMethod.all().count() == 0, "what was given up on the same day was never done"


async def test_words_choose_too_and_what_is_not_on_the_list_is_offered_as_the_village_s_own(here: Yard) -> None:
    tu = here.world.talk("tu")
    await tu.says("phuong thuc den nha, nvh va ngoai cho")
    assert (await chosen(here)).codes == ("den-nha", "ngoai-cho", "nha-van-hoa")
    await tu.says("phương thức bỏ ngoài chợ, loa, ở gốc đa đầu làng")
    assert (await chosen(here)).codes == ("den-nha", "nha-van-hoa", "loa")
    assert "chưa có trong danh sách" in tu.heard
    await tu.picks("Thêm “ở gốc đa đầu làng”")
    assert (await chosen(here)).own == "ở gốc đa đầu làng"
    await tu.picks("Đổi cách riêng của thôn")
    await tu.says("x" * 61)
    assert "viết gọn trong 60" in tu.heard
    await tu.says("Ngoài chợ")
    assert await chosen(here) == ChosenMethods(("den-nha", "ngoai-cho", "nha-van-hoa", "loa"), "ở gốc đa đầu làng")
    await tu.says("cách làm hay")
    assert "làm bằng" not in tu.heard, "that is another matter"


async def test_nobody_chooses_for_another_village(here: Yard) -> None:
    wishes = (
        SetMethod("lac-hien", "loa", True),
        SetOwn("lac-hien", "ở đình"),
        WriteOwn("lac-hien"),
    )
    for name in ("hoa", "ba", "xa", "lan", "nam", "sau"):
        talk = here.world.talk(name)
        for wish in wishes:
            await talk.forges(pack(wish))
            assert "làm bằng" not in talk.heard
    tu = here.world.talk("tu")
    for forged in (SetMethod("lac-hien", "own", True), SetMethod("yen-mo", "loa", True), SetOwn("lac-hien", " x\n")):
        await tu.forges(pack(forged))
    assert await VillageMethod.all().count() == 0
    await tu.forges(pack(SetMethod("lac-hien", "loa", True)))
    xa = here.world.talk("xa")
    await xa.forges(pack(ShowMethods("lac-hien")))
    assert "Lạc Hiền" not in xa.heard
    group = here.world.talk("tu", chat=LAC_HIEN, kind="group")
    await group.forges(pack(SetMethod("lac-hien", "loa", False)))
    assert "trò chuyện riêng" in group.heard
    assert (await chosen(here)).codes == ("loa",)


async def test_a_report_tells_what_was_done_in_its_period(here: Yard) -> None:
    now = here.world.clock.now()
    await methods.choose(here.at.village, "loa", now - timedelta(days=40), on=True)
    await methods.choose(here.at.village, "loa", now - timedelta(days=2), on=False)
    await methods.set_own(here.at.village, "ở đình", now)
    await methods.choose(here.at.other_village, "den-nha", now, on=True)
    villages = {here.at.other_village: "thôn Đông Cao", here.at.village: "thôn Lạc Hiền"}
    assert await methods.for_report(villages, period("2026-10")) == [
        VillageMethods("thôn Lạc Hiền", ("loa truyền thanh",))
    ]
    assert await methods.for_report(villages, period("2026-11")) == [
        VillageMethods("thôn Đông Cao", ("đến từng nhà",)),
        VillageMethods("thôn Lạc Hiền", ("loa truyền thanh",), "ở đình"),
    ]
    assert await methods.for_report(villages, period("2026-09")) == []


async def test_a_village_goes_on_with_what_its_parts_chose(here: Yard) -> None:
    now = here.world.clock.now()
    await methods.choose(here.at.village, "loa", now - timedelta(days=9), on=True)
    await merge(["lac-hien"], "dong-cao", date(2026, 11, 20))
    ba = here.world.talk("ba")
    await ba.says("phương thức")
    assert "Thôn Đông Cao làm bằng: loa truyền thanh." in ba.heard
    await ba.picks("✅ Loa truyền thanh")
    assert not await chosen(here, here.at.other_village)
