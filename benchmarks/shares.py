"""How much more several processes carry than one: real events over HTTP, on one PostgreSQL and one RabbitMQ.

python -m benchmarks.shares [--processes 1 4] [--turns N] [--delay MS] [--events N] [--lanes N] [--rate N] [--busy]
                           [--tree FOLDER] [--no-broker]

Each process has as many events under way as it has lanes, never two of one chat. PostgreSQL is its own, with commits
that take `delay` (`commit_delay`, no matter how many wait); RabbitMQ is the one at TEST_BROKER_URL. With `--rate` so
many events come in a second, at even distances: more processes than a machine has processors take each other's caches
away when all are busy, which is no share of the work. `--busy` takes that difference out in another way: work of the
lowest priority keeps every processor busy all the time, beside one process as beside four. `--tree` measures
the bot of another checkout, `--no-broker` one that shares its work without a broker, as it did until November 2026.
`--turns` measures all of them so often, one after the other, and tells the middle: a shared machine is at times half
as fast as at others.
The last two columns are the share of the statements under way that wait for a lock of rows, tables or by advice, and
for one within the server (its log among them), as seen every twenty milliseconds.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
import uuid
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

import aio_pika
import asyncpg

from benchmarks import load
from benchmarks.http_rows import free_port
from benchmarks.side import ROOT
from benchmarks.start_rows import processor_seconds
from benchmarks.traffic import TOKEN, text_update
from bot.framework.sharing import PARTITIONS, space_of

BROKER = os.environ.get("TEST_BROKER_URL", "amqp://guest:guest@127.0.0.1:5672/")
SAID = (
    ("chữ lớn", "Cỡ chữ thì bác chỉnh"),
    ("/menu", "Bác cần việc gì"),
    ("chữ thường", "Đã về cỡ chữ thường"),
    ("khai sinh", "Có phải bác cần bài này"),
)
"""Words, and what the last message of their answer begins with. Two change the session, one opens a menu, one searches
the guides; a new chat is greeted before the first."""
WARM = 3
"""Rounds of each chat that are not measured."""
_PROGRAMS = max(Path("/usr/lib/postgresql").glob("*/bin"), default=Path(), key=lambda one: one.parent.name)


@dataclass(frozen=True)
class Measured:
    """`ours` and `server` are milliseconds of processor time of an event: of the bot's processes, of PostgreSQL's.

    `locks` and `inner` are shares of the statements under way that wait for a lock, and for one within the server.
    """

    processes: int
    per_second: float
    answered: float
    ours: float
    server: float
    locks: float
    inner: float


_WAITS = (
    "select count(*) as n, count(*) filter (where wait_event_type = 'Lock') as locks,"
    " count(*) filter (where wait_event_type = 'LWLock') as inner_locks from pg_stat_activity"
    " where datname = 'langso' and backend_type = 'client backend' and state = 'active'"
)
_LOOKS_APART = 0.02
"""Seconds. Every 3 ms took a tenth of two processors, which then lacked to what is measured."""


class Waits:
    """What the statements under way wait for, looked at again and again."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._counts = [0, 0, 0]

    @asynccontextmanager
    async def counted(self) -> AsyncIterator[int]:
        """Look at them during the block; yield the number of the server's process that looks."""
        connection = await asyncpg.connect(self._url)
        task = asyncio.create_task(self._count(connection))
        try:
            yield connection.get_server_pid()
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await connection.close()

    def shares(self) -> tuple[float, float]:
        """Return the shares of locks and of those within the server."""
        all_of_them, locks, inner = self._counts
        return locks / max(1, all_of_them), inner / max(1, all_of_them)

    async def _count(self, connection: asyncpg.Connection) -> None:
        while True:
            self._counts = [old + new for old, new in zip(self._counts, await connection.fetchrow(_WAITS), strict=True)]
            await asyncio.sleep(_LOOKS_APART)


