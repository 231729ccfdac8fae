"""The platform port for web chats: the history in `kit.log` is the chat, sockets only look at it."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import quote

from aiohttp import WSCloseCode, web

from bot.core.events import Chat, ChatKind, Event, Incoming
from bot.core.messages import Attachment, Message
from bot.core.platform import Budget, Capabilities, Logged, Rejected, Sent, Sink, Unreachable, Usage
from bot.core.sessions import StoreUnavailable
from bot.core.text import utf16_len
from bot.platforms import Kit

from .frames import bot_entry
from .visitor import mark_of
from .watcher import Watcher

_MIB = 1024 * 1024
RICH_CAPABILITIES = Capabilities(
    text_limit=16_000,
    caption_limit=16_000,
    buttons=100,
    row_width=4,
    label_limit=200,
    button_bytes=512,
    styles=True,
    links=True,
    edit=True,
    photos="upload",
    photo_limit=20 * _MIB,
    audio_limit=50 * _MIB,
    file_limit=50 * _MIB,
    push="always",
    large_text=True,
    per_second=20,
    per_minute=600,
)


class NotListening(Exception):
    """An event came while nobody notes events: before `listen`, or while the program stops."""


class Web:
    """One web messenger. `name` is its platform name; the demo has several with different `capabilities`.

    `page` is the path, with a query or without, where a private chat on it opens.
    """

    def __init__(self, name: str, capabilities: Mapping[ChatKind, Capabilities], kit: Kit, page: str = "/chat") -> None:
        self._name = name
        self._capabilities = capabilities
        self._kit = kit
        self._page = page
        self._sink: Sink | None = None
        self._watchers: defaultdict[str, set[Watcher]] = defaultdict(set)
        self._sockets: dict[Watcher, web.WebSocketResponse] = {}

    @property
    def name(self) -> str:
        return self._name

    @property
    def capabilities(self) -> Mapping[ChatKind, Capabilities]:
        return self._capabilities

    @property
    def budget(self) -> Budget:
        return Budget(per_second=200, idempotent=True)

    async def listen(self, sink: Sink) -> None:
        self._sink = sink
        try:
            await asyncio.Event().wait()
        finally:
            self._sink = None

    @property
    def listening(self) -> bool:
        return self._sink is not None

    async def note(self, event: Event) -> None:
        """Return when `event` is noted durably; raise NotListening, or any error of the sink."""
        if self._sink is None:
            raise NotListening
        await self._sink((event,))

    async def send(self, chat: Chat, message: Message, *, replacing: str | None = None, key: str = "") -> Sent:
        limits = self._capabilities.get(chat.kind)
        if limits is None:
            raise Rejected(f"{self._name} has no {chat.kind} chats")
        _check(message, limits)
        replaces = replacing if limits.edit else None
        url = self._url(message.attachment) if message.attachment is not None else None
        rights = await self._rights(chat)
        entry = bot_entry(message, self._kit.clock.now(), attachment_url=url, replaces=replaces, rights=rights)
        try:
            logged = await self._kit.log.append(chat.id, entry, key=key or None)
        except StoreUnavailable as error:
            # To write is to send here, and perhaps only the answer of the commit was lost: the key tells a repeat.
            raise Unreachable(str(error), maybe_sent=True) from None
        self.show(chat.id, logged, entry)
        return Sent(replaces or str(logged.number))

    async def fetch(self, file: Incoming, limit: int) -> bytes:
        try:
            data = await self._kit.media.received(file.ref)
        except FileNotFoundError:
            raise Rejected("the file is no longer there") from None
        if len(data) > limit:
            raise Rejected("the file is too large")
        return data

    def link(self, code: str) -> str | None:
        base = self._kit.settings.public_url
        if base is None:
            return None
        return f"{base}{self._page}{'&' if '?' in self._page else '?'}start={quote(code, safe='')}"

    def group_link(self, code: str) -> str | None:
        return None

    async def usage(self) -> Usage | None:
        return None

    async def close(self) -> None:
        await asyncio.gather(*(socket.close(code=WSCloseCode.GOING_AWAY) for socket in tuple(self._sockets.values())))

    def show(self, chat_id: str, logged: Logged, entry: str) -> None:
        """Hand what was just appended to all who look at this chat."""
        if logged.new:
            for watcher in self._watchers.get(chat_id, ()):
                watcher.hand(logged.number, entry)
        else:
            self.wake(chat_id)

    def wake(self, chat_id: str) -> None:
        """Tell all who look at this chat that its log has grown by other hands, perhaps another process's."""
        for watcher in self._watchers.get(chat_id, ()):
            watcher.wake()

    @contextmanager
    def watch(self, chat_id: str, socket: web.WebSocketResponse, standing: str) -> Iterator[Watcher]:
        """Yield a watcher to be told whenever the log of the chat has grown; `close()` closes the socket meanwhile.

        `standing` is the visitor's, as of the cookie with which the socket was opened.
        """
        watcher = Watcher(standing)
        self._watchers[chat_id].add(watcher)
        self._sockets[watcher] = socket
        try:
            yield watcher
        finally:
            del self._sockets[watcher]
            self._watchers[chat_id].discard(watcher)
            if not self._watchers[chat_id]:
                del self._watchers[chat_id]

    async def leave_to(self, chat_id: str, standing: str) -> None:
        """Close the sockets of this chat that were opened under rights that are no more."""
        others = [self._sockets[one] for one in self._watchers.get(chat_id, ()) if one.standing != standing]
        await asyncio.gather(*(socket.close(code=WSCloseCode.SERVICE_RESTART) for socket in others))

    async def _rights(self, chat: Chat) -> str:
        """Return the mark of what the visitor may now, before the next event of the chat is handled."""
        if chat.kind != "private":
            return ""
        try:
            return mark_of(self._kit, chat.id, await self._kit.standing(chat.id))
        except StoreUnavailable as error:
            raise Unreachable(str(error), maybe_sent=False) from None

    def _url(self, attachment: Attachment) -> str:
        return self._kit.media.url(attachment.media) or f"/media/{attachment.media}"


def _check(message: Message, limits: Capabilities) -> None:
    """Reject a message that does not fit. It is an error of ours; showing it anyway would hide it from the demo."""
    kind = message.attachment.kind if message.attachment is not None else None
    room = {None: True, "photo": limits.photos != "none", "audio": limits.audio_limit, "file": limits.file_limit}[kind]
    if not room:
        raise Rejected(f"no {kind} here")
    if utf16_len(message.text.plain) > (limits.text_limit if kind is None else limits.caption_limit):
        raise Rejected("the text is too long")
    if len(message.buttons) > limits.buttons:
        raise Rejected("too many buttons")
