"""The process that reads files: what it may not do, and how each end of it is told."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from bot.features.jobs.queue import JobRefused
from bot.features.untrusted import pool as pools
from bot.features.untrusted import watchdog
from bot.features.untrusted.limits import SMALL, ProcessLimits
from bot.features.untrusted.pool import BROKEN, TOO_HARD, Errand, Pool, ask
from bot.features.untrusted.process import CannotStart, Child
from bot.features.untrusted.reader import IsolatedReader, Nothing, WireModel
from tests.processes import ROOT

from .probes import To, Told

Q = TypeVar("Q", bound=WireModel)
LITTLE = ProcessLimits(seconds=1)
LINUX = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the kernel of Linux is asked")


def reader(name: str, question: type[Q], limits: ProcessLimits = SMALL) -> IsolatedReader[Q, Told]:
    return IsolatedReader(f"tests.features.untrusted.probes:{name}", question, Told, limits=limits)


@pytest.fixture(autouse=True)
def path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))


@pytest.fixture
def pool() -> Iterator[Pool]:
    made = Pool()
    yield made
    made.close()


def told(pool: Pool, one: IsolatedReader[Q, Told], question: Q, data: bytes = b"") -> str:
    return pool.read(one, data, question, Errand()).text


def refusal(pool: Pool, one: IsolatedReader[Q, Told], question: Q, data: bytes = b"") -> str:
    with pytest.raises(JobRefused) as refused:
        pool.read(one, data, question, Errand())
    return refused.value.template


def test_nothing_runs_before_the_first_file_and_the_second_finds_the_same_process(pool: Pool) -> None:
    assert pool.processes == 0
    first, second = (told(pool, reader("echo", Nothing), Nothing(), word).split() for word in (b"mot", b"hai"))
    assert (first[1], second[1]) == ("mot", "hai")
    assert first[0] == second[0]
    assert pool.processes == 1


def test_an_idle_process_ends_by_itself() -> None:
    ended = threading.Event()

    class Watched(Child):
        def end(self) -> str:
            how = super().end()
            ended.set()
            return how

    pool = Pool(idle=0.01, start=Watched)
    told(pool, reader("echo", Nothing), Nothing(), b"mot")
    assert ended.wait(30)
    assert pool.processes == 0


@LINUX
def test_it_keeps_to_one_processor(pool: Pool) -> None:
    """Mechanism: each thread of a library takes 8 MB of the address space, and there is one for each processor."""
    assert told(pool, reader("processors", Nothing), Nothing()) == "1"


@LINUX
def test_it_gets_no_network(pool: Pool) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        child = Child(LITTLE)
        network = child.network
        child.end()
        if network == "open":
            pytest.skip("this system permits neither a namespace nor a filter")
        assert refusal(pool, reader("connect", To), To(port=port)) == BROKEN
        if network == "filtered" or os.uname().machine in ("x86_64", "aarch64"):
            assert told(pool, reader("connect_after_all", To), To()) == "-1"


@LINUX
@pytest.mark.skipif(os.uname().machine not in ("x86_64", "aarch64"), reason="the filter knows these machines")
def test_it_changes_no_file_starts_no_program_and_kills_nobody(pool: Pool, tmp_path: Path) -> None:
    (tmp_path / "old").write_text("đây")
    assert told(pool, reader("hurts", To), To(place=str(tmp_path))) == ""
    assert [one.name for one in tmp_path.iterdir()] == ["old"]
    assert (tmp_path / "old").read_text() == "đây"
    assert told(pool, reader("thread", Nothing), Nothing()) == "ran"


def test_it_knows_none_of_our_secrets(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOT_TELEGRAM_TOKEN", "123:secret")
    names = told(pool, reader("environment", Nothing), Nothing()).split()
    assert {"PATH", "PYTHONPATH"} <= set(names) <= {"PATH", "PYTHONPATH", "LANG", "LC_ALL", "LC_CTYPE"}


@LINUX
@pytest.mark.parametrize("name", ["memory", "time_without_end", "crash", "quit_at_once"])
def test_a_file_that_ends_it_is_refused_in_a_sentence_and_the_next_one_is_read(pool: Pool, name: str) -> None:
    one = reader(name, Nothing, limits=LITTLE)
    assert refusal(pool, one, Nothing()) == TOO_HARD
    assert told(pool, reader("echo", Nothing, limits=LITTLE), Nothing(), b"mot").endswith("mot")


def test_one_that_sleeps_is_ended_when_patience_is_over(pool: Pool) -> None:
    assert refusal(pool, reader("sleep", To, limits=ProcessLimits(patience=1.0)), To()) == TOO_HARD


def test_an_answer_larger_than_was_promised_is_not_read(pool: Pool) -> None:
    assert refusal(pool, reader("much_to_tell", Nothing, limits=ProcessLimits(answer=1_000_000)), Nothing()) == TOO_HARD


def test_a_reader_that_fails_says_where_and_nothing_of_the_file(pool: Pool, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assert refusal(pool, reader("panic", Nothing), Nothing(), b"Lan 0912345678") == BROKEN
    assert "ZeroDivisionError" in caplog.text
    assert "Lan" not in caplog.text
    assert "0912345678" not in caplog.text


def test_it_puts_no_words_into_our_mouth(pool: Pool) -> None:
    """Mechanism: a refusal is one of the sentences that the reader declares."""
    assert refusal(pool, reader("other_words", Nothing), Nothing()) == TOO_HARD


def test_what_it_writes_besides_is_no_answer(pool: Pool) -> None:
    assert refusal(pool, reader("noise", Nothing), Nothing(), b"\0" * 400) == TOO_HARD
    assert told(pool, reader("echo", Nothing), Nothing(), b"mot").endswith("mot")


@LINUX
def test_one_that_had_died_before_does_not_cost_the_next_file(pool: Pool) -> None:
    pid = int(told(pool, reader("echo", Nothing), Nothing(), b"x").split()[0])
    os.kill(pid, 9)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    assert told(pool, reader("echo", Nothing), Nothing(), b"mot").endswith("mot")


def test_without_its_reader_the_work_may_be_tried_again(pool: Pool) -> None:
    """The installation is broken, not the file."""
    with pytest.raises(CannotStart, match="nobody"):
        pool.read(reader("nobody", Nothing), b"", Nothing(), Errand())


def test_at_most_two_and_an_idle_one_makes_room_for_other_limits() -> None:
    pool = Pool(most=1)
    for limits in (ProcessLimits(), LITTLE, ProcessLimits()):
        told(pool, reader("echo", Nothing, limits=limits), Nothing(), b"x")
        assert pool.processes == 1
    pool.close()
    assert pool.processes == 0


async def test_work_that_is_stopped_ends_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = threading.Event()

    class Watched(Child):
        def kill(self) -> None:
            ended.set()
            super().kill()

    mine = Pool(start=Watched)
    monkeypatch.setattr(pools, "_POOL", mine)
    task = asyncio.create_task(ask(reader("sleep", To), b"", To()))
    while not mine.processes:  # noqa: ASYNC110 - there is no event for it
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await asyncio.to_thread(ended.wait, 30)


def test_where_the_kernel_does_not_the_watchdog_sees_to_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on systems that know no limit of address space."""
    monkeypatch.setattr(watchdog, "NEEDED", True)
    monkeypatch.setattr(watchdog, "EVERY", 0.01)
    monkeypatch.setattr(watchdog, "resident", lambda pid: 300_000_000)
    with pytest.raises(CannotStart, match="SIGKILL"):
        Child(ProcessLimits())


@pytest.mark.skipif(not Path("/bin/ps").exists(), reason="there is no ps")
def test_the_watchdog_can_tell_the_memory_of_a_process() -> None:
    assert (watchdog.resident(os.getpid()) or 0) > 10_000_000
