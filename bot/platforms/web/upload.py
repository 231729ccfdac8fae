"""Photos and files from the page: one POST each, kept while somebody may ask for them, shown to nobody."""

from __future__ import annotations

import asyncio
import logging
import re
from datetime import date
from urllib.parse import unquote
from uuid import UUID

from aiohttp import web

from bot.core.events import FileSent, Incoming, PhotoSent
from bot.core.guard import mask
from bot.core.platform import NoRoom
from bot.core.text import clean, msg
from bot.platforms import Kit
from bot.platforms._http import up_to

from .frames import person_entry
from .phone import Person, Phone
from .room import address_of
from .visitor import Visitor

LIMIT = 20 * 1024 * 1024
"""Bytes, as many as other messengers let a bot fetch."""
OF_ONE_ADDRESS = 10 * LIMIT
"""Bytes that one public address may send in a day; those of our own network are people of the office."""
_AT_ONCE, _AT_ONCE_OF_ONE = 4, 2
_LONGEST = 120.0
_LONGEST_NAME, _LONGEST_CAPTION = 100, 300
_PHOTOS = frozenset({"image/jpeg", "image/png", "image/webp"})
_MIME = re.compile(r"[a-z]+/[a-z0-9][a-z0-9.+-]{0,99}")

TOO_LARGE = msg("Tệp này lớn quá 20 MB nên tôi không nhận được. Bác gửi tệp nhỏ hơn giúp tôi.")
EMPTY = msg("Tệp này không có gì bên trong. Bác chọn lại giúp tôi.")
BUSY = msg("Máy của xã đang nhận nhiều tệp. Bác gửi lại sau ít phút giúp tôi.")
TOO_MUCH = msg("Hôm nay nơi bác đã gửi nhiều tệp quá. Mai bác gửi tiếp giúp tôi, hoặc nhắn bằng chữ.")
LOST = msg("Tệp chưa gửi được. Bác gửi lại giúp tôi.")
UNSENT = msg("Tệp chưa gửi được. Bác xem lại mạng rồi gửi lại giúp tôi.")
"""What the page says when it hears nothing."""

_logger = logging.getLogger(__name__)


class Refused(Exception):
    """Nothing was kept; the text is for the person, in Vietnamese, `status` for the page."""

    def __init__(self, text: str, status: int) -> None:
        super().__init__(text)
        self.text = text
        self.status = status


class Uploads:
    """All uploads of a process: few at once, fewer of one public address, and of that so many bytes a day."""

    def __init__(self, kit: Kit) -> None:
        self._kit = kit
        self._under_way: list[str | None] = []
        self._day = date.min
        self._taken: dict[str, int] = {}

    async def take(self, request: web.Request, phone: Phone, person: Person, visitor: Visitor) -> None:
        """Returns when the event is noted; a repeat with the same `id` is the same event. Raises Refused.

        What people show each other in a group, and not the bot, is in the history only.
        """
        try:
            key = str(UUID(request.query.get("id", "")))
        except ValueError:
            raise Refused(LOST, 400) from None
        if not phone.platform.listening:
            raise Refused(BUSY, 503)
        said = clean(unquote(request.headers.get("X-Caption", ""))).strip()[:_LONGEST_CAPTION]
        caption, addressed = phone.heard(said)
        data = await self._received(request)
        file = await self._kept(request, data) if phone.hears(addressed=addressed) else None
        shown, _ = mask(f"📎 {_name(request)}\n{said}".strip())
        chat, at = phone.chat(visitor.id), self._kit.clock.now()
        entry = person_entry(person.key, person.name, shown, at, key)
        base = f"{visitor.id}:{key}", chat, phone.sender(person, visitor.id), at
        try:
            logged = await self._kit.log.append(chat.id, entry, key=key)
            phone.platform.show(chat.id, logged, entry)
            if file is None:
                return
            if file.mime in _PHOTOS:
                await phone.platform.note(PhotoSent(*base, files=(file,), caption=caption, addressed=addressed))
            else:
                await phone.platform.note(FileSent(*base, file=file, caption=caption, addressed=addressed))
        except Exception:
            _logger.exception("a file of the web chat could not be noted")
            raise Refused(LOST, 503) from None

    async def _received(self, request: web.Request) -> bytes:
        address = address_of(request)
        crowded = address is not None and self._under_way.count(address) >= _AT_ONCE_OF_ONE
        if crowded or len(self._under_way) >= _AT_ONCE:
            raise Refused(BUSY, 503)
        if (request.content_length or 0) > LIMIT:
            raise Refused(TOO_LARGE, 413)
        self._under_way.append(address)
        try:
            async with asyncio.timeout(_LONGEST):
                data = await up_to(LIMIT, request.content)
        except TimeoutError:
            raise Refused(LOST, 408) from None
        finally:
            self._under_way.remove(address)
        if data is None:
            raise Refused(TOO_LARGE, 413)
        if not data:
            raise Refused(EMPTY, 400)
        self._count(address, len(data))
        return data

    async def _kept(self, request: web.Request, data: bytes) -> Incoming:
        try:
            ref = await self._kit.media.receive(data)
        except NoRoom:
            _logger.warning("no room for another file of the web chat")
            raise Refused(BUSY, 503) from None
        mime = request.content_type if _MIME.fullmatch(request.content_type) else "application/octet-stream"
        return Incoming(ref, mime, len(data), _name(request))

    def _count(self, address: str | None, size: int) -> None:
        if address is None:
            return
        today = self._kit.clock.now().date()
        if today != self._day:
            self._day, self._taken = today, {}
        if self._taken.get(address, 0) + size > OF_ONE_ADDRESS:
            raise Refused(TOO_MUCH, 429)
        self._taken[address] = self._taken.get(address, 0) + size


def _name(request: web.Request) -> str:
    """What the file is called on the person's device; percent-encoded, for a header knows no Vietnamese letters."""
    header = request.headers.get("X-File-Name", "")
    name = " ".join(clean(unquote(header)).replace("\\", "/").rpartition("/")[2].split())
    return name[-_LONGEST_NAME:] or "tệp"
