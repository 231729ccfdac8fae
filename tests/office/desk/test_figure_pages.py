"""Figures at the desk: the table, typing and pasting into it, rounds, targets, drawings, the report."""

from __future__ import annotations

import io
import re
from collections.abc import AsyncIterator, Mapping
from datetime import date
from html import unescape
from zipfile import ZipFile

import pytest
import pytest_asyncio
from tortoise.transactions import in_transaction

from bot.core.actions import pack
from bot.features import units
from bot.features.calendar import periods
from bot.features.calendar.vietnam import today
from bot.features.checkins.actions import RemindMissing
from bot.features.demo import village
from bot.features.people import people
from bot.features.rights.table import COUNCIL, OBSERVER, POLICE
from bot.features.targets.tables import Target
from bot.features.units import Place
from bot.framework.process import CLOCK
from bot.handlers.targets.desk.rounds import ROUNDS
from bot.office.desk.forms import ID, TOKEN, new_id
from bot.storage.core_tables.outbox import OutboxRow
from bot.storage.sqlite import SharingClient
from bot.storage.tables.audit import AuditRow
from bot.storage.tables.checkins import Answer, Figure, Round, RoundPlan
from bot.storage.tables.people import Person

from .open_round import open_round
from .seats import Office, Seat, office

pytestmark = pytest.mark.asyncio(loop_scope="module")
ELSEWHERE, FAR = "khanh-thien", "phu-long"
_INPUT = re.compile(r'<input name="(o\.\d+\.[A-Z0-9]+\.\d+)" value="([^"]*)"')


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Office]:
    """One bot for all, with a second commune beside the demo's, and officials of other kinds."""
    async with office(tmp_path_factory.mktemp("desk")) as found:
        async with in_transaction():
            await units.create(ELSEWHERE, "xã", "Khánh Thiện", parent=village.PROVINCE, valid_from=date(2025, 7, 1))
            await units.create(FAR, "thôn", "Phú Long", parent=ELSEWHERE, valid_from=date(2025, 7, 1))
            for name, role in (("Chú Công an", POLICE), ("Bà Hội đồng", COUNCIL), ("Ông Sở", OBSERVER)):
                person = await people.create(name, CLOCK.now(), phone="", listed=True)
                await people.grant(person, role, (await _place(village.COMMUNE)).id, CLOCK.now())
            second = await people.create("Anh Hai", CLOCK.now(), phone="", listed=True)
            await people.grant(second, "officer", (await _place(village.COMMUNE)).id, CLOCK.now())
        yield found


async def _place(code: str) -> Place:
    found = await units.get(code)
    assert found is not None
    return found


def _month() -> str:
    return periods.at(today(CLOCK.now()), "month").name


def _inputs(seat: Seat) -> Mapping[str, str]:
    return {name: unescape(value) for name, value in _INPUT.findall(seat.page)}


async def _count() -> int:
    return await Figure.all().count()


async def _value(code: str, unit: str = village.VILLAGE) -> int | None:
    row = await Figure.get_or_none(unit__code=unit, indicator=code, period=_month(), current=True)
    return None if row is None else row.value // 1000


async def _typed(seat: Seat, **figures: str) -> str:
    """Type into the row of the demo's village and send it."""
    await seat.get("/so-lieu/sua", noi=village.VILLAGE)
    return await seat.send("/so-lieu/sua", _form(seat, figures))


def _form(seat: Seat, figures: Mapping[str, str]) -> dict[str, str]:
    fields = {"ky": _month(), "noi": village.VILLAGE, **_inputs(seat)}
    for code, said in figures.items():
        name = next(one for one in fields if f".{code}." in one)
        fields[name] = said
    return fields


async def _write(seat: Seat, **ticks: str) -> str:
    """Press “Ghi” below the list of changes that is shown."""
    seen = re.search(r'name="xem" value="(\w+)"', seat.page)
    assert seen is not None, seat.words
    return await seat.send(seat.address.removeprefix("/ban"), {"xem": seen[1], **ticks})


async def test_the_table_shows_who_reported_what_with_words_beside_the_colours(desk: Office) -> None:
    async with desk.sat() as seat:
        words = await seat.get("/so-lieu")
        assert seat.status == 200
        assert "thôn Lạc Hiền" in words
        assert "Chậm" in words
        before = periods.before(periods.period(_month()))
        await seat.get("/so-lieu", ky=before.name)
        assert before.label in seat.words
        for name in ("2026-99", "x" * 999, "../..", "2026-W60"):
            await seat.get("/so-lieu", ky=name)
            assert seat.status == 404
            assert "Không có kỳ này" in seat.words