@contextmanager
def postgres(delay: float) -> Iterator[tuple[str, int]]:
    """Lend the address of an empty server of our own, and the number of its first process."""
    folder, port = Path(tempfile.mkdtemp(prefix="langso-shares-")), free_port()
    before = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []

    def run(program: str, *arguments: str) -> None:
        command = [*before, str(_PROGRAMS / program), "-D", str(folder / "data"), *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/")

    if before:
        shutil.chown(folder, "postgres", "postgres")
    try:
        run("initdb", "-A", "trust", "-U", "postgres", "--no-sync")
        with (folder / "data" / "postgresql.conf").open("a") as file:
            file.write(
                f"listen_addresses = '127.0.0.1'\nport = {port}\nunix_socket_directories = ''\nmax_connections = 100\n"
                f"commit_delay = {round(delay * 1000)}\ncommit_siblings = 0\n"
            )
        run("pg_ctl", "-w", "-l", str(folder / "log"), "start")
        first = int((folder / "data" / "postmaster.pid").read_text().split()[0])
        yield f"postgres://postgres@127.0.0.1:{port}", first
    finally:
        if (folder / "data" / "postmaster.pid").exists():
            run("pg_ctl", "-m", "immediate", "-w", "stop")
        shutil.rmtree(folder)


@contextmanager
def busy() -> Iterator[None]:
    """Leave no processor idle: each has work that gives way to all other work, and that goes through some memory."""
    work = "import os; os.nice(19); held = bytearray(1 << 20)\nwhile True: held[:] = held[::-1]"
    started = [subprocess.Popen([sys.executable, "-c", work]) for _ in range(os.cpu_count() or 1)]
    try:
        yield
    finally:
        for one in started:
            one.kill()
            one.wait()


class Carried:
    """Several `serve` on one database; `pids` are theirs."""

    def __init__(self, server: load.Telegram, url: str, folder: Path, tree: Path, broker: str) -> None:
        self.pids: list[int] = []
        self.hooks: list[load.Hook] = []
        self._server = server
        self._tree = tree
        self._key = uuid.uuid4().hex * 2
        self._environ = {
            **os.environ,
            "PYTHONPATH": str(tree),
            "OMP_NUM_THREADS": "1",
            "BOT_PLATFORMS": "telegram",
            "BOT_TELEGRAM_TOKEN": TOKEN,
            "BOT_TELEGRAM_API_BASE": server.url,
            "BOT_TELEGRAM_MODE": "webhook",
            "BOT_PACE_TELEGRAM_PER_SECOND": str(10**9),
            "BOT_PACE_TELEGRAM_CHAT_PER_SECOND": str(10**9),
            "BOT_DATABASE_URL": url,
            **({"BOT_BROKER_URL": broker} if broker else {}),
            "BOT_SECRET_KEY": self._key,
            "BOT_DATA_DIR": str(folder / "data"),
            "BOT_STALE_HOURS": str(10**6),  # the traffic's dates stand still
        }
        self._log = folder / "log"
        (folder / "data").mkdir()

    def _bot(self, command: str, **environ: str) -> subprocess.Popen[bytes]:
        with self._log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "bot", command], env={**self._environ, **environ}, cwd=self._tree, stdout=log,
                stderr=log,
            )  # fmt: skip

    @asynccontextmanager
    async def running(self, count: int) -> AsyncIterator[None]:
        await asyncio.to_thread(lambda: self._bot("migrate").wait())
        started: list[subprocess.Popen[bytes]] = []
        try:
            for _ in range(count):
                self._server.hooked.clear()
                port = free_port()
                started.append(self._bot("serve", BOT_PORT=str(port), BOT_PUBLIC_URL=f"http://127.0.0.1:{port}"))
                await asyncio.wait_for(self._server.hooked.wait(), 60)
                address = f"http://127.0.0.1:{port}/hooks/telegram"
                self.hooks.append(load.Hook(self._server, address, self._server.secret))
            self.pids = [one.pid for one in started]
            yield
        finally:
            for hook in self.hooks:
                hook.close()
            for one in started:
                one.kill()
                one.wait()
            await _delete_queues(space_of(self._key.encode()))


async def _delete_queues(space: str) -> None:
    async with await aio_pika.connect(BROKER) as connection:
        channel = await connection.channel()
        for number in range(PARTITIONS):
            await channel.queue_delete(f"langso.{space}.events.{PARTITIONS}.{number}")
        await channel.exchange_delete(f"langso.{space}.news")


