"""Announcements over real HTTP: how much of the allowed rate is reached, and what people notice meanwhile."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from benchmarks import load
from benchmarks.flood import Limited
from benchmarks.guide_rows import percentile
from benchmarks.http_rows import Wired, wired
from benchmarks.report import Goal, Line, Section
from benchmarks.side import Bench, Side, ours_python
from benchmarks.traffic import text_update
from bot.core.pacing import BULK_OF_TOKEN

CHANNELS = 10_000
SLOW, FAST = 30, 500
SLOW_SECONDS = 40
"""At the slow rate fewer groups are told, for so long; at the fast rate all of them."""
ASK_RATE = 20
"""Replies a second."""
_FIRST_PERSON = 6_000_000


@dataclass(frozen=True)
class Told:
    """`share` is the rate reached ÷ the rate that announcements may have; `late` is p99 of replies meanwhile, in ms."""

    share: float
    refused: int
    late: float


def announcement(bench: Bench) -> Section:
    return asyncio.run(_announcement(bench))


async def _announcement(bench: Bench) -> Section:
    channels = bench.scaled(CHANNELS)
    few = int(SLOW * BULK_OF_TOKEN * (SLOW_SECONDS // 4 if bench.quick else SLOW_SECONDS))
    async with load.telegram(Limited()) as server:
        assert isinstance(server, Limited)
        server.begin(SLOW)
        async with wired(bench, server, "http_bot", "--option", "real", per_second=SLOW) as bot:
            slow = await _tell(server, bot, SLOW, few)
        server.hooked.clear()
        server.begin(FAST)
        async with wired(bench, server, "http_bot", "--option", "real", per_second=FAST) as bot:
            calm = await _p99(bot, channels / FAST, 0)
            fast = await _tell(server, bot, FAST, channels, ask=True)
            about = bot.side.about
        env = {"BOT_TELEGRAM_API_BASE": server.url}
        arguments = ["--folder", str(bench.folder)]
        with await asyncio.to_thread(Side, "naive", ours_python(), "naive", arguments, env) as naive:
            server.begin(SLOW)
            one_by_one = await asyncio.to_thread(naive.does, "sleep", few // 2)
            await asyncio.sleep(4)
            server.begin(FAST)
            at_once = await asyncio.to_thread(naive.does, "gather", channels)
            refused_at_once = server.refused
    share_of_sleep = one_by_one["delivered"] / one_by_one["wall"]
    return Section(
        (
            Line(f"announcement at {SLOW}/s ÷ allowed, {few} groups", (slow.share,), Goal(0.97, 0.985)),
            Line(f"announcement at {FAST}/s ÷ allowed, {channels} groups", (fast.share,), Goal(0.97, 0.985)),
            Line("calls refused (429) in both", (float(slow.refused + fast.refused),), Goal(0, 0, most=True)),
            Line("p99 of replies during it ÷ without", (fast.late / calm,), Goal(3, 1.5, most=True)),
            Line("p99 of replies without", (calm,), unit="ms"),
            Line(f"sleep(0.05): delivered ÷ allowed at {SLOW}/s", (share_of_sleep / SLOW,)),
            Line(f"sleep(0.05): delivered ÷ allowed at {FAST}/s", (share_of_sleep / FAST,)),
            Line(f"asyncio.gather at {FAST}/s: share of the messages that arrive", (at_once["delivered"] / channels,)),
            Line("asyncio.gather: calls refused (429)", (float(refused_at_once),)),
        ),
        {"announcement": f"{about}; announcements may have {BULK_OF_TOKEN:.0%} of the token's rate"},
    )


async def _tell(server: Limited, bot: Wired, per_second: float, count: int, *, ask: bool = False) -> Told:
    """One announcement to `count` groups, with people asking meanwhile or not."""
    allowed = per_second * BULK_OF_TOKEN
    await asyncio.to_thread(bot.side.does, "announce", count)
    asking = asyncio.create_task(_p99(bot, 0.8 * count / allowed, 1)) if ask else None
    await server.all_there(count, 60 + 3 * count / allowed)
    return Told(server.rate / allowed, server.refused, await asking if asking is not None else 0.0)


async def _p99(bot: Wired, seconds: float, round_: int) -> float:
    """People who open the menu, each once, ASK_RATE a second; in ms."""
    count = max(20, int(ASK_RATE * seconds))
    first = _FIRST_PERSON + round_ * 100_000

    async def asks(number: int) -> float:
        return await bot.hook.brings(first + number, text_update(first + number, first + number, "/menu"))

    return 1000 * percentile(await load.at_rate(ASK_RATE, count, asks), 99)