async def test_typing_shows_every_change_before_it_is_written_and_one_press_writes(desk: Office) -> None:
    async with desk.sat() as seat:
        before = await _count()
        await _typed(seat, TT03="4")
        assert seat.address.startswith("/ban/so-lieu/ghi/")
        assert "Số bài, tệp âm thanh đã phát" in seat.words
        assert await _count() == before, "nothing is written by typing"
        await _write(seat)
        assert "Đã ghi 1 số liệu" in seat.words
        assert await _value("TT03") == 4
        await seat.get("/so-lieu/o", noi=village.VILLAGE, **{"chi-tieu": "TT03"})
        assert "Cô Lan" in seat.words
        assert "đang dùng" in seat.words


async def test_what_is_doubtful_is_asked_as_in_a_chat(desk: Office) -> None:
    async with desk.sat() as seat:
        old = await _value("TC02")
        assert old is not None
        await _typed(seat, TC02="1")
        assert "Có đúng vậy không" in seat.words
        await _write(seat)
        assert "Còn 1 ô phải trả lời" in seat.words
        assert await _value("TC02") == old
        await _write(seat, chac="0")
        assert await _value("TC02") == 1
        await _typed(seat, TC02=str(old))
        await _write(seat, bo="0") if "Có đúng" in seat.words else await _write(seat)


async def test_bad_cells_are_said_each_and_everything_typed_is_still_there(desk: Office) -> None:
    async with desk.sat() as seat:
        before, drafts = await _count(), await Answer.all().count()
        await _typed(seat, TT03="=A1+B1", TT04="nhiều <b>lắm</b>", TT06="-3", TC02="", TT05="71")
        assert seat.status == 422
        for words in ("là công thức", "không phải là số", "là số âm", "không xóa được", "Chưa ghi gì"):
            assert words in seat.words
        assert {"=A1+B1", "nhiều <b>lắm</b>", "-3", "71"} <= set(_inputs(seat).values())
        assert "<b>lắm" not in seat.page
        assert (await _count(), await Answer.all().count()) == (before, drafts)


async def test_of_two_who_edit_one_cell_the_later_sees_the_other_s_figure_and_decides(desk: Office) -> None:
    async with desk.sat() as lan, desk.seat() as hai:
        key = await desk.bot.services.desk.offer(await _person("Anh Hai"))
        await desk.enters(hai, ma=key.link)
        await lan.get("/so-lieu/sua", noi=village.VILLAGE)
        shown = _form(lan, {"AT03": "41"})
        await _typed(hai, AT03="44")
        await _write(hai, chac="0")
        assert await _value("AT03") == 44
        await lan.send("/so-lieu/sua", shown)
        assert lan.status == 422
        assert "Anh Hai vừa ghi 44" in lan.words
        assert await _value("AT03") == 44
        assert "41" in _inputs(lan).values(), "what was typed is not lost"
        await lan.send("/so-lieu/sua", {"ky": _month(), "noi": village.VILLAGE, **_inputs(lan)})
        await _write(lan, chac="0")
        assert await _value("AT03") == 41


async def test_a_figure_that_came_while_the_list_was_shown_is_seen_before_it_is_replaced(desk: Office) -> None:
    async with desk.sat() as lan, desk.seat() as hai:
        key = await desk.bot.services.desk.offer(await _person("Anh Hai"))
        await desk.enters(hai, ma=key.link)
        await _typed(lan, TT06="21")
        waits = lan.page
        await _typed(hai, TT06="22")
        await _write(hai, chac="0")
        lan.page = waits
        await _write(lan, chac="0")
        assert lan.status == 409
        assert "Anh Hai ghi 22" in lan.words
        assert await _value("TT06") == 22
        await _write(lan, chac="0")
        assert await _value("TT06") == 21


async def test_a_form_that_comes_twice_writes_once(desk: Office) -> None:
    async with desk.sat() as seat:
        await seat.get("/so-lieu/sua", noi=village.VILLAGE)
        sent, drafts = _form(seat, {"TT04": "3"}), await Answer.all().count()
        page = seat.page
        await seat.send("/so-lieu/sua", sent, form="b" * 32)
        draft = seat.address
        seat.page = page
        await seat.send("/so-lieu/sua", sent, form="b" * 32)
        assert seat.address == draft
        assert await Answer.all().count() == drafts + 1
        seen = re.search(r'name="xem" value="(\w+)"', seat.page)
        assert seen is not None
        page = seat.page
        for _ in range(2):
            seat.page = page
            await seat.send(draft.removeprefix("/ban"), {"xem": seen[1], "chac": "0"}, form="c" * 32)
        assert (
            await Figure.filter(unit__code=village.VILLAGE, indicator="TT04", period=_month(), current=True).count()
            == 1
        )
        assert await _value("TT04") == 3


