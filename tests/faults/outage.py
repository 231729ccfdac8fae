"""An announcement to a thousand groups while the network fails and the process is killed: how much nobody knows.

    python -m tests.faults.outage [--groups N] [--kills N] [--silent] [--real]

The messenger takes 200 ms for a call and keeps a book of its own: which calls arrived, which of them it took, and which
were open at each cut. Time is simulated; with --real it is that of the machine, so it takes a minute or two.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from time import monotonic
from unittest.mock import patch

import aiosqlite
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.events import Chat
from bot.core.messages import Message
from bot.core.pacing import Pacer
from bot.core.platform import Budget, Clock, Sent, Unreachable
from bot.features.outbox.box import Outbox
from bot.features.outbox.row import RowStop
from bot.features.outbox.rows import Rows
from bot.features.outbox.send import OutboxSender
from bot.features.outbox.turn import Alone
from bot.storage.core_tables.outbox import OutboxRow
from bot.storage.store import ConversationStore
from bot.testing import PLAIN
from tests.features.outbox_rig import MORNING, NAME, Scripted, VirtualClock, group, said, same
from tests.memory import memory

CALL_SECONDS = 0.2
TIMEOUT = 30.0
PER_SECOND = 30
OUTAGE = (10.0, 20.0)
KILLS = (5.03, 25.07, 33.11)
"""Seconds after the start; one before the outage and two after it."""


class Ledger(Scripted):
    """Away from `away[0]` to `away[1]`: open calls lose their answer and new ones get none.

    At once, as when connections break; or, if it is `silent`, when the caller's patience ends. Of the calls that an
    outage or a kill cuts off it has taken every other one.
    """

    def __init__(self, clock: Clock, away: tuple[float, float] | None, *, silent: bool = False) -> None:
        super().__init__(PLAIN)
        self.budget = Budget(PER_SECOND)
        self.open: dict[int, Chat] = {}
        self.cut: list[int] = []
        """How many calls were open at each kill."""
        self.caught: set[int] = set()
        """The calls that were open when the outage began."""
        self._clock = clock
        self._began = clock.monotonic()
        self._away = away
        self._silent = silent
        self._numbers = count(1)

    @property
    def passed(self) -> float:
        return self._clock.monotonic() - self._began

    @property
    def is_away(self) -> bool:
        return self._away is not None and self._away[0] <= self.passed < self._away[1]

    async def send(self, chat: Chat, message: Message, *, replacing: str | None = None, key: str = "") -> Sent:
        number = next(self._numbers)
        self.open[number] = chat
        at_once = number % 2 == 0
        try:
            if self.is_away:
                return await self._no_answer()
            if at_once:
                self.accepted.append((chat.id, message.text.plain))
            until_away = self._away[0] - self.passed if self._away is not None else -1.0
            if 0 <= until_away < CALL_SECONDS:
                await self._clock.sleep(until_away)
                self.caught.add(number)
                return await self._no_answer()
            await self._clock.sleep(CALL_SECONDS)
            if not at_once:
                self.accepted.append((chat.id, message.text.plain))
            return Sent(f"m{number}")
        finally:
            self.open.pop(number, None)

    async def _no_answer(self) -> Sent:
        if self._silent:
            await self._clock.sleep(TIMEOUT)
        raise Unreachable("no answer", maybe_sent=True)

    async def probe(self) -> None:
        await self._clock.sleep(CALL_SECONDS)
        if self.is_away:
            raise Unreachable("no answer", maybe_sent=False)


@dataclass
class Found:
    """What became of an announcement to `groups` groups."""

    groups: int
    unclear: int = 0
    caught: int = 0
    cut: list[int] = field(default_factory=list)
    lost: int = 0
    twice: int = 0
    seconds: float = 0.0
    told: list[RowStop] = field(default_factory=list)


class _Machine:
    def now(self) -> datetime:
        return datetime.now(UTC).replace(hour=3)

    def monotonic(self) -> float:
        return monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class Process:
    """A sender that can be killed, with the announcement's rows."""

    def __init__(self, db: BaseDBAsyncClient, ledger: Ledger, clock: Clock) -> None:
        self.rows = Rows(db, same)
        self.told: list[RowStop] = []
        self._db = db
        self._ledger = ledger
        self._clock = clock
        self._start()

    def _start(self) -> None:
        self.sender = OutboxSender(
            platform=self._ledger,
            pacer=Pacer(PER_SECOND, self._clock),
            rows=self.rows,
            store=ConversationStore(self._db),
            turn=Alone(),
            clock=self._clock,
            report=_nothing,
            tell=self._tell,
        )
        self._running = asyncio.create_task(self._run())

    async def _run(self) -> None:
        while (delay := await self.sender.run()) is not None:
            await self._clock.sleep(delay)

    async def _tell(self, stop: RowStop) -> None:
        self.told.append(stop)

    async def killed(self) -> None:
        """Everything of the process ends at once; a new one starts."""
        self._ledger.cut.append(len(self._ledger.open))
        flights = [self._running, *self.sender._flights]
        for task in flights:
            task.cancel()
        await asyncio.gather(*flights, return_exceptions=True)
        self._start()

    async def ends(self) -> None:
        await self._running


