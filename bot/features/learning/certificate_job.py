"""The job behind “Nhận giấy chứng nhận”: draws the picture and sends it to who asked. Nothing of it is kept."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import date, datetime, timedelta

from tortoise.transactions import in_transaction

from bot.core.events import Chat
from bot.core.messages import Attachment, Message
from bot.core.text import Text
from bot.features.jobs import temporary_files
from bot.features.jobs.queue import answer_to, chat_of
from bot.features.outbox.box import Outbox
from bot.i18n import msg

from .certificate import Certificate, Kind, draw

JOB = "certificate"
KEPT = timedelta(days=7)
"""So long the picture stays on the server."""
StoreAs = Callable[[str, bytes], Awaitable[str]]

_FILE = "giay-chung-nhan.png"
_HERE = msg("Giấy chứng nhận của bác đây. Bác lưu ảnh về máy nhé; trên máy chủ tôi chỉ giữ {days} ngày.")
_LINK = msg("Giấy chứng nhận của bác ở đường dẫn sau. Bác mở rồi lưu ảnh về máy nhé; tôi chỉ giữ {days} ngày.")
_WORDS = msg(
    "Kênh này không nhận được ảnh nên tôi ghi bằng lời: bác **{name}** đã học xong “{learned}”. "
    "Bác mở tôi trên ứng dụng nhận được ảnh để lấy giấy nhé."
)
_ALT = msg("Giấy chứng nhận đã học: {name}, “{learned}”")


def body(one: Certificate, chat: Chat, locale: str, event: str) -> dict[str, str]:
    """Return the parameters of the job; `event` tells one wish from another."""
    return {
        **answer_to(chat), "name": one.name, "kind": one.kind, "learned": one.learned, "day": one.day.isoformat(),
        "giver": one.giver, "locale": locale, "event": event,
    }  # fmt: skip


class CertificateJob:
    """Implements JobFunction."""

    def __init__(self, outbox: Outbox, store_as: StoreAs) -> None:
        self._outbox = outbox
        self._store_as = store_as

    async def __call__(self, body: Mapping[str, str], now: datetime) -> None:
        chat = chat_of(body)
        if chat is None:
            return
        kind: Kind = "session" if body["kind"] == "session" else "guide"
        day = date.fromisoformat(body["day"])
        one = Certificate(body["name"], kind, body["learned"], day, body["giver"])
        data = await asyncio.to_thread(draw, one)
        media = await self._store_as(_FILE, data)
        message = self._message(chat, one, media, len(data), body["locale"])
        await temporary_files.keep(media, now + KEPT)
        async with in_transaction("default"):
            await self._outbox.add(
                chat, message, key=f"cert:{body['event']}", now=now, answering=True, locale=body["locale"]
            )

    def _message(self, chat: Chat, one: Certificate, media: str, size: int, locale: str) -> Message:
        """Return a message with the picture, else a link to it, else its text."""

        def t(template: str, **values: str | int) -> Text:
            return Text.of(self._outbox.translate(locale, template), **values)

        shown, link = self._outbox.capabilities[chat.platform][chat.kind].photos, self._outbox.link_to(media)
        if shown == "upload" or (shown == "url" and link is not None):
            alt = t(_ALT, name=one.name, learned=one.learned).plain
            return Message(t(_HERE, days=KEPT.days), attachment=Attachment("photo", media, alt, size))
        if link is not None:
            return Message(t(_LINK, days=KEPT.days) + Text.verbatim(f"\n{link}"))
        return Message(t(_WORDS, name=one.name, learned=one.learned))
