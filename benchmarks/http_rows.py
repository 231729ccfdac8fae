"""Rows over real HTTP on the loopback: the whole program beside bare aiohttp."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks import load
from benchmarks.report import Goal, Line, Section
from benchmarks.side import ROOT, Bench, Side, ours_python
from benchmarks.tails import usual_p99
from benchmarks.traffic import CONVERSATIONS, TOKEN, in_lanes, text_update, turns, update

EVENTS = 6000
RATE = 300
SECONDS, TURNS = 12, 4
"""In each round the sides take turns, a second each for p99: a slow stretch of the machine shall not be one side's."""
WATCHED = 60
PEOPLE = 10_000
LANES = 40
_FIRST_STRANGER = 5_000_000
_FLOORS = ("http_floor", "http_durable")
"""Sides that set no webhook."""


@dataclass
class Wired:
    """A measured side with the connections to it."""

    side: Side
    hook: load.Hook
    done: int = 0

    async def bring(self, count: int) -> float:
        """`count` updates, 40 under way at a time; returns the CPU seconds that the side spent on them."""
        work = [(turn.chat, update(turn)) for turn in turns(count, 200, self.done)]
        self.done += count

        async def say(item: tuple[int, bytes]) -> None:
            await self.hook.brings(*item)

        before = self.side.does("cpu")["cpu"]
        await in_lanes(LANES, work, say)
        await asyncio.sleep(0.2)  # the last marks belong to the work
        return self.side.does("cpu")["cpu"] - before

    async def second(self) -> list[float]:
        """Seconds that each of its answers took, at 300 events a second."""
        work = turns(RATE, 200, self.done)
        self.done += len(work)
        bodies = [update(turn) for turn in work]
        return await load.at_rate(RATE, RATE, lambda number: self.hook.brings(work[number].chat, bodies[number]))


@asynccontextmanager
async def wired(
    bench: Bench,
    server: load.Telegram,
    module: str,
    *options: str,
    per_second: int = 10**9,
    folder: Path | None = None,
    root: Path = ROOT,
) -> AsyncIterator[Wired]:
    """In a new folder, or in one that an earlier life has left; `root` is the checkout that is measured."""
    folder = folder or bench.path(module)
    folder.mkdir(exist_ok=True)
    server.hooked.clear()
    port = free_port()
    env = {
        "BOT_PLATFORMS": "telegram",
        "BOT_DATA_DIR": str(folder),
        "BOT_PORT": str(port),
        "BOT_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "BOT_TELEGRAM_MODE": "webhook",
        "BOT_TELEGRAM_TOKEN": TOKEN,
        "BOT_TELEGRAM_API_BASE": server.url,
        "BOT_PACE_TELEGRAM_PER_SECOND": str(per_second),
        "BOT_STALE_HOURS": str(10**6),  # the traffic's dates stand still
    }
    arguments = ["--folder", str(folder), *options]
    python = ours_python() if root == ROOT else root / ".venv" / "bin" / "python"
    with await asyncio.to_thread(Side, module, python, module, arguments, env, root) as side:
        if module not in _FLOORS:
            await asyncio.wait_for(server.hooked.wait(), load.PATIENCE)
        hook = load.Hook(server, f"{side.url}/hooks/telegram", server.secret)
        try:
            yield Wired(side, hook)
        finally:
            hook.close()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def beside_the_floor(bench: Bench) -> Section:
    return asyncio.run(_beside_the_floor(bench))


