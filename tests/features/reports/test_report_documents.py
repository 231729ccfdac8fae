"""Documents as a chairman holds them in hand: the decree's layout, and what happens with bad input."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
from docx import Document
from python_calamine import CalamineWorkbook

from bot.core.lean.values import replace
from bot.features.calendar.periods import Period
from bot.features.reports import ReportData, ReportError, charts, spans, write
from bot.features.reports.correspondence import LetterTarget, target_letter
from bot.features.reports.data import Letterhead, Merger, ReportedIndicator, ReportedUnit
from bot.features.reports.founding import team_decision
from bot.features.reports.report import report
from bot.features.reports.workbook import workbook

from .nd30_rules import faults
from .reading import excel_rows, needs_soffice, pages, text_of, word_rows
from .samples import NOVEMBER, commune, letters, village

letters_as_files = cache(letters)
"""Made by the first test that looks at one."""


@pytest.mark.parametrize(
    "data", [village(), commune(), replace(village(), shape="short")], ids=["team", "commune", "short"]
)
def test_a_report_has_the_layout_of_the_decree(data: ReportData) -> None:
    assert faults(report(data)) == []


@pytest.mark.parametrize("kind", ["CV", "GM", "QĐ"])
def test_a_letter_has_the_layout_of_the_decree(kind: str) -> None:
    assert faults(letters_as_files()[kind]) == []


def test_minutes_have_no_day_at_the_top_and_a_pledge_no_number() -> None:
    assert faults(letters_as_files()["BB"], dated=False) == []
    assert faults(letters_as_files()["CK"], numbered=False) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('w:left="1701"', 'w:left="1134"'),
        ('w:eastAsia="Times New Roman"', 'w:eastAsia="Arial"'),
        ("Độc lập - Tự do", "Độc lập – Tự do"),
        ('<w:jc w:val="both"/>', '<w:jc w:val="left"/>'),
        ("<w:cantSplit/>", ""),
        ("<w:titlePg/>", ""),
        (f"ngày {' ' * 5} tháng", "ngày 5 tháng"),
    ],
)
def test_the_checker_sees_a_broken_rule(old: str, new: str) -> None:
    source = io.BytesIO(report(village()))
    out = io.BytesIO()
    with zipfile.ZipFile(source) as package, zipfile.ZipFile(out, "w") as copy:
        for name in package.namelist():
            content = package.read(name)
            if name == "word/document.xml":
                assert old in content.decode()
                content = content.decode().replace(old, new).encode()
            copy.writestr(name, content)
    assert faults(out.getvalue())


def test_a_signed_report_bears_number_and_day_and_a_draft_says_that_it_is_one() -> None:
    head = replace(village().letterhead, number=5, day=date(2026, 2, 5))
    signed, draft = text_of(report(replace(village(), letterhead=head))), text_of(report(village()))
    assert "Số: 05/BC-TCNSCĐ" in signed
    assert "Yên Mô, ngày 05 tháng 02 năm 2026" in signed
    assert "Bản dự thảo" in draft
    assert "Bản dự thảo" not in signed
    assert village().letterhead.gaps == ("số văn bản", "ngày ký")


def test_what_was_not_reported_is_said_and_never_a_zero() -> None:
    silent = ReportedIndicator("TT02", "Số lượt phát trên loa thôn", "lượt", "TT", target=Decimal(8), light="missing")
    zero = ReportedIndicator("TT04", "Số hội nghị", "cuộc", "TT", in_period=Decimal(0), cumulative=Decimal(3))
    text = text_of(report(replace(village(), rows=(silent, zero))))
    assert "Chỉ tiêu “số lượt phát trên loa thôn”: — chưa báo cáo —." in text
    assert "tại 0 hội nghị, cuộc họp thôn" in text
    assert "phát 0 lượt" not in text


def test_the_text_compares_with_the_target_and_the_month_before() -> None:
    row = ReportedIndicator(
        "CQ02", "Hồ sơ", "hồ sơ", "CQ", "flow", Decimal(20), Decimal(17), Decimal(60), Decimal("85.0"), Decimal(-3)
    )
    text = text_of(report(replace(village(), rows=(row,))))
    assert "hỗ trợ nộp 17 hồ sơ dịch vụ công trực tuyến, đạt 85% chỉ tiêu giao, giảm 3 so với tháng trước" in text


@pytest.mark.parametrize("make", [village, commune])
def test_word_and_excel_hold_the_same_figures(make: Callable[[], ReportData]) -> None:
    data = make()
    in_word, in_excel = word_rows(report(data)), excel_rows(workbook(data))
    assert in_word == in_excel
    assert len(in_word) == len(data.rows)
    expected = {row.label: row.target for row in data.rows}
    assert {label: found[0] for label, found in in_excel.items()} == {
        label: None if target is None else float(target) for label, target in expected.items()
    }


def test_a_village_matrix_in_excel_says_who_is_silent() -> None:
    page = CalamineWorkbook.from_filelike(io.BytesIO(workbook(commune()))).get_sheet_by_name("Theo thôn").to_python()
    silent = next(line for line in page if line[1] == "Thôn Cầu Lim")
    assert set(silent[2:]) == {"— chưa báo cáo —"}
    assert len(page) == 31
    assert page[0][2] == "Số hộ được tuyên truyền trực tiếp (hộ)", "people read names, not codes"


def silent_period() -> ReportData:
    rows = tuple(
        replace(row, in_period=None, cumulative=None, percent=None, change=None, part=None, whole=None, light="missing")
        for row in village().rows
    )
    return replace(village(), rows=rows, difficulties=(), practices=())


BAD = {
    "a period without data": silent_period(),
    "no indicators at all": replace(
        village(), rows=(), difficulties=(), practices=(), households=None, people=None, adults=None
    ),
    "a merged village": replace(village(), merged=Merger("thôn Bình Hải", date(2026, 11, 1))),
    "a name of 200 characters": replace(
        village(),
        unit=ReportedUnit("dai", "thôn", "Dài " * 50),
        letterhead=replace(village().letterhead, issuer=("Tổ " * 66,)),
    ),
    "ten digits": replace(
        village(),
        rows=tuple(replace(row, cumulative=Decimal(1234567890), target=Decimal(9876543210)) for row in village().rows),
    ),
    "a letterhead with missing parts": replace(village(), letterhead=Letterhead((), "BC-TCNSCĐ")),
    "a commune without villages": replace(commune(), villages=(), missing=(), expected=0, rows=()),
    "control characters": replace(village(), plan="Kế hoạch\x00 <b>&\ud800 số 1"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_still_makes_a_right_page(name: str) -> None:
    content = report(BAD[name])
    assert faults(content) == []
    assert workbook(BAD[name])
    assert charts.progress(BAD[name]).startswith(b"\x89PNG")


def test_bad_input_is_named_in_the_text() -> None:
    assert "chưa gửi số liệu báo cáo" in text_of(report(BAD["a period without data"]))
    assert "chưa có chỉ tiêu nào được giao" in text_of(report(BAD["no indicators at all"]))
    assert "đã sáp nhập vào thôn Bình Hải từ ngày 01/11/2026" in text_of(report(BAD["a merged village"]))
    assert "1.234.567.890" in text_of(report(BAD["ten digits"]))


def test_a_person_s_own_text_replaces_the_draft_and_fills_its_fields() -> None:
    text = text_of(
        report(replace(village(), texts={"kien_nghi": "Đề nghị {{xa}} cấp máy cho {{don_vi}}.\nXin cảm ơn."}))
    )
    assert "Đề nghị xã Yên Mô cấp máy cho thôn Lạc Hiền." in text
    assert "xem xét, chỉ đạo giải quyết" not in text


def test_unknown_fields_places_periods_and_codes_are_refused_in_a_sentence() -> None:
    with pytest.raises(ReportError, match=r"“\{\{ten_thon\}\}” không có trong báo cáo.*don_vi"):
        report(replace(village(), texts={"kien_nghi": "{{ten_thon}}"}))
    with pytest.raises(ReportError, match=r"Không có đoạn “abc”"):
        report(replace(village(), texts={"abc": "x"}))
    with pytest.raises(ReportError, match="Không có kỳ báo cáo “2026-13”"):
        spans.named("2026-13")
    with pytest.raises(ReportError, match="Mã đơn vị"):
        ReportedUnit("../etc", "thôn", "x")
    with pytest.raises(ReportError, match="ít nhất một thành viên"):
        team_decision(commune().letterhead, "xã Yên Mô", "thôn Lạc Hiền", (), year=2026)
    with pytest.raises(ReportError, match="không có chỉ tiêu"):
        charts.trend(village(), "XX99")


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("2026-W47", "tuần 47 năm 2026"),
        ("2026-11", "tháng 11 năm 2026"),
        ("2026-Q4", "quý IV năm 2026"),
        ("2026-H1", "6 tháng đầu năm 2026"),
        ("2026-9M", "9 tháng năm 2026"),
        ("2026", "năm 2026"),
    ],
)
def test_every_period_makes_its_two_files(name: str, title: str, tmp_path: Path) -> None:
    data = replace(village(), period=Period(name, NOVEMBER.first, NOVEMBER.last))
    docx, xlsx = write(data, tmp_path / "new")
    assert (docx.name, xlsx.name) == (f"BC-lac-hien-{name}.docx", f"BC-lac-hien-{name}.xlsx")
    assert f"cộng đồng {title}" in text_of(docx.read_bytes())
    assert sorted(path.name for path in docx.parent.iterdir()) == [docx.name, xlsx.name]


def test_charts_are_pictures_with_text_in_them() -> None:
    for picture in (charts.progress(commune()), charts.trend(village(), "TC05"), charts.reported(commune())):
        assert picture.startswith(b"\x89PNG")
        assert 10_000 < len(picture) < 200_000
    running = charts._heading(replace(village(), until=date(2026, 11, 9)), "Xu hướng")
    assert "tháng 11 năm 2026, mới đến 09/11/2026" in [each.text or "" for each in running][1], (
        "a month that runs is no fall"
    )


@needs_soffice
@pytest.mark.parametrize(
    ("content", "count"),
    [
        (lambda: report(village()), 4),
        (lambda: report(commune()), 13),
        (lambda: letters_as_files()["CV"], 2),
        (lambda: letters_as_files()["GM"], 1),
        (lambda: letters_as_files()["QĐ"], 2),
        (lambda: letters_as_files()["CK"], 1),
    ],
    ids=["team", "commune", "CV", "GM", "QĐ", "CK"],
)
def test_number_of_pages(content: Callable[[], bytes], count: int, tmp_path: Path) -> None:
    assert len(pages(content(), tmp_path)) == count


@needs_soffice
@pytest.mark.parametrize("lines", [1, 29, 31, 33])  # without the keeps it stands alone in each of these
def test_the_signature_never_stands_alone_on_a_page(lines: int, tmp_path: Path) -> None:
    texts = {"tinh_hinh": "\n".join(["Thêm một dòng."] * lines)}
    found = pages(report(replace(village(), texts=texts)), tmp_path)
    signing = next(page for page in found if "Nơi nhận:" in page)
    before = re.sub(r"\s+", " ", signing.partition("Nơi nhận:")[0])
    assert "Trên đây là báo cáo" in before
    assert "Nguyễn Văn A" in signing


def test_a_share_of_a_target_is_not_taken_for_the_figure_itself() -> None:
    """“Hộ trả tiền điện không dùng tiền mặt (87%)” was 87% of the target, and 60.9% of the households."""
    late = replace(village().rows[0], label="Hộ trả tiền điện", light="behind", percent=Decimal(87))
    text = text_of(report(replace(village(), rows=(late,))))
    assert "hộ trả tiền điện (đạt 87% chỉ tiêu)" in text


def test_on_paper_the_villages_are_as_wide_as_can_be_read() -> None:
    """All indicators on the width of one page were letters of a millimetre."""
    with zipfile.ZipFile(io.BytesIO(workbook(commune()))) as book:
        sheets = [book.read(name).decode() for name in book.namelist() if name.startswith("xl/worksheets/sheet")]
    wide = [found for sheet in sheets for found in re.findall(r'fitToWidth="(\d+)"', sheet)]
    assert wide == [str(-(-len(commune().rows) // 9))]


def test_a_letter_s_targets_are_spread_over_tables_of_the_same_width() -> None:
    """Of twelve villages two stood alone in a second table, each over half of the page."""
    names = [f"thôn {at}" for at in range(12)]
    target = LetterTarget("Người dùng VNeID", "%", dict.fromkeys(names, Decimal(80)))
    head = replace(village().letterhead, symbol="UBND-VHXH")
    content = target_letter(head, "xã Yên Mô", NOVEMBER, date(2026, 12, 5), (target,), names, ())
    tables = [table for table in Document(io.BytesIO(content)).tables if table.cell(0, 0).text == "TT"]
    assert [len(table.columns) for table in tables] == [9, 9]


def test_a_chart_stands_on_a_sheet_where_there_are_no_rows_that_it_could_cover() -> None:
    """Mechanism: a sheet for the charts alone. Rows grow with their text, and a chart below them stays in its place."""
    with zipfile.ZipFile(io.BytesIO(workbook(commune()))) as book:
        parts = {name: book.read(name).decode() for name in book.namelist() if name.endswith(".xml")}
    sheets = {name: text for name, text in parts.items() if name.startswith("xl/worksheets/sheet")}
    drawn = [name for name, text in sheets.items() if "<drawing " in text]
    assert len(drawn) == 1
    assert "<row " not in sheets[drawn[0]]
    assert [name for name, text in parts.items() if name.startswith("xl/charts/chart") and "<c:f>" in text]
    spans = re.findall(
        r"<xdr:from>.*?<xdr:row>(\d+)</xdr:row>.*?<xdr:to>.*?<xdr:row>(\d+)</xdr:row>",
        parts["xl/drawings/drawing1.xml"],
    )
    assert len(spans) > 2, "one for the lights, one for each area"
    assert all(int(end) < int(start) for (_, end), (start, _) in pairwise(spans)), "none covers another"
