"""Rows of the start: from nothing to the first answer of the demo, and what it takes of memory."""

from __future__ import annotations

import asyncio
import os
import subprocess
from pathlib import Path
from time import perf_counter
from uuid import uuid4

from aiohttp import ClientSession, CookieJar

from benchmarks.report import Goal, Line, Section
from benchmarks.side import ROOT, Bench, ours_python

IMPORTS = "import aiohttp, tortoise, babel"
TURNS = 3
"""Starts and imports by turns in a round: one of each is too short to compare."""
PATIENCE = 60.0


def demo(bench: Bench) -> Section:
    ratios, memory = [], []
    for _ in range(bench.rounds):
        starts = imports = 0.0
        for _ in range(bench.scaled(TURNS)):
            seconds, megabytes = asyncio.run(first_answer(bench.path("demo")))
            starts += seconds
            began = perf_counter()
            subprocess.run([str(ours_python()), "-c", IMPORTS], check=True)
            imports += perf_counter() - began
        ratios.append(starts / imports)
        memory.append(megabytes)
    return Section(
        (
            Line("start of the web demo to the first answer ÷ three imports", tuple(ratios), Goal(2.5, 1.5, most=True)),
            Line("memory of the demo after it", tuple(memory), Goal(110, 80, most=True), "MB"),
        )
    )


async def first_answer(data: Path) -> tuple[float, float]:
    """(seconds until a visitor of a demo with a new folder reads the first answer, its resident memory then in MB)."""
    began = perf_counter()
    command = [str(ours_python()), "-m", "bot", "demo", "--port", "0", "--data", str(data)]
    process = await asyncio.create_subprocess_exec(
        *command, cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(PATIENCE):
            url = (await process.stdout.readline()).decode().split()[1]
            await says_menu(url)
        seconds = perf_counter() - began
        pages = int(Path(f"/proc/{process.pid}/statm").read_text().split()[1])  # noqa: ASYNC240 - not a disk
        return seconds, pages * os.sysconf("SC_PAGE_SIZE") / 1e6
    finally:
        process.terminate()
        await process.wait()


async def says_menu(url: str) -> None:
    async with (
        ClientSession(cookie_jar=CookieJar(unsafe=True)) as visitor,
        visitor.ws_connect(f"{url}/chat/ws?phone=rich", origin=url) as socket,
    ):
        await socket.send_json({"since": 0})
        await socket.send_json({"id": str(uuid4()), "text": "menu"})
        while (await socket.receive_json()).get("message", {}).get("from") != "bot":
            pass
