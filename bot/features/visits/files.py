"""The log of field visits as an Excel file: the evidence for a team's allowance. A durable job makes it."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from tortoise.transactions import in_transaction

from bot.core.messages import Attachment
from bot.features import units
from bot.features.checkins.reading.stages import STAGES
from bot.features.jobs import temporary_files
from bot.features.jobs.queue import JobRefused, chat_of
from bot.features.notices.mail import Mail
from bot.features.rights.table import ROLES
from bot.features.visits import log as visits
from bot.features.visits.apps import APPS
from bot.features.visits.log import OUTCOMES, TOPICS, Sum, Visit
from bot.i18n import msg

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

JOB = "visits"
StoreAs = Callable[[str, bytes], Awaitable[str]]
KEPT = timedelta(days=30)

_COLUMNS = (
    ("Ngày", 12), ("Người ghi", 26), ("Vai trò", 26), ("Thôn", 22), ("Nội dung", 22), ("Số người", 10),
    ("Kết quả", 16), ("Số phút", 10), ("Ứng dụng", 22), ("Mức", 16),
)  # fmt: skip
_SUMS = (("Người ghi", 30), ("Vai trò", 28), ("Số lượt", 10), ("Số người được giúp", 20), ("Số giờ", 10))


class VisitFiles:
    """The work behind `JOB`: a body with `unit`, or `person` for one's own log, and `first`, `last`, `event`."""

    def __init__(self, mail: Mail, store_as: StoreAs) -> None:
        self._mail = mail
        self._store_as = store_as

    async def make(self, body: Mapping[str, str], now: datetime) -> None:
        """Make the file. Raises JobRefused when the unit is gone or there is no chat that waits."""
        chat, unit = chat_of(body), await units.get(body["unit"])
        first, last = date.fromisoformat(body["first"]), date.fromisoformat(body["last"])
        if chat is None or unit is None:
            raise JobRefused(msg("Không còn đơn vị này."))
        places = {place.id: place.full_name for place in (unit, *await units.descendants(unit.id, last))}
        places.update({part.id: part.full_name for part in await units.merged_parts(unit.id, last)})
        if body["person"]:
            found = await visits.of_person(int(body["person"]), first, last)
        else:
            found = await visits.of_units(list(places), first, last)
        title = f"NHẬT KÝ HOẠT ĐỘNG – {unit.full_name}, {first:%d/%m/%Y}–{last:%d/%m/%Y}"
        data = await asyncio.to_thread(workbook, title, found, places)
        name = f"nhat-ky-{unit.code}-{first:%Y-%m}.xlsx"
        media = await self._store_as(name, data)
        text = self._mail.t(
            msg("Nhật ký lượt hỗ trợ từ {first} đến {last}: {count} lượt, {people} người được giúp."),
            first=f"{first:%d/%m}", last=f"{last:%d/%m/%Y}", count=len(found), people=sum(one.people for one in found),
        )  # fmt: skip
        item = Attachment("file", media, name, len(data))
        await temporary_files.keep(media, now + KEPT)
        async with in_transaction("default"):
            await self._mail.send_file(chat, text, item, key=f"visits:{body['event']}"[:90], now=now)


def workbook(title: str, found: Sequence[Visit], places: Mapping[int, str]) -> bytes:
    """Return an .xlsx: every visit, and the sums by person. Typed text never becomes a formula."""
    import xlsxwriter  # large, and only an export needs it

    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, options) as book:
        base = {"font_name": "Times New Roman", "font_size": 12, "border": 1, "text_wrap": True, "valign": "top"}
        cell = book.add_format(base)
        count = book.add_format({**base, "num_format": "#,##0"})
        hours = book.add_format({**base, "num_format": "0.0"})
        head = book.add_format({**base, "bold": True, "bg_color": "#DDEBF7", "align": "center"})
        large = book.add_format({"font_name": "Times New Roman", "font_size": 14, "bold": True})
        page = _page(book, "Nhat ky", title, _COLUMNS, head, large)
        for at, one in enumerate(found, start=2):
            page.write_string(at, 0, f"{one.day:%d/%m/%Y}", cell)
            page.write_string(at, 1, one.name or "đã xóa dữ liệu", cell)
            page.write_string(at, 2, ROLES.get(one.role, ""), cell)
            page.write_string(at, 3, places.get(one.unit_id, ""), cell)
            page.write_string(at, 4, TOPICS.get(one.topic, ""), cell)
            page.write_number(at, 5, one.people, count)
            page.write_string(at, 6, OUTCOMES[one.outcome], cell)
            page.write_number(at, 7, one.minutes, count) if one.minutes else page.write_blank(at, 7, None, cell)
            page.write_string(at, 8, APPS[one.app].name if one.app in APPS else "", cell)
            page.write_string(at, 9, STAGES[one.stage] if one.stage else "", cell)
        page.autofilter(1, 0, max(2, len(found) + 1), len(_COLUMNS) - 1)
        _sums(_page(book, "Tong hop", title, _SUMS, head, large), visits.sums(found), cell, count, hours)
    return out.getvalue()


def _page(
    book: Workbook,
    name: str,
    title: str,
    columns: Sequence[tuple[str, int]],
    head: Format,
    large: Format,
) -> Worksheet:
    page = book.add_worksheet(name)
    page.write_string(0, 0, title, large)
    for at, (label, width) in enumerate(columns):
        page.set_column(at, at, width)
        page.write_string(1, at, label, head)
    page.freeze_panes(2, 0)
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    page.repeat_rows(0, 1)
    return page


def _sums(
    page: Worksheet,
    found: Sequence[Sum],
    cell: Format,
    count: Format,
    hours: Format,
) -> None:
    for at, one in enumerate(found, start=2):
        page.write_string(at, 0, one.name or "đã xóa dữ liệu", cell)
        page.write_string(at, 1, ROLES.get(one.role, ""), cell)
        page.write_number(at, 2, one.visits, count)
        page.write_number(at, 3, one.people, count)
        page.write_number(at, 4, round(one.minutes / 60, 1), hours)
