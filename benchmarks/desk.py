"""How long the pages of the desk take: `python -m benchmarks.desk [--times N] [WORD…]`, written into docs/desk.md.

A commune of five years (`benchmarks.desk_years`) is put together as `serve` does it, and its officer opens each page
over HTTP. The time is that of the server, from the request to the whole answer, by the clock and of the processor;
goals are held against the latter, which other work on the machine changes less. Statements are those that went to the
database. The first page is also opened right after a figure and right after a target. Then `serve` is started with
and without the desk, which nobody opens, and its memory compared. With words, only pages with one of them in their
address are opened, and nothing is written.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import gzip
import os
import re
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter, process_time

from aiohttp import ClientSession, CookieJar, web
from aiohttp.typedefs import Handler

from benchmarks import desk_years, start_rows
from benchmarks.five_years import ANNOUNCEMENTS, Years
from benchmarks.report import put_into
from benchmarks.side import HOME, ROOT
from bot.assembly.parts import put_together
from bot.features.people import people
from bot.office.desk.visit import HOME as DESK
from bot.settings import Settings
from bot.storage.group_commit import Answer
from bot.storage.sqlite import SharingClient

DOCUMENT = ROOT / "docs" / "desk.md"
BEGIN = "<!-- results: written by `python -m benchmarks.desk` -->"
TIMES, STARTS = 50, 5
PAGE, LARGEST, MEMORY = 50, 150, 5
"""Milliseconds that any page may take, those that the largest may, and MB that the desk may cost who never opens it."""
_OFFICER, _COMMUNE = 200, 2
_LARGE = ("/so-lieu", "/so-lieu?xem=het", "/so-lieu/sua", "/chi-tieu")
"""Tables of every village and indicator: a thousand cells."""
_BELOW = (
    "/so-lieu?xem=het",
    "/so-lieu/sua",
    "/so-lieu/dan",
    "/so-lieu/o?noi=thon-7&chi-tieu=CQ01",
    "/so-lieu/tien-do",
    "/so-lieu/tien-do?chi-tieu=CQ01",
    "/so-lieu/dot",
    "/thong-bao/soan",
    "/thon/thon-7",
    "/toi",
)
"""Pages that others lead to."""
_NEWS: Mapping[str, Callable[[int], Awaitable[object]]] = {
    "after a figure": desk_years.report_one,
    "after a target": desk_years.change_a_target,
}
"""After these the first page counts what is red anew: a few indicators, or all of them."""
_NAV = re.compile(r'<li><a href="/ban([^"]*)"')
_CARD = re.compile(r'href="/ban(/thong-bao/TB-[^"/?]+)"')


@dataclass
class Meter:
    """What the server did for the last request."""

    seconds: float = 0.0
    processor: float = 0.0
    statements: int = 0

    @web.middleware
    async def measured(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        self.statements, began, busy = 0, perf_counter(), process_time()
        try:
            return await handler(request)
        finally:
            self.seconds, self.processor = perf_counter() - began, process_time() - busy

    def count(self) -> None:
        """Count what goes to the database, and not what a request remembers."""
        asked = SharingClient._asked  # noqa: SLF001

        async def counted(client: SharingClient, query: str, values: list[object] | None) -> Answer:
            self.statements += 1
            return await asked(client, query, values)

        SharingClient._asked = counted  # type: ignore[method-assign,assignment]  # noqa: SLF001


@dataclass
class Page:
    """A page with what each opening of it took; `kilobytes` are those of its text before it is `packed`."""

    path: str
    when: str = ""
    milliseconds: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)
    statements: int = 0
    kilobytes: float = 0.0
    packed: float = 0.0

    @property
    def p99(self) -> float:
        return _p99(self.processor)

    @property
    def most(self) -> int:
        return LARGEST if self.path in _LARGE else PAGE

    def row(self) -> str:
        late = "" if self.p99 <= self.most else " **missed**"
        times = f"{median(self.milliseconds):.0f} | {_p99(self.milliseconds):.0f} | {median(self.processor):.0f}"
        times += f" | {self.p99:.0f}{late} | ≤ {self.most}"
        shown = f"`{DESK}{self.path}`" + (f" {self.when}" if self.when else "")
        return f"| {shown} | {times} | {self.statements} | {self.kilobytes:.0f} | {self.packed:.1f} |"


def _p99(values: Sequence[float]) -> float:
    return quantiles(values, n=100, method="inclusive")[98]


@asynccontextmanager
async def opened(folder: Path, meter: Meter) -> AsyncIterator[ClientSession]:
    """Yield the browser of an officer who sat down at the desk."""
    settings = Settings(data_dir=folder, platforms=["web", "workdesk"])
    async with put_together(settings, {}) as bot:
        bot.pages.middlewares.append(meter.measured)  # inside the gate, at which who asks as fast as a probe waits
        runner = web.AppRunner(bot.pages)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        origin = f"http://{host}:{port}"
        officer = (await people.holders("officer", _COMMUNE, datetime.now(UTC)))[0].person_id
        key = await bot.services.desk.offer(officer)
        gc.collect()
        gc.freeze()  # as `serve` does: what it started with is not looked through again
        try:
            async with ClientSession(origin, cookie_jar=CookieJar(unsafe=True)) as browser:
                await browser.post(f"{DESK}/vao", data={"ma": key.link}, headers={"Origin": origin})
                yield browser
        finally:
            await runner.cleanup()


async def measure(folder: Path, words: Sequence[str], times: int) -> Sequence[Page]:
    meter = Meter()
    async with opened(folder, meter) as browser:
        paths = await addresses(browser)
        meter.count()
        pages = [*(Page(path) for path in paths), *(Page("", when) for when in _NEWS)]
        pages = [page for page in pages if not words or any(word in page.path + page.when for word in words)]
        for page in pages:
            await _text(browser, page.path)  # its template is read, and its statements are known
        for time in range(times):
            for page in pages:
                if page.when:
                    await _NEWS[page.when](time)
                text = await _text(browser, page.path)
                page.milliseconds.append(1000 * meter.seconds)
                page.processor.append(1000 * meter.processor)
                page.statements, page.kilobytes = meter.statements, len(text.encode()) / 1000
                page.packed = len(gzip.compress(text.encode(), 6)) / 1000
        return pages


async def addresses(browser: ClientSession) -> Sequence[str]:
    """Return the pages that are listed, and some that those lead to, below the address of the desk."""
    first = await _text(browser, "")
    cards = _CARD.findall(await _text(browser, "/thong-bao"))[:1]
    return list(dict.fromkeys([*_NAV.findall(first), *_BELOW, *cards]))


async def _text(browser: ClientSession, path: str) -> str:
    async with browser.get(DESK + path) as answer:
        answer.raise_for_status()
        return await answer.text()


async def memory(folder: Path) -> tuple[float, float]:
    """(MB of `serve` without the desk, MB with it and nobody who opens it)."""
    found: dict[str, list[float]] = {"web": [], "web,workdesk": []}
    for _ in range(STARTS):
        for platforms, megabytes in found.items():
            megabytes.append((await start_rows.ready(folder / platforms, platforms))[1])
    without, with_desk = (median(one) for one in found.values())
    return without, with_desk


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.desk", description=__doc__)
    parser.add_argument("words", nargs="*", help="of the addresses to be opened")
    parser.add_argument("--times", type=int, default=TIMES, help="how often each page is opened")
    parser.add_argument("--memory", action="store_true", help="measure the memory alone, write nothing")
    given = parser.parse_args()
    HOME.mkdir(exist_ok=True)
    if given.memory:
        with tempfile.TemporaryDirectory(dir=HOME) as folder:
            without, with_desk = asyncio.run(memory(Path(folder)))
        costs = with_desk - without
        print(f"{with_desk:.1f} MB with workdesk, {without:.1f} MB without it: {costs:+.1f}, goal ≤ {MEMORY}")
        return 0 if with_desk - without <= MEMORY else 1
    with tempfile.TemporaryDirectory(dir=HOME) as folder:
        years = Years(datetime.now(UTC))
        count = desk_years.fill(Path(folder) / "bot.sqlite3", years)
        pages = asyncio.run(measure(Path(folder), given.words, given.times))
        rows = "\n".join(page.row() for page in pages)
        heads = "| page | p50 ms | p99 ms | of the processor: p50 ms | p99 ms | goal | statements | kB | packed |"
        result = f"{heads}\n|---|--:|--:|--:|--:|--:|--:|--:|--:|\n{rows}\n"
        print(result)
        if given.words:
            return 0
        without, with_desk = asyncio.run(memory(Path(folder) / "memory"))
    load = f"{os.getloadavg()[2]:.1f} of {os.cpu_count()} processors"
    said = (
        f"\n30 villages, {count:,} figures, {ANNOUNCEMENTS:,} announcements; each page {given.times} times, by turns."
        f" The goal is held against processor time; meanwhile the machine's load was {load}."
        f" Memory of `serve` that nobody asks for the desk: {with_desk:.1f} MB with `workdesk`, {without:.1f} MB"
        f" without it ({with_desk - without:+.1f}; goal ≤ {MEMORY}).\n"
    )
    print(said)
    put_into(DOCUMENT, result + said, begin=BEGIN)
    return 0 if all(page.p99 <= page.most for page in pages) and with_desk - without <= MEMORY else 1


if __name__ == "__main__":
    sys.exit(main())
