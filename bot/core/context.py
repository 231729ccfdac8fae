"""The context of a handler: the event, the session, and ways to answer. Nothing here touches the network."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from typing import Protocol

from .events import Chat, ChatMoved, Edited, Event, Incoming, Pressed, Sender, TextSent, files_of
from .fit import FitWords, LinkTo, choice_hint, fit
from .guard import Rest, takes_long
from .messages import Attachment, Button, Expects, Message, Poll, answers_of
from .platform import Capabilities
from .sessions import SHARED, Flow, Key, OpenList, Outgoing, Session, Store
from .text import Text


class Translate(Protocol):
    def __call__(self, locale: str, message: str, context: str | None = None) -> str:
        """Return the translation, or `message` itself if there is none."""
        ...


class StaleEvent(Exception):
    """The event is too old to change anything."""


@dataclass(slots=True)
class _Reply:
    message: Message
    replacing: str | None
    for_all: bool
    aside: bool = False


class ReaderWords(Protocol):
    """Puts something into the words of a reader: a conversation does, a page of the desk, and the mail."""

    @property
    def locale(self) -> str: ...

    def t(self, message: str, /, **values: Text | str | int) -> Text: ...

    def word(self, message: str, /) -> str: ...


class ReaderNow(ReaderWords, Protocol):
    """The same at a moment: a conversation, or a page of the desk."""

    @property
    def now(self) -> datetime: ...


@dataclass(slots=True)
class Context:
    """One event on its way through one handler.

    `event` is what happened, `args` are a command's, `now` is the time (UTC), `locale` the language of the chat. An
    event that is `stale` is hours old: it may be answered, but changes nothing.
    """

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
    at_end: Sequence[Callable[[Context], Awaitable[None]]] = ()
    answered: frozenset[str] | None = None
    """The codes of the actions that somebody answers; a button of another one is left out. None: all are."""
    args: str = ""
    sentences: list[str] = field(default_factory=list)
    """The templates of what was said, in their order, for what `at_end` makes of them."""
    committed: bool = False
    handler: str = ""
    """The name of the handler that has the event now, for errors."""
    _replies: list[_Reply] = field(default_factory=list)
    _footer: Text = field(default_factory=Text)
    _photos: tuple[Incoming, ...] = ()
    _unkept: _Reply | None = None
    _brought: tuple[Incoming, ...] = ()
    _let_go: tuple[Incoming, ...] = ()
    _sent: tuple[Incoming, ...] = ()

    _rest: Rest | None = None

    def __post_init__(self) -> None:
        self._sent = files_of(self.event)
        self._rest = Rest() if takes_long(self.event) else None

    @property
    def takes_long(self) -> bool:
        """Tell whether others would have to wait while its words are looked through."""
        return self._rest is not None

    @property
    def chat(self) -> Chat:
        """Return the conversation in which it happened."""
        return self.event.chat

    @property
    def sender(self) -> Sender:
        """Return the person who acted."""
        return self.event.sender

    @property
    def private(self) -> bool:
        """Tell whether the chat is private, and no group."""
        return self.event.chat.kind == "private"

    @property
    def person(self) -> str:
        """Return the key of the flow: the sender's id in a group, SHARED in a private chat."""
        return SHARED if self.private else self.event.sender.id

    @property
    def flow(self) -> Flow | None:
        """Return the form in which this person is, None if there is none."""
        return self.session.flows.get(self.person)

    def t(self, message: str, /, **values: Text | str | int) -> Text:
        """Translate a template, parse its markup, then fill in the values: `ctx.t("**{name}** is here.", name=…)`.

        The markup is that of `Text.of`; in a value it means nothing.
        """
        self.sentences.append(message)
        return Text.of(self.translate(self.locale, message), **values)

    async def pause(self) -> None:
        """Let others be served between two readers of a long text, each of which takes a while."""
        if self._rest is not None:
            await self._rest.take()

    def word(self, message: str, /) -> str:
        """Translate a label: plain characters, no markup and no values."""
        return self.translate(self.locale, message)

    def reply(
        self,
        text: Text | str,
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

        A `text` that is a str is translated and said character by character, so a value in it is never markup; with
        styles and values it is `t`.

        `aside`: it does not take the place of the question before, whose words are still understood.
        """
        self._add(self._message(text, buttons, attachment, expects, rows, poll), None, for_all, aside)

    def replace(
        self,
        text: Text | str,
        buttons: Sequence[Button] = (),
        *,
        attachment: Attachment | None = None,
        expects: Expects = "choice",
        rows: Sequence[int] = (),
        for_all: bool = False,
    ) -> None:
        """Reply as `reply` does, but in place of the message whose button was pressed, if the platform can edit."""
        pressed = self.event.message_id if isinstance(self.event, Pressed) else None
        self._add(self._message(text, buttons, attachment, expects, rows), pressed, for_all)

    def add_below(self, text: Text) -> None:
        """Put a line below whatever the handler answers last; without an answer it is not said."""
        self._footer = text

    def carry(self, photos: tuple[Incoming, ...], unkept: Text | None) -> None:
        """Hand over the photos that came with the words; `unkept` is said unless a handler takes them."""
        self._photos, self._brought = photos, self._sent
        if unkept is not None:
            self.reply(unkept)
            self._unkept = self._replies[-1]

    def take_photos(self) -> tuple[Incoming, ...]:
        """Return the photos that came with the words, for the caller to keep, and withdraw the reply about them."""
        photos, self._photos = self._photos, ()
        if photos:
            self._brought = ()
            self._replies = [reply for reply in self._replies if reply is not self._unkept]
        return photos

    def keep_nothing(self) -> None:
        """Discard the files of this event at once: the person is told that they are not kept."""
        self._let_go = self._sent

    @property
    def unkept_files(self) -> tuple[Incoming, ...]:
        """Return the files of the event that are not kept: discarded ones, or photos that no handler took."""
        return self._let_go or self._brought

    @property
    def text(self) -> str:
        """Return the words that were said, "" for an event without any."""
        return self.event.text if isinstance(self.event, TextSent | Edited) else self.args

    def wait_for(self, flow: str, step: str, data: dict[str, str] | None = None) -> None:
        """Pass the person's next words to the handler of this step. Reply with `expects="text"` beside it."""
        self.session.flows[self.person] = Flow(flow, step, data or {})

    def ask(
        self,
        text: Text | str,
        flow: str,
        step: str,
        data: dict[str, str] | None = None,
        buttons: Sequence[Button] = (),
        *,
        expects: Expects = "text",
    ) -> None:
        """Ask a question whose answer goes to the handler of this step: `wait_for` and `reply` in one."""
        self.wait_for(flow, step, data)
        self.reply(text, buttons, expects=expects)

    @property
    def data(self) -> Mapping[str, str]:
        """Return what the flow of this person has kept so far."""
        return {} if self.flow is None else self.flow.data

    def leave_flow(self) -> None:
        """End this person's form, and forget what it has kept."""
        self.session.flows.pop(self.person, None)

    def stop(self) -> None:
        """Withdraw everything asked of this person: their flow and their open lists."""
        self.leave_flow()
        self.session.close_lists(self.person)

    @asynccontextmanager
    async def changes(self) -> AsyncIterator[None]:
        """Commit everything written inside, the session, the done mark and the replies in one transaction.

        Raises StaleEvent for an event that is too old, and RuntimeError when used twice for one event.
        """
        if self.stale:
            raise StaleEvent
        if self.committed:
            raise RuntimeError(f"{self.handler} opens changes() a second time: an event has one commit")
        async with self.store.changes(self.session):
            yield
            await self.commit()

    async def commit(self) -> None:
        """Fit the replies and save the session with them. Called by the engine, or at the end of `changes`."""
        for handler in self.at_end:
            await handler(self)
        await self.store.save(self.session, self.settle(), self._moves_to())
        self.committed = True

    def settle(self) -> list[str]:
        """Fit the replies into the session; returns the packed actions that must be kept for their tokens."""
        if self._footer and self._replies:
            last = self._replies[-1]
            text = Text.join("\n\n", [part for part in (last.message.text, self._footer) if part])
            self._replies[-1] = replace(last, message=replace(last.message, text=text))
        replies, self._replies = self._replies, []
        return [packed for reply in replies for packed in self._fit(reply)]

    def _moves_to(self) -> Key | None:
        """Return the key under which the chat continues, None if it has not moved.

        The event is not repeated, so the session moves in the same commit.
        """
        event = self.event
        if not isinstance(event, ChatMoved) or event.new_chat_id in ("", event.chat.id):
            return None
        return Key(event.chat.platform, event.new_chat_id)

    def _message(
        self,
        text: Text | str,
        buttons: Sequence[Button],
        attachment: Attachment | None,
        expects: Expects,
        rows: Sequence[int],
        poll: Poll | None = None,
    ) -> Message:
        shown, rows = self._leading_somewhere(buttons, rows)
        if isinstance(text, str):
            text = Text.verbatim(self.word(text))
        return Message(text, shown, attachment, expects, rows, self.session.large, poll)

    def _leading_somewhere(
        self, buttons: Sequence[Button], rows: Sequence[int]
    ) -> tuple[tuple[Button, ...], tuple[int, ...]]:
        """Leave out the buttons of actions that nobody answers here, and count the rows without them."""
        if self.answered is None or all(button.code in self.answered for button in buttons):
            return tuple(buttons), tuple(rows)
        left = iter(button.code in self.answered for button in buttons)
        counts = [sum(islice(left, row)) for row in rows]
        shown = tuple(button for button in buttons if button.code in self.answered)
        return shown, tuple(count for count in counts if count)

    def _add(self, message: Message, replacing: str | None, for_all: bool, aside: bool = False) -> None:
        if self.committed:
            raise RuntimeError(f"{self.handler} replies after its changes() ended: replies belong inside")
        if not message.text and message.attachment is None:
            raise ValueError("a message needs a text or an attachment")
        self._replies.append(_Reply(message, replacing, for_all, aside))

    def _fit(self, reply: _Reply) -> tuple[str, ...]:
        session, message = self.session, self._with_call(reply.message)
        first = session.number_for(len(answers_of(message.buttons)))
        fitted = fit(
            message,
            self.capabilities,
            link_to=self.link_to,
            words=FitWords(self.word),
            first=first,
            hint=choice_hint(message, self.capabilities, private=self.private, word=self.word),
        )
        if message.buttons and (self.private or fitted.listed):
            owner, name = (SHARED, "") if reply.for_all else (self.person, self.sender.name)
            numbered = bool(fitted.listed)
            seq = session.out_seq + len(fitted.parts)
            opened = OpenList(message.buttons, fitted.first, numbered, message.expects, owner, name, seq)
            session.open_list(opened, aside=reply.aside)
        elif message.asks_for_words:
            session.close_lists(self.person)
        replacing = reply.replacing
        for part in fitted.parts:
            session.out_seq += 1
            session.out.append(Outgoing(session.out_seq, part, replacing))
            replacing = None
        return fitted.stored

    def _with_call(self, message: Message) -> Message:
        """Add to a question for words how to address the bot, if here it hears only messages addressed to it."""
        caps = self.capabilities
        forced = caps.forces_reply and not message.buttons
        if self.private or not message.asks_for_words or caps.hears_everything or forced:
            return message
        how = self.word("(Mention me and type.)")
        if caps.sees_replies:
            how = self.word("(Reply to this message, or mention me, and type.)")
        return replace(message, text=Text.join("\n", [message.text, Text.verbatim(how)]))
