"""An officer answers a few questions and gets a letter, minutes, a decision or a pledge as a Word file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.actions import pack
from bot.core.context import Context
from bot.core.router import Router
from bot.features.audit import Audit
from bot.features.checkins import targets
from bot.features.commune import settings as commune
from bot.features.commune.bases import Basis
from bot.features.jobs.queue import JobRunner
from bot.features.reports import Reports, spans
from bot.features.reports.forms import FORMS
from bot.handlers.papers import documents, legal_bases
from bot.handlers.papers.documents import PickForm
from bot.handlers.safety import danger as safety
from bot.storage.core_tables.jobs import JobRow
from bot.storage.tables.audit import AuditRow
from bot.testing import FakePlatform
from tests.features.reports.nd30_rules import faults
from tests.features.reports.reading import text_of
from tests.features.village import KEY, NOW, places
from tests.front import front

from .report_office import TRANSLATE, Office

MEETING = (
    "họp giao ban Tổ tháng 11",
    "lúc nào cũng được",
    "8 giờ 30 ngày 26 tháng 11 năm 2026",
    "Hội trường xã",
    "Bà Trần Thị B",
)
ANSWERS: Mapping[str, Sequence[str]] = {
    "gm": (*MEETING, "Trưởng thôn\nTổ trưởng các Tổ", "bỏ qua"),
    "bb": (*MEETING, "Lê Thị C", "Trần Thị B\nLê Thị C", "Đánh giá tháng 11", "Báo cáo trước thứ Sáu"),
    "cv": ("tháng 11", "05/12/2026"),
    "qd": (
        "thôn nào đó",
        "lạc hiền",
        "Nguyễn Văn A",
        "Nguyễn Văn A - Trưởng thôn - Tổ trưởng\nLê Thị C - Đoàn viên - Tổ phó",
    ),
    "ck": ("Hộ kinh doanh Bếp quê", "bánh đa, cốm"),
}
"""What is typed, a few wrong answers among it."""
SAYS: Mapping[str, Sequence[str]] = {
    "gm": ("GIẤY MỜI", "08 giờ 30 phút, thứ Năm ngày 26 tháng 11 năm 2026", "- Tổ trưởng các Tổ.", "Số:"),
    "bb": ("BIÊN BẢN", "Thư ký (người ghi biên bản): Lê Thị C.", "- Báo cáo trước thứ Sáu.", "THƯ KÝ"),
    "cv": (
        "V/v giao chỉ tiêu",
        "/UBND-VHXH",
        "Mạng lưới chuyển đổi số; thực hiện Kế hoạch hoạt động",
        "trước ngày 05 tháng 12 năm 2026",
        "Thôn Lạc Hiền",
    ),
    "qd": (
        "QUYẾT ĐỊNH",
        "Căn cứ Luật Chuyển đổi số số 148/2025/QH15",
        "gồm 2 thành viên",
        "Lê Thị C",
        "Đoàn viên",
        "Tổ phó",
        "THÔN LẠC HIỀN",
    ),
    "ck": ("BẢN CAM KẾT", "Hộ kinh doanh Bếp quê", "bánh đa, cốm"),
}


SETTINGS = commune.DEMO.model_copy(
    update={
        "bases": (
            Basis(key="qd-411-2022", replaced_by="qd-9-2026"),
            Basis(key="qd-9-2026", kind="Quyết định", number="9/QĐ-TTg", issued=date(2026, 11, 1)),
        )
    }
)
"""The commune wrote that an old decision has a successor."""


@pytest.fixture
async def office(db: BaseDBAsyncClient, platform: FakePlatform) -> Office:
    found = Office(db, platform, await places())

    async def search(ctx: Context) -> None:
        ctx.reply(ctx.t("Có phải bác cần bài này không?"))

    bases = legal_bases.LegalBasesConversation({"yen-mo": SETTINGS}.get)

    def router() -> Router:
        root = Router()
        root.command("tim", "hỏi", "báo cáo", takes_args=True)(search)
        root.include(
            safety.build(),
            documents.build(documents.DocumentConversation(found.jobs, more=[bases.menu_items])),
            legal_bases.build(bases),
            front(commune=lambda ctx: commune.DEMO, languages={}, menu_items=[], links=[], understand=[]),
        )
        return root

    found.world.router = router
    await found.world.restarts()
    reports = Reports(db, Audit(KEY), {"yen-mo": SETTINGS}.get)
    job = documents.DocumentJob(documents.PaperNotices(reports, found.outbox, found.store, TRANSLATE))
    found.runner = JobRunner({documents.KIND: job}, db, found.refused, found.world.clock.now)
    return found


@pytest.mark.parametrize("code", list(FORMS))
async def test_a_few_answers_make_a_document(office: Office, code: str) -> None:
    await targets.assign(office.at.village, "CQ01", "2026-11", Decimal(80), reason="", by=None, now=NOW)
    lan = await office.talk("lan", "officer", office.at.commune)
    await lan.says("văn bản")
    await lan.picks(FORMS[code].title)
    for said in ANSWERS[code]:
        assert "Đang soạn" not in lan.heard
        await lan.says(said)
        if said in ("lúc nào cũng được", "thôn nào đó", "Nguyễn Văn A"):
            assert "Tôi chưa đọc được câu này." in lan.heard
    assert "Đang soạn văn bản…" in lan.heard
    await office.works()
    assert FORMS[code].title in lan.heard
    assert f"{code.upper()}-yen-mo-2026-11-24.docx" in lan.heard
    # A pledge is the seller's own paper.
    assert ("Ký xong: ghi vào kho" in lan.choices) == (code != "ck")
    content = office.document()
    assert faults(content, dated=code != "bb", numbered=code != "ck") == []
    text = text_of(content)
    for phrase in SAYS[code]:
        assert phrase in text, phrase
    row = await AuditRow.filter(act="document_drawn").get()
    assert "Lê" not in row.details
    assert (await JobRow.get()).body == "{}", "names of people do not outlive the work"


async def test_an_invitation_says_the_hour_and_one_full_stop(office: Office) -> None:
    """“8h 26/11” was eight hours and 26 minutes, and “tháng 12.” had two full stops."""
    lan = await office.talk("lan", "officer", office.at.commune)
    await lan.forges(pack(PickForm("gm")))
    for said in ("Họp giao ban tháng 12.", "8h 26/11", "Hội trường xã.", "Bà B", "Trưởng thôn;", "bỏ qua"):
        await lan.says(said)
    await office.works()
    text = text_of(office.document())
    for phrase in (
        "08 giờ 00 phút, thứ Năm ngày 26 tháng 11",
        "Tới dự: Họp giao ban tháng 12.\n",
        "kính mời: Trưởng thôn.\n",
    ):
        assert phrase in text, phrase
    assert ".." not in text


async def test_minutes_without_an_agenda_leave_room_for_it(office: Office) -> None:
    lan = await office.talk("lan", "officer", office.at.commune)
    await lan.forges(pack(PickForm("bb")))
    for said in ("họp giao ban", "8 giờ 26/11", "Hội trường", "Bà B", "Cô C", "bỏ qua", "bỏ qua", "bỏ qua"):
        await lan.says(said)
    await office.works()
    assert "Nội dung\n……\n" in text_of(office.document())


async def test_what_is_too_long_for_a_document_is_asked_for_again(office: Office) -> None:
    """What was longer was cut off, and the minutes ended in the middle of a word."""
    lan = await office.talk("lan", "officer", office.at.commune)
    await lan.forges(pack(PickForm("ck")))
    await lan.says("hộ kinh doanh " * 200)
    assert "viết gọn trong 1.500 chữ cái" in lan.heard
    await lan.says("Bếp quê")
    assert "Sản phẩm đưa lên sàn là gì?" in lan.heard


async def test_a_letter_without_targets_is_refused_in_a_sentence(office: Office) -> None:
    lan = await office.talk("lan", "officer", office.at.commune)
    await lan.forges(pack(PickForm("cv")))
    for said in ("tháng 12", "31/02/2026", "05 tháng 12"):
        await lan.says(said)
    await office.works()
    assert "Kỳ tháng 12/2026 chưa giao chỉ tiêu nào. Bác gõ “chỉ tiêu” để giao trước." in lan.heard


@pytest.mark.parametrize(
    ("said", "period"),
    [
        ("tháng 12", "2026-12"),
        ("quý I", "2027-Q1"),
        ("tháng sau", "2026-12"),
        ("tháng 11", "2026-11"),
        ("tháng 10", "2026-10"),
        ("tháng 12/2025", "2025-12"),
    ],
)
def test_a_letter_of_targets_is_about_the_nearest_such_period(said: str, period: str) -> None:
    """In November “tháng 12” was December of the year before, for reports look back."""
    found = spans.coming(said, date(2026, 11, 24))
    assert found is not None
    assert found.name == period


async def test_a_form_survives_a_restart_and_ends_with_a_word(office: Office) -> None:
    lan = await office.talk("lan", "officer", office.at.commune)
    await lan.forges(pack(PickForm("gm")))
    await lan.says("họp giao ban")
    await lan.restarts()
    await lan.says("14h ngày 1/2")
    assert "Họp ở đâu?" in lan.heard
    await lan.says("hủy")
    await lan.says("Hội trường")
    assert "Ai chủ trì" not in lan.heard
    assert date(2027, 2, 1) > NOW.date()


async def test_only_officials_of_the_commune_write_documents(office: Office) -> None:
    for talk in (await office.talk("tu", "leader", office.at.village), office.world.talk("Hoa")):
        for said in ("/vanban", "văn bản"):
            await talk.says(said)
            assert "Việc soạn văn bản là của cán bộ xã." in talk.heard
        await talk.forges(pack(PickForm("gm")))
        await talk.says("họp")
    assert await JobRow.all().count() == 0


async def test_a_decision_cites_the_successor_that_the_commune_named(office: Office) -> None:
    lan = await office.talk("lan", "officer", office.at.commune)
    await lan.forges(pack(PickForm("qd")))
    for said in ("lạc hiền", "Nguyễn Văn A - Trưởng thôn - Tổ trưởng"):
        await lan.says(said)
    await office.works()
    text = text_of(office.document())
    assert "Căn cứ Quyết định số 9/QĐ-TTg ngày 01 tháng 11 năm 2026;" in text
    assert "411/QĐ-TTg" not in text


async def test_an_official_sees_which_bases_hold_and_what_came_after_the_others(office: Office) -> None:
    lan = await office.talk("lan", "officer", office.at.commune)
    await lan.says("van ban")
    await lan.picks("Văn bản căn cứ")
    for line in (
        "• Nghị định số 13/2023/NĐ-CP của Chính phủ về bảo vệ dữ liệu cá nhân: đã được thay thế bằng Nghị định số 356/",
        "về Mạng lưới chuyển đổi số: còn hiệu lực; dẫn trong: Quyết định thành lập Tổ, Công văn giao chỉ tiêu",
    ):
        assert line in lan.heard
    hoa = office.world.talk("Hoa")
    await hoa.says("căn cứ")
    assert "Việc soạn văn bản là của cán bộ xã." in hoa.heard
