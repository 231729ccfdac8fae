"""Settings, audit log and health at the desk: the same services as in the chat, and only of one's own commune."""

from __future__ import annotations

import ast
import re
from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from tortoise.transactions import in_transaction

from bot.core.actions import pack
from bot.core.probing import Probe
from bot.features import units
from bot.features.audit_words import ACTS
from bot.features.commune.commune_settings import value_of
from bot.features.demo import village
from bot.features.doctor import kept
from bot.features.doctor.diagnosis import bad, good
from bot.features.doctor.kept import Examination
from bot.features.people import people
from bot.features.rights.table import CHAIR, LEADER, POLICE
from bot.framework.process import CLOCK
from bot.handlers.commune.history import UsePast
from bot.storage.platform_store import PlatformValues
from bot.storage.probes import ProbeStore
from bot.storage.tables.audit import AuditRow

from .seats import Office, Seat, office

pytestmark = pytest.mark.asyncio(loop_scope="module")
ELSEWHERE = "khanh-thien"
_NEW_PHONE = "0229 3 999 111"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Office]:
    async with office(tmp_path_factory.mktemp("desk")) as found:
        async with in_transaction():
            place = await units.get(village.COMMUNE)
            assert place is not None
            now = CLOCK.now()
            await people.grant(await people.create("Chú Công an", now), POLICE, place.id, now)
            await found.bot.services.audit.append(None, "imported", "workbook:test", now)
        yield found


async def _phone(desk: Office) -> object:
    commune = desk.bot.services.commune_settings.of(village.COMMUNE)
    assert commune is not None
    return value_of(commune, "phone")


# Settings


async def test_a_setting_is_changed_once_is_in_the_log_and_its_earlier_value_comes_back(desk: Office) -> None:
    before = await _phone(desk)
    async with desk.sat() as seat:
        assert "Điện thoại của xã" in await seat.get("/cai-dat")
        await seat.get("/cai-dat/phone")
        form = "0" * 32
        version = _version(seat)
        for _ in range(2):  # a double click
            words = await seat.send("/cai-dat/phone", {"gia-tri": _NEW_PHONE, "ban": version}, form=form)
        assert _NEW_PHONE in words
        assert await _phone(desk) == _NEW_PHONE
        changed = await AuditRow.filter(act="setting_changed")
        assert [row.details for row in changed] == ['{"field":"phone","to_file":false,"version":1}']
        words = await seat.send("/cai-dat/phone", {"gia-tri": "0229 1 111 111", "ban": version})
        assert "Mục này vừa có người sửa trước, tôi chưa đổi gì." in words
        assert await _phone(desk) == _NEW_PHONE
        await seat.get("/cai-dat/phone")
        await seat.press("Dùng lại")
        assert "Đã dùng lại nội dung trong tệp." in seat.words
        assert await _phone(desk) == before


async def test_what_cannot_be_read_stays_in_the_form_with_a_sentence(desk: Office) -> None:
    async with desk.sat() as seat:
        await seat.get("/cai-dat/phone")
        for typed in ("<b>không</b>", "", "x" * 5000):
            words = await seat.send("/cai-dat/phone", {"gia-tri": typed, "ban": "9" * 99})
            assert seat.status == 400
            assert 'role="alert"' in seat.page
            assert "<b>không" not in seat.page
            assert words
        await seat.get("/cai-dat/hosts")
        words = await seat.send("/cai-dat/hosts", {"gia-tri": "javascript:alert(1)", "ban": _version(seat)})
        assert "Địa chỉ trang như: ninhbinh.gov.vn." in words
        await seat.get("/cai-dat/contacts")
        given = {"gia-tri": "Việc <script>x</script>; Cô Lan; 0229 1", "ban": _version(seat)}
        assert "Cô Lan; 0229 1" in await seat.send("/cai-dat/contacts", given)
        assert "<script>x" not in seat.page


async def test_settings_are_for_who_may_change_them_and_of_the_own_commune(desk: Office) -> None:
    for role in (CHAIR, POLICE):
        async with desk.sat(role) as seat:
            for path in ("/cai-dat", "/cai-dat/phone"):
                await seat.get(path)
                assert seat.status == 403, role
    async with desk.sat() as seat:
        for name in ("khong-co", "..", "phone'--"):
            await seat.get(f"/cai-dat/{name}")
            assert seat.status == 404
        await seat.get("/cai-dat")
        await seat.send("/bam", {"viec": pack(UsePast(ELSEWHERE, "phone", 0, 1)), "ve": "/ban/cai-dat", "nhan": "x"})
        assert seat.status == 200
        assert "Đã đổi" not in seat.words


# The audit log


async def test_the_log_is_searched_by_person_act_and_day_and_reading_it_is_noted(desk: Office) -> None:
    async with desk.sat() as seat:
        assert "Dựng bản dùng thử" in await seat.get("/nhat-ky")
        await seat.get("/nhat-ky")
        words = await seat.get("/nhat-ky", viec="audit_read")
        assert words.count("Xem nhật ký xã Yên Mô") == 1, "reading on is no news within the hour"
        assert "Cô Lan" in words
        assert "Dựng bản dùng thử" not in words.split("Chi tiết")[1]
        assert "Cô Lan" in await seat.get("/nhat-ky", ai="co lan")
        assert "Không có việc nào như vậy." in await seat.get("/nhat-ky", ai="không ai tên thế")
        today = (CLOCK.now() + timedelta(hours=7)).date()
        assert "Xem nhật ký" in (await seat.get("/nhat-ky", tu=str(today), den=str(today))).split("Chi tiết")[1]
        assert "Không có việc nào như vậy." in await seat.get("/nhat-ky", den=str(today - timedelta(days=1)))
    async with desk.sat(CHAIR) as seat:
        await seat.get("/nhat-ky")
        words = await seat.get("/nhat-ky", viec="audit_read")
        assert "Ông Nam" in words
        assert "Cô Lan" in words, "the chair sees who read it"


