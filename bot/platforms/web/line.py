"""One open socket: events of a phone come in, entries of its chat go out."""

from __future__ import annotations

import asyncio
import logging

from aiohttp import WSCloseCode, WSMsgType, web

from bot.core.events import Commanded, Event, Pressed, TextSent
from bot.core.guard import TEXT_LIMIT
from bot.core.small_words import slashed
from bot.core.text import clean, msg
from bot.platforms import Kit

from .adapter import NotListening
from .frames import FRAME_LIMIT, Press, Say, Since, ack, id_in, numbered, parse, person_entry, refusal, renewal
from .pace import cost_of_frame, cost_of_history, kept_of
from .phone import Person, Phone
from .renewal import LEFT_FOR, Holds, Renewal
from .room import Seat
from .visitor import Visitor
from .watcher import Watcher
from .words import START

TOO_LONG = msg("This message is too long, so I could not take it. Please split it into a few short ones.")
EMPTY = msg("This message has no words. Please type it again.")
UNREADABLE = msg("The machine could not read this message. Please open the page anew and send it again.")
TOO_MUCH = msg(
    "Very much was written from where you are today, so I cannot take more now. Please wait a while and write again."
)

_SOCKET_LIMIT = 1024 * 1024  # a frame up to here gets an answer in words; beyond it the socket is closed (code 1009)
_logger = logging.getLogger(__name__)


