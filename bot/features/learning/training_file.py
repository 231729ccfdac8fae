"""The results of a training session as an Excel file: counts, questions, and the names of those who wanted it."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from tortoise.transactions import in_transaction

from bot.core.messages import Attachment
from bot.features import units
from bot.features.calendar.vietnam import VIETNAM
from bot.features.jobs import temporary_files
from bot.features.jobs.queue import JobRefused, chat_of
from bot.features.notices.mail import Mail
from bot.i18n import SOURCE, msg, number

from . import seats, sessions
from .answers import FEW
from .seats import SeatResults, Side
from .sessions import AUDIENCES, STATES, TrainingEvent

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

JOB = "training"
StoreAs = Callable[[str, bytes], Awaitable[str]]
KEPT = timedelta(days=30)

_TOO_FEW = f"dưới {FEW} người, không tính"
_QUESTIONS = (("Số", 6), ("Câu hỏi", 70), ("Đúng đầu buổi", 16), ("Đúng cuối buổi", 16))
_NAMES = (("Số", 6), ("Họ tên", 50))


class TrainingFiles:
    """The work behind `JOB`: a body with `session` and `event`."""

    def __init__(self, mail: Mail, store_as: StoreAs) -> None:
        self._mail = mail
        self._store_as = store_as

    async def make(self, body: Mapping[str, str], now: datetime) -> None:
        """Make the file. Raises JobRefused when the session is gone or has no chat that waits."""
        chat, one = chat_of(body), await sessions.get(int(body["session"]))
        place = None if one is None else await units.by_id(one.unit_id)
        if chat is None or one is None or place is None:
            raise JobRefused(msg("Không còn buổi tập huấn này."))
        found, names = await seats.results(one), await seats.names(one.id)
        data = await asyncio.to_thread(workbook, one, place.full_name, found, names)
        name = f"tap-huan-{one.id}.xlsx"
        media = await self._store_as(name, data)
        text = self._mail.t(msg("Kết quả buổi tập huấn số {id}: “{title}”."), id=one.id, title=one.title)
        await temporary_files.keep(media, now + KEPT)
        async with in_transaction("default"):
            item = Attachment("file", media, name, len(data))
            await self._mail.send_file(chat, text, item, key=f"th-xlsx:{body['event']}", now=now)


def workbook(one: TrainingEvent, unit: str, found: SeatResults, names: Sequence[str]) -> bytes:
    """Return an .xlsx without results of single persons. Typed text never becomes a formula or a link."""
    import xlsxwriter  # large, and only an export needs it

    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, options) as book:
        base = {"font_name": "Times New Roman", "font_size": 12, "border": 1, "text_wrap": True, "valign": "top"}
        cell = book.add_format({**base, "align": "left"})
        head = book.add_format({**base, "bold": True, "bg_color": "#DDEBF7"})
        _counts(book, one, unit, found, (head, cell))
        _questions(book, one, found, (head, cell))
        if names:
            page = _page(book, "Nguoi du", _NAMES, head)
            for at, name in enumerate(names, start=1):
                page.write_number(at, 0, at, cell)
                page.write_string(at, 1, name, cell)
    return out.getvalue()


def _counts(book: Workbook, one: TrainingEvent, unit: str, found: SeatResults, formats: tuple[Format, Format]) -> None:
    page = book.add_worksheet("Ket qua")
    head, cell = formats
    at = one.starts_at.astimezone(VIETNAM)
    lines: tuple[tuple[str, str | int], ...] = (
        ("Buổi tập huấn", one.title),
        ("Đơn vị", unit),
        ("Cho ai", AUDIENCES[one.audience]),
        ("Lúc", f"{at:%d/%m/%Y %H:%M}"),
        ("Nơi học", one.place),
        ("Tình trạng", STATES[one.state]),
        ("Số người dự (người dạy ghi)", "chưa ghi" if one.present is None else one.present),
        ("Số người vào bằng điện thoại", found.joined),
        ("Trả lời đủ câu hỏi đầu buổi", found.before.people),
        ("Trả lời đủ câu hỏi cuối buổi", found.after.people),
        ("Trả lời đủ cả hai lần", found.both_before.people),
        ("Đúng trung bình, đầu buổi", _average(found.before)),
        ("Đúng trung bình, cuối buổi", _average(found.after)),
        ("Của người trả lời cả hai lần, đầu buổi", _average(found.both_before)),
        ("Của người trả lời cả hai lần, cuối buổi", _average(found.both_after)),
    )
    page.set_column(0, 0, 42)
    page.set_column(1, 1, 60)
    for row, (label, value) in enumerate(lines):
        page.write_string(row, 0, label, head)
        page.write_number(row, 1, value, cell) if isinstance(value, int) else page.write_string(row, 1, value, cell)
    _printed(page)


def _questions(book: Workbook, one: TrainingEvent, found: SeatResults, formats: tuple[Format, Format]) -> None:
    head, cell = formats
    page = _page(book, "Tung cau", _QUESTIONS, head)
    for at, question in enumerate(one.questions):
        page.write_number(at + 1, 0, at + 1, cell)
        page.write_string(at + 1, 1, question.text, cell)
        for column, side in ((2, found.before), (3, found.after)):
            share = f"{side.right[at]}/{side.people}" if side.shown else _TOO_FEW
            page.write_string(at + 1, column, share, cell)


def _average(side: Side) -> str:
    return f"{number(round(side.percent), SOURCE)}%" if side.shown else _TOO_FEW


def _page(book: Workbook, name: str, columns: Sequence[tuple[str, int]], head: Format) -> Worksheet:
    page = book.add_worksheet(name)
    for at, (label, width) in enumerate(columns):
        page.set_column(at, at, width)
        page.write_string(0, at, label, head)
    page.freeze_panes(1, 0)
    _printed(page)
    return page


def _printed(page: Worksheet) -> None:
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
