"""The one time of a world: what happens next, in which order, and what is written down about it."""

from __future__ import annotations

import asyncio
import heapq
from asyncio import events
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random

from .loop import SeededLoop

BEGAN = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
"""A Monday, eight in the morning in Vietnam."""
MOST_STEPS = 4_000_000
"""A world that takes more goes round in circles."""


MOST_AT_ONCE = 200_000


class Stuck(AssertionError):
    """The world goes round in circles, or one moment never ends."""


class Timeline:
    """Simulated seconds since the world began; `skew` is how wrong the bot's clock of the wall is.

    `disorder` is how often the next step is not the one that has waited longest.
    """

    def __init__(self, seed: str, disorder: float = 0.0) -> None:
        self.now = 0.0
        self.skew = timedelta()
        self.spent = 0.0
        """Seconds for which a process has kept its loop, in all."""
        self.kept: list[tuple[float, float]] = []
        """From when until when one did."""
        self.disorder = disorder
        self.loops: list[SeededLoop] = []
        self.told: list[tuple[float, str]] = []
        self.steps = 0
        self.step_hook: Callable[[], None] | None = None
        self._order = Random(f"{seed}:order")
        self._chances = Random(f"{seed}:chance")
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = count()
        self._running: SeededLoop | None = None
        self._wall = (0.0, BEGAN)

    @property
    def wall(self) -> datetime:
        """What a clock on a wall would say that is right."""
        if self._wall[0] != self.now:
            self._wall = self.now, BEGAN + timedelta(seconds=self.now)
        return self._wall[1]

    def after(self, seconds: float, what: Callable[[], None]) -> None:
        heapq.heappush(self._due, (self.now + seconds, next(self._numbers), what))

    def passes(self, seconds: float) -> None:
        """Let time pass inside one step: nothing else of the world's is done meanwhile."""
        self.kept.append((self.now, self.now + seconds))
        self.now += seconds
        self.spent += seconds

    def kept_for(self, since: float, until: float) -> float:
        """Return for how many of these seconds a process was kept by one step."""
        return sum(max(0.0, min(end, until) - max(begin, since)) for begin, end in self.kept)

    def say(self, line: str) -> None:
        self.told.append((self.now, line))

    def draw(self, size: int) -> bytes:
        """The bytes of the bot's own randomness."""
        return self._chances.randbytes(size)

    def run(self, until: float, done: Callable[[], bool] = lambda: False) -> None:
        """Let the world go on until a moment, or until it is `done` and nothing is left to do at this moment."""
        try:
            self._run(until, done)
        finally:
            self._running = None
            events._set_running_loop(None)

    def _run(self, until: float, done: Callable[[], bool]) -> None:
        while self.steps < MOST_STEPS:
            self._moment()
            if done():
                return
            following = self._next()
            if following is None or following > until:
                self.now = max(self.now, until)
                return
            if following > self.now:
                self.now = following
        raise Stuck(f"{self.steps} steps, and it is only {self.now:.0f} s")

    def _next(self) -> float | None:
        soonest = self._due[0][0] if self._due else None
        for loop in self.loops:
            time = loop.next_timer()
            if time is not None and (soonest is None or time < soonest):
                soonest = time
        return soonest

    def _moment(self) -> None:
        """Run all that can be done now: by turns what the world has due, and one step of a process.

        All of the due comes first, as a network that is quicker than any process; they make up most of the steps.
        """
        due, now, most = self._due, self.now, self.steps + MOST_AT_ONCE
        while self.steps < most:
            while due and due[0][0] <= now:
                self.steps += 1
                heapq.heappop(due)[2]()
                if self.step_hook is not None:
                    self.step_hook()
            for loop in self.loops:
                if ready := loop.ready():
                    at = 0
                    if ready > 1 and self.disorder and self._order.random() < self.disorder:
                        at = self._order.randrange(ready)
                    self.steps += 1
                    if self._running is not loop:
                        self._running = loop
                        events._set_running_loop(loop)
                    loop.run_one(at)
                    if self.step_hook is not None:
                        self.step_hook()
                    break
            else:
                return
        raise Stuck(f"at {self.now:.3f} s one moment never ends")


class WorldClock:
    """The bot's clock. Implements bot.core.platform.Clock and bot.core.machine.clock.Clocks."""

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline

    def now(self) -> datetime:
        return self._timeline.wall + self._timeline.skew

    def monotonic(self) -> float:
        return 1000.0 + self._timeline.now

    def elapsed(self) -> float:
        return self._timeline.now

    def spent(self) -> float:
        return self._timeline.spent

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
