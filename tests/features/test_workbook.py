"""An official edits a workbook: an edited cell is one line, a fault is named by its cell, nothing half happens."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook, SheetVisibleEnum
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.features import units
from bot.features.audit import Audit
from bot.features.invites import Created, Invites
from bot.features.people import people
from bot.features.people.accounts import Account
from bot.features.rights import ROLES
from bot.features.workbook import SheetColumn, UnreadableFile, WorkbookScope
from bot.features.workbook.book import Outdated, Proposal, Unclean, Workbook
from bot.features.workbook.don_vi import UnitsSheet
from bot.features.workbook.nguoi import PeopleSheet
from bot.features.workbook.sheet import Value, cell_name
from bot.features.workbook.write import workbook as write
from bot.storage.tables.people import Person, Role
from bot.storage.tables.places import Unit
from tests.panics import dated

from .village import KEY

FOUNDED, TODAY = date(2025, 7, 1), date(2026, 11, 24)
NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
SCOPE = WorkbookScope(NOW, ZoneInfo("Asia/Ho_Chi_Minh"))
BOOK = Workbook([UnitsSheet(), PeopleSheet()])

UNITS = ["ma", "loai", "ten", "ma_cha", "ten_khac", "so_ho", "so_nguoi_lon", "tu_ngay", "den_ngay"]
PEOPLE = ["ho_ten", "vai_tro", "don_vi", "dien_thoai", "het_han"]
Rows = list[list[Value | None]]


def made(sheets: Mapping[str, Sequence[Sequence[Value | None]]], *, merged: Mapping[str, str] | None = None) -> bytes:
    """A workbook as a person's spreadsheet program would write it; `merged` are ranges by sheet."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "default_date_format": "dd/mm/yyyy"})
    for name, rows in sheets.items():
        page = book.add_worksheet(name)
        for at, row in enumerate(rows):
            for column, value in enumerate(row):
                if isinstance(value, str):
                    page.write_string(at, column, value)
                elif value is not None:
                    page.write(at, column, value)
        if merged and name in merged:
            page.merge_range(merged[name], "gộp")
    book.close()
    return out.getvalue()


def units_sheet(*rows: Sequence[Value | None]) -> bytes:
    return made({"don_vi": [UNITS, *rows]})


def people_sheet(*rows: Sequence[Value | None]) -> bytes:
    return made({"nguoi": [PEOPLE, *rows]})


def lines(proposal: Proposal) -> list[str]:
    return [change.line for change in proposal.changes]


async def proposed(data: bytes, scope: WorkbookScope = SCOPE) -> list[str]:
    return lines(await BOOK.propose(data, scope))


async def applied(data: bytes, scope: WorkbookScope = SCOPE) -> list[str]:
    proposal = await BOOK.propose(data, scope)
    await BOOK.apply(proposal, scope)
    return lines(proposal)


async def edited(edit: Callable[[dict[str, Rows]], None], scope: WorkbookScope = SCOPE) -> bytes:
    """What is exported, after a person has changed something in it."""
    sheets: dict[str, Rows] = {
        sheet.name: [[column.key for column in sheet.columns], *[list(row) for row in await sheet.export(scope)]]
        for sheet in (UnitsSheet(), PeopleSheet())
    }
    edit(sheets)
    return made(sheets)


@pytest.fixture
async def commune(db: BaseDBAsyncClient) -> units.Place:
    await units.create("ninh-binh", "tỉnh", "Ninh Bình", valid_from=FOUNDED)
    made_ = await units.create(
        "yen-mo", "xã", "Yên Mô", parent="ninh-binh", valid_from=FOUNDED, aliases=["Yên Hòa", "Yên Thịnh"]
    )
    village = await units.create("lac-hien", "thôn", "Lạc Hiền", parent="yen-mo", valid_from=FOUNDED)
    await units.create("dong", "thôn", "Đông", parent="yen-mo", valid_from=FOUNDED)
    await units.count(village.id, FOUNDED, households=320, adults=800)
    leader = await people.create("Nguyễn Thị Hoa", NOW, phone="0912345678")
    await people.grant(leader, "leader", village.id, NOW)
    helper = await people.create("Trần Văn Nam", NOW)
    await people.grant(helper, "volunteer", village.id, NOW)
    return made_