async def measured(count: int, options: argparse.Namespace) -> Measured:
    """Bring so many events to `count` processes."""
    lanes: int = options.lanes
    async with AsyncExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="langso-shares-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        at, first = stack.enter_context(postgres(options.delay))
        connection = await asyncpg.connect(f"{at}/postgres")
        await connection.execute("create database langso")
        await connection.close()
        server = await stack.enter_async_context(load.telegram())
        carried = Carried(server, f"{at}/langso", folder, options.tree, "" if options.no_broker else BROKER)
        await stack.enter_async_context(carried.running(count))
        numbers = iter(range(10**9))
        took: list[float] = []

        async def lane(number: int, rounds: int) -> None:
            hook, first_of_all = carried.hooks[number % count], perf_counter()
            for at in range(rounds):
                if options.rate:
                    due = first_of_all + (at * lanes * count + number) / options.rate
                    await asyncio.sleep(max(0.0, due - perf_counter()))
                # A chat says all once, and then the next one: twenty in a minute would be held back.
                chat = 1001 + number + at // len(SAID) * lanes * count
                began, (words, last) = perf_counter(), SAID[at % len(SAID)]
                answered = await hook.brings(chat, text_update(next(numbers), chat, words), last)
                took.append(answered - began)

        async def all_lanes(rounds: int) -> float:
            began = perf_counter()
            await asyncio.gather(*(lane(number, rounds) for number in range(lanes * count)))
            return perf_counter() - began

        await all_lanes(len(SAID) * WARM)
        took.clear()
        waits = Waits(f"{at}/langso")
        async with waits.counted() as watcher:
            before = [sum(map(processor_seconds, carried.pids)), _of_server(first, watcher)]
            seconds = await all_lanes(options.events // (lanes * count))
            after = [sum(map(processor_seconds, carried.pids)), _of_server(first, watcher)]
    ours, theirs = ((now - then) * 1000 / len(took) for now, then in zip(after, before, strict=True))
    return Measured(count, len(took) / seconds, median(took) * 1000, ours, theirs, *waits.shares())


def _of_server(first: int, watcher: int) -> float:
    """Return the processor seconds of a PostgreSQL: of its first process and of those that it has, but the watcher."""
    of_it = {int(pid) for pid in Path(f"/proc/{first}/task/{first}/children").read_text().split()} - {watcher}
    return processor_seconds(first) + sum(map(processor_seconds, of_it))


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.shares", description=__doc__)
    parser.add_argument("--processes", type=int, nargs="+", default=[1, 4])
    parser.add_argument("--turns", type=int, default=1)
    parser.add_argument("--delay", type=float, default=5, help="milliseconds of a commit; 0: as the disk is")
    parser.add_argument("--events", type=int, default=800)
    parser.add_argument("--lanes", type=int, default=1, help="events under way, for each process")
    parser.add_argument("--rate", type=float, default=0, help="events a second; 0: as fast as they are answered")
    parser.add_argument("--busy", action="store_true", help="leave no processor idle")
    parser.add_argument("--tree", type=Path, default=ROOT)
    parser.add_argument("--no-broker", action="store_true")
    options = parser.parse_args(arguments)
    with busy() if options.busy else nullcontext():
        _tell_of(options)


def _tell_of(options: argparse.Namespace) -> None:
    print("| processes | events/s | ÷ the first | answer ms | processor ms, ours | PostgreSQL's | locks | inner |")
    print("|--:|--:|--:|--:|--:|--:|--:|--:|", flush=True)
    more: list[float] = []
    dearer: list[float] = []
    for _ in range(options.turns):
        found: list[Measured] = []
        for count in options.processes:
            one = asyncio.run(measured(count, options))
            found.append(one)
            print(
                f"| {one.processes} | {one.per_second:.0f} | {one.per_second / found[0].per_second:.2f} |"
                f" {one.answered:.0f} | {one.ours:.2f} | {one.server:.2f} | {one.locks:.1%} | {one.inner:.1%} |",
                flush=True,
            )
        more.append(found[-1].per_second / found[0].per_second)
        dearer.append(found[-1].ours / found[0].ours)
    if options.turns > 1:
        print(
            f"The last beside the first, in the middle of {options.turns} turns: {median(more):.2f} times the events,"
        )
        print(f"{median(dearer):.2f} times our processor time of one.")


if __name__ == "__main__":
    main()
