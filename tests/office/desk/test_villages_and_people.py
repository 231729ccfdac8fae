"""Villages and people at the desk: who is where, by which way a village is told, roles, the list as a workbook."""

from __future__ import annotations

import io
import json
import re
from collections.abc import AsyncIterator
from datetime import date, timedelta

import pytest
import pytest_asyncio
from python_calamine import CalamineWorkbook
from tortoise.transactions import in_transaction

from bot.core.actions import pack
from bot.core.events import Chat, Pressed, Sender
from bot.features import units
from bot.features.demo import village
from bot.features.people import people
from bot.features.privacy import FORGET
from bot.features.rights.table import CHAIR, LEADER, MEMBER, OFFICER, POLICE, VILLAGE_HEAD
from bot.features.units import Place
from bot.features.workbook.nguoi import PeopleSheet
from bot.features.workbook.write import workbook as written
from bot.framework.process import CLOCK
from bot.handlers.people.group_codes import MakeGroupCode
from bot.handlers.people.importing import KIND
from bot.handlers.people.inviting import MakeInvite
from bot.handlers.people.roster import EndRole
from bot.storage.core_tables.conversation import SessionRow
from bot.storage.core_tables.jobs import JobRow
from bot.storage.core_tables.outbox import OutboxRow
from bot.storage.tables.audit import AuditRow
from bot.storage.tables.people import Account, Invite, Person, Role

from .seats import Office, Seat, office

pytestmark = pytest.mark.asyncio(loop_scope="module")
ELSEWHERE, FAR = "khanh-thien", "phu-long"
_IN_CHAT = re.compile(r'"(ilw\|[^"]+)"')
_WRITE = re.compile(r'value="(ilw\|[^"]+)"')


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Office]:
    """One bot for all, with a second commune beside the demo's."""
    async with office(tmp_path_factory.mktemp("desk")) as found:
        async with in_transaction():
            await units.create(ELSEWHERE, "xã", "Khánh Thiện", parent=village.PROVINCE, valid_from=date(2025, 7, 1))
            await units.create(FAR, "thôn", "Phú Long", parent=ELSEWHERE, valid_from=date(2025, 7, 1))
            await _comes("Người Xa", LEADER, FAR, phone="0900000001")
            await _comes("Chú Công an", POLICE, village.COMMUNE)
        yield found


async def _comes(name: str, role: str, unit: str, *, phone: str = "") -> int:
    """Somebody is listed with a role, and has not come."""
    place = await _place(unit)
    person = await people.create(name, CLOCK.now(), phone=phone, listed=True)
    await people.grant(person, role, place.id, CLOCK.now())
    return person


async def _place(code: str) -> Place:
    found = await units.get(code)
    assert found is not None
    return found


async def _grant(person: int) -> int:
    return int((await Role.get(person_id=person, ended_at__isnull=True)).id)


async def test_the_villages_show_their_way_leader_and_who_has_not_come(desk: Office) -> None:
    await _comes("Bà <script>Chưa", MEMBER, "dong-sen")
    async with desk.sat() as seat:
        words = await seat.get("/thon")
        assert "thôn Lạc Hiền" in words
        assert "Bác Tư" in words
        assert "nhóm có bot" in words
        assert "người đưa tin" in words, "Cầu Đá has no group, and somebody who pastes"
        assert "chưa có cách nào" in words
        assert "Phú Long" not in words
        words = await seat.get("/thon", loc="khong-to-truong")
        assert "thôn Cầu Đá" in words
        assert "Lạc Hiền" not in words
        words = await seat.get("/thon", loc="chua-vao")
        assert "thôn Đồng Sen" in words
        assert "Lạc Hiền" not in words
        await seat.get("/thon/dong-sen")
        assert "Bà &lt;script&gt;Chưa" in seat.page
        assert "<script>Chưa" not in seat.page


async def test_the_first_page_leads_to_what_is_missing_in_the_villages(desk: Office) -> None:
    async with desk.sat(CHAIR) as seat:
        words = await seat.get("")
        assert "8 thôn bot chưa có cách nào báo tin tới." in words
        assert "thôn chưa có tổ trưởng." in words
        assert 'href="/ban/thon?loc=khong-kenh"' in seat.page
        await seat.get("/thon", loc="khong-kenh")
        assert seat.page.count('href="/ban/thon/') == 8


@pytest.mark.parametrize("code", [FAR, ELSEWHERE, village.COMMUNE, "khong-co", "..%2f", "Lac-Hien", "1;--"])
async def test_no_address_leads_to_a_village_of_another_commune(desk: Office, code: str) -> None:
    async with desk.sat() as seat:
        await seat.get("/thon")
        await seat.get(f"/thon/{code}")
        assert seat.status == 404
        assert "Phú Long" not in seat.words
        await seat.get("/thon")
        await seat.send(f"/thon/{code}", {"vai": LEADER})
        assert seat.status == 404


