"""Rows of the start: from nothing to the first answer of the demo, and what it takes of memory."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from time import perf_counter
from uuid import uuid4

from aiohttp import ClientError, ClientSession, CookieJar

from benchmarks import load
from benchmarks.http_rows import free_port
from benchmarks.report import Goal, Line, Section
from benchmarks.side import ROOT, Bench, ours_python
from benchmarks.traffic import TOKEN

IMPORTS = "import aiohttp, tortoise, babel"
TURNS = 3
"""Starts and imports by turns in a round: one of each is too short to compare."""
PATIENCE = 60.0
MODULES = "from bot.assembly import app, families; families.discover()"
_IMPORTED = re.compile(r"^import time: +(?P<own>\d+) \| +\d+ \| +(?P<name>\S+)$", re.MULTILINE)
_ROOMS = frozenset({"bot.core", "bot.storage", "bot.features", "bot.handlers"})
_MEASURED = (
    "import aiohttp, tortoise, pydantic, os, time\n"
    "pages = int(open('/proc/self/statm').read().split()[1])\n"
    "print(time.process_time(), pages * os.sysconf('SC_PAGE_SIZE') / 1e6)"
)


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


def web(bench: Bench) -> Section:
    """Measure `serve` with the web alone until it is ready, the second start of a folder, beside three imports."""
    folder, ratios, memory = bench.path("web"), [], []
    asyncio.run(ready(folder))
    for _ in range(bench.rounds):
        busy, megabytes = asyncio.run(ready(folder))
        ended = subprocess.run([str(ours_python()), "-c", _MEASURED], check=True, capture_output=True, text=True)
        least, smallest = map(float, ended.stdout.split())
        ratios.append(busy / least)
        memory.append(megabytes / smallest)
    return Section(
        (
            Line(
                "processor time of `serve` with the web until it is ready ÷ three imports",
                tuple(ratios),
                Goal(2.5, 2, most=True),
            ),
            Line("its memory then ÷ theirs", tuple(memory), Goal(1.75, 1.5, most=True)),
            *imported(bench.rounds),
        )
    )


def imported(rounds: int) -> list[Line]:
    """Return the time of the modules of a start by `python -X importtime`, each without its imports, by room."""
    took: dict[str, list[float]] = {}
    for _ in range(rounds):
        for room, seconds in by_room(import_times()).items():
            took.setdefault(room, []).append(1000 * seconds)
    large = sorted(took.items(), key=lambda item: -min(item[1]))
    return [Line(f"modules of `{room}` at a start, by importtime", tuple(each), unit="ms") for room, each in large]


def import_times() -> Mapping[str, float]:
    """Return the seconds of each module that `serve` imports, by its name."""
    command = [str(ours_python()), "-X", "importtime", "-c", MODULES]
    told = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stderr
    return {found["name"]: int(found["own"]) / 1e6 for found in _IMPORTED.finditer(told)}


def by_room(seconds: Mapping[str, float]) -> Mapping[str, float]:
    found: dict[str, float] = {}
    for name, each in seconds.items():
        room = ".".join(name.split(".")[:2])
        if room not in _ROOMS:
            room = "the rest of the bot" if name.partition(".")[0] == "bot" else "libraries"
        found[room] = found.get(room, 0.0) + each
    return found


async def ready(data: Path, platforms: str = "web") -> tuple[float, float]:
    """(processor seconds until `serve` says that it is ready, its resident memory then in MB)."""
    port = free_port()
    environ = {
        **os.environ,
        "BOT_PLATFORMS": platforms,
        "BOT_PUBLIC_URL": "http://127.0.0.1",
        "BOT_PORT": str(port),
        "BOT_DATA_DIR": str(data),
    }
    process = await asyncio.create_subprocess_exec(
        str(ours_python()), "-m", "bot", "serve", cwd=ROOT, env=environ,
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        async with asyncio.timeout(PATIENCE), ClientSession() as visitor:
            while not await _answers(visitor, f"http://127.0.0.1:{port}/readyz"):  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.05)
        return processor_seconds(process.pid), resident(process.pid)
    finally:
        process.terminate()
        await process.wait()


async def _answers(visitor: ClientSession, url: str) -> bool:
    try:
        async with visitor.get(url) as answer:
            return answer.status == HTTPStatus.OK
    except ClientError:
        return False


def processor_seconds(pid: int) -> float:
    ticks = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")


def telegram(bench: Bench) -> Section:
    seconds, processor, memory = [], [], []
    for _ in range(bench.rounds):
        took, busy, megabytes = asyncio.run(hooked(bench.path("telegram")))
        seconds.append(took)
        processor.append(busy)
        memory.append(megabytes)
    return Section(
        (
            Line("start of `serve` with Telegram to setWebhook, new folder", tuple(seconds), unit="s"),
            Line("processor time it took", tuple(processor), unit="s"),
            Line("its memory then", tuple(memory), unit="MB"),
        )
    )


async def hooked(data: Path) -> tuple[float, float, float]:
    """(seconds until `serve` with a new folder asks Telegram for updates, those of processor, its memory in MB)."""
    async with load.telegram() as server:
        environ = {
            **os.environ,
            "BOT_PLATFORMS": "telegram",
            "BOT_TELEGRAM_TOKEN": TOKEN,
            "BOT_TELEGRAM_API_BASE": server.url,
            "BOT_TELEGRAM_MODE": "webhook",
            "BOT_PUBLIC_URL": "http://127.0.0.1",
            "BOT_PORT": "0",
            "BOT_DATA_DIR": str(data),
        }
        began = perf_counter()
        process = await asyncio.create_subprocess_exec(
            str(ours_python()), "-m", "bot", "serve", cwd=ROOT, env=environ,
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        try:
            async with asyncio.timeout(PATIENCE):
                await server.hooked.wait()
            seconds = perf_counter() - began
            return seconds, processor_seconds(process.pid), resident(process.pid)
        finally:
            process.terminate()
            await process.wait()


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
        return seconds, resident(process.pid)
    finally:
        process.terminate()
        await process.wait()


def resident(pid: int) -> float:
    """Resident memory of a process in MB."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


async def says_menu(url: str) -> None:
    async with (
        ClientSession(cookie_jar=CookieJar(unsafe=True)) as visitor,
        visitor.ws_connect(f"{url}/chat/ws?phone=rich", origin=url) as socket,
    ):
        await socket.send_json({"since": 0})
        await socket.send_json({"id": str(uuid4()), "text": "menu"})
        while (await socket.receive_json()).get("message", {}).get("from") != "bot":
            pass
