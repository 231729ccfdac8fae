"""The receipt as an Excel file: one sheet group by group, one page of evidence of what was said, by whom and when."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from tortoise.transactions import in_transaction

from bot.core.events import Chat
from bot.core.messages import Attachment, Message
from bot.core.text import Text
from bot.features.announcements.model import STATES
from bot.features.announcements.other_channels import OTHER_CHANNELS
from bot.features.calendar.vietnam import VIETNAM, today
from bot.features.jobs import temporary_files
from bot.features.jobs.queue import JobRefused, chat_of
from bot.features.notices.notice_outbox import NoticeOutbox
from bot.features.outbox.states import State
from bot.features.units import Place
from bot.i18n import SOURCE, msg, number
from bot.storage.tables.people import Person

from .causes import cause
from .delivery import AudienceDelivery
from .receipt import Receipt, receipt
from .relayed import RelayedDelivery, answer_words

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
    ("Xác nhận lúc", 17), ("Người xác nhận", 22), ("Phát loa lúc", 17), ("Nhóm riêng của thôn", 26),
)  # fmt: skip
"""“Nhóm” is the bot's own group; the last one is how the village calls the group that a person pastes into."""
_AT_CONSOLE = "người cài đặt máy"
_TIME = "dd/mm/yyyy hh:mm"


class ReceiptFiles:
    """The job behind `JOB`: a body with `announcement` and the chat that waits (`jobs.answer_to`)."""

    def __init__(self, outbox: NoticeOutbox, store_as: StoreAs) -> None:
        self._outbox = outbox
        self._store_as = store_as

    async def make(self, body: Mapping[str, str], now: datetime) -> None:
        """Make the file of a receipt and send it. Raises JobRefused if the announcement is gone."""
        chat = chat_of(body)
        found = await receipt(int(body["announcement"]), today(now))
        if found is None or chat is None:
            raise JobRefused(msg("Không còn thông báo này."))
        await self._send(chat, found, body["event"], now)

    async def _send(self, chat: Chat, found: Receipt, event: str, now: datetime) -> None:
        label = found.announcement.label
        name, data = await file_of(found, now)
        media = await self._store_as(name, data)
        await temporary_files.keep(media, now + KEPT)
        text = Text.of("Biên nhận của {label}.", label=label)
        message = Message(text, attachment=Attachment("file", media, name, len(data)))
        async with in_transaction("default"):
            await self._outbox.add(chat, message, key=f"receipt:{event}"[:90], now=now, answering=True)


async def file_of(found: Receipt, now: datetime) -> tuple[str, bytes]:
    """Return the name and the bytes of the workbook."""
    data = await asyncio.to_thread(workbook, found, await names_of(found), now)
    return f"bien-nhan-{found.announcement.label}.xlsx", data


async def names_of(found: Receipt) -> Mapping[int, str]:
    """Map the ids of those who wrote, approved or confirmed it to their names."""
    one = found.announcement
    ids = {one.author_id, one.approver_id, *(delivery.target.ack_by for delivery in found.deliveries)}
    people = await Person.filter(id__in=[number for number in ids if number is not None])
    return {person.id: person.name for person in people}


def workbook(found: Receipt, names: Mapping[int, str], now: datetime) -> bytes:
    """Build an .xlsx; `names` maps ids to persons' names. Text typed by people never becomes a formula or a link."""
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
            _line(page, row, one, names, _also(found, one.target.unit_id), (text, time))
        filled = len(found.deliveries) + 1
        for row, told in enumerate(found.relayed, start=filled):
            _relayed_line(page, row, told, _also(found, told.target.unit_id), (text, time))
        filled += len(found.relayed)
        for row, place in enumerate(found.without, start=filled):
            _cells(page, row, _without(place, found), (text, time))
        page.freeze_panes(1, 1)
        page.autofilter(0, 0, max(1, filled - 1 + len(found.without)), len(_COLUMNS) - 1)
        _printed(page)
        _evidence(book.add_worksheet("Chung cu"), found, names, now, (head, text))
    return out.getvalue()


def _also(found: Receipt, unit_id: int) -> str:
    """Name the other ways in which an official says that a village was told; "" for none."""
    ways = found.also.get(unit_id, ())
    return f"Đã báo thêm bằng {', '.join(OTHER_CHANNELS[way] for way in ways)}." if ways else ""


def _without(place: Place, found: Receipt) -> tuple[str, ...]:
    """Return the cells of a village that no way of the bot reaches."""
    removed = place.full_name in found.removed
    state, why = ("không tới được", "nhóm đã đưa bot ra") if removed else ("chưa có nhóm", "thôn chưa có nhóm đăng ký")
    remedy = _also(found, place.id) or "Báo bằng loa và điện thoại."
    return (place.full_name, "", state, why, remedy)