async def test_a_table_from_excel_is_checked_shown_and_written(desk: Office) -> None:
    async with desk.sat() as seat:
        await seat.get("/so-lieu/dan")
        rows = "Thôn\tTT03\tCQ01 \nThôn Lạc Hiền\t9\t=B2\nthôn Phú Long\t5\t6\nThôn Cầu Đá\t7\t\n"
        await seat.send("/so-lieu/dan", {"bang": rows})
        assert seat.status == 422
        assert "Dòng 2, cột C (thôn Lạc Hiền" in seat.words
        assert "“thôn Phú Long” không có trong xã này" in seat.words, "another commune's village"
        assert "thôn Phú Long\t5\t6" in unescape(seat.page), "what was pasted is not lost"
        await seat.send("/so-lieu/dan", {"bang": rows, "bo_qua": "1"})
        assert "Xem lại 2 số" in seat.words
        await _write(seat, chac=("0", "1"))  # type: ignore[arg-type]
        assert (await _value("TT03"), await _value("TT03", "cau-da")) == (9, 7)
        await seat.get("/so-lieu/dan")
        await seat.send("/so-lieu/dan", {"bang": "Thôn\tTT03\nLạc Hiền\t9"})
        assert "Chưa có ô nào thay đổi" in seat.words


async def test_ten_thousand_cells_and_other_monsters_leave_the_desk_standing(desk: Office) -> None:
    async with desk.sat() as seat:
        await seat.get("/so-lieu/dan")
        line = "Thôn Lạ\t" + "\t".join(["=1+A1"] * 99)
        await seat.send("/so-lieu/dan", {"bang": "\n".join(["Thôn\t" + "TT03\t" * 98, *[line] * 99])})
        assert seat.status == 422
        assert "“Thôn Lạ” không có trong xã này" in seat.words
        columns = "\t".join(f"Chỉ tiêu lạ {at}" for at in range(98))
        await seat.send("/so-lieu/dan", {"bang": f"Thôn\tTT03\t{columns}\nLạc Hiền" + "\t=1" * 99})
        assert "“Chỉ tiêu lạ 1” không phải chỉ tiêu kỳ này" in seat.words
        await seat.get("/so-lieu/dan")
        await seat.send("/so-lieu/dan", {"bang": "\n".join([line] * 101)})
        assert "Bảng lớn hơn 10.000 ô" in seat.words
        for text in ("", "<script>alert(1)</script>\t2", '"' * 5_000, "\x00\ud7ff"):
            await seat.get("/so-lieu/dan")
            await seat.send("/so-lieu/dan", {"bang": text})
            assert seat.status == 422
            assert "<script>alert" not in seat.page
        await seat.get("/so-lieu/dan")
        await seat.send("/so-lieu/dan", {"bang": "x" * 1_000_000})
        assert seat.status == 413


