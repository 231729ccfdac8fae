"""Choose the tests around a mutant, in the order in which one of them is likely to notice it soon."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import PurePosixPath

from .mutate import Mutant
from .record import ROOT, Recording

FIRST_FILES = 2
"""With so few files a run begins at once; the others are imported only where those noticed nothing."""


@dataclass(frozen=True)
class Choice:
    rounds: tuple[tuple[str, ...], ...]


def choose(mutant: Mutant, recording: Recording, budget: float) -> Choice:
    """At most `budget` seconds of tests: who needs more to be noticed counts as not noticed."""
    chosen: list[str] = []
    for name in sorted(around(mutant, recording), key=lambda name: _rank(name, mutant.file, recording)):
        budget -= recording.seconds[name]
        if budget < 0 and chosen:
            break
        chosen.append(name)
    files = list(dict.fromkeys(name.partition("::")[0] for name in chosen))[:FIRST_FILES]
    first = tuple(name for name in chosen if name.partition("::")[0] in files)
    rest = tuple(name for name in chosen if name.partition("::")[0] not in files)
    return Choice(tuple(names for names in (first, rest) if names))


def around(mutant: Mutant, recording: Recording) -> set[str]:
    """Tests that execute the line. What is executed by the import alone counts for all that the file does."""
    lines = recording.lines.get(mutant.file, {})
    first, last = statement((ROOT / mutant.file).read_text("utf-8"), mutant.line)
    executed = [names for line, names in lines.items() if first <= line <= last]
    found = {name for names in executed for name in names}
    if found or not executed:
        return found
    in_file = {name for names in lines.values() for name in names}
    mirror = f"tests/{PurePosixPath(mutant.file).parts[1]}/"
    return in_file or {name for name in recording.seconds if name.startswith(mirror)}


def statement(source: str, line: int) -> tuple[int, int]:
    """First and last line of the smallest statement there; of `if` and the like only what stands before the body.

    Parts of a long statement that are constants are on lines of their own, which no recording sees.
    """
    best = (line, line)
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.stmt) and node.lineno <= line <= (node.end_lineno or 0):
            first, last = node.lineno, node.end_lineno or node.lineno
            body: list[ast.stmt] = getattr(node, "body", [])
            if body and not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                last = max(first, body[0].lineno - 1)
            if first <= line <= last and (best == (line, line) or last - first < best[1] - best[0]):
                best = (first, last)
    return best


def _rank(name: str, file: str, recording: Recording) -> tuple[bool, bool, bool, float]:
    """Its own tests, those of its room, those that need no server, then the quickest."""
    path = PurePosixPath(file)
    own = {f"test_{path.stem}.py", f"test_{path.parent.name}.py"}
    if path.parent.name.endswith("tables"):
        own.add("test_migrations.py")  # which compare what there is with what the models say
    test = PurePosixPath(name.partition("::")[0])
    room = f"tests/{path.parts[1]}/"
    return test.name not in own, not str(test).startswith(room), "postgres" in name, recording.seconds[name]
