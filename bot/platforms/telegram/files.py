"""Files that go along with messages: uploaded once, then named by the id under which Telegram keeps them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import TypeVar
from weakref import WeakValueDictionary

from bot.core.events import Chat
from bot.core.messages import Attachment
from bot.core.platform import KeyValue, Media, Rejected
from bot.core.sessions import StoreUnavailable

from .api import Api, expect
from .vendor import methods, types
from .wire import Posted
from .write import File

log = logging.getLogger(__name__)

UPLOAD_SECONDS = 300.0
_NO_FILE = ("wrong file identifier", "wrong file_id", "wrong remote file")

T = TypeVar("T")


class Files:
    """`owner` tells one bot's file ids from another's."""

    def __init__(self, api: Api, values: KeyValue, media: Media, owner: str) -> None:
        self._api = api
        self._values = values
        self._media = media
        self._owner = owner
        self._uploading: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        """A lock for each file that is on its way, for as long as somebody holds it or waits for it."""

    async def post(self, chat: Chat, item: Attachment, make: Callable[[File], methods.TelegramMethod[T]]) -> Posted:
        """Make the call with the id of the file; upload it when Telegram does not know it (any more)."""
        key = f"telegram:file:{self._owner}:{item.kind}:{item.media}"
        known = await self._values.get(key)
        if known is not None and (posted := await self._reuse(chat, make(known))) is not None:
            return posted
        lock = self._uploading.setdefault(key, asyncio.Lock())
        async with lock:
            current = await self._values.get(key)
            if current is not None and current != known and (posted := await self._reuse(chat, make(current))):
                return posted
            try:
                data = await self._media.read(item.media)
            except FileNotFoundError:
                raise Rejected(f"the {item.kind} is no longer stored") from None
            upload = make(types.BufferedInputFile(data, item.media.rpartition("/")[2]))
            posted = expect(Posted, await self._api.call(upload, chat, seconds=UPLOAD_SECONDS))
            if posted.file_id is not None:
                await self._keep(key, current, posted.file_id)
            return posted

    async def _keep(self, key: str, old: str | None, file_id: str) -> None:
        """Keep a file's id; ignore an unavailable database: the message is out, and the file is uploaded again."""
        try:
            await self._values.swap(key, old, file_id)
        except StoreUnavailable as error:
            log.warning("telegram: the id of a file is not kept: %s", error)

    async def _reuse(self, chat: Chat, method: methods.TelegramMethod[T]) -> Posted | None:
        """Send a file by its id; None when Telegram does not know the id."""
        try:
            return expect(Posted, await self._api.call(method, chat))
        except Rejected as refused:
            if any(words in refused.reason for words in _NO_FILE):
                return None
            raise
