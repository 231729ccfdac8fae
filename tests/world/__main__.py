"""`python -m tests.world`: replay one seed with its log, or run as many worlds as there is time for.

--seed 26 [--town little] [--shrink]   one world, its log and what was not true in it
--hours 8 | --seconds 20 | --seeds N   many worlds, from --from on; the last line sums up
--seeds 10000 --workers 2 --kept FILE  in several processes; what is stopped goes on where it was
--kept FILE --told                     what that file has so far: red seeds, events, how often each fault struck
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
import time
import traceback
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
    parser.add_argument("--town", default="little", help="which bot: little, commune or villages")
    parser.add_argument("--seed", help="replay this one")
    parser.add_argument("--shrink", action="store_true", help="make its story short first")
    parser.add_argument("--from", dest="first", type=int, default=0)
    parser.add_argument("--seeds", type=int, default=10**9)
    parser.add_argument("--hours", type=float, default=0.0)
    parser.add_argument("--seconds", type=float, default=0.0, help="seconds of the processor")
    parser.add_argument("--first", dest="only_first", action="store_true", help="stop at the first that is wrong")
    parser.add_argument("--workers", type=int, default=1, help="processes")
    parser.add_argument("--kept", type=Path, help="a file of sums, from which it goes on; needs --seeds")
    parser.add_argument("--told", action="store_true", help="run nothing: say what the file of sums has")
    chosen = parser.parse_args(arguments)
    from .towns import town_of
    from .world import run

    town = town_of(chosen.town)
    if chosen.seed is not None:
        return _replay(chosen.seed, lambda plan: run(plan, town), town.plan, shorten=chosen.shrink)
    if chosen.kept is not None:
        from .many import run_all, told

        total = (
            told(chosen.first, chosen.kept)
            if chosen.told
            else run_all(chosen.town, chosen.first, chosen.seeds, chosen.workers, chosen.kept)
        )
        print(total)
        return 1 if total.wrong else 0
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
    """Run worlds in this process as long as there is time."""
    from .many import Sum

    began, wall = time.process_time(), time.monotonic()
    total = Sum(chosen.first)
    gc.disable()
    for number in range(chosen.first, chosen.first + chosen.seeds):
        if chosen.hours and time.monotonic() - wall > chosen.hours * 3600:
            break
        if chosen.seconds and time.process_time() - began > chosen.seconds:
            break
        told = total.count(number, run(str(number)))
        if gc.get_freeze_count() == 0:
            gc.freeze()
        for line in told:
            print(line, flush=True)
        if told and chosen.only_first:
            break
    total.cpu = time.process_time() - began
    print(total, flush=True)
    return 1 if total.wrong else 0


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
