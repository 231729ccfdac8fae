"""Rows of all together: residents who ask while an announcement goes out and officers have reports made.

The whole program as `serve` runs it, on five years of one commune, at the pace that Telegram allows. In each round the
residents ask twice, alone and together with the rest, each time in the other order; their answers are measured on the
clock, from the moment at which each question was due.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from time import perf_counter

from benchmarks import load
from benchmarks.five_years import COMMUNE
from benchmarks.flood import Limited
from benchmarks.http_rows import Wired, wired
from benchmarks.report import Goal, Line, Section
from benchmarks.side import Bench
from benchmarks.tails import percentile
from benchmarks.talk_rows import FIRST_CHAT, GROUPS_TOLD, GUIDE, OFFICERS, SEARCHED, STEPS, Crowd, Talk, filled
from benchmarks.traffic import press_update, text_update
from bot.core.pacing import BULK_OF_TOKEN

TOKEN_RATE = 30
ASKING = 5
"""Residents a second."""
ANSWERS, QUICK_ANSWERS = 300, 100
"""Of a spell."""
_RESIDENTS = range(301, 601)
_GREETING = Talk("", _RESIDENTS, lambda number, chat: text_update(number, chat, "/menu"), 0)
_LANES = 20
_FILES = (".docx", ".xlsx", ".png")
"""What comes of a report: each is a message, after the one that says that it is being written."""
_FIRST_QUESTION, _FIRST_ORDER = 2 * 10**8, 3 * 10**8


@dataclass(frozen=True)
class Spell:
    """The seconds of each answer, the reports whose files had all come by then, and groups told a second.

    `starved` is the part of the time, in %, in which the program's loop waited for a processor.
    """

    answers: list[float]
    starved: float
    reports: int = 0
    told: float = 0.0
    refused: int = 0

    @property
    def p99(self) -> float:
        return 1000 * percentile(self.answers, 99)

    @property
    def longest(self) -> float:
        return 1000 * max(self.answers)


@dataclass
class Commune:
    """The people of one commune at their bot."""

    server: Limited
    bot: Wired
    reports: int = 0
    _side: asyncio.Lock = field(default_factory=asyncio.Lock)
    """It does one thing at a time."""
    _questions: itertools.count[int] = field(default_factory=itertools.count)
    _orders: itertools.count[int] = field(default_factory=itertools.count)

    async def alone(self, count: int) -> Spell:
        self.server.begin(TOKEN_RATE)
        answers, _, starved = await self._spell(count)
        return Spell(answers, starved, refused=self.server.refused)

    async def together(self, count: int) -> Spell:
        """Raise RuntimeError if no report came meanwhile."""
        self.server.begin(TOKEN_RATE)
        self.reports = 0
        async with again_and_again(self.announce), again_and_again(self.report):
            answers, seconds, starved = await self._spell(count)
            reports, told = self.reports, len(self.server.took) / seconds
        if not reports or any(self.server.files[ending] < reports for ending in _FILES):
            raise RuntimeError(f"no report, or not all its files: {reports}, {dict(self.server.files)}")
        return Spell(answers, starved, reports, told, self.server.refused)

    async def _spell(self, count: int) -> tuple[list[float], float, float]:
        """Return the seconds of each answer, those of all, and the part of them that the loop starved, in %."""
        began, before = perf_counter(), await self._starved()
        answers = await load.at_rate(ASKING, count, self._asks)
        seconds = perf_counter() - began
        return answers, seconds, 100 * (await self._starved() - before) / seconds

    async def _starved(self) -> float:
        async with self._side:
            return (await asyncio.to_thread(self.bot.side.does, "starved"))["seconds"]

    async def _asks(self, _: int) -> float:
        """The next of the residents opens the menu, does a step or searches, each time another of these."""
        number = next(self._questions)
        lap, at = divmod(number, len(_RESIDENTS))
        chat, event = FIRST_CHAT + _RESIDENTS[at], _FIRST_QUESTION + number
        updates = (
            text_update(event, chat, "/menu"),
            press_update(event, chat, f"g|{GUIDE}|{STEPS[lap // 3 % len(STEPS)]}", number),
            text_update(event, chat, SEARCHED),
        )
        return await self.bot.hook.brings(chat, updates[(lap + at) % 3])

    async def announce(self) -> None:
        """To all groups of the commune."""
        before = len(self.server.took)
        async with self._side:
            await asyncio.to_thread(self.bot.side.does, "announce", GROUPS_TOLD)
        await self.server.all_there(before + GROUPS_TOLD, load.PATIENCE)

    async def report(self) -> None:
        """The next officer presses for the report of last month, and has all its files."""
        number = next(self._orders)
        chat, event = FIRST_CHAT + OFFICERS[number % len(OFFICERS)], _FIRST_ORDER + number
        month = datetime.now(UTC).replace(day=1) - timedelta(days=1)
        files = [self.server.expect(chat) for _ in _FILES]
        press = press_update(event, chat, f"xbk|{COMMUNE}|{month:%Y-%m}", number)
        await asyncio.gather(self.bot.hook.brings(chat, press), *files)
        self.reports += 1


@asynccontextmanager
async def again_and_again(work: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
    """Meanwhile do the work over and over; what is under way at the end is done to its end."""
    over = False

    async def works() -> None:
        while not over:
            await work()

    working = asyncio.create_task(works())
    try:
        yield
    finally:
        over = True
        await working


def together(bench: Bench) -> Section:
    return asyncio.run(_together(bench))


async def _together(bench: Bench) -> Section:
    count = QUICK_ANSWERS if bench.quick else ANSWERS
    folder = await asyncio.to_thread(filled, bench.path("together"))
    async with (
        load.telegram(Limited()) as server,
        wired(bench, server, "http_bot", "--option", "real", per_second=TOKEN_RATE, folder=folder) as bot,
    ):
        assert isinstance(server, Limited)
        server.begin(TOKEN_RATE)
        commune, crowd = Commune(server, bot), Crowd(bot)
        await crowd.calm()
        await crowd.brings(_GREETING, len(_RESIDENTS), _LANES)  # the first time of each person
        await commune.report()  # and of the libraries that write it
        alone, joined = [], []
        for round_ in range(bench.rounds):
            for first in (True, False):
                await crowd.calm()
                if first == (round_ % 2 == 0):
                    alone.append(await commune.alone(count))
                else:
                    joined.append(await commune.together(count))
        settings = {"all together": f"{bot.side.about}; {ASKING} residents a second, p99 of {count} answers"}
    return Section(compared(alone, joined), settings)


def compared(alone: list[Spell], joined: list[Spell]) -> tuple[Line, ...]:
    ratios = tuple(one.p99 / other.p99 for one, other in zip(joined, alone, strict=True))
    allowed = TOKEN_RATE * BULK_OF_TOKEN
    refused = float(sum(spell.refused for spell in (*alone, *joined)))
    return (
        Line(
            "p99 of replies to residents together with announcements and reports ÷ alone",
            ratios,
            Goal(3, 1.5, most=True),
        ),
        Line("p99 of replies to residents alone", tuple(spell.p99 for spell in alone), unit="ms"),
        Line("p99 of replies to residents together", tuple(spell.p99 for spell in joined), unit="ms"),
        Line("meanwhile its loop waited for a processor, alone", tuple(spell.starved for spell in alone), unit="%"),
        Line("meanwhile its loop waited for a processor, together", tuple(spell.starved for spell in joined), unit="%"),
        Line("the longest reply alone", (max(spell.longest for spell in alone),), unit="ms"),
        Line(
            "the longest reply together",
            (max(spell.longest for spell in joined),),
            Goal(1000, 500, most=True),
            "ms",
        ),
        Line("reports meanwhile, Word, Excel and a picture each", tuple(float(spell.reports) for spell in joined)),
        Line(f"groups told a second meanwhile ÷ {allowed:.0f}", tuple(spell.told / allowed for spell in joined)),
        Line("calls refused (429) in all of them", (refused,), Goal(0, 0, most=True)),
    )
