"""The picture of a village's group that shows a pasted announcement: kept for a year, seen by officials only."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from msgspec import Struct
from tortoise.transactions import in_transaction

from bot.core.events import Chat, Incoming
from bot.core.messages import Button, Message
from bot.core.sessions import VersionConflict
from bot.core.text import Text
from bot.features import units
from bot.features.announcements import store
from bot.features.announcements.writing import files
from bot.features.jobs import temporary_files
from bot.features.jobs.queue import JobRefused, about, answer_to, chat_of
from bot.features.notices.notice_outbox import NoticeOutbox
from bot.features.people import people
from bot.features.people.accounts import Account
from bot.i18n import msg
from bot.storage.tables.announcements import RelayAsk as Row
from bot.storage.tables.commune import PassingFile

from .actions import DropProof
from .model import RelayAsk, ask, ask_of, target_of

KIND = "relay proof"
KEPT = timedelta(days=365)
"""As photos beside figures: there may be people in it, and after a year nobody asks about the announcement."""
AWAITED = timedelta(hours=2)
"""So long after “đã dán” a picture without a word is taken for that of the group."""

_NOT_A_PHOTO = msg("Tôi chỉ nhận được ảnh chụp. Bác gửi lại ảnh giúp tôi.")
_GONE = msg("Tin này không còn ghi là bác đã dán nên tôi không giữ ảnh.")
_HAVE_IT = msg("✅ Đã nhận ảnh nhóm của {village} cho {label}. Chỉ cán bộ xã xem được; ảnh tự xóa sau một năm.")
DROP = msg("Bỏ ảnh")


async def awaited(person_id: int, now: datetime) -> RelayAsk | None:
    """Return what a person has just pasted and has no picture of yet, else the last one; None without any."""
    rows = Row.filter(person_id=person_id, state="pasted", answered_at__gt=now - AWAITED)
    found = [ask(row) for row in await rows.order_by("-answered_at", "-id")]
    return next((one for one in found if not one.proof), found[0] if found else None)


async def there(asks: Collection[RelayAsk]) -> frozenset[int]:
    """Return the ids of those asks whose picture has not gone with its time."""
    names = [one.proof for one in asks if one.proof]
    if not names:
        return frozenset()
    kept = set(map(str, await PassingFile.filter(name__in=names).values_list("name", flat=True)))
    return frozenset(one.id for one in asks if one.proof in kept)


async def drop(one: RelayAsk, now: datetime) -> bool:
    """Remove the picture and its file, inside the caller's transaction; False if there was none."""
    if not one.proof or not await Row.filter(id=one.id, proof=one.proof).update(proof=""):
        return False
    await temporary_files.drop(one.proof, now)
    return True


def body(one: RelayAsk, file: Incoming, chat: Chat, event: str, *, person: str, locale: str) -> Mapping[str, str]:
    """Build the body of the job; `event` is the id of the message that brought the picture."""
    return {
        **answer_to(chat),
        "ask": str(one.id),
        "event": event,
        "person": person,
        "locale": locale,
        **about(file),
    }


class TakeProof(Struct, frozen=True):
    """The job. `messengers` by name."""

    messengers: Mapping[str, files.FileMessenger]
    store_media: files.StoreMedia
    outbox: NoticeOutbox

    async def run(self, body: Mapping[str, str], now: datetime) -> None:
        """Fetch and keep the picture; run twice it is kept once. Raises JobRefused for whoever sent it."""
        chat = chat_of(body)
        if chat is None:
            raise JobRefused(_NOT_A_PHOTO)
        media = await files.photo(body, self.messengers.get(chat.platform), self.store_media, _NOT_A_PHOTO)
        await temporary_files.keep(media, now + temporary_files.ORPHAN)
        try:
            async with in_transaction("default"):
                await self._keep(body, chat, media, now)
        except Exception:
            await temporary_files.drop(media, now)
            raise

    async def _keep(self, body: Mapping[str, str], chat: Chat, media: str, now: datetime) -> None:
        one = await ask_of(int(body["ask"]))
        who = await people.who(Account(chat.platform, body["person"]), now)
        if one is None or one.state != "pasted" or one.person_id is None or one.person_id != who.person_id:
            raise JobRefused(_GONE)
        message = await self._have_it(one, body["locale"])
        key = f"{one.package}:proof:{body['event']}"[:90]
        if not await self.outbox.add(chat, message, key=key, now=now, answering=True, locale=body["locale"]):
            await temporary_files.drop(media, now)
            return
        if not await Row.filter(id=one.id, state="pasted", proof=one.proof).update(proof=media):
            raise VersionConflict  # changed at the same moment: the job runs again
        await temporary_files.extend(media, now + KEPT)
        if one.proof:
            await temporary_files.drop(one.proof, now)

    async def _have_it(self, one: RelayAsk, locale: str) -> Message:
        to = await target_of(one.target_id)
        about_it = None if to is None else await store.get(to.announcement_id)
        place = None if to is None else await units.by_id(to.unit_id)
        text = Text.of(
            self.outbox.translate(locale, _HAVE_IT),
            village="" if place is None else place.full_name,
            label="" if about_it is None else about_it.label,
        )
        return Message(text, (Button.to(self.outbox.translate(locale, DROP), DropProof(one.id)),))
