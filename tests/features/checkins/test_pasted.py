"""A table pasted from a spreadsheet: names in any order, numbers as people here write them, everything else said."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from bot.features.checkins.indicators import defaults
from bot.features.checkins.reading.cells import Typed, read_cell
from bot.features.checkins.reading.pasted import MOST_CELLS, PastedTable, TableNames, column_name, read_paste
from bot.features.units import Place

BY_CODE = {one.code: one for one in defaults()}
VNEID, QR, SHOPS = BY_CODE["CQ01"], BY_CODE["KT05"], BY_CODE["KT01"]


def _place(number: int, code: str, name: str, kind: str = "thôn") -> Place:
    return Place(number, code, kind, name, (), 1, date(2025, 7, 1), None, None, 100, 300)


LAC_HIEN, DONG_CAO = _place(1, "lac-hien", "Lạc Hiền"), _place(2, "dong-cao", "Đông Cao")
NAMES = TableNames([LAC_HIEN, DONG_CAO], defaults())


def _values(table: PastedTable) -> dict[tuple[str, str], Decimal]:
    return {(one.place.code, one.indicator.code): one.typed.value for one in table.cells}


def test_villages_down_and_indicators_across_or_the_other_way_round_say_the_same() -> None:
    down = read_paste("Bảng của xã\n\nTT\tThôn\tCQ01\tKT01\n1\tThôn Lạc Hiền\t1.234\t5\n2\tdong cao\t\t12\n", NAMES)
    across = read_paste(f"\tđông cao\tLAC HIEN\n{VNEID.label}\t\t1.234\n{SHOPS.label} ({SHOPS.unit})\t12\t5", NAMES)
    wanted = {("lac-hien", "CQ01"): 1234, ("lac-hien", "KT01"): 5, ("dong-cao", "KT01"): 12}
    assert _values(down) == wanted
    assert _values(across) == wanted
    assert down.problems == across.problems == []


def test_our_own_workbook_comes_back_with_its_totals_left_out() -> None:
    head = "Mã\tChỉ tiêu\tĐơn vị tính\tChỉ tiêu giao\tThực hiện\tTỷ lệ (%)\tMức\tthôn Lạc Hiền\tthôn Đông Cao"
    row = f"KT01\t{SHOPS.label}\tgian hàng\t20\t17\t85\tĐúng tiến độ\t5\t12"
    found = read_paste(f"{head}\n{row}\nTổng cộng\t\t\t\t17\t\t\t5\t12", NAMES)
    assert _values(found) == {("lac-hien", "KT01"): 5, ("dong-cao", "KT01"): 12}
    assert found.problems == []


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("=A1+B1", "formula"), ("=SUM(B2:B9)", "formula"), ("+B2*2", "formula"), ("@SUM(1)", "formula"),
        ("#REF!", "broken"), ("#DIV/0!", "broken"), ("85%", "percent"), ("-3", "negative"), ("−3", "negative"),
        ("1,234", "number"), ("12.5", "number"), ("1,5", "number"), ("mười", "words"), ("<script>", "words"),
        ("5/4", "part"), ("5/10", "part"), ("9" * 41, "words"), ("12345678", "number"), ("0912 345 678", "number"),
    ],
)  # fmt: skip
def test_what_is_no_figure_is_said(text: str, kind: str) -> None:
    found = read_paste(f"Thôn\tKT01\nLạc Hiền\t{text}", NAMES)
    assert found.cells == []
    assert [(one.kind, one.row, one.column) for one in found.problems] == [(kind, 2, 2)]


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        ("340", Typed("=", Decimal(340))), ("=340", Typed("=", Decimal(340))), ("+5", Typed("+", Decimal(5))),
        ("1.234", Typed("=", Decimal(1234))), ("1 234", Typed("=", Decimal(1234))),
        ("13/20", Typed("=", Decimal(13), Decimal(20))), (f"7 {QR.unit}", Typed("=", Decimal(7))),
    ],
)  # fmt: skip
def test_numbers_as_people_write_them(text: str, typed: Typed) -> None:
    assert read_cell(text, QR) == typed


def test_nothing_that_holds_something_is_lost_silently() -> None:
    table = "Thôn\tCQ01\tDân số\t\nLạc Hiền\t5\t900\t\nThôn Xa\t7\t\t\n\t8\t\t\nĐông Cao\t6\t\t3\nLạc Hiền\t9\t\t"
    found = read_paste(table, NAMES)
    assert [(one.kind, one.row, one.text) for one in sorted(found.problems, key=lambda one: one.row)] == [
        ("no_indicator", 1, "Dân số"),
        ("no_village", 3, "Thôn Xa"),
        ("no_village", 4, ""),
        ("no_indicator", 5, ""),
        ("twice", 6, "9"),
    ]
    assert _values(found) == {("lac-hien", "CQ01"): 5, ("dong-cao", "CQ01"): 6}


def test_two_villages_of_one_name_are_asked_about() -> None:
    names = TableNames([LAC_HIEN, _place(3, "to-lac-hien", "Lạc Hiền", "tổ dân phố")], defaults())
    found = read_paste("\tCQ01\nLạc Hiền\t5\ntổ dân phố Lạc Hiền\t6", names)
    assert [one.kind for one in found.problems] == ["several"]
    assert _values(found) == {("to-lac-hien", "CQ01"): 6}


@pytest.mark.parametrize("text", ["", "xin chào", "12\t13\n14\t15", '"', "\x00", "CQ01\t5"])
def test_what_is_no_table_is_said_to_be_none(text: str) -> None:
    assert [one.kind for one in read_paste(text, NAMES).problems] == ["no_names"]


def test_ten_thousand_cells_are_read_and_more_are_refused_at_once() -> None:
    codes = [*BY_CODE][:49]
    villages = [_place(at, f"thon-{at}", f"Số {at}") for at in range(1, 201)]
    names = TableNames(villages, defaults())
    rows = ["\t".join(["Thôn", *codes])] + [
        "\t".join([one.name, *(str(at + one.id) for at, _ in enumerate(codes))]) for one in villages
    ]
    full = read_paste("\n".join(rows[: MOST_CELLS // (len(codes) + 1)]), names)
    assert len(full.cells) == (MOST_CELLS // (len(codes) + 1) - 1) * len(codes)
    more = read_paste("\n".join([*rows, rows[-1]]), names)
    assert [one.kind for one in more.problems] == ["too_many"]


def test_columns_are_named_as_in_a_spreadsheet() -> None:
    assert [column_name(number) for number in (1, 26, 27, 28, 703)] == ["A", "Z", "AA", "AB", "AAA"]


def test_what_was_saved_as_csv_with_semicolons_is_read_like_what_was_copied() -> None:
    """Mechanism: the separator is a semicolon where no tab stands."""
    assert _values(read_paste("Thôn;CQ01;KT01\nLạc Hiền;1.234;5\nĐông Cao;;12\n", NAMES)) == {
        ("lac-hien", "CQ01"): 1234, ("lac-hien", "KT01"): 5, ("dong-cao", "KT01"): 12,
    }  # fmt: skip