# Roles by name


@pytest.mark.parametrize(
    ("said", "role", "unit"),
    [
        ("Tổ trưởng", "leader", "dong"),
        ("tổ trưởng tổ công nghệ số", "leader", "dong"),
        ("Chủ tịch", "chair", "yen-mo"),
        ("PHÓ CHỦ TỊCH", "chair", "yen-mo"),
        ("Chủ tịch, Phó Chủ tịch", "chair", "yen-mo"),
        ("Công chức Văn hoá - Xã hội", "officer", "yen-mo"),
        ("Truong thon", "village_head", "dong"),
        ("deputy", "deputy", "dong"),
    ],
)
async def test_a_role_may_be_written_as_people_call_it(commune: units.Place, said: str, role: str, unit: str) -> None:
    [line] = await applied(people_sheet(["Lê Văn Bình", said, unit]))
    assert line.startswith(f"+ nguoi!A2 Lê Văn Bình: thêm vai trò {ROLES[role]} ở {unit}")
    assert await Role.filter(role=role, person__name="Lê Văn Bình").count() == 1
    assert await proposed(people_sheet(["Lê Văn Bình", said, unit])) == []


async def test_a_role_that_does_not_exist_is_answered_with_the_names_of_those_that_do(commune: units.Place) -> None:
    [line] = await proposed(people_sheet(["A", "Tổ bảo vệ", "lac-hien"]))
    assert "Tổ trưởng Tổ công nghệ số; " in line
    assert "Chủ tịch, Phó Chủ tịch" in line
    assert "leader" not in line


async def test_the_workbook_shows_and_offers_roles_by_their_names(commune: units.Place) -> None:
    data = await BOOK.export(SCOPE)
    with CalamineWorkbook.from_filelike(io.BytesIO(data)) as book:
        shown = book.get_sheet_by_name("nguoi").to_python()
        offered = [row[0] for row in book.get_sheet_by_name("lua_chon").to_python()]
        hidden = {meta.name: meta.visible for meta in book.sheets_metadata}["lua_chon"]
    assert [row[1] for row in shown[1:]] == ["Đoàn viên tình nguyện", "Tổ trưởng Tổ công nghệ số"]
    assert offered == [name for role, name in ROLES.items() if role != "resident"]
    assert hidden == SheetVisibleEnum.Hidden
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        page = packed.read("xl/worksheets/sheet2.xml").decode()
    assert f"<formula1>lua_chon!$A$1:$A${len(offered)}</formula1>" in page


async def test_a_list_of_choices_that_was_made_visible_is_no_strange_sheet(commune: units.Place) -> None:
    assert await proposed(made({"nguoi": [PEOPLE], "lua_chon": [["Tổ trưởng"]]})) == []


# Round trip


async def test_an_exported_workbook_imported_again_changes_nothing(commune: units.Place) -> None:
    assert await proposed(await BOOK.export(SCOPE)) == []
    await units.rename("dong", "Đông Mới", TODAY)
    await units.create("dong-2", "thôn", "=1+1", parent="yen-mo", valid_from=FOUNDED, aliases=["12", "a b"])
    await units.merge(["dong"], "dong-2", TODAY)
    assert await proposed(await BOOK.export(SCOPE)) == []
    assert await proposed(await edited(lambda sheets: None)) == []


async def test_columns_in_another_order_and_a_title_above_change_nothing(commune: units.Place) -> None:
    def turn(sheets: dict[str, Rows]) -> None:
        sheets["don_vi"] = [["DANH SÁCH ĐƠN VỊ"], [], *[row[::-1] for row in sheets["don_vi"]]]

    assert await proposed(await edited(turn)) == []


