"""`python -m tests.world.mutants`: how many one-line mutants the world alone notices.

Of the engine, sessions, delivery, the queue of a chat, the outbox and the store; as `make mutants`, without its tests.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import NoReturn

from coverage import Coverage, CoverageData

from tests.mutants.__main__ import equivalents
from tests.mutants.choose import statement
from tests.mutants.mutate import Mutant, mutants_of, sample
from tests.mutants.record import FOLDER, ROOT
from tests.mutants.site.sitecustomize import import_instead

FILES = (
    "bot/core/engine.py",
    "bot/core/sessions.py",
    "bot/core/delivery.py",
    "bot/core/chat_queue.py",
    "bot/storage/store.py",
)
ROOM = "bot/features/outbox"
COVERED = FOLDER / "world.coverage"
LOOKED_AT = 60
"""Worlds in which a line must be reached."""
SPARE = 15
"""Seconds of the processor for imports; who needs more goes round in circles."""


def main() -> int:
    if os.environ.get("PYTHONHASHSEED") != "0":
        os.environ["PYTHONHASHSEED"] = "0"
        os.execv(sys.executable, [sys.executable, "-m", "tests.world.mutants", *sys.argv[1:]])  # noqa: S606
    parser = argparse.ArgumentParser(prog="python -m tests.world.mutants", description=__doc__)
    parser.add_argument("--sample", type=int, default=100)
    parser.add_argument("--skip", type=int, default=0)
    parser.add_argument("--seed", default="26")
    parser.add_argument("--only", default="")
    parser.add_argument("--seconds", type=int, default=12, help="of the processor, for each mutant")
    parser.add_argument("--look", action="store_true", help="only see which lines worlds reach")
    chosen = parser.parse_args()
    files = [*FILES, *sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / ROOM).glob("*.py"))]
    if chosen.look:
        _look(files)
    mutants = [mutant for file in files if chosen.only in file for mutant in mutants_of(ROOT, file)]
    equal = equivalents()
    taken = sample(ROOT, mutants, chosen.skip + chosen.sample, chosen.seed)[chosen.skip :]
    tried = [mutant for mutant in taken if not any(one.is_of(mutant) for one in equal)]
    _import_others()
    reached = _reached(files)
    noticed = unreached = 0
    for number, mutant in enumerate(tried, start=1):
        began = time.monotonic()
        first, last = statement((ROOT / mutant.file).read_text("utf-8"), mutant.line)
        if reached[mutant.file].isdisjoint(range(first, last + 1)):
            verdict, unreached = "unreached", unreached + 1
        else:
            verdict = _try(mutant, chosen.seconds)
        noticed += verdict not in ("survived", "unreached")
        line = f"{mutant.file}:{mutant.line}: {mutant.was} -> {mutant.becomes}"
        sys.stdout.write(f"{verdict:9} {time.monotonic() - began:5.1f}s {line}  ({noticed} of {number})\n")
        sys.stdout.flush()
    told = {
        "noticed": noticed,
        "tried": len(tried),
        "unreached": unreached,
        "equivalent": len(taken) - len(tried),
        "of": len(mutants),
    }
    sys.stdout.write(json.dumps(told) + "\n")
    return 0


def _import_others() -> None:
    """Import all that is not the bot's: each mutant begins with it."""
    theirs = "[name for name in sys.modules if name.partition('.')[0] not in ('bot', 'tests')]"
    code = f"import sys, tests.world.little; print(*{theirs})"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    for name in done.stdout.split():
        with contextlib.suppress(Exception):
            importlib.import_module(name)


def _reached(files: Sequence[str]) -> dict[str, set[int]]:
    """Return the lines that some worlds execute, seen in another process; a mutant of another line is not tried."""
    COVERED.parent.mkdir(exist_ok=True)
    command = [sys.executable, "-m", "tests.world.mutants", "--look"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"worlds are red where nothing was changed:\n{done.stdout}{done.stderr}")
    data = CoverageData(str(COVERED))
    data.read()
    return {file: set(data.lines(str(ROOT / file)) or ()) for file in files}


def _look(files: Sequence[str]) -> NoReturn:
    """Run worlds and keep which lines they execute."""
    seen = Coverage(data_file=str(COVERED), include=[str(ROOT / file) for file in files])
    seen.erase()
    seen.start()
    towns, world = importlib.import_module("tests.world.towns"), importlib.import_module("tests.world.world")
    town = towns.town_of("little")
    found = [line for seed in range(LOOKED_AT) for line in world.run(town.plan(str(seed)), town).violations]
    seen.stop()
    seen.save()
    print(*found, sep="\n", flush=True)
    os._exit(1 if found else 0)  # what was never resumed stays so


def _try(mutant: Mutant, seconds: int) -> str:
    pid = os.fork()
    if pid == 0:
        _be(mutant, seconds)
    _, status = os.waitpid(pid, 0)
    code = os.waitstatus_to_exitcode(status)
    return {0: "survived", 1: "killed"}.get(code, "hangs" if code < 0 else "broken")


def _be(mutant: Mutant, seconds: int) -> NoReturn:
    code = 2
    try:
        resource.setrlimit(resource.RLIMIT_CPU, (seconds + SPARE, seconds + SPARE + 2))
        quiet = os.open(os.devnull, os.O_RDWR)
        for place in (1, 2):
            os.dup2(quiet, place)
        path = ROOT / mutant.file
        with NamedTemporaryFile("w", suffix=".py", encoding="utf-8") as changed:
            changed.write(mutant.applied(path.read_text("utf-8")))
            changed.flush()
            import_instead(str(path), Path(changed.name))
            code = _worlds(seconds)
    finally:
        os._exit(code)


def _worlds(seconds: int) -> int:
    run = importlib.import_module("tests.world.__main__").main
    arguments: Sequence[str] = ["--seconds", str(seconds), "--first"]
    return int(run(arguments))


if __name__ == "__main__":
    sys.exit(main())
