"""The one that takes rows out of the outbox and calls the messenger, at the pace of its token."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from bot.core.events import Event
from bot.core.pacing import BULK_OF_TOKEN, Pacer
from bot.core.platform import Clock, Platform
from bot.core.sessions import Store, StoreUnavailable
from bot.features.calendar.hours import QuietHours, QuietTime

from .before import Before, Tell
from .bulkhead import Bulkhead
from .call import Call
from .calls import Calls
from .choices import Leaving, open_choices, with_free_numbers
from .row import ORDER, Leased, Outcome
from .rows import Rows
from .states import HASTY, QUIET
from .turn import SendingTurn

log = logging.getLogger(__name__)
_Written = TypeVar("_Written")

PATIENCE = 30.0
"""Seconds that a row waits for its place; it must not leave when its lease may have ended and another sends it too."""
GIVES_WAY_FOR = 1.0
"""Seconds that anything but a hasty row lets replies by before it goes back: a hasty row may wait behind it by now, in
the same chat or in the same batch."""
TICK = 5.0
REST = 60.0
"""Seconds for which a sender rests whose turn it is not. It is woken while there is something to do."""
LOOK = 1.0
"""Seconds after which the rows are brought up to date again while they leave one after the other."""
RETRY_AFTER = 1.0
MICROSECOND = 0.000001
"""Clocks have no smaller step: a rest that is rounded to nothing would never end."""
SHORTEST_REST = 0.05
"""Seconds. Times in the database have microseconds: a rest that is rounded to nothing would never end."""


class OutboxSender:
    """Sends for one token. `woken` is set when rows were added; `report` notes what a failed send amounts to.

    `tell` says to the officials that rows wait for them. `bulkhead` is that of all senders of the process.
    """

    def __init__(
        self,
        *,
        platform: Platform,
        pacer: Pacer,
        rows: Rows,
        store: Store,
        turn: SendingTurn,
        clock: Clock,
        report: Callable[[Event], Awaitable[None]],
        quiet: QuietTime | None = None,
        tell: Tell | None = None,
        bulkhead: Bulkhead | None = None,
    ) -> None:
        self._platform = platform
        self._pacer = pacer
        self._rows = rows
        self._bulkhead = bulkhead = bulkhead or Bulkhead(rows, clock)
        self._store = store
        self._turn = turn
        self._clock = clock
        self._quiet = quiet or QuietHours()
        self._call = Call(platform, pacer, store, clock, report)
        self._before = Before(
            platform=platform, pacer=pacer, rows=rows, store=store, clock=clock, quiet=self._quiet, report=report,
            tell=tell, bulkhead=bulkhead,
        )  # fmt: skip
        rate = pacer.per_second * BULK_OF_TOKEN
        self._most_calls = max(4, int(rate))
        # Little by little: whoever is being answered meanwhile waits for each statement.
        self._most_leased = max(4, int(rate / 4))
        self._flights: dict[asyncio.Task[None], int] = {}
        self._calls = Calls(pacer.line, clock, rate)
        self._landed_calls = 0
        self._unsure = False
        self._outage = True  # perhaps an earlier process told of one
        self._look_at = 0.0
        self._stopping = False
        self.woken: asyncio.Event = asyncio.Event()

    @property
    def platform(self) -> str:
        """The name of the platform whose rows it sends."""
        return self._platform.name

    def turn_is_free(self) -> None:
        """Look at once whether it is our turn: who had it has given it up."""
        self._turn.ask_anew()
        self.woken.set()

    @property
    def calls_open(self) -> int:
        """Rows between the word that they are about to be sent and the record of what became of them."""
        return len(self._flights)

    async def run(self) -> float | None:
        """Send all that may leave; returns the seconds until there may be more, None when nothing waits.

        Raises StoreUnavailable; what was leased then comes back when the database does.
        """
        try:
            return await self._run()
        except StoreUnavailable:
            self._unsure = True
            raise

    async def _run(self) -> float | None:
        self._look_at = 0.0
        while not self._stopping:
            # From here on: what lands while we look may make room for a next part, or be news itself.
            landed, looked = self._landed_calls, self._clock.now()
            self.woken.clear()
            barred = await self._barred()
            if barred is None:
                now = self._clock.now()
                rows = await self._lease(now)
                # Written, let go or come due after the look: the next one sees them.
                unseen = [*await self._before.too_many(rows), *await self._before.shut_out(rows)]
                await self._give_back([row for row in rows if row in unseen])
                await self._launch([row for row in rows if row not in unseen])
                if rows:
                    continue
                self._look_at = 0.0
                if self._landed_calls != landed:
                    continue
            if not self._flights:
                return await self._until_next(looked) if barred is None else barred
            await self._something_happens(TICK if barred is None else min(TICK, barred))
        return None

    async def _lease(self, now: datetime) -> list[Leased]:
        until = self._bulkhead.until(now)
        async with self._bulkhead.reading:
            return await self._rows.lease(self._platform.name, now, until, self._most_leased)

    async def stop(self, grace: float = 10.0) -> None:
        """Finish the calls that are open, at most `grace` seconds; what is cut off becomes uncertain."""
        self._stopping = True
        if self._flights:
            await asyncio.wait(self._flights, timeout=grace)
        for flight in self._flights:
            flight.cancel()
        await asyncio.gather(*self._flights, return_exceptions=True)
        with contextlib.suppress(StoreUnavailable):  # the lease ends by itself
            await self._turn.give_up(self._clock.now())

    async def _barred(self) -> float | None:
        """Return the seconds for which nothing may leave; None when it may. Brings the rows up to date, if that is due.

        It is due each time on platforms that count messages. On others a row's own flight looks at hours and expiry
        too.
        """
        if not await self._turn.mine(self._clock.now()):
            return REST
        # Until it has succeeded: the database may go away in mid-look.
        self._unsure |= self._turn.came()
        if self._unsure or self._before.counts or self._clock.monotonic() >= self._look_at:
            may_leave = await self._before.may_leave([*self._flights.values()] if self._unsure else None)
            self._unsure = False
            if not may_leave:
                return TICK
            self._look_at = self._clock.monotonic() + LOOK
        barred = max(self._pacer.paused_for(), await self._pacer.line.ask(self._platform))
        return max(barred, MICROSECOND) if barred else None

    async def _until_next(self, looked: datetime) -> float | None:
        """Return the seconds until something is due that was not yet when we `looked`; it may be due by now."""
        following = await self._rows.next_time(self._platform.name, looked)
        return None if following is None else max(0.0, (following - self._clock.now()).total_seconds())

    async def _something_happens(self, patience: float = TICK) -> None:
        """Wait until a call ends, rows are added since the last look, or a while passes."""
        others = [asyncio.create_task(self.woken.wait()), asyncio.create_task(self._sleep(patience))]
        try:
            await asyncio.wait([*self._flights, *others], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for other in others:
                other.cancel()
            await asyncio.gather(*others, return_exceptions=True)

    async def _sleep(self, seconds: float) -> bool:
        await self._clock.sleep(seconds)
        return True

    async def _launch(self, rows: Sequence[Leased]) -> None:
        """Let rows go one after the other, each as soon as its token may; what must wait long is given back."""
        leased_at = self._clock.now()
        for at, row in enumerate(rows):
            if len(self._flights) >= self._most_calls:
                self.woken.clear()  # a look follows in any case
                await self._something_happens()
            late = (self._clock.now() - leased_at).total_seconds() > TICK
            full = len(self._flights) >= self._most_calls
            if late or full or self._pacer.paused_for() > 0:
                await self._give_back(rows[at:])
                return
            caps = self._platform.capabilities[row.chat.kind]
            delay = self._pacer.chat_delay(row.chat, caps, bulk=row.klass not in HASTY)
            if delay > 0:
                await self._rest_chat(row, delay)
                continue
            # Replies may need all of the token for long; what is urgent shall not stand behind a row that lets them by.
            had_turn = await self._pacer.turn(row.chat, caps, GIVES_WAY_FOR, urgent=row.klass in HASTY)
            if self._stopping or not had_turn or self._pacer.line.in_doubt:  # it would be cut off in mid-call
                await self._give_back(rows[at:])
                return
            flight = asyncio.create_task(self._fly(row))
            self._flights[flight] = row.id
            flight.add_done_callback(self._landed)

    def _landed(self, flight: asyncio.Task[None]) -> None:
        self._calls.end(self._flights.pop(flight))
        self._landed_calls += 1
        if not flight.cancelled() and (error := flight.exception()) is not None:
            log.error("a row's way broke off; its lease will end", exc_info=error)

    async def _give_back(self, rows: Sequence[Leased]) -> None:
        await asyncio.gather(*[self._settle(Outcome(row, "pending", row.reason)) for row in rows])

    async def _rest_chat(self, row: Leased, delay: float) -> None:
        now = self._clock.now()
        until = now + timedelta(seconds=max(SHORTEST_REST, delay))
        await self._settle(Outcome(row, "pending", row.reason, not_before=until))
        # What is left of the chat's minute after its share for bulk is for what cannot wait.
        rest = [klass for klass in ORDER if row.klass in HASTY or klass not in HASTY]
        await self._rows.rest_chat(row.chat.platform, row.chat.id, until, now, rest)

    async def _fly(self, row: Leased) -> None:
        now = self._clock.now()
        quiet_until = await self._quiet_until(row, now)
        if row.expires_at is not None and row.expires_at <= now:
            await self._settle(Outcome(row, "expired"))
        elif quiet_until is not None:
            await self._settle(Outcome(row, "held", QUIET, not_before=quiet_until))
        elif not await self._calls.room_for(row):
            await self._give_back([row])
        elif await self._announce_intent(row):
            self._calls.begin(row)
            async with self._calls.one() as free:
                leaving = await self._numbered(row) if free else Leaving(row)
                outcome = await self._send(leaving.row) if free else Outcome(row, "pending", row.reason, counted=False)
            self._calls.end(row.id)
            if outcome.to in ("sent", "uncertain"):  # whoever answers the latter has seen it
                await open_choices(self._store, self._clock, leaving)
            await self._settle(outcome)

    async def _quiet_until(self, row: Leased, now: datetime) -> datetime | None:
        if row.any_hour:
            return None
        async with self._bulkhead.reading:  # it looks the commune of the chat up
            return await self._quiet.until_for(row.chat, now)

    async def _numbered(self, row: Leased) -> Leaving:
        return await with_free_numbers(self._store, row, self._platform.capabilities[row.chat.kind].text_limit)

    async def _send(self, row: Leased) -> Outcome:
        hasty = row.klass in HASTY
        place = await self._pacer.leave(PATIENCE if hasty else GIVES_WAY_FOR, urgent=hasty)
        if place is None:  # the token pauses, or replies take all of it: no call was made
            # A pause that somebody may lift leaves no time on the row.
            rest = SHORTEST_REST if self._pacer.probing else max(SHORTEST_REST, self._pacer.paused_for())
            until = self._clock.now() + timedelta(seconds=rest)
            return Outcome(row, "pending", row.reason, not_before=until, counted=False)
        with place:
            if self._pacer.line.in_doubt:  # since its intent was committed; again no call was made
                return Outcome(row, "pending", row.reason, counted=False)
            outcome = await self._calls.watch(row, self._call.send(row))
        if outcome.to == "sent":
            await self._call.taken(row, place)
        self._outage |= outcome.stop == "outage"
        return outcome

    async def _announce_intent(self, row: Leased) -> bool:
        """Record the intent to send; return True if the row is now `sending`, committed, and ours."""
        try:
            if await self._bulkhead.intend(row):
                return True
        except StoreUnavailable as error:
            log.warning("row %d is not sent, its intent cannot be stored: %s", row.id, error)
        # Perhaps it was committed and only the answer was lost; no call was made, so it may wait again.
        await self._settle(Outcome(row, "pending", row.reason, counted=False))
        return False

    async def _settle(self, outcome: Outcome) -> None:
        """Record it, however long the database is away."""
        written = await self._insist(outcome, lambda: self._bulkhead.record(outcome))
        if self._outage and not self._pacer.line.in_a_row and outcome.to == "sent":
            self._outage = False
            await self._insist(outcome, lambda: self._rows.outage_over(self._platform.name, self._clock.now()))
        if not written and outcome.to in ("sent", "failed", "uncertain"):
            resolved = await self._insist(outcome, lambda: self._rows.late(outcome, self._clock.now()))
            log.warning(
                "row %d has another holder; the answer %s %s came late%s",
                outcome.row.id, outcome.to, outcome.message_id, " and resolves it" if resolved else "",
            )  # fmt: skip

    async def _insist(self, outcome: Outcome, writes: Callable[[], Awaitable[_Written]]) -> _Written:
        while True:
            try:
                return await writes()
            except StoreUnavailable as error:
                log.warning("row %d: %s waits for the database: %s", outcome.row.id, outcome.to, error)
                await self._clock.sleep(RETRY_AFTER)
