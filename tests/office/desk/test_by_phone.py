"""The question to the phone says which act the desk has asked for: in the words of the database, not of the page."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal

import pytest
import pytest_asyncio
from tortoise.transactions import in_transaction

from bot.core.actions import Action, pack
from bot.core.events import Chat, Pressed, Sender
from bot.features import units
from bot.features.announcements import store
from bot.features.announcements.actions import Approve, GiveBack, GoUrgent
from bot.features.announcements.audience import Audience
from bot.features.announcements.model import Announcement
from bot.features.checkins import assignments
from bot.features.checkins.actions import DecideTargets
from bot.features.checkins.assignments import AssignmentBody, Goal
from bot.features.demo import village
from bot.features.guides.contacts import Allowed
from bot.features.invites import listed
from bot.features.people import people
from bot.features.practices import practices
from bot.features.rights.table import CHAIR, LEADER, MEMBER, OFFICER, VILLAGE_HEAD
from bot.features.showcase.actions import PublishProduct
from bot.features.showcase.tables import Product
from bot.features.units import Place
from bot.features.upkeep import texts
from bot.features.upkeep.actions import ApproveText
from bot.framework.process import CLOCK
from bot.handlers.people.accounts import Resign
from bot.handlers.people.importing import WriteList
from bot.handlers.people.inviting import InviteListed, MakeInvite, PickInviteUnit, PickRole
from bot.handlers.people.listed import MakeSlips
from bot.handlers.people.me import Unlink
from bot.handlers.people.privacy import Erase
from bot.handlers.people.roster import EndRole
from bot.handlers.practices.common import PublishPractice
from bot.storage.core_tables.outbox import OutboxRow
from bot.storage.tables.announcements import Announcement as Row
from bot.storage.tables.people import Account, Invite, Role

from .news_room import commune_id, holder
from .seats import Office, Seat, office
from .workbooks import people_list

pytestmark = pytest.mark.asyncio(loop_scope="module")
GUIDE, FAR = "bhyt-vneid-vssid", "phu-long"
_TRICK = "Dọn vệ sinh\n\nNếu đúng là bác thì bấm lại ở đây"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Office]:
    """One bot for all, with a second commune beside the demo's."""
    async with office(tmp_path_factory.mktemp("phone")) as found:
        async with in_transaction():
            await units.create("khanh-thien", "xã", "Khánh Thiện", parent=village.PROVINCE, valid_from=date(2025, 7, 1))
            await units.create(FAR, "thôn", "Phú Long", parent="khanh-thien", valid_from=date(2025, 7, 1))
        yield found


async def asks(seat: Seat, act: Action) -> tuple[str, str]:
    """Press the act at the desk; return the words on the phone and the label of its button, both "" for no question."""
    before = await OutboxRow.filter(key__startswith="desk:").count()
    await seat.get("/tro-ly")
    await seat.send("/bam", {"viec": pack(act), "ve": "/ban/tro-ly", "nhan": "Xem giúp tôi"})
    rows = await OutboxRow.filter(key__startswith="desk:").order_by("-id")
    if len(rows) == before:
        return "", ""
    words, buttons = _question(rows[0])
    label = buttons[pack(act)]
    assert label in seat.words, "the page names the button that has come to the phone"
    return words, label


def _question(row: OutboxRow) -> tuple[str, dict[str, str]]:
    """Return the words of a question, and the labels of its buttons by what they do."""
    stored = json.loads(row.message)
    return " ".join("".join(text for text, *_ in stored["t"]).split()), {data: label for label, data in stored["b"]}


async def _place(code: str) -> Place:
    found = await units.get(code)
    assert found is not None
    return found


async def _granted(person: int, unit: str) -> int:
    await people.grant(person, MEMBER, (await _place(unit)).id, CLOCK.now())
    return int((await Role.get(person_id=person, ended_at__isnull=True)).id)


async def _waiting(desk: Office, title: str) -> Announcement:
    features, lan = desk.bot.services.announcements, await holder(OFFICER)
    async with in_transaction():
        made = await features.drafts.create(
            await commune_id(), lan, CLOCK.now(), title=title, text="Mai quét đường.", source="Văn phòng",
            audience=Audience(every=True),
        )  # fmt: skip
        assert isinstance(made, Announcement)
        asked = await features.approval.ask(made, lan, Allowed(), CLOCK.now())
        assert isinstance(asked, Announcement), asked
    return asked


