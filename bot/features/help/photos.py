"""A resident's screenshot: fetched, stripped of what the camera wrote, stored for thirty days, given to the helper."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta

from tortoise.transactions import in_transaction

from bot.core.events import Chat, Incoming
from bot.core.messages import Button, Message
from bot.features.announcements.writing import files
from bot.features.jobs import temporary_files
from bot.features.jobs.queue import JobRefused, about, answer_to, chat_of
from bot.i18n import msg

from . import requests
from .actions import DropPhoto
from .personal_data import DAYS
from .requests import Request
from .service import HelpService

KIND = "help photo"
NOT_A_PHOTO = msg("Tôi chỉ nhận được ảnh chụp màn hình. Bác gửi lại, hoặc gõ một câu giúp tôi.")
_GONE = msg("Việc bác nhờ đã đóng nên tôi không dùng ảnh này.")
_HAVE_IT = msg("Đã nhận ảnh. Chỉ người nhận giúp bác xem được; ảnh tự xóa sau 30 ngày.")


def body(one: Request, file: Incoming, chat: Chat) -> dict[str, str]:
    """Return the parameters of the job."""
    return {
        **answer_to(chat),
        "request": str(one.id),
        "locale": one.locale,
        **about(file),
    }


class TakeHelpPhoto:
    """The job. `messengers` by name."""

    def __init__(
        self, messengers: Mapping[str, files.FileMessenger], store_media: files.StoreMedia, help_: HelpService
    ) -> None:
        self._messengers = messengers
        self._store_media = store_media
        self._help = help_

    async def run(self, body: Mapping[str, str], now: datetime) -> None:
        """Run twice it is kept once. Raises JobRefused for whoever sent it."""
        chat, messenger = chat_of(body), self._messengers.get(body["platform"])
        if chat is None:
            raise JobRefused(NOT_A_PHOTO)
        media = await files.photo(body, messenger, self._store_media, NOT_A_PHOTO)
        await temporary_files.keep(media, now + timedelta(days=DAYS))
        try:
            async with in_transaction("default"):
                await self._keep(int(body["request"]), media, body["ref"], chat, now)
        except JobRefused:
            await temporary_files.drop(media, now)
            raise

    async def _keep(self, request_id: int, media: str, ref: str, chat: Chat, now: datetime) -> None:
        one = await requests.get(request_id)
        if one is None or not one.open:
            raise JobRefused(_GONE)
        key = f"photo:{hashlib.sha256(ref.encode()).hexdigest()[:32]}"
        written = await requests.write(one.id, "", None, now, photo=media)
        outbox, locale = self._help.outbox, one.locale
        button = Button.to(outbox.translate(locale, msg("Xóa ảnh")), DropPhoto(written.id))
        reply = Message(self._help.words.say(locale, _HAVE_IT), (button,))
        new = await outbox.add(chat, reply, key=f"help{one.id}-{key}", now=now, answering=True, locale=locale)
        if not new:
            await requests.drop_photo(written, now)
        else:
            await self._help.tell_helper(one, self._help.picture(one, media), f"{key}-h", now)