@pytest.mark.parametrize(
    ("sheet", "row", "key", "value", "line"),
    [
        ("don_vi", "lac-hien", "loai", "xóm", "~ don_vi!B5 lac-hien: loai thôn → xóm"),
        ("don_vi", "lac-hien", "ten", "Lạc Hiền 1", "~ don_vi!C5 lac-hien: ten Lạc Hiền → Lạc Hiền 1"),
        ("don_vi", "dong", "ma_cha", "lac-hien", "~ don_vi!D4 dong: ma_cha yen-mo → lac-hien"),
        ("don_vi", "yen-mo", "ten_khac", "Yên Hòa", "~ don_vi!E3 yen-mo: ten_khac Yên Hòa; Yên Thịnh → Yên Hòa"),
        ("don_vi", "lac-hien", "so_ho", 325, "~ don_vi!F5 lac-hien: so_ho 320 → 325"),
        ("don_vi", "lac-hien", "so_nguoi_lon", None, "- don_vi!G5 lac-hien: so_nguoi_lon 800 → (trống)"),
        ("don_vi", "dong", "tu_ngay", date(2026, 1, 1), "~ don_vi!H4 dong: tu_ngay 01/07/2025 → 01/01/2026"),
        ("don_vi", "dong", "den_ngay", "31/12/2026", "- don_vi!I4 dong: thôi hoạt động sau ngày 31/12/2026"),
        ("nguoi", "Nguyễn Thị Hoa", "ho_ten", "Nguyễn Thị Hòa",
         "~ nguoi!A3 Nguyễn Thị Hòa: ho_ten Nguyễn Thị Hoa → Nguyễn Thị Hòa"),
        ("nguoi", "Nguyễn Thị Hoa", "vai_tro", "member",
         f"+ nguoi!A3 Nguyễn Thị Hoa: thêm vai trò {ROLES['member']} ở lac-hien, vẫn giữ {ROLES['leader']}"),
        ("nguoi", "Nguyễn Thị Hoa", "don_vi", "dong",
         f"+ nguoi!A3 Nguyễn Thị Hoa: thêm vai trò {ROLES['leader']} ở dong, vẫn giữ {ROLES['leader']}"),
        ("nguoi", "Nguyễn Thị Hoa", "dien_thoai", "0987 654 321",
         "~ nguoi!D3 Nguyễn Thị Hoa: dien_thoai 0912345678 → 0987654321"),
        ("nguoi", "Trần Văn Nam", "dien_thoai", 987654321,
         "~ nguoi!D2 Trần Văn Nam: dien_thoai (trống) → 0987654321"),
        ("nguoi", "Nguyễn Thị Hoa", "het_han", date(2026, 12, 31),
         "~ nguoi!E3 Nguyễn Thị Hoa: het_han (trống) → 31/12/2026"),
        ("nguoi", "Nguyễn Thị Hoa", "het_han", date(2026, 11, 1),
         "- nguoi!E3 Nguyễn Thị Hoa: thôi vai trò Tổ trưởng Tổ công nghệ số, het_han (trống) → 01/11/2026"),
    ],
)  # fmt: skip
async def test_an_edited_cell_is_one_line_and_after_it_nothing_is_left_to_do(
    commune: units.Place, sheet: str, row: str, key: str, value: Value | None, line: str
) -> None:
    def edit(sheets: dict[str, Rows]) -> None:
        table = sheets[sheet]
        next(one for one in table if one[0] == row)[table[0].index(key)] = value

    data = await edited(edit)
    assert await applied(data) == [line]
    again = await proposed(await BOOK.export(SCOPE))
    assert again == []
    if not line.startswith("- nguoi"):
        assert await proposed(data) == []


async def test_a_new_count_leaves_the_old_one_to_old_reports(commune: units.Place) -> None:
    await applied(units_sheet(["lac-hien", "thôn", "Lạc Hiền", "yen-mo", None, 325, 800, FOUNDED, None]))
    village = await units.get("lac-hien")
    assert village is not None
    assert await units.size(village.id, date(2026, 11, 23)) == (320, 800, FOUNDED)
    assert await units.size(village.id, TODAY) == (325, 800, TODAY)


async def test_rows_that_are_not_in_the_file_stay_as_they_are(commune: units.Place) -> None:
    assert await applied(made({"don_vi": [UNITS], "nguoi": [PEOPLE]})) == []
    assert await Unit.all().count() == 4
    assert await Role.all().count() == 2


