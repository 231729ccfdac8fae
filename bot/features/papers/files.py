"""The signed paper that an official sends: fetched, looked at and stored by the worker, never by a handler."""

from __future__ import annotations

import asyncio
import hashlib
import io
import re
import zipfile
import zlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from tortoise.transactions import in_transaction

from bot.core.events import Chat, Incoming
from bot.core.messages import Button, Message
from bot.core.text import Text
from bot.features import passing, people, units
from bot.features.accounts import Account
from bot.features.announcements.files import LIMITS, MEGABYTE, TOO_LARGE, Messenger, fetched, kind_of, upright
from bot.features.audit import Audit
from bot.features.jobs import JobRefused, about, answer_to, chat_of, file_of
from bot.features.outbox.box import Outbox
from bot.i18n import msg

from . import archive
from .actions import OpenPaper
from .model import File, Paper

KIND = "issued paper file"
WRONG_TYPE = msg("Tôi chỉ lưu tệp PDF, Word hoặc ảnh chụp văn bản đã ký. Bác gửi loại khác giúp tôi.")
_DRAFT = msg("Tệp này còn để trống số, tức là bản dự thảo, nên tôi chưa lưu làm bản đã ký.")
_GONE = msg("Văn bản này không còn trong kho, hoặc bác không còn quyền ghi.")
_TOO_MANY = msg("Một văn bản có nhiều nhất {most} tệp. Bác bỏ tệp cũ trước khi thêm.")
_SAVED = msg("✅ Đã lưu bản đã ký của số {label}: {name}.")
_ENDINGS = {"image/jpeg": "jpg", "application/pdf": "pdf"}
_OPEN_NUMBER = re.compile(r"Số:\s{2,}/")
_TAGS = re.compile(r"<[^>]+>")
_LARGEST_TEXT = 20 * MEGABYTE

StoreAs = Callable[[str, bytes], Awaitable[str]]


def body(one: Paper, file: Incoming, chat: Chat, *, person: str, locale: str) -> dict[str, str]:
    """What the job needs to know."""
    return {
        **answer_to(chat),
        "paper": str(one.id),
        "person": person,
        "locale": locale,
        **about(file),
    }


@dataclass(frozen=True, slots=True)
class TakePaper:
    """The job. `messengers` by name."""

    messengers: Mapping[str, Messenger]
    store_as: StoreAs
    outbox: Outbox
    audit: Audit

    async def run(self, body: Mapping[str, str], now: datetime) -> None:
        """Fetch, look, store, attach; run twice it attaches once. Raises JobRefused for whoever sent the file."""
        chat, messenger = chat_of(body), self.messengers.get(body["platform"])
        if chat is None or messenger is None:
            raise JobRefused(_GONE)
        data = await fetched(messenger, file_of(body))
        data, photo, ending = await asyncio.to_thread(_looked_at, data)
        one = await self._allowed(chat, body, now)
        commune = await units.by_id(one.commune_id)
        code = "" if commune is None else f"-{commune.code}"
        name = f"{one.form.upper()}-{one.number:02}{code}-{one.signed_on.isoformat()}.{ending}"
        media = await self.store_as(name, data)
        await passing.keep(media, now + passing.ORPHAN)
        async with in_transaction("default"):
            await self._attach(one, File(0, media, "photo" if photo else "file", name, len(data)), chat, body, now)

    async def _allowed(self, chat: Chat, body: Mapping[str, str], now: datetime) -> Paper:
        """The paper, for an official of its commune: a role may have ended since it was sent."""
        one = await archive.get(int(body["paper"]))
        reader = await archive.reader(await people.who(Account(chat.platform, body["person"]), now), now)
        if one is None or reader is None or not reader.official or not reader.may_read(one):
            raise JobRefused(_GONE)
        return one

    async def _attach(self, one: Paper, item: File, chat: Chat, body: Mapping[str, str], now: datetime) -> None:
        locale = body["locale"]
        said = Text.of(self.outbox.translate(locale, _SAVED), label=one.label, name=item.title)
        button = Button.to(self.outbox.translate(locale, msg("Mở văn bản")), OpenPaper(one.id))
        key = f"vb{one.id}-file:{hashlib.sha256(body['ref'].encode()).hexdigest()[:32]}"
        if not await self.outbox.add(chat, Message(said, (button,)), key=key, now=now, answering=True, locale=locale):
            return
        if not await archive.attach(one, item):
            raise JobRefused(_TOO_MANY, most=archive.MOST_FILES)
        who = await people.who(Account(chat.platform, body["person"]), now)
        await self.audit.append(who.person_id, "paper_file_added", f"paper:{one.id}", now)


def _looked_at(data: bytes) -> tuple[bytes, bool, str]:
    """The bytes to keep, whether they are a photo, and how the name ends. Runs in a thread; raises JobRefused."""
    found = kind_of(data)
    if found is None or found.kind == "audio":
        raise JobRefused(WRONG_TYPE)
    if len(data) > LIMITS[found.kind]:
        raise JobRefused(TOO_LARGE, most=LIMITS[found.kind] // MEGABYTE)
    if found.kind == "photo":
        return upright(data), True, "jpg"
    if found.mime in _ENDINGS:
        return data, False, _ENDINGS[found.mime]
    if not found.mime.endswith("wordprocessingml.document"):
        raise JobRefused(WRONG_TYPE)
    if unnumbered(data):
        raise JobRefused(_DRAFT)
    return data, False, "docx"


_UNREADABLE = (zipfile.BadZipFile, zlib.error, EOFError, KeyError, ValueError, RuntimeError, OSError)
"""What a file raises that is no Word file, or a damaged one; RuntimeError for one with a password."""


def unnumbered(data: bytes) -> bool:
    """Whether a Word file has an empty place for its number, as what the bot drew.

    Raises JobRefused for what is no Word file.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive_:
            if archive_.getinfo("word/document.xml").file_size > _LARGEST_TEXT:
                raise JobRefused(WRONG_TYPE)
            text = archive_.read("word/document.xml").decode("utf-8", "replace")
    except _UNREADABLE:
        raise JobRefused(WRONG_TYPE) from None
    return _OPEN_NUMBER.search(_TAGS.sub("", text)) is not None
