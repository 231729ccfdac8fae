"""`python -m tests.adapter_mutants`: how many of the list of broken adapters their contract notices."""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter
from collections.abc import Sequence

from .automatic import PLATFORMS, automatic
from .listed import Mutant, equivalents, mutants
from .run import Outcome, import_others, run_all

ENOUGH = 0.95


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.adapter_mutants", description=__doc__)
    parser.add_argument("--only", default="", help="only mutants whose name begins so, several with commas")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--automatic", type=int, default=0, help="not the list, but so many changes of one line")
    chosen = parser.parse_args(arguments)
    equal = equivalents()
    of = [mutant for mutant in mutants() if mutant.name.startswith(tuple(chosen.only.split(",")))]
    if chosen.automatic:
        of = automatic(chosen.automatic, {path.name for path in PLATFORMS.glob("[!_]*") if path.name != "web"})
    import_others()
    unchanged = [_unchanged(name) for name in sorted({name for mutant in of for name in mutant.adapters})]
    for outcome in run_all(unchanged, chosen.workers):
        if outcome.verdict != "survived":
            raise SystemExit(f"tests fail where nothing was changed: {outcome.mutant.name}, {outcome.by}")
    outcomes: list[Outcome] = []
    for outcome in run_all([mutant for mutant in of if mutant.name not in equal], chosen.workers):
        print(
            f"{outcome.verdict:8} {outcome.seconds:5.1f}s {outcome.mutant.name}: {outcome.mutant.kind} [{outcome.by}]"
        )
        sys.stdout.flush()
        outcomes.append(outcome)
    return _sum_up(outcomes, sum(mutant.name in equal for mutant in of))


def _unchanged(adapter: str) -> Mutant:
    """What fails here would seem to notice everything."""
    return Mutant(kind="", file="", was="", becomes="", sees="", adapters=(adapter,), name=f"unchanged-{adapter}")


def _sum_up(outcomes: list[Outcome], equal: int) -> int:
    noticed = [outcome for outcome in outcomes if outcome.verdict != "survived"]
    all_of, noticed_of = (Counter(each.mutant.name.rpartition("-")[0] for each in some) for some in (outcomes, noticed))
    for adapter, number in sorted(all_of.items()):
        print(f"{adapter}: {noticed_of[adapter]} of {number}")
    share = len(noticed) / max(1, len(outcomes))
    hangs = sum(outcome.verdict == "hangs" for outcome in outcomes)
    print(
        f"{len(noticed)} of {len(outcomes)} noticed ({share:.1%}), {hangs} of them because a test hangs;"
        f" {equal} more are equivalent; {sum(each.seconds for each in outcomes) / max(1, len(outcomes)):.1f} s each"
    )
    return 0 if share >= ENOUGH else 1


if __name__ == "__main__":
    sys.exit(main())