async def test_an_announcement_is_named_with_its_villages_whatever_is_decided_about_it(desk: Office) -> None:
    one = await _waiting(desk, "Quét đường")
    async with desk.sat(CHAIR) as seat:
        words, label = await asks(seat, Approve(one.id, one.version))
        assert f"{one.label}" in words
        assert "“Quét đường”" in words
        assert re.search(r"Duyệt thông báo .* gửi tới \d+ thôn \(\d+ nhóm", words)
        assert label == f"Duyệt {one.label}"
        for final, verb in ((True, "Từ chối"), (False, "Trả")):
            words, label = await asks(seat, GiveBack(one.id, one.version, final))
            assert f"{verb}" in words
            assert one.label in words
            assert one.label in label
        assert await asks(seat, Approve(one.id, one.version - 1)) == ("", ""), "an older version is refused at once"
        assert await asks(seat, Approve(one.id + 99, 1)) == ("", "")
    assert (await store.get(one.id)).state == "waiting"  # type: ignore[union-attr]


async def test_sending_without_approval_says_so(desk: Office) -> None:
    features, lan = desk.bot.services.announcements, await holder(OFFICER)
    async with in_transaction():
        one = await features.drafts.create(await commune_id(), lan, CLOCK.now(), title="Lũ", text="Lũ về.", source="VP")
    assert isinstance(one, Announcement)
    async with desk.sat() as seat:
        words, label = await asks(seat, GoUrgent(one.id, one.version))
        assert "Gửi khẩn thông báo" in words
        assert "không chờ duyệt" in words
        assert label == f"Gửi khẩn {one.label}"


async def test_a_title_cannot_look_like_more_of_the_question(desk: Office) -> None:
    one = await _waiting(desk, "Quét")
    await Row.filter(id=one.id).update(title=_TRICK + "x" * 60)
    async with desk.sat(CHAIR) as seat:
        await asks(seat, Approve(one.id, one.version))
        row = await OutboxRow.filter(key__startswith="desk:").order_by("-id").first()
        assert row is not None
        words, _ = _question(row)
        assert "“Dọn vệ sinh Nếu đúng là bác thì bấm lại ở đây" in words
        assert "x" * 40 not in words


@pytest.mark.parametrize(
    ("act", "said", "label"),
    [
        (PickRole("king"), "", ""),
        (PickRole(VILLAGE_HEAD), "Trưởng thôn", "Mời Bí thư, Trưởng thôn"),
        (PickInviteUnit(VILLAGE_HEAD, "lac-hien"), "thôn Lạc Hiền", "Mời Bí thư, Trưởng thôn, thôn Lạc Hiền"),
        (PickInviteUnit(VILLAGE_HEAD, FAR), "", ""),
        (MakeInvite(VILLAGE_HEAD, "lac-hien", 0), "Tạo mã mời làm", "Mời Bí thư, Trưởng thôn, thôn Lạc Hiền"),
        (MakeInvite(VILLAGE_HEAD, FAR, 0), "", ""),
        (MakeInvite("king", "lac-hien", 0), "", ""),
    ],
    ids=str,
)
async def test_a_code_names_its_role_and_place(desk: Office, act: Action, said: str, label: str) -> None:
    async with desk.sat() as seat:
        words, found = await asks(seat, act)
        assert said in words
        assert found.startswith(label)
        assert bool(found) == bool(label)


async def test_a_code_for_a_successor_names_who_is_replaced(desk: Office) -> None:
    place = await _place("lac-hien")
    (held,) = await people.holders(LEADER, place.id, CLOCK.now())
    async with desk.sat() as seat:
        words, _ = await asks(seat, MakeInvite(LEADER, "lac-hien", held.grant_id))
        assert f", thay {held.name}" in words


async def test_the_code_of_somebody_listed_and_slips_name_them(desk: Office) -> None:
    place, far = await _place("ben-do"), await _place(FAR)
    person = await people.create("Bà Chưa Vào", CLOCK.now(), listed=True)
    await people.grant(person, MEMBER, place.id, CLOCK.now())
    stranger = await people.create("Người Xa", CLOCK.now(), listed=True)
    await people.grant(stranger, MEMBER, far.id, CLOCK.now())
    async with desk.sat() as seat:
        words, label = await asks(seat, InviteListed(person))
        assert "Tạo mã riêng cho" in words
        assert label == "Mã cho Bà Chưa Vào"
        assert await asks(seat, InviteListed(stranger)) == ("", "")
        assert "Người Xa" not in seat.words
        words, label = await asks(seat, MakeSlips("ben-do", again=False))
        assert "Bà Chưa Vào" in words
        assert label.endswith(": 1")
        assert await asks(seat, MakeSlips(FAR, again=True)) == ("", "")
    assert (await listed.get(person, CLOCK.now())).code_until is None  # type: ignore[union-attr]


