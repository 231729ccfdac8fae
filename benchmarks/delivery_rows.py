"""Announcements over real HTTP: how much of the allowed rate is reached, what people notice, what a kill costs."""

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks import load
from benchmarks.flood import Limited
from benchmarks.http_rows import Wired, wired
from benchmarks.report import Goal, Line, Section
from benchmarks.side import Bench, Side, ours_python
from benchmarks.tails import usual_p99
from benchmarks.traffic import text_update
from bot.core.pacing import BULK_OF_TOKEN
from bot.features.outbox.states import FINAL

SLOW, FAST = 30, 500
SLOW_CHANNELS, FAST_CHANNELS = 480, 10_000
ASKING, CROWD = 20, 50
"""People a second who ask; what a crowd is answered is more than the share that announcements leave to replies."""
TOGETHER = 100
"""So many answers have a p99."""
KILLS = 20
KILLED_CHANNELS = 8_000
_FIRST_PERSON = 6_000_000


@dataclass(frozen=True)
class Told:
    """`share` is the rate reached ÷ the rate that announcements may have, `late` the usual p99 of replies, in ms."""

    share: float
    refused: int
    late: float


def announcement(bench: Bench) -> Section:
    return asyncio.run(_announcement(bench))


async def _announcement(bench: Bench) -> Section:
    few, channels = bench.scaled(SLOW_CHANNELS), bench.scaled(FAST_CHANNELS)
    fast, calm, unlogged = [], [], []
    async with load.telegram(Limited()) as server:
        assert isinstance(server, Limited)
        async with wired(bench, server, "http_bot", "--option", "real", per_second=SLOW) as bot:
            slow = [await _tell(server, bot, SLOW, few) for _ in range(bench.rounds)]
        async with wired(bench, server, "http_bot", "--option", "real", per_second=FAST) as bot:
            about = bot.side.about
            with await asyncio.to_thread(_naive, bench, server, FAST) as paced:
                for round_ in range(bench.rounds):
                    server.begin(FAST)
                    calm.append(await _late(bot, ASKING, _asking(FAST, channels), 2 * round_))
                    fast.append(await _tell(server, bot, FAST, channels, ask=2 * round_ + 1))
                    server.begin(FAST)
                    await asyncio.to_thread(paced.does, "paced", channels)
                    unlogged.append(server.rate / FAST / BULK_OF_TOKEN)
                crowded = await _tell(server, bot, FAST, channels, ask=2 * bench.rounds, people=CROWD)
        with await asyncio.to_thread(_naive, bench, server, SLOW) as naive:
            server.begin(SLOW)
            one_by_one = await asyncio.to_thread(naive.does, "sleep", few)
            await asyncio.sleep(4)
            server.begin(FAST)
            at_once = await asyncio.to_thread(naive.does, "gather", channels)
            refused_at_once = server.refused
    share_of_sleep = one_by_one["delivered"] / one_by_one["wall"]
    late = tuple(told.late / without for told, without in zip(fast, calm, strict=True))
    logged = tuple(told.share / without for told, without in zip(fast, unlogged, strict=True))
    refused = float(sum(told.refused for told in (*slow, *fast, crowded)))
    return Section(
        (
            Line(f"announcement at {SLOW}/s ÷ allowed, {few} groups", _shares(slow), Goal(0.97, 0.985)),
            Line(f"announcement at {FAST}/s ÷ allowed, {channels} groups", _shares(fast), Goal(0.97, 0.985)),
            Line("calls refused (429) in all of them", (refused,), Goal(0, 0, most=True)),
            Line("announcement with its rows and outcomes ÷ by the pacer alone", logged, Goal(0.99, 1)),
            Line(f"p99 within {TOGETHER} replies during it ÷ without", late, Goal(3, 1.5, most=True)),
            Line(f"p99 within {TOGETHER} replies without", tuple(calm), unit="ms"),
            Line("a crowd takes more than its share meanwhile: announcement ÷ allowed", (crowded.share,)),
            Line(f"p99 within {TOGETHER} replies to the crowd", (crowded.late,), unit="ms"),
            Line(f"sleep(0.05): delivered ÷ allowed at {SLOW}/s", (share_of_sleep / SLOW,)),
            Line(f"sleep(0.05): delivered ÷ allowed at {FAST}/s", (share_of_sleep / FAST,)),
            Line(f"asyncio.gather at {FAST}/s: share of the messages that arrive", (at_once["delivered"] / channels,)),
            Line("asyncio.gather: calls refused (429)", (float(refused_at_once),)),
        ),
        {"announcement": f"{about}; announcements may have {BULK_OF_TOKEN:.0%} of the token's rate"},
    )


