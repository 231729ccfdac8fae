"""Rows of the framework: what an import takes of memory, and an app of one file until it has answered."""

from __future__ import annotations

import asyncio
import os
import subprocess
from pathlib import Path
from time import perf_counter

from aiohttp import ClientSession

from benchmarks.report import Goal, Line, Section
from benchmarks.side import ROOT, Bench, ours_python
from benchmarks.start_rows import resident

TURNS = 5
PATIENCE = 60.0
_RESIDENT = """
import os
import bot.framework
print(int(open("/proc/self/statm").read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6)
"""


def small(bench: Bench) -> Section:
    imported, console, web = [], [], []
    turns = bench.scaled(TURNS)
    for number in range(turns):
        imported.append(float(subprocess.check_output([str(ours_python()), "-c", _RESIDENT], cwd=ROOT, text=True)))
        console.append(asyncio.run(typed(bench.path(f"console{number}"))))
        web.append(asyncio.run(opened(bench.path(f"web{number}"))))
    return Section(
        (
            Line("memory of `import bot.framework`", tuple(imported), Goal(30, 27, most=True), "MB"),
            Line("an app on the console, new folder, to its first answer", tuple(one[0] for one in console), unit="s"),
            Line("its memory then", tuple(one[1] for one in console), Goal(60, 55, most=True), "MB"),
            Line("an app with the web chat, new folder, to its page", tuple(one[0] for one in web), unit="s"),
            Line("its memory then", tuple(one[1] for one in web), Goal(75, 65, most=True), "MB"),
        )
    )


async def typed(folder: Path) -> tuple[float, float]:
    """(seconds until the library's bot has answered the first line, its resident memory then in MB)."""
    began = perf_counter()
    process = await _library(folder, "console")
    try:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(b"hello\n")
        async with asyncio.timeout(PATIENCE):
            await process.stdout.readline()
        return perf_counter() - began, resident(process.pid)
    finally:
        process.terminate()
        await process.communicate()


async def opened(folder: Path) -> tuple[float, float]:
    """(seconds until the page of the library's bot is there, its resident memory then in MB)."""
    began = perf_counter()
    process = await _library(folder, "web")
    try:
        assert process.stderr is not None
        async with asyncio.timeout(PATIENCE):
            while b"ready http" not in (line := await process.stderr.readline()):
                assert line, "it ended"
            url = line.decode().split()[-1]
            async with ClientSession() as visitor, visitor.get(f"{url}/chat") as page:
                assert page.status == 200
        return perf_counter() - began, resident(process.pid)
    finally:
        process.terminate()
        await process.communicate()


async def _library(folder: Path, platform: str) -> asyncio.subprocess.Process:
    environ = {
        **os.environ, "PYTHONPATH": str(ROOT), "BOT_PLATFORMS": platform, "BOT_DATA_DIR": str(folder), "BOT_PORT": "0"
    }  # fmt: skip
    return await asyncio.create_subprocess_exec(
        str(ours_python()), str(ROOT / "examples" / "library.py"), env=environ,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
