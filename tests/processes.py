"""The bot as a process of its own, with the arguments and the environment that its user gives it."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import runpy
import signal
import sys
import threading
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.families import SWITCH

ROOT = Path(__file__).parent.parent
START_SECONDS = 60
UMASK = 0o022
"""What most systems start with: everybody may read."""

_FORKED = multiprocessing.get_context("forkserver")
# Telegram's library takes seconds to import, the guides half a second to read. Each bot begins as a copy of one
# process that has them; how `python -m bot` begins from nothing is the matter of test_cli.py.
_FORKED.set_forkserver_preload(["bot.cli.parser", "bot.assembly.app", "bot.platforms.telegram.adapter", "tests.forked"])


_looking = threading.Lock()
"""Whoever starts a process looks which others have ended: two that look at once take one end for two."""


def _start(process: ForkServerProcess) -> None:
    with _looking:
        process.start()


def _join(process: ForkServerProcess, seconds: float) -> None:
    wait([process.sentinel], seconds)
    with _looking:
        process.join(0)


@dataclass
class Bot:
    """A running bot; `url` is what it said after "ready"."""

    process: ForkServerProcess
    url: str

    async def kill(self) -> None:
        """As if the power had gone."""
        self.process.kill()
        await _ended(self.process)


@dataclass(frozen=True)
class Ran:
    """A command that has ended."""

    returncode: int | None
    stdout: str
    stderr: str


def ran(*arguments: str, environ: Mapping[str, str], stdin: bytes = b"", cwd: Path = ROOT) -> Ran:
    """`python -m bot ARGUMENTS` until its end."""
    own = _own_environment()
    env = {**own, "PYTHONPATH": str(ROOT), **environ}
    with TemporaryDirectory() as folder:
        files = [Path(folder, name) for name in ("stdin", "stdout", "stderr")]
        files[0].write_bytes(stdin)
        process = _FORKED.Process(target=_run_on_files, args=("bot", arguments, env, cwd, files))
        _start(process)
        _join(process, START_SECONDS)
        if process.exitcode is None:
            process.kill()
            _join(process, START_SECONDS)
        return Ran(process.exitcode, files[1].read_text("utf-8"), files[2].read_text("utf-8"))


@dataclass(frozen=True)
class Running:
    """A bot that said "ready", as `subprocess` would have it."""

    process: ForkServerProcess

    @property
    def pid(self) -> int:
        return _pid(self.process)

    def send_signal(self, sign: signal.Signals) -> None:
        os.kill(self.pid, sign)

    def wait(self, seconds: float) -> int | None:
        _join(self.process, seconds)
        return self.process.exitcode


@contextmanager
def running(*arguments: str, environ: Mapping[str, str], cwd: Path, stderr: Path) -> Iterator[tuple[Running, str]]:
    """`python -m bot ARGUMENTS` that printed `ready URL`; killed if the test leaves it running."""
    env = {**_own_environment(), "PYTHONPATH": str(ROOT), **environ}
    with TemporaryDirectory() as folder:
        stdin, stdout = Path(folder, "stdin"), Path(folder, "stdout")
        stdin.touch()
        os.mkfifo(stdout)
        process = _FORKED.Process(target=_run_on_files, args=("bot", arguments, env, cwd, [stdin, stdout, stderr]))
        _start(process)
        try:
            with stdout.open(encoding="utf-8") as said:
                line = said.readline()
                assert line.startswith("ready http://"), stderr.read_text("utf-8")
                yield Running(process), line.removeprefix("ready ").strip()
        finally:
            process.kill()
            _join(process, START_SECONDS)


@asynccontextmanager
async def bot(
    *arguments: str, environ: Mapping[str, str] | None = None, cwd: Path = ROOT, module: str = "bot"
) -> AsyncIterator[Bot]:
    """`python -m bot ARGUMENTS`, ready; ended with SIGTERM, which must leave with 0."""
    own = _own_environment()
    env = {**own, "PYTHONPATH": str(ROOT), **(environ or {})}
    said, stdout = _FORKED.Pipe(duplex=False)
    process = _FORKED.Process(target=_run, args=(module, arguments, env, cwd, stdout))
    # It waits for the process that is copied.
    await asyncio.to_thread(_start, process)
    stdout.close()
    try:
        line = await asyncio.wait_for(_first_line(said), START_SECONDS)
        assert line.split()[:1] == ["ready"], f"the bot did not start: {line!r}"
        yield Bot(process, line.removeprefix("ready").strip())
        if process.is_alive():
            os.kill(_pid(process), signal.SIGTERM)
            await _ended(process)
            assert process.exitcode == 0
    finally:
        if process.is_alive():
            process.kill()
            await _ended(process)
        said.close()


def _own_environment() -> dict[str, str]:
    """What these tests were started with, without settings of a bot; which families are off holds for all bots."""
    return {name: value for name, value in os.environ.items() if name == SWITCH or not name.startswith("BOT_")}


def _run(module: str, arguments: tuple[str, ...], env: Mapping[str, str], cwd: Path, stdout: Connection) -> None:
    """In the new process."""
    os.dup2(stdout.fileno(), 1)
    stdout.close()
    _run_module(module, arguments, env, cwd)


def _run_on_files(
    module: str, arguments: tuple[str, ...], env: Mapping[str, str], cwd: Path, files: list[Path]
) -> None:
    for number, (file, mode) in enumerate(zip(files, ("rb", "wb", "wb"), strict=True)):
        with file.open(mode) as opened:
            os.dup2(opened.fileno(), number)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - the process ends with it
    _run_module(module, arguments, env, cwd)


def _run_module(module: str, arguments: tuple[str, ...], env: Mapping[str, str], cwd: Path) -> None:
    """What `python -m` does."""
    os.umask(UMASK)
    os.environ.clear()
    os.environ.update(env)
    os.chdir(cwd)
    sys.path[:0] = env["PYTHONPATH"].split(os.pathsep)
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


async def _first_line(said: Connection) -> str:
    loop, reader = asyncio.get_running_loop(), asyncio.StreamReader()
    pipe = os.fdopen(os.dup(said.fileno()), "rb")
    transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), pipe)
    try:
        return (await reader.readline()).decode()
    finally:
        transport.close()


async def _ended(process: ForkServerProcess) -> None:
    await asyncio.to_thread(_join, process, START_SECONDS)
    assert not process.is_alive(), "the bot did not end"


def _pid(process: ForkServerProcess) -> int:
    assert process.pid is not None
    return process.pid