async def test_a_commune_is_set_up_from_one_file(db: BaseDBAsyncClient) -> None:
    data = made(
        {
            "nguoi": [PEOPLE, ["Lê Văn Bình", "leader", "xom-4", "0912.345.678", None], ["", "", "", "", ""]],
            "don_vi": [
                UNITS,
                ["xom-4", "xóm", 4, "yen-mo", "Xóm Bốn; Bốn", 300, 700, date(2025, 7, 1), None],
                ["yen-mo", "xã", "Yên Mô", None, None, None, None, None, None],
            ],
        }
    )
    assert await applied(data) == [
        "+ don_vi!A2 xom-4: thêm xóm 4, thuộc yen-mo, 300 hộ, từ 01/07/2025",
        "+ don_vi!A3 yen-mo: thêm xã Yên Mô, từ 24/11/2026",
        "+ nguoi!A2 Lê Văn Bình: thêm vai trò Tổ trưởng Tổ công nghệ số ở xom-4",
    ]
    village = await units.get("xom-4")
    assert village is not None
    assert (village.full_name, village.aliases, village.households) == ("xóm 4", ("Xóm Bốn", "Bốn"), 300)
    person = await Person.get()
    assert (person.name, person.phone) == ("Lê Văn Bình", "0912345678")
    assert await proposed(data) == []


# Faults


async def _faults(data: bytes, scope: WorkbookScope = SCOPE) -> list[str]:
    """The lines of a file that must not be applied, and is not."""
    before = await BOOK.export(SCOPE)
    proposal = await BOOK.propose(data, scope)
    assert not proposal.clean
    with pytest.raises(Unclean):
        await BOOK.apply(proposal, scope)
    assert await proposed(before) == []
    return [line for line in lines(proposal) if line.startswith("!")]


@pytest.mark.parametrize(
    ("row", "line"),
    [
        (["Lạc Hiền", "thôn", "A", "yen-mo"], "! don_vi!A2 “Lạc Hiền” phải gồm chữ thường không dấu, số và gạch nối"),
        ([None, "thôn", "A", "yen-mo"], "! don_vi!A2 thiếu ma"),
        (["a", "thôn", None, "yen-mo"], "! don_vi!C2 thiếu ten"),
        (["a", "thôn", "A", "yen-mu"], "! don_vi!D2 a: không có đơn vị “yen-mu”"),
        (["a", "thôn", "A", None], "! don_vi!D2 a: thôn phải thuộc một đơn vị cấp trên"),
        (["a", "xã", "A", "lac-hien"], "! don_vi!D2 a: xã không thể thuộc thôn"),
        (["a", "thôn", "A", "a"], "! don_vi!D2 a: nằm trong chính nó"),
        (["a", "thôn", "A", "yen-mo", None, "320"], "! don_vi!F2 so_ho phải là số, đang là chữ “320”"),
        (["a", "thôn", "A", "yen-mo", None, 12.5], "! don_vi!F2 so_ho phải là số nguyên từ 0 trở lên, đang là 12.5"),
        (["a", "thôn", "A", "yen-mo", None, -1], "! don_vi!F2 so_ho phải là số nguyên từ 0 trở lên, đang là -1"),
        (["a", "thôn", "A", "yen-mo", None, 1, True], "! don_vi!G2 so_nguoi_lon phải là số, đang là chữ “True”"),
        (["a", "thôn", "A", "yen-mo", None, None, None, "31/2/2026"],
         "! don_vi!H2 tu_ngay phải là ngày, ví dụ 01/07/2026, đang là “31/2/2026”"),
        (["a", "thôn", "A", "yen-mo", None, None, None, date(2026, 2, 1), date(2026, 1, 1)],
         "! don_vi!I2 a: ngày kết thúc trước ngày bắt đầu"),
        (["a", "thôn", date(2026, 1, 2), "yen-mo"],
         "! don_vi!C2 ten phải là chữ, bảng tính đã đổi thành 02/01/2026; định dạng ô là văn bản"),
        (["yen-mo", "thôn", "Yên Mô", "ninh-binh"], "! don_vi!B2 yen-mo: không đổi được từ xã thành thôn, vì khác cấp"),
        (["yen-mo", "xã", "Yên Mô", "ninh-binh", "Yên Hòa; Yên Thịnh", None, None, None, date(2026, 12, 1)],
         "! don_vi!I2 yen-mo: còn dong bên trong"),
    ],
)  # fmt: skip
async def test_a_fault_in_a_unit_is_named_by_its_cell(commune: units.Place, row: list[Value | None], line: str) -> None:
    assert line in await _faults(units_sheet(row))