class Line:
    """A phone in the hand of a visitor, as long as the socket is open; `seat` is what that may cost."""

    def __init__(self, kit: Kit, phone: Phone, visitor: Visitor, seat: Seat) -> None:
        self._kit = kit
        self._seat = seat
        self._phone = phone
        self._platform = phone.platform
        self._visitor = visitor
        self._renewal = Renewal(kit, visitor)
        self._chat = phone.chat(visitor.id)
        self._socket = web.WebSocketResponse(heartbeat=25, max_msg_size=_SOCKET_LIMIT, compress=False)
        self._seen: int | None = None

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """Serve the socket until either side closes it."""
        self._visitor.remember(self._socket, request, self._kit)
        await self._socket.prepare(request)
        with self._platform.watch(self._chat.id, self._socket, self._visitor.standing) as watcher:
            if not await self._begins():
                return self._socket
            deliver = asyncio.create_task(self._deliver(watcher))
            try:
                await self._read(watcher)
            except ConnectionResetError:
                _logger.debug("a browser went away in mid-answer")
            finally:
                deliver.cancel()
                await asyncio.gather(deliver, return_exceptions=True)
        return self._socket

    async def _begins(self) -> bool:
        """Tell whether the socket may be used; one that may not is closed."""
        try:
            if await self._renewal.begin():
                return True
            code = WSCloseCode.SERVICE_RESTART
        except Exception:
            _logger.exception("the log of a chat could not be looked at; the page will connect again")
            code = WSCloseCode.INTERNAL_ERROR
        await self._socket.close(code=code)
        return False

    async def _read(self, watcher: Watcher) -> None:
        async for received in self._socket:
            if received.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
                continue
            await self._seat.step(cost_of_frame(len(received.data)))
            if self._renewal.is_over:  # the page says it again, with the cookie that it has by then
                continue
            frame = parse(received.data) if received.type is WSMsgType.TEXT else None
            if isinstance(frame, Since):
                self._seen = await self._start(frame.since)
                if not await self._renewal.may_begin_at(self._seen):
                    await self._socket.close(code=WSCloseCode.SERVICE_RESTART)
                    return
                watcher.wake()
            elif frame is None:
                await self._refuse(id_in(received.data), UNREADABLE)
            else:
                await self._take(frame, too_long=len(received.data.encode("utf-8", "replace")) > FRAME_LIMIT)

    async def _start(self, since: int) -> int:
        """Return the entry to go on from; 0, all of it, if the log has no entry `since`: it was begun anew."""
        known = since == 0 or await self._kit.log.since(self._chat.id, since - 1, limit=1)
        return since if known else 0

    async def _deliver(self, watcher: Watcher) -> None:
        """Order and completeness come from the log's numbers, not from timing: where one is missing the log is read."""
        try:
            while True:
                await watcher.grown()
                news = watcher.take(self._seen or 0)
                if self._seen is None:
                    if not await self._renewal.is_current():
                        await self._socket.close(code=WSCloseCode.SERVICE_RESTART)
                    continue
                if news is None:
                    news = await self._kit.log.since(self._chat.id, self._seen)
                    self._seat.owe(cost_of_history(len(news)))
                for number, entry in news:
                    holds = await self._renewal.look(number, entry, self._seen)
                    if holds is Holds.NO:
                        await self._leave()
                        return
                    if holds is Holds.ANEW:
                        watcher.standing = self._renewal.visitor.standing
                    await self._socket.send_str(numbered(number, entry))
                    self._seen = number
                    if holds is Holds.ANEW:
                        await self._socket.send_str(renewal(self._renewal.ticket))
        except ConnectionResetError:
            _logger.debug("a browser went away in mid-delivery")
        except Exception:
            _logger.exception("the log of a chat could not be delivered; the page will connect again")
            await self._socket.close(code=WSCloseCode.INTERNAL_ERROR)

    async def _leave(self) -> None:
        """Hear and show nothing more, and close once the page that changed the rights has had time for its cookie."""
        await self._kit.clock.sleep(LEFT_FOR)
        await self._socket.close(code=WSCloseCode.SERVICE_RESTART)

    async def _refuse(self, key: str | None, reason: str) -> None:
        words = await self._kit.words_of(self._chat)
        await self._socket.send_str(refusal(key, words(reason)))

    async def _take(self, frame: Say | Press, *, too_long: bool) -> None:
        """Acknowledge a frame once its event is noted; say nothing if that failed, the page will repeat it."""
        person = self._phone.person(frame.person)
        refused = UNREADABLE if person is None else _refusal(frame, too_long=too_long)
        if refused is None and not self._seat.may_keep(kept_of(frame.text if isinstance(frame, Say) else frame.press)):
            refused = TOO_MUCH
        if refused is not None or person is None:
            await self._refuse(frame.key, refused or UNREADABLE)
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
        else:
            await self._refuse(frame.key, UNREADABLE)

    async def _note(self, frame: Say | Press, person: Person) -> bool:
        """Note a frame; False if this phone has no means to send such a frame."""
        if not self._platform.listening:
            raise NotListening
        if isinstance(frame, Press):
            if not self._platform.capabilities[self._chat.kind].buttons:
                return False
            self._renewal.said(self._event_id(frame))
            await self._platform.note(self._pressed(frame, person))
            return True
        await self._show(frame, person)
        event = self._event_of(frame, person)
        if event is not None:
            await self._platform.note(event)
        return True

    async def _show(self, frame: Say, person: Person) -> None:
        """Record typed text in the history, without its secrets and without the code of an invitation."""
        text, _ = await self._seat.guard.mask(frame.text)
        command = slashed(text.strip())
        if command is not None and command.name == "start":
            text = self._kit.words(START)
        entry = person_entry(person.key, person.name, text.strip(), self._kit.clock.now(), frame.key)
        logged = await self._kit.log.append(self._chat.id, entry, key=frame.key)
        if logged.new:
            self._renewal.said(self._event_id(frame))
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

    def _event_of(self, frame: Say, person: Person) -> Event | None:
        """Return the event for the bot; None for talk in a group if the bot hears only messages addressed to it."""
        text = clean(frame.text).strip()
        event_id, at = self._event_id(frame), self._kit.clock.now()
        sender = self._phone.sender(person, self._visitor.id)
        words, addressed = self._phone.heard(text)
        command = slashed(words)
        if command is not None:
            return Commanded(event_id, self._chat, sender, at, command.name, command.args)
        if not self._phone.hears(addressed=addressed):
            return None
        return TextSent(event_id, self._chat, sender, at, words, addressed=addressed)

    def _event_id(self, frame: Say | Press) -> str:
        """Return the id of the event; that of a text is read by all who look, and must not do for a press."""
        return f"{self._visitor.id}:{'press:' if isinstance(frame, Press) else ''}{frame.key}"


def _refusal(frame: Say | Press, *, too_long: bool) -> str | None:
    if isinstance(frame, Press):
        return None
    if too_long or len(text := clean(frame.text)) > TEXT_LIMIT:
        return TOO_LONG
    return None if text.strip() else EMPTY
