"""The receipt as an Excel file: one sheet group by group, one page of evidence of what was said, by whom and when."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from tortoise.transactions import in_transaction

from bot.core.events import Chat
from bot.core.messages import Attachment, Message
from bot.core.text import Text
from bot.features import passing
from bot.features.jobs import JobRefused, chat_of
from bot.features.outbox.hours import VIETNAM
from bot.features.outbox.states import State
from bot.features.post import Post
from bot.i18n import msg
from bot.storage.people import Person

from .causes import cause
from .model import STATES
from .receipt import Delivery, Receipt, receipt
from .ways import WAYS

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

JOB = "receipt"
StoreAs = Callable[[str, bytes], Awaitable[str]]
KEPT = timedelta(days=30)

WORDS: Mapping[State, str] = {
    "sent": msg("đã chuyển tới nhóm"),
    "failed": msg("không tới được"),
    "uncertain": msg("không rõ"),
    "cancelled": msg("đã hủy"),
    "expired": msg("quá hạn"),
    "held": msg("đang giữ lại"),
    "sending": msg("đang gửi"),
    "leased": msg("đang chờ"),
    "pending": msg("đang chờ"),
}
_COLUMNS = (
    ("Thôn", 26), ("Nhóm", 30), ("Tình trạng", 20), ("Lý do", 34), ("Cách xử lý", 40), ("Lúc", 17),
    ("Xác nhận lúc", 17), ("Người xác nhận", 22), ("Phát loa lúc", 17),
)  # fmt: skip
_TIME = "dd/mm/yyyy hh:mm"


class ReceiptFiles:
    """The work behind `JOB`: a body with `announcement` and the chat that waits (`jobs.answer_to`)."""

    def __init__(self, post: Post, store_as: StoreAs) -> None:
        self._post = post
        self._store_as = store_as

    async def make(self, body: Mapping[str, str], now: datetime) -> None:
        """Raises JobRefused when the announcement is gone."""
        chat = chat_of(body)
        found = await receipt(int(body["announcement"]), now.astimezone(VIETNAM).date())
        if found is None or chat is None:
            raise JobRefused(msg("Không còn thông báo này."))
        data = await asyncio.to_thread(workbook, found, await _names(found), now)
        await self._send(chat, found, data, body["event"], now)

    async def _send(self, chat: Chat, found: Receipt, data: bytes, event: str, now: datetime) -> None:
        label = found.announcement.label
        name = f"bien-nhan-{label}.xlsx"
        media = await self._store_as(name, data)
        await passing.keep(media, now + KEPT)
        text = Text.of("Biên nhận của {label}.", label=label)
        message = Message(text, attachment=Attachment("file", media, name, len(data)))
        async with in_transaction("default"):
            await self._post.add(chat, message, key=f"receipt:{event}"[:90], now=now, answering=True)


async def _names(found: Receipt) -> Mapping[int, str]:
    one = found.announcement
    ids = {one.author_id, one.approver_id, *(delivery.target.ack_by for delivery in found.deliveries)}
    people = await Person.filter(id__in=[number for number in ids if number is not None])
    return {person.id: person.name for person in people}


def workbook(found: Receipt, names: Mapping[int, str], now: datetime) -> bytes:
    """An .xlsx; `names` are of the persons by id. What a person typed never becomes a formula or a link."""
    import xlsxwriter

    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "remove_timezone": True}
    with xlsxwriter.Workbook(out, options) as book:
        base = {"font_name": "Times New Roman", "font_size": 12, "valign": "top", "text_wrap": True, "border": 1}
        head = book.add_format({**base, "bold": True, "bg_color": "#DDEBF7", "align": "center"})
        text, time = book.add_format(base), book.add_format({**base, "num_format": _TIME, "align": "left"})
        page = book.add_worksheet("Bien nhan")
        for at, (title, width) in enumerate(_COLUMNS):
            page.set_column(at, at, width)
            page.write_string(0, at, title, head)
        for row, one in enumerate(found.deliveries, start=1):
            _line(page, row, one, names, (text, time))
        for row, village in enumerate(found.unreached, start=len(found.deliveries) + 1):
            cells = (village, "", "chưa có nhóm", "thôn chưa có nhóm đăng ký", "Báo bằng loa và điện thoại.", *[""] * 4)
            for at, cell in enumerate(cells):
                page.write_string(row, at, cell, text)
        page.freeze_panes(1, 1)
        page.autofilter(0, 0, max(1, len(found.deliveries) + len(found.unreached)), len(_COLUMNS) - 1)
        _printed(page)
        _evidence(book.add_worksheet("Chung cu"), found, names, now, (head, text))
    return out.getvalue()


def _line(page: Worksheet, row: int, one: Delivery, names: Mapping[int, str], formats: tuple[Format, Format]) -> None:
    text, time = formats
    why = cause(one)
    name = "" if one.target.ack_by is None else names.get(one.target.ack_by, "")
    tried = "; ".join(f"nhóm “{first.group}”: {cause(first).what}, đã gửi sang nhóm khác" for first in one.before)
    reason = "; ".join(said for said in (tried, why.what) if said)
    cells: tuple[str | datetime | None, ...] = (
        one.village, one.group, WORDS[one.state], reason, why.remedy, one.at,
        one.target.ack_at, name, one.target.played_at,
    )  # fmt: skip
    for at, cell in enumerate(cells):
        if isinstance(cell, datetime):
            page.write_datetime(row, at, cell.astimezone(VIETNAM), time)
        else:
            page.write_string(row, at, cell or "", text)


def _evidence(
    page: Worksheet, found: Receipt, names: Mapping[int, str], now: datetime, formats: tuple[Format, Format]
) -> None:
    head, text = formats
    one = found.announcement
    counts = ", ".join(f"{WORDS[state]}: {len(found.groups(state))}" for state in WORDS if found.groups(state))
    lines = (
        ("Số hiệu", one.label),
        ("Tiêu đề", one.title),
        ("Nội dung", one.text),
        ("Tệp kèm theo", ", ".join(item.alt for item in one.attachments) or "không có"),
        ("Nguồn", one.source or "không ghi"),
        ("Loại tin", "khẩn" if one.urgent else "thường"),
        ("Tình trạng", STATES[one.state]),
        ("Người soạn", _name(one.author_id, names)),
        ("Người duyệt", _name(one.approver_id, names) if not one.reason else f"gửi khẩn, lý do: {one.reason}"),
        ("Duyệt lúc", _clock(one.approved_at)),
        ("Hẹn gửi lúc", _clock(one.not_before) if one.not_before else "gửi ngay"),
        ("Có giá trị đến", _clock(one.expires_at) if one.expires_at else "không ghi"),
        ("Số nhóm đã chốt", str(one.channels)),
        ("Số tin đã chốt", f"{one.rows}; đếm lại theo tình trạng: {found.total}"),
        ("Kết quả theo nhóm", counts or "chưa gửi"),
        ("Đã xác nhận", f"{len(found.acknowledged)} thôn"),
        ("Đã phát loa", f"{len(found.played)} thôn"),
        ("Đưa thêm bằng", ", ".join(WAYS[way] for way in found.ways) or "không ghi"),
        ("Mã nội dung (SHA-256)", one.content_hash),
        ("Mã danh sách nhóm (SHA-256)", one.audience_hash),
        ("Lập lúc", _clock(now)),
    )
    page.set_column(0, 0, 30)
    page.set_column(1, 1, 95)
    for row, (name, value) in enumerate(lines):
        page.write_string(row, 0, name, head)
        page.write_string(row, 1, value, text)
    _printed(page)


def _printed(page: Worksheet) -> None:
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    page.repeat_rows(0)


def _name(person_id: int | None, names: Mapping[int, str]) -> str:
    return "" if person_id is None else names.get(person_id, "đã xóa dữ liệu")


def _clock(at: datetime | None) -> str:
    return "" if at is None else f"{at.astimezone(VIETNAM):%d/%m/%Y %H:%M}"