async def _beside_the_floor(bench: Bench) -> Section:
    most, late, bot_p99, floor_p99, bot_busy, floor_busy = [], [], [], [], [], []
    async with (
        load.telegram() as server,
        wired(bench, server, "http_bot") as bot,
        wired(bench, server, "http_floor") as floor,
    ):
        for side in (bot, floor):
            await side.bring(bench.scaled(EVENTS) // 4)
        for _ in range(bench.rounds):
            ours = peers = 0.0
            for _ in range(TURNS):
                ours += await bot.bring(bench.scaled(EVENTS // TURNS))
                peers += await floor.bring(bench.scaled(EVENTS // TURNS))
            most.append(peers / ours)
        for _ in range(bench.rounds):
            our_times: list[float] = []
            floor_times: list[float] = []
            seconds = bench.scaled(SECONDS)
            before = [side.side.does("cpu")["cpu"] for side in (bot, floor)]
            for _ in range(seconds):
                our_times += await bot.second()
                floor_times += await floor.second()
            bot_cpu, floor_cpu = (side.side.does("cpu")["cpu"] for side in (bot, floor))
            bot_busy.append(100 * (bot_cpu - before[0]) / seconds)
            floor_busy.append(100 * (floor_cpu - before[1]) / seconds)
            bot_p99.append(usual_p99(our_times, RATE))
            floor_p99.append(usual_p99(floor_times, RATE))
            late.append(bot_p99[-1] / floor_p99[-1])
        settings = {"webhook, ours": bot.side.about, "webhook, floor": floor.side.about}
    return Section(
        (
            Line("webhook over HTTP ÷ aiohttp + dict", tuple(most), Goal(0.30, 0.5)),
            Line(f"p99 within a second at {RATE}/s ÷ the floor's", tuple(late), Goal(2, 1.3, most=True)),
            Line(f"p99 within a second at {RATE}/s, ours", tuple(bot_p99), unit="ms"),
            Line(f"p99 within a second at {RATE}/s, floor", tuple(floor_p99), unit="ms"),
            Line("of one processor it takes meanwhile, ours", tuple(bot_busy), unit="%"),
            Line("of one processor it takes meanwhile, floor", tuple(floor_busy), unit="%"),
        ),
        settings,
    )


def of_the_bot(bench: Bench) -> Section:
    """Memory and stalls of the real program with its real conversations."""
    return asyncio.run(_of_the_bot(bench))


async def _of_the_bot(bench: Bench) -> Section:
    people, seconds = bench.scaled(PEOPLE), 10 if bench.quick else WATCHED
    async with (
        load.telegram() as server,
        wired(bench, server, "http_bot", "--option", "real") as bot,
        wired(bench, server, "http_floor") as idle,
    ):

        async def greets(chat: int) -> None:
            await bot.hook.brings(chat, text_update(chat, chat, "/menu"))

        # The first crowd fills the caches, which have their limits; only the second one shows what people cost.
        size = people - people % CONVERSATIONS
        held = [bot.side.does("memory")["megabytes"]]
        for crowd_number in range(2):
            strangers = [_FIRST_STRANGER + crowd_number * size + number for number in range(size)]
            await in_lanes(LANES, strangers, greets)
            await asyncio.sleep(0.5)
            held.append(bot.side.does("memory")["megabytes"])
        started, filled, last = held
        count = RATE * seconds
        # A person speaks at most 20 times a minute, or the bot would make him wait.
        crowd = [_FIRST_STRANGER + number % size for number in range(count)]

        async def asks(number: int) -> float:
            return await bot.hook.brings(crowd[number], text_update(10**8 + number, crowd[number], "hướng dẫn"))

        for side in (bot, idle):
            side.side.begins("stall", seconds)
        await load.at_rate(RATE, count, asks)
        stalls = [(await asyncio.to_thread(side.side.ends))["milliseconds"] for side in (bot, idle)]
        settings = {"the whole bot": bot.side.about}
    what = f"longest stall of the loop in {seconds} s at {RATE}/s"
    return Section(
        (
            Line("memory after start with Telegram", (started,), unit="MB"),
            Line(f"memory after the first {size} conversations", (filled,), unit="MB"),
            Line("memory for each 10,000 further conversations", ((last - filled) * PEOPLE / size,), unit="MB"),
            Line(what, (stalls[0],), Goal(50, 20, most=True), "ms"),
            Line("meanwhile in an idle process, which is the machine's own share", (stalls[1],), unit="ms"),
        ),
        settings,
    )