async def test_a_group_code_is_made_as_in_the_chat_and_stands_on_the_page(desk: Office) -> None:
    async with desk.sat() as seat:
        await seat.get("/thon/lac-hien")
        words = await seat.press("Mã nhóm của thôn")
        assert seat.address.startswith("/ban/thon/lac-hien?tra=")
        assert "Mã đăng ký nhóm cho thôn Lạc Hiền" in words
        row = await AuditRow.filter(act="invite").order_by("-id").first()
        assert row is not None
        assert '"purpose":"channel"' in row.details
        made = await Invite.all().count()
        await seat.send("/bam", {"viec": pack(MakeGroupCode("village", FAR)), "ve": "/ban/thon", "nhan": "x"})
        assert "không phải ở đơn vị này" in seat.words
        assert await Invite.all().count() == made, "of another commune: refused as in the chat"


async def test_a_role_is_ended_in_the_chat_and_not_at_the_desk(desk: Office) -> None:
    person = await _comes("Ông Hết", MEMBER, "ben-do")
    grant = await _grant(person)
    async with desk.sat() as seat:
        await seat.get("/thon/ben-do")
        assert "Ông Hết" in seat.words
        button = pack(EndRole(grant, sure=False))
        assert button in seat.page
        for sure in (False, True):
            await seat.send(
                "/bam", {"viec": pack(EndRole(grant, sure=sure)), "ve": "/ban/thon", "nhan": "Thôi vai trò"}
            )
            assert "Việc này cần" in seat.words
        await seat.send("/noi", {"lenh": "nguoilam", "loi": "", "ve": "/ban/tro-ly"})
        await seat.send("/noi", {"loi": "thôn Bến Đò (ví dụ)", "ve": "/ban/tro-ly"})
        assert "Thôi vai trò: Ông Hết" in seat.words
        await seat.send("/noi", {"loi": "Thôi vai trò: Ông Hết", "ve": "/ban/tro-ly"})
        assert "Việc này cần" in seat.words, "a label that is typed is a button that is pressed"
        assert await Role.exists(id=grant, ended_at__isnull=True)


async def test_an_invitation_begins_here_and_its_code_comes_in_the_chat(desk: Office) -> None:
    made = await Invite.filter(purpose="role").count()
    async with desk.sat() as seat:
        await seat.get("/thon/lac-hien")
        await seat.send("/thon/lac-hien", {"vai": VILLAGE_HEAD})
        assert "Việc này cần" in seat.words
        await seat.get("/nguoi")
        await seat.send("/nguoi", {"vai": VILLAGE_HEAD, "noi": "lac-hien"})
        assert "Việc này cần" in seat.words
        for vai, noi in ((VILLAGE_HEAD, FAR), ("king", "lac-hien"), (VILLAGE_HEAD, ""), ("", "")):
            await seat.send("/nguoi", {"vai": vai, "noi": noi})
            assert seat.status == 400
        await seat.send("/bam", {"viec": pack(MakeInvite(VILLAGE_HEAD, "lac-hien", 0)), "ve": "/ban", "nhan": "x"})
        assert "Việc này cần" in seat.words
    assert await Invite.filter(purpose="role").count() == made


async def test_people_are_found_by_name_phone_role_and_unit(desk: Office) -> None:
    await _comes("Trần Thị Hoa", MEMBER, "lac-hien", phone="0912345678")
    async with desk.sat() as seat:
        words = await seat.get("/nguoi")
        assert words.index("Ông Nam") < words.index("Bác Tư"), "the chair stands first"
        assert "Người Xa" not in words
        for query in ({"q": "hoa tran"}, {"q": "912345"}, {"q": "HOA", "vai": MEMBER, "noi": "lac-hien"}):
            await seat.get("/nguoi", **query)
            assert "Trần Thị Hoa" in seat.words
            assert "Bác Tư" not in seat.words
        assert "Không ai khớp" in await seat.get("/nguoi", q="Người Xa")
        assert "Không ai khớp" in await seat.get("/nguoi", q="'; drop table people --", vai="king")
        await seat.get("/nguoi", noi=FAR, trang="99999999999")
        assert "Người Xa" not in seat.words
        assert seat.status == 200


async def test_whoever_may_not_invite_sees_neither_villages_nor_people(desk: Office) -> None:
    async with desk.sat(POLICE) as seat:
        assert "Thôn" not in (await seat.get("")).split("Ra")[1].split("Hôm nay ở")[0]
        for path in ("/thon", "/thon/lac-hien", "/nguoi", "/nguoi/nhap", "/nguoi/danh-sach.xlsx"):
            await seat.get(path)
            assert seat.status == 403, path


# The list as a workbook


async def _sends(seat: Seat, data: bytes) -> str:
    from aiohttp import FormData

    from bot.office.desk.forms import ID, TOKEN, new_id

    await seat.get("/nguoi/nhap")
    form = FormData()
    found = re.search(r'name="the" value="([^"]+)"', seat.page)
    assert found is not None
    form.add_field(TOKEN, found[1])
    form.add_field(ID, new_id())
    form.add_field("tep", data, filename="ds.xlsx", content_type="application/octet-stream")
    return await seat.shows(await seat.client.post("/ban/nguoi/nhap", data=form))


