"""A good practice from a member's words to the commune-wide group, to another village, to the month's report."""

from __future__ import annotations

from datetime import date

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from bot.core.actions import pack
from bot.features.audit import Audit
from bot.features.calendar.periods import period
from bot.features.groups import channels
from bot.features.practices import practices
from bot.features.practices.tables import GoodPractice
from bot.features.privacy import Subject
from bot.handlers.kit.base import Content
from bot.handlers.practices.common import HandIn, PublishPractice, ShowPracticeDigest, UsePractice
from bot.i18n import number
from bot.storage.tables.audit import AuditRow
from bot.testing import FakePlatform, Participant
from tests.features.village import KEY, somebody

from .announcing_world import Yard, yard

# What differs between the databases is tested below the conversations.
pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
ALL = "g-ca-xa"


@pytest.fixture
async def here(db: BaseDBAsyncClient, platform: FakePlatform, shipped: Content) -> Yard:
    """Hoa is a member in Lạc Hiền, Ba leads Đông Cao; there is a group of the whole commune."""
    made = await yard(db, platform, shipped)
    now = made.world.clock.now()
    await somebody("hoa", "member", made.at.village, now)
    await somebody("ba", "leader", made.at.other_village, now)
    await somebody("xa", "leader", made.at.far_village, now)
    await made.group(ALL, made.at.commune, "commune")
    return made


async def written(here: Yard, named: str = "Không nêu tên ai") -> Participant:
    hoa = here.world.talk("hoa")
    await hoa.says("cách làm hay")
    await hoa.picks("Gửi cách làm hay")
    await hoa.says("Lớp VNeID buổi tối")
    await hoa.says("Mỗi tối thứ Năm mở lớp ở nhà văn hóa")
    await hoa.says("40 người cài được")
    assert "được người ấy đồng ý" in hoa.heard
    await hoa.picks(named)
    await here.sends()
    return hoa


async def published(here: Yard) -> Participant:
    await written(here)
    lan = here.world.talk("lan")
    await lan.picks("Đăng")
    await here.sends()
    return lan


async def one() -> GoodPractice:
    return await GoodPractice.get()


async def test_it_is_reviewed_published_with_credit_and_taken_up(here: Yard) -> None:
    lan = await published(here)
    assert "Đã đăng lên nhóm chung" in lan.heard
    told = here.texts(ALL)[-1]
    assert "Cách làm hay của thôn Lạc Hiền: Lớp VNeID buổi tối" in told
    assert "hoa" not in told
    assert "Xã đã đăng cách làm hay của bác" in here.texts("chat-hoa")[-1]
    ba = here.world.talk("ba", chat=ALL, kind="group")
    await ba.picks("Áp dụng ở thôn tôi")
    assert "Thôn Đông Cao áp dụng “Lớp VNeID buổi tối”. Đã có 1 thôn làm theo" in ba.heard
    await ba.picks("Áp dụng ở thôn tôi")
    assert "đã ghi áp dụng từ trước; cả xã có 1 thôn" in ba.heard
    await here.sends()
    assert "Thôn Đông Cao áp dụng cách làm của bác" in here.texts("chat-hoa")[-1]
    assert await AuditRow.filter(act="practice_published").count() == 1
    await lan.says("/cachlamhay")
    assert "Lớp VNeID buổi tối (thôn Lạc Hiền, 1 thôn áp dụng)" in lan.heard
    await lan.picks("Tổng hợp tháng")
    assert "1. Lớp VNeID buổi tối (thôn Lạc Hiền): 40 người cài được (1 thôn áp dụng)" in lan.heard


async def test_without_a_group_of_the_commune_the_leaders_are_told(here: Yard) -> None:
    await channels.left("fake", ALL, "x", here.world.clock.now())
    lan = await published(here)
    assert "báo riêng cho Tổ trưởng các thôn" in lan.heard
    assert "Cách làm hay của thôn Lạc Hiền" in here.texts("chat-ba")[-1]
    assert here.texts("chat-xa") == [], "of another commune"
    ba = here.world.talk("ba")
    await ba.picks("Áp dụng ở thôn tôi")
    assert "Đã có 1 thôn làm theo" in ba.heard


async def test_who_may_not_take_it_up_hears_why(here: Yard) -> None:
    await published(here)
    use = pack(UsePractice((await one()).id, ""))
    for name, answer in (
        ("hoa", "Tổ trưởng, Tổ phó của thôn chọn"),
        ("tu", "cách làm của thôn bác"),
        ("xa", "không còn đăng ở xã của bác"),
    ):
        talk = here.world.talk(name)
        await talk.forges(use)
        assert answer in talk.heard