async def test_a_thousand_cells_are_checked_and_written_in_a_few_statements(
    desk: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Red where each line asks the database for itself."""
    async with desk.sat() as seat:
        await seat.get("/so-lieu/sua")
        names = [name for name in _inputs(seat) if ".TT03." in name or ".TT01." in name]
        asked: list[str] = []
        old = SharingClient.execute_query

        async def counted(self: SharingClient, query: str, values: list[object] | None = None) -> object:
            asked.append(query)
            return await old(self, query, values)

        monkeypatch.setattr(SharingClient, "execute_query", counted)
        fields = {"ky": _month(), **_inputs(seat), **{name: str(at + 100) for at, name in enumerate(names)}}
        await seat.send("/so-lieu/sua", fields)
        assert f"Xem lại {len(names)} số" in seat.words
        assert len(names) > 20
        assert len(asked) < 60


async def test_nobody_writes_what_is_not_theirs(desk: Office) -> None:
    """Ids of another commune, other people's drafts, roles without the right: nothing is shown and nothing written."""
    before, far = await _count(), await _place(FAR)
    async with desk.sat() as seat:
        await _typed(seat, TT03="11")
        draft = seat.address.removeprefix("/ban")
        await seat.get("/so-lieu")
        await seat.send("/so-lieu/sua", {f"o.{far.id}.TT03.0": "5", "ky": _month()})
        assert seat.status == 404
        for path in (f"/so-lieu/o?noi={FAR}&chi-tieu=TT03", f"/so-lieu/sua?noi={FAR}", f"/bao-cao?noi={FAR}",
                     "/so-lieu/o?noi=lac-hien&chi-tieu=XX99", "/so-lieu/tien-do?chi-tieu='--"):  # fmt: skip
            await seat.get(path)
            assert seat.status == 404, path
            assert "Phú Long" not in seat.words
    async with desk.sat("chair") as seat:
        await seat.get("/so-lieu/sua")
        assert seat.status == 403
        assert "Việc cập nhật số liệu" in seat.words
        await seat.get("")
        await seat.send("/so-lieu/dan", {"bang": "Thôn\tTT03\nLạc Hiền\t5"})
        assert seat.status == 403
        await seat.get(draft)
        assert seat.status == 403
    async with desk.sat(POLICE) as seat:
        await seat.get("/so-lieu/dan")
        await seat.send("/so-lieu/dan", {"bang": "Thôn\tCQ01\tTT03\nLạc Hiền\t301\t5"})
        assert "TT03" in seat.words
        await seat.get(draft)
        assert seat.address.startswith("/ban/so-lieu?") or seat.address == "/ban/so-lieu"
        assert "của người khác" in seat.words
    async with desk.sat(OBSERVER) as seat:
        await seat.get("/so-lieu")
        assert seat.status == 403
        assert "thôn Lạc Hiền" not in seat.words
    assert await _count() == before


async def test_a_closed_round_and_a_month_ahead_take_no_figures(desk: Office) -> None:
    async with desk.sat() as seat:
        await seat.get("/so-lieu/sua", noi=village.VILLAGE)
        sent, before = _form(seat, {"TT03": "77"}), await _count()
        place = await _place(village.COMMUNE)
        plan, _ = await RoundPlan.get_or_create(
            unit_id=place.id, cadence="month", defaults={"next_period": _month(), "enabled": False}
        )
        now = CLOCK.now()
        row = await Round.create(plan_id=plan.id, period=_month(), state="closed", opened_at=now, due_at=now)
        await seat.send("/so-lieu/sua", sent)
        assert "đã khóa sổ" in seat.words
        assert await _count() == before
        await row.delete()
        ahead = periods.following(periods.period(_month()))
        await seat.get("/so-lieu/sua", ky=ahead.name)
        assert "Ghi số liệu" in seat.words
        assert not _inputs(seat)


async def test_the_missing_are_named_and_one_press_reminds_them_once_a_day(desk: Office) -> None:
    await open_round(desk.bot.services.rounds)
    async with desk.sat() as seat:
        await seat.get("")
        assert "nơi báo" in seat.words or "trễ hạn" in seat.words
        await seat.get("/so-lieu/dot")
        one = await Round.filter(state="open").order_by("id").first()
        assert one is not None
        label = re.search(r"Nhắc \d+ nơi chưa báo", seat.words)
        assert label is not None
        before = await OutboxRow.all().count()
        await seat.press(label[0])
        assert "Đã nhắc" in seat.words
        told = await OutboxRow.all().count()
        assert told > before
        assert await AuditRow.filter(act="round_reminded", object=f"round:{one.id}").count() == 1
        await seat.press(label[0])
        assert "Hôm nay đã nhắc rồi" in seat.words
        assert await OutboxRow.all().count() == told
    async with desk.sat(POLICE) as seat:
        await seat.get("/so-lieu/dot")
        assert "RemindMissing" not in seat.page
        await seat.send("/bam", {"viec": pack(RemindMissing(one.id)), "ve": f"/ban{ROUNDS}"})
        assert "Việc giao nhiệm vụ" in seat.words


async def test_a_target_is_prepared_at_the_desk_and_given_in_the_chat(desk: Office) -> None:
    async with desk.sat("chair") as seat:
        await seat.get("/chi-tieu")
        assert "85%" in seat.words
        before = await Target.all().count()
        await seat.send("/chi-tieu", {"ky": _month(), "chi-tieu": "TT03", "gia_tri": "24", "cach": "households"})
        assert "cộng 24" in seat.words
        await seat.press("Giao")
        assert "cần đúng bác bấm" in seat.words
        assert await Target.all().count() == before, "giving is pressed once more in the chat"
        await seat.get("/chi-tieu")
        await seat.send("/chi-tieu", {"ky": _month(), "chi-tieu": "CQ01", "gia_tri": "90", "noi": village.VILLAGE})
        assert "Có chỉ tiêu đã giao nay sửa" in seat.words
        await seat.send("/noi", {"loi": "Xã nâng mức", "ve": f"/ban/chi-tieu?ky={_month()}"})
        assert "90% (trước là 85%)" in seat.words
        for bad in ("", "x", "9" * 21):
            await seat.get("/chi-tieu")
            await seat.send("/chi-tieu", {"ky": _month(), "chi-tieu": "CQ01", "gia_tri": bad})
            assert "Mời ghi chỉ tiêu là một số" in seat.words
        await seat.send("/chi-tieu", {"ky": _month(), "chi-tieu": "CQ01", "gia_tri": "90", "noi": FAR})
        assert seat.status == 404


async def test_drawings_say_in_words_what_they_say_in_colours(desk: Office) -> None:
    async with desk.sat() as seat:
        await seat.get("/so-lieu/tien-do")
        assert "chỉ tiêu" in seat.words
        assert "Chậm" in seat.words
        await seat.get("/so-lieu/tien-do", **{"chi-tieu": "CQ02"})
        assert '<svg class="chart"' in seat.page
        assert 'role="img" aria-label=' in seat.page
        assert "style=" not in seat.page, "the pages' policy forbids it"
        await seat.get("/so-lieu/o", noi=village.VILLAGE, **{"chi-tieu": "CQ02"})
        assert '<svg class="chart"' in seat.page


async def test_red_indicators_stand_on_the_first_page_with_the_month_since_when(desk: Office) -> None:
    async with desk.sat("chair") as seat:
        await seat.get("")
        assert "Hồ sơ nộp trực tuyến do Tổ hỗ trợ: chậm từ" in seat.words
        link = re.search(r'href="(/ban/so-lieu/tien-do[^"]+)"', seat.page)
        assert link is not None
        await seat.get(unescape(link[1]).removeprefix("/ban"))
        assert "Hồ sơ nộp trực tuyến" in seat.words


async def test_the_report_comes_as_word_and_excel_with_number_day_and_signer(desk: Office) -> None:
    async with desk.sat() as seat:
        await seat.get("/bao-cao")
        assert "Ý kiến chỉ đạo" in seat.words
        token = re.search(r'name="the" value="([^"]+)"', seat.page)
        assert token is not None
        before = await AuditRow.filter(act="report_drawn").count()
        for number, day in (("0", ""), ("x", ""), ("1" * 6, ""), ("5", "2026-02-30"), ("5", "1900-01-01")):
            await seat.send("/bao-cao", {"so_van_ban": number, "ngay": day, "nguoi_ky": "Bà <Ký>"}, token=token[1])
            assert seat.status == 422
            assert "Bà <Ký>" in unescape(seat.page), "what was typed is not lost"
        for kind in ("docx", "xlsx"):
            sent = {TOKEN: token[1], ID: new_id(), "tep": kind, "so_van_ban": "17",
                    "ngay": today(CLOCK.now()).isoformat(), "nguoi_ky": "Nguyễn Thị Ký"}  # fmt: skip
            response = await seat.client.post("/ban/bao-cao", data=sent)
            content = await response.read()
            assert response.headers["Content-Disposition"].endswith(f".{kind}")
            inside = ZipFile(io.BytesIO(content))
            if kind == "docx":
                text = re.sub("<[^>]+>", "", inside.read("word/document.xml").decode())
                assert "17/BC-UBND" in text
                assert "Nguyễn Thị Ký" in text
        assert await AuditRow.filter(act="report_drawn").count() == before + 2
        await seat.get("/bao-cao")
        await seat.press("Ghi ý kiến chỉ đạo")
        await seat.send("/noi", {"loi": "Tập trung thôn 10.", "ve": "/ban/bao-cao"})
        await seat.get("/bao-cao")
        assert "Tập trung thôn 10." in seat.words
    async with desk.sat(COUNCIL) as seat:
        await seat.get("/bao-cao")
        assert "Lấy tệp" not in seat.words
        await seat.send("/bao-cao", {"tep": "docx"})
        assert seat.status == 403


async def _person(name: str) -> int:
    row = await Person.filter(name=name).first()
    assert row is not None
    return int(row.id)
