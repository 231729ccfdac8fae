"""A small workbook that would take more memory than there is is refused in words, before the reader sees it."""

from __future__ import annotations

import io
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import xlsxwriter

from bot.features.workbook import UnreadableFile
from bot.features.workbook.archive import looked_at
from bot.features.workbook.sheet import MAX_SHEETS, sheet_names

SHEET, STRINGS, BOOK = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/workbook.xml"
CORNERS = '<c r="A1"><v>1</v></c><c r="XFD1048576"><v>1</v></c>'
TOO_WIDE = "các bảng trải ra quá 2000000 ô"
BROKEN = "không đọc được tệp bảng tính: tệp bị hỏng"

# Within two gigabytes, as on a small machine: a reader that asks for more ends the process.
READ_IN_LITTLE_MEMORY = """
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, (2_000_000_000, 2_000_000_000))
from bot.features.workbook import UnreadableFile
from bot.features.workbook.sheet import sheet_names
try:
    sheet_names(open(sys.argv[1], "rb").read())
except UnreadableFile as error:
    print(error)
"""


def plain() -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        book.add_worksheet("Một").write_string(0, 0, "chữ")
    return out.getvalue()


def changed(part: str, change: Callable[[bytes], bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A plain workbook with one part made into something else."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(plain())) as old, zipfile.ZipFile(out, "w", method) as new:
        for name in old.namelist():
            new.writestr(name, change(old.read(name)) if name == part else old.read(name))
    return out.getvalue()


def inside(tag: str, content: str) -> Callable[[bytes], bytes]:
    return lambda xml: re.sub(f"(<{tag}\\b[^>]*>).*(</{tag}>)".encode(), rb"\1%b\2" % content.encode(), xml)


def with_cells(content: str) -> bytes:
    return changed(SHEET, inside("sheetData", content))


def naming_texts(cells: str, text: str) -> bytes:
    """Many cells that name shared texts: the first is long, the second is short."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(with_cells(cells))) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            texts = inside("sst", f"<si><t>{text}</t></si><si><t>b</t></si>")
            new.writestr(name, texts(old.read(name)) if name == STRINGS else old.read(name))
    return out.getvalue()


def refusal(data: bytes) -> str:
    with pytest.raises(UnreadableFile) as refused:
        looked_at(data)
    return str(refused.value)


def test_two_cells_in_far_corners_do_not_end_the_process(tmp_path: Path) -> None:
    data = with_cells(f'<row r="1">{CORNERS}</row>')
    assert len(data) < 10_000
    (tmp_path / "a.xlsx").write_bytes(data)
    command = [sys.executable, "-c", READ_IN_LITTLE_MEMORY, str(tmp_path / "a.xlsx")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(TOO_WIDE)


@pytest.mark.parametrize(
    "cells",
    [
        f"<row>{CORNERS}</row>",
        '<row r="1"><c><v>1</v></c></row><row r="1048575"><c r="XFC1"><v>1</v></c><c><v>1</v></c></row>',
        '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048575"/><row><c r="c1"/><c t="inlineStr"><is/></c></row>',
        '<row r="1"><c r="XFD1"><v>1</v></c></row><row r="900"><c r="A900" t="str"><f>1</f><v></v></c></row>',
        '<x:row xmlns:x="x" r="1"><x:c r="A1"><x:v>1</x:v></x:c><x:c r="XFD200"><x:v>1</x:v></x:c></x:row>',
    ],
)
def test_the_used_range_is_counted_from_the_cells(cells: str) -> None:
    assert refusal(with_cells(cells)).startswith(TOO_WIDE)


def test_the_sheets_count_together() -> None:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        for _ in range(3):
            page = book.add_worksheet()
            page.write(0, 0, 1)
            page.write(999, 999, 1)
    assert refusal(out.getvalue()).startswith(TOO_WIDE)


def test_neither_formats_nor_a_wrong_dimension_are_taken_for_cells() -> None:
    """Whole columns that only have a format are common, and nothing is laid out for them."""
    far = with_cells('<row r="1"><c r="A1"><v>1</v></c><c r="XFD1048576" s="0"/></row>')
    wrong = changed(SHEET, lambda xml: xml.replace(b'ref="A1"', b'ref="A1:XFD1048576"'))
    small = changed(SHEET, lambda xml: inside("sheetData", f"<row>{CORNERS}</row>")(xml))
    assert [sheet_names(data) for data in (far, wrong)] == [["Một"], ["Một"]]
    assert refusal(small).startswith(TOO_WIDE), "its dimension says A1"


@pytest.mark.parametrize("named", ["0", "1<!-- -->0", "&#48;"])
def test_a_long_text_that_many_cells_name_is_counted_as_often(named: str) -> None:
    cells = "<row>" + f'<c t="s"><v>{named}</v></c>' * 1_000 + "</row>"
    assert refusal(naming_texts(cells, "a" * 60_000)) == "các ô có tất cả quá 50 triệu chữ"
    assert sheet_names(naming_texts(cells.replace(named, "1"), "a" * 60_000)) == ["Một"]


def test_what_unpacks_to_too_much_is_refused() -> None:
    assert refusal(changed(SHEET, lambda xml: xml + b" " * 61_000_000)) == "tệp giải nén ra lớn quá 60 MB"


@pytest.mark.parametrize(
    "data",
    [
        b"PK\x03\x04 and then nothing",
        plain()[:-300],
        changed(SHEET, lambda xml: xml.replace(b"<worksheet", b'<!DOCTYPE a [<!ENTITY b "c">]><worksheet')),
        changed(SHEET, lambda xml: xml.decode().replace("UTF-8", "UTF-16").encode("utf-16")),
        changed(SHEET, lambda xml: xml.decode().replace("UTF-8", "UTF-16").encode("utf-16-le")),
        changed(SHEET, lambda xml: xml[:-20]),
        changed(SHEET, lambda xml: xml, zipfile.ZIP_BZIP2),
        with_cells('<row><c r="A4294967297"><v>1</v></c></row>'),
        with_cells('<row r="B3"><c><v>1</v></c></row>'),
        naming_texts('<row><c t="s"><v>0<v>1</v></v></c></row>', "a"),
        naming_texts("", "a</t><si><t>b</t></si><t>"),
    ],
    ids=[
        "cut", "no end", "entities", "utf-16", "utf-16 without mark", "xml cut", "bzip2", "overflow", "row",
        "cell in cell", "text in text",
    ],
)  # fmt: skip
def test_what_readers_could_understand_differently_is_broken(data: bytes) -> None:
    assert refusal(data) == BROKEN


def test_an_encrypted_part_is_broken() -> None:
    data = bytearray(plain())
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    assert refusal(bytes(data)) == BROKEN


def test_other_formats_are_refused_with_what_to_do() -> None:
    for data in (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, b"", b"a;b"):
        assert refusal(data).startswith("không phải tệp .xlsx;")
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        made.writestr("content.xml", "<office:document-content xmlns:office='o'/>")
    with pytest.raises(UnreadableFile):
        sheet_names(out.getvalue())


def test_one_part_cannot_be_many_sheets() -> None:
    many = "".join(f'<sheet name="{n}" sheetId="{n + 1}" r:id="rId1"/>' for n in range(MAX_SHEETS + 1))
    with pytest.raises(UnreadableFile, match="quá 50 bảng"):
        sheet_names(changed(BOOK, inside("sheets", many)))
