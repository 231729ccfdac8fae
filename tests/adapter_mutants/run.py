"""Run the contract of an adapter in a copy of a process that has imported everything but the bot."""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NoReturn

import pytest

from tests.mutants.site.sitecustomize import import_instead

from .listed import ROOT, Mutant

Verdict = Literal["killed", "hangs", "survived"]
RIGS = ("tests/platforms/rigs", "tests/framework/letters_rig.py")
PLUGIN = "bot.testing.contract"
WORK = ROOT / ".mutants"
PATIENCE = 90.0
"""Seconds for all tests of a mutant: one that takes longer goes round in circles."""
OURS = ("bot", "tests", "examples", "docs")
SOON = 3
"""Seconds for what has to happen; a mutant in which it never does is noticed so much sooner."""
NOT_BEGUN = 99


@dataclass(frozen=True)
class Outcome:
    mutant: Mutant
    verdict: Verdict
    by: str
    seconds: float


def import_others() -> None:
    """Import what all mutants share: everything that the suite needs and that is not ours."""
    rigs = [
        path for place in RIGS for path in ((ROOT / place).glob("*_rig.py") if place[-3:] != ".py" else [ROOT / place])
    ]
    names = ", ".join(".".join(path.relative_to(ROOT).with_suffix("").parts) for path in rigs)
    ask = f"import sys, {PLUGIN}, {names}; print(*sys.modules)"
    asked = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, cwd=ROOT, check=True)
    for name in asked.stdout.split():
        if name.partition(".")[0] not in (*OURS, "__main__", "runpy") and "pytest" not in name:
            with contextlib.suppress(Exception):
                importlib.import_module(name)
    if "bot" in sys.modules:
        raise SystemExit("the bot is imported before anything is changed: no mutant would be noticed")
    gc.collect()
    gc.freeze()


def run_all(mutants: Iterable[Mutant], workers: int) -> Iterator[Outcome]:
    waiting = iter(mutants)
    running: list[_Run] = []
    while True:
        while len(running) < workers and (following := next(waiting, None)) is not None:
            running.append(_Run(following))
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
    began: float = field(default_factory=time.monotonic)
    _child: int = 0
    _stopped: bool = False

    def __post_init__(self) -> None:
        WORK.mkdir(exist_ok=True)
        self._child = os.fork()
        if self._child == 0:
            _be_the_mutant(self.mutant)

    def look(self) -> Outcome | None:
        done, status = os.waitpid(self._child, os.WNOHANG)
        took = time.monotonic() - self.began
        if not done:
            if took > PATIENCE and not self._stopped:
                self._stopped = True
                os.killpg(self._child, signal.SIGKILL)
            return None
        said = _said(self._child)
        text = said.read_text("utf-8", "replace")
        said.replace(WORK / f"{self.mutant.name or 'unchanged'}.txt")
        Path(f"{said}.py").unlink(missing_ok=True)
        code = os.waitstatus_to_exitcode(status)
        if self._stopped:
            return Outcome(self.mutant, "hangs", "", took)
        if code == NOT_BEGUN:
            raise RuntimeError(f"this run says nothing of its mutant: {self.mutant.name}\n{text[-2000:]}")
        if code == pytest.ExitCode.NO_TESTS_COLLECTED:
            raise RuntimeError(f"no contract for {self.mutant.adapters}")
        passed = code == pytest.ExitCode.OK
        failed = [line for line in text.splitlines() if line.startswith("FAILED ")]
        by = failed[0].partition("::")[2].partition(" - ")[0] if failed else "import"
        return Outcome(self.mutant, "survived" if passed else "killed", "" if passed else by, took)


def _said(child: int) -> Path:
    return WORK / f"adapter-{child}.txt"


def _be_the_mutant(mutant: Mutant) -> NoReturn:
    os.setsid()
    said = os.open(_said(os.getpid()), os.O_RDWR | os.O_CREAT | os.O_TRUNC)
    for place in (0, 1, 2):
        os.dup2(said, place)
    code: int = NOT_BEGUN
    try:
        if mutant.file:
            path = ROOT / mutant.file
            changed = Path(f"{_said(os.getpid())}.py")
            changed.write_text(mutant.applied(path.read_text("utf-8")), "utf-8")
            import_instead(str(path), changed)
        calm = ["-W", "ignore::pytest.PytestAssertRewriteWarning"]
        options = [*calm, "-x", "-q", "--tb=short", "-p", "no:xdist", "-p", "no:cacheprovider", "--noconftest"]
        patience = ["-p", PLUGIN, "-o", f"adapter_patience={SOON}"]
        code = pytest.ExitCode.INTERNAL_ERROR
        code = pytest.main([*options, *patience, *RIGS], plugins=[_Chosen(mutant.adapters)])
    except BaseException:
        traceback.print_exc()
        raise
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(int(code))


class _Chosen:
    """Keeps the tests of some adapters."""

    def __init__(self, adapters: tuple[str, ...]) -> None:
        self._adapters = adapters

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = [item for item in items if item.item.case.adapter in self._adapters]  # type: ignore[attr-defined]
