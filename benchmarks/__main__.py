"""`python -m benchmarks [--quick] [--only WORD…]`: measure, print the table, write it into docs/benchmarks.md.

A quick run has shorter and fewer rounds, leaves some rows out, and writes nothing.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import sys
import tempfile
from datetime import date
from pathlib import Path
from time import monotonic

from benchmarks import report
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
    try:
        wanted = [name for name in ROWS if not (given.quick and name in LEFT_OUT_IF_QUICK)]
        for name in given.only or wanted:
            began = monotonic()
            sections.append(ROWS[name](bench))
            print(f"{name}: {monotonic() - began:.0f} s\n{report.rows(sections[-1:])}", file=sys.stderr, flush=True)
    finally:
        shutil.rmtree(folder)
    result = f"{report.table(sections)}\nMachine: {machine()}; {date.today()}; {bench.rounds} rounds, interleaved.\n"
    print(result)
    for line in report.drifted(report.medians(DOCUMENT), sections):
        print(f"over {report.DRIFT:.0%} away from the table in {DOCUMENT.name}: {line}", file=sys.stderr)
    if not given.quick and not given.only:
        report.put_into(DOCUMENT, result)
    return 0


def machine() -> str:
    return f"{os.cpu_count()} processors, {platform.system()} {platform.release()}, {platform.machine()}"


if __name__ == "__main__":
    sys.exit(main())