def _list(*rows: tuple[str, str, str, str]) -> bytes:
    return written([(PeopleSheet.name, PeopleSheet.columns, [(*row, None) for row in rows])])


async def test_the_exported_list_has_only_this_commune_and_comes_back_without_a_change(desk: Office) -> None:
    async with desk.sat() as seat:
        response = await seat.client.get("/ban/nguoi/danh-sach.xlsx")
        data = await response.read()
        rows = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_name("nguoi").to_python()
        names = {row[0] for row in rows}
        assert "Bác Tư" in names
        assert "Người Xa" not in names
        assert "không có gì thay đổi" in await _sends(seat, data)


async def test_changes_are_shown_and_written_only_after_a_yes_in_the_chat(desk: Office) -> None:
    rows = [("Phạm Văn Mới", "Tổ phó", "lac-hien", "0987000111")]
    async with desk.sat() as seat:
        words = await _sends(seat, _list(*rows))
        assert "1 thay đổi dưới đây, chưa ghi gì." in words
        assert "Phạm Văn Mới: thêm vai trò Tổ phó Tổ công nghệ số ở lac-hien" in words
        await seat.press("Ghi các thay đổi này")
        assert "Việc này cần đúng bác bấm" in seat.words
        assert not await Person.exists(name="Phạm Văn Mới")
        asked = await OutboxRow.filter(key__startswith="desk:").order_by("-id").first()
        assert asked is not None
        (button,) = _IN_CHAT.findall(asked.message)
    await _presses(desk, button)
    assert not await JobRow.exists(kind=KIND), "it says first how much it is, and asks"
    await _presses(desk, button.removesuffix("0") + "1")
    job = await JobRow.get(kind=KIND)
    work = desk.bot.joined.jobs[KIND]
    await work(json.loads(job.body), CLOCK.now())
    await work(json.loads(job.body), CLOCK.now())
    assert await OutboxRow.filter(key__startswith=job.key).count() == 1, "a second run writes and says nothing"
    person = await Person.get(name="Phạm Văn Mới")
    assert person.phone == "0987000111"
    assert await Role.filter(person_id=person.id, role="deputy").count() == 1
    assert await AuditRow.filter(act="imported", object="workbook:desk", details='{"nguoi":1}').count() == 1


async def _presses(desk: Office, data: str) -> None:
    """The officer presses a button on the phone."""
    account = await Account.get(person_id=await desk.person(OFFICER), platform="web")
    chat, sender = Chat("web", account.chat_id, "private"), Sender(account.native_id, "Cô Lan")
    await desk.bot.engine.receive([Pressed(f"press {data}", chat, sender, CLOCK.now(), data)])
    await desk.bot.engine.idle()


async def test_a_list_gives_no_role_that_its_sender_could_not_give(desk: Office) -> None:
    async with desk.sat() as seat:
        words = await _sends(
            seat,
            _list(
                ("Kẻ Lạ", "Chủ tịch, Phó Chủ tịch", village.COMMUNE, ""),
                ("Ông Nam", "Chủ tịch, Phó Chủ tịch", village.COMMUNE, "0900000009"),
                ("Kẻ Xa", "Tổ trưởng", FAR, ""),
            ),
        )
        assert words.count("Vai trò của bác không mời được vai trò này.") == 2
        assert f"không có đơn vị “{FAR}”" in words
        assert "Chưa ghi gì: sửa trong tệp rồi nhập lại." in words
        assert _WRITE.search(seat.page) is None


async def test_what_is_no_workbook_is_said_in_a_sentence(desk: Office) -> None:
    async with desk.sat() as seat:
        for data in (b"PK\x03\x04nonsense", b"=cmd|' /C calc'!A0", b""):
            words = await _sends(seat, data)
            assert seat.status == 400
            assert "Không đọc được tệp" in words or "Chưa chọn tệp" in words


# Privacy


async def test_the_privacy_page_says_what_is_kept_and_that_nothing_waits(desk: Office) -> None:
    async with desk.sat() as seat:
        words = await seat.get("/rieng-tu")
        assert "Không còn yêu cầu nào." in words
        assert "Bot giữ gì, để làm gì, đến khi nào" in words
    async with desk.sat(POLICE) as seat:
        await seat.get("/rieng-tu")
        assert seat.status == 403


async def test_an_erasure_that_is_not_finished_is_shown_and_near_its_time_on_the_first_page(desk: Office) -> None:
    row = await SessionRow.create(
        platform="plain",
        chat_id="erased",
        version=1,
        done_seq=0,
        out_seq=0,
        sent_seq=0,
        state=json.dumps({"facts": {FORGET: "1"}}),
        updated_at=CLOCK.now(),
    )
    try:
        for ago, shown, on_first in ((5, "đang làm", False), (40, "đang làm", True), (90, "quá hạn", True)):
            await SessionRow.filter(id=row.id).update(updated_at=CLOCK.now() - timedelta(minutes=ago))
            async with desk.sat() as seat:
                assert ("1 yêu cầu xóa dữ liệu chưa xong." in await seat.get("")) is on_first, ago
                assert shown in await seat.get("/rieng-tu")
    finally:
        await row.delete()