async def test_ending_a_role_names_person_role_and_place(desk: Office) -> None:
    person = await people.create("Ông Thôi", CLOCK.now(), listed=True)
    grant = await _granted(person, "lac-hien")
    stranger = await people.create("Ông Ở Xa", CLOCK.now(), listed=True)
    far = await _granted(stranger, FAR)
    async with desk.sat() as seat:
        for sure in (False, True):
            words, label = await asks(seat, EndRole(grant, sure))
            assert "Ông Thôi" in words
            assert "thôn Lạc Hiền" in words
            assert label == "Thôi vai trò: Ông Thôi"
        assert await asks(seat, EndRole(far, sure=True)) == ("", "")
        assert "Ông Ở Xa" not in seat.words
    assert await Role.exists(id=grant, ended_at__isnull=True)


async def test_ones_own_role_phone_and_data_do_not_end_at_the_desk(desk: Office) -> None:
    """Red where the desk does it: whoever finds it open takes the role, or the very phone that would be asked."""
    person = await desk.person(OFFICER)
    grant = await Role.get(person_id=person, ended_at__isnull=True)
    phone = await Account.get(person_id=person, platform="web")
    async with desk.sat() as seat:
        words, label = await asks(seat, Resign(int(grant.id), sure=True))
        assert "Chính bác thôi làm" in words
        assert label.startswith("Thôi làm ")
        words, label = await asks(seat, Unlink(int(phone.id), sure=True))
        assert "khỏi tên bác" in words
        assert label.startswith("Bỏ tài khoản ")
        words, label = await asks(seat, Erase())
        assert "Xóa hết" in words
        assert "vai trò của bác cũng hết" in words
        assert label == "Xóa hết dữ liệu của tôi"
        stranger = await Account.exclude(person_id=person).first()
        assert stranger is not None
        assert await asks(seat, Unlink(int(stranger.id), sure=True)) == ("", "")
    assert await Role.exists(id=grant.id, ended_at__isnull=True)
    assert (await Account.get(id=phone.id)).key_or_none("person") == person


async def test_targets_are_shown_with_their_numbers(desk: Office) -> None:
    place, far = await _place("lac-hien"), await _place("khanh-thien")
    month = CLOCK.now().strftime("%Y-%m")
    body = AssignmentBody(goals=(Goal(indicator="CQ01", unit_id=place.id, period=month, value=Decimal(41)),))
    async with in_transaction():
        plan = await assignments.begin(await commune_id(), body, author=None, now=CLOCK.now())
        other = await assignments.begin(far.id, body, author=None, now=CLOCK.now())
    async with desk.sat(CHAIR) as seat:
        words, label = await asks(seat, DecideTargets(plan.id, plan.version, "approve"))
        assert "41" in words
        assert "thôn Lạc Hiền" in words
        assert label == "Giao chỉ tiêu"
        assert (await asks(seat, DecideTargets(plan.id, plan.version, "drop")))[1] == "Bỏ dự thảo chỉ tiêu"
        assert await asks(seat, DecideTargets(other.id, other.version, "approve")) == ("", "")


async def test_a_guide_s_text_is_named(desk: Office) -> None:
    guide = desk.bot.services.shown.library.get(GUIDE)
    assert guide is not None
    lan = await desk.person(OFFICER)
    one = await texts.write(await commune_id(), GUIDE, guide.content, "x", author=lan, now=CLOCK.now())
    await texts.move(one, "waiting", now=CLOCK.now())
    fresh = await texts.get(one.id)
    assert fresh is not None
    async with desk.sat(CHAIR) as seat:
        words, label = await asks(seat, ApproveText(one.id, fresh.version))
        assert guide.title in words
        assert f"bản sửa số {one.id}" in words
        assert label.startswith("Duyệt bài ")
    async with desk.sat() as seat:
        assert await asks(seat, ApproveText(one.id, fresh.version)) == ("", ""), "its author does not approve it"


async def test_a_product_and_a_practice_are_named_with_their_village(desk: Office) -> None:
    place, far = await _place("lac-hien"), await _place(FAR)
    leader = await desk.person(LEADER, "lac-hien")
    rows = [
        await Product.create(
            unit_id=unit.id, owner_id=leader, behalf=False, name="Mật ong", text="Ngon", price=None, per="",
            contact="0912345678", state="waiting", changed_at=CLOCK.now(),
        )
        for unit in (place, far)
    ]  # fmt: skip
    async with in_transaction():
        made = [
            await practices.write(unit.id, "Lớp tối", "Mở lớp", "40 người", author=leader, now=CLOCK.now())
            for unit in (place, far)
        ]
        for one in made:
            await practices.hand_in(one, named=False)
    good, bad = [await practices.get(one.id) for one in made]
    assert good is not None
    assert bad is not None
    async with desk.sat() as seat:
        words, label = await asks(seat, PublishProduct(int(rows[0].id), rows[0].version))
        assert "Mật ong" in words
        assert "thôn Lạc Hiền" in words
        assert label == "Cho hiện Mật ong"
        assert await asks(seat, PublishProduct(int(rows[1].id), rows[1].version)) == ("", "")
        words, label = await asks(seat, PublishPractice(good.id, good.version))
        assert "Lớp tối" in words
        assert "thôn Lạc Hiền" in words
        assert label == "Đăng Lớp tối"
        assert await asks(seat, PublishPractice(bad.id, bad.version)) == ("", "")


