"""One open socket: events of a phone come in, entries of its chat go out."""

from __future__ import annotations

import asyncio
import logging

from aiohttp import WSCloseCode, WSMsgType, web

from bot.core.events import Commanded, Event, Pressed, Said
from bot.core.guard import TEXT_LIMIT, mask
from bot.core.spoken import slashed
from bot.core.text import clean, msg
from bot.platforms import Kit

from .adapter import NotListening
from .frames import FRAME_LIMIT, Press, Say, Since, ack, numbered, parse, person_entry, refusal
from .pace import Pace
from .phone import Person, Phone
from .visitor import Visitor
from .watcher import Watcher

TOO_LONG = msg("Tin này dài quá nên tôi chưa nhận được. Bác chia thành vài tin ngắn giúp tôi.")
START = "Bắt đầu"
EMPTY = msg("Tin này chưa có chữ nào. Bác gõ lại giúp tôi.")

_SOCKET_LIMIT = 1024 * 1024  # a frame up to here gets an answer in words; beyond it the socket is closed (code 1009)
_BURST = 30
_FRAMES_PER_SECOND = 2.0
_logger = logging.getLogger(__name__)


class Line:
    """A phone in the hand of a visitor, as long as the socket is open; `shared` is the pace of all of one address."""

    def __init__(self, kit: Kit, phone: Phone, visitor: Visitor, shared: Pace | None) -> None:
        self._kit = kit
        self._shared = shared
        self._phone = phone
        self._platform = phone.platform
        self._visitor = visitor
        self._chat = phone.chat(visitor.id)
        self._socket = web.WebSocketResponse(heartbeat=25, max_msg_size=_SOCKET_LIMIT, compress=False)
        self._seen: int | None = None

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """Returns when the socket is closed, by whomever."""
        self._visitor.remember(self._socket, self._kit.settings)
        await self._socket.prepare(request)
        with self._platform.watch(self._chat.id, self._socket) as watcher:
            deliver = asyncio.create_task(self._deliver(watcher))
            try:
                await self._read(watcher)
            except ConnectionResetError:
                _logger.debug("a browser went away in mid-answer")
            finally:
                deliver.cancel()
                await asyncio.gather(deliver, return_exceptions=True)
        return self._socket

    async def _read(self, watcher: Watcher) -> None:
        pace = Pace(self._kit.clock, _BURST, _FRAMES_PER_SECOND)
        async for received in self._socket:
            await pace.step()
            if self._shared is not None:
                await self._shared.step()
            if received.type is not WSMsgType.TEXT:
                continue
            frame = parse(received.data)
            if isinstance(frame, Since):
                self._seen = await self._start(frame.since)
                watcher.wake()
            elif frame is not None:
                await self._take(frame, too_long=len(received.data.encode()) > FRAME_LIMIT)

    async def _start(self, since: int) -> int:
        """Where to go on. A log that has no entry `since` was begun anew after the page was opened: all of it."""
        known = since == 0 or await self._kit.log.since(self._chat.id, since - 1, limit=1)
        return since if known else 0

    async def _deliver(self, watcher: Watcher) -> None:
        """Order and completeness come from the log's numbers, not from timing: where one is missing the log is read."""
        try:
            while True:
                await watcher.grown()
                news = watcher.take(self._seen or 0)
                if self._seen is None:
                    continue
                if news is None:
                    news = await self._kit.log.since(self._chat.id, self._seen)
                for number, entry in news:
                    await self._socket.send_str(numbered(number, entry))
                    self._seen = number
        except ConnectionResetError:
            _logger.debug("a browser went away in mid-delivery")
        except Exception:
            _logger.exception("the log of a chat could not be delivered; the page will connect again")
            await self._socket.close(code=WSCloseCode.INTERNAL_ERROR)

    async def _take(self, frame: Say | Press, *, too_long: bool) -> None:
        """Acknowledge a frame once its event is noted; say nothing if that failed, the page will repeat it."""
        person = self._phone.person(frame.person)
        if person is None:
            return
        refused = _refusal(frame, too_long=too_long)
        if refused is not None:
            words = await self._kit.words_of(self._chat)
            await self._socket.send_str(refusal(frame, words(refused)))
            return
        try:
            noted = await self._note(frame, person)
        except NotListening:
            return
        except Exception:
            _logger.exception("event %s could not be noted", frame.id)
            return
        if noted:
            await self._socket.send_str(ack(frame))

    async def _note(self, frame: Say | Press, person: Person) -> bool:
        """False for what this phone has no means to send."""
        if not self._platform.listening:
            raise NotListening
        if isinstance(frame, Press):
            if not self._platform.capabilities[self._chat.kind].buttons:
                return False
            await self._platform.note(self._pressed(frame, person))
            return True
        await self._show(frame, person)
        event = self._said(frame, person)
        if event is not None:
            await self._platform.note(event)
        return True

    async def _show(self, frame: Say, person: Person) -> None:
        """The history holds what was typed without its secrets and without the code of an invitation."""
        text, _ = mask(frame.text)
        command = slashed(text.strip())
        if command is not None and command.name == "start":
            text = START
        entry = person_entry(person.key, person.name, text.strip(), self._kit.clock.now(), frame.key)
        logged = await self._kit.log.append(self._chat.id, entry, key=frame.key)
        self._platform.show(self._chat.id, logged, entry)

    def _pressed(self, frame: Press, person: Person) -> Event:
        return Pressed(
            id=self._event_id(frame),
            chat=self._chat,
            sender=self._phone.sender(person, self._visitor.id),
            at=self._kit.clock.now(),
            data=frame.press,
            message_id=frame.message,
        )

    def _said(self, frame: Say, person: Person) -> Event | None:
        """What the bot hears; None for talk in a group where it hears only what is addressed to it."""
        text = clean(frame.text).strip()
        event_id, at = self._event_id(frame), self._kit.clock.now()
        sender = self._phone.sender(person, self._visitor.id)
        words, addressed = self._phone.heard(text)
        command = slashed(words)
        if command is not None:
            return Commanded(event_id, self._chat, sender, at, command.name, command.args)
        if not self._phone.hears(addressed=addressed):
            return None
        return Said(event_id, self._chat, sender, at, words, addressed=addressed)

    def _event_id(self, frame: Say | Press) -> str:
        return f"{self._visitor.id}:{frame.key}"


def _refusal(frame: Say | Press, *, too_long: bool) -> str | None:
    if isinstance(frame, Press):
        return None
    text = clean(frame.text)
    if too_long or len(text) > TEXT_LIMIT:
        return TOO_LONG
    return None if text.strip() else EMPTY
