"""`python -m tests.world`: replay one seed with its log, or run as many worlds as there is time for.

--seed 26 [--town little] [--shrink]   one world, its log and what was not true in it
--hours 8 | --seconds 20 | --seeds N   many worlds, from --from on; the last line sums up
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .plan import Plan
    from .world import Outcome

HASH_SEED = "0"
"""Sets of strings have an order that hangs on it."""


def main(arguments: Sequence[str] | None = None) -> int:
    if os.environ.get("PYTHONHASHSEED") != HASH_SEED:
        os.environ["PYTHONHASHSEED"] = HASH_SEED
        os.execv(sys.executable, [sys.executable, "-m", "tests.world", *(arguments or sys.argv[1:])])  # noqa: S606
    parser = argparse.ArgumentParser(prog="python -m tests.world", description=__doc__)
    parser.add_argument("--town", default="little", help="which bot: little or commune")
    parser.add_argument("--seed", help="replay this one")
    parser.add_argument("--shrink", action="store_true", help="make its story short first")
    parser.add_argument("--from", dest="first", type=int, default=0)
    parser.add_argument("--seeds", type=int, default=10**9)
    parser.add_argument("--hours", type=float, default=0.0)
    parser.add_argument("--seconds", type=float, default=0.0, help="seconds of the processor")
    parser.add_argument("--first", dest="only_first", action="store_true", help="stop at the first that is wrong")
    parser.add_argument("--found", type=Path, help="a file to write what was found to")
    chosen = parser.parse_args(arguments)
    from .towns import town_of
    from .world import run

    town = town_of(chosen.town)
    if chosen.seed is not None:
        return _replay(chosen.seed, lambda plan: run(plan, town), town.plan, shorten=chosen.shrink)
    return _many(chosen, lambda seed: run(town.plan(seed), town))


def _replay(seed: str, run: Callable[[Plan], Outcome], plan_of: Callable[[str], Plan], *, shorten: bool) -> int:
    from .shrink import shrink

    outcome = run(plan_of(seed))
    if shorten and outcome.violations:
        outcome = shrink(outcome, run)
        print(f"shrunk to {len(outcome.plan.faults)} faults, {outcome.plan.people}, {outcome.plan.actions} actions")
    for fault in outcome.plan.faults:
        print(f"fault: {fault}")
    print("\n".join(outcome.lines))
    print(f"{outcome.events} events, {outcome.calls} calls, {outcome.steps} steps, {outcome.seconds:.0f} s")
    return 1 if outcome.violations else 0


def _many(chosen: argparse.Namespace, run: Callable[[str], Outcome]) -> int:
    began, wall = time.process_time(), time.monotonic()
    events = calls = steps = worlds = wrong = 0
    simulated = 0.0
    faults: Counter[str] = Counter()
    gc.disable()
    for number in range(chosen.first, chosen.first + chosen.seeds):
        if chosen.hours and time.monotonic() - wall > chosen.hours * 3600:
            break
        if chosen.seconds and time.process_time() - began > chosen.seconds:
            break
        outcome = run(str(number))
        if not worlds:
            gc.freeze()
        worlds += 1
        events, calls, steps = events + outcome.events, calls + outcome.calls, steps + outcome.steps
        simulated += outcome.seconds
        faults.update(outcome.faults)
        if outcome.violations:
            wrong += 1
            _tell(chosen.found, number, outcome.violations)
            if chosen.only_first:
                break
        if worlds % 100 == 0 and chosen.found is not None:
            _sum_up(worlds, events, calls, steps, simulated, wrong, time.process_time() - began, faults)
    _sum_up(worlds, events, calls, steps, simulated, wrong, time.process_time() - began, faults)
    return 1 if wrong else 0


def _tell(found: Path | None, number: int, violations: Sequence[str]) -> None:
    lines = "".join(f"{number} {violation}\n" for violation in violations[:6])
    print(lines, end="", flush=True)
    if found is not None:
        with found.open("a", encoding="utf-8") as file:
            file.write(lines)


def _sum_up(
    worlds: int, events: int, calls: int, steps: int, simulated: float, wrong: int, spent: float, faults: Counter[str]
) -> None:
    hours, spent = simulated / 3600, max(spent, 0.001)
    told = {
        "worlds": worlds,
        "events": events,
        "calls": calls,
        "steps": steps,
        "simulated_hours": round(hours, 1),
        "wrong": wrong,
        "cpu_seconds": round(spent, 1),
        "events_per_second": round(events / spent),
        "simulated_hours_per_second": round(hours / spent, 2),
        "faults": dict(sorted(faults.items())),
    }
    print(json.dumps(told), flush=True)


if __name__ == "__main__":
    code = 2
    try:
        code = main()
    except Exception:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)  # what was never resumed stays so