@pytest.mark.parametrize(
    "query",
    [
        {"tu": "0001-01-01", "den": "9999-12-31"},
        {"tu": "x", "den": "2026-13-45", "trang": "-1"},
        {"viec": "' or 1=1 --", "ai": "%_'\"\\"},
        {"trang": "9" * 30},
        {"ai": "<script>alert(1)</script>"},
    ],
)
async def test_hostile_searches_find_nothing_and_break_nothing(desk: Office, query: dict[str, str]) -> None:
    async with desk.sat() as seat:
        await seat.get("/nhat-ky", **query)
        assert seat.status == 200
        assert "<script>alert" not in seat.page


async def test_the_log_is_verified_with_and_without_a_seal_and_a_changed_row_shows(desk: Office) -> None:
    async with desk.sat(CHAIR) as seat:
        await seat.get("/nhat-ky")
        seal = (await desk.bot.services.audit.head()).shown
        assert "Nhật ký nguyên vẹn" in await seat.send("/nhat-ky", {"ma-so": seal})
        await seat.get("/nhat-ky")
        await seat.send("/nhat-ky", {"ma-so": "nonsense"})
        assert seat.status == 400
        await seat.get("/nhat-ky")
        assert "KHÔNG còn nguyên vẹn" in await seat.send("/nhat-ky", {"ma-so": f"1:{'0' * 16}"})
        row = await AuditRow.all().order_by("id").first()
        assert row is not None
        await AuditRow.filter(id=row.id).update(act="role_taken")
        await seat.get("/nhat-ky")
        assert f"KHÔNG còn nguyên vẹn, từ hàng {row.id}" in await seat.send("/nhat-ky", {})
        await AuditRow.filter(id=row.id).update(act=row.act)
    assert await AuditRow.filter(act="audit_verified").count() >= 3


async def test_with_two_communes_nobody_reads_what_was_done_in_the_other(desk: Office) -> None:
    async with in_transaction():
        await units.create(ELSEWHERE, "xã", "Khánh Thiện", parent=village.PROVINCE, valid_from=date(2025, 7, 1))
        far = await units.create("phu-long", "thôn", "Phú Long", parent=ELSEWHERE, valid_from=date(2025, 7, 1))
        person = await people.create("Người Xa", CLOCK.now())
        await people.grant(person, LEADER, far.id, CLOCK.now())
        await desk.bot.services.audit.append(person, "task_given", "task:77", CLOCK.now())
    async with desk.sat() as seat:
        for query in ({}, {"ai": "Người Xa"}, {"viec": "task_given"}):
            await seat.get("/nhat-ky", **query)
            assert "nhiệm vụ 77" not in seat.words
            assert "Người Xa</td>" not in seat.page
        assert "Xem nhật ký" in (await seat.get("/nhat-ky", viec="audit_read")).split("Chi tiết")[1]


async def test_the_log_is_for_officials(desk: Office) -> None:
    async with desk.sat(POLICE) as seat:
        for path in ("/nhat-ky", "/suc-khoe"):
            await seat.get(path)
            assert seat.status == 403


async def test_each_act_that_the_program_writes_has_a_name_for_people() -> None:
    found: set[str] = set()
    for file in Path("bot").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and len(node.args) >= 4:
                act = node.args[1]
                if node.func.attr in ("append", "append_seldom") and isinstance(act, ast.Constant):
                    found.add(str(act.value))
    assert len(found) > 50
    assert found <= ACTS.keys()


# Health


async def test_what_is_paused_or_broken_is_on_the_first_page_and_a_pause_is_lifted(desk: Office) -> None:
    now = CLOCK.now()
    examined = Examination(
        at=now,
        version="1.2.3",
        found=[
            bad("disk", "Ổ đĩa còn {free} MB.", "Dọn bớt.", free=12),
            good("backup", "Sao lưu gần nhất lúc {at}, đã khôi phục thử: {file}.", at="02:00", file="a.zip"),
        ],
    )
    await kept.keep(PlatformValues(desk.bot.sharing.db, kept.OWNER), examined)
    await ProbeStore().swap_probe("plain", None, Probe("plain", now, now + timedelta(hours=1), 3))
    async with desk.sat() as seat:
        words = await seat.get("")
        assert "Plain : tạm không nhận tin." in words
        assert "Ổ đĩa còn 12 MB. Dọn bớt." in words
        assert 'href="/ban/suc-khoe"' in seat.page
        words = await seat.get("/suc-khoe")
        assert "Sao lưu gần nhất lúc 02:00" in words
        assert "Desk" not in words
        await seat.press("Gửi lại ngay")
        assert "Tôi gửi lại qua Plain ngay bây giờ." in seat.words
    assert await AuditRow.filter(act="pause_lifted", object="platform:plain").count() == 1


def _version(seat: Seat) -> str:
    found = re.search(r'name="ban" value="(\d+)"', seat.page)
    assert found is not None
    return found[1]
