"""An outbox on a real database with a messenger that does what a test tells it."""

from __future__ import annotations

import asyncio
import heapq
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count

from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.events import Chat, ChatKind, Event, Incoming
from bot.core.messages import Message
from bot.core.pacing import Pacer
from bot.core.platform import Budget, Capabilities, Clock, RateLimited, Rejected, Sent, Sink, Usage
from bot.core.text import Text
from bot.features.outbox.box import Outbox
from bot.features.outbox.bulkhead import Bulkhead
from bot.features.outbox.row import RowStop
from bot.features.outbox.rows import Rows
from bot.features.outbox.send import TICK, OutboxSender
from bot.features.outbox.turn import Alone, SendingTurn
from bot.storage.core_tables.outbox import OutboxRow
from bot.storage.store import ConversationStore
from bot.testing import PLAIN, TestClock
from tests.kit import catalogues

MORNING = datetime(2066, 11, 24, 2, 0, tzinfo=UTC)
"""Nine o'clock in Vietnam. Far ahead: the store tells only pauses that are not over by the real clock."""
NAME = "fake"

Answer = Exception | None
"""What the messenger does with a message: None takes it."""


def private(name: str) -> Chat:
    return Chat(NAME, name, "private")


def group(name: str) -> Chat:
    return Chat(NAME, name, "group")


def said(text: str) -> Message:
    return Message(Text.verbatim(text))


def same(locale: str, message: str, context: str | None = None) -> str:
    """As the commune's people read it, whatever language is asked for."""
    return catalogues().translate("vi", message, context)


class Scripted:
    """A messenger that answers from a script. `accepted` is what it took, also when it then lost the answer."""

    def __init__(self, capabilities: Mapping[ChatKind, Capabilities] = PLAIN, per_second: float = 1000) -> None:
        self.name = NAME
        self.capabilities = capabilities
        self.budget = Budget(per_second)
        self.accepted: list[tuple[str, str]] = []
        self.script: deque[Answer | Callable[[], Awaitable[None]]] = deque()
        self.calls = 0
        self._ids = count(1)

    async def listen(self, sink: Sink) -> None:
        del sink

    async def send(self, chat: Chat, message: Message, *, replacing: str | None = None, key: str = "") -> Sent:
        self.calls += 1
        answer = self.script.popleft() if self.script else None
        if isinstance(answer, Exception):
            raise answer
        self.accepted.append((chat.id, message.text.plain))
        if answer is not None:
            await answer()
        return Sent(f"m{next(self._ids)}")

    async def fetch(self, file: Incoming, limit: int) -> bytes:
        raise Rejected("nobody sends files here")

    def link(self, code: str) -> str | None:
        return None

    def group_link(self, code: str) -> str | None:
        return None

    async def usage(self) -> Usage | None:
        return None

    async def probe(self) -> None:
        """It always answers; what it does with messages the script tells."""

    async def close(self) -> None:
        return


class PatientClock(TestClock):
    """Passes by itself where the pace asks for it; while a call is open it stands still."""

    __test__ = False

    async def sleep(self, seconds: float) -> None:
        if seconds >= TICK:
            await asyncio.Event().wait()
        self.passes(seconds=seconds)


def morning_clock() -> TestClock:
    clock = PatientClock()
    clock.time = MORNING
    return clock


