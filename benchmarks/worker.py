"""A measured side: a process that does rounds of work on command. Standard library only.

It reads one JSON object a line, `{"do": name, "count": n}`, and answers with one. The first line it writes says what
it is: `{"versions": {...}, "settings": {...}}`.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import os
import platform
import sys
import traceback
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from time import perf_counter, process_time

DATABASE_SETTINGS = {
    "sqlite": {"journal": "PRAGMA journal_mode", "synchronous (2 = FULL)": "PRAGMA synchronous"},
    "postgres": {
        "server": "show server_version",
        "fsync": "show fsync",
        "synchronous_commit": "show synchronous_commit",
    },
}
"""Questions whose answers must be the same on both sides."""

Figures = dict[str, float]
Command = Callable[[int], Awaitable[Figures]]


@dataclass(frozen=True)
class Arguments:
    """`database` is the URL of an empty database or the path of a file to be, `lanes` how many events are in flight."""

    database: str
    folder: Path
    routes: int
    lanes: int
    option: str


def arguments() -> Arguments:
    parser = argparse.ArgumentParser()
    parser.add_argument("--database", default="")
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--routes", type=int, default=200)
    parser.add_argument("--lanes", type=int, default=20)
    parser.add_argument("--option", default="")
    given = parser.parse_args()
    return Arguments(given.database, given.folder, given.routes, given.lanes, given.option)


async def measured(count: int, work: Callable[[], Awaitable[None]]) -> Figures:
    """CPU seconds are those of the whole process, the database's thread included."""
    gc.collect()
    cpu, wall = process_time(), perf_counter()
    await work()
    return {"work": count, "cpu": process_time() - cpu, "wall": perf_counter() - wall}


async def cpu(count: int) -> Figures:
    return {"cpu": process_time()}


async def memory(count: int) -> Figures:
    """Resident memory in MB."""
    with open("/proc/self/statm") as file:  # noqa: ASYNC230 - not a disk
        pages = int(file.read().split()[1])
    return {"megabytes": pages * os.sysconf("SC_PAGE_SIZE") / 1e6}


async def starved(count: int) -> Figures:
    """The seconds since the start that the loop's thread could have gone on and waited for a processor."""
    with open("/proc/self/schedstat") as file:  # noqa: ASYNC230 - not a disk
        return {"seconds": int(file.read().split()[1]) / 1e9}


async def stall(seconds: int) -> Figures:
    """The longest time in ms that the loop did not come round in `seconds`."""
    tick, longest, now = 0.001, 0.0, perf_counter()
    end = now + seconds
    while now < end:
        before = now
        await asyncio.sleep(tick)
        now = perf_counter()
        longest = max(longest, now - before - tick)
    return {"milliseconds": 1000 * longest}


async def serve(packages: tuple[str, ...], settings: Mapping[str, str], commands: Mapping[str, Command]) -> None:
    """Obey until stdin ends."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a library prints must not look like an answer
    versions = {"python": platform.python_version(), **{name: version(name) for name in packages}}
    print(json.dumps({"versions": versions, "settings": dict(settings)}), file=answers, flush=True)
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    async for line in reader:
        asked = json.loads(line)
        try:
            figures = await commands[asked["do"]](asked["count"])
        except BaseException:
            traceback.print_exc()
            os._exit(1)  # the threads of database drivers would keep the process, and the one that waits for it
        print(json.dumps(figures), file=answers, flush=True)