@pytest.mark.parametrize(
    ("row", "line"),
    [
        (["A", "leader", "khong-co"], "! nguoi!C2 không có đơn vị “khong-co”"),
        (["A", "Tổ bảo vệ", "lac-hien"], "! nguoi!B2 không có vai trò “Tổ bảo vệ”"),
        (["A", "resident", "lac-hien"], "! nguoi!B2 không có vai trò “resident”"),
        (["A", "leader", "yen-mo"], "! nguoi!C2 vai trò Tổ trưởng Tổ công nghệ số không dùng cho xã (yen-mo)"),
        (["A", "officer", "lac-hien"], "! nguoi!C2 vai trò Công chức Văn hóa – Xã hội không dùng cho thôn (lac-hien)"),
        (["A", "volunteer", "lac-hien"], "! nguoi!E2 A: vai trò Đoàn viên tình nguyện phải có het_han"),
        (["A", "leader", "lac-hien", None, date(2026, 11, 1)], "! nguoi!E2 A: het_han 01/11/2026 đã qua"),
        (["A", "leader", "lac-hien", "gọi cho tôi"], "! nguoi!D2 “gọi cho tôi” không phải số điện thoại"),
        (["Nguyễn Thị Hoa", "leader", "lac-hien", "0912345678"], ""),
    ],
)
async def test_a_fault_in_a_person_is_named_by_its_cell(
    commune: units.Place, row: list[Value | None], line: str
) -> None:
    if not line:
        assert await proposed(people_sheet(row)) == []
        return
    (fault,) = await _faults(people_sheet(row))
    assert fault.startswith(line)


async def test_duplicates_name_each_other(commune: units.Place) -> None:
    new = ["a", "thôn", "A", "yen-mo"]
    assert await _faults(units_sheet(new, new)) == ["! don_vi!A3 a: đã có ở ô A2"]
    person = ["B", "leader", "lac-hien", "0911111111"]
    assert await _faults(people_sheet(person, person)) == [
        "! nguoi!A3 B: Tổ trưởng Tổ công nghệ số ở lac-hien đã có ở ô A2; ghi số điện thoại nếu là người khác"
    ]
    known = ["Trần Văn Nam", "volunteer", "lac-hien", None, date(2027, 5, 22)]
    assert len(await _faults(people_sheet(known, known))) == 1


async def test_one_person_with_two_phones_in_two_rows_is_a_fault(commune: units.Place) -> None:
    hoa = await Person.get(name="Nguyễn Thị Hoa")
    village = await units.get("dong")
    assert village is not None
    await people.grant(hoa.id, "leader", village.id, NOW)
    data = people_sheet(
        ["Nguyễn Thị Hoa", "leader", "lac-hien", "0911111111"], ["Nguyễn Thị Hoa", "leader", "dong", "0912345678"]
    )
    assert await _faults(data) == ["! nguoi!D3 Nguyễn Thị Hoa: dien_thoai khác với ô D2 của cùng một người"]


async def test_namesakes_are_told_apart_by_their_phones(commune: units.Place) -> None:
    first, second = ["Hùng", "member", "dong", "0911111111"], ["Hùng", "member", "dong", "0922222222"]
    assert len(await applied(people_sheet(first, second))) == 2
    assert await Person.filter(name="Hùng").count() == 2
    assert await proposed(people_sheet(second, first)) == []
    assert await proposed(people_sheet(first, ["Hùng", "member", "dong", "0933333333"])) == [
        "~ nguoi!D3 Hùng: dien_thoai 0922222222 → 0933333333"
    ]


async def test_a_newcomer_with_two_roles_is_one_person(commune: units.Place) -> None:
    await applied(people_sheet(["Bình", "leader", "dong", "0911111111"], ["Bình", "deputy", "lac-hien", "0911111111"]))
    person = await Person.get(name="Bình")
    assert await Role.filter(person_id=person.id).count() == 2


