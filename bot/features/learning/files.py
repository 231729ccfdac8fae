"""Files of question banks, by durable jobs: an officer's workbook read, banks to edit, results."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Literal

from msgspec import Struct
from tortoise.transactions import in_transaction

from bot.core.events import Chat
from bot.core.messages import Attachment, Button, Message
from bot.core.text import Text
from bot.features import units
from bot.features.announcements.writing.files import FileMessenger, fetched
from bot.features.guides.library import Library
from bot.features.jobs import temporary_files
from bot.features.jobs.queue import JobFunction, JobRefused, chat_of, file_of
from bot.features.outbox.box import Outbox
from bot.features.units import Place
from bot.features.workbook import UnreadableFile
from bot.features.workbook.write import workbook
from bot.i18n import msg

from . import banks, importing, results
from .actions import SendBanks
from .answers import FEW
from .banks import Bank
from .daily import day_of
from .read_back import read_back
from .reading import COLUMNS, LETTERS, read_banks

SEND = msg("Gửi tệp Excel")
READ, MAKE = "question workbook", "question files"
What = Literal["banks", "results"]
StoreAs = Callable[[str, bytes], Awaitable[str]]
KEPT = timedelta(days=30)
MOST_FAULTS = 20

_EXAMPLE = (
    "An toàn trên mạng",
    "Có người gọi điện xưng công an, hỏi mã OTP. Bác làm gì?",
    ("Đọc mã cho nhanh xong việc", "Không đọc cho ai, tắt máy", "Hỏi lại tên rồi mới đọc"),
    "B",
    "Không cơ quan nào hỏi mã OTP qua điện thoại.",
)
_GONE = msg("Không còn đơn vị này.")
_UNREADABLE = msg("Tôi không đọc được tệp này: {why}. Bác gửi tệp Excel (.xlsx) như tệp mẫu.")
_FAULTY = msg("Tệp còn {count} chỗ chưa đúng, nên chưa có gì thay đổi. Bác sửa rồi gửi lại:")
_MORE = msg("… và {count} chỗ nữa.")
_BANKS_READY = msg("Tệp câu hỏi của {commune}. Mỗi bảng là một bộ câu hỏi. Bác sửa rồi gửi lại cho tôi.")
_RESULTS_READY = msg("Kết quả trả lời câu hỏi của {commune}. Số dưới {few} người được giấu.")


class QuestionFiles(Struct, frozen=True):
    messengers: Mapping[str, FileMessenger]
    outbox: Outbox
    store_as: StoreAs
    guides: Library

    @property
    def kinds(self) -> Mapping[str, JobFunction]:
        return {READ: self.take, MAKE: self.make}

    def _t(self, locale: str, template: str, /, **values: Text | str | int) -> Text:
        return Text.of(self.outbox.translate(locale, template), **values)

    async def take(self, body: Mapping[str, str], now: datetime) -> None:
        """Take a workbook that an officer sent: `unit`, `person`, `event`, `locale`, the file, the chat.

        Run twice it is read back once. Raises JobRefused.
        """
        chat, place, messenger = chat_of(body), await units.get(body["unit"]), self.messengers.get(body["platform"])
        if chat is None or place is None or messenger is None:
            raise JobRefused(_GONE)
        data = await fetched(messenger, file_of(body))
        try:
            titles = {guide.slug: guide.title for guide in self.guides}
            read = await read_banks(data, titles)
        except UnreadableFile as error:
            raise JobRefused(_UNREADABLE, why=str(error)).offering(SEND, SendBanks()) from None
        except JobRefused as refused:
            raise refused.offering(SEND, SendBanks()) from None
        locale = body["locale"]
        async with in_transaction("default"):
            message = Message(self._faults(locale, read.faults), (self._send_again(locale),))
            if not read.faults:
                pending = await importing.keep(place.id, int(body["person"]), read.sheets, now)
                message = await read_back(pending, partial(self._t, locale), partial(self.outbox.translate, locale))
            await self._answer(chat, message, f"banks:{body['event']}", locale, now)

    def _faults(self, locale: str, faults: Sequence[str]) -> Text:
        lines = [self._t(locale, _FAULTY, count=len(faults))]
        lines += [Text.verbatim(f"• {fault}") for fault in faults[:MOST_FAULTS]]
        if len(faults) > MOST_FAULTS:
            lines.append(self._t(locale, _MORE, count=len(faults) - MOST_FAULTS))
        return Text.join("\n", lines)

    def _send_again(self, locale: str) -> Button:
        """Return a button that asks for a file again: to send the corrected one, one must first say what it is."""
        return Button.to(self.outbox.translate(locale, SEND), SendBanks())

    async def make(self, body: Mapping[str, str], now: datetime) -> None:
        """Make the file: `unit`, `what` (banks or results), `event`, `locale` and the chat. Raises JobRefused."""
        chat, place = chat_of(body), await units.get(body["unit"])
        if chat is None or place is None:
            raise JobRefused(_GONE)
        if body["what"] == "results":
            name, data = f"ket-qua-cau-hoi-{place.code}.xlsx", await self._results(place, now)
            text = self._t(body["locale"], _RESULTS_READY, commune=place.full_name, few=FEW)
        else:
            name, data = (
                f"cau-hoi-{place.code}.xlsx",
                await asyncio.to_thread(to_edit, await banks.of_commune(place.id)),
            )
            text = self._t(body["locale"], _BANKS_READY, commune=place.full_name)
        media = await self.store_as(name, data)
        buttons = (self._send_again(body["locale"]),) if body["what"] != "results" else ()
        message = Message(text, buttons, Attachment("file", media, name, len(data)))
        await temporary_files.keep(media, now + KEPT)
        async with in_transaction("default"):
            await self._answer(chat, message, f"banks:{body['event']}", body["locale"], now)

    async def _results(self, place: Place, now: datetime) -> bytes:
        today = day_of(now)
        names = {one.id: one.full_name for one in await units.descendants(place.id, today)}
        found = await results.gather(place.id, names)
        title = f"KẾT QUẢ TRẢ LỜI CÂU HỎI – {place.full_name}"
        return await asyncio.to_thread(results.workbook, title, found, names, today)

    async def _answer(self, chat: Chat, message: Message, key: str, locale: str, now: datetime) -> None:
        await self.outbox.add(chat, message, key=key, now=now, answering=True, locale=locale)


def to_edit(found: Sequence[Bank]) -> bytes:
    """Write every bank as a sheet which, sent back, changes nothing; one example where there is no bank yet."""
    sheets = [
        (
            bank.name,
            COLUMNS,
            [_row(one.text, one.choices, LETTERS[one.right].upper(), one.why, one.guide) for one in bank.questions],
        )
        for bank in found
    ]
    if not sheets:
        name, text, choices, right, why = _EXAMPLE
        sheets = [(name, COLUMNS, [_row(text, choices, right, why, "")])]
    return workbook(sheets)


def _row(text: str, choices: Sequence[str], right: str, why: str, guide: str) -> list[str]:
    return [text, *choices, *[""] * (len(LETTERS) - len(choices)), right, why, guide]
