"""The photo of a product: fetched, stripped of what the camera wrote, and shown to its owner beside the words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct
from tortoise.transactions import in_transaction

from bot.core.events import Chat, Incoming
from bot.core.lean.values import replace
from bot.core.sessions import VersionConflict
from bot.features import units
from bot.features.announcements.writing import files
from bot.features.jobs import temporary_files
from bot.features.jobs.queue import JobRefused, about, answer_to, chat_of
from bot.features.notices.mail import Mail
from bot.features.people import people
from bot.features.people.accounts import Account
from bot.i18n import msg

from . import shown, store
from .model import Product

KIND = "product photo"
NOT_A_PHOTO = msg("Tôi chỉ nhận được ảnh chụp. Bác gửi lại ảnh giúp tôi.")
_GONE = msg("Hàng này không còn nên tôi không dùng ảnh này.")


def body(one: Product, file: Incoming, chat: Chat, key: str, *, person: str, locale: str) -> Mapping[str, str]:
    """Return the parameters of the job; `key` is that of its answer."""
    return {
        "key": key,
        **answer_to(chat),
        "product": str(one.id),
        "person": person,
        "locale": locale,
        **about(file),
    }


class TakeProductPhoto(Struct, frozen=True):
    """The job. `messengers` by name."""

    messengers: Mapping[str, files.FileMessenger]
    store_media: files.StoreMedia
    mail: Mail

    async def run(self, body: Mapping[str, str], now: datetime) -> None:
        """Run twice it is kept once. Raises JobRefused for whoever sent it."""
        chat, messenger = chat_of(body), self.messengers.get(body["platform"])
        if chat is None:
            raise JobRefused(NOT_A_PHOTO)
        media = await files.photo(body, messenger, self.store_media, NOT_A_PHOTO)
        await temporary_files.keep(media, now + temporary_files.ORPHAN)
        async with in_transaction("default"):
            await self._keep(body, media, chat, now)

    async def _keep(self, body: Mapping[str, str], media: str, chat: Chat, now: datetime) -> None:
        one = await store.get(int(body["product"]))
        who = await people.who(Account(chat.platform, body["person"]), now)
        if one is None or one.owner_id != who.person_id:
            raise JobRefused(_GONE)
        say = replace(self.mail, language=body["locale"])
        seen = replace(one, photo=media, state="draft", version=one.version + 1)
        messages = shown.preview(seen, await units.by_id(one.unit_id), say)
        new = await say.outbox.add(chat, messages, key=body["key"], now=now, answering=True, locale=say.locale)
        if new and await store.illustrate(one, media, now) is None:
            raise VersionConflict  # changed at the same moment: the job runs again
