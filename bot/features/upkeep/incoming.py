"""A new text of a guide as a file, Word or Markdown: fetched, read, checked by every rule, and shown to its author."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from tortoise.transactions import in_transaction

from bot.core.events import Chat, Incoming
from bot.core.messages import Button, Message
from bot.core.platform import Rejected
from bot.core.text import Text
from bot.features.announcements.writing.files import FileMessenger
from bot.features.guides.changes import changes
from bot.features.guides.findings import FindingCollector
from bot.features.guides.model import MOST_OF_WORD, Guide
from bot.features.jobs.queue import JobRefused, about, answer_to, chat_of, file_of
from bot.i18n import msg

from . import texts
from .actions import OpenText, SendText
from .notices import UpkeepNotices
from .shown import UNREADABLE, LibrarySync

if TYPE_CHECKING:
    from bot.features.guides.word.merge import Merged

KIND = "guide text"
_MOST_MARKDOWN = 1_000_000
_SHOWN = 8
GONE = msg("Tôi không lấy được tệp bác gửi. Bác gửi lại giúp tôi.")
WRONG_TYPE = msg("Tôi chỉ nhận tệp Word (.docx) hoặc tệp Markdown (.md) của bài. Bác gửi lại đúng loại.")
_FAULTS = msg("Bản này còn {count} lỗi nên chưa gửi duyệt được:\n{lines}\nBác sửa rồi gửi lại tệp.")
_SEND = msg("Gửi bản sửa")
SAME = msg("Bản này giống bài đang dùng, không có gì để duyệt.")
_READY = msg("Tôi đã đọc bản sửa bài “{title}”: {count} chỗ thay đổi.")


def body(guide: str, unit_id: int, person_id: int, file: Incoming, chat: Chat) -> dict[str, str]:
    """Return the parameters of the job."""
    return {
        **answer_to(chat),
        "guide": guide,
        "unit": str(unit_id),
        "person": str(person_id),
        **about(file),
    }


class _AgainError(Exception):
    """This file was read before."""


class TakeText:
    """The job. `messengers` by name."""

    def __init__(self, messengers: Mapping[str, FileMessenger], shown: LibrarySync, notices: UpkeepNotices) -> None:
        self._messengers = messengers
        self._shown = shown
        self._notices = notices

    async def run(self, body: Mapping[str, str], now: datetime) -> None:
        """Run twice it is kept once. Raises JobRefused for whoever sent it."""
        chat, messenger = chat_of(body), self._messengers.get(body["platform"])
        await self._shown.refresh()
        guide = self._shown.library.get(body["guide"])
        if chat is None or messenger is None or guide is None:
            raise JobRefused(GONE)
        try:
            data = await messenger.fetch(file_of(body), MOST_OF_WORD)
        except Rejected:
            raise JobRefused(GONE) from None
        source = await asyncio.to_thread(self._shown.source, guide.slug)
        if source is None:
            raise JobRefused(UNREADABLE)
        merged = await _merged(data, guide.slug, source)
        new = await asyncio.to_thread(self._checked, guide, merged.text)
        count = len(changes(guide, new))
        if not count:
            raise JobRefused(SAME)
        with contextlib.suppress(_AgainError):
            await self._keep(body, chat, guide, merged, count, now)

    async def _keep(
        self, body: Mapping[str, str], chat: Chat, guide: Guide, merged: Merged, count: int, now: datetime
    ) -> None:
        """Keep the text. Raises _AgainError, which takes everything back, when the author was answered before."""
        async with in_transaction("default"):
            one = await texts.write(
                int(body["unit"]), guide.slug, guide.content, merged.text, author=int(body["person"]), now=now
            )
            t, word = self._notices.mail.t, self._notices.mail.word
            head = t(_READY, title=guide.title, count=count)
            reply = Text.join("\n", [head, *(Text.verbatim(f"• {note}") for note in merged.notes)])
            button = Button.to(word("Xem chỗ sửa"), OpenText(one.id))
            key = f"bkf:{hashlib.sha256(body['ref'].encode()).hexdigest()[:32]}:{guide.content}"
            if not await self._notices.outbox.add(chat, Message(reply, (button,)), key=key, now=now, answering=True):
                raise _AgainError

    def _checked(self, guide: Guide, text: str) -> Guide:
        """Check the new text. Raises JobRefused with the first errors."""
        from bot.features.guides.checking.check import inspect
        from bot.features.guides.parse import parse

        library = self._shown.library
        seen = inspect(library.folder, library.allowed, instead={**self._shown.sources(), guide.slug: text})
        errors = seen.errors_in(guide.slug)
        new = parse(guide.slug, text, FindingCollector(guide.slug), library.facts).guide
        if errors or new is None:
            lines = "\n".join(f"• dòng {one.line}: {one.message}" for one in errors[:_SHOWN])
            raise JobRefused(_FAULTS, count=len(errors), lines=lines).offering(_SEND, SendText(guide.slug))
        return new


async def _merged(data: bytes, slug: str, source: str) -> Merged:
    """Merge the file with the guide's source. Raises JobRefused."""
    from bot.features.guides.word.document import NotAGuide
    from bot.features.guides.word.merge import Merged, merge
    from bot.features.guides.word.sent import read_sent

    if data.startswith((b"PK", b"\xd0\xcf\x11\xe0")):
        try:
            return await asyncio.to_thread(merge, await read_sent(data), slug, source)
        except NotAGuide as error:
            raise JobRefused(str(error)).offering(_SEND, SendText(slug)) from None
        except JobRefused as refused:
            raise refused.offering(_SEND, SendText(slug)) from None
    try:
        text = unicodedata.normalize("NFC", data.decode("utf-8-sig")).replace("\r\n", "\n")
    except UnicodeDecodeError:
        raise JobRefused(WRONG_TYPE).offering(_SEND, SendText(slug)) from None
    if len(data) > _MOST_MARKDOWN or "\0" in text or not text.startswith("---"):
        raise JobRefused(WRONG_TYPE).offering(_SEND, SendText(slug))
    return Merged(text, ())
