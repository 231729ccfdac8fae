"""The signed paper that an official sends: fetched, looked at and stored by the worker, never by a handler."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

from msgspec import Struct
from tortoise.transactions import in_transaction

from bot.core.events import Chat, Incoming
from bot.core.messages import Button, Message
from bot.core.text import Text
from bot.features import units
from bot.features.announcements.writing.files import (
    LIMITS,
    MEGABYTE,
    TOO_LARGE,
    FileMessenger,
    fetched,
    kind_of,
    upright,
)
from bot.features.audit import Audit
from bot.features.jobs import temporary_files
from bot.features.jobs.queue import JobRefused, about, answer_to, chat_of, file_of
from bot.features.outbox.box import Outbox
from bot.features.people import people
from bot.features.people.accounts import Account
from bot.features.untrusted.pool import ask
from bot.features.untrusted.reader import Nothing
from bot.i18n import msg

from . import archive
from .actions import OpenPaper
from .model import File, Paper
from .signed_word import SIGNED, WRONG_TYPE

KIND = "issued paper file"
_DRAFT = msg("Tệp này còn để trống số, tức là bản dự thảo, nên tôi chưa lưu làm bản đã ký.")
_GONE = msg("Văn bản này không còn trong kho, hoặc bác không còn quyền ghi.")
_TOO_MANY = msg("Một văn bản có nhiều nhất {most} tệp. Bác bỏ tệp cũ trước khi thêm.")
_SAVED = msg("✅ Đã lưu bản đã ký của số {label}: {name}.")
_ENDINGS = {"image/jpeg": "jpg", "application/pdf": "pdf"}

StoreAs = Callable[[str, bytes], Awaitable[str]]


def body(one: Paper, file: Incoming, chat: Chat, *, person: str, locale: str) -> dict[str, str]:
    """Return the parameters of the job."""
    return {
        **answer_to(chat),
        "paper": str(one.id),
        "person": person,
        "locale": locale,
        **about(file),
    }


class TakePaper(Struct, frozen=True):
    """The job. `messengers` by name."""

    messengers: Mapping[str, FileMessenger]
    store_as: StoreAs
    outbox: Outbox
    audit: Audit

    async def run(self, body: Mapping[str, str], now: datetime) -> None:
        """Fetch, look, store, attach; run twice it attaches once. Raises JobRefused for whoever sent the file."""
        chat, messenger = chat_of(body), self.messengers.get(body["platform"])
        if chat is None or messenger is None:
            raise JobRefused(_GONE)
        data = await fetched(messenger, file_of(body))
        data, photo, ending = await _looked_at(data)
        one = await self._allowed(chat, body, now)
        commune = await units.by_id(one.commune_id)
        code = "" if commune is None else f"-{commune.code}"
        name = f"{one.form.upper()}-{one.number:02}{code}-{one.signed_on.isoformat()}.{ending}"
        media = await self.store_as(name, data)
        await temporary_files.keep(media, now + temporary_files.ORPHAN)
        async with in_transaction("default"):
            await self._attach(one, File(0, media, "photo" if photo else "file", name, len(data)), chat, body, now)

    async def _allowed(self, chat: Chat, body: Mapping[str, str], now: datetime) -> Paper:
        """Return the paper, for an official of its commune: a role may have ended since it was sent."""
        one = await archive.get(int(body["paper"]))
        reader = await archive.reader(await people.who(Account(chat.platform, body["person"]), now), now)
        if one is None or reader is None or not reader.official or not reader.may_read(one):
            raise JobRefused(_GONE)
        return one

    async def _attach(self, one: Paper, item: File, chat: Chat, body: Mapping[str, str], now: datetime) -> None:
        locale = body["locale"]
        reply = Text.of(self.outbox.translate(locale, _SAVED), label=one.label, name=item.title)
        button = Button.to(self.outbox.translate(locale, msg("Mở văn bản")), OpenPaper(one.id))
        key = f"vb{one.id}-file:{hashlib.sha256(body['ref'].encode()).hexdigest()[:32]}"
        if not await self.outbox.add(chat, Message(reply, (button,)), key=key, now=now, answering=True, locale=locale):
            return
        if not await archive.attach(one, item):
            raise JobRefused(_TOO_MANY, most=archive.MOST_FILES)
        who = await people.who(Account(chat.platform, body["person"]), now)
        await self.audit.append(who.person_id, "paper_file_added", f"paper:{one.id}", now)


async def _looked_at(data: bytes) -> tuple[bytes, bool, str]:
    """Return the bytes to keep, whether they are a photo, and how the name ends; raise JobRefused."""
    found = kind_of(data)
    if found is None or found.kind == "audio":
        raise JobRefused(WRONG_TYPE)
    if len(data) > LIMITS[found.kind]:
        raise JobRefused(TOO_LARGE, most=LIMITS[found.kind] // MEGABYTE)
    if found.kind == "photo":
        return await upright(data), True, "jpg"
    if found.mime in _ENDINGS:
        return data, False, _ENDINGS[found.mime]
    if not found.mime.endswith("wordprocessingml.document"):
        raise JobRefused(WRONG_TYPE)
    if (await ask(SIGNED, data, Nothing())).unnumbered:
        raise JobRefused(_DRAFT)
    return data, False, "docx"
