"""Copies of this process, which has imported everything but the bot: each runs tests around one change, and ends."""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, Literal, NoReturn, Protocol, TypeVar

import pytest

from .site.sitecustomize import import_instead

M = TypeVar("M")
Verdict = Literal["killed", "hangs", "survived"]
NOT_BEGUN = 99
"""A run that came to no test through no fault of its mutant, such as a file that is gone: it proves nothing."""
_CALM = ("-W", "ignore::pytest.PytestAssertRewriteWarning")  # the plugins of a copy are there already
_OPTIONS = (*_CALM, "-x", "-q", "--tb=short", "-p", "no:xdist", "-p", "no:cacheprovider")


@dataclass(frozen=True)
class Outcome(Generic[M]):
    mutant: M
    verdict: Verdict
    by: str
    seconds: float


class Run(Protocol[M]):
    def look(self) -> Outcome[M] | None:
        """Return the outcome once there is one."""
        ...


def import_all(names: Iterable[str]) -> None:
    """Import what all copies share."""
    for name in names:
        with contextlib.suppress(Exception):
            importlib.import_module(name)
    if "bot" in sys.modules:
        raise SystemExit("the bot is imported before anything is changed: no mutant would be noticed")
    gc.collect()
    gc.freeze()


def run_all(waiting: Iterator[Callable[[], Run[M]]], workers: int) -> Iterator[Outcome[M]]:
    """Begin so many runs at a time, and yield the outcomes as they come."""
    running: list[Run[M]] = []
    while True:
        while len(running) < workers and (begin := next(waiting, None)) is not None:
            running.append(begin())
        if not running:
            return
        for run in list(running):
            if (outcome := run.look()) is not None:
                running.remove(run)
                yield outcome
        time.sleep(0.02)


def printed(folder: Path, child: int) -> Path:
    """Return the file in which a copy leaves what it prints."""
    return folder / f"said-{child}.txt"


def changed(folder: Path, child: int) -> Path:
    """Return the file that a copy imports in place of the one that its mutant changes."""
    return folder / f"mutant-{child}.py"


def put_instead(folder: Path, path: Path, source: str) -> Path:
    """Let this copy import `source` in place of the file at `path`; return where it stands."""
    file = changed(folder, os.getpid())
    file.write_text(source, "utf-8")
    import_instead(str(path), file)
    return file


def begin(folder: Path, change: Callable[[], None], arguments: Sequence[str], plugin: object) -> int:
    """Copy this process, let the copy change itself and run pytest; return its number.

    It is the leader of a group of its own, with what its tests start, and ends with pytest's exit code or NOT_BEGUN.
    """
    child = os.fork()
    if child == 0:
        _be_the_mutant(folder, change, arguments, plugin)
    return child


def _be_the_mutant(folder: Path, change: Callable[[], None], arguments: Sequence[str], plugin: object) -> NoReturn:
    os.setsid()
    output = os.open(printed(folder, os.getpid()), os.O_RDWR | os.O_CREAT | os.O_TRUNC)
    for place in (0, 1, 2):
        os.dup2(output, place)
    code: int = NOT_BEGUN
    try:
        change()
        # From here on whatever goes wrong is the mutant's doing.
        code = pytest.ExitCode.INTERNAL_ERROR
        code = pytest.main([*_OPTIONS, *arguments], plugins=[plugin])
    except BaseException:
        traceback.print_exc()
        raise
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(int(code))


def passed(status: int, file: Path) -> bool:
    """Tell whether a copy's tests passed; raise RuntimeError for one that came to no test. `file` has what it said."""
    code = os.waitstatus_to_exitcode(status)
    if code == NOT_BEGUN:
        raise RuntimeError(f"this run says nothing of its mutant: {file}\n{file.read_text('utf-8', 'replace')[-2000:]}")
    if code == pytest.ExitCode.NO_TESTS_COLLECTED:
        raise RuntimeError(f"none of the tests was found: {file}")
    return code == pytest.ExitCode.OK
