"""`python -m tests.world.mutants`: how many one-line mutants the world alone notices.

Of the engine, sessions, delivery, the queue of a chat, the outbox and the store; as `make mutants`, without its tests.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import importlib
import json
import os
import resource
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import NoReturn

from coverage import Coverage, CoverageData

from tests.mutants.__main__ import equivalents
from tests.mutants.choose import statement
from tests.mutants.mutate import Mutant, mutants_of, sample
from tests.mutants.record import FOLDER, ROOT
from tests.mutants.site.sitecustomize import import_instead

from .source import source

FILES = (
    "bot/core/engine.py",
    "bot/core/sessions.py",
    "bot/core/delivery.py",
    "bot/core/chat_queue.py",
    "bot/storage/store.py",
)
ROOM = "bot/features/outbox"
COVERED = FOLDER / "world.coverage"
LOOKED_AT = (("core", 160), ("little", 60), ("commune", 11))
"""The towns, and so many worlds of each in which a line must be reached: those that do are tried first."""
_TURN = {name: turn for turn, (name, _) in enumerate(LOOKED_AT)}
World = tuple[str, str]
"""A town and a seed."""
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
    parser.add_argument("--of", type=Path, help="only what this, an earlier output, calls survived or unreached")
    parser.add_argument("--look", action="store_true", help="only see which lines worlds reach")
    parser.add_argument("--lines", action="store_true", help="only list the lines of mutants that no world reaches")
    chosen = parser.parse_args()
    files = [*FILES, *sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / ROOM).glob("*.py"))]
    if chosen.look:
        _look(files)
    mutants = [mutant for file in files if chosen.only in file for mutant in mutants_of(ROOT, file)]
    equal = equivalents()
    taken = sample(ROOT, mutants, chosen.skip + chosen.sample, chosen.seed)[chosen.skip :]
    tried = [mutant for mutant in taken if not any(one.is_of(mutant) for one in equal)]
    if chosen.of is not None:
        before = chosen.of.read_text("utf-8").splitlines()
        left = {line.partition(": ")[2] for line in before if line.startswith(("survived", "unreached"))}
        tried = [mutant for mutant in tried if _told(mutant) in left]
    reached = _reached(files)
    if chosen.lines:
        return _list_unreached(mutants, reached)
    _import_others()
    noticed = unreached = 0
    for mutant in tried:
        began = time.process_time() + resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
        worlds = _worlds_of(mutant, reached)
        verdict = _try(mutant, worlds, chosen.seconds) if worlds else "unreached"
        unreached += verdict == "unreached"
        noticed += verdict not in ("survived", "unreached")
        spent = time.process_time() + resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - began
        line = f"{mutant.file}:{mutant.line}: {_told(mutant)}"
        sys.stdout.write(f"{verdict:9} {spent:5.1f}s {line}\n")
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


def _told(mutant: Mutant) -> str:
    return f"{mutant.was} -> {mutant.becomes}"


def _worlds_of(mutant: Mutant, reached: Mapping[str, Mapping[int, Sequence[World]]]) -> list[World]:
    """Return the worlds that reach the statement of the mutant, the cheap ones first."""
    first, last = statement((ROOT / mutant.file).read_text("utf-8"), mutant.line)
    found = {world for line in range(first, last + 1) for world in reached[mutant.file].get(line, ())}
    return sorted(found, key=lambda world: (_TURN[world[0]], int(world[1])))


def _list_unreached(mutants: Sequence[Mutant], reached: Mapping[str, Mapping[int, Sequence[World]]]) -> int:
    lines = Counter((mutant.file, mutant.line) for mutant in mutants if not _worlds_of(mutant, reached))
    for (file, line), count in sorted(lines.items()):
        sys.stdout.write(f"{file}:{line}: {count}: {(ROOT / file).read_text('utf-8').splitlines()[line - 1].strip()}\n")
    sys.stdout.write(f"{sum(lines.values())} of {len(mutants)}\n")
    return 0


def _reached(files: Sequence[str]) -> dict[str, dict[int, list[World]]]:
    """Return for each line the worlds that execute it, seen in another process; what no world reaches is not tried.

    It is kept until the bot or the world changes.
    """
    COVERED.parent.mkdir(exist_ok=True)
    mark = COVERED.with_suffix(".source")
    if not (mark.exists() and mark.read_text("utf-8") == source()):
        command = [sys.executable, "-m", "tests.world.mutants", "--look"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"worlds are red where nothing was changed:\n{done.stdout}{done.stderr}")
        mark.write_text(source(), "utf-8")
    data = CoverageData(str(COVERED))
    data.read()
    everywhere: list[World] = [(town, str(seed)) for town, count in LOOKED_AT for seed in range(count)]
    found: dict[str, dict[int, list[World]]] = {}
    for file in files:
        lines = data.contexts_by_lineno(str(ROOT / file))
        # What is executed by the import has no world of its own, and may matter in any.
        found[file] = {line: [_world(one) for one in names if one] or everywhere for line, names in lines.items()}
    return found


def _world(context: str) -> World:
    town, _, seed = context.partition(" ")
    return town, seed


def _look(files: Sequence[str]) -> NoReturn:
    """Run worlds and keep which lines each executes."""
    seen = Coverage(data_file=str(COVERED), include=[str(ROOT / file) for file in files])
    seen.erase()
    seen.start()
    towns, world = importlib.import_module("tests.world.towns"), importlib.import_module("tests.world.world")
    found: list[str] = []
    gc.disable()
    for name, count in LOOKED_AT:
        town = towns.town_of(name)
        for seed in range(count):
            seen.switch_context(f"{name} {seed}")
            found += [f"{name} {seed} {line}" for line in world.run(town.plan(str(seed)), town).violations]
    seen.stop()
    seen.save()
    print(*found, sep="\n", flush=True)
    os._exit(1 if found else 0)  # what was never resumed stays so


def _try(mutant: Mutant, worlds: Sequence[World], seconds: int) -> str:
    pid = os.fork()
    if pid == 0:
        _be(mutant, worlds, seconds)
    _, status = os.waitpid(pid, 0)
    code = os.waitstatus_to_exitcode(status)
    return {0: "survived", 1: "killed"}.get(code, "hangs" if code < 0 else "broken")


def _be(mutant: Mutant, worlds: Sequence[World], seconds: int) -> NoReturn:
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
            code = _run(worlds, seconds)
    finally:
        os._exit(code)


def _run(worlds: Sequence[World], seconds: int) -> int:
    """Run these worlds, in their order, for so many seconds of the processor; 1 as soon as one of them is red."""
    towns, world = importlib.import_module("tests.world.towns"), importlib.import_module("tests.world.world")
    began = time.process_time()
    gc.disable()
    for name, seed in worlds:
        town = towns.town_of(name)
        if world.run(town.plan(seed), town).violations:
            return 1
        if gc.get_freeze_count() == 0:
            gc.freeze()
        if time.process_time() - began > seconds:
            break
    return 0


if __name__ == "__main__":
    sys.exit(main())
