"""The example of two processes as it is documented: started twice, one killed, and the conversation goes on."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import sys
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest
from aiohttp import ClientError, ClientSession, CookieJar

from bot.framework.sharing import PARTITIONS, space_of
from bot.framework.testing import PLAIN, RICH, told
from examples import processes
from tests.broker import delete_queues
from tests.conftest import BROKER
from tests.framework import documents
from tests.ports import unused_port
from tests.postgres import run_on_postgres, url_of

ROOT = Path(__file__).parent.parent.parent
_ANSWER = re.compile(r"Message (\d+), answered by process (\d+)\.")


@pytest.mark.parametrize("capabilities", [RICH, PLAIN], ids=["rich", "plain"])
async def test_in_one_process_it_counts_too(capabilities: object) -> None:
    async with told(processes.app, capabilities) as world:  # type: ignore[arg-type]
        ann = world.talk("Ann")
        await ann.says("hello")
        await ann.restarts()
        await ann.says("hello")
        assert ann.heard.startswith("Message 2, ")


def test_the_guide_shows_it_from_its_file() -> None:
    (shown,) = [block.text for block in documents.blocks("guides.md") if block.file == "processes.py"]
    assert shown == f"# processes.py\n{Path(processes.__file__).read_text('utf-8')}"


@asynccontextmanager
async def _started(
    environ: Mapping[str, str], module: str = "examples.processes"
) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    port = unused_port()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, cwd=ROOT, env={**environ, "BOT_PORT": str(port)}
    )
    url = f"http://127.0.0.1:{port}"
    try:
        async with asyncio.timeout(30), ClientSession() as http:
            while True:
                try:
                    await (await http.get(f"{url}/healthz")).read()
                    break
                except ClientError:
                    await asyncio.sleep(0.05)
        yield process, url
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _says(browser: ClientSession, url: str, words: str) -> tuple[int, int]:
    """Say something on a process's page; return the number in the answer, and the process that gave it."""
    origin = {"Origin": url}
    await (await browser.get(f"{url}/chat")).read()
    async with asyncio.timeout(20), browser.ws_connect(f"{url}/chat/ws", headers=origin) as socket:
        await socket.send_json({"since": 0})
        await socket.send_json({"id": str(uuid.uuid4()), "text": words})
        said = False
        async for frame in socket:
            said |= words in frame.data
            if said and (found := _ANSWER.findall(json.dumps(json.loads(frame.data)))):
                return int(found[-1][0]), int(found[-1][1])
    raise AssertionError("no answer")


@pytest.fixture
async def environ(tmp_path: Path) -> AsyncIterator[dict[str, str]]:
    """The settings that two processes of an app have in common, on a database that has its tables."""
    name, key = f"langso_{uuid.uuid4().hex[:12]}", uuid.uuid4().hex
    environ = {
        **{k: v for k, v in os.environ.items() if not k.startswith("BOT_")},
        "BOT_DATABASE_URL": url_of(name),
        "BOT_BROKER_URL": BROKER,
        "BOT_SECRET_KEY": key,
        "BOT_DATA_DIR": str(tmp_path),
    }
    await run_on_postgres(f'create database "{name}"')
    migrating = [sys.executable, "-m", "bot.framework.migration", "examples.processes:app"]
    assert await (await asyncio.create_subprocess_exec(*migrating, cwd=ROOT, env=environ)).wait() == 0
    yield environ
    await run_on_postgres(f'drop database "{name}" with (force)')
    await delete_queues(space_of(key.encode()), PARTITIONS)


@pytest.mark.postgres
@pytest.mark.broker
async def test_a_conversation_goes_on_when_the_process_that_has_it_is_killed(environ: dict[str, str]) -> None:
    async with (
        ClientSession(cookie_jar=CookieJar(unsafe=True)) as browser,
        _started(environ) as one,
        _started(environ) as other,
    ):
        answers = [await _says(browser, url, f"words {at}") for at, (_, url) in enumerate((one, other, one))]
        assert [number for number, _ in answers] == [1, 2, 3]
        killed = answers[-1][1]
        os.kill(killed, signal.SIGKILL)
        (left,) = ((process, url) for process, url in (one, other) if process.pid != killed)
        assert await _says(browser, left[1], "words after") == (4, left[0].pid)


@pytest.mark.postgres
@pytest.mark.broker
async def test_a_clock_runs_in_one_of_two_processes_and_when_it_is_killed_in_the_other(environ: dict[str, str]) -> None:
    connection = await asyncpg.connect(environ["BOT_DATABASE_URL"])

    async def ran_in(times: int) -> list[int]:
        while True:
            found = await connection.fetchval("select value from platform_values where value like ' %'")
            if len(ran := [int(pid) for pid in (found or "").split()]) >= times:
                return ran
            await asyncio.sleep(0.05)

    async with (
        asyncio.timeout(60),
        _started(environ, "tests.framework.ticking") as one,
        _started(environ, "tests.framework.ticking") as other,
    ):
        before = await ran_in(10)
        assert set(before) == {one[0].pid}
        one[0].kill()
        await one[0].wait()
        begun = await ran_in(0)
        after = await ran_in(len(begun) + 3)
        assert set(after[len(begun) :]) == {other[0].pid}
    await connection.close()
