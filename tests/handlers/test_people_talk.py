"""An officer invites a leader, a leader a member; roles are taken, passed on, given up, and never stolen."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.actions import pack
from bot.core.messages import Button
from bot.features import rights
from bot.features.audit import Audit
from bot.features.calendar.vietnam import VIETNAM
from bot.features.invites.service import NO_GOOD, PRIVATE_ONLY, TOO_MANY
from bot.features.jobs import temporary_files
from bot.features.people import people
from bot.features.people.accounts import Account
from bot.features.people.duties import MOST_PAGES, MOST_WORDS, PAGES
from bot.handlers.people.accounts import Resign, ShowDuty, TakeLink
from bot.handlers.people.group_codes import MakeGroupCode
from bot.handlers.people.inviting import MakeInvite, PickRole
from bot.handlers.people.me import Unlink
from bot.handlers.people.privacy import Agree
from bot.handlers.people.roster import EndRole, ShowRoster
from bot.storage.tables.audit import AuditRow
from bot.storage.tables.people import Account as Account_
from bot.storage.tables.people import Invite, Person, Role
from bot.testing import FakePlatform, Participant
from tests.features.village import KEY

from .people_world import Village, village

CODE = re.compile(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{5}\b")


@pytest.fixture
async def here(db: BaseDBAsyncClient, platform: FakePlatform) -> Village:
    return await village(db, platform)


def code_in(talk: Participant) -> str:
    found = CODE.search(talk.heard)
    assert found is not None, talk.heard
    return found[0]


async def roles_of(talk: Participant) -> list[tuple[str, int | None]]:
    who = await people.who(Account("fake", talk.sender.id), talk.world.clock.now())
    return [(grant.role, grant.unit_id) for grant in who.grants]


async def test_an_officer_invites_a_leader_who_agrees_and_learns_what_to_do(here: Village) -> None:
    officer = await here.talk_as("Minh", "officer", here.at.commune)
    await officer.says("/moi")
    assert "Tổ trưởng Tổ công nghệ số" in officer.choices
    assert "Chủ tịch, Phó Chủ tịch" not in officer.choices
    await officer.picks("Tổ trưởng Tổ công nghệ số")
    assert officer.choices[:2] == ["thôn Đông Cao", "thôn Lạc Hiền"]
    await officer.restarts()
    await officer.picks("thôn Lạc Hiền")
    code = code_in(officer)
    link = here.world.platform.link(code)
    assert (link is not None) == bool(here.stored)
    if link is not None:
        assert link in officer.heard
        assert here.stored[0].startswith(b"\x89PNG")

    hoa = here.world.talk("Hoa")
    await hoa.says(code.lower().replace("-", " "))
    assert "Mã này mời bác làm Tổ trưởng Tổ công nghệ số, thôn Lạc Hiền." in hoa.heard
    assert hoa.choices == ["Đồng ý", "Không, chỉ xem hướng dẫn"]
    assert await Person.filter(name="Hoa").count() == 0
    await hoa.restarts()
    await hoa.picks("Đồng ý")
    assert "Từ nay bác là Tổ trưởng Tổ công nghệ số, thôn Lạc Hiền." in hoa.heard
    assert await roles_of(hoa) == [("leader", here.at.village)]

    await hoa.picks("Nhiệm vụ của tôi")
    pages = 1
    while "Tiếp" in hoa.choices:
        await hoa.picks("Tiếp")
        pages += 1
    assert pages == len(PAGES["leader"])


async def test_who_does_not_agree_gets_no_role_and_leaves_no_trace(here: Village) -> None:
    code = await here.code("leader", here.at.village)
    hoa = here.world.talk("Hoa")
    await hoa.says(f"/start {code}")
    await hoa.picks("Không, chỉ xem hướng dẫn")
    assert "vẫn xem hướng dẫn" in hoa.heard
    assert await Person.all().count() == 0
    other = here.world.talk("Lan")
    await other.says(f"/start {code}")
    await other.picks("Đồng ý")
    assert await roles_of(other) == [("leader", here.at.village)]


async def test_wrong_and_used_codes_are_answered_in_one_sentence(here: Village) -> None:
    code = await here.code("leader", here.at.village)
    hoa, lan = here.world.talk("Hoa"), here.world.talk("Lan")
    await hoa.says(f"/start {code}")
    await hoa.picks("Đồng ý")
    await lan.says(f"/start {code}")
    assert NO_GOOD in lan.heard
    for _ in range(4):
        await lan.says("AAAA-BBBB-CCCCC")
        assert NO_GOOD in lan.heard
    await lan.says(await here.code("deputy", here.at.village))
    assert TOO_MANY in lan.heard
    here.world.clock.passes(minutes=61)
    await lan.says(await here.code("deputy", here.at.village))
    assert "Mã này mời bác làm Tổ phó" in lan.heard


async def test_a_guessed_code_stands_in_the_audit_log_and_a_loud_guesser_does_not_fill_it(here: Village) -> None:
    hoa = await here.talk_as("Hoa", "leader", here.at.village)
    before = await AuditRow.all().count()
    for _ in range(7):
        await hoa.says("AAAA-BBBB-CCCCC")
    assert TOO_MANY in hoa.heard
    number = await people.number(1)
    rows = await AuditRow.all().order_by("id").offset(before)
    assert [(row.actor, row.act, row.object) for row in rows] == [
        (number, "code_refused", "invite:unknown"),
        (number, "codes_blocked", "invite:unknown"),
    ]
    for name in range(25):
        await here.world.talk(f"khách {name}").says("AAAA-BBBB-CCCCC")
    assert await AuditRow.filter(act="code_refused", actor=None).count() == 20


async def test_a_refusal_stands_in_the_audit_log_once_an_hour_for_each_right(here: Village) -> None:
    hoa = await here.talk_as("Hoa", "member", here.at.village)
    for _ in range(3):
        await hoa.says("/moi")
        assert "Việc mời người vào vai trò là của Tổ trưởng" in hoa.heard
    number = await people.number(1)
    rows = await AuditRow.filter(act="right_refused")
    assert [(row.actor, row.object, row.details) for row in rows] == [(number, "right:invite", "{}")]
    here.world.clock.passes(minutes=61)
    await hoa.forges(pack(MakeInvite("member", "lac-hien", 0)))
    assert "Việc mời người vào vai trò là của Tổ trưởng" in hoa.heard
    rows = await AuditRow.filter(act="right_refused").order_by("id")
    assert [row.details for row in rows] == ["{}", f'{{"unit":{here.at.village}}}']


async def test_of_two_who_agree_to_one_code_the_second_is_told(here: Village) -> None:
    code = await here.code("leader", here.at.village)
    hoa, lan = here.world.talk("Hoa"), here.world.talk("Lan")
    await hoa.says(f"/start {code}")
    await lan.says(f"/start {code}")
    await hoa.picks("Đồng ý")
    await lan.picks("Đồng ý")
    assert NO_GOOD in lan.heard
    assert await roles_of(lan) == []


async def test_a_forged_agreement_takes_no_role(here: Village) -> None:
    await here.code("officer", here.at.commune)
    invite = await Invite.get()
    thief = here.world.talk("Trộm")
    for arg in (f"{invite.id}.", f"{invite.id}.{'0' * 16}", "x", f"{invite.id}"):
        await thief.forges(pack(Agree("2026-11", "role", arg)))
        assert NO_GOOD in thief.heard
    assert await Role.all().count() == 0


async def test_members_of_another_village_or_commune_forge_in_vain(here: Village) -> None:
    victim = await here.talk_as("Hoa", "leader", here.at.village)
    grant = await Role.get()
    leader = await here.talk_as("Lan", "leader", here.at.far_village)
    member = await here.talk_as("Nam", "member", here.at.other_village)
    officer = await here.talk_as("Minh", "officer", here.at.other_commune)
    stranger = here.world.talk("Lạ")
    before = await Invite.all().count(), await Role.all().count()
    for talk in (leader, member, officer, stranger):
        for action in (
            MakeInvite("member", "lac-hien", 0),
            MakeInvite("leader", "lac-hien", 0),
            MakeInvite("officer", "yen-mo", 0),
            MakeInvite("mayor", "lac-hien", 0),
            MakeInvite("m" * 300, "lac-hien", 0),
            MakeInvite("leader", "nowhere", 0),
            MakeGroupCode("village", "lac-hien"),
            MakeGroupCode("commune", "yen-mo"),
            PickRole("chair"),
            Resign(grant.id, sure=True),
            ShowDuty("leader", 99),
        ):
            await talk.forges(pack(action))
            assert CODE.search(talk.heard) is None
            assert "máy vừa gặp lỗi" not in talk.heard
    grants = await Role.filter(ended_at__isnull=True).count()
    assert (await Invite.all().count(), grants) == before
    assert await roles_of(victim) == [("leader", here.at.village)]


async def test_a_leader_invites_members_of_the_own_village_only(here: Village) -> None:
    leader = await here.talk_as("Hoa", "leader", here.at.village)
    await leader.says("mời người")
    assert leader.choices == ["Đoàn viên tình nguyện", "Thành viên Tổ công nghệ số", "Mã đăng ký nhóm", "Về menu"]
    await leader.picks("Thành viên Tổ công nghệ số")
    nam = here.world.talk("Nam")
    await nam.says(f"/start {code_in(leader)}")
    await nam.picks("Đồng ý")
    assert await roles_of(nam) == [("member", here.at.village)]
    await nam.says("/moi")
    assert "Việc mời người vào vai trò là của Tổ trưởng, Tổ phó và cán bộ xã." in nam.heard


@pytest.mark.parametrize("hour", [6, 15])
async def test_a_code_is_good_until_the_evening_of_the_day_that_is_told_with_it(here: Village, hour: int) -> None:
    here.world.clock.time = datetime(2026, 11, 24, hour, 30, tzinfo=VIETNAM).astimezone(UTC)
    leader = await here.talk_as("Hoa", "leader", here.at.village)
    await leader.says("mời người")
    await leader.picks("Thành viên Tổ công nghệ số")
    assert "đến hết 30/11/2026" in leader.heard
    code = code_in(leader)
    here.world.clock.time = datetime(2026, 11, 30, 23, 30, tzinfo=VIETNAM).astimezone(UTC)
    nam = here.world.talk("Nam")
    await nam.says(f"/start {code}")
    assert "Đồng ý" in nam.choices


async def test_a_leader_gets_a_code_for_the_group_of_the_village(here: Village) -> None:
    leader = await here.talk_as("Hoa", "leader", here.at.village)
    await leader.says("/moi")
    await leader.picks("Mã đăng ký nhóm")
    assert leader.choices == ["Nhóm của thôn", "Nhóm của Tổ", "Về menu"]
    await leader.picks("Nhóm của thôn")
    grant = await here.invites.redeem_channel(code_in(leader), "fake|g|x", here.world.clock.now())
    assert (grant.unit_id, grant.purpose) == (here.at.village, "village")  # type: ignore[union-attr]


async def test_a_role_passes_to_a_successor(here: Village) -> None:
    old = await here.talk_as("Hoa", "leader", here.at.village)
    officer = await here.talk_as("Minh", "officer", here.at.commune)
    await officer.says("/moi")
    await officer.picks("Tổ trưởng Tổ công nghệ số")
    await officer.picks("thôn Lạc Hiền")
    assert "Thôn Lạc Hiền đã có Tổ trưởng Tổ công nghệ số là Hoa." in officer.heard
    await officer.picks("Thay người cũ")
    assert await roles_of(old) == [("leader", here.at.village)]
    new = here.world.talk("Lan")
    await new.says(f"/start {code_in(officer)}")
    await new.picks("Đồng ý")
    assert await roles_of(old) == []
    assert await roles_of(new) == [("leader", here.at.village)]


async def test_a_role_that_ends_in_mid_flow_ends_there(here: Village) -> None:
    leader = await here.talk_as("Hoa", "leader", here.at.village)
    await leader.says("/moi")
    who = await people.who(Account("fake", leader.sender.id), here.world.clock.now())
    assert who.person_id is not None
    await people.end(who.grants[0].id, who.person_id, here.world.clock.now())
    await leader.picks("Thành viên Tổ công nghệ số")
    assert CODE.search(leader.heard) is None
    assert "Việc mời người vào vai trò là của Tổ trưởng" in leader.heard


async def test_the_one_who_is_followed_is_told(here: Village) -> None:
    await test_a_role_passes_to_a_successor(here)
    assert len(here.told) == 1
    assert "đã có người mới nhận vai trò Tổ trưởng Tổ công nghệ số, thôn Lạc Hiền thay bác" in here.told[0][1]


async def test_an_officer_ends_a_role_and_the_person_is_told(here: Village) -> None:
    leader = await here.talk_as("Hoa", "leader", here.at.village)
    officer = await here.talk_as("Minh", "officer", here.at.commune)
    await leader.says("/moi")
    await officer.says("người giữ vai trò")
    await officer.picks("thôn Lạc Hiền")
    assert "Tổ trưởng Tổ công nghệ số: Hoa" in officer.heard
    await officer.picks("Thôi vai trò: Hoa")
    assert await roles_of(leader) == [("leader", here.at.village)]
    await officer.restarts()
    await officer.picks("Cho thôi")
    assert "Hoa đã thôi làm Tổ trưởng Tổ công nghệ số, thôn Lạc Hiền." in officer.heard
    assert await roles_of(leader) == []
    assert ["thôi làm Tổ trưởng" in text for _, text in here.told] == [True]
    await leader.picks("Thành viên Tổ công nghệ số")
    assert CODE.search(leader.heard) is None, "what was begun with the role ends without it"
    await officer.forges(pack(EndRole((await Role.filter(role="leader").get()).id, sure=True)))
    assert "đã hết từ trước" in officer.heard
    assert await AuditRow.filter(act="role_ended").count() == 1


async def test_nobody_ends_a_role_that_they_could_not_give(here: Village) -> None:
    await here.talk_as("Hoa", "leader", here.at.village)
    grant = await Role.get()
    for name, role, unit in (
        ("Nam", "member", here.at.village),
        ("Lan", "leader", here.at.other_village),
        ("Minh", "officer", here.at.other_commune),
    ):
        talk = await here.talk_as(name, role, unit)
        await talk.forges(pack(EndRole(grant.id, sure=True)))
        await talk.forges(pack(ShowRoster("lac-hien")))
        assert "Hoa" not in talk.heard or role == "member"
    assert await Role.filter(ended_at__isnull=False).count() == 0
    assert here.told == []


async def test_somebody_corrects_their_name(here: Village) -> None:
    hoa = await here.talk_as("Hoa", "leader", here.at.village)
    await hoa.says("sửa tên tôi")
    await hoa.restarts()
    await hoa.says("0912345678")
    assert "Bác gõ lại giúp tôi" in hoa.heard
    await hoa.says("  Nguyễn Thị  Hoa ")
    assert "Từ nay tôi gọi bác là Nguyễn Thị Hoa." in hoa.heard
    assert await Person.filter(name="Nguyễn Thị Hoa").count() == 1
    assert await AuditRow.filter(act="name_corrected").count() == 1
    stranger = here.world.talk("Lạ")
    await stranger.says("sửa tên tôi")
    assert "Tôi chưa giữ tên của bác" in stranger.heard


async def test_an_old_phone_is_taken_off_from_the_new_one(here: Village) -> None:
    old = await here.talk_as("Hoa", "leader", here.at.village)
    await old.says("liên kết")
    new = here.world.talk("Hoa hai")
    await new.says(f"/lienket {code_in(old)}")
    own = await Account_.get(native_id=new.sender.id)
    await new.forges(pack(Unlink(own.id, sure=True)))
    assert "không còn gắn với bác" in new.heard, "the account in use cannot go"
    assert not await people.unlink(own.id, Account("fake", new.sender.id))
    await new.says("tài khoản của tôi")
    await new.picks(next(label for label in new.choices if label.startswith("Bỏ tài khoản cũ")))
    await new.picks("Bỏ tài khoản này")
    assert await roles_of(old) == []
    assert await roles_of(new) == [("leader", here.at.village)]
    await new.says("/lienket")
    assert "Đồng ý" not in new.choices, "what was agreed to on the old phone still holds"
    lan = await here.talk_as("Lan", "deputy", here.at.village)
    await lan.forges(pack(Unlink(own.id, sure=True)))
    assert await roles_of(new) == [("leader", here.at.village)]


async def test_a_code_for_a_group_comes_with_a_link_that_adds_the_bot(here: Village) -> None:
    leader = await here.talk_as("Hoa", "leader", here.at.village)
    await leader.says("/moi")
    await leader.picks("Mã đăng ký nhóm")
    await leader.picks("Nhóm của thôn")
    link = here.world.platform.group_link(code_in(leader))
    assert (link is not None) == ("startgroup" in leader.heard)


async def test_the_picture_of_a_code_goes_when_the_code_expires(here: Village) -> None:
    officer = await here.talk_as("Minh", "officer", here.at.commune)
    await officer.says("/moi")
    await officer.picks("Công an xã")
    gone: list[str] = []

    async def remove(name: str) -> None:
        gone.append(name)

    now = here.world.clock.now()

    async def needed(name: str) -> bool:
        return False

    assert await temporary_files.sweep(now + timedelta(days=6), remove, needed) == 0
    await temporary_files.sweep(now + timedelta(days=8), remove, needed)
    assert len(gone) == len(here.stored)


async def test_the_secretary_of_the_youth_union_invites_and_ends_volunteers_and_nobody_else(here: Village) -> None:
    """Mechanism: INVITABLE of the role, asked at the code and at the end; the list leaves out who is not theirs."""
    officer = await here.talk_as("Minh", "officer", here.at.commune)
    await officer.says("/moi")
    assert "Bí thư Đoàn xã" in officer.choices
    await here.talk_as("Hoa", "leader", here.at.village)
    young = await here.talk_as("Trang", "youth", here.at.commune)
    await young.says("/moi")
    assert young.choices == ["Đoàn viên tình nguyện", "Về menu"]
    await young.picks("Đoàn viên tình nguyện")
    assert "thôn Lạc Hiền" in young.choices
    await young.picks("thôn Lạc Hiền")
    chi = here.world.talk("Chi")
    await chi.says(code_in(young))
    await chi.picks("Đồng ý")
    assert await roles_of(chi) == [("volunteer", here.at.village)]
    for role in ("member", "leader", "youth"):
        await young.forges(pack(MakeInvite(role, "lac-hien" if role != "youth" else "yen-mo", 0)))
        assert CODE.search(young.heard) is None, role
    await young.says("ai làm gì")
    await young.picks("thôn Lạc Hiền")
    assert "Đoàn viên tình nguyện: Chi" in young.heard
    assert "Hoa" not in young.heard
    leader = (await Role.get(role="leader")).id
    await young.forges(pack(EndRole(leader, sure=True)))
    assert await Role.filter(id=leader, ended_at=None).exists()
    await young.forges(pack(ShowRoster("lac-hien")))
    await young.picks("Thôi vai trò: Chi")
    await young.picks("Cho thôi")
    assert await roles_of(chi) == []
    assert [words for _, words in here.told if "thôi làm Đoàn viên tình nguyện" in words]


async def test_a_volunteer_whose_time_is_over_has_no_role(here: Village) -> None:
    volunteer = await here.talk_as("Nam", "volunteer", here.at.village)
    here.world.clock.passes(days=181)
    await volunteer.says("nhiệm vụ của tôi")
    assert "Bác chưa có vai trò nào." in volunteer.heard


async def test_somebody_gives_up_a_role(here: Village) -> None:
    member = await here.talk_as("Nam", "member", here.at.village)
    await member.says("nhiem vu")
    while "Tiếp" in member.choices:
        await member.picks("Tiếp")
    await member.picks("Thôi vai trò này")
    assert await roles_of(member) != []
    await member.picks("Thôi làm")
    assert "Bác đã thôi làm Thành viên Tổ công nghệ số, thôn Lạc Hiền." in member.heard
    assert await roles_of(member) == []
    assert await Audit(KEY).verify() == await Audit(KEY).head()


async def test_a_second_messenger_is_linked_by_a_code(here: Village) -> None:
    first = await here.talk_as("Hoa", "leader", here.at.village)
    await first.says("liên kết")
    code = code_in(first)
    second = here.world.talk("Hoa hai")
    await second.says(f"/lienket {code}")
    assert "nay là một người" in second.heard
    assert await roles_of(second) == [("leader", here.at.village)]
    ((_, told),) = here.told
    assert "Nếu không phải bác nối" in told, "the code may have been in other hands"
    third = here.world.talk("Kẻ khác")
    await third.says(f"/lienket {code}")
    assert NO_GOOD in third.heard


async def test_somebody_elses_link_takes_no_account_by_itself(here: Village) -> None:
    """Who is sent a link and opens it gives the sender nothing: the two are joined by one who says both are theirs."""
    first = await here.talk_as("Kẻ khác", "leader", here.at.village)
    await first.says("liên kết")
    code = code_in(first)
    for said in (f"/start {code}", code):
        victim = here.world.talk("Hoa")
        await victim.says(said)
        assert "Bác chỉ nối khi tài khoản kia cũng là của bác" in victim.heard
        assert await roles_of(victim) == []
    await victim.forges(pack(TakeLink("9" * 30 + ".x")))
    await victim.forges(pack(TakeLink("1.x")))
    assert await roles_of(victim) == []
    await victim.says(f"/start {code}")
    await victim.picks("Tài khoản kia là của tôi")
    assert "nay là một người" in victim.heard
    assert await roles_of(victim) == [("leader", here.at.village)]


async def test_linking_is_asked_about_first(here: Village) -> None:
    talk = here.world.talk("Hoa")
    await talk.says("/lienket")
    assert talk.choices == ["Đồng ý", "Không, chỉ xem hướng dẫn"]
    assert await Invite.all().count() == 0
    await talk.picks("Đồng ý")
    code_in(talk)


async def test_in_a_group_nothing_personal_is_done(here: Village) -> None:
    await here.talk_as("Hoa", "leader", here.at.village)
    group = here.world.talk("Hoa", chat="g1", kind="group")
    code = await here.code("member", here.at.village)
    for said in ("/moi", "/lienket", "/nhiemvu", f"/lienket {code}"):
        await group.says(said)
        assert "trong cuộc trò chuyện riêng với tôi" in group.heard
        assert CODE.search(group.heard) is None
    await group.forges(pack(MakeInvite("member", "lac-hien", 0)))
    assert CODE.search(group.heard) is None
    found = await here.invites.look(
        code, Account("fake", "x"), "g1", here.world.clock.now(), private=False, messenger=True
    )
    assert found.why == PRIVATE_ONLY  # type: ignore[union-attr]


async def test_on_the_web_nobody_becomes_more_than_a_resident(db: BaseDBAsyncClient, platform: FakePlatform) -> None:
    here = await village(db, platform, messenger=False)
    visitor = here.world.talk("Khách")
    await visitor.says(f"/start {await here.code('leader', here.at.village)}")
    assert "chỉ dùng trên ứng dụng nhắn tin" in visitor.heard
    await visitor.says(f"/start {await here.code('resident', here.at.village)}")
    await visitor.picks("Đồng ý")
    assert await roles_of(visitor) == [("resident", here.at.village)]


async def test_an_old_press_makes_no_code(here: Village) -> None:
    leader = await here.talk_as("Hoa", "leader", here.at.village)
    before = await Invite.all().count()
    from bot.core.events import Pressed

    old = Pressed(
        "old",
        leader.chat,
        leader.sender,
        here.world.clock.now() - timedelta(hours=7),
        data=pack(MakeInvite("member", "lac-hien", 0)),
    )
    await here.world.happens(old)
    assert await Invite.all().count() == before


@pytest.mark.parametrize("role", PAGES)
def test_duties_are_at_most_eight_short_messages(role: str) -> None:
    assert 1 <= len(PAGES[role]) <= MOST_PAGES
    for page in PAGES[role]:
        assert len(page.split()) <= MOST_WORDS


def test_every_role_has_duties_and_a_button_that_fits() -> None:
    assert set(PAGES) == set(rights.ROLES)
    for role in rights.ROLES:
        button = Button.to(rights.ROLES[role], ShowDuty(role, 7))
        assert len(button.data.encode()) <= 64
        assert len(button.label) <= 64
    assert len(pack(MakeInvite("village_head", "a" * 30, 10**9))) <= 64


async def test_a_code_that_opens_nothing_tells_nobody_why(here: Village) -> None:
    """Who guesses or finds a code learned from the answer that it had been one: wrong, used and expired read alike."""
    used, expired = [await here.code("member", here.at.village) for _ in range(2)]
    await here.world.talk("Hoa").says(f"/start {used}")
    await here.world.talk("Hoa").picks("Đồng ý")
    answers = set()
    for name, code in (("Lan", used), ("Minh", "K7QF-9M2A-4RTBX"), ("Nam", expired)):
        if code == expired:
            here.world.clock.passes(days=8)
        talk = here.world.talk(name)
        await talk.says(f"/start {code}")
        answers.add(talk.heard)
    assert len(answers) == 1, answers
