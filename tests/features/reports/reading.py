"""What stands in the files of a report, as a person would read it off the paper or the screen."""

from __future__ import annotations

import atexit
import io
import os
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import pytest
from docx import Document
from python_calamine import CalamineWorkbook

needs_soffice = pytest.mark.skipif(shutil.which("soffice") is None, reason="pages are counted by LibreOffice")

Shown = float | str | None


def text_of(content: bytes) -> str:
    document = Document(io.BytesIO(content))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([paragraph.text for paragraph in document.paragraphs] + cells)


def word_rows(content: bytes) -> dict[str, tuple[Shown, ...]]:
    """Target, in the period, so far, share and change by the name of each indicator, out of the first appendix."""
    word = Document(io.BytesIO(content))
    table = next(table for table in word.tables if table.rows[0].cells[1].text == "Nội dung chỉ tiêu")
    found = {}
    for row in table.rows[1:]:
        cells = [cell.text for cell in row.cells]
        if cells[0].isdigit():
            found[cells[1]] = tuple(_number(cell) for cell in cells[3:8])
    return found


def excel_rows(content: bytes) -> dict[str, tuple[Shown, ...]]:
    """The same out of the sheets of the areas."""
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    found = {}
    for name in book.sheet_names:
        for line in book.get_sheet_by_name(name).to_python():
            if len(line) == 10 and line[0] != "Mã":
                found[str(line[1])] = tuple(_number(cell) for cell in line[3:8])
    return found


def excel_facts(content: bytes) -> dict[str, str]:
    """What the first sheet says, by what stands before it."""
    lines = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    return {str(line[0]): str(line[1]) for line in lines if len(line) > 1}


def _number(cell: object) -> Shown:
    if isinstance(cell, int | float):
        return round(float(cell), 1)
    text = str(cell)
    if not text or text == "— chưa báo cáo —":
        return text or None
    return float(text.replace(".", "").replace(",", "."))


@cache
def _profile() -> Path:
    """LibreOffice's own folder: making one takes longer than laying out a report. Each process of the tests has one."""
    folder = Path(tempfile.mkdtemp(prefix="langso-soffice-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def pages(content: bytes, folder: Path) -> list[str]:
    """The text of each page as LibreOffice lays it out."""
    (folder / "d.docx").write_bytes(content)
    profile = f"-env:UserInstallation=file://{_profile()}"
    command = ["soffice", "--headless", profile, "--convert-to", "pdf", "--outdir", str(folder), str(folder / "d.docx")]
    subprocess.run(command, check=True, capture_output=True, timeout=100, env={**os.environ, "HOME": str(folder)})
    out = subprocess.run(["pdftotext", "-layout", str(folder / "d.pdf"), "-"], check=True, capture_output=True)
    return out.stdout.decode().split("\f")[:-1]
