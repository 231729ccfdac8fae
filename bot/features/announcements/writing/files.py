"""Files that an official sends for an announcement: the worker, never a handler, fetches, checks and stores them."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime
from typing import Literal, Protocol

from msgspec import Struct
from tortoise.transactions import in_transaction

from bot.core.events import Chat, Incoming
from bot.core.messages import Attachment, Button, Message
from bot.core.platform import Rejected
from bot.core.text import Text, clean
from bot.features.announcements import store
from bot.features.announcements.actions import OpenAnnouncement
from bot.features.announcements.model import Announcement, AnnouncementRefused
from bot.features.jobs.queue import JobRefused, about, answer_to, chat_of, file_of
from bot.features.outbox.box import Outbox
from bot.features.people import people
from bot.features.untrusted.photo import PHOTO, WRONG_TYPE
from bot.features.untrusted.pool import ask
from bot.features.untrusted.reader import Nothing
from bot.i18n import msg

from . import leftovers
from .draft import NEWER, Drafts

KIND = "announcement file"
MEGABYTE = 1_000_000
LIMITS: Mapping[str, int] = {"photo": 10 * MEGABYTE, "audio": 20 * MEGABYTE, "file": 20 * MEGABYTE}
"""Bytes. What is larger no messenger lets a bot fetch, and no village phone wants."""
LONGEST_ALT = 200

TOO_LARGE = msg("Tệp lớn quá {most} MB nên tôi không nhận được. Bác nén lại hoặc cắt ngắn rồi gửi lại.")
_GONE = msg("Tôi không lấy được tệp bác gửi. Bác gửi lại giúp tôi.")
_ADDED = msg("Đã thêm vào {label}: {name}.")

StoreMedia = Callable[[bytes, str], Awaitable[str]]


class Kind(Struct, frozen=True):
    """The type of a file by its content, not by its name."""

    kind: Literal["photo", "audio", "file"]
    mime: str


class FileMessenger(Protocol):
    """The interface of a platform that is needed here."""

    @property
    def name(self) -> str: ...

    async def fetch(self, file: Incoming, limit: int) -> bytes: ...


def problem(file: Incoming) -> AnnouncementRefused | None:
    """Return why a file is refused before it is fetched: too large, or surely of a wrong type."""
    most = LIMITS[_by_mime(file.mime)]
    if file.size > most:
        return AnnouncementRefused(TOO_LARGE, {"most": most // MEGABYTE})
    wrong = file.mime.startswith(("video/", "application/x-", "application/vnd.android", "text/html"))
    return AnnouncementRefused(WRONG_TYPE) if wrong else None


def first_problem(incoming: Iterable[Incoming]) -> AnnouncementRefused | None:
    return next((one for one in map(problem, incoming) if one is not None), None)


def body(one: Announcement, person_id: int, file: Incoming, caption: str, chat: Chat) -> dict[str, str]:
    """Build the body of the job."""
    return {
        **answer_to(chat),
        "announcement": str(one.id),
        "person": str(person_id),
        **about(file),
        "caption": caption,
    }


class TakeFile:
    """The job. `messengers` by name."""

    def __init__(
        self, messengers: Mapping[str, FileMessenger], store_media: StoreMedia, drafts: Drafts, outbox: Outbox
    ) -> None:
        self._messengers = messengers
        self._store_media = store_media
        self._drafts = drafts
        self._outbox = outbox

    async def run(self, body: Mapping[str, str], now: datetime) -> None:
        """Fetch, check, store and attach; idempotent.

        Raises JobRefused, with an explanation for the person who sent the file.
        """
        chat = chat_of(body)
        messenger = self._messengers.get(body["platform"])
        if chat is None or messenger is None:
            raise JobRefused(_GONE)
        data = await fetched(messenger, file_of(body))
        item = await stored(data, body["caption"] or body["name"], self._store_media, now)
        async with in_transaction("default"):
            await self._attach(body, chat, item, now)

    async def _attach(self, body: Mapping[str, str], chat: Chat, item: Attachment, now: datetime) -> None:
        one = await store.get(int(body["announcement"]))
        if one is None:
            raise JobRefused(_GONE)
        text = Text.of(self._outbox.translate(self._outbox.locale, _ADDED), label=one.label, name=item.alt)
        button = Button.to(
            self._outbox.translate(self._outbox.locale, msg("Mở")) + f" {one.label}", OpenAnnouncement(one.id)
        )
        key = f"tb{one.id}-file:{hashlib.sha256(body['ref'].encode()).hexdigest()[:32]}"
        if not await self._outbox.add(chat, Message(text, (button,)), key=key, now=now, answering=True):
            return
        who = await people.who_is(int(body["person"]), now)
        refused = await self._drafts.attach(one, who, item, now)
        if refused is not None and refused.why == NEWER:
            raise RuntimeError("the draft was changed at the same moment; the job runs again")
        if refused is not None:
            raise JobRefused(refused.why, **refused.values)


async def stored(data: bytes, called: str, store_media: StoreMedia, now: datetime) -> Attachment:
    """Check and store a file, a photo without its metadata; raise JobRefused for one that is not passed on."""
    found = kind_of(data)
    if found is None:
        raise JobRefused(WRONG_TYPE)
    if len(data) > LIMITS[found.kind]:
        raise JobRefused(TOO_LARGE, most=LIMITS[found.kind] // MEGABYTE)
    if found.kind == "photo":
        data = await upright(data)
        found = Kind("photo", "image/jpeg")
    media = await store_media(data, found.mime)
    await leftovers.look_later(media, now)
    return Attachment(found.kind, media, _alt(found, called), len(data))


def kind_of(data: bytes) -> Kind | None:
    """Recognize a file by its first bytes; None for types that we do not pass on."""
    if data.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")):
        return Kind("photo", "image/jpeg")
    if data.startswith(b"RIFF"):
        return {b"WEBP": Kind("photo", "image/webp"), b"WAVE": Kind("audio", "audio/wav")}.get(data[8:12])
    if data.startswith(b"ID3") or (data[:1] == b"\xff" and data[1:2] and data[1] & 0xE6 == 0xE2):
        return Kind("audio", "audio/mpeg")
    if data.startswith(b"OggS"):
        return Kind("audio", "audio/ogg")
    if data[4:8] == b"ftyp":
        return Kind("audio", "audio/mp4") if data[8:11] in (b"M4A", b"M4B") else None
    if data.startswith(b"%PDF-"):
        return Kind("file", "application/pdf")
    return _office(data) if data.startswith(b"PK\x03\x04") else None


def _office(data: bytes) -> Kind | None:
    base = "application/vnd.openxmlformats-officedocument"
    if b"word/" in data:
        return Kind("file", f"{base}.wordprocessingml.document")
    return Kind("file", f"{base}.spreadsheetml.sheet") if b"xl/" in data else None


def _by_mime(mime: str) -> str:
    return {"image": "photo", "audio": "audio"}.get(mime.partition("/")[0], "file")


async def fetched(messenger: FileMessenger, file: Incoming) -> bytes:
    """Fetch the file that a person sent; raises JobRefused if it is too large or gone."""
    most = LIMITS[_by_mime(file.mime)]
    try:
        return await messenger.fetch(file, most)
    except Rejected as error:
        if "large" in error.reason or "big" in error.reason:
            raise JobRefused(TOO_LARGE, most=most // MEGABYTE) from None
        raise JobRefused(_GONE) from None


async def photo(
    body: Mapping[str, str], messenger: FileMessenger | None, store_media: StoreMedia, otherwise: str
) -> str:
    """Fetch the photo that a job's body names and store it as `upright` makes it; return its stored name.

    Raises JobRefused, with the template `otherwise` for a file that is no photo.
    """
    if messenger is None:
        raise JobRefused(otherwise)
    data = await fetched(messenger, file_of(body))
    found = kind_of(data)
    if found is None or found.kind != "photo":
        raise JobRefused(otherwise)
    return await store_media(await upright(data), "image/jpeg")


async def upright(data: bytes) -> bytes:
    """Convert a photo to JPEG without the camera's metadata, in another process; raise JobRefused for another file."""
    return (await ask(PHOTO, data, Nothing())).data


def _alt(found: Kind, called: str) -> str:
    alt = " ".join(clean(called).split())[:LONGEST_ALT]
    words = {"photo": "ảnh kèm thông báo", "audio": "bản ghi âm thông báo", "file": "tệp kèm thông báo"}
    return alt or words[found.kind]
