"""Many seeds in several processes, with a summary, that goes on where it was stopped."""

from __future__ import annotations

import gc
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import asdict, dataclass, field
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import TextIO

from pydantic import TypeAdapter

from .plan import KINDS
from .source import source
from .towns import town_of
from .world import Outcome, run

AT_A_TIME = 50
"""Seeds whose sums are written together; what is stopped begins with the first that is not written."""
TOLD = 6


@dataclass
class Sum:
    """What worlds came to. `found` are the violations, each with its seed before it."""

    first: int = 0
    worlds: int = 0
    events: int = 0
    calls: int = 0
    steps: int = 0
    seconds: float = 0.0
    cpu: float = 0.0
    wrong: int = 0
    faults: dict[str, int] = field(default_factory=dict)
    found: list[str] = field(default_factory=list)
    source: str = ""

    def count(self, seed: int, outcome: Outcome) -> list[str]:
        """Add one world; return what was wrong in it."""
        self.worlds += 1
        self.events += outcome.events
        self.calls += outcome.calls
        self.steps += outcome.steps
        self.seconds += outcome.seconds
        self.faults = dict(Counter(self.faults) + Counter(outcome.faults))
        self.wrong += bool(outcome.violations)
        told = [f"{seed} {violation}" for violation in outcome.violations[:TOLD]]
        self.found += told
        return told

    def add(self, other: Sum) -> None:
        for name in ("worlds", "events", "calls", "steps", "seconds", "cpu", "wrong", "found"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.faults = dict(Counter(self.faults) + Counter(other.faults))

    def __str__(self) -> str:
        hours, spent = self.seconds / 3600, max(self.cpu, 0.001)
        told = {
            "worlds": self.worlds,
            "events": self.events,
            "calls": self.calls,
            "steps": self.steps,
            "simulated_hours": round(hours, 1),
            "wrong": self.wrong,
            "cpu_seconds": round(spent, 1),
            "events_per_second": round(self.events / spent),
            "simulated_hours_per_second": round(hours / spent, 2),
            "faults": dict(sorted(self.faults.items())),
            "never": [kind for kind in KINDS if kind not in self.faults],
        }
        return json.dumps(told)


def run_all(town: str, first: int, seeds: int, workers: int, file: Path) -> Sum:
    """Run what `file` does not have of these seeds yet, and print the failing ones; return the sum of all."""
    made_of = source()
    firsts = range(first, first + seeds, AT_A_TIME)
    known = {one.first: one for one in _kept(file, made_of)}
    total = Sum(first)
    for one in (known[first] for first in firsts if first in known):
        _tell(one, sys.stdout)
        total.add(one)
    left = [(at, min(AT_A_TIME, first + seeds - at)) for at in firsts if at not in known]
    if known:
        print(f"{total.worlds} worlds of before; {sum(count for _, count in left)} are left", flush=True)
    file.parent.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    with file.open("a", encoding="utf-8") as kept:
        kept.write("\n")  # after a line that was cut off
        for one in _sums(partial(worlds, town, made_of), left, workers):
            kept.write(json.dumps(asdict(one)) + "\n")
            kept.flush()
            _tell(one, sys.stdout)
            total.add(one)
            if (total.worlds // AT_A_TIME) % 20 == 0:
                print(f"{time.monotonic() - began:.0f} s: {total}", flush=True)
    return total


def told(first: int, file: Path) -> Sum:
    """Print what was wrong in the worlds that `file` has of this state of the bot; return the sum of all."""
    total = Sum(first)
    for one in {one.first: one for one in _kept(file, source())}.values():
        _tell(one, sys.stdout)
        total.add(one)
    return total


def _sums(work: partial[Sum], left: list[tuple[int, int]], workers: int) -> Iterator[Sum]:
    """Yield each sum as soon as it is there; with one worker without another process."""
    if workers < 2:
        yield from (work(first, count) for first, count in left)
        return
    waiting: list[Future[Sum]] = []
    with ProcessPoolExecutor(workers, get_context("fork")) as pool:
        waiting = [pool.submit(work, first, count) for first, count in left]
        try:
            for one in waiting:
                yield one.result()
        finally:
            pool.shutdown(cancel_futures=True)


def worlds(town: str, made_of: str, first: int, count: int) -> Sum:
    """Run these seeds here."""
    made, chosen, began = Sum(first, source=made_of), town_of(town), time.process_time()
    gc.disable()
    for seed in range(first, first + count):
        try:
            outcome = run(chosen.plan(str(seed)), chosen)
        except Exception as error:
            raise RuntimeError(f"the world of {town} {seed} broke by itself") from error
        made.count(seed, outcome)
        if gc.get_freeze_count() == 0:
            gc.freeze()
    made.cpu = time.process_time() - began
    return made


def _kept(file: Path, made_of: str) -> Iterator[Sum]:
    if not file.exists():
        return
    reader = TypeAdapter(Sum)
    for line in file.read_text("utf-8").splitlines():
        if line.endswith("}"):  # the last one may have been cut off
            one = reader.validate_json(line)
            if one.source == made_of:
                yield one


def _tell(one: Sum, out: TextIO) -> None:
    out.write("".join(f"{line}\n" for line in one.found))
    out.flush()
