"""How long anybody waits while the program does its own work: `python -m benchmarks.waits [--inbox N] [WORD…]`.

A commune of five years (`benchmarks.five_years`) is put together as `serve` does it, and each rule of retention, each
work on a clock, each question about a person, each report and each care of the file is done once. Meanwhile one task
asks the database for a session, one writes a value, one looks how late the loop comes round; the longest of each is
shown beside how late an idle process was woken meanwhile, and how much memory the work took on top of what there was:
of a command apart, all that its process took. With words, only what has one of them in its name is done.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, nullcontext, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from shutil import rmtree
from time import perf_counter

from tortoise.transactions import in_transaction

from benchmarks import five_years
from benchmarks.five_years import COMMUNE, PLATFORM, Years
from benchmarks.side import HOME, ROOT
from bot.assembly.families import discover, kept_until
from bot.assembly.metrics import gauges
from bot.assembly.parts import Parts, put_together
from bot.core.lean.values import replace
from bot.core.platform import RICH
from bot.features import units
from bot.features.announcements.model import announcement
from bot.features.announcements.posting import Posting
from bot.features.announcements.receipts import receipt
from bot.features.calendar.periods import period
from bot.features.groups import channels
from bot.features.people.accounts import Account
from bot.features.privacy import retention
from bot.settings import Settings
from bot.storage import scrub
from bot.storage.platform_store import PlatformValues
from bot.storage.sql import Sql, asked, current
from bot.storage.tables.announcements import Announcement

MOST = 0.1
"""Seconds that nobody shall wait longer than."""
_LOOP, _READ, _WRITE = 0.001, 0.002, 0.005


@dataclass
class Waits:
    """The longest, in seconds: of the loop, of who asks the database and of who writes there."""

    loop: float = 0.0
    read: float = 0.0
    write: float = 0.0

    @property
    def longest(self) -> float:
        return max(self.loop, self.read, self.write)


@dataclass
class Neighbour:
    """An idle process: how late it is woken is the machine's own share of every wait."""

    process: asyncio.subprocess.Process

    async def longest(self) -> float:
        """Return the longest delay since this was last asked, in seconds."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(b"?")
        return float(await self.process.stdout.readline())


_NEIGHBOUR = (
    "import select, sys, time\nlongest = 0.0\nwhile True:\n began = time.perf_counter()\n"
    " if select.select([sys.stdin], [], [], 0.001)[0]:\n  if not sys.stdin.buffer.raw.read(1): break\n"
    "  print(longest, flush=True); longest = 0.0\n else: longest = max(longest, time.perf_counter() - began - 0.001)"
)


@asynccontextmanager
async def neighbour() -> AsyncIterator[Neighbour]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _NEIGHBOUR, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        yield Neighbour(process)
    finally:
        process.kill()
        await process.wait()


@asynccontextmanager
async def watched() -> AsyncIterator[Waits]:
    """Watch what the others wait for as long as the context is open."""
    waits = Waits()
    values = PlatformValues(current(), "probe")
    await values.swap("at", await values.get("at"), "0")

    async def comes_round() -> None:
        while True:
            began = perf_counter()
            await asyncio.sleep(_LOOP)
            waits.loop = max(waits.loop, perf_counter() - began - _LOOP)

    async def asks() -> None:
        while True:
            began = perf_counter()
            await asked("select state from sessions where platform = ? and chat_id = ?", [PLATFORM, "7000001"])
            waits.read = max(waits.read, perf_counter() - began)
            await asyncio.sleep(_READ)

    async def writes() -> None:
        number = 0
        while True:
            began, number = perf_counter(), number + 1
            await asked("update platform_values set value = ? where platform = 'probe'", [str(number)])
            waits.write = max(waits.write, perf_counter() - began)
            await asyncio.sleep(_WRITE)

    # In a context of their own: a transaction of what is measured is not theirs.
    tasks = [asyncio.create_task(work()) for work in (comes_round, asks, writes)]
    await asyncio.sleep(0.05)
    try:
        yield waits
        await asyncio.sleep(0.02)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class Room:
    """How much memory a work takes at most, in MB, on top of what the process had before."""

    def __init__(self) -> None:
        Path("/proc/self/clear_refs").write_text("5")  # the most so far is forgotten
        self._before = _status("VmRSS")
        self._apart = 0.0

    def of(self, found: object) -> None:
        """Take note of what a work has come to, which for a command apart is its memory."""
        self._apart = found.memory if isinstance(found, Apart) else 0.0

    def most(self) -> float:
        return self._apart or _status("VmHWM") - self._before


def _status(name: str) -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:")) / 1000


class _Undone(Exception):
    """What was written was looked at enough."""


Work = Callable[[], Awaitable[object]]


@dataclass
class Apart:
    """A command of the bot in a process of its own took so much memory at most, in MB."""

    memory: float


_TELLING = (
    "import atexit, runpy, sys\n"
    "def told():\n"
    " with open('/proc/self/status') as file: print(next(line for line in file if line.startswith('VmHWM')), end='')\n"
    "atexit.register(told); sys.argv[0] = 'bot'; runpy.run_module('bot', run_name='__main__', alter_sys=True)"
)
"""The kernel's own figure for a process that has ended (`ru_maxrss`) begins with the memory of who started it."""


async def apart(folder: Path, *words: str) -> Apart:
    environ = {"BOT_DATA_DIR": str(folder), "PYTHONPATH": str(ROOT), "BOT_PLATFORMS": "web"}
    told = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", _TELLING, *words], cwd=ROOT, env=environ, check=True,
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    return Apart(int(told.stdout.split()[-2]) / 1000)


