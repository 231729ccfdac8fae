"""Rows of real conversations over real HTTP, beside a durable floor and beside aiogram where the work is the same.

The whole program as `serve` runs it, on five years of one commune. Counted is processor time for each event.
"""

from __future__ import annotations

import asyncio
import itertools
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack, closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import five_years, load
from benchmarks.flood import Limited
from benchmarks.http_rows import Wired, wired
from benchmarks.report import Goal, Line, Section
from benchmarks.side import Bench
from benchmarks.traffic import in_lanes, press_update, text_update

FLIGHTS = (1, 20, 200)
EVENTS = 1600
"""Of each conversation in each round; a quick run brings an eighth."""
GROUPS_TOLD = 200
HASTY = 10**9
"""Limits of pace that limit nothing."""
_RESIDENTS, _LEADERS, OFFICERS, _CHAIRS = (range(first, first + count) for first, count in (
    (301, 200), (1, 100), (200, 20), (240, 20),
))  # fmt: skip
FIRST_CHAT = 7_000_000
"""The chat of a person is so much and the person's number."""
GUIDE, STEPS = "chung-thuc-ban-sao", ("xem-giay", "mat-goc", "giay-hong")
SEARCHED = "chứng thực bản sao ở đâu"
_PATIENCE, _IDLE = 90, 0.03
"""Seconds to wait for calm, and the most of a processor that a side takes then."""
_SETTLE = 0.3
"""Seconds in which the last marks of sent replies are written: they belong to the work."""


@dataclass(frozen=True)
class Talk:
    """An event that people of one kind bring again and again: `says` makes its update, of a number and a chat."""

    name: str
    people: range
    says: Callable[[int, int], bytes]
    most: float
    peer: str = ""
    """The name of the same work of the peers, where they do it."""


def _typed(words: str) -> Callable[[int, int], bytes]:
    return lambda number, chat: text_update(number, chat, words)


def _pressed(data: str) -> Callable[[int, int], bytes]:
    return lambda number, chat: press_update(number, chat, data, number % 100_000)