async def test_naming_a_person_waits_for_their_consent(here: Yard) -> None:
    hoa = await written(here, "Có, chưa hỏi")
    assert "hỏi người ấy trước" in hoa.heard
    assert (await one()).state == "draft"
    await hoa.picks("Có, đã đồng ý")
    assert ((await one()).state, (await one()).named) == ("waiting", True)
    await hoa.forges(pack(HandIn((await one()).id, 1, "yes")))
    assert "vừa thay đổi" in hoa.heard


async def test_what_is_not_published_comes_back_with_the_reason(here: Yard) -> None:
    await written(here)
    lan = here.world.talk("lan")
    await lan.picks("Không đăng")
    await lan.restarts()
    await lan.says("Cần thêm số liệu")
    assert "báo lý do cho người viết" in lan.heard
    await here.sends()
    assert "Xã chưa đăng “Lớp VNeID buổi tối”: Cần thêm số liệu" in here.texts("chat-hoa")[-1]
    assert here.texts(ALL) == []


async def test_the_officer_puts_it_better_and_an_old_button_publishes_nothing(here: Yard) -> None:
    await written(here)
    before = await one()
    lan = here.world.talk("lan")
    await lan.picks("Sửa lời")
    await lan.says("Mở lớp tối thứ Năm, mỗi người một máy")
    assert "mỗi người một máy" in lan.heard
    await lan.forges(pack(PublishPractice(before.id, before.version)))
    assert "vừa thay đổi" in lan.heard
    await lan.picks("Đăng")
    await here.sends()
    assert "mỗi người một máy" in here.texts(ALL)[-1]


async def test_only_officials_publish_and_never_their_own(here: Yard) -> None:
    hoa = await written(here)
    row = await one()
    await hoa.forges(pack(PublishPractice(row.id, row.version)))
    assert "là của cán bộ xã" in hoa.heard
    lan = here.world.talk("lan")
    await lan.says("/cachlamhay")
    await lan.picks("Gửi cách làm hay")
    for words in ("Của xã", "Làm thế này", "Tốt"):
        await lan.says(words)
    await lan.picks("Không nêu tên ai")
    own = await GoodPractice.get(title="Của xã")
    await lan.forges(pack(PublishPractice(own.id, own.version)))
    assert "một người khác ở xã đăng giúp" in lan.heard
    assert await GoodPractice.filter(state="published").count() == 0


@pytest.mark.parametrize(("at", "longest"), [(0, 120), (1, 1000), (2, 500)])
async def test_too_long_a_text_is_said_so(here: Yard, at: int, longest: int) -> None:
    hoa = here.world.talk("hoa")
    await hoa.says("cách làm hay")
    await hoa.picks("Gửi cách làm hay")
    for _ in range(at):
        await hoa.says("Lớp tối")
    await hoa.says("x" * (longest + 1))
    assert f"viết gọn trong {number(longest, 'vi')} chữ" in hoa.heard


async def test_residents_are_told_whose_it_is(here: Yard) -> None:
    talk = here.world.talk("stranger")
    await talk.says("menu")
    await talk.says("cách làm hay")
    assert "Việc gửi và duyệt cách làm hay là của" in talk.heard


async def test_the_report_of_the_month_tells_it(here: Yard) -> None:
    await published(here)
    (told,) = await practices.for_report([here.at.village], period("2026-11"))
    assert (told.title, told.village) == ("Lớp VNeID buổi tối", "thôn Lạc Hiền")
    assert told.text == "Mỗi tối thứ Năm mở lớp ở nhà văn hóa. Kết quả: 40 người cài được."
    assert await practices.for_report([here.at.village], period("2026-10")) == []
    assert await practices.published([here.at.village], date(2026, 11, 1), date(2026, 11, 23)) == []


async def test_an_erased_author_leaves_what_names_nobody(here: Yard) -> None:
    await published(here)
    row = await one()
    await GoodPractice.filter(id=row.id).update(named=False)
    author = row.__dict__["author_id"]
    async with in_transaction("default"):
        for holding in practices.personal_tables():
            await holding.erase(Subject((), author))
    assert (await one()).__dict__["author_id"] is None
    assert await Audit(KEY).head()
    await GoodPractice.filter(id=row.id).update(author_id=author, named=True)
    async with in_transaction("default"):
        for holding in practices.personal_tables():
            await holding.erase(Subject((), author))
    assert await GoodPractice.all().count() == 0


@pytest.mark.parametrize("month", ["0001-01", "9999-12"])
async def test_a_month_out_of_every_calendar_is_no_fault_of_ours(here: Yard, month: str) -> None:
    lan = here.world.talk("lan")
    await lan.forges(pack(ShowPracticeDigest(month)))
    assert "máy vừa gặp lỗi" not in lan.heard
