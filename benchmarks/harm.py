"""What one loud visitor and many slow connections cost everybody else: `python -m benchmarks.harm [NAME…]`.

Everything goes to a bot on this machine that is started for it. Each address of 127.0.0.0/8 is an address of its own,
as a device in the commune's network is. The abuser is a process apart. Figures are printed beside those of a calm
stretch of the same run, for the machine may be busy with other things.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from uuid import uuid4

from aiohttp import ClientError, ClientSession, ClientTimeout, ClientWebSocketResponse, CookieJar, TCPConnector

from benchmarks.side import ROOT

ABUSER, CALM = "127.0.0.66", "127.0.0.7"
SOCKETS, OTHERS, SLOW = 100, 10, 5_000
CALM_SECONDS, LOUD_SECONDS = 15.0, 30.0
EVERY = 0.5
FILES = 1024
_DAY = 24 * 3600
_LONG = ("Bà con hỏi mk: abc123 thủ tục khai sinh, stk 0912345678 otp 12 34 ở đâu? " * 60)[:3_900]


@dataclass
class Bot:
    """A bot that serves; `log` is what it wrote to stderr, `folder` its data."""

    process: subprocess.Popen[str]
    url: str
    folder: Path
    log: Path

    @property
    def cpu(self) -> float:
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    @property
    def starved(self) -> float:
        """Seconds that its loop could have gone on and waited for a processor, which others of this machine had."""
        return int(Path(f"/proc/{self.process.pid}/schedstat").read_text().split()[1]) / 1e9

    @property
    def on_disk(self) -> int:
        """Bytes of its data and its log."""
        files = [path for path in self.folder.rglob("*") if path.is_file()]
        return sum(path.stat().st_size for path in files) + self.log.stat().st_size

    @property
    def given_to_disk(self) -> int:
        """Bytes that the process gave to the disk, journals too."""
        lines = Path(f"/proc/{self.process.pid}/io").read_text().splitlines()
        return int(next(line.split()[1] for line in lines if line.startswith("write_bytes")))


@asynccontextmanager
async def bot(home: Path, *, files: int | None = None) -> AsyncIterator[Bot]:
    """`files` is how many the process may open, soft and hard, as `ulimit -n` sets them."""
    folder, log = home / "data", home / "log"
    folder.mkdir(parents=True)
    own = {name: value for name, value in os.environ.items() if not name.startswith("BOT_")}
    env = {**own, "PYTHONPATH": str(ROOT), "BOT_PLATFORMS": "web", "BOT_DATA_DIR": str(folder), "BOT_PORT": "0"}

    def limit() -> None:
        if files is not None:
            resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))

    with log.open("w") as stderr:
        process = subprocess.Popen(  # noqa: ASYNC220 - it goes on
            [sys.executable, "-m", "bot", "serve"], cwd=home, env=env, stdout=subprocess.PIPE, stderr=stderr, text=True,
            preexec_fn=limit,
        )  # fmt: skip
        try:
            assert process.stdout is not None
            line = await asyncio.to_thread(process.stdout.readline)
            assert line.startswith("ready "), log.read_text()
            yield Bot(process, line.split()[1], folder, log)
        finally:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                await asyncio.to_thread(process.wait, 20)
            process.kill()


@asynccontextmanager
async def visitor(url: str, address: str) -> AsyncIterator[ClientWebSocketResponse]:
    """A page of somebody at `address`, with its first page of history asked for."""
    connector = TCPConnector(local_addr=(address, 0), limit=0)
    async with ClientSession(connector=connector, cookie_jar=CookieJar(unsafe=True)) as session:
        async with session.get(f"{url}/chat") as page:
            await page.read()
        async with session.ws_connect(f"{url}/chat/ws", origin=url) as socket:
            await socket.send_json({"since": 0})
            yield socket


def centile(times: Sequence[float], share: float) -> float:
    return sorted(times)[min(len(times) - 1, int(len(times) * share))] if times else float("inf")


def told(times: Sequence[float]) -> str:
    if not times:
        return "none"
    half, p99 = statistics.median(times) * 1000, centile(times, 0.99) * 1000
    return f"median {half:.0f} ms, p99 {p99:.0f} ms, longest {max(times) * 1000:.0f} ms ({len(times)})"


async def _asks(url: str, number: int, until: float, times: list[float]) -> None:
    """Somebody who asks something every half second, and how long each answer of the bot took."""
    async with visitor(url, f"127.0.1.{number + 1}") as socket:
        while perf_counter() < until:
            began, key = perf_counter(), str(uuid4())
            await socket.send_json({"id": key, "text": "menu"})
            try:
                while f'"id": "{key}"' not in await socket.receive_str(timeout=30):
                    pass
                while '"from": "bot"' not in await socket.receive_str(timeout=30):
                    pass
            except TimeoutError:
                times.append(perf_counter() - began)
                return
            times.append(perf_counter() - began)
            await asyncio.sleep(EVERY * 6)  # 20 a minute are a person's, more are made to wait


async def others(url: str, seconds: float) -> list[float]:
    times: list[float] = []
    until = perf_counter() + seconds

    async def one(number: int) -> None:
        await asyncio.sleep(number * EVERY * 6 / OTHERS)
        await _asks(url, number, until, times)

    await asyncio.gather(*(one(number) for number in range(OTHERS)))
    return times


async def be_loud(url: str, seconds: float) -> None:
    """SOCKETS visitors of one address say long things as fast as they are read."""
    until = perf_counter() + seconds

    async def one(number: int) -> tuple[int, int]:
        sent = acknowledged = 0
        with contextlib.suppress(ClientError, OSError, TimeoutError, asyncio.TimeoutError, TypeError):
            async with visitor(url, ABUSER) as socket:

                async def hear() -> None:
                    nonlocal acknowledged
                    async for message in socket:
                        acknowledged += '"ack"' in str(message.data)[:8]

                hearing = asyncio.create_task(hear())
                while perf_counter() < until and not socket.closed:
                    frame = json.dumps({"id": str(uuid4()), "text": f"{number} {sent} {_LONG}"}, ensure_ascii=False)
                    await asyncio.wait_for(socket.send_str(frame), max(0.1, until - perf_counter()))
                    sent += 1
                    await asyncio.sleep(0)
                hearing.cancel()
        return sent, acknowledged

    counts = await asyncio.gather(*(one(number) for number in range(SOCKETS)))
    print(json.dumps([sum(sent for sent, _ in counts), sum(heard for _, heard in counts)]))


async def _apart(what: str, url: str, seconds: float) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.harm", "--be", what, "--url", url, "--seconds", str(seconds),
        cwd=ROOT, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip


async def visitor_row(home: Path) -> None:
    async with bot(home) as running:
        await others(running.url, 4)
        calm = await others(running.url, CALM_SECONDS)
        print(f"  others, calm:   {told(calm)}")
        kept, given, cpu, began = running.on_disk, running.given_to_disk, running.cpu, perf_counter()
        starved = running.starved
        abuser = await _apart("loud", running.url, LOUD_SECONDS)
        await asyncio.sleep(3)
        loud = await others(running.url, LOUD_SECONDS - 8)
        print(f"  others, beside: {told(loud)}; p99 is {centile(loud, 0.99) / centile(calm, 0.99):.1f} times the calm")
        said = await abuser.communicate()
        spent = perf_counter() - began
        kept, given = running.on_disk - kept, running.given_to_disk - given
        cpu, starved = (running.cpu - cpu) / spent, (running.starved - starved) / spent
        print(
            f"  sent, acknowledged: {said[0].decode().strip()}; {cpu:.0%} of a processor, {starved:.0%} waiting for one"
        )
        print(f"  kept {kept / 1e6:.1f} MB in {spent:.0f} s, given to the disk {given / 1e6:.1f} MB")


async def be_slow(url: str, seconds: float) -> None:
    """SLOW connections that send a header a byte at a time; what is closed is opened again."""
    host, port = url.removeprefix("http://").split(":")
    until, opened = perf_counter() + seconds, 0
    at_once = asyncio.Semaphore(200)

    async def one() -> None:
        nonlocal opened
        while perf_counter() < until:
            with contextlib.suppress(OSError, TimeoutError, asyncio.TimeoutError):
                async with at_once:
                    _, writer = await asyncio.wait_for(asyncio.open_connection(host, int(port)), 5)
                opened += 1
                writer.write(b"GET / HTTP/1.1\r\nX: ")
                while perf_counter() < until and not writer.is_closing():
                    writer.write(b"a")
                    await writer.drain()
                    await asyncio.sleep(1)
                writer.close()
            await asyncio.sleep(2)

    await asyncio.gather(*(one() for _ in range(SLOW)))
    print(json.dumps(opened))


async def connections_row(home: Path) -> None:
    async with bot(home, files=FILES) as running, ClientSession(timeout=ClientTimeout(total=10)) as session:

        async def well(seconds: float) -> tuple[list[float], int]:
            times, failed, until = [], 0, perf_counter() + seconds
            while perf_counter() < until:
                began = perf_counter()
                try:
                    async with session.get(f"{running.url}/healthz", headers={"Connection": "close"}) as answer:
                        assert await answer.text() == "ok\n"
                    times.append(perf_counter() - began)
                except (ClientError, TimeoutError, OSError):
                    failed += 1
                await asyncio.sleep(0.1)
            return times, failed

        calm, _ = await well(5)
        print(f"  /healthz, calm:   {told(calm)}")
        abuser = await _apart("slow", running.url, LOUD_SECONDS)
        await asyncio.sleep(5)
        cpu, began = running.cpu, perf_counter()
        beside, failed = await well(LOUD_SECONDS - 10)
        cpu = (running.cpu - cpu) / (perf_counter() - began)
        print(f"  /healthz, beside: {told(beside)}, {failed} not answered; {cpu:.0%} of a processor")
        said = await abuser.communicate()
        size = running.log.stat().st_size
        print(f"  opened {said[0].decode().strip()}; {size / 1e6:.2f} MB of log")


async def uploads_row(home: Path) -> None:
    """One address sends all it can; then somebody else sends one file."""
    data = b"\xff\xd8\xff" + bytes(19_000_000)

    async def send(url: str, address: str, body: bytes) -> int:
        connector = TCPConnector(local_addr=(address, 0))
        headers = {"Origin": url, "Content-Type": "image/jpeg", "X-File-Name": "a.jpg"}
        target = f"{url}/chat/file?id={uuid4()}"
        async with (
            ClientSession(connector=connector, cookie_jar=jars[address]) as session,
            session.post(target, data=body, headers=headers) as answer,
        ):
            return answer.status

    async with bot(home) as running:
        jars = {address: CookieJar(unsafe=True) for address in (ABUSER, CALM)}
        statuses = [await send(running.url, ABUSER, data) for _ in range(50)]
        print(f"  one address: {statuses.count(200)} of 50 files of 19 MB were taken")
        print(f"  another address, one photo: HTTP {await send(running.url, CALM, data[:200_000])}")


ROWS: dict[str, Callable[[Path], Coroutine[None, None, None]]] = {
    "connections": connections_row,
    "visitor": visitor_row,
    "uploads": uploads_row,
}
_PARTS: dict[str, Callable[[str, float], Coroutine[None, None, None]]] = {"loud": be_loud, "slow": be_slow}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.harm", description=__doc__)
    parser.add_argument("rows", nargs="*", help=f"of {', '.join(ROWS)}; else all")
    parser.add_argument("--be", choices=sorted(_PARTS), help=argparse.SUPPRESS)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    parser.add_argument("--seconds", type=float, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.be is not None:
        asyncio.run(_PARTS[given.be](given.url, given.seconds))
        return
    for name in given.rows or ROWS:
        print(f"{name}:", flush=True)
        with tempfile.TemporaryDirectory() as folder:
            asyncio.run(ROWS[name](Path(folder)))


if __name__ == "__main__":
    main()