async def test_the_last_day_is_a_whole_day_in_vietnam(commune: units.Place) -> None:
    await applied(people_sheet(["Bình", "leader", "dong", None, date(2026, 12, 31)]))
    role = await Role.get(role="leader", person__name="Bình")
    assert role.expires_at == datetime(2026, 12, 31, 17, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "line"),
    [
        ([*PEOPLE[:3], "dien_thoai"], "! nguoi!F1 thiếu cột het_han"),
        ([*PEOPLE, "ghi_chu"], "! nguoi!F1 không có cột “ghi_chu”; các cột: " + ", ".join(PEOPLE)),
        ([*PEOPLE, "don_vi"], "! nguoi!F1 cột don_vi có hai lần"),
        ([*PEOPLE[:3], "", *PEOPLE[3:]], "! nguoi!D2 có giá trị nhưng cột này không có khóa ở trên"),
        (["họ tên", "vai trò"], "! nguoi!A1 không thấy hàng khóa: " + ", ".join(PEOPLE)),
    ],
)
async def test_columns_that_are_missing_unknown_or_shifted_are_named(
    commune: units.Place, header: list[Value | None], line: str
) -> None:
    data = made({"nguoi": [header, ["A", "leader", "dong", "0911111111", date(2026, 12, 1)]]})
    assert line in await _faults(data)


async def test_merged_cells_are_named(commune: units.Place) -> None:
    data = made({"nguoi": [PEOPLE, ["A", "leader", "dong"]]}, merged={"nguoi": "C2:C4"})
    assert "! nguoi!C2 ô gộp C2:C4: bỏ gộp rồi ghi vào từng ô" in await _faults(data)


async def test_a_sheet_with_a_misspelt_name_is_not_passed_over(commune: units.Place) -> None:
    data = made({"don_vi": [UNITS], "ngưoi": [PEOPLE, ["A", "leader", "dong"]], "trống": []})
    assert await _faults(data) == ["! ngưoi!A1 không có bảng tên này; các bảng: don_vi, nguoi"]


@pytest.mark.parametrize("data", [b"", b"abc", b"PK\x03\x04", made({"trống": []}), b"x" * 10_000_001])
async def test_what_is_no_workbook_is_refused(db: BaseDBAsyncClient, data: bytes) -> None:
    with pytest.raises(UnreadableFile):
        await BOOK.propose(data, SCOPE)


@pytest.mark.parametrize(
    ("number", "format_"),
    [(36_190_001_234, "[h]:mm:ss"), (-1e300, "dd/mm/yyyy")],
    ids=["more days than there are", "the reader panics"],
)
async def test_a_number_that_is_no_date_in_a_cell_for_dates_is_refused_in_words(
    db: BaseDBAsyncClient, number: float, format_: str
) -> None:
    with pytest.raises(UnreadableFile, match="ô định dạng ngày mà số trong ô không phải ngày"):
        await BOOK.propose(dated(number, format_), SCOPE)


@pytest.mark.parametrize(("digits", "shown"), [("1e400", "inf"), ("NaN", "nan")])
async def test_a_number_that_is_none_is_named_by_its_cell(commune: units.Place, digits: str, shown: str) -> None:
    """Another program's file may hold such: it ended the reader as a fault of the bot's own."""
    data = units_sheet(["a", "thôn", "A", "yen-mo", None, 424242], [424242, "thôn", "B", "yen-mo"])
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out := io.BytesIO(), "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b"<v>424242</v>", f"<v>{digits}</v>".encode()))
    assert f"! don_vi!F2 so_ho phải là số, đang là chữ “{shown}”" in await _faults(out.getvalue())


# Scope and time


async def test_a_commune_neither_sees_nor_changes_another(commune: units.Place) -> None:
    await units.create("yen-tu", "xã", "Yên Từ", parent="ninh-binh", valid_from=FOUNDED)
    other = await units.create("phuc-lai", "thôn", "Phúc Lại", parent="yen-tu", valid_from=FOUNDED)
    person = await people.create("Người Xã Khác", NOW, phone="0999999999")
    await people.grant(person, "leader", other.id, NOW)
    own = WorkbookScope(NOW, SCOPE.zone, commune.id)
    exported = await UnitsSheet().export(own)
    assert [row[0] for row in exported] == ["yen-mo", "dong", "lac-hien"]
    assert "Người Xã Khác" not in [row[0] for row in await PeopleSheet().export(own)]
    assert await proposed(await BOOK.export(own), own) == []
    foreign = ["phuc-lai", "thôn", "Đổi Tên", "yen-tu"]
    assert await _faults(units_sheet(foreign), own) == ["! don_vi!A2 phuc-lai: mã này thuộc nơi khác"]
    assert await _faults(units_sheet(["a", "thôn", "A", "yen-tu"]), own) == ["! don_vi!D2 a: không có đơn vị “yen-tu”"]
    assert await _faults(units_sheet(["a", "xã", "A", None]), own) == ["! don_vi!D2 a: thiếu ma_cha"]
    assert await _faults(people_sheet(["A", "leader", "phuc-lai"]), own) == ["! nguoi!C2 không có đơn vị “phuc-lai”"]


