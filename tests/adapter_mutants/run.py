"""Run the contract of an adapter in a copy of a process that has imported everything but the bot."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial

import pytest

from tests.mutants import forks

from .listed import ROOT, Mutant

Outcome = forks.Outcome[Mutant]
RIGS = ("tests/platforms/rigs", "tests/framework/letters_rig.py")
PLUGIN = "bot.testing.contract"
WORK = ROOT / ".mutants"
PATIENCE = 90.0
"""Seconds for all tests of a mutant: one that takes longer goes round in circles."""
OURS = ("bot", "tests", "examples", "docs")
SOON = 3
"""Seconds for what has to happen; a mutant in which it never does is noticed so much sooner."""
ARGUMENTS = ("--noconftest", "-p", PLUGIN, "-o", f"adapter_patience={SOON}", *RIGS)


def import_others() -> None:
    """Import what all mutants share: everything that the suite needs and that is not ours."""
    rigs = [
        path for place in RIGS for path in ((ROOT / place).glob("*_rig.py") if place[-3:] != ".py" else [ROOT / place])
    ]
    names = ", ".join(".".join(path.relative_to(ROOT).with_suffix("").parts) for path in rigs)
    ask = f"import sys, {PLUGIN}, {names}; print(*sys.modules)"
    asked = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, cwd=ROOT, check=True)
    foreign = [name for name in asked.stdout.split() if name.partition(".")[0] not in (*OURS, "__main__", "runpy")]
    forks.import_all(name for name in foreign if "pytest" not in name)


def run_all(mutants: Iterable[Mutant], workers: int) -> Iterator[Outcome]:
    WORK.mkdir(exist_ok=True)
    return forks.run_all((partial(_Run, mutant) for mutant in mutants), workers)


@dataclass
class _Run:
    mutant: Mutant
    began: float = field(default_factory=time.monotonic)
    _child: int = 0
    _stopped: bool = False

    def __post_init__(self) -> None:
        self._child = forks.begin(WORK, partial(_change, self.mutant), ARGUMENTS, _Chosen(self.mutant.adapters))

    def look(self) -> Outcome | None:
        done, status = os.waitpid(self._child, os.WNOHANG)
        took = time.monotonic() - self.began
        if not done:
            if took > PATIENCE and not self._stopped:
                self._stopped = True
                os.killpg(self._child, signal.SIGKILL)
            return None
        forks.changed(WORK, self._child).unlink(missing_ok=True)
        kept = forks.printed(WORK, self._child).replace(WORK / f"{self.mutant.name}.txt")
        if self._stopped:
            return Outcome(self.mutant, "hangs", "", took)
        if forks.passed(status, kept):
            return Outcome(self.mutant, "survived", "", took)
        failed = [line for line in kept.read_text("utf-8", "replace").splitlines() if line.startswith("FAILED ")]
        by = failed[0].partition("::")[2].partition(" - ")[0] if failed else "import"
        return Outcome(self.mutant, "killed", by, took)


def _change(mutant: Mutant) -> None:
    """Put the mutant in the place of its file; one without a file is the adapter as it is."""
    if mutant.file:
        path = ROOT / mutant.file
        forks.put_instead(WORK, path, mutant.applied(path.read_text("utf-8")))


class _Chosen:
    """Keeps the tests of some adapters."""

    def __init__(self, adapters: tuple[str, ...]) -> None:
        self._adapters = adapters

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = [item for item in items if item.item.case.adapter in self._adapters]  # type: ignore[attr-defined]
