"""Real conversations of this checkout, by turns with another one and with the durable floor.

    .venv/bin/python -m benchmarks.turns --other ../before --count 60 --rounds 3 "menu" "bc"

measures the talks whose names have one of the words in a few minutes, one event at a time or as many as `--flight`
says: for a change under work.
Nothing runs on the clock meanwhile, so that a busy machine, on which an event takes longer, counts no more of that. The
other checkout needs an environment of its own (`.venv`).
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from shutil import copytree
from statistics import median

from benchmarks import load, talk_rows
from benchmarks.flood import Limited
from benchmarks.http_rows import wired
from benchmarks.side import HOME, ROOT, Bench
from benchmarks.talk_rows import HASTY, TALKS, Crowd, Talk
from bot.core.lean.values import replace

_PEOPLE = 20
"""Of each talk: their first time, which is not measured, shall not take longer than all others."""


@dataclass(frozen=True)
class _Asked:
    other: Path | None
    count: int
    rounds: int
    flight: int
    words: Sequence[str]

    @property
    def talks(self) -> list[Talk]:
        named = [one for one in TALKS if not self.words or any(word in one.name for word in self.words)]
        return [replace(one, people=one.people[:_PEOPLE]) for one in named]


async def _measure(bench: Bench, asked: _Asked) -> None:
    folder = talk_rows.filled(bench.path("filled"))
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(load.telegram(Limited()))
        assert isinstance(server, Limited)
        server.begin(HASTY)
        crowds: dict[str, Crowd] = {}
        for name, root in {"before": asked.other, "now": ROOT}.items():
            if root is not None:
                copy = copytree(folder, bench.path(name))
                side = wired(bench, server, "http_bot", "--option", "alone", folder=copy, root=root.resolve())
                crowds[name] = Crowd(await stack.enter_async_context(side))
        crowds["floor"] = Crowd(await stack.enter_async_context(wired(bench, server, "http_durable")))
        for talk in asked.talks:
            print(talk.name, *await _turns(crowds, talk, asked), sep="; ", flush=True)


async def _turns(crowds: dict[str, Crowd], talk: Talk, asked: _Asked) -> list[str]:
    """Return the least of each side's turns in ms, what it is of the floor's, and the median of now ÷ before.

    A turn of each follows at once upon the other's, so that median says more on a busy machine than the least turns.
    """
    for crowd in crowds.values():
        await crowd.brings(talk, len(talk.people), 1)
    took: dict[str, list[float]] = {name: [] for name in crowds}
    for number in range(asked.rounds):
        for name in list(crowds) if number % 2 else list(crowds)[::-1]:
            took[name].append(await crowds[name].brings(talk, asked.count, asked.flight))
    floor = min(took["floor"])
    told = [f"{name} {min(times):.2f} ms, {min(times) / floor:.2f} × the floor" for name, times in took.items()]
    pairs = zip(took["now"], took.get("before", ()), strict=False)
    over = [now / before for now, before in pairs]
    return [*told, f"now ÷ before {median(over):.3f}"] if over else told


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.turns", description=__doc__)
    parser.add_argument("--other", type=Path, help="another checkout, with its own .venv")
    parser.add_argument("--count", type=int, default=60, help="events of a turn")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--flight", type=int, default=1, help="events that are under way at a time")
    parser.add_argument("words", nargs="*", help="parts of names of talks; without any, all")
    given = parser.parse_args()
    HOME.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="turns-", dir=HOME) as folder:
        bench = Bench(True, Path(folder), "")
        asyncio.run(_measure(bench, _Asked(given.other, given.count, given.rounds, given.flight, given.words)))


if __name__ == "__main__":
    main()