@dataclass
class Rig:
    """One process: an outbox and a sender.

    `reported` are the events that failed sends amounted to, `stops` what the officials were told of.
    """

    db: BaseDBAsyncClient
    platform: Scripted = field(default_factory=Scripted)
    clock: TestClock = field(default_factory=morning_clock)
    turn: SendingTurn = field(default_factory=Alone)
    reported: list[Event] = field(default_factory=list)
    stops: list[RowStop] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rows = Rows(self.db, same)
        self.store = ConversationStore(self.db)
        self.outbox = self.new_outbox()
        self.sender = self.new_sender()

    def new_outbox(self, capabilities: Mapping[str, Mapping[ChatKind, Capabilities]] | None = None) -> Outbox:
        return Outbox(
            rows=self.rows,
            capabilities={NAME: self.platform.capabilities} if capabilities is None else capabilities,
            translate=same,
            link_to=lambda name: None,
            usage={NAME: self.platform.usage},
        )

    def new_sender(
        self, platform: Scripted | None = None, rows: Rows | None = None, bulkhead: Bulkhead | None = None
    ) -> OutboxSender:
        """A process that starts; the one before has stopped or died."""
        platform = platform or self.platform
        return OutboxSender(
            platform=platform,
            pacer=Pacer(platform.budget.per_second, self.clock),
            rows=rows or self.rows,
            store=self.store,
            turn=Alone() if isinstance(self.turn, Alone) else self.turn,
            clock=self.clock,
            report=self._report,
            tell=self._tell,
            bulkhead=bulkhead,
        )

    async def _report(self, event: Event) -> None:
        self.reported.append(event)

    async def _tell(self, stop: RowStop) -> None:
        self.stops.append(stop)

    async def add(self, chat: Chat, *texts: str, key: str = "k1", **options: bool | int | datetime) -> bool:
        messages = [said(text) for text in texts]
        return await self.outbox.add(chat, messages, key=key, now=self.clock.now(), **options)  # type: ignore[arg-type]

    async def run_out(self) -> None:
        """Let time pass until nothing waits any more."""
        for _ in range(1000):
            delay = await self.sender.run()
            if delay is None:
                return
            self.clock.passes(seconds=delay)
        raise AssertionError("the outbox never runs out")

    async def states(self, key: str = "k1") -> list[str]:
        """`state` or `state(reason)` of each row of a package, parts in order, repeats last."""
        rows = await OutboxRow.filter(package=key).order_by("resend_of", "part")
        return [f"{row.state}({row.reason})" if row.reason else row.state for row in rows]

    async def row(self, key: str = "k1/1") -> OutboxRow:
        return await OutboxRow.get(key=key)


class VirtualClock:
    """Time that passes only when nobody has anything else to do, inside the loop or (`while_working`) outside."""

    def __init__(self, start: datetime = MORNING) -> None:
        self._start = start
        self._passed = 0.0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._numbers = count()
        self._busy = 0
        self._at_rest = asyncio.Event()

    @contextmanager
    def while_working(self) -> Iterator[None]:
        self._busy += 1
        self._at_rest.clear()
        try:
            yield
        finally:
            self._busy -= 1
            if not self._busy:
                self._at_rest.set()

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._passed)

    def monotonic(self) -> float:
        return self._passed

    async def sleep(self, seconds: float) -> None:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._passed + seconds, next(self._numbers), future))
        await future

    async def drive(self) -> None:
        """Let time pass, until cancelled."""
        while True:
            calm = 0
            while calm < 15:
                await asyncio.sleep(0)
                calm += 1
                if self._busy:
                    # Looking again and again would take the processor from what is waited for.
                    await self._at_rest.wait()
                    calm = 0
            while self._sleepers and self._sleepers[0][2].done():
                heapq.heappop(self._sleepers)
            if self._sleepers:
                self._passed, _, future = heapq.heappop(self._sleepers)
                future.set_result(None)


class Strict(Scripted):
    """Counts in sliding windows, as the strictest messenger would, and says 429 to whatever is above its limits."""

    def __init__(self, per_second: float, clock: Clock, capabilities: Mapping[ChatKind, Capabilities]) -> None:
        super().__init__(capabilities, per_second)
        self._clock = clock
        self._all: deque[float] = deque()
        self._by_chat: defaultdict[str, deque[float]] = defaultdict(deque)
        self.limited = 0
        self.took: list[float] = []

    async def send(self, chat: Chat, message: Message, *, replacing: str | None = None, key: str = "") -> Sent:
        now = self._clock.monotonic()
        minute = self._by_chat[chat.id]
        for times, seconds in ((self._all, 1.0), (minute, 60.0)):
            while times and times[0] <= now - seconds + 1e-6:
                times.popleft()
        if len(self._all) >= self.budget.per_second or len(minute) >= self.capabilities[chat.kind].per_minute:
            self.limited += 1
            raise RateLimited(5.0)
        self._all.append(now)
        minute.append(now)
        self.took.append(now)
        return await super().send(chat, message, replacing=replacing, key=key)