def killed(bench: Bench) -> Section:
    """kill -9 in mid-announcement, again and again: what is lost, and what comes twice without anybody's wish."""
    return asyncio.run(_killed(bench))


async def _killed(bench: Bench) -> Section:
    channels, kills = bench.scaled(KILLED_CHANNELS), bench.scaled(KILLS)
    folder = bench.path("killed")
    async with load.telegram(Limited()) as server:
        assert isinstance(server, Limited)
        server.begin(FAST)
        for life in range(kills):
            async with wired(bench, server, "http_bot", "--option", "real", per_second=FAST, folder=folder) as bot:
                if life == 0:
                    await asyncio.to_thread(bot.side.does, "announce", channels)
                sent = len(server.took)
                most = channels - kills + life  # something is left for each life
                await server.all_there(min(sent + random.randint(1, channels // kills), most), load.PATIENCE)  # noqa: S311
                await asyncio.to_thread(bot.side.kill)
        async with wired(bench, server, "http_bot", "--option", "real", per_second=FAST, folder=folder) as bot:
            await _all_final(folder)
    rows = _rows(folder)
    arrived = Counter(server.chats)
    lost = sum(not arrived[chat] for chat, state in rows if state != "uncertain")
    twice = sum(times - 1 for times in arrived.values() if times > 1)
    unclear = sum(state == "uncertain" for _, state in rows)
    return Section(
        (
            Line(
                f"kill -9 in mid-announcement, {kills} times, {channels} groups: lost", (lost,), Goal(0, 0, most=True)
            ),
            Line("arrived twice though nobody asked for it", (twice,), Goal(0, 0, most=True)),
            Line("shown to a person as unclear, because the call was open", (unclear,)),
        )
    )


async def _all_final(folder: Path) -> None:
    """Raises TimeoutError."""
    for _ in range(600):
        if all(state in FINAL for _, state in _rows(folder)):
            return
        await asyncio.sleep(0.2)
    raise TimeoutError("rows of the announcement came to no end")


def _rows(folder: Path) -> list[tuple[str, str]]:
    """(chat, state) of each row of an announcement."""
    with closing(sqlite3.connect(folder / "bot.sqlite3")) as connection:
        return connection.execute("select chat_id, state from outbox where announcement > 0").fetchall()


@contextmanager
def _naive(bench: Bench, server: Limited, per_second: int) -> Iterator[Side]:
    env = {"BOT_TELEGRAM_API_BASE": server.url, "BOT_PACE_TELEGRAM_PER_SECOND": str(per_second)}
    with Side("naive", ours_python(), "naive", ["--folder", str(bench.folder)], env) as side:
        yield side


def _shares(rounds: list[Told]) -> tuple[float, ...]:
    return tuple(told.share for told in rounds)


async def _tell(
    server: Limited, bot: Wired, per_second: float, count: int, *, ask: int | None = None, people: int = ASKING
) -> Told:
    """One announcement to `count` groups; so many `people` a second ask meanwhile (the `ask`-th time), or none."""
    server.begin(per_second)
    allowed = per_second * BULK_OF_TOKEN
    await asyncio.to_thread(bot.side.does, "announce", count)
    asking = asyncio.create_task(_late(bot, people, _asking(per_second, count), ask)) if ask is not None else None
    await server.all_there(count, 60 + 3 * count / allowed)
    return Told(server.rate / allowed, server.refused, await asking if asking is not None else 0.0)


def _asking(per_second: float, count: int) -> float:
    """Seconds: most of the time that an announcement to `count` groups takes."""
    return 0.8 * count / (per_second * BULK_OF_TOKEN)


async def _late(bot: Wired, people: int, seconds: float, time: int) -> float:
    """The usual p99 of `people` a second who open the menu, each once; in ms."""
    count = max(TOGETHER, int(people * seconds) // TOGETHER * TOGETHER)
    first = _FIRST_PERSON + time * 100_000

    async def asks(number: int) -> float:
        return await bot.hook.brings(first + number, text_update(first + number, first + number, "/menu"))

    return usual_p99(await load.at_rate(people, count, asks), TOGETHER)
