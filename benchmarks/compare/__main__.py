"""`python -m benchmarks.compare PYTHON [--only WORD]`: run each bot, kill it, and print the table for the docs.

`PYTHON` is the interpreter of an environment with the other libraries; `make compare` makes one.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.compare import kills, sources
from benchmarks.compare.kills import PEOPLE, Outcome, Toll
from benchmarks.compare.sources import Source

DOCUMENT = sources.ROOT / "docs" / "framework" / "comparison.md"
START, END = "<!-- compared -->", "<!-- /compared -->"
HEAD = (
    "| | lines | imports | names | form | answers under way | answers not confirmed | messages not acknowledged |\n"
    "|---|---|---|---|---|---|---|---|\n"
)


@contextmanager
def redis_server(folder: Path) -> Iterator[str]:
    """Run a Redis of one's own; yield its address, "" where there is no Redis."""
    program = shutil.which("redis-server")
    if program is None:
        yield ""
        return
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder), "--save", ""]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as server:
        try:
            yield f"redis://127.0.0.1:{port}"
        finally:
            server.terminate()


def row(source: Source, outcome: Outcome | None) -> str:
    length = sources.length(source.text)
    if outcome is None:
        cells = ["not run"] * 4
    else:
        went_on = "is yours for 30 days" in outcome.form
        form = "goes on" if went_on else f"gone: “{outcome.form}”"
        cells = [form, *map(_told, (outcome.unsent, outcome.unmarked, outcome.unacknowledged))]
    return "| " + " | ".join([source.name, *map(str, (length.lines, length.imports, length.names)), *cells]) + " |"


def _told(toll: Toll) -> str:
    parts = [f"{toll.lost} of {PEOPLE} lost"] if toll.lost else []
    parts += [f"{toll.doubled} of {PEOPLE} twice"] if toll.doubled else []
    return ", ".join(parts) or "each once"


def rows(python: Path, only: str) -> list[str]:
    """Run the bots one after the other; a machine with two processors has enough to do with the four runs of one."""
    made = []
    with tempfile.TemporaryDirectory() as home:
        for number, source in enumerate(one for one in sources.SOURCES if only.lower() in one.name.lower()):
            folder = Path(home) / str(number)
            folder.mkdir()
            with redis_server(folder) as redis:  # empty for each bot
                able = bool(redis) or not source.redis
                outcome = asyncio.run(kills.outcome(source, python, folder, redis)) if able else None
            made.append(row(source, outcome))
            print(made[-1], file=sys.stderr, flush=True)
    return made


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.compare", description=__doc__)
    parser.add_argument("python", type=Path, help="the interpreter that has the other libraries")
    parser.add_argument("--only", default="", help="only bots with this in their name; writes nothing")
    given = parser.parse_args()
    table = HEAD + "\n".join(rows(given.python.absolute(), given.only)) + "\n"
    print(table)
    if not given.only:
        before, _, rest = DOCUMENT.read_text("utf-8").partition(START)
        DOCUMENT.write_text(f"{before}{START}\n{table}{END}{rest.partition(END)[2]}", "utf-8")


if __name__ == "__main__":
    main()
