"""`python -m tests.mutants`: how many of a sample of one-line mutants the tests around them notice."""

from __future__ import annotations

import argparse
import os
import sys
import time
import tomllib
from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, TypeAdapter

from .forks import import_all
from .mutate import Mutant, mutants_of, sample
from .record import FOLDER, ROOT, known, mutated_files
from .run import Outcome, run_all

SEED = "26"
ENOUGH = 0.95


class Equivalent(BaseModel):
    """A mutant that no test can notice, and why."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    file: str
    was: str
    becomes: str
    reason: str
    number: int = 0
    """Which of equal lines in the file it is; the others are noticed, or have a reason of their own."""

    def is_of(self, mutant: Mutant) -> bool:
        own = (self.file, self.was, self.becomes, self.number)
        return own == (mutant.file, mutant.was, mutant.becomes, mutant.number)


def equivalents() -> list[Equivalent]:
    text = (Path(__file__).parent / "equivalent.toml").read_text("utf-8")
    return TypeAdapter(list[Equivalent]).validate_python(tomllib.loads(text)["equivalent"])


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("--sample", type=int, default=300, help="how many mutants")
    parser.add_argument("--skip", type=int, default=0, help="leave out the first ones of the sample")
    parser.add_argument("--seed", default=SEED, help="which mutants")
    parser.add_argument("--only", default="", help="only files whose path holds this")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--budget", type=float, default=60, help="seconds of tests for each mutant at most")
    chosen = parser.parse_args(arguments)
    recording = known()
    files = [file for file in mutated_files() if chosen.only in file]
    mutants = [mutant for file in files for mutant in mutants_of(ROOT, file)]
    taken = sample(ROOT, mutants, chosen.skip + chosen.sample, chosen.seed)[chosen.skip :]
    known_equal = equivalents()
    tried = [mutant for mutant in taken if not any(each.is_of(mutant) for each in known_equal)]
    import_all(recording.modules)
    began = time.monotonic()
    outcomes = []
    for outcome in run_all(_unchanged(), recording, chosen.workers, chosen.budget / 4):
        if outcome.verdict != "survived":
            raise SystemExit(f"tests fail where nothing was changed, {outcome.by}: {FOLDER / 'last.txt'}")
    for outcome in run_all(tried, recording, chosen.workers, chosen.budget):
        _say(outcome)
        outcomes.append(outcome)
    return _sum_up(outcomes, len(mutants), len(taken) - len(tried), time.monotonic() - began)


def _unchanged() -> list[Mutant]:
    """What fails here would seem to notice everything."""
    files = ("bot/core/engine.py", "bot/features/outbox/box.py", "bot/storage/store.py")
    return [Mutant(file, 1, 0, 0, "", "", "", 0) for file in files]


def _say(outcome: Outcome) -> None:
    mutant = outcome.mutant
    print(
        f"{outcome.verdict:8} {outcome.seconds:5.1f}s {mutant.file}:{mutant.line}: {mutant.was} -> {mutant.becomes}"
        f"  [{outcome.by}]",
        flush=True,
    )


def _sum_up(outcomes: list[Outcome], of: int, equal: int, took: float) -> int:
    noticed = sum(outcome.verdict != "survived" for outcome in outcomes)
    hangs = sum(outcome.verdict == "hangs" for outcome in outcomes)
    survivors = [outcome.mutant for outcome in outcomes if outcome.verdict == "survived"]
    lines = [f"{each.file}:{each.line}: {each.was} -> {each.becomes}" for each in survivors]
    (FOLDER / "survivors.txt").write_text("".join(f"{line}\n" for line in sorted(lines)), "utf-8")
    print("\nsurvived:", *sorted(lines), sep="\n")
    share = noticed / max(1, len(outcomes))
    print(
        f"\n{noticed} of {len(outcomes)} mutants noticed ({share:.1%}), {hangs} of them because a test hangs;"
        f" {equal} more are equivalent; sampled from {of}; {took / max(1, len(outcomes)):.1f} s each"
    )
    return 0 if share >= ENOUGH else 1


if __name__ == "__main__":
    sys.exit(main())
