"""The row of the world: how much of a bot's life one processor simulates; for information, without a goal."""

from __future__ import annotations

import json
import subprocess
import sys

from benchmarks.report import Line, Section
from benchmarks.side import ROOT, Bench

SECONDS = 10


def throughput(bench: Bench) -> Section:
    """Run worlds for a while of the processor's time; each round begins at another seed."""
    events, hours = [], []
    for nth in range(bench.rounds):
        command = [
            sys.executable,
            "-m",
            "tests.world",
            "--seconds",
            str(bench.scaled(SECONDS)),
            "--from",
            str(nth * 1000),
        ]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        told = json.loads(done.stdout.splitlines()[-1])
        events.append(float(told["events_per_second"]))
        hours.append(float(told["simulated_hours_per_second"]))
    return Section(
        (
            Line("world: simulated events per second of one processor", tuple(events)),
            Line("world: simulated hours per second of one processor", tuple(hours)),
        )
    )
