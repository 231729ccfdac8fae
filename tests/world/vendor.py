"""Messengers with books of their own: what they brought, what they were asked, what they took, and what they said."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import Protocol

from bot.core.events import Chat, ChatKind, Event, Incoming
from bot.core.lease import ByTurns, at_once
from bot.core.messages import Message
from bot.core.platform import (
    Budget,
    Capabilities,
    ChatGone,
    ChatReplaced,
    FilesAway,
    PlatformError,
    RateLimited,
    Rejected,
    Sent,
    Sink,
    TokenRefused,
    Unreachable,
    Usage,
    WindowShut,
)
from bot.core.sessions import StoreUnavailable
from bot.testing import FakePlatform

from .month import Month
from .timeline import Timeline

FATES = ("before", "unclear", "taken", "chat429", "token429", "silent429", "refused", "late", "token", "bug")
"""What may become of a call: not made, unclear and not taken, unclear and taken, told to wait (so long, or not),
the content refused, answered after a minute, the token refused, an error of the adapter. Beside these "month" and
"hour": the month is used up, and all wait for the next one, or this chat for an hour."""
AGAIN = 2.0
"""Seconds after which a messenger brings again what was not acknowledged."""
ANSWERED = 90.0


class Process(Protocol):
    """A life of the bot as its messengers know it."""

    number: int
    alive: bool
    passed: Callable[[str], None]

    def brings(self, sink: Sink, events: list[Event], done: Callable[[BaseException | None], None]) -> None: ...


@dataclass(slots=True)
class Update:
    """Something that happened in a chat; `accepted` once the bot acknowledged it as far as the bot knows."""

    event: Event
    accepted: float | None = None
    acknowledged: bool = False
    brought: int = 0
    flying: bool = False


@dataclass(slots=True)
class Call:
    """One call of the bot. `taken`: it stands in the chat. `heard`: the process had a clear answer."""

    number: int
    at: float
    life: int
    chat: Chat
    message: Message
    key: str
    fate: str
    replacing: str | None = None
    taken: float | None = None
    heard: float | None = None
    ended: float | None = None
    message_id: str = ""
    used: int = 0
    waits: float | None = None
    """Seconds that it was told to wait."""
    cut: bool = False
    """Its process died, or gave up waiting, before there was an answer."""
    text: str = ""
    answer: Sent | Exception | None = None
    counted: bool = False
    """Whether the adapter has counted it for its month."""

    def __post_init__(self) -> None:
        self.text = self.message.text.plain

    @property
    def hidden(self) -> bool:
        """Whether the bot cannot know what became of it."""
        return self.heard is None


@dataclass
class Weather:
    """How likely is each fate now, how often a delivery or its acknowledgement is lost, and how slow answers are."""

    fates: dict[str, float] = field(default_factory=dict)
    lost: float = 0.0
    doubled: float = 0.0
    slow: float = 1.0
    files_away: float = 0.0
    """How often the store of files does not answer a call that needs one."""


class Vendor:
    """One messenger. `polled`: it brings things in their order, one batch at a time; else each by itself."""

    def __init__(
        self,
        name: str,
        kinds: Mapping[ChatKind, Capabilities],
        timeline: Timeline,
        seed: str,
        *,
        polled: bool,
        idempotent: bool,
        probed: bool,
    ) -> None:
        self.name = name
        self.kinds = kinds
        self.timeline = timeline
        self.polled, self.idempotent, self.probed = polled, idempotent, probed
        self.weather = Weather()
        self.screens = FakePlatform(kinds, name)
        self.updates: list[Update] = []
        self.calls: list[Call] = []
        self.errors: list[str] = []
        """What was refused, and not for a database that is away."""
        self.moved: dict[str, str] = {}
        self.gone: set[str] = set()
        self.watching: dict[str, list[Callable[[Call], None]]] = {}
        self._chance = Random(f"{seed}:{name}")
        self.skew = timedelta(seconds=self._chance.choice((0.0, 0.0, -3000.0, -40.0, 3.0, 3000.0)))
        """How wrong its own clock is, which says when something was written."""
        self._open: list[Update] = []
        self._listeners: list[tuple[Process, Sink]] = []
        """Of a messenger that is polled the last one alone gets what is new, of others each one does in turn."""
        self._keys: dict[str, str] = {}
        self.limit: int | None = None
        self.used = 0
        self.counted: frozenset[ChatKind] = frozenset({"private", "group"})
        """Messages to which chats count for the month."""
        self.since: datetime | None = None
        """When the first message of all was counted."""
        """How many messages the plan allows in a month, and how many it has had."""
        self.month: Month | None = None
        """The end of a plan that comes in mid-run, if one does."""
        self.window: float | None = None
        """Seconds after somebody wrote there in which a private chat is written to unasked."""
        self._wrote: dict[str, float] = {}
        self._polling = False

    # What people do

    def post(self, event: Event) -> Update:
        """Take something that a person did; it is brought to the bot until that acknowledges it."""
        update = Update(event)
        self.updates.append(update)
        self._open.append(update)
        self._wrote[event.chat.id] = self.timeline.now
        self.timeline.after(self._network(), self._bring)
        return update

    @property
    def clock(self) -> datetime:
        return self.timeline.wall + self.skew

    @property
    def waiting(self) -> int:
        return len(self._open)

    # To the bot

    def listened(self, process: Process, sink: Sink) -> None:
        self._listeners.append((process, sink))
        self._polling = False
        for update in self._open:
            update.flying = False
        self.timeline.after(self._network(), self._bring)

    def stops_listening(self, process: Process) -> None:
        if any(one is process for one, _ in self._listeners):
            self._listeners = [one for one in self._listeners if one[0] is not process]
            self._polling = False
            for update in self._open:
                update.flying = False
            if self._listeners:
                self.timeline.after(self._network(), self._bring)

    def left(self, process: Process) -> None:
        """A process of the bot is gone; calls that were on their way may still arrive."""
        self.stops_listening(process)
        for call in self.calls:
            if call.heard is None and call.life == process.number:
                call.cut = True

    def _listener(self) -> tuple[Process, Sink] | None:
        if len(self._listeners) < 2 or self.polled:
            return self._listeners[-1] if self._listeners else None
        return self._chance.choice(self._listeners)

    def _listens(self, process: Process) -> bool:
        return any(one is process for one, _ in self._listeners)

    def _bring(self) -> None:
        if not self._listeners:
            return
        if self.polled:
            if self._polling or not self._open:
                return
            self._polling = True
            self._carry(self._open[: self._chance.randrange(1, 9)])
        else:
            for update in [one for one in self._open if not one.flying]:
                update.flying = True
                self._carry([update])

    def _carry(self, batch: list[Update]) -> None:
        listener = self._listener()
        if listener is None:
            return
        process, sink = listener
        for update in batch:
            update.brought += 1
        if self._chance.random() < self.weather.lost:
            self._again(process, batch)
            return
        process.brings(sink, [update.event for update in batch], partial(self._done, process, batch))
        if self._chance.random() < self.weather.doubled:
            # Somebody in between sent it on a second time; whatever becomes of that one, nobody hears.
            process.brings(sink, [update.event for update in batch], lambda error: None)

    def _done(self, process: Process, batch: list[Update], error: BaseException | None) -> None:
        if error is not None and not isinstance(error, StoreUnavailable | asyncio.CancelledError):
            self.errors.append(f"{batch[0].event.id} was refused with {type(error).__name__}: {error}")
        if error is None:
            for update in batch:
                update.accepted = update.accepted if update.accepted is not None else self.timeline.now
        if error is not None or self._chance.random() < self.weather.lost:
            self._again(process, batch)
        else:
            self.timeline.after(self._network(), partial(self._acknowledged, process, batch))

    def _acknowledged(self, process: Process, batch: list[Update]) -> None:
        for update in batch:
            update.acknowledged = True
            update.flying = False
        self._open = [update for update in self._open if not update.acknowledged]
        if self._listens(process):
            self._polling = False
            if self._open:
                self._bring()

    def _again(self, process: Process, batch: list[Update]) -> None:
        def again() -> None:
            if self._listens(process):
                self._polling = False
                for update in batch:
                    update.flying = False
                self._bring()

        self.timeline.after(AGAIN * self._chance.uniform(0.5, 2.0), again)

    # From the bot

    def called(
        self, life: Process, chat: Chat, message: Message, replacing: str | None, key: str
    ) -> asyncio.Future[Sent]:
        answer: asyncio.Future[Sent] = asyncio.get_running_loop().create_future()
        call = Call(
            len(self.calls), self.timeline.now, life.number, chat, message, key, self._fate(), replacing=replacing
        )
        self.calls.append(call)
        life.passed("row" if key.startswith("row:") else "call")
        month = self.month
        if month is not None and month.counted:
            if not month.takes(self.timeline.now):  # no call is made
                self._answers(life, call, answer, self._is_used_up(month, call), clear=True)
                return answer
            month.used, call.counted = month.used + 1, True
        self.timeline.after(self._network(), partial(self._arrives, life, call, answer))
        return answer

    def _is_used_up(self, month: Month, call: Call) -> RateLimited:
        refusal = month.refuses(self.timeline.now)
        call.fate, call.waits = "month" if month.counted else "hour", refusal.retry_after
        return refusal

    def _arrives(self, life: Process, call: Call, answer: asyncio.Future[Sent]) -> None:
        outcome: Sent | Exception
        clear = True
        fate, chat = call.fate, call.chat
        if fate in ("chat429", "token429"):
            call.waits = float(self._chance.randrange(1, 90))
        if fate == "before":
            outcome, clear = Unreachable("no way to the messenger", maybe_sent=False), True
        elif call.message.attachment is not None and self._chance.random() < self.weather.files_away:
            call.fate, outcome = "files", FilesAway()
        elif fate == "unclear":
            outcome, clear = Unreachable("the line broke", maybe_sent=True), False
        elif fate == "token":
            outcome = TokenRefused()
        elif fate == "chat429":
            outcome = RateLimited(call.waits, "chat")
        elif fate == "token429":
            outcome = RateLimited(call.waits, "token")
        elif fate == "silent429":
            outcome = RateLimited(None, "token")
        elif (month := self.month) is not None and not month.counted and not month.takes(self.timeline.now):
            outcome = self._is_used_up(month, call)
        elif chat.id in self.moved:
            call.fate, outcome = "replaced", ChatReplaced(self.moved[chat.id])
        elif chat.id in self.gone:
            call.fate, outcome = "gone", ChatGone("blocked")
        elif self._is_shut(call):
            outcome = WindowShut("so long ago")
        elif fate == "refused":
            outcome = Rejected("the content is refused")
        else:
            outcome, clear = self._takes(call), True
            if fate == "taken":
                outcome, clear = Unreachable("the line broke", maybe_sent=True), False
            elif fate == "bug":
                outcome, clear = RuntimeError("a fault of the adapter"), False
        back = self._network() + (self._chance.uniform(20.0, ANSWERED) if fate == "late" else 0.0)
        self.timeline.after(back, partial(self._answers, life, call, answer, outcome, clear))

    def _is_shut(self, call: Call) -> bool:
        """Answers are taken at any time, as with a token that came with the question."""
        if self.window is None or call.chat.kind != "private" or not call.key.startswith("row:"):
            return False
        return self.timeline.now - self._wrote.get(call.chat.id, -math.inf) > self.window

    def _takes(self, call: Call) -> Sent | PlatformError:
        if self.idempotent and call.key in self._keys:
            return Sent(self._keys[call.key])
        sending = self.screens.send(call.chat, call.message, replacing=call.replacing, key=call.key)
        try:
            sending.send(None)
        except StopIteration as done:
            sent: Sent = done.value
        call.taken, call.message_id = self.timeline.now, sent.message_id
        call.used, self.used = self.used, self.used + (call.chat.kind in self.counted)
        if self.month is not None and not self.month.counted:
            self.month.used += 1
        self._keys[call.key] = sent.message_id
        self.timeline.say(f"{self.name} {call.chat.id} <- {_shown(call.message)}")
        for watch in self.watching.get(call.chat.id, ()):
            watch(call)
        return sent

    def _answers(
        self, life: Process, call: Call, answer: asyncio.Future[Sent], outcome: Sent | Exception, clear: bool
    ) -> None:
        if not life.alive or answer.done():
            call.cut = True
            return
        call.ended, call.answer = self.timeline.now, outcome
        if self.month is not None and call.counted and clear and isinstance(outcome, Exception):
            self.month.used -= 1  # surely not taken
        if clear:
            call.heard = self.timeline.now
        else:
            call.cut = True
        if isinstance(outcome, Exception):
            self.timeline.say(f"{self.name} {call.chat.id} !! {call.key}: {outcome}")
            answer.set_exception(outcome)
        else:
            answer.set_result(outcome)
        life.passed("answer")

    def _fate(self) -> str:
        drawn = self._chance.random()
        for fate, likely in self.weather.fates.items():
            drawn -= likely
            if drawn < 0:
                return fate
        return "fine"

    def _network(self) -> float:
        return self._chance.uniform(0.01, 0.15) * self.weather.slow

    def asked_whether_there(self) -> asyncio.Future[None]:
        """A call that sends nothing; nobody answers while the line is down."""
        answer: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        fate = self._fate()

        def answered() -> None:
            if answer.done() or answer.get_loop().is_closed():
                return
            if fate in ("before", "unclear", "taken"):
                answer.set_exception(Unreachable("no answer", maybe_sent=False))
            else:
                answer.set_result(None)

        self.timeline.after(self._network(), answered)
        return answer


class Port:
    """A messenger as one life of the bot has it. Implements bot.core.platform.Platform."""

    def __init__(self, vendor: Vendor, life: Process, polling: ByTurns) -> None:
        self._vendor = vendor
        self._life = life
        self._polling = polling
        self.name = vendor.name
        self.capabilities = vendor.kinds
        self.budget = Budget(per_second=30.0, per_month=vendor.limit, idempotent=vendor.idempotent)

    async def listen(self, sink: Sink) -> None:
        async def listen() -> None:
            self._vendor.listened(self._life, sink)
            try:
                await asyncio.get_running_loop().create_future()
            finally:
                self._vendor.stops_listening(self._life)

        await (self._polling(listen) if self._vendor.polled else listen())

    async def send(self, chat: Chat, message: Message, *, replacing: str | None = None, key: str = "") -> Sent:
        return await self._vendor.called(self._life, chat, message, replacing, key)

    async def fetch(self, file: Incoming, limit: int) -> bytes:
        raise Rejected("nobody sends files here")

    def link(self, code: str) -> str | None:
        return self._vendor.screens.link(code)

    def group_link(self, code: str) -> str | None:
        return self._vendor.screens.group_link(code)

    async def usage(self) -> Usage | None:
        limit = self._vendor.limit
        return (
            None
            if limit is None
            else Usage(self._vendor.used, limit, kinds=self._vendor.counted, since=self._vendor.since)
        )

    async def close(self) -> None:
        return


class ProbedPort(Port):
    """A messenger that can be asked something which sends nothing."""

    async def probe(self) -> None:
        await self._vendor.asked_whether_there()


def port_of(vendor: Vendor, life: Process, polling: ByTurns = at_once) -> Port:
    return (ProbedPort if vendor.probed else Port)(vendor, life, polling)


def _shown(message: Message) -> str:
    words = message.text.plain.replace("\n", " / ")
    buttons = "".join(f" [{button.label}]" for button in message.buttons)
    return f"{words}{buttons}"
