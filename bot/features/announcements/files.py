"""Files that an official sends for an announcement: fetched, looked at and stored by the worker, never by a handler."""

from __future__ import annotations

import asyncio
import hashlib
import io
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from tortoise.transactions import in_transaction

from bot.core.events import Chat, Incoming
from bot.core.messages import Attachment, Button, Message
from bot.core.platform import Rejected
from bot.core.text import Text, clean
from bot.features import people
from bot.features.jobs import JobRefused, about, answer_to, chat_of, file_of
from bot.features.outbox.box import Outbox
from bot.i18n import msg

from . import leftovers, store
from .actions import OpenAnnouncement
from .draft import NEWER, Drafts
from .model import Announcement, Refused

KIND = "announcement file"
MEGABYTE = 1_000_000
LIMITS: Mapping[str, int] = {"photo": 10 * MEGABYTE, "audio": 20 * MEGABYTE, "file": 20 * MEGABYTE}
"""Bytes. What is larger no messenger lets a bot fetch, and no village phone wants."""
LONGEST_ALT = 200
MEGAPIXEL = 1_000_000
MOST_MEGAPIXELS = 40
"""A few hundred kilobytes can unfold into gigabytes of memory."""
_LONGEST_SIDE = 2560

TOO_LARGE = msg("Tệp lớn quá {most} MB nên tôi không nhận được. Bác nén lại hoặc cắt ngắn rồi gửi lại.")
TOO_MANY_PIXELS = msg("Ảnh lớn quá {most} triệu điểm ảnh nên tôi không nhận được. Bác thu nhỏ ảnh rồi gửi lại.")
WRONG_TYPE = msg(
    "Tôi chỉ nhận ảnh, bản ghi âm (MP3, M4A, OGG, WAV), tệp PDF, Word và Excel. Bác gửi loại khác giúp tôi."
)
_GONE = msg("Tôi không lấy được tệp bác gửi. Bác gửi lại giúp tôi.")
_ADDED = msg("Đã thêm vào {label}: {name}.")

StoreMedia = Callable[[bytes, str], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class Kind:
    """What a file is by its content, not by its name."""

    kind: Literal["photo", "audio", "file"]
    mime: str


class Messenger(Protocol):
    """A platform, as far as it is needed here."""

    @property
    def name(self) -> str: ...

    async def fetch(self, file: Incoming, limit: int) -> bytes: ...


def problem(file: Incoming) -> Refused | None:
    """What can be told before it is fetched: too large, or surely of a wrong type."""
    most = LIMITS[_by_mime(file.mime)]
    if file.size > most:
        return Refused(TOO_LARGE, {"most": most // MEGABYTE})
    wrong = file.mime.startswith(("video/", "application/x-", "application/vnd.android", "text/html"))
    return Refused(WRONG_TYPE) if wrong else None


def first_problem(incoming: Iterable[Incoming]) -> Refused | None:
    return next((one for one in map(problem, incoming) if one is not None), None)


def body(one: Announcement, person_id: int, file: Incoming, caption: str, chat: Chat) -> dict[str, str]:
    """What the job needs to know."""
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
        self, messengers: Mapping[str, Messenger], store_media: StoreMedia, drafts: Drafts, outbox: Outbox
    ) -> None:
        self._messengers = messengers
        self._store_media = store_media
        self._drafts = drafts
        self._outbox = outbox

    async def run(self, body: Mapping[str, str], now: datetime) -> None:
        """Fetch, look, store, attach; run twice it attaches once. Raises JobRefused for whoever sent the file."""
        chat = chat_of(body)
        messenger = self._messengers.get(body["platform"])
        if chat is None or messenger is None:
            raise JobRefused(_GONE)
        data = await fetched(messenger, file_of(body))
        found = kind_of(data)
        if found is None:
            raise JobRefused(WRONG_TYPE)
        if len(data) > LIMITS[found.kind]:
            raise JobRefused(TOO_LARGE, most=LIMITS[found.kind] // MEGABYTE)
        if found.kind == "photo":
            data = await asyncio.to_thread(upright, data)
            found = Kind("photo", "image/jpeg")
        media = await self._store_media(data, found.mime)
        await leftovers.look_later(media, now)
        async with in_transaction("default"):
            await self._attach(body, chat, Attachment(found.kind, media, _alt(found, body), len(data)), now)

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


def kind_of(data: bytes) -> Kind | None:
    """By the first bytes; None for what we do not pass on."""
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


async def fetched(messenger: Messenger, file: Incoming) -> bytes:
    """What a person sent; raises JobRefused when it is too large or gone."""
    most = LIMITS[_by_mime(file.mime)]
    try:
        return await messenger.fetch(file, most)
    except Rejected as error:
        if "large" in error.reason or "big" in error.reason:
            raise JobRefused(TOO_LARGE, most=most // MEGABYTE) from None
        raise JobRefused(_GONE) from None


async def photo(body: Mapping[str, str], messenger: Messenger | None, store_media: StoreMedia, otherwise: str) -> str:
    """The photo that a body means, stored as `upright` makes it; returns its name.

    Raises JobRefused, with the template `otherwise` for what is no photo.
    """
    if messenger is None:
        raise JobRefused(otherwise)
    data = await fetched(messenger, file_of(body))
    found = kind_of(data)
    if found is None or found.kind != "photo":
        raise JobRefused(otherwise)
    return await store_media(await asyncio.to_thread(upright, data), "image/jpeg")


def upright(data: bytes) -> bytes:
    """The photo as JPEG, of a sensible size, without what the camera wrote into it (place, device, time).

    Raises JobRefused for what is no photo, and before anything is unpacked for one of too many pixels.
    """
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(data)) as picture:
            if picture.width * picture.height > MOST_MEGAPIXELS * MEGAPIXEL:
                raise JobRefused(TOO_MANY_PIXELS, most=MOST_MEGAPIXELS)
            picture.draft("RGB", (_LONGEST_SIDE, _LONGEST_SIDE))  # a large JPEG is unpacked small at once
            small = picture if picture.mode == "RGB" else picture.convert("RGB")
            small.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE))
            turned = ImageOps.exif_transpose(small)
    except Image.DecompressionBombError:
        raise JobRefused(TOO_MANY_PIXELS, most=MOST_MEGAPIXELS) from None
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError):  # the last two: damaged, or a bomb, inside
        raise JobRefused(WRONG_TYPE) from None
    out = io.BytesIO()
    turned.save(out, "JPEG", quality=88)
    return out.getvalue()


def _alt(found: Kind, body: Mapping[str, str]) -> str:
    said = " ".join(clean(body["caption"] or body["name"]).split())[:LONGEST_ALT]
    words = {"photo": "ảnh kèm thông báo", "audio": "bản ghi âm thông báo", "file": "tệp kèm thông báo"}
    return said or words[found.kind]