def _line(
    page: Worksheet,
    row: int,
    one: AudienceDelivery,
    names: Mapping[int, str],
    also: str,
    formats: tuple[Format, Format],
) -> None:
    why = cause(one)
    name = "" if one.target.ack_by is None else names.get(one.target.ack_by, "")
    tried = "; ".join(f"nhóm “{first.group}”: {cause(first).what}, đã gửi sang nhóm khác" for first in one.before)
    reason = "; ".join(part for part in (tried, why.what) if part)
    cells = (
        one.village, one.group, WORDS[one.state], reason, " ".join(part for part in (why.remedy, also) if part), one.at,
        one.target.ack_at, name, one.target.played_at,
    )  # fmt: skip
    _cells(page, row, cells, formats)


def _relayed_line(page: Worksheet, row: int, one: RelayedDelivery, also: str, formats: tuple[Format, Format]) -> None:
    """Write a village that is told through a person: who was asked when, and what they said."""
    people = "; ".join(answer_words(line, str, SOURCE) for line in one.lines) or "chưa có ai nhận tin qua bot"
    tried = "; ".join(f"nhóm “{first.group}”: {cause(first).what}, đã nhờ người dán" for first in one.before)
    done, asked = one.pasted, one.asked
    pasted = "đã dán vào nhóm, có ảnh" if done is not None and done.proof else "đã dán vào nhóm"
    state = pasted if done is not None else "cần gọi điện" if one.by_phone and not also else "đã nhờ, chưa dán"
    remedy = also or ("Gọi điện, hoặc báo bằng loa." if one.by_phone else "")
    cells = (
        one.village, "qua người đưa tin", state, "; ".join(part for part in (tried, people) if part), remedy,
        None if asked is None else asked.asked_at, None if done is None else done.answered_at,
        "" if done is None else done.name, None, one.group,
    )  # fmt: skip
    _cells(page, row, cells, formats)


def _cells(page: Worksheet, row: int, cells: Sequence[str | datetime | None], formats: tuple[Format, Format]) -> None:
    """Write a row; the columns behind the last cell stay empty, with their borders."""
    text, time = formats
    for at, cell in enumerate([*cells, *[None] * (len(_COLUMNS) - len(cells))]):
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
    pasted = sum(each.pasted is not None for each in found.relayed)
    lines = (
        ("Số hiệu", one.label),
        ("Tiêu đề", one.title),
        ("Nội dung", one.text),
        ("Tệp kèm theo", ", ".join(item.alt for item in one.attachments) or "không có"),
        ("Nguồn", one.source or "không ghi"),
        ("Loại tin", "khẩn" if one.urgent else "thường"),
        ("Tình trạng", STATES[one.state]),
        ("Người soạn", _AT_CONSOLE if one.from_console else _name(one.author_id, names)),
        ("Người duyệt", _name(one.approver_id, names) if not one.reason else f"gửi khẩn, lý do: {one.reason}"),
        ("Duyệt lúc", _clock(one.approved_at)),
        ("Hẹn gửi lúc", _clock(one.not_before) if one.not_before else "gửi ngay"),
        ("Có giá trị đến", _clock(one.expires_at) if one.expires_at else "không ghi"),
        ("Số nhóm đã chốt", str(one.channels)),
        ("Số tin đã chốt", f"{one.rows}; đếm lại theo tình trạng: {found.total}"),
        ("Kết quả theo nhóm", counts or "chưa gửi"),
        ("Qua người đưa tin", f"đã dán {pasted} trên {len(found.relayed)} thôn" if found.relayed else "không có"),
        ("Đã xác nhận", f"{len(found.acknowledged)} thôn"),
        ("Đã phát loa", f"{len(found.played)} thôn"),
        ("Trang OA của xã", _on_oa(found)),
        ("Đưa thêm bằng", ", ".join(OTHER_CHANNELS[way] for way in found.other_channels) or "không ghi"),
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


def _on_oa(found: Receipt) -> str:
    """Say how many followers of the official account it went to, apart from the villages."""
    if found.oa is None:
        return "chưa đăng" if found.for_oa else "không đăng"
    count = "chưa ghi số" if found.oa.followers is None else f"đã gửi tới {number(found.oa.followers, SOURCE)}"
    return f"{count} người quan tâm OA, đăng lúc {_clock(found.oa.at)}; không tính vào số thôn đã có tin"


def _printed(page: Worksheet) -> None:
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    page.repeat_rows(0)


def _name(person_id: int | None, names: Mapping[int, str]) -> str:
    return "" if person_id is None else names.get(person_id, "đã xóa dữ liệu")


def _clock(at: datetime | None) -> str:
    return "" if at is None else f"{at.astimezone(VIETNAM):%d/%m/%Y %H:%M}"