async def works(bot: Parts, folder: Path, now: datetime) -> dict[str, Work]:
    """What the program does by itself, or for one of many, by a name to be read."""
    unit = await units.get(COMMUNE)
    assert unit is not None
    services, month = bot.services, period(f"{now:%Y-%m}")

    async def metrics() -> None:
        await gauges(Sql(bot.sharing.db), now)

    async def shown() -> None:
        subject = await services.privacy.subject(Account(PLATFORM, "7000900"), "7000900")
        await services.privacy.shown(subject)

    async def erased() -> None:
        subject = await services.privacy.subject(Account(PLATFORM, "7000901"), "7000901")
        found = await services.privacy.look_up(subject)
        async with in_transaction("default"):
            await services.privacy.erase(subject, now, found=found)

    async def told() -> None:
        assert await receipt.receipt(five_years.ANNOUNCEMENTS - 3, now.date()) is not None

    async def approved() -> None:
        """Write what an approval writes, and take it back."""
        outbox = replace(services.outbox, capabilities={PLATFORM: RICH})
        groups = await channels.of_commune(unit.id, now.date())
        with suppress(_Undone):
            async with in_transaction("default"):
                row = await Announcement.create(
                    commune_id=unit.id, number=five_years.ANNOUNCEMENTS + 1, title="Họp thôn", text="Mời bà con. " * 60,
                    state="sending", approved_at=now, created_at=now, updated_at=now,
                )  # fmt: skip
                await (await Posting.of(announcement(row), outbox)).to_each(groups, now)
                raise _Undone

    async def reported() -> None:
        await services.reports.gather(unit, month, now)

    async def scrubbed() -> None:
        assert await scrub.scrub(bot.sharing.db)

    async def verified() -> None:
        await services.audit.verify()

    async def began() -> None:
        store = bot.sharing.store()
        await store.unsent()
        await store.unfinished()

    found: dict[str, Work] = {
        "nothing": partial(asyncio.sleep, 1.0),
        "start: what an earlier process left": began,
        "/metrics": metrics,
        "/dulieu": shown,
        "receipt": told,
        f"approval for {five_years.GROUPS} groups": approved,
        "report: its figures": reported,
        "erasing one person": erased,
        "audit: verify": verified,
    }
    copy, book, papers, empty = folder / "copy.zip", folder / "book.xlsx", folder / "papers", folder / "restored"
    rmtree(empty, ignore_errors=True)
    for data, *words in (
        (folder, "backup", copy), (empty, "restore", copy), (folder, "export", "--out", book),
        (folder, "import", book, "--yes"),
        (folder, "report", "--unit", COMMUNE, "--period", f"{now:%Y}", "--out", papers),
    ):  # fmt: skip
        found[f"bot {words[0]}"] = partial(apart, data, *map(str, words))
    rules = [*retention.rules(services.privacy), *kept_until(discover())]
    for rule in rules:
        found[f"retention: {rule.table}"] = partial(retention.sweep, [rule], now)
    for one in bot.joined.work:
        found[f"clock: {one.name}"] = partial(one.tick, now)
    for job in bot.keeping:
        found[f"keeping: {job.name}"] = job.work
    found["cleaning the file of who was erased"] = scrubbed
    return found


async def measure(folder: Path, words: list[str]) -> bool:
    """Print a line for each; False when one of them makes somebody wait too long."""
    settings = Settings(data_dir=folder, platforms=["web"])
    well = True
    print(
        "| while | loop ms | read ms | write ms | an idle process ms | it took s | MB |\n|---|--:|--:|--:|--:|--:|--:|"
    )
    async with neighbour() as idle, put_together(settings, {}) as bot:
        now = datetime.now(UTC)
        for name, work in (await works(bot, folder, now)).items():
            if words and not any(word in name for word in words):
                continue
            await idle.longest()
            async with watched() as waits:
                room, began, wrong = Room(), perf_counter(), ""
                try:
                    room.of(await work())
                except Exception as error:
                    wrong = f" ({type(error).__name__}: {error})"
                took = perf_counter() - began
            late = waits.longest > MOST + (others := await idle.longest())
            well &= not late
            figures = " | ".join(f"{1000 * seconds:.0f}" for seconds in (waits.loop, waits.read, waits.write, others))
            bold = "**" if late else ""
            print(f"| {bold}{name}{bold}{wrong} | {figures} | {took:.2f} | {room.most():.0f} |", flush=True)
    return well


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.waits", description=__doc__)
    parser.add_argument("words", nargs="*", help="of the names to be measured")
    parser.add_argument("--inbox", type=int, default=five_years.INBOX, help="events of the last thirty days")
    parser.add_argument("--whole", action="store_true", help="announcements as versions before wrote them")
    parser.add_argument("--folder", type=Path, help="a data folder that was filled before; it is changed")
    given = parser.parse_args()
    HOME.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=HOME) if given.folder is None else nullcontext(given.folder) as folder:
        path = Path(folder) / "bot.sqlite3"
        if not path.exists():
            five_years.fill(path, Years(datetime.now(UTC), given.inbox, given.whole))
            os.sync()  # else the disk is still writing it while the first works are measured
        print(f"{path.stat().st_size / 1e6:.0f} MB, {given.inbox} events")
        return 0 if asyncio.run(measure(Path(folder), given.words)) else 1


if __name__ == "__main__":
    sys.exit(main())