async def test_what_changed_since_it_was_shown_is_shown_again(commune: units.Place) -> None:
    data = units_sheet(["lac-hien", "thôn", "Lạc Hiền", "yen-mo", None, 325, 800, FOUNDED, None])
    proposal = await BOOK.propose(data, SCOPE)
    village = await units.get("lac-hien")
    assert village is not None
    await units.count(village.id, TODAY, households=400, adults=900)
    with pytest.raises(Outdated):
        await BOOK.apply(proposal, SCOPE)
    assert await units.size(village.id, TODAY) == (400, 900, TODAY)


async def test_villages_that_change_places_do_not_get_in_each_others_way(commune: units.Place) -> None:
    await units.move("dong", "lac-hien")
    data = units_sheet(
        ["lac-hien", "thôn", "Lạc Hiền", "dong", None, 320, 800, FOUNDED],
        ["dong", "thôn", "Đông", "yen-mo", None, None, None, FOUNDED],
    )
    assert len(await applied(data)) == 2
    assert await proposed(data) == []


def test_cells_are_named_as_spreadsheets_do() -> None:
    assert [cell_name(7, column) for column in (0, 1, 25, 26, 27, 701, 702)] == [
        "A7", "B7", "Z7", "AA7", "AB7", "ZZ7", "AAA7",
    ]  # fmt: skip


def test_a_whole_number_has_no_decimal_point_behind_it() -> None:
    """Excel shows 12 as "12," where a format ends in "#" behind the point."""
    data = write([("giao", [SheetColumn("chi_tieu", "", "number")], [[12], [12.5]])])
    styles = zipfile.ZipFile(io.BytesIO(data)).read("xl/styles.xml").decode()
    assert "#,##0" in styles
    assert ".#" not in styles


async def test_who_was_listed_and_came_is_known_again_by_the_same_sheet(commune: units.Place) -> None:
    """With a code of their own; their name on the messenger, or a name they corrected, makes no second person."""
    invites, account = Invites(KEY, Audit(KEY)), Account("fake", "id-mai")
    sheet = people_sheet(["Lê Thị Mai", "leader", "dong", None, date(2027, 6, 30)])
    await applied(sheet)
    row = await Person.get(name="Lê Thị Mai")
    made_ = await invites.create_listed(row.id, by=None, now=NOW)
    assert isinstance(made_, Created)
    await invites.redeem(made_.code, account, "chat-mai", NOW, name="Mai 🌸", private=True, messenger=True)
    assert await proposed(sheet) == []
    who = await people.who(account, NOW)
    assert who.person_id is not None
    await people.rename(who.person_id, "Bác Mai")
    assert await applied(sheet) == ["~ nguoi!A2 Lê Thị Mai: ho_ten Bác Mai → Lê Thị Mai"]
    await applied(people_sheet(["Lê Thị Mai", "leader", "dong", "0987654321", date(2026, 11, 23)]))
    after = await people.who(account, NOW)
    assert (after.person_id, after.name, after.grants) == (who.person_id, "Lê Thị Mai", ())
    assert await Person.filter(name__in=["Lê Thị Mai", "Mai 🌸", "Bác Mai"]).count() == 1


async def test_a_role_that_has_its_holder_is_added_with_the_holders_name_before_the_eyes(
    commune: units.Place,
) -> None:
    """Whoever came with a code has the name of their messenger: the sheet's row would be a second person."""
    [line] = await proposed(people_sheet(["Nguyễn Thị Hoà", "leader", "lac-hien", None, None]))
    assert line == (
        "+ nguoi!A2 Nguyễn Thị Hoà: thêm vai trò Tổ trưởng Tổ công nghệ số ở lac-hien; vai trò này đang có Nguyễn Thị "
        "Hoa: nếu là một người thì ghi đúng tên ấy"
    )