async def _nothing(event: object) -> None:
    raise AssertionError(event)


async def write(db: BaseDBAsyncClient, clock: Clock, groups: int) -> None:
    """The announcement's rows, one for each group."""
    outbox = Outbox(Rows(db, same), {NAME: PLAIN}, same, lambda name: None)
    async with outbox.rows.transaction():
        for n in range(groups):
            await outbox.add(
                group(f"g{n}"), said(f"tin cho g{n}"), key=f"tb1:{n}", now=clock.now(), klass="routine", announcement=1
            )


async def measure(
    db: BaseDBAsyncClient,
    clock: Clock,
    groups: int,
    kills: Sequence[float] = (),
    *,
    away: tuple[float, float] | None = OUTAGE,
    silent: bool = False,
) -> Found:
    """Send what was written to so many groups, through the outage and the kills."""
    ledger = Ledger(clock, away, silent=silent)
    process = Process(db, ledger, clock)
    for at in kills:
        await clock.sleep(at - ledger.passed)
        await process.killed()
    await process.ends()
    return await look(ledger, process, groups)


async def look(ledger: Ledger, process: Process, groups: int) -> Found:
    rows = await OutboxRow.filter(announcement=1)
    taken = Counter(chat for chat, _ in ledger.accepted)
    ended = {row.chat_id for row in rows if row.state in ("sent", "uncertain")}
    lost = [row.chat_id for row in rows if row.state == "sent" and not taken[row.chat_id]]
    return Found(
        groups=groups,
        unclear=sum(row.state == "uncertain" for row in rows),
        caught=len(ledger.caught),
        cut=ledger.cut,
        lost=len(lost) + groups - len(ended),
        twice=sum(times > 1 for times in taken.values()),
        seconds=ledger.passed,
        told=process.told,
    )


@contextmanager
def standing_still(clock: VirtualClock) -> Iterator[None]:
    """Time stands still while the database works."""
    execute = aiosqlite.Connection._execute

    async def counted(
        connection: aiosqlite.Connection, function: Callable[..., object], *args: object, **kwargs: object
    ) -> object:
        with clock.while_working():
            return await execute(connection, function, *args, **kwargs)  # type: ignore[no-untyped-call]

    driver = asyncio.create_task(clock.drive())
    with patch.object(aiosqlite.Connection, "_execute", counted):
        try:
            yield
        finally:
            driver.cancel()


async def _main(arguments: argparse.Namespace) -> Found:
    kills = KILLS[: arguments.kills]
    async with memory() as db:
        if arguments.real:
            machine = _Machine()
            await write(db, machine, arguments.groups)
            return await measure(db, machine, arguments.groups, kills, silent=arguments.silent)
        clock = VirtualClock(MORNING)
        await write(db, clock, arguments.groups)
        with standing_still(clock):
            return await measure(db, clock, arguments.groups, kills, silent=arguments.silent)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--groups", type=int, default=1000)
    parser.add_argument("--kills", type=int, default=0, choices=range(len(KILLS) + 1))
    parser.add_argument("--silent", action="store_true")
    parser.add_argument("--real", action="store_true")
    found = asyncio.run(_main(parser.parse_args()))
    sys.stdout.write(
        f"{found.groups} groups in {found.seconds:.1f} s: unclear {found.unclear}, open when the outage began"
        f" {found.caught}, at the kills {found.cut},"
        f" lost {found.lost}, twice {found.twice}, officials told {len(found.told)} times\n"
    )


if __name__ == "__main__":
    main()
