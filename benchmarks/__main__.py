"""`python -m benchmarks [--quick] [--only WORD…]`: measure, print the table, write it into docs/benchmarks.md.

A quick run has shorter and fewer rounds, leaves some rows out, and writes nothing.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from datetime import date
from functools import partial
from pathlib import Path
from time import monotonic

from benchmarks import machine, report
from benchmarks.rows import LEFT_OUT_IF_QUICK, ROWS
from benchmarks.side import HOME, ROOT, Bench

DOCUMENT = ROOT / "docs" / "benchmarks.md"
POSTGRES = "postgres://postgres@127.0.0.1:5432/postgres"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="3 short rounds, for a change under work")
    parser.add_argument("--only", nargs="+", choices=sorted(ROWS), help="measure only these; writes nothing")
    given = parser.parse_args()
    HOME.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="run-", dir=HOME))
    bench = Bench(given.quick, folder, os.environ.get("TEST_POSTGRES_URL", POSTGRES))
    sections = []
    most_stolen = 0.0
    try:
        wanted = [name for name in ROWS if not (given.quick and name in LEFT_OUT_IF_QUICK)]
        for name in given.only or wanted:
            began = monotonic()
            section, share = machine.calmest(partial(ROWS[name], bench))
            sections.append(section)
            most_stolen = max(most_stolen, share)
            took = f"{name}: {monotonic() - began:.0f} s, the host took {share:.1%} of the processors"
            print(f"{took}\n{report.rows([section])}", file=sys.stderr, flush=True)
    finally:
        shutil.rmtree(folder)
    ran = f"{machine.described()}; {date.today()}; {bench.rounds} rounds, interleaved"
    result = f"{report.table(sections)}\nMachine: {ran}; its host took at most {most_stolen:.1%} of it from a row.\n"
    print(result)
    for line in report.drifted(report.medians(DOCUMENT), sections):
        print(f"over {report.DRIFT:.0%} away from the table in {DOCUMENT.name}: {line}", file=sys.stderr)
    if not given.quick and not given.only:
        report.put_into(DOCUMENT, result)
    return 0


if __name__ == "__main__":
    sys.exit(main())
