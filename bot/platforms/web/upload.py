"""Photos and files from the page: one POST each, kept while somebody may ask for them, shown to nobody."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from urllib.parse import unquote
from uuid import UUID

from aiohttp import web

from bot.core.events import FileSent, Incoming, PhotoSent
from bot.core.guard import mask
from bot.core.lean import patterns
from bot.core.platform import NoRoom, owner_of
from bot.core.text import clean, msg
from bot.platforms import Kit
from bot.platforms._shared.addresses import client_of
from bot.platforms._shared.http import up_to
from bot.platforms._shared.pace import Allowance, Known, taken

from .frames import person_entry
from .phone import Person, Phone
from .visitor import Visitor
from .words import FILE

LIMIT = 20 * 1024 * 1024
"""Bytes, as many as other messengers let a bot fetch."""
OF_ONE_ADDRESS = 10 * LIMIT
"""Bytes that one address may send at once, and as many more in a day: of the room of all, which is 500 MB, enough is
left for others. Those of our own network count as well, for a stranger may stand in it."""
OF_ONE_VISITOR = 5 * LIMIT
_AT_ONCE, _AT_ONCE_OF_ONE = 4, 2
_LONGEST = 120.0
_LONGEST_NAME, _LONGEST_CAPTION = 100, 300
_PHOTOS = frozenset({"image/jpeg", "image/png", "image/webp"})
_MIME = patterns.compile(r"[a-z]+/[a-z0-9][a-z0-9.+-]{0,99}")

TOO_LARGE = msg("This file is larger than 20 MB, so I cannot take it. Please send a smaller one.")
EMPTY = msg("This file is empty. Please choose it again.")
BUSY = msg("Many files are coming in. Please send it again in a few minutes.")
FULL = msg("There is no room for another file now. Please send it again later, or write in words.")
TOO_MUCH = msg("Too many files have come from your place today. Please send more tomorrow, or write in words.")
LOST = msg("The file could not be sent. Please send it again.")
UNSENT = msg("The file could not be sent. Please check your connection and send it again.")
"""The page's words when it gets no answer."""

_logger = logging.getLogger(__name__)


class Refused(Exception):
    """Nothing was kept; the text is for the person, in Vietnamese, `status` for the page."""

    def __init__(self, text: str, status: int) -> None:
        super().__init__(text)
        self.text = text
        self.status = status


@dataclass(slots=True)
class _Party:
    """Those of one address, or one visitor."""

    bytes: Allowance
    sockets: int = 0


class Uploads:
    """All uploads of a process: few at once, fewer of one address, and of that and of a visitor so many bytes a day."""

    def __init__(self, kit: Kit) -> None:
        self._kit = kit
        self._under_way: list[str] = []
        self._addresses: Known[_Party] = Known(lambda: _Party(Allowance(kit.clock, OF_ONE_ADDRESS)))
        self._visitors: Known[_Party] = Known(lambda: _Party(Allowance(kit.clock, OF_ONE_VISITOR)))

    async def take(self, request: web.Request, phone: Phone, person: Person, visitor: Visitor) -> None:
        """Return when the event is noted; a repeat with the same `id` is the same event. Raises Refused.

        In a group, a file that is shown to other people and not to the bot is in the history only.
        """
        try:
            key = str(UUID(request.query.get("id", "")))
        except ValueError:
            raise Refused(LOST, 400) from None
        if not phone.platform.listening:
            raise Refused(BUSY, 503)
        caption_text = clean(unquote(request.headers.get("X-Caption", ""))).strip()[:_LONGEST_CAPTION]
        caption, addressed = phone.heard(caption_text)
        data = await self._received(request, visitor)
        sender = phone.sender(person, visitor.id)
        owner = owner_of(phone.platform.name, sender.id)
        file = await self._kept(request, data, owner) if phone.hears(addressed=addressed) else None
        shown, _ = mask(f"📎 {_name(request, self._kit.words(FILE))}\n{caption_text}".strip())
        chat, at = phone.chat(visitor.id), self._kit.clock.now()
        entry = person_entry(person.key, person.name, shown, at, key)
        base = f"{visitor.id}:{key}", chat, sender, at
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

    async def _received(self, request: web.Request, visitor: Visitor) -> bytes:
        address = client_of(request, self._kit.settings.proxies)
        if self._under_way.count(address) >= _AT_ONCE_OF_ONE or len(self._under_way) >= _AT_ONCE:
            raise Refused(BUSY, 503)
        if (request.content_length or 0) > LIMIT:
            raise Refused(TOO_LARGE, 413)
        left = [self._addresses.of(address).bytes, *([self._visitors.of(visitor.id).bytes] if visitor.key else [])]
        if not all(one.has(request.content_length or 0) for one in left):
            raise Refused(TOO_MUCH, 429)
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
        if not taken(left, len(data)):
            raise Refused(TOO_MUCH, 429)
        return data

    async def _kept(self, request: web.Request, data: bytes, owner: str) -> Incoming:
        try:
            ref = await self._kit.media.receive(data, owner)
        except NoRoom:
            _logger.warning("no room for another file of the web chat")
            raise Refused(FULL, 503) from None
        except OSError:
            _logger.exception("a file of the web chat could not be kept")
            raise Refused(LOST, 503) from None
        mime = request.content_type if _MIME.fullmatch(request.content_type) else "application/octet-stream"
        return Incoming(ref, mime, len(data), _name(request, self._kit.words(FILE)))


def _name(request: web.Request, fallback: str) -> str:
    """Return the file's name on the person's device; it is percent-encoded, as headers have no Vietnamese letters."""
    header = request.headers.get("X-File-Name", "")
    name = " ".join(clean(unquote(header)).replace("\\", "/").rpartition("/")[2].split())
    return name[-_LONGEST_NAME:] or fallback
