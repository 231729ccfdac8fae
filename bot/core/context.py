"""What a handler gets: the event, the session, and ways to answer. Nothing here touches the network."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

from .events import Chat, ChatMoved, Event, Incoming, Pressed, Sender
from .fit import LinkTo, Words, choice_hint, fit
from .messages import Attachment, Button, Expects, Message, Poll
from .platform import Capabilities
from .sessions import SHARED, Flow, Key, OpenList, Outgoing, Session, Store
from .text import Text


class Translate(Protocol):
    def __call__(self, locale: str, message: str, context: str | None = None) -> str:
        """The translation, or `message` itself (Vietnamese) when there is none."""
        ...


class StaleEvent(Exception):
    """The event is too old to change anything."""


@dataclass(slots=True)
class _Reply:
    message: Message
    replacing: str | None
    for_all: bool
    aside: bool = False


@dataclass(slots=True)
class Context:
    """One event on its way through one handler. `args` are a command's; `stale` forbids changes."""

    event: Event
    session: Session
    capabilities: Capabilities
    locale: str
    now: datetime
    stale: bool
    translate: Translate
    store: Store
    link_to: LinkTo
    private_link: Callable[[str], str | None]
    args: str = ""
    committed: bool = False
    _replies: list[_Reply] = field(default_factory=list)
    _photos: tuple[Incoming, ...] = ()
    _unkept: _Reply | None = None

    @property
    def chat(self) -> Chat:
        return self.event.chat

    @property
    def sender(self) -> Sender:
        return self.event.sender

    @property
    def private(self) -> bool:
        return self.event.chat.kind == "private"

    @property
    def person(self) -> str:
        """Whose flow this is: the sender in a group, SHARED in a private chat."""
        return SHARED if self.private else self.event.sender.id

    @property
    def flow(self) -> Flow | None:
        return self.session.flows.get(self.person)

    def t(self, message: str, /, **values: Text | str | int) -> Text:
        """Translate a Vietnamese template, parse its markup, then fill in the values."""
        return Text.of(self.translate(self.locale, message), **values)

    def word(self, message: str, /) -> str:
        """Translate a label: plain characters, no markup and no values."""
        return self.translate(self.locale, message)

    def reply(
        self,
        text: Text,
        buttons: Sequence[Button] = (),
        *,
        attachment: Attachment | None = None,
        expects: Expects = "choice",
        rows: Sequence[int] = (),
        for_all: bool = False,
        poll: Poll | None = None,
        aside: bool = False,
    ) -> None:
        """Say something in this chat, after the commit. `for_all`: in a group everybody may choose by number.

        `aside`: it does not take the place of the question before, whose words are still understood.
        """
        self._add(self._message(text, buttons, attachment, expects, rows, poll), None, for_all, aside)

    def replace(
        self,
        text: Text,
        buttons: Sequence[Button] = (),
        *,
        attachment: Attachment | None = None,
        expects: Expects = "choice",
        rows: Sequence[int] = (),
        for_all: bool = False,
    ) -> None:
        """Like `reply`, but in place of the message whose button was pressed, where the platform can edit."""
        pressed = self.event.message_id if isinstance(self.event, Pressed) else None
        self._add(self._message(text, buttons, attachment, expects, rows), pressed, for_all)

    def carry(self, photos: tuple[Incoming, ...], unkept: Text | None) -> None:
        """Photos that came with the words; `unkept` is said unless a handler takes them."""
        self._photos = photos
        if unkept is not None:
            self.reply(unkept)
            self._unkept = self._replies[-1]

    def take_photos(self) -> tuple[Incoming, ...]:
        """What came with the words, for whoever keeps it: nobody is told then that it is not kept."""
        photos, self._photos = self._photos, ()
        if photos:
            self._replies = [reply for reply in self._replies if reply is not self._unkept]
        return photos

    def wait_for(self, flow: str, step: str, data: dict[str, str] | None = None) -> None:
        """The person's next words go to the handler of this step. Reply with `expects="text"` beside it."""
        self.session.flows[self.person] = Flow(flow, step, data or {})

    def leave_flow(self) -> None:
        self.session.flows.pop(self.person, None)

    def stop(self) -> None:
        """Nothing is asked of this person any more, neither by a flow nor by a list."""
        self.leave_flow()
        self.session.close_lists(self.person)

    @asynccontextmanager
    async def changes(self) -> AsyncIterator[None]:
        """Everything written inside, the session, the done mark and the replies are one commit.

        Raises StaleEvent for an event that is too old, and RuntimeError when used twice for one event.
        """
        if self.stale:
            raise StaleEvent
        if self.committed:
            raise RuntimeError("a handler has one changes() for each event")
        async with self.store.changes(self.session):
            yield
            await self.commit()

    async def commit(self) -> None:
        """Called by the engine, or at the end of `changes`: fit the replies and save the session with them."""
        await self.store.save(self.session, self.settle(), self._moves_to())
        self.committed = True

    def settle(self) -> list[str]:
        """Fit the replies into the session; returns the packed actions that must be kept for their tokens."""
        replies, self._replies = self._replies, []
        return [packed for reply in replies for packed in self._fit(reply)]

    def _moves_to(self) -> Key | None:
        """Where the chat goes on: the event comes no second time, so its session moves in the event's commit."""
        event = self.event
        if not isinstance(event, ChatMoved) or event.new_chat_id in ("", event.chat.id):
            return None
        return Key(event.chat.platform, event.new_chat_id)

    def _message(
        self,
        text: Text,
        buttons: Sequence[Button],
        attachment: Attachment | None,
        expects: Expects,
        rows: Sequence[int],
        poll: Poll | None = None,
    ) -> Message:
        return Message(text, tuple(buttons), attachment, expects, tuple(rows), self.session.large, poll)

    def _add(self, message: Message, replacing: str | None, for_all: bool, aside: bool = False) -> None:
        if self.committed:
            raise RuntimeError("replies belong inside changes(), before its end")
        if not message.text and message.attachment is None:
            raise ValueError("a message needs a text or an attachment")
        self._replies.append(_Reply(message, replacing, for_all, aside))

    def _fit(self, reply: _Reply) -> tuple[str, ...]:
        session, message = self.session, self._with_call(reply.message)
        first = session.number_for(len(message.buttons))
        fitted = fit(
            message,
            self.capabilities,
            link_to=self.link_to,
            words=Words(self.word),
            first=first,
            hint=choice_hint(message, self.capabilities, private=self.private, word=self.word),
        )
        if message.buttons and (self.private or fitted.listed):
            owner, name = (SHARED, "") if reply.for_all else (self.person, self.sender.name)
            numbered = bool(fitted.listed)
            seq = session.out_seq + len(fitted.parts)
            opened = OpenList(message.buttons, fitted.first, numbered, message.expects, owner, name, seq)
            session.open_list(opened, aside=reply.aside)
        elif message.expects == "text":
            session.close_lists(self.person)
        replacing = reply.replacing
        for part in fitted.parts:
            session.out_seq += 1
            session.out.append(Outgoing(session.out_seq, part, replacing))
            replacing = None
        return fitted.stored

    def _with_call(self, message: Message) -> Message:
        """A question for words, with how to be heard where the bot hears only what calls it."""
        caps = self.capabilities
        forced = caps.forces_reply and not message.buttons
        if self.private or message.expects != "text" or caps.hears_everything or forced:
            return message
        how = self.word("(Nhắc tên tôi rồi gõ.)")
        if caps.sees_replies:
            how = self.word("(Bấm trả lời tin này, hoặc nhắc tên tôi, rồi gõ.)")
        return replace(message, text=Text.join("\n", [message.text, Text.verbatim(how)]))
