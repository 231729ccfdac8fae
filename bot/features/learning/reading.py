"""A workbook of question banks: each sheet is a bank, and everything that is wrong with a row is said by its cell."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from msgspec import Struct

from bot.core.text import fold
from bot.features.workbook import SheetColumn, SheetRow, SheetTable
from bot.features.workbook.changes import SheetChange
from bot.features.workbook.reading import every_sheet

from .banks import LONGEST_CHOICE, LONGEST_NAME, LONGEST_QUESTION, LONGEST_WHY

LETTERS = ("a", "b", "c", "d")
MOST_BANKS, MOST_QUESTIONS = 10, 200
COLUMNS = (
    SheetColumn("câu hỏi", f"Một câu, không quá {LONGEST_QUESTION} chữ", width=60),
    *(SheetColumn(letter, f"Ý {letter.upper()}, không quá {LONGEST_CHOICE} chữ", width=28) for letter in LETTERS),
    SheetColumn("đáp án", "Chữ của ý đúng: A, B, C hoặc D. Chỉ một ý đúng.", width=8, choices=("A", "B", "C", "D")),
    SheetColumn("giải thích", f"Vì sao đúng, không quá {LONGEST_WHY} chữ", width=60),
    SheetColumn("hướng dẫn", "Tên hoặc mã bài hướng dẫn dạy việc này; có thể để trống", width=34),
)


@dataclass(frozen=True, slots=True)
class QuestionLine:
    """A question that could be read; `row` counts from 1."""

    row: int
    text: str
    choices: tuple[str, ...]
    right: int
    why: str
    guide: str


class BankSheet(Struct, frozen=True):
    """One bank as the workbook has it."""

    name: str
    lines: tuple[QuestionLine, ...]


class Read(Struct, frozen=True):
    sheets: tuple[BankSheet, ...]
    faults: tuple[str, ...] = ()


async def read_banks(data: bytes, guides: Mapping[str, str]) -> Read:
    """Read the banks; `guides` is slug → title.

    Raises UnreadableFile if it is no workbook, JobRefused if it takes too much.
    """
    return await asyncio.to_thread(_banks, await every_sheet(data, COLUMNS, MOST_BANKS), guides)


def _banks(tables: Sequence[SheetTable], guides: Mapping[str, str]) -> Read:
    known = {fold(title): slug for slug, title in guides.items()} | {fold(slug): slug for slug in guides}
    sheets: list[BankSheet] = []
    faults: list[str] = []
    for table in tables:
        found = list(table.faults)
        lines: dict[str, QuestionLine] = {}
        for row in table.rows:
            line = _line(row, known)
            if line is not None and (before := lines.get(fold(line.text))) is not None:
                row.fault("câu hỏi", f"câu này đã có ở dòng {before.row}")
            elif line is not None:
                lines[fold(line.text)] = line
            found += row.faults
        if len(table.rows) > MOST_QUESTIONS:
            found.append(SheetChange("!", table.name, "A1", f"một bảng có tối đa {MOST_QUESTIONS} câu"))
        if not table.rows and not found:
            found.append(SheetChange("!", table.name, "A2", "chưa có câu hỏi nào"))
        name = " ".join(table.name.split())[:LONGEST_NAME]
        faults += [f"Bảng “{name}”, ô {fault.cell}: {fault.text}." for fault in found]
        sheets.append(BankSheet(name, tuple(lines.values())))
    return Read(tuple(sheets), tuple(faults))


def _line(row: SheetRow, guides: Mapping[str, str]) -> QuestionLine | None:
    text = row.text("câu hỏi", longest=LONGEST_QUESTION, needed=True)
    written = [row.text(letter, longest=LONGEST_CHOICE) for letter in LETTERS]
    why = row.text("giải thích", longest=LONGEST_WHY, needed=True)
    guide = _guide(row, guides)
    faulty = bool(row.faults)
    choices = tuple(choice for choice in written if choice)
    if not faulty:
        _check_choices(row, written)
    right = _right(row, written)
    return None if row.faults or right is None else QuestionLine(row.number, text, choices, right, why, guide)


def _check_choices(row: SheetRow, written: Sequence[str]) -> None:
    """Note one fault at most: the first that a person would mend."""
    filled = [at for at, choice in enumerate(written) if choice]
    if len(filled) < 2:
        row.fault(LETTERS[len(filled)], "cần ít nhất hai ý để chọn")
        return
    if filled[-1] != len(filled) - 1:
        gap = next(at for at, choice in enumerate(written) if not choice)
        row.fault(LETTERS[gap], f"ý {LETTERS[gap].upper()} để trống nhưng sau đó còn ý khác")
        return
    seen: dict[str, int] = {}
    for at in filled:
        first = seen.setdefault(" ".join(written[at].casefold().split()), at)
        if first != at:
            row.fault(LETTERS[at], f"ý {LETTERS[first].upper()} và ý {LETTERS[at].upper()} giống nhau")
            return


def _right(row: SheetRow, written: Sequence[str]) -> int | None:
    answer = row.text("đáp án", longest=40)
    letters = re.split(r"[\s.,+]+", answer.lower().strip(" .,+"))
    known = [LETTERS.index(letter) for letter in letters if letter in LETTERS]
    if not answer:
        row.fault("đáp án", "chưa có đáp án đúng")
    elif len(known) > 1:
        row.fault("đáp án", f"có {len(known)} đáp án đúng; mỗi câu chỉ một")
    elif len(letters) != 1 or not known:
        row.fault("đáp án", f"đáp án phải là A, B, C hoặc D, đang là “{answer}”")
    elif not written[known[0]]:
        row.fault("đáp án", f"đáp án là {LETTERS[known[0]].upper()} nhưng ý {LETTERS[known[0]].upper()} để trống")
    else:
        return known[0]
    return None


def _guide(row: SheetRow, guides: Mapping[str, str]) -> str:
    slug = row.text("hướng dẫn")
    if slug and fold(slug) not in guides:
        row.fault("hướng dẫn", f"không có bài hướng dẫn “{slug}”")
    return guides.get(fold(slug), "")