def _steps(number: int, chat: int) -> bytes:
    """Press another step each time: one that is shown already is not shown again."""
    step = STEPS[number // len(_RESIDENTS) % len(STEPS)]
    return press_update(number, chat, f"g|{GUIDE}|{step}", number % 100_000)


TALKS = (
    Talk("`/menu`, a resident", _RESIDENTS, _typed("/menu"), 2, "menu"),
    Talk("a step of a guide, a resident", _RESIDENTS, _steps, 2, "step"),
    Talk("a search, a resident", _RESIDENTS, _typed(SEARCHED), 2),
    Talk("`/menu`, a leader", _LEADERS, _typed("/menu"), 3),
    Talk("`bc hồ sơ =3`, a leader", _LEADERS, _typed("bc hồ sơ =3"), 3),
    Talk("`/menu`, an officer", OFFICERS, _typed("/menu"), 3),
    Talk("`/menu`, a chair", _CHAIRS, _typed("/menu"), 3),
    Talk("`/tonghop`, an officer", OFFICERS, _typed("/tonghop"), 3),
    Talk("a receipt, an officer", OFFICERS, _pressed(f"tq|{five_years.ANNOUNCEMENTS - 3}"), 3),
)
_PLAIN = {
    "menu": Talk("", _RESIDENTS, _typed("/menu"), 0),
    "step": Talk("", _RESIDENTS, _pressed("s|1"), 0),
}


def talks(bench: Bench) -> Section:
    return asyncio.run(_talks(bench))


def filled(folder: Path) -> Path:
    """Fill the data folder of a commune with its people of every role, and return it."""
    folder.mkdir()
    now = datetime.now(UTC)
    five_years.fill(folder / "bot.sqlite3", five_years.Years(now, inbox=1_000))
    with closing(sqlite3.connect(folder / "bot.sqlite3")) as connection:
        for role, people in (("officer", OFFICERS[1:]), ("chair", _CHAIRS)):
            rows = [(role, now.isoformat(" "), person, 2) for person in people]
            connection.executemany("insert into roles (role, granted_at, person_id, unit_id) values (?, ?, ?, ?)", rows)
        # Of the events that are there none waits, and the next one is not among those that are done.
        connection.execute("update sessions set done_seq = (select max(seq) from inbox)")
        connection.commit()
    return folder


class Crowd:
    """People who bring events to one side, each number once."""

    def __init__(self, side: Wired) -> None:
        self.side = side
        self._numbers = itertools.count(10**8)

    async def calm(self) -> None:
        """Wait until the side does nothing by itself: a start is followed by all that is on its clocks."""
        for _ in range(_PATIENCE):
            before = self.side.side.does("cpu")["cpu"]
            await asyncio.sleep(1)
            if self.side.side.does("cpu")["cpu"] - before < _IDLE:
                return

    async def brings(self, talk: Talk, count: int, lanes: int) -> float:
        """Bring `count` events, `lanes` under way at a time; return processor milliseconds for each."""
        chats = [FIRST_CHAT + talk.people[number % len(talk.people)] for number in range(count)]

        async def say(chat: int) -> None:
            await self.side.hook.brings(chat, talk.says(next(self._numbers), chat))

        before = self.side.side.does("cpu")["cpu"]
        await in_lanes(lanes, chats, say)
        await asyncio.sleep(_SETTLE)
        return 1000 * (self.side.side.does("cpu")["cpu"] - before) / count


async def _talks(bench: Bench) -> Section:
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(load.telegram(Limited()))
        assert isinstance(server, Limited)
        server.begin(HASTY)
        folder = filled(bench.path("talks"))
        sides = {
            "ours": wired(bench, server, "http_bot", "--option", "talk", folder=folder),
            "floor": wired(bench, server, "http_durable"),
            "aiogram": wired(bench, server, "http_aiogram"),
            "grouped": wired(bench, server, "http_aiogram", "--option", "grouped"),
        }
        crowds = {name: Crowd(await stack.enter_async_context(side)) for name, side in sides.items()}
        settings = {f"talks, {name}": crowd.side.side.about for name, crowd in crowds.items()}
        await crowds["ours"].calm()
        for talk in TALKS:
            await crowds["ours"].brings(talk, len(talk.people), 1)  # the first time of each person
        lines: list[Line] = []
        for lanes in FLIGHTS:
            lines += await _at(bench, crowds, lanes)
        lines += await _told(bench, server, crowds)
    return Section(tuple(lines), settings)


async def _at(bench: Bench, crowds: dict[str, Crowd], lanes: int) -> Sequence[Line]:
    """Measure all conversations with so many events in flight; the sides take turns."""
    count = bench.scaled(EVENTS)
    over: dict[str, list[float]] = {talk.name: [] for talk in TALKS}
    took: dict[str, list[float]] = {talk.name: [] for talk in TALKS}
    beside: dict[tuple[str, str], list[float]] = {}
    for _ in range(bench.rounds):
        for talk in TALKS:
            ours = await crowds["ours"].brings(talk, count, lanes)
            floor = await crowds["floor"].brings(talk, count, lanes)
            over[talk.name].append(ours / floor)
            took[talk.name].append(ours)
            for peer in ("aiogram", "grouped") if talk.peer else ():
                theirs = await crowds[peer].brings(_PLAIN[talk.peer], count, lanes)
                beside.setdefault((talk.name, peer), []).append(theirs / ours)
    flight = f"{lanes} in flight"
    lines = []
    for talk in TALKS:
        goal = Goal(talk.most, 1.5, most=True) if lanes == 1 else None
        lines.append(Line(f"{talk.name} ÷ durable floor, {flight}", tuple(over[talk.name]), goal))
        if lanes == 1:
            lines.append(Line("its processor time", tuple(took[talk.name]), unit="ms"))
    names = {"aiogram": "aiogram with SQLite", "grouped": "aiogram with group commit"}
    lines += [
        Line(f"{talk}: {names[peer]} ÷ ours, {flight}", tuple(ratios), Goal(1, 1.5))
        for (talk, peer), ratios in beside.items()
    ]
    return lines


async def _told(bench: Bench, server: Limited, crowds: dict[str, Crowd]) -> Sequence[Line]:
    """Measure a notice to each of so many groups, by the outbox."""
    ours, floor = crowds["ours"], crowds["floor"]
    ratios, took = [], []
    for _ in range(bench.rounds):
        server.begin(HASTY)
        before = ours.side.side.does("cpu")["cpu"]
        await asyncio.to_thread(ours.side.side.does, "announce", GROUPS_TOLD)
        await server.all_there(GROUPS_TOLD, load.PATIENCE)
        await asyncio.sleep(_SETTLE)
        took.append(1000 * (ours.side.side.does("cpu")["cpu"] - before) / GROUPS_TOLD)
        ratios.append(took[-1] / await floor.brings(_PLAIN["menu"], GROUPS_TOLD, 20))
    return (
        Line("a notice to a group, by the outbox ÷ durable floor", tuple(ratios), Goal(3, 1.5, most=True)),
        Line("its processor time", tuple(took), unit="ms"),
    )