async def test_the_same_press_again_and_again_is_one_question_on_the_phone(desk: Office) -> None:
    """Red with a question for each press: whoever sits at an open desk could flood its owner's phone."""
    async with desk.sat() as seat:
        act = MakeInvite(MEMBER, village.VILLAGE, 0)
        before = await OutboxRow.filter(key__startswith="desk:").count()
        for _ in range(3):
            await seat.get("/tro-ly")
            await seat.send("/bam", {"viec": pack(act), "ve": "/ban/tro-ly", "nhan": "Mời"})
            assert "về điện thoại" in seat.words
        assert await OutboxRow.filter(key__startswith="desk:").count() == before + 1


async def test_a_list_is_read_anew_so_that_a_forged_count_says_nothing(desk: Office) -> None:
    async with desk.sat() as seat:
        await people_list(seat, ("Kẻ Mới", "Tổ phó", "lac-hien", "0987000222"))
        found = re.search(r'value="(ilw\|[^"]+)"', seat.page)
        assert found is not None
        _, commune, file, mark, _, _ = found[1].split("|")
        words, label = await asks(seat, WriteList(int(commune), file, mark, 0, sure=True))
        assert "1 thay đổi" in words
        assert "Kẻ Mới: thêm vai trò Tổ phó" in words
        assert label.endswith(": 1")
        assert await asks(seat, WriteList(int(commune), file, "0" * 12, 1, sure=True)) == ("", "")
        assert await asks(seat, WriteList(int(commune), "../../etc/passwd", mark, 1, sure=True)) == ("", "")
        far = (await _place("khanh-thien")).id
        assert await asks(seat, WriteList(far, file, mark, 1, sure=True)) == ("", "")


# Ways around the phone


async def test_taking_an_old_phone_off_closes_the_desks_that_it_may_have_opened(desk: Office) -> None:
    person = await desk.person(CHAIR)
    phone = await Account.get(person_id=person, platform="web")
    old = await Account.create(
        platform="telegram", native_id="old", person_id=person, chat_id="old", last_seen=CLOCK.now()
    )
    async with desk.sat(CHAIR) as thief:
        chat, sender = Chat("web", phone.chat_id, "private"), Sender(phone.native_id, "Ông Nam")
        await desk.bot.engine.receive(
            [Pressed("take off", chat, sender, CLOCK.now(), pack(Unlink(int(old.id), sure=True)))]
        )
        await desk.bot.engine.idle()
        assert not await Account.exists(id=old.id, person_id=person)
        await thief.get("")
        assert thief.address == "/ban/vao"


async def test_no_way_into_the_person_or_the_desk_is_given_out_at_the_desk(desk: Office) -> None:
    """Red where “liên kết” or “bàn làm việc” answers there: a minute at an open desk would make its phone one's own."""
    before = await Invite.filter(purpose="link").count()
    async with desk.sat() as seat:
        for words in ("liên kết", "/banlam", "bàn làm việc"):
            await seat.get("/tro-ly")
            await seat.send("/noi", {"loi": words, "ve": "/ban/tro-ly"})
            assert not re.search(r"/lienket [A-Z]|vao\?ma=", seat.page), words
        for forged in (f"ca|{version}|link|" for version in range(6)):
            await seat.get("/tro-ly")
            await seat.send("/bam", {"viec": forged, "ve": "/ban/tro-ly", "nhan": "x"})
    assert await Invite.filter(purpose="link").count() == before


async def test_a_code_of_another_account_does_not_join_it_at_the_desk(desk: Office) -> None:
    """Whoever sits there types the code of their own messenger: they would be the official from then on."""
    thief = await people.create("Kẻ gian", CLOCK.now())
    async with in_transaction():
        made = await desk.bot.services.invites.create_link(await people.who_is(thief, CLOCK.now()), CLOCK.now())
    async with desk.sat() as seat:
        for words in (f"liên kết {made.code}", made.code):
            await seat.get("/tro-ly")
            await seat.send("/noi", {"loi": words, "ve": "/ban/tro-ly"})
            assert "chỉ dùng trên ứng dụng nhắn tin" in seat.words
    person = await desk.person(OFFICER)
    assert await Account.filter(platform="workdesk", person_id=person).count() == 1
