"""Time, randomness, threads and programs come into the bot through known doors: past them no seed decides."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
DOORS = {"bot/core/machine/clock.py", "bot/core/machine/chance.py", "bot/framework/process.py"}

CLOCKS = frozenset({
    "datetime.now", "date.today", "datetime.utcnow", "datetime.today", "time", "time.time", "monotonic",
    "time.monotonic", "perf_counter", "time.perf_counter", "thread_time", "time.sleep",
})  # fmt: skip
CHANCE = frozenset({
    "secrets.token_hex", "secrets.token_urlsafe", "secrets.token_bytes", "secrets.choice", "secrets.randbelow",
    "secrets.randbits",
    "uuid4", "uuid.uuid4", "uuid.uuid1", "os.urandom", "urandom", "random.random", "random.choice", "random.randint",
    "random.randrange", "random.shuffle", "random.sample", "random.SystemRandom", "SystemRandom", "random.Random",
})  # fmt: skip
THREADS = frozenset({
    "asyncio.to_thread", "run_in_executor", "loop.run_in_executor", "threading.Thread", "Thread", "ThreadPoolExecutor",
    "asyncio.create_subprocess_exec", "asyncio.create_subprocess_shell", "subprocess.run", "subprocess.Popen",
    "os.fork", "aiosqlite.connect",
})  # fmt: skip

_METHODS = frozenset({"run_in_executor"})

ALLOWED = {
    "bot/cli/": "a command of somebody at the machine, before or beside the bot",
    "bot/platforms/": "an adapter: in the world messengers stand in its place",
    "bot/assembly/": "the process as a whole: its files, its pages, its start",
    "bot/office/": "a page; it is served by the web server",
    "bot/features/backups/": "copies of the data folder, in a thread",
    "bot/features/doctor/": "looks at the machine itself",
    "bot/features/speech/": "a program that writes down what was said",
    "bot/features/voice/": "a program that reads aloud",
    "bot/features/untrusted/": "other processes, which open files of strangers",
    "bot/features/loudspeaker/": "sound files, in a thread: the loop of the world runs it",
    "bot/features/releases/": "reads a file, in a thread: the loop of the world runs it",
    "bot/features/checkins/": "draws a file, in a thread: the loop of the world runs it",
    "bot/features/step_readings.py": "makes a sound file, in a thread: the loop of the world runs it",
    "bot/features/guides/checking/check.py": "the day of who checks guides by a command; the bot says which day it is",
    "bot/features/demo/figures.py": "drawn from a seed of its own: the demo's figures are the same each time",
    "bot/features/learning/": "drawn from a seed of its own: the same questions at each look",
    "bot/features/": "draws a file, in a thread: the loop of the world runs it",
    "bot/handlers/": "draws or checks a file, in a thread: the loop of the world runs it",
    "bot/storage/lite/read_lanes.py": "connections that only read, for a file; in the world the database has none",
    "bot/framework/packing.py": "a command that makes packages",
    "bot/framework/files.py": "files of the web server",
    "bot/storage/scrub.py": "files beside the database, in a thread: the loop of the world runs it",
    "bot/storage/files/": "files, and the store of them, in threads: in the world there is none",
    "bot/storage/media.py": "files, in a thread: the loop of the world runs it",
}
"""Where something of this may stand, and why. The longest beginning counts."""
DRAWN_FROM_SEEDS = {"bot/features/demo/figures.py", "bot/features/learning/topics.py", "bot/features/learning/seats.py"}


def _called(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield node.lineno, ast.unparse(node.func)


@cache
def _calls() -> list[tuple[str, int, str]]:
    files = {path.relative_to(ROOT).as_posix(): path for path in sorted((ROOT / "bot").rglob("*.py"))}
    return [
        (file, line, called)
        for file, path in files.items()
        if file not in DOORS
        for line, called in _called(ast.parse(path.read_text("utf-8")))
    ]


def _uses(names: frozenset[str]) -> list[tuple[str, int, str]]:
    """Calls of these names, as (file, line, name)."""
    return [use for use in _calls() if use[2] in names or use[2].rpartition(".")[2] in names & _METHODS]


def _reason(file: str) -> str:
    begins = max((known for known in ALLOWED if file.startswith(known)), key=len, default="")
    return ALLOWED.get(begins, "")


def test_nobody_reads_a_clock_past_its_door() -> None:
    known = {"bot/assembly/", "bot/cli/", "bot/testing/", "bot/features/guides/checking/check.py"}
    past = [use for use in _uses(CLOCKS) if not any(use[0].startswith(one) for one in known)]
    past = [use for use in past if use[2] != "time"]  # of `datetime`: an hour
    assert past == []


def test_nobody_draws_past_the_door_of_chance() -> None:
    past = [use for use in _uses(CHANCE) if use[0] not in DRAWN_FROM_SEEDS and not use[0].startswith("bot/testing/")]
    assert past == []


def test_threads_and_programs_are_known_by_their_reason() -> None:
    assert [use for use in _uses(THREADS) if not _reason(use[0])] == []


def test_no_reason_is_left_over() -> None:
    places = {file for names in (CLOCKS, CHANCE, THREADS) for file, _, _ in _uses(names)}
    used = {max((known for known in ALLOWED if file.startswith(known)), key=len, default="") for file in places}
    assert set(ALLOWED) - used == set()
