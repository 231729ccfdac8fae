"""Rows of the pages: what the first view of one takes on a poor mobile line, in Chromium with nothing kept."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Browser, ViewportSize, async_playwright
from yarl import URL

from benchmarks.report import Goal, Line, Section
from benchmarks.side import ROOT, Bench, ours_python
from benchmarks.slow_line import slow_line

RATE, ROUND_TRIP = 400_000 / 8, 0.4
"""The slow 3G of browsers' tools: bytes/s and seconds."""
CHROMIUM = os.environ.get("TEST_CHROMIUM", "/usr/bin/chromium")
PHONE: ViewportSize = {"width": 360, "height": 740}
PATIENCE = 60.0
_ALL_IS_THERE = 3 * ROUND_TRIP
"""Seconds of silence on the line, after which nothing more belongs to the first view."""
_FIRST_PAINT = "performance.getEntriesByName('first-contentful-paint')[0].startTime / 1000"


@dataclass(frozen=True, slots=True)
class Shown:
    """A page and the element that shows it can be used, "" if that is the first thing seen."""

    name: str
    path: str
    usable: str = ""


PAGES = (
    Shown("web chat", "/chat", "textarea"),
    Shown("guide with a picture", "/huong-dan/dvc-dang-nhap-vneid"),
    Shown("guide with five drawings", "/huong-dan/doi-bang-lai-xe"),
    Shown("list of guides", "/huong-dan"),
    Shown("demo", "/", "textarea"),
)


@dataclass(frozen=True, slots=True)
class View:
    """What one view took: kB (1,000 bytes) that came down, requests with sockets, seconds."""

    kilobytes: float
    requests: float
    first: float
    usable: float


def first_views(bench: Bench) -> Section:
    """Measure each page as often as there are rounds, in a browser that has never been there."""
    views = asyncio.run(_measured(bench.path("pages"), bench.rounds))
    return Section(tuple(line for shown in PAGES for line in _lines(shown, views[shown])))


def _lines(shown: Shown, views: Sequence[View]) -> Sequence[Line]:
    kilobytes, requests, first, usable = (
        tuple(getattr(view, name) for view in views) for name in ("kilobytes", "requests", "first", "usable")
    )
    most = shown.path != "/"  # the demo is ten chats on one page
    lines = [
        Line(f"{shown.name}: first view", kilobytes, Goal(45, 30, most=True) if most else None, "kB"),
        Line(f"{shown.name}: requests", requests, Goal(5, 3, most=True) if most else None),
        Line(f"{shown.name}: first content on slow 3G", first, Goal(2, 1.5, most=True), "s"),
    ]
    return [*lines, Line(f"{shown.name}: can be typed into", usable, unit="s")] if shown.usable else lines


async def _measured(data: Path, rounds: int) -> dict[Shown, list[View]]:
    async with _demo(data) as port, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        for shown in PAGES:  # what the server makes once is made
            await _view(browser, shown, port, rate=1e9, round_trip=0.0)
        return {shown: [await _view(browser, shown, port, RATE, ROUND_TRIP) for _ in range(rounds)] for shown in PAGES}


async def _view(browser: Browser, shown: Shown, port: int, rate: float, round_trip: float) -> View:
    context = await browser.new_context(viewport=PHONE, device_scale_factor=2, is_mobile=True, has_touch=True)
    page = await context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("websocket", lambda socket: asked.append(socket.url))
    try:
        async with asyncio.timeout(PATIENCE), slow_line(port, rate, round_trip) as line:
            await page.goto(f"http://127.0.0.1:{line.port}{shown.path}", wait_until="commit")
            usable = 0.0
            if shown.usable:
                await page.wait_for_selector(shown.usable)
                usable = await page.evaluate("performance.now() / 1000")
            await page.wait_for_load_state("load")
            await line.quiet(_ALL_IS_THERE)
            first = await page.evaluate(_FIRST_PAINT)
            return View(line.down / 1000, len([url for url in asked if not url.startswith("data:")]), first, usable)
    finally:
        await context.close()


@asynccontextmanager
async def _demo(data: Path) -> AsyncIterator[int]:
    """Yield the port of a demo with a new folder."""
    command = [str(ours_python()), "-m", "bot", "demo", "--port", "0", "--data", str(data)]
    process = await asyncio.create_subprocess_exec(
        *command, cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(PATIENCE):
            port = URL((await process.stdout.readline()).decode().split()[1]).port
        assert port is not None
        yield port
    finally:
        process.terminate()
        await process.wait()
