"""Run the tests around each mutant in a copy of a process that has imported everything but the bot."""

from __future__ import annotations

import contextlib
import os
import signal
import struct
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest

from . import forks
from .choose import choose
from .forks import Verdict
from .mutate import Mutant
from .record import FOLDER, ROOT, Recording
from .site.sitecustomize import NAME

Outcome = forks.Outcome[Mutant]
_NUMBER = struct.Struct("i")
_START = 60.0
"""Seconds for the imports, before the first test begins."""
_PATIENCE = 10.0
"""A test that takes longer than this and ten times what it took goes round in circles."""
_LAST = FOLDER / "last.txt"


def run_all(mutants: Iterable[Mutant], recording: Recording, workers: int, budget: float) -> Iterator[Outcome]:
    chosen = [(mutant, [*choose(mutant, recording, budget).rounds]) for mutant in mutants]
    return forks.run_all((partial(_Run, mutant, rounds, recording) for mutant, rounds in chosen), workers)


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
        forks.changed(FOLDER, self._child).unlink(missing_ok=True)
        forks.printed(FOLDER, self._child).replace(_LAST)
        self._child = 0
        if self._stopped:
            return self._outcome("hangs")
        return None if forks.passed(status, _LAST) else self._outcome("killed")

    def _outcome(self, verdict: Verdict) -> Outcome:
        return Outcome(self.mutant, verdict, "" if verdict == "survived" else self._at, time.monotonic() - self.began)

    def _start(self, tests: tuple[str, ...]) -> None:
        self._tests, self._at = tests, "import"
        self._until = time.monotonic() + _START
        self._pipe, theirs = os.pipe()
        os.set_blocking(self._pipe, False)
        files = dict.fromkeys(name.partition("::")[0] for name in tests)
        self._child = forks.begin(FOLDER, partial(_change, self.mutant, files), [*files], _Chosen(tests, theirs))
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


def _change(mutant: Mutant, files: Iterable[str]) -> None:
    """Put the mutant in the place of its file, here and in each program that a test starts."""
    # Examples that a mutant fails are none that the next run of the tests shall try again.
    os.environ["HYPOTHESIS_STORAGE_DIRECTORY"] = str(FOLDER / "hypothesis")
    path = ROOT / mutant.file
    file = forks.put_instead(FOLDER, path, mutant.applied(path.read_text("utf-8")))
    os.environ[NAME] = f"{path}={file}"
    os.environ["PYTHONPATH"] = os.pathsep.join([str(Path(__file__).parent / "site"), str(ROOT)])
    for needed in files:
        (ROOT / needed).stat()


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
