"""Run the tests around each mutant in a copy of a process that has imported everything but the bot."""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import signal
import struct
import sys
import time
import traceback
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NoReturn

import pytest

from .choose import choose
from .mutate import Mutant
from .record import FOLDER, ROOT, Recording
from .site.sitecustomize import NAME, import_instead

Verdict = Literal["killed", "hangs", "survived"]
NOT_BEGUN = 99
"""A run that came to no test through no fault of its mutant, such as a file that is gone: it proves nothing."""
_NUMBER = struct.Struct("i")
_START = 60.0
"""Seconds for the imports, before the first test begins."""
_PATIENCE = 10.0
"""A test that takes longer than this and ten times what it took goes round in circles."""


@dataclass(frozen=True)
class Outcome:
    mutant: Mutant
    verdict: Verdict
    by: str
    seconds: float


def import_others(recording: Recording) -> None:
    """Import what all mutants share."""
    for name in recording.modules:
        with contextlib.suppress(Exception):
            importlib.import_module(name)
    if "bot" in sys.modules:
        raise SystemExit("the bot is imported before anything is changed: no mutant would be noticed")
    gc.collect()
    gc.freeze()


def run_all(mutants: Iterable[Mutant], recording: Recording, workers: int, budget: float) -> Iterator[Outcome]:
    waiting = iter([(mutant, choose(mutant, recording, budget).rounds) for mutant in mutants])
    running: list[_Run] = []
    while True:
        while len(running) < workers and (following := next(waiting, None)) is not None:
            running.append(_Run(following[0], list(following[1]), recording))
        if not running:
            return
        for run in list(running):
            if (outcome := run.look()) is not None:
                running.remove(run)
                yield outcome
        time.sleep(0.02)


@dataclass
class _Run:
    mutant: Mutant
    rounds: list[tuple[str, ...]]
    recording: Recording
    began: float = field(default_factory=time.monotonic)
    _child: int = 0
    _pipe: int = -1
    _tests: tuple[str, ...] = ()
    _at: str = ""
    _until: float = 0.0
    _stopped: int = 0

    def look(self) -> Outcome | None:
        if not self._child:
            if not self.rounds:
                return self._outcome("survived")
            self._start(self.rounds.pop(0))
        self._listen()
        done, status = os.waitpid(self._child, os.WNOHANG)
        if not done:
            if time.monotonic() > self._until:
                self._stop()
            return None
        self._listen()
        os.close(self._pipe)
        (FOLDER / f"mutant-{self._child}.py").unlink(missing_ok=True)
        (FOLDER / f"said-{self._child}.txt").replace(FOLDER / "last.txt")
        self._child = 0
        code = os.waitstatus_to_exitcode(status)
        if self._stopped:
            return self._outcome("hangs")
        if code == NOT_BEGUN:
            raise RuntimeError(f"this run says nothing of its mutant: {FOLDER / 'last.txt'}")
        if code == pytest.ExitCode.NO_TESTS_COLLECTED:
            raise RuntimeError(f"none of the tests was found: {self._tests[:3]}")
        return self._outcome("killed") if code != 0 else None

    def _outcome(self, verdict: Verdict) -> Outcome:
        return Outcome(self.mutant, verdict, "" if verdict == "survived" else self._at, time.monotonic() - self.began)

    def _start(self, tests: tuple[str, ...]) -> None:
        self._tests, self._at = tests, "import"
        self._until = time.monotonic() + _START
        self._pipe, theirs = os.pipe()
        os.set_blocking(self._pipe, False)
        self._child = os.fork()
        if self._child == 0:
            _be_the_mutant(self.mutant, tests, theirs)
        os.close(theirs)

    def _listen(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while said := os.read(self._pipe, _NUMBER.size):
                self._at = self._tests[_NUMBER.unpack(said)[0]]
                self._until = time.monotonic() + _PATIENCE + 10 * self.recording.seconds[self._at]

    def _stop(self) -> None:
        """Ask first: a test that is interrupted still takes its database away."""
        self._stopped += 1
        self._until = time.monotonic() + 5
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._child, signal.SIGINT if self._stopped == 1 else signal.SIGKILL)


def _be_the_mutant(mutant: Mutant, tests: tuple[str, ...], pipe: int) -> NoReturn:
    os.setsid()
    said = os.open(FOLDER / f"said-{os.getpid()}.txt", os.O_RDWR | os.O_CREAT | os.O_TRUNC)
    for place in (0, 1, 2):
        os.dup2(said, place)
    # Examples that a mutant fails are none that the next run of the tests shall try again.
    os.environ["HYPOTHESIS_STORAGE_DIRECTORY"] = str(FOLDER / "hypothesis")
    code: int = NOT_BEGUN
    try:
        _put_instead(mutant)
        files = dict.fromkeys(name.partition("::")[0] for name in tests)
        for file in files:
            (ROOT / file).stat()
        # Its plugins are there already, with everything else.
        calm = ["-W", "ignore::pytest.PytestAssertRewriteWarning"]
        options = [*calm, "-x", "-q", "--tb=short", "-p", "no:xdist", "-p", "no:cacheprovider"]
        # From here on whatever goes wrong is the mutant's doing.
        code = pytest.ExitCode.INTERNAL_ERROR
        code = pytest.main([*options, *files], plugins=[_Chosen(tests, pipe)])
    except BaseException:
        traceback.print_exc()
        raise
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(int(code))


def _put_instead(mutant: Mutant) -> None:
    """Here, and in each program that a test starts."""
    path = ROOT / mutant.file
    changed = FOLDER / f"mutant-{os.getpid()}.py"
    changed.write_text(mutant.applied(path.read_text("utf-8")), "utf-8")
    os.environ[NAME] = f"{path}={changed}"
    os.environ["PYTHONPATH"] = os.pathsep.join([str(Path(__file__).parent / "site"), str(ROOT)])
    import_instead(str(path), changed)


class _Chosen:
    """Keeps the chosen tests in their order, and says which one begins."""

    def __init__(self, tests: tuple[str, ...], pipe: int) -> None:
        self._places = {name: place for place, name in enumerate(tests)}
        self._pipe = pipe

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = sorted(
            (item for item in items if item.nodeid in self._places), key=lambda item: self._places[item.nodeid]
        )

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        os.write(self._pipe, _NUMBER.pack(self._places[nodeid]))
